// Deferred work in kernel threads (kworker/…).

import type { mutex } from "linux/mutex";
import type { timer_list } from "linux/timer";
import type { list_head } from "linux/types";
import type { wait_queue_head } from "linux/wait";

export const WQ_UNBOUND = 2;
export const WQ_FREEZABLE = 4;
export const WQ_MEM_RECLAIM = 8;
export const WQ_HIGHPRI = 16;
export const WQ_CPU_INTENSIVE = 32;
export const __WQ_ORDERED = 0x80000;

export interface work_struct extends struct<"work_struct"> {
  /** See kernel/workqueue_internal. 0: never queued. */
  data?: u64;
  entry?: embed<list_head>;
  func?: (work: work_struct) => void;
}

export interface delayed_work extends struct<"delayed_work"> {
  work?: embed<work_struct>;
  timer?: embed<timer_list>;
  wq?: workqueue_struct;
  cpu?: int;
}

export interface workqueue_struct extends struct<"workqueue_struct"> {
  name?: array<u8, 24>;
  /** WQ_ */
  flags?: u32;
  nr_pwqs?: int;
  /** Its pool_workqueues: one for each CPU, or one alone. */
  pwqs?: array<ptr, 8>;
  /** Held by whoever begins a flush. */
  mutex?: embed<mutex>;
  /** That works get when they are queued. */
  work_color?: int;
  flush_wait?: embed<wait_queue_head>;
  /** A struct worker, or null. */
  rescuer?: ptr;
  maydays?: embed<list_head>;
  list?: embed<list_head>;
}

export function INIT_WORK(work: work_struct, func: (work: work_struct) => void): void {
  work.data = 0;
  work.entry.next = work.entry;
  work.entry.prev = work.entry;
  work.func = func;
}
inline(INIT_WORK);

export function to_delayed_work(work: work_struct): delayed_work {
  return container_of<delayed_work>(work, "work");
}
inline(to_delayed_work);

export {
  alloc_ordered_workqueue,
  alloc_workqueue,
  delayed_work_pending,
  destroy_workqueue,
  INIT_DELAYED_WORK,
  queue_delayed_work,
  queue_work,
  queue_work_on,
  schedule_delayed_work,
  schedule_on_each_cpu,
  schedule_work,
  system_highpri_wq,
  system_long_wq,
  system_unbound_wq,
  system_wq,
  work_pending,
} from "../../kernel/workqueue";
export {
  cancel_delayed_work,
  cancel_delayed_work_sync,
  cancel_work_sync,
  drain_workqueue,
  flush_delayed_work,
  flush_scheduled_work,
  flush_work,
  flush_workqueue,
  mod_delayed_work,
} from "../../kernel/workqueue-flush";
