A probe within a function goes through an int3; none can stand within an instruction or in code that handles probes (recording "kprobe").

# kelp: --append loglevel=1

  $ dmesg -c > /dev/null; insmod kp-cmdline.ko off=5; cat /proc/cmdline; dmesg -c | tail -2
  console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  kp_cmdline: planted kprobe at cmdline_proc_show\+0x5/0x[0-9a-f]+ (re)
  kp_cmdline: pre_handler: p->addr = cmdline_proc_show\+0x5/0x[0-9a-f]+, ip-addr = 1 (re)
  $ sleep 1; cut -c17- /sys/kernel/debug/kprobes/list
    k  cmdline_proc_show+0x5    [OPTIMIZED]
  $ rmmod kp_cmdline; cat /sys/kernel/debug/kprobes/list
  $ for off in 1 4; do insmod kp-cmdline.ko off=$off; echo $?; done
  insmod: can't insert 'kp-cmdline.ko': Invalid or incomplete multibyte or wide character
  84
  insmod: can't insert 'kp-cmdline.ko': Invalid or incomplete multibyte or wide character
  84
  $ insmod kp-cmdline.ko sym=kprobe_dispatcher
  insmod: can't insert 'kp-cmdline.ko': Invalid argument
  [22]
  $ dmesg -c
  kp_cmdline: kprobe unregistered
  kp_cmdline: register_kprobe failed, returned -84
  kp_cmdline: register_kprobe failed, returned -84
  kp_cmdline: register_kprobe failed, returned -84
  kp_cmdline: register_kprobe failed, returned -84
  kp_cmdline: register_kprobe failed, returned -22
  kp_cmdline: register_kprobe failed, returned -22

A livepatch takes the way past a probe in the old body without a word.

  $ insmod kp-cmdline.ko off=5; insmod livepatch-sample.ko; sleep 3; dmesg -c > /dev/null; cat /proc/cmdline; dmesg -c
  this has been live patched
