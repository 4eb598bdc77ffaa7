// The clocks of trace entries, and the file that chooses one.

import { EINVAL } from "linux/errno";
import { jiffies } from "linux/jiffies";
import { ktime_get_boottime, ktime_get_ns, ktime_get_real_ns, sched_clock } from "linux/ktime";
import { strcmp } from "linux/string";

notrace_file();

interface trace_clock extends struct<"trace_clock"> {
  name?: cstr;
  func?: () => u64;
  /** Nanoseconds; else a number that is shown as it is. */
  in_ns?: bool;
}

/** ns; this CPU's clock, which all CPUs share. */
export function trace_clock_local(): u64 {
  return sched_clock();
}
EXPORT_SYMBOL_GPL(trace_clock_local);

let last_global: u64 = 0;

/** ns; never runs backwards between CPUs. */
function trace_clock_global(): u64 {
  const now = sched_clock();
  const last = READ_ONCE(last_global);
  if (now <= last) return last;
  WRITE_ONCE(last_global, now);
  return now;
}

let counter: u64 = 0;

function trace_clock_counter(): u64 {
  counter++;
  return counter;
}

function trace_clock_jiffies(): u64 {
  return jiffies;
}

function trace_clock_boot(): u64 {
  return u64(ktime_get_boottime());
}

function trace_clock_tsc(): u64 {
  return rdtsc();
}

const trace_clocks: trace_clock[] = [
  { name: "local", func: trace_clock_local, in_ns: true },
  { name: "global", func: trace_clock_global, in_ns: true },
  { name: "counter", func: trace_clock_counter },
  { name: "uptime", func: trace_clock_jiffies },
  { name: "perf", func: trace_clock_local, in_ns: true },
  { name: "mono", func: ktime_get_ns, in_ns: true },
  { name: "mono_raw", func: ktime_get_ns, in_ns: true },
  { name: "boot", func: trace_clock_boot, in_ns: true },
  { name: "tai", func: ktime_get_real_ns, in_ns: true },
  { name: "x86-tsc", func: trace_clock_tsc },
];
const NR_CLOCKS = 10;
export const TRACE_CLOCK_LOCAL = 0;
export const TRACE_CLOCK_GLOBAL = 1;

export function trace_clock_read(clock: int): u64 {
  return trace_clocks[clock].func();
}

export function trace_clock_in_ns(clock: int): bool {
  return trace_clocks[clock].in_ns;
}

/** The name of the n-th clock; null behind the last. */
export function trace_clock_name(n: int): cstr {
  return n < NR_CLOCKS ? trace_clocks[n].name : null;
}

export function trace_clock_find(name: cstr): int {
  for (let i: int = 0; i < NR_CLOCKS; i++) if (strcmp(trace_clocks[i].name, name) === 0) return i;
  return -EINVAL;
}
