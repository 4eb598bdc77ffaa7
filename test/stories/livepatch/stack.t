Patches on one function: the newest enabled one is what runs, and any of them may be disabled (rule 5).

# kelp: --append loglevel=1

  $ insmod lp-one.ko; sleep 3; cat /proc/cmdline
  this has been live patched by one
  $ insmod lp-two.ko; sleep 3; cat /proc/cmdline
  this has been live patched by two
  $ insmod lp-three.ko; sleep 3; cat /proc/cmdline
  this has been live patched by three
  $ ls /sys/kernel/livepatch
  lp_one    lp_three  lp_two
  $ echo 0 > /sys/kernel/livepatch/lp_two/enabled; sleep 3; cat /proc/cmdline
  this has been live patched by three
  $ echo 0 > /sys/kernel/livepatch/lp_three/enabled; sleep 3; cat /proc/cmdline
  this has been live patched by one

Loaded again it lies on top again.

  $ rmmod lp_two && insmod lp-two.ko; sleep 3; cat /proc/cmdline
  this has been live patched by two
  $ echo 0 > /sys/kernel/livepatch/lp_one/enabled; sleep 3; cat /proc/cmdline
  this has been live patched by two
  $ echo 0 > /sys/kernel/livepatch/lp_two/enabled; sleep 3; cat /proc/cmdline
  console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  $ rmmod lp_one lp_two lp_three; cat /proc/modules
