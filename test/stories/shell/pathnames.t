Pathname patterns and files (POSIX).

  $ mkdir -p /tmp/d/sub; cd /tmp/d; touch a.c b.c c.h .hidden 'two words'
  $ echo *; echo *.c; echo ?.h; echo [ab].c; echo [!ab].*; echo .h*
  a.c b.c c.h sub two words
  a.c b.c
  c.h
  a.c b.c
  c.h
  .hidden
  $ echo *.none '*.c' "*.c"; set -f; echo *.c; set +f
  *.none *.c *.c
  *.c
  $ for f in *; do [ -d "$f" ] && echo "$f is a directory"; done; true
  sub is a directory
  $ ls -a
  .          .hidden    b.c        sub
  ..         a.c        c.h        two words
  $ ln -s a.c link; readlink link; ls -F | head -3
  a.c
  a.c
  b.c
  c.h
  $ mv a.c z.c; cat link
  cat: can't open 'link': No such file or directory
  [1]
  $ chmod 4755 z.c; stat -c '%A %a' z.c
  -rwsr-xr-x 4755
  $ rm -r sub; rmdir sub
  rmdir: 'sub': No such file or directory
  [1]
  $ cd ..; rm d
  rm: 'd' is a directory
  [1]
  $ rm -r d; ls d
  ls: d: No such file or directory
  [1]
