What faulting programs make the kernel print is limited: ten in five seconds, as on Linux 6.1. What was left out is counted.

# kelp: --append loglevel=1 --cpus 1

A program of one instruction, which stores to address 16.

  $ printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\002\000\076\000\001\000\000\000\170\000\100\000\000\000\000\000\100\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\100\000\070\000\001\000\000\000\000\000\000\000' > /tmp/f
  $ printf '\001\000\000\000\005\000\000\000\000\000\000\000\000\000\000\000\000\000\100\000\000\000\000\000\000\000\100\000\000\000\000\000\203\000\000\000\000\000\000\000\203\000\000\000\000\000\000\000\000\020\000\000\000\000\000\000' >> /tmp/f
  $ printf '\307\004\045\020\000\000\000\000\000\000\000' >> /tmp/f; chmod 755 /tmp/f
  $ cat /proc/sys/kernel/printk_ratelimit /proc/sys/kernel/printk_ratelimit_burst
  5
  10
  $ dmesg -c > /dev/null; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do /tmp/f; done 2> /dev/null; dmesg -c | grep -c 'segfault at 10 '
  10
  $ sleep 6; /tmp/f; dmesg -c | grep -v Code: | sed 's/\[[0-9]*\]/[PID]/; s/ ip.*//'
  Segmentation fault
  show_signal_msg: 3 callbacks suppressed
  f[PID]: segfault at 10

The limit can be another, or none.

  $ echo 0 > /proc/sys/kernel/printk_ratelimit; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do /tmp/f; done 2> /dev/null; dmesg -c | grep -c 'segfault at 10 '
  13
  $ echo x > /proc/sys/kernel/printk_ratelimit_burst
  sh: write error: Invalid argument
  [1]
