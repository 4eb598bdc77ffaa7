kernel.printk_delay holds each message up by so many milliseconds, up to ten seconds.

# kelp: --cpus 1 --append loglevel=0

  $ cd /proc/sys/kernel; cat printk_delay ngroups_max
  0
  65536
  $ echo 2500 > printk_delay; time -f %e -o /tmp/used sh -c 'echo hello > /dev/kmsg'; cut -d. -f1 /tmp/used; echo 0 > printk_delay; dmesg | tail -n1
  2
  hello
  $ echo 10001 > printk_delay
  sh: write error: Invalid argument
  [1]
