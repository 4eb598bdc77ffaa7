The sample patch, from insmod to rmmod. The waits are Linux's: a transition is tried at once and then each second.
Expected: shared recording "sample" of Linux 6.1, and its rules 1 to 4 and 33.

# kelp: --append loglevel=1

  $ cat /proc/cmdline
  console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  $ cat /proc/sys/kernel/tainted
  0
  $ lsmod
  Module                  Size  Used by    Not tainted
  $ dmesg -c > /dev/null
  $ insmod livepatch-sample.ko
  $ cat /proc/cmdline
  this has been live patched
  $ lsmod | cut -d' ' -f1-2
  Module 
  livepatch_sample 
  $ sleep 3; dmesg -c
  livepatch_sample: loading out-of-tree module taints kernel.
  livepatch_sample: tainting kernel with TAINT_LIVEPATCH
  livepatch_sample: module verification failed: signature and/or required key missing - tainting kernel
  livepatch: enabling patch 'livepatch_sample'
  livepatch: 'livepatch_sample': starting patching transition
  livepatch: 'livepatch_sample': patching complete

While it is enabled it cannot be unloaded, and not be loaded again.

  $ rmmod livepatch_sample
  rmmod: can't unload module 'livepatch_sample': Resource temporarily unavailable
  [1]
  $ insmod livepatch-sample.ko
  insmod: can't insert 'livepatch-sample.ko': File exists
  [17]
  $ cat /sys/kernel/livepatch/livepatch_sample/enabled
  1
  $ cat /sys/kernel/livepatch/livepatch_sample/transition
  0

  $ echo 0 > /sys/kernel/livepatch/livepatch_sample/enabled
  $ sleep 3; dmesg -c
  livepatch: 'livepatch_sample': starting unpatching transition
  livepatch: 'livepatch_sample': unpatching complete
  $ cat /proc/cmdline
  console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  $ ls -A /sys/kernel/livepatch

A disabled patch has no files left: it comes back only by rmmod and insmod.

  $ echo 1 > /sys/kernel/livepatch/livepatch_sample/enabled
  sh: can't create /sys/kernel/livepatch/livepatch_sample/enabled: nonexistent directory
  [1]
  $ rmmod livepatch_sample
  $ lsmod
  Module                  Size  Used by    Tainted: G  
  $ insmod livepatch-sample.ko; cat /proc/cmdline
  this has been live patched
