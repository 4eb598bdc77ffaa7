panic= and panic_on_warn: a warning is the end, and the machine starts anew after that many seconds. kelp's status is a panic's all the same.

# kelp: --append "loglevel=0 panic_on_warn panic=3"

  $ insmod nullderef.ko; cat /proc/sys/kernel/panic /proc/sys/kernel/panic_on_warn
  3
  1
  $ echo w > /proc/nullderef
  [120]
