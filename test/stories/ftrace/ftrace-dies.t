A hook that is registered while ftrace is off has asked for kallsyms_lookup_name() by a kprobe, whose record keeps what it wanted: nobody has
written its site. When the last callback goes, ftrace finds its books wrong, warns and is dead for good.

  $ cd /sys/kernel/tracing; dmesg -c > /dev/null
  $ echo 0 > /proc/sys/kernel/ftrace_enabled; insmod /root/ftrace-hook.ko; cat /proc/cmdline | head -1
  console=ttyS0 loglevel=4 printk.time=0
  $ echo 1 > /proc/sys/kernel/ftrace_enabled; cut -d' ' -f1-4 enabled_functions; cat /proc/cmdline | head -1
  cmdline_proc_show (1) R I
  this has been ftrace hooked
  $ rmmod ftrace_hook; dmesg -c | grep -v '^R[A-Z0-9]*:\|^[FC][SR][0-9]*:\|RSP\|Code' | sed 's/+0x.*//; s/CPU: [0-9]* PID: [0-9]*/CPU: N PID: N/; s/ts:[0-9]*/ts:N/' | head -12
  ftrace_hook: ftrace_set_filter_ip() failed: -19
  ftrace_hook: loading out-of-tree module taints kernel.
  ftrace_hook: module verification failed: signature and/or required key missing - tainting kernel
  ftrace_hook: module loaded
  ------------[ cut here ]------------
  WARNING: CPU: N PID: N at kernel/trace/ftrace.ts:N ftrace_shutdown
  Modules linked in: ftrace_hook(OE-)
  CPU: N PID: N Comm: rmmod Tainted: G           OE      6.1.0-kelp #1
  Hardware name: kelp microvm
  Call Trace:
   <TASK>
   unregister_ftrace_function
   hook_exit
  $ cat /proc/sys/kernel/ftrace_enabled; cat enabled_functions; echo function > current_tracer; cat current_tracer
  cat: read error: No such device
  function
  $ cat set_ftrace_filter; echo x > set_ftrace_filter; head -4 trace
  cat: can't open 'set_ftrace_filter': No such device
  sh: can't create set_ftrace_filter: No such device
  # tracer: function
  #
  # WARNING: FUNCTION TRACING IS CORRUPTED
  #          MAY BE MISSING FUNCTION EVENTS
  $ insmod /root/livepatch-sample.ko; insmod /root/kp-cmdline.ko; dmesg -c | grep -o 'failed.*-19.*\|register_kprobe.*'
  livepatch: failed to set ftrace filter for function 'cmdline_proc_show' (-19)
  livepatch: failed to set ftrace filter for function 'cmdline_proc_show' (-19)
  insmod: can't insert '/root/livepatch-sample.ko': No such device
  kp_cmdline: register_kprobe failed, returned -19
  kp_cmdline: register_kprobe failed, returned -19
  insmod: can't insert '/root/kp-cmdline.ko': No such device
  failed to set ftrace filter for function 'cmdline_proc_show' (-19)
  failed to set ftrace filter for function 'cmdline_proc_show' (-19)
  register_kprobe failed, returned -19
  register_kprobe failed, returned -19
