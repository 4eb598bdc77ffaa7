// The tracers and their files. Texts are those of Linux 6.1 (test/oracle: tracefs, hook, bytes, README items 18 to 24).

import test from "ava";
import { runInGuest } from "../guest.js";

const HEADER = (tracer: string, entries: string): string => `# tracer: ${tracer}
#
# entries-in-buffer/entries-written: ${entries}   #P:N
#
#                                _-----=> irqs-off/BH-disabled
#                               / _----=> need-resched
#                              | / _---=> hardirq/softirq
#                              || / _--=> preempt-depth
#                              ||| / _-=> migrate-disable
#                              |||| /     delay
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
#              | |         |   |||||     |         |
`;

/** What differs from run to run: pids, CPUs, times, addresses and sizes. */
function level(text: string): string {
  return text
    .replaceAll(/#P:\d/g, "#P:N")
    .replaceAll(/-\d+ +\[\d{3}\]/g, "-PID [CPU]")
    .replaceAll(/ +\d+\.\d{6}:/g, " TIME:")
    .replaceAll(/^ \d\) [ +!#*@$] *[\d.]+ us +\|/gm, " C) DURATION |")
    .replaceAll(/^ \d\) +\|/gm, " C)          |")
    .replaceAll(/0x[0-9a-f]{16}/g, "ADDR")
    .replaceAll(/\+0x[0-9a-f]+\/0x[0-9a-f]+/g, "+OFF");
}

test("the function tracer writes a line for each call of the functions in the filter", (t) => {
  const { output } = runInGuest(`cd /sys/kernel/tracing; cat current_tracer; echo cmdline_proc_show > set_ftrace_filter
    echo function > current_tracer; cat enabled_functions; cat /proc/cmdline /proc/cmdline > /dev/null; cat trace
    echo > trace; cat trace | head -3; echo nop > current_tracer; cat enabled_functions`);
  t.is(
    level(output),
    `nop
cmdline_proc_show (1)      	tramp: ADDR (function_trace_call+OFF) ->function_trace_call+OFF
${HEADER("function", "2/2")}             cat-PID [CPU] ..... TIME: cmdline_proc_show <-seq_read_iter
             cat-PID [CPU] ..... TIME: cmdline_proc_show <-seq_read_iter
# tracer: function
#
# entries-in-buffer/entries-written: 0/0   #P:N
`,
  );
});

test("a filter takes words, globs, removals and modules; a bad word is refused, and what was opened with > is empty", (t) => {
  const { output } = runInGuest(`cd /sys/kernel/tracing; f=set_ftrace_filter
    echo 'cmdline_proc_show version_proc_sh*' > $f; cat $f; echo '!version_proc_show' >> $f; cat $f
    echo nosuchfn >> $f; cat $f; echo 'version_proc_show nosuchfn cmdline_proc_show' > $f; cat $f
    echo nosuchfn > $f; echo $?; cat $f; echo 1 > $f; [ "$(cat $f)" = "$(head -1 available_filter_functions)" ] && echo first
    insmod /root/livepatch-sample.ko; echo ':mod:livepatch_sample' > $f; grep livepatch_cmdline $f
    echo > $f; cat $f set_ftrace_notrace`);
  t.is(
    output,
    `cmdline_proc_show
version_proc_show
cmdline_proc_show
sh: write error: Invalid argument
cmdline_proc_show
sh: write error: Invalid argument
version_proc_show
sh: write error: Invalid argument
1
#### all functions enabled ####
first
livepatch_cmdline_proc_show [livepatch_sample]
#### all functions enabled ####
#### no functions disabled ####
`,
  );
});

test("commands of the filter switch tracing off, a limited number of times", (t) => {
  const { output } = runInGuest(`cd /sys/kernel/tracing; f=set_ftrace_filter; c='cat /proc/cmdline'
    echo cmdline_proc_show:traceoff > $f; cat $f tracing_on; $c > /dev/null; cat tracing_on; echo '!cmdline_proc_show:traceoff' > $f; cat $f
    echo cmdline_proc_show:traceon:1 > $f; cat $f; $c > /dev/null; cat tracing_on $f; echo 0 > tracing_on; $c > /dev/null; cat tracing_on
    echo cmdline_proc_show:nosuch > $f; echo '!cmdline_proc_show:traceon:0' > $f; cat $f enabled_functions`);
  t.is(
    output,
    `#### all functions enabled ####
cmdline_proc_show:traceoff:unlimited
1
0
#### all functions enabled ####
#### all functions enabled ####
cmdline_proc_show:traceon:count=1
1
#### all functions enabled ####
cmdline_proc_show:traceon:count=0
0
sh: write error: Invalid argument
#### all functions enabled ####
`,
  );
});

test("function_graph shows calls as a tree, and not the jump into a livepatch", (t) => {
  const { output } = runInGuest(`cd /sys/kernel/tracing; insmod /root/livepatch-sample.ko; sleep 2
    echo cmdline_proc_show livepatch_cmdline_proc_show seq_printf seq_vprintf > set_ftrace_filter
    echo function_graph > current_tracer; cat /proc/cmdline; cat trace; echo nop > current_tracer; cat /proc/cmdline`);
  t.is(
    level(output),
    `this has been live patched
# tracer: function_graph
#
# CPU  DURATION                  FUNCTION CALLS
# |     |   |                     |   |   |   |
 C)          |  cmdline_proc_show() {
 C)          |    livepatch_cmdline_proc_show [livepatch_sample]() {
 C)          |      seq_printf() {
 C) DURATION |        seq_vprintf();
 C) DURATION |      }
 C) DURATION |    }
 C) DURATION |  }
this has been live patched
`,
  );
});

test("all functions can be traced at once, and their calls", (t) => {
  const { output } = runInGuest(`cd /sys/kernel/tracing; n=$(grep -c . available_filter_functions)
    for tracer in function function_graph; do echo $tracer > current_tracer; ls -lR /proc/self > /dev/null; [ $(grep -c . enabled_functions) = $n ]
    echo $? $(grep -c vfs_statx trace | sed 's/[1-9][0-9]*/some/'); done; echo nop > current_tracer; cat enabled_functions`);
  t.is(output, "0 some\n0 some\n");
});

test("trace_marker's text stands in the trace, trace_pipe takes it out", (t) => {
  const { output } = runInGuest(`cd /sys/kernel/tracing; echo hello > trace_marker; grep -c hello trace
    cat trace_pipe > /tmp/out & sleep 1; kill $!; cut -d: -f2- /tmp/out; grep -c hello trace; echo 0 > tracing_on; echo x > trace_marker`);
  t.is(output, "1\n tracing_mark_write: hello\n0\nsh: write error: Bad file descriptor\n");
});

test("a stack trace ends at the system call's entry, also under the graph tracer", (t) => {
  const { output } = runInGuest(`cd /sys/kernel/tracing; echo cmdline_proc_show:stacktrace > set_ftrace_filter
    echo 'seq_read_iter proc_reg_read_iter' >> set_ftrace_filter; echo function_graph > current_tracer; cat /proc/cmdline > /dev/null; grep '^ =>' trace`);
  t.is(
    output,
    ` => cmdline_proc_show
 => seq_read_iter
 => proc_reg_read_iter
 => generic_file_splice_read
 => splice_direct_to_actor
 => do_splice_direct
 => do_sendfile
 => __x64_sys_sendfile64
 => do_syscall_64
 => entry_SYSCALL_64_after_hwframe */
`,
  );
});

test("pr_debug() calls are switched by queries, each with a prefix if it is asked for", (t) => {
  const { output } = runInGuest(`cd /sys/kernel/debug/dynamic_debug; head -1 control; grep -c '=p' control
    echo 'file kernel/livepatch/* +p; func klp_try_switch_task -p' > control; grep klp_try_switch_task control | cut -d' ' -f3 | sort -u
    echo 'func klp_init_transition +f' > control; echo 'colour red +p' > control; insmod /root/livepatch-sample.ko; sleep 2
    dmesg | grep -e livepatch: -e klp_ | grep -v taint`);
  t.is(
    output,
    `# filename:lineno [module]function flags format
0
=_
sh: write error: Invalid argument
livepatch: enabling patch 'livepatch_sample'
klp_init_transition: livepatch: 'livepatch_sample': initializing patching transition
livepatch: 'livepatch_sample': starting patching transition
livepatch: 'livepatch_sample': completing patching transition
livepatch: 'livepatch_sample': patching complete
`,
  );
});
