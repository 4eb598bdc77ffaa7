// Time stamps in ns. The clock is the TSC.

import type { ktime_t, timespec64 } from "linux/types";

export type { ktime_t, timespec64 } from "linux/types";

export const NSEC_PER_SEC = 1000000000;
export const NSEC_PER_MSEC = 1000000;
export const NSEC_PER_USEC = 1000;
export const USEC_PER_SEC = 1000000;

export { local_clock, sched_clock } from "../../arch/x86/kernel/tsc";
export {
  ktime_get,
  ktime_get_boottime,
  ktime_get_coarse_real_ts64,
  ktime_get_ns,
  ktime_get_real,
  ktime_get_real_ns,
  ktime_get_real_seconds,
  ktime_get_real_ts64,
  ktime_get_seconds,
  ktime_get_ts64,
} from "../../kernel/time/timekeeping";
