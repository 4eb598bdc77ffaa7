A probe at a function's entry goes through ftrace (recording "kprobe").

# kelp: --append loglevel=1

  $ insmod kp-cmdline.ko; cat /proc/cmdline
  console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  $ dmesg -c | tail -2
  kp_cmdline: planted kprobe at cmdline_proc_show\+0x0/0x[0-9a-f]+ (re)
  kp_cmdline: pre_handler: p->addr = cmdline_proc_show\+0x0/0x[0-9a-f]+, ip-addr = 1 (re)
  $ rmmod kp_cmdline
  $ insmod kp-cmdline.ko post=1; cat /proc/cmdline > /dev/null; rmmod kp_cmdline; dmesg -c
  kp_cmdline: kprobe unregistered
  kp_cmdline: planted kprobe at cmdline_proc_show\+0x0/0x[0-9a-f]+ (re)
  kp_cmdline: pre_handler: p->addr = cmdline_proc_show\+0x0/0x[0-9a-f]+, ip-addr = 1 (re)
  kp_cmdline: post_handler: p->addr = cmdline_proc_show\+0x0/0x[0-9a-f]+ (re)
  kp_cmdline: kprobe unregistered
