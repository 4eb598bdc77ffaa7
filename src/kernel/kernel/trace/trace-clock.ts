// The clocks of trace entries.

import { sched_clock } from "linux/ktime";

notrace_file();

/** ns; this CPU's clock, which all CPUs share. */
export function trace_clock_local(): u64 {
  return sched_clock();
}
EXPORT_SYMBOL_GPL(trace_clock_local);
