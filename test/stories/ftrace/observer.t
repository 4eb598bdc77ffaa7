An observer without IPMODIFY works beside a hook and beside a livepatch, and counts calls (recording "hook").

# kelp: --append loglevel=1

  $ insmod ftrace-hook.ko; insmod ftrace-observe.ko; cat /proc/cmdline
  this has been ftrace hooked
  console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  $ cat /sys/module/ftrace_observe/parameters/hits
  2
  $ rmmod ftrace_observe; rmmod ftrace_hook
  $ insmod livepatch-sample.ko; sleep 3; insmod ftrace-observe.ko; cat /proc/cmdline
  this has been live patched
  $ cat /sys/module/ftrace_observe/parameters/hits
  1
  $ rmmod ftrace_observe; cat /proc/cmdline
  this has been live patched
