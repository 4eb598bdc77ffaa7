// Deferred work in kernel threads (kworker/…).

import type { task_struct } from "linux/sched";
import type { spinlock_t } from "linux/spinlock";
import type { timer_list } from "linux/timer";
import type { list_head } from "linux/types";
import type { wait_queue_head } from "linux/wait";

export const WQ_UNBOUND = 2;
export const WQ_FREEZABLE = 4;
export const WQ_MEM_RECLAIM = 8;
export const WQ_HIGHPRI = 16;
export const WQ_CPU_INTENSIVE = 32;
export const WQ_SYSFS = 64;

export interface work_struct extends struct<"work_struct"> {
  /** Bit 0: pending. The rest: the queue it is or was last on. */
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
  lock?: embed<spinlock_t>;
  works?: embed<list_head>;
  more_work?: embed<wait_queue_head>;
  work_done?: embed<wait_queue_head>;
  worker?: task_struct;
  current_work?: work_struct;
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
  cancel_delayed_work,
  cancel_delayed_work_sync,
  cancel_work_sync,
  delayed_work_pending,
  destroy_workqueue,
  flush_delayed_work,
  flush_scheduled_work,
  flush_work,
  flush_workqueue,
  INIT_DELAYED_WORK,
  mod_delayed_work,
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
