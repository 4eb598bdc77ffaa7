// Timers in jiffies; the function runs in interrupt context of the tick.

import type { hlist_node } from "linux/types";

export interface timer_list extends struct<"timer_list"> {
  entry?: embed<hlist_node>;
  expires?: u64;
  function?: (timer: timer_list) => void;
  flags?: u32;
}

export { timer_setup, add_timer, mod_timer, del_timer, del_timer_sync, timer_pending, timer_delete, timer_delete_sync } from "../../kernel/time/timer";
export { msleep, msleep_interruptible, usleep_range, schedule_timeout, schedule_timeout_interruptible, schedule_timeout_uninterruptible, schedule_timeout_killable } from "../../kernel/time/timer";
