// Wait queues. The loop to wait for a condition:
//
//   let w: embed<wait_queue_entry>;
//   init_wait(w);
//   for (;;) {
//     prepare_to_wait(wq, w, TASK_INTERRUPTIBLE);
//     if (condition) break;
//     if (signal_pending(get_current())) { ret = -ERESTARTSYS; break; }
//     schedule();
//   }
//   finish_wait(wq, w);
//
// or wait_event(wq, function(arg), arg) and its forms. A zeroed wait_queue_head is a valid empty one.

import type { task_struct } from "linux/sched";
import type { spinlock_t } from "linux/spinlock";
import type { list_head } from "linux/types";

export interface wait_queue_head extends struct<"wait_queue_head"> {
  lock?: embed<spinlock_t>;
  head?: embed<list_head>;
}
export type wait_queue_head_t = wait_queue_head;

export interface wait_queue_entry extends struct<"wait_queue_entry"> {
  flags?: u32;
  private?: task_struct;
  /** Returns > 0 if it woke somebody (counts against an exclusive wake-up). */
  func?: (entry: wait_queue_entry, mode: u32, flags: int, key: ptr) => int;
  entry?: embed<list_head>;
}
export type wait_queue_entry_t = wait_queue_entry;

export const WQ_FLAG_EXCLUSIVE = 1;

export {
  __wake_up,
  add_wait_queue,
  autoremove_wake_function,
  default_wake_function,
  finish_wait,
  init_wait,
  init_waitqueue_entry,
  init_waitqueue_func_entry,
  init_waitqueue_head,
  prepare_to_wait,
  prepare_to_wait_exclusive,
  remove_wait_queue,
  wait_event,
  wait_event_interruptible,
  wait_event_interruptible_timeout,
  wait_event_killable,
  wait_event_timeout,
  waitqueue_active,
  wake_up,
  wake_up_all,
  wake_up_interruptible,
  wake_up_interruptible_all,
  wake_up_poll,
} from "../../kernel/sched/wait";
