// kprobe_events as Documentation/trace/kprobetrace.rst of Linux 6.1 describes it.

import test from "ava";
import { runInGuest } from "../guest.js";

test("an event on a function and one on its return are lines of the trace, with arguments", (t) => {
  const { output } = runInGuest(`cd /sys/kernel/tracing; echo 'p:enter cmdline_proc_show $comm' > kprobe_events
    echo 'r:kprobes/leave cmdline_proc_show result=$retval:s32' >> kprobe_events; echo 'p seq_puts text=+0(%si):string' >> kprobe_events
    cut -d: -f2- kprobe_events; echo 1 > events/kprobes/enable; cat /proc/cmdline > /dev/null; echo 0 > events/kprobes/enable
    grep -v '^#' trace | cut -d: -f2- | sed 's/[+]0x[1-9a-f][0-9a-f]*//; s/[/]0x[0-9a-f]*//'; cut -c1-50 kprobe_profile; cat events/kprobes/enable
    echo > kprobe_events; cat kprobe_events; ls events/kprobes 2>&1; cat /sys/kernel/debug/kprobes/list`);
  t.is(
    output,
    `kprobes/enter cmdline_proc_show arg1=$comm
kprobes/leave cmdline_proc_show result=$retval:s32
kprobes/p_seq_puts_0 seq_puts text=+0(%si):string
 enter: (cmdline_proc_show+0x0) arg1="cat"
 p_seq_puts_0: (seq_puts+0x0) text="console=ttyS0 loglevel=4 loglevel=1"
 leave: (seq_read_iter <- cmdline_proc_show) result=0
  enter                                           
  leave                                           
  p_seq_puts_0                                    
0
ls: events/kprobes: No such file or directory
`,
  );
});

test("a wrong command is refused, and error_log points at the place", (t) => {
  const { output } =
    runInGuest(`cd /sys/kernel/tracing; for c in 'p:e nosuch' 'p:e cmdline_proc_show+1' 'p:e cmdline_proc_show %foo' 'r:e cmdline_proc_show+9'
    do echo "$c" >> kprobe_events; done; cut -d']' -f2 error_log; echo p:e cmdline_proc_show > kprobe_events; echo p:e version_proc_show >> kprobe_events
    echo 1 > events/kprobes/e/enable; echo -:e >> kprobe_events; echo 0 > events/kprobes/e/enable; echo -:e >> kprobe_events; echo -:e >> kprobe_events`);
  t.is(
    output,
    `sh: write error: No such file or directory
sh: write error: Invalid or incomplete multibyte or wide character
sh: write error: Invalid argument
sh: write error: Invalid argument
 trace_kprobe: error: Invalid probed address or symbol
  Command: p:e nosuch
               ^
 trace_kprobe: error: Probe point is not an instruction boundary
  Command: p:e cmdline_proc_show+1
               ^
 trace_kprobe: error: Invalid register name
  Command: p:e cmdline_proc_show %foo
                                 ^
 trace_kprobe: error: Retprobe address must be an function entry
  Command: r:e cmdline_proc_show+9
               ^
sh: write error: Device or resource busy
sh: write error: No such file or directory
`,
  );
});
