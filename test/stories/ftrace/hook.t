A function hooked through ftrace: the replacement prints a line and calls the original (recording "hook").

# kelp: --append loglevel=1

  $ dmesg -c > /dev/null; insmod ftrace-hook.ko
  $ cat /proc/cmdline
  this has been ftrace hooked
  console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  $ cat /proc/sys/kernel/tainted
  12288
  $ insmod ftrace-hook.ko
  insmod: can't insert 'ftrace-hook.ko': File exists
  [17]
  $ cut -d' ' -f1,3,5 /proc/modules
  ftrace_hook 0 Live
  $ rmmod ftrace-hook
  $ cat /proc/cmdline
  console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  $ dmesg -c
  ftrace_hook: loading out-of-tree module taints kernel.
  ftrace_hook: module verification failed: signature and/or required key missing - tainting kernel
  ftrace_hook: module loaded
  ftrace_hook: module unloaded
