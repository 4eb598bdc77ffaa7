Places where no probe can stand (recording "kprobe"): an unknown symbol, and data.

# kelp: --append loglevel=1

  $ insmod kp-cmdline.ko sym=no_such_symbol
  insmod: can't insert 'kp-cmdline.ko': unknown symbol in module, or unknown parameter
  [2]
  $ insmod kp-cmdline.ko sym=saved_command_line
  insmod: can't insert 'kp-cmdline.ko': Invalid argument
  [22]
  $ dmesg | grep kp_cmdline: | grep register_kprobe
  kp_cmdline: register_kprobe failed, returned -2
  kp_cmdline: register_kprobe failed, returned -2
  kp_cmdline: register_kprobe failed, returned -22
  kp_cmdline: register_kprobe failed, returned -22

Nor on the way of every breakpoint, and an address that belongs to no symbol is an unknown one.

  $ for f in exc_int3 asm_exc_int3 kprobe_ftrace_handler kprobe_int3_handler kprobe_pre_handlers; do insmod kp-cmdline.ko sym=$f; done
  insmod: can't insert 'kp-cmdline.ko': Invalid argument
  insmod: can't insert 'kp-cmdline.ko': Invalid argument
  insmod: can't insert 'kp-cmdline.ko': Invalid argument
  insmod: can't insert 'kp-cmdline.ko': Invalid argument
  insmod: can't insert 'kp-cmdline.ko': Invalid argument
  [22]
  $ insmod kp-cmdline.ko sym=_text off=99999999
  insmod: can't insert 'kp-cmdline.ko': unknown symbol in module, or unknown parameter
  [2]
