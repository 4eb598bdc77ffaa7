// kernel.ftrace_enabled

import { ENODEV } from "linux/errno";
import { type ctl_table, proc_dointvec, register_sysctl } from "linux/sysctl";
import { ftrace_enabled, ftrace_is_dead, ftrace_set_enabled } from "./ftrace";

notrace_file();

/** What was written; the value itself changes only if ftrace agrees. */
let shown: int = 1;

function ftrace_enable_sysctl(table: ctl_table, write: int, buffer: u8[], lenp: u64[], ppos: s64[]): int {
  if (ftrace_is_dead()) return -ENODEV;
  shown = ftrace_enabled;
  const ret = proc_dointvec(table, write, buffer, lenp, ppos);
  if (ret !== 0 || write === 0) return ret;
  return ftrace_set_enabled(shown);
}

const ftrace_sysctls: ctl_table[] = [
  { procname: "ftrace_enabled", data: addr(shown), maxlen: 4, mode: 0o644, proc_handler: ftrace_enable_sysctl },
  {},
];

export function ftrace_sysctl_init(): int {
  register_sysctl("kernel", ftrace_sysctls);
  return 0;
}
init(ftrace_sysctl_init);
