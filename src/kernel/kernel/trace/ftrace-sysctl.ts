// kernel.ftrace_enabled, kernel.ftrace_dump_on_oops, kernel.traceoff_on_warning, debug.kprobes-optimization

import { ENODEV } from "linux/errno";
import { DIE_OOPS } from "linux/kdebug";
import { NOTIFY_DONE, type notifier_block } from "linux/notifier";
import { type ctl_table, proc_dointvec, proc_dointvec_minmax, register_sysctl } from "linux/sysctl";
import { register_die_notifier } from "../die";
import { kprobes_allow_optimization } from "../kprobes-sites";
import { ftrace_enabled, ftrace_is_dead, ftrace_set_enabled } from "./ftrace";
import { ring_set_on } from "./ring_buffer";
import { global_trace } from "./trace";
import { ftrace_dump_on_death } from "./trace-dump";

notrace_file();

/** What was written; the value itself changes only if ftrace agrees. */
let shown: int = 1;
let dump_on_oops: int = 0;
let traceoff_on_warning: int = 0;
let kprobes_optimization: int = 1;
let zero: int = 0;
let one: int = 1;

function ftrace_enable_sysctl(table: ctl_table, write: int, buffer: u8[], lenp: u64[], ppos: s64[]): int {
  if (ftrace_is_dead()) return -ENODEV;
  const before = shown;
  const ret = proc_dointvec(table, write, buffer, lenp, ppos);
  if (ret !== 0 || write === 0) return ret;
  const err = ftrace_set_enabled(shown);
  // Any number but 0 is on, and is shown as it was written.
  if (err !== 0) shown = ftrace_enabled !== 0 ? before : 0;
  return err;
}

function kprobes_optimization_sysctl(table: ctl_table, write: int, buffer: u8[], lenp: u64[], ppos: s64[]): int {
  const ret = proc_dointvec_minmax(table, write, buffer, lenp, ppos);
  if (ret === 0 && write !== 0) kprobes_allow_optimization(kprobes_optimization !== 0);
  return ret;
}

const ftrace_sysctls: ctl_table[] = [
  { procname: "ftrace_enabled", data: addr(shown), maxlen: 4, mode: 0o644, proc_handler: ftrace_enable_sysctl },
  { procname: "ftrace_dump_on_oops", data: addr(dump_on_oops), maxlen: 4, mode: 0o644, proc_handler: proc_dointvec },
  { procname: "traceoff_on_warning", data: addr(traceoff_on_warning), maxlen: 4, mode: 0o644, proc_handler: proc_dointvec },
  {},
];

const debug_sysctls: ctl_table[] = [
  {
    procname: "kprobes-optimization",
    data: addr(kprobes_optimization),
    maxlen: 4,
    mode: 0o644,
    proc_handler: kprobes_optimization_sysctl,
    extra1: addr(zero),
    extra2: addr(one),
  },
  {},
];

/** After a warning, where kernel.traceoff_on_warning asks for it: what led to it stays in the buffer. */
export function disable_trace_on_warning(): void {
  if (traceoff_on_warning === 0) return;
  pr_info("Disabling tracing due to warning\n");
  ring_set_on(global_trace.buffer, 0);
}

function trace_die_handler(_nb: notifier_block, action: u64, _data: ptr): int {
  if (action === u64(DIE_OOPS)) ftrace_dump_on_death(dump_on_oops);
  return NOTIFY_DONE;
}

const trace_die_notifier: notifier_block = { notifier_call: trace_die_handler };

export function ftrace_sysctl_init(): int {
  register_sysctl("kernel", ftrace_sysctls);
  register_sysctl("debug", debug_sysctls);
  register_die_notifier(trace_die_notifier);
  return 0;
}
init(ftrace_sysctl_init);
