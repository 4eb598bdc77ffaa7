ftrace_enabled and livepatches exclude each other (rule 21).

# kelp: --append loglevel=1

  $ insmod livepatch-sample.ko; sleep 3
  $ echo 0 > /proc/sys/kernel/ftrace_enabled
  sh: write error: Device or resource busy
  [1]
  $ cat /proc/sys/kernel/ftrace_enabled
  1
  $ sysctl kernel.ftrace_enabled
  kernel.ftrace_enabled = 1
  $ echo 0 > /sys/kernel/livepatch/livepatch_sample/enabled; sleep 3; rmmod livepatch_sample
  $ echo 0 > /proc/sys/kernel/ftrace_enabled; dmesg -c > /dev/null
  $ insmod livepatch-sample.ko
  insmod: can't insert 'livepatch-sample.ko': Device or resource busy
  [16]
  $ dmesg -c | head -3
  livepatch: enabling patch 'livepatch_sample'
  livepatch: failed to register ftrace handler for function 'cmdline_proc_show' (-16)
  livepatch: failed to patch object 'vmlinux'
  $ echo 1 > /proc/sys/kernel/ftrace_enabled; insmod livepatch-sample.ko; cat /proc/cmdline
  this has been live patched
