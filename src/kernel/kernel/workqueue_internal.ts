// What the files of the workqueues share. A worker pool is a list of works and the threads that run them: two for each CPU (nice 0 and -20) and two whose
// threads may run anywhere. A workqueue reaches its pools through a pool_workqueue each, which counts its works there. All of a pool, and of the
// pool_workqueues on it, is under the pool's lock, taken with interrupts off.

import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_empty } from "linux/list";
import type { task_struct } from "linux/sched";
import { wake_up_process } from "linux/sched";
import type { spinlock_t } from "linux/spinlock";
import type { timer_list } from "linux/timer";
import type { list_head } from "linux/types";
import type { work_struct, workqueue_struct } from "linux/workqueue";

/** work_struct.data: flags, the colour, and above them the pool_workqueue while it is queued, else the number of the pool where it was last. */
export const WORK_STRUCT_PENDING = 1;
/** Queued, beyond its queue's max_active. */
export const WORK_STRUCT_INACTIVE = 2;
export const WORK_STRUCT_PWQ = 4;
/** The next work on the list goes to the same worker, behind this one. */
export const WORK_STRUCT_LINKED = 8;
/** Not queued: somebody cancels it, and nobody may queue it meanwhile. */
export const WORK_OFFQ_CANCELING = 2;
const WORK_STRUCT_COLOR_SHIFT = 4;
const WORK_DATA_SHIFT = 8;
/** pool_workqueues lie at multiples of this. */
export const PWQ_ALIGN = 256;
/** Flushing tells generations of works apart by colours; barriers have none. */
export const WORK_NR_COLORS = 15;
export const WORK_NO_COLOR = 15;

export const WORKER_DIE = 1;
export const WORKER_IDLE = 2;
/** About to run works, or looking after the pool. */
export const WORKER_PREP = 4;
export const WORKER_UNBOUND = 8;
/** One of these: a pool does not count it as running. */
export const WORKER_NOT_RUNNING = 12;

export const NR_STD_WORKER_POOLS = 2;
export const HIGHPRI_NICE_LEVEL = -20;

export interface worker_pool extends struct<"worker_pool"> {
  lock?: embed<spinlock_t>;
  /** -1: its threads run anywhere. */
  cpu?: int;
  id?: int;
  nice?: int;
  worklist?: embed<list_head>;
  /** Bound workers that run works and do not sleep: while there is one, no other is woken. */
  nr_running?: int;
  nr_workers?: int;
  nr_idle?: int;
  /** The one that became idle last comes first. */
  idle_list?: embed<list_head>;
  workers?: embed<list_head>;
  /** Numbers that workers have. */
  worker_ids?: u64;
  /** A worker makes another one. */
  managing?: bool;
  /** Runs meanwhile. */
  mayday_timer?: embed<timer_list>;
}

export interface pool_workqueue extends struct<"pool_workqueue"> {
  pool?: worker_pool;
  wq?: workqueue_struct;
  /** Works on the pool's list or running; the others wait here. */
  nr_active?: int;
  max_active?: int;
  inactive_works?: embed<list_head>;
  nr_in_flight?: array<int, 16>;
  mayday_node?: embed<list_head>;
  /** What to free. */
  memory?: ptr;
}

export interface worker extends struct<"worker"> {
  entry?: embed<list_head>;
  node?: embed<list_head>;
  /** Works that are its own, linked ones and barriers. */
  scheduled?: embed<list_head>;
  current_work?: work_struct;
  current_func?: (work: work_struct) => void;
  current_pwq?: pool_workqueue;
  task?: task_struct;
  pool?: worker_pool;
  id?: int;
  flags?: u32;
  sleeping?: bool;
  /** Jiffies. */
  last_active?: u64;
  rescue_wq?: workqueue_struct;
  desc?: array<u8, 24>;
}

/** By number: CPU × 2, with 1 more for the one with nice -20; then those of no CPU. */
export let worker_pools: array<worker_pool, 18>;
/** Under wq_list_lock. */
export let workqueues: embed<list_head>;
export let wq_list_lock: embed<spinlock_t>;

export function get_work_pwq(work: work_struct): pool_workqueue {
  const data = READ_ONCE(work.data);
  return (data & WORK_STRUCT_PWQ) !== 0 ? at<pool_workqueue>(data & ~u64(PWQ_ALIGN - 1)) : null;
}

/** The pool where it is, or was last. */
export function get_work_pool(work: work_struct): worker_pool {
  const data = READ_ONCE(work.data);
  if ((data & WORK_STRUCT_PWQ) !== 0) return at<pool_workqueue>(data & ~u64(PWQ_ALIGN - 1)).pool;
  return worker_pools[data >> WORK_DATA_SHIFT];
}

export function work_color(data: u64): int {
  return int((data >> WORK_STRUCT_COLOR_SHIFT) & 15);
}
inline(work_color);

export function set_work_pwq(work: work_struct, pwq: pool_workqueue, color: int, flags: u64): void {
  WRITE_ONCE(work.data, u64(pwq) | (u64(color) << WORK_STRUCT_COLOR_SHIFT) | WORK_STRUCT_PENDING | WORK_STRUCT_PWQ | flags);
}

export function set_work_pool(work: work_struct, pool: worker_pool, flags: u64): void {
  WRITE_ONCE(work.data, (u64(pool.id) << WORK_DATA_SHIFT) | flags);
}

export function first_work(list: list_head): work_struct {
  return container_of<work_struct>(list.next, "entry");
}
inline(first_work);

export function need_more_worker(pool: worker_pool): bool {
  return !list_empty(pool.worklist) && pool.nr_running === 0;
}

export function wake_up_worker(pool: worker_pool): void {
  if (!list_empty(pool.idle_list)) wake_up_process(container_of<worker>(pool.idle_list.next, "entry").task);
}

export function find_worker_executing_work(pool: worker_pool, work: work_struct): worker {
  for (let p = pool.workers.next; p !== pool.workers; p = p.next) {
    const w = container_of<worker>(p, "node");
    if (w.current_work === work && w.current_func === work.func) return w;
  }
  return null;
}

/** The work and those that are linked behind it, to the end of another list. */
export function move_linked_works(work: work_struct, head: list_head): void {
  let w = work;
  for (;;) {
    const next = container_of<work_struct>(w.entry.next, "entry");
    const linked = (w.data & WORK_STRUCT_LINKED) !== 0;
    list_del_init(w.entry);
    list_add_tail(w.entry, head);
    if (!linked) return;
    w = next;
  }
}

export function insert_work(pwq: pool_workqueue, work: work_struct, head: list_head, color: int, flags: u64): void {
  set_work_pwq(work, pwq, color, flags);
  if (work.entry.next === null) INIT_LIST_HEAD(work.entry);
  list_add_tail(work.entry, head);
  if (need_more_worker(pwq.pool)) wake_up_worker(pwq.pool);
}

export function pwq_activate_inactive_work(work: work_struct): void {
  const pwq = get_work_pwq(work);
  move_linked_works(work, pwq.pool.worklist);
  work.data = work.data & ~u64(WORK_STRUCT_INACTIVE);
  pwq.nr_active++;
}
