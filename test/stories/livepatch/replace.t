An atomic replace takes older patches out; their modules stay, unused (recording "replace", rule 14).

# kelp: --append loglevel=1

  $ insmod lp-one.ko; sleep 3; insmod lp-version.ko; sleep 3
  $ cat /proc/cmdline
  this has been live patched by one
  $ ls -A /sys/kernel/livepatch
  lp_one      lp_version
  $ dmesg -c > /dev/null; insmod lp-replace.ko; sleep 4; dmesg -c
  livepatch: enabling patch 'lp_replace'
  livepatch: 'lp_replace': starting patching transition
  livepatch: 'lp_replace': patching complete
  $ ls -A /sys/kernel/livepatch
  lp_replace
  $ cut -d' ' -f1,3,5 /proc/modules
  lp_replace 1 Live
  lp_version 0 Live
  lp_one 0 Live

What the new patch does not touch is the original again.

  $ cut -d' ' -f1-3 /proc/version
  Linux version 6.1.0-kelp

  $ insmod lp-one.ko
  insmod: can't insert 'lp-one.ko': File exists
  [17]
  $ rmmod lp_one lp_version
  $ rmmod lp_replace
  rmmod: can't unload module 'lp_replace': Resource temporarily unavailable
  [1]

There is no way back to the replaced patches: without it the original runs.

  $ echo 0 > /sys/kernel/livepatch/lp_replace/enabled; sleep 3; cat /proc/cmdline
  console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  $ rmmod lp_replace; cat /proc/modules
