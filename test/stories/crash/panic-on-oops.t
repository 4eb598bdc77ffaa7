panic_on_oops makes an oops the end, with kelp's status 120. At console level 0 even a panic is silent, as in Linux.

# kelp: --append loglevel=0

  $ insmod nullderef.ko
  $ cat /proc/sys/kernel/panic_on_oops; echo 1 > /proc/sys/kernel/panic_on_oops
  0
  $ echo n > /proc/nullderef
  [120]
