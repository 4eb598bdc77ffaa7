Parameters of what is built into the kernel: the same variables that the kernel reads and /proc/sys shows (output of Linux 6.1).

  $ ls -l /sys/module/printk | sed 's/ [A-Z][a-z][a-z] .* / /'
  total 0
  drwxr-xr-x    2 root     root             0 parameters
  --w-------    1 root     root          4096 uevent
  $ echo 5 > /sys/module/kernel/parameters/panic
  $ cat /sys/module/kernel/parameters/panic /proc/sys/kernel/panic
  5
  5
  $ echo x > /sys/module/kernel/parameters/panic
  sh: write error: Invalid argument
  [1]
  $ echo 99999999999 > /sys/module/kernel/parameters/panic
  sh: write error: Numerical result out of range
  [1]
  $ echo "5 6" > /sys/module/kernel/parameters/panic
  sh: write error: Invalid argument
  [1]
  $ echo 0x10 > /sys/module/kernel/parameters/panic; cat /sys/module/kernel/parameters/panic
  16
  $ echo 0 > /sys/module/kernel/parameters/panic
  $ echo 1 > /sys/module/kernel/parameters/panic_on_warn; cat /proc/sys/kernel/panic_on_warn
  1
  $ echo 0 > /sys/module/kernel/parameters/panic_on_warn
  $ echo on > /sys/module/printk/parameters/ignore_loglevel; cat /sys/module/printk/parameters/ignore_loglevel
  Y
  $ echo off > /sys/module/printk/parameters/ignore_loglevel; cat /sys/module/printk/parameters/ignore_loglevel
  N
  $ echo maybe > /sys/module/printk/parameters/ignore_loglevel
  sh: write error: Invalid argument
  [1]
  $ echo Y > /sys/module/printk/parameters/time; dmesg -c > /dev/null; echo hi > /dev/kmsg; dmesg | sed 's/[0-9.]*\]/T]/'
  [    T] hi
  $ echo N > /sys/module/printk/parameters/time; dmesg
  hi
  $ echo foo > /sys/module/printk/uevent; dmesg | tail -1
  sh: write error: Invalid argument
  synth uevent: /module/printk: unknown uevent action string
  $ cat /sys/module/printk/uevent
  cat: can't open '/sys/module/printk/uevent': Permission denied
  [1]
  $ rm /sys/module/printk/parameters/time
  rm: can't remove '/sys/module/printk/parameters/time': Operation not permitted
  [1]

Directories of sysfs are read in the order of their names' hashes, as in Linux.

  $ find /sys/module/kernel
  /sys/module/kernel
  /sys/module/kernel/uevent
  /sys/module/kernel/parameters
  /sys/module/kernel/parameters/panic
  /sys/module/kernel/parameters/panic_on_warn
  /sys/module/kernel/parameters/panic_print
  $ insmod livepatch-sample.ko; grep -r . /sys/kernel/livepatch
  /sys/kernel/livepatch/livepatch_sample/enabled:1
  /sys/kernel/livepatch/livepatch_sample/vmlinux/patched:1
  /sys/kernel/livepatch/livepatch_sample/transition:1
  grep: /sys/kernel/livepatch/livepatch_sample/force: Permission denied
  [2]
  $ ls -ld /sys | cut -c1-10; chmod 700 /proc/1
  dr-xr-xr-x
  chmod: /proc/1: Operation not permitted
  [1]
