// Timers in jiffies; the function runs in interrupt context of the tick.

import type { hlist_node } from "linux/types";

export interface timer_list extends struct<"timer_list"> {
  entry?: embed<hlist_node>;
  expires?: u64;
  function?: (timer: timer_list) => void;
  flags?: u32;
}

export {
  add_timer,
  del_timer,
  del_timer_sync,
  mod_timer,
  msleep,
  msleep_interruptible,
  schedule_timeout,
  schedule_timeout_interruptible,
  schedule_timeout_killable,
  schedule_timeout_uninterruptible,
  timer_delete,
  timer_delete_sync,
  timer_pending,
  timer_setup,
  usleep_range,
} from "../../kernel/time/timer";
