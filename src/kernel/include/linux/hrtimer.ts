// Timers in ns on the CPU's event device: nanosleep and interval timers. The function runs in interrupt context.

import type { ktime_t, list_head } from "linux/types";

export const HRTIMER_NORESTART = 0;
export const HRTIMER_RESTART = 1;
export const HRTIMER_MODE_ABS = 0;
export const HRTIMER_MODE_REL = 1;

export interface hrtimer extends struct<"hrtimer"> {
  /** In its CPU's queue, ordered by expiry; next null when not queued. */
  node?: embed<list_head>;
  expires?: ktime_t;
  function?: (timer: hrtimer) => int;
  cpu?: u32;
}

export {
  hrtimer_active,
  hrtimer_cancel,
  hrtimer_init,
  hrtimer_nanosleep,
  hrtimer_start,
  hrtimer_try_to_cancel,
  schedule_hrtimeout,
} from "../../kernel/time/hrtimer";
