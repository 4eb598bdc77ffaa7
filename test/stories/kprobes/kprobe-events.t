A session with kprobe_events, also across the life of the probed module.

  $ cd /sys/kernel/tracing; echo 'p:enter cmdline_proc_show comm=$comm' > kprobe_events; echo 'r:leave cmdline_proc_show $retval:s32' >> kprobe_events; cat kprobe_events
  p:kprobes/enter cmdline_proc_show comm=$comm
  r10:kprobes/leave cmdline_proc_show arg1=$retval:s32
  $ ls events/kprobes; echo 1 > events/kprobes/enable; cat /proc/cmdline > /dev/null; grep -v '^#' trace | sed 's/-[0-9].*[0-9]: /: /; s/+0x[1-9a-f][0-9a-f]*//; s/[/]0x[0-9a-f]*//'
  enable  enter   filter  leave
               cat: enter: (cmdline_proc_show+0x0) comm="cat"
               cat: leave: (seq_read_iter <- cmdline_proc_show) arg1=0
  $ cat kprobe_profile; echo > kprobe_events; echo '-:enter' >> kprobe_events
    enter                                                      1               0
    leave                                                      1               0
  sh: can't create kprobe_events: Device or resource busy
  sh: write error: Device or resource busy
  [1]
  $ tail -3 events/kprobes/leave/format; echo 0 > events/kprobes/enable; echo '-:enter' >> kprobe_events; cat kprobe_events; echo > kprobe_events; ls events/kprobes
  \tfield:s32 arg1;\toffset:24;\tsize:4;\tsigned:1; (esc)
  
  print fmt: "(%lx <- %lx) arg1=%d", REC->__probe_func, REC->__probe_ret_ip, REC->arg1
  r10:kprobes/leave cmdline_proc_show arg1=$retval:s32
  ls: events/kprobes: No such file or directory
  [1]
  $ echo 'p:x hello:hello_greet' > kprobe_events; dmesg | tail -1; echo 1 > events/kprobes/x/enable; insmod /root/hello.ko; cut -d' ' -f2- /sys/kernel/debug/kprobes/list
  trace_kprobe: This probe might be able to register after target module is loaded. Continue.
   k  hello_greet+0x0  hello [FTRACE]
  $ rmmod hello; cut -d' ' -f6- /sys/kernel/debug/kprobes/list; echo 0 > events/kprobes/x/enable; echo > kprobe_events
  [GONE][FTRACE]
  $ echo 'p:dup cmdline_proc_show' > kprobe_events; echo 'p:dup version_proc_show' >> kprobe_events; echo 'r:dup version_proc_show' >> kprobe_events
  sh: write error: File exists
  [1]
  $ echo 'p:foo cmdline_proc_show a=%di:u7' >> kprobe_events; cut -d']' -f2 error_log
  sh: write error: Invalid argument
   trace_kprobe: error: Probe type is different from existing probe
    Command: r:dup version_proc_show
             ^
   trace_kprobe: error: Unknown type is specified
    Command: p:foo cmdline_proc_show a=%di:u7
                                           ^
  $ echo > kprobe_events; echo 'p:k5 cmdline_proc_show+5' > kprobe_events; sysctl debug.kprobes-optimization=0; echo 1 > events/kprobes/k5/enable; cat /proc/cmdline > /dev/null; sed -n 's/.*[]] \(.....\) .*k5:.*/\1/p' trace
  debug.kprobes-optimization = 0
  ..Zff
  $ sysctl debug.kprobes-optimization=1; sleep 1; echo > trace; cat /proc/cmdline > /dev/null; sed -n 's/.*[]] \(.....\) .*k5:.*/\1/p' trace; cut -d' ' -f5- /sys/kernel/debug/kprobes/list
  debug.kprobes-optimization = 1
  .....
  cmdline_proc_show+0x5    [OPTIMIZED]
  $ dmesg | grep -c jump-optimization
  2

Bitfields are cut out of their container; a type that is none, a name that another event has and a string in a register are refused.

  $ cd /sys/kernel/tracing; echo 0 > events/enable; echo > kprobe_events; echo > error_log; echo > trace
  $ echo 'p:a cmdline_proc_show c=\42:u8 b=\171:b4@2/16 w=\171:b8@0/8' > kprobe_events; tail -5 events/kprobes/a/format
  	field:u8 c;	offset:16;	size:1;	signed:0;
  	field:u16 b;	offset:17;	size:2;	signed:0;
  	field:u8 w;	offset:19;	size:1;	signed:0;
  
  print fmt: "(%lx) c=%u b=%u w=%u", REC->__probe_ip, REC->c, REC->b, REC->w
  $ echo 1 > events/kprobes/a/enable; cat /proc/cmdline > /dev/null; echo 0 > events/kprobes/a/enable; sed -n 's/.*+0x[^)]*) //p' trace
  c=42 b=10 w=171
  $ echo 'p:x cmdline_proc_show a=%di:b9@8/16' >> kprobe_events
  sh: write error: Invalid argument
  [1]
  $ echo 'p:x cmdline_proc_show a=$comm:u8' >> kprobe_events
  sh: write error: Invalid argument
  [1]
  $ echo 'p:x cmdline_proc_show a=%di:string[3]' >> kprobe_events
  sh: write error: Invalid argument
  [1]
  $ echo 'p:x cmdline_proc_show a=+0(%di):u8[0]' >> kprobe_events
  sh: write error: Invalid argument
  [1]
  $ echo 'p:sched/sched_switch cmdline_proc_show' >> kprobe_events
  sh: write error: File exists
  [1]
  $ tail -6 error_log | sed 's/^\[ *[0-9.]*\] //'
  trace_kprobe: error: Invalid array size
    Command: p:x cmdline_proc_show a=+0(%di):u8[0]
                                                ^
  trace_kprobe: error: Given group/event name is already used by another event
    Command: p:sched/sched_switch cmdline_proc_show
             ^
