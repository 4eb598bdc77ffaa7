Named pipes, device nodes and owners (mknod(2), fifo(7), chown(2); output of busybox 1.35 on Linux 6.1).

  $ cd /tmp; mkfifo p; (echo hi > p &); cat p
  hi
  $ mkfifo p
  mkfifo: p: File exists
  [1]
  $ mkfifo -m 640 q /missing/x; ls -l q | cut -c1-10
  mkfifo: /missing/x: No such file or directory
  prw-r-----
  $ mknod n c 1 3; echo gone > n; cat n; stat -c '%t %T %F' n
  1 3 character special file
  $ mknod d c 99 9; cat d
  cat: can't open 'd': No such device or address
  [1]
  $ mknod f c 5000 3
  mknod: number 5000 is not in 0..4095 range
  [1]
  $ mknod /sys/x p
  mknod: /sys/x: Operation not permitted
  [1]
  $ mkdir D; ln -s nosuch D/l; chown -Rv 5:6 D
  changed ownership of 'D/l' to 5:6
  changed ownership of 'D' to 5:6
  $ chown -v 9:9 D/l
  chown: D/l: No such file or directory
  [1]
  $ chown nobody:xx D
  chown: unknown user/group nobody:xx
  [1]
  $ chgrp -c 7 D; chgrp -c 7 D; chown daemon: D; ls -lnd D | tr -s ' ' | cut -d' ' -f3,4
  changed ownership of 'D' to 5:7
  1 1
  $ link q r; link q r
  link: can't create hardlink 'r' to 'q': File exists
  [1]
  $ unlink D
  unlink: can't remove file 'D': Is a directory
  [1]

Times before 1970 (inode(7): seconds are signed).

  $ touch -d '1950-01-01 00:00:00' old; stat -c %y old; stat -c %Y old
  1950-01-01 00:00:00.000000000 +0000
  -631152000
