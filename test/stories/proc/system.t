What the system tells of itself in the files of /proc and /sys.

The terminal that a session is led on is the true one, not the stand-in /dev/console:

  $ tty
  /dev/ttyS0
  $ cat /sys/class/tty/console/active
  ttyS0
  $ cat /proc/consoles
  ttyS0                -W- (EC p )    4:64
  $ cat /proc/tty/drivers
  /dev/tty             /dev/tty        5       0 system:/dev/tty
  /dev/console         /dev/console    5       1 system:console
  serial               /dev/ttyS       4      64 serial

The processors:

  $ cd /sys/devices/system/cpu
  $ ls
  cpu0        isolated    offline     possible
  cpu1        kernel_max  online      present
  $ cat online possible present offline kernel_max
  0-1
  0-1
  0-1
  
  7
  $ echo 0 > online
  sh: can't create online: Permission denied
  [1]
  $ grep -c ^processor /proc/cpuinfo
  2
  $ grep '^cpu cores\|^siblings\|^core id' /proc/cpuinfo
  siblings\t: 2 (esc)
  core id\t\t: 0 (esc)
  cpu cores\t: 2 (esc)
  siblings\t: 2 (esc)
  core id\t\t: 1 (esc)
  cpu cores\t: 2 (esc)

Memory and ports: every range lies in one that holds it, and the kernel in RAM.

  $ grep -A1 'System RAM' /proc/iomem | tail -1 | cut -d: -f2
   Kernel code
  $ cat /proc/ioports
  03f8-03ff : serial
  $ cat /proc/swaps
  Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority (esc)
  $ cat /proc/execdomains
  0-0\tLinux           \t[kernel] (esc)
  $ cut -c1-21 /proc/buddyinfo
  Node 0, zone   Normal

/proc/kmsg gives each byte of the log once, also where a reader's buffer ends within a record:

  $ head -c 5 /proc/kmsg; echo
  <5>Li
  $ head -c 11 /proc/kmsg; echo
  nux version
  $ ls -l /proc/kmsg | cut -c1-10
  -r--------

Modules can be switched off until the next boot, once for all:

  $ echo 0 > /proc/sys/kernel/modules_disabled
  sh: write error: Invalid argument
  [1]
  $ insmod /root/hello.ko
  $ sysctl -w kernel.modules_disabled=1
  kernel.modules_disabled = 1
  $ rmmod hello
  rmmod: can't unload module 'hello': Operation not permitted
  [1]
  $ insmod /root/noexit.ko
  insmod: can't insert '/root/noexit.ko': Operation not permitted
  [1]
  $ echo 0 > /proc/sys/kernel/modules_disabled
  sh: write error: Invalid argument
  [1]
