How full file systems are, driven by /proc/mounts (output of busybox 1.35 on Linux 6.1: the boot's own root is never shown).

  $ df -a /proc /sys
  Filesystem           1K-blocks      Used Available Use% Mounted on
  proc                         0         0         0   0% /proc
  sysfs                        0         0         0   0% /sys
  $ df -T /proc/self/maps
  Filesystem           Type       1K-blocks      Used Available Use% Mounted on
  proc                 proc               0         0         0   0% /proc
  $ df -P -B 1000 /proc; df -mP /proc | head -1; df -h /proc | head -1; df -B 1500 /proc | head -1; df -i /proc | head -1
  Filesystem           1000-blocks    Used Available Capacity Mounted on
  proc                         0         0         0   0% /proc
  Filesystem           1048576-blocks Used Available Capacity Mounted on
  Filesystem                Size      Used Available Use% Mounted on
  Filesystem           2K-blocks      Used Available Use% Mounted on
  Filesystem              Inodes      Used Available Use% Mounted on
  $ df -a -t proc
  Filesystem           1K-blocks      Used Available Use% Mounted on
  proc                         0         0         0   0% /proc
  $ df nosuch
  Filesystem           1K-blocks      Used Available Use% Mounted on
  df: nosuch: can't find mount point
  [1]
  $ df -B x
  df: invalid number 'x'
  [1]
  $ df -B 0
  df: number 0 is not in 1..18446744073709551615 range
  [1]

Who is there:

  $ groups; groups daemon; arch
  root
  daemon
  x86_64
  $ groups xx
  groups: unknown user xx
  [1]
  $ logname
  logname: getlogin: No such device or address
  [1]
  $ who; who -H
  USER		TTY		IDLE	TIME		 HOST
