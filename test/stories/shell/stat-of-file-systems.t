stat -f, df and mount tell the truth about file systems (words of busybox 1.35 on Linux 6.1).

  $ stat -f /proc
    File: "/proc"
      ID: 0        Namelen: 255     Type: proc
  Block size: 4096      
  Blocks: Total: 0          Free: 0          Available: 0
  Inodes: Total: 0          Free: 0
  $ stat -f -t /sys; stat -tf /nonex
  /sys 0 255 62656572 4096 0 0 0 0 0
  stat: can't read file system information for '/nonex': No such file or directory
  [1]
  $ stat -f -c '%-10i|%8s|%q|%%|%.3T|%5l|%08t|%S %c %d %f %a' /proc
  0         |    4096|q|%|pro|  255|00009fa0|4096 0 0 0 0
  $ stat -f -c '%T' /dev /tmp /sys/kernel/debug
  tmpfs
  tmpfs
  UNKNOWN

A tmpfs holds what its options say, and no more.

  $ mkdir /tmp/m
  $ mount -t tmpfs -o size=1m,nr_inodes=10 none /tmp/m
  $ grep /tmp/m /proc/mounts
  none /tmp/m tmpfs rw,relatime,size=1024k,nr_inodes=10,inode64 0 0
  $ dd if=/dev/zero of=/tmp/m/x bs=1k count=2000
  dd: error writing '/tmp/m/x': No space left on device
  1025+0 records in
  1024+0 records out
  [1]
  $ df /tmp/m
  Filesystem           1K-blocks      Used Available Use% Mounted on
  none                      1024      1024         0 100% /tmp/m
  $ rm /tmp/m/x
  $ df -i /tmp/m
  Filesystem              Inodes      Used Available Use% Mounted on
  none                        10         1         9  10% /tmp/m
  $ for i in 1 2 3 4 5 6 7 8 9 10 11; do echo $i > /tmp/m/f$i; done
  sh: can't create /tmp/m/f10: No space left on device
  sh: can't create /tmp/m/f11: No space left on device
  [1]
  $ stat -c '%n %s' /tmp/m
  /tmp/m 220
  $ df -k /tmp/m | tail -1
  none                      1024        36       988   4% /tmp/m
  $ mount -o remount,size=2m /tmp/m; grep /tmp/m /proc/mounts
  none /tmp/m tmpfs rw,relatime,size=2048k,nr_inodes=10,inode64 0 0
  $ dmesg -n 1; mount -o remount,size=4k /tmp/m; dmesg | tail -1
  mount: mounting none on /tmp/m failed: Invalid argument
  tmpfs: Too small a size for current use
  $ mount -o remount,ro /tmp/m
  $ echo x > /tmp/m/y
  sh: can't create /tmp/m/y: Read-only file system
  [1]
  $ umount /tmp/m
  $ mount -t tmpfs -o mode=700,uid=3,gid=4 none /tmp/m
  $ stat -c '%a %u %g %s' /tmp/m; grep /tmp/m /proc/mounts
  700 3 4 40
  none /tmp/m tmpfs rw,relatime,mode=700,uid=3,gid=4,inode64 0 0
  $ umount /tmp/m
  $ mount -t tmpfs -o size=abc none /tmp/m; dmesg | tail -1
  mount: mounting none on /tmp/m failed: Invalid argument
  tmpfs: Bad value for 'size'
  $ mount -t tmpfs -o nosuch none /tmp/m; dmesg | tail -1
  mount: mounting none on /tmp/m failed: Invalid argument
  tmpfs: Unknown parameter 'nosuch'
  $ mount -o remount,ro /nosuch
  mount: can't find /nosuch in /proc/mounts
  [1]
  $ mount -t ramfs none /tmp/m; df -a /tmp/m; stat -f -c '%T %b' /tmp/m; umount /tmp/m
  Filesystem           1K-blocks      Used Available Use% Mounted on
  none                         0         0         0   0% /tmp/m
  ramfs 0

The root is the volume: what a file takes is gone, what is removed comes back, an open file too when it is closed.

  $ df -P / | head -1; stat -f -c '%T %t %s %l' /
  Filesystem           1024-blocks    Used Available Capacity Mounted on
  UNKNOWN 1021997 4096 255
  $ free() { stat -f -c %f /; }; before=$(free); files=$(stat -f -c %d /)
  $ dd if=/dev/zero of=/root/big bs=1k count=1022 2> /dev/null; echo $((before - $(free))) $((files - $(stat -f -c %d /)))
  256 1
  $ exec 9< /root/big; rm /root/big; echo $((before - $(free))); exec 9<&-; echo $((before - $(free)))
  256
  0

A link that leads nowhere, by its nature: ls says so, and shows it.

  $ ls -l /proc/2/exe | sed 's/root .*\/proc/\/proc/'
  ls: /proc/2/exe: cannot read link: No such file or directory
  lrwxrwxrwx    1 /proc/2/exe
