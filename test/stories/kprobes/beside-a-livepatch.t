A probe without a post handler and a livepatch share a function; with one the second of them is refused (recording "kprobe").

# kelp: --append loglevel=1

  $ insmod kp-cmdline.ko; insmod livepatch-sample.ko; sleep 3; dmesg -c > /dev/null
  $ cat /proc/cmdline
  this has been live patched
  $ dmesg -c
  kp_cmdline: pre_handler: p->addr = cmdline_proc_show\+0x0/0x[0-9a-f]+, ip-addr = 1 (re)
  $ rmmod kp_cmdline; cat /proc/cmdline
  this has been live patched
  $ insmod kp-cmdline.ko post=1
  insmod: can't insert 'kp-cmdline.ko': Device or resource busy
  [16]
  $ echo 0 > /sys/kernel/livepatch/livepatch_sample/enabled; sleep 3; rmmod livepatch_sample
  $ insmod kp-cmdline.ko post=1; insmod livepatch-sample.ko
  insmod: can't insert 'livepatch-sample.ko': Device or resource busy
  [16]
  $ insmod ftrace-hook.ko
  insmod: can't insert 'ftrace-hook.ko': Device or resource busy
  [16]
