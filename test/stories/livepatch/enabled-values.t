Which words `enabled` takes: kstrtobool looks at the first characters only (rule 7 of the reference).

# kelp: --append loglevel=1

  $ insmod livepatch-sample.ko; sleep 3; cd /sys/kernel/livepatch/livepatch_sample
  $ echo 1 > enabled
  sh: write error: Invalid argument
  [1]
  $ for word in 2 -1 o enable garbage "" " 1" " 0"; do echo "$word" > enabled; done
  sh: write error: Invalid argument
  sh: write error: Invalid argument
  sh: write error: Invalid argument
  sh: write error: Invalid argument
  sh: write error: Invalid argument
  sh: write error: Invalid argument
  sh: write error: Invalid argument
  sh: write error: Invalid argument
  [1]

No byte is no write(2) at all.

  $ echo -n "" > enabled
  $ cat enabled transition
  1
  0

What begins like a false word disables.

  $ cd; for word in 0 01 0x1 no off Never FALSE; do
  >   echo $word > /sys/kernel/livepatch/livepatch_sample/enabled; sleep 3; rmmod livepatch_sample
  >   echo "$word $? $(cat /proc/cmdline)"; insmod livepatch-sample.ko; sleep 3
  > done
  0 0 console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  01 0 console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  0x1 0 console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  no 0 console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  off 0 console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  Never 0 console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  FALSE 0 console=ttyS0 loglevel=4 printk.time=0 loglevel=1
