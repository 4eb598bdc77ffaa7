A function has room for one user that changes where it goes: a second hook, or a livepatch over a hook, is refused (rule 20).

# kelp: --append loglevel=1

  $ insmod ftrace-hook.ko; dmesg -c > /dev/null
  $ insmod ftrace-hook2.ko
  insmod: can't insert 'ftrace-hook2.ko': Device or resource busy
  [16]
  $ dmesg -c
  ftrace_hook2: register_ftrace_function() failed: -16
  ftrace_hook2: register_ftrace_function() failed: -16
  $ insmod livepatch-sample.ko
  insmod: can't insert 'livepatch-sample.ko': Device or resource busy
  [16]
  $ dmesg -c
  livepatch_sample: tainting kernel with TAINT_LIVEPATCH
  livepatch: enabling patch 'livepatch_sample'
  livepatch: failed to register ftrace handler for function 'cmdline_proc_show' (-16)
  livepatch: failed to patch object 'vmlinux'
  livepatch: failed to enable patch 'livepatch_sample'
  livepatch: 'livepatch_sample': unpatching complete
  livepatch: enabling patch 'livepatch_sample'
  livepatch: failed to register ftrace handler for function 'cmdline_proc_show' (-16)
  livepatch: failed to patch object 'vmlinux'
  livepatch: failed to enable patch 'livepatch_sample'
  livepatch: 'livepatch_sample': unpatching complete
  $ ls -A /sys/kernel/livepatch
  $ cat /proc/cmdline
  this has been ftrace hooked
  console=ttyS0 loglevel=4 printk.time=0 loglevel=1

The other way round it is the hook that has to wait, until the patch is out for good.

  $ rmmod ftrace_hook; insmod livepatch-sample.ko; sleep 3
  $ insmod ftrace-hook.ko
  insmod: can't insert 'ftrace-hook.ko': Device or resource busy
  [16]
  $ echo 0 > /sys/kernel/livepatch/livepatch_sample/enabled; sleep 3
  $ insmod ftrace-hook.ko; cat /proc/cmdline
  this has been ftrace hooked
  console=ttyS0 loglevel=4 printk.time=0 loglevel=1
