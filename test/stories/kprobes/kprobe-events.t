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
