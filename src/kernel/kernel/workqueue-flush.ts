// Waiting for works, and taking them back. A flush of one work puts a barrier right behind it; a flush of a queue gives the works that come from then on
// another colour, and waits until none of its own or an older one is left.

import type { completion } from "linux/completion";
import { INIT_LIST_HEAD, list_del_init, list_empty } from "linux/list";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { TASK_UNINTERRUPTIBLE } from "linux/sched";
import { spin_lock, spin_lock_irqsave, spin_unlock, spin_unlock_irqrestore } from "linux/spinlock";
import type { list_head } from "linux/types";
import type { wait_queue_entry } from "linux/wait";
import type { delayed_work, work_struct, workqueue_struct } from "linux/workqueue";
import { complete, init_completion, wait_for_completion } from "./sched/completion";
import { schedule } from "./sched/core";
import { __might_sleep } from "./sched/debug-checks";
import { finish_wait, init_wait, prepare_to_wait } from "./sched/wait";
import { del_timer, del_timer_sync, schedule_timeout_uninterruptible } from "./time/timer";
import { __queue_delayed_work, queue_delayed_work_now, system_wq } from "./workqueue";
import {
  find_worker_executing_work,
  get_work_pool,
  get_work_pwq,
  insert_work,
  type pool_workqueue,
  pwq_activate_inactive_work,
  set_work_pool,
  WORK_NO_COLOR,
  WORK_NR_COLORS,
  WORK_OFFQ_CANCELING,
  WORK_STRUCT_INACTIVE,
  WORK_STRUCT_LINKED,
  WORK_STRUCT_PENDING,
  WORK_STRUCT_PWQ,
  type worker,
} from "./workqueue_internal";
import { pwq_dec_nr_in_flight } from "./workqueue-worker";

interface wq_barrier extends struct<"wq_barrier"> {
  work?: embed<work_struct>;
  done?: embed<completion>;
}

function wq_barrier_func(work: work_struct): void {
  complete(container_of<wq_barrier>(work, "work").done);
}

/** Behind the target, which runs (w) or is queued. Under the pool's lock. */
function insert_wq_barrier(pwq: pool_workqueue, barr: wq_barrier, target: work_struct, w: worker): void {
  barr.work.data = 0;
  INIT_LIST_HEAD(barr.work.entry);
  barr.work.func = wq_barrier_func;
  init_completion(barr.done);
  let head: list_head = null;
  let flags: u64 = 0;
  if (w !== null) {
    head = w.scheduled.next;
    if (!list_empty(w.scheduled)) flags |= WORK_STRUCT_LINKED;
  } else {
    head = target.entry.next;
    flags = target.data & WORK_STRUCT_LINKED;
    target.data = target.data | WORK_STRUCT_LINKED;
  }
  if (w === null && (target.data & WORK_STRUCT_INACTIVE) !== 0) flags |= WORK_STRUCT_INACTIVE;
  else pwq.nr_active++;
  insert_work(pwq, barr.work, head, WORK_NO_COLOR, flags);
}

/** Returns when what was queued of it, or runs, has ended. False: there was nothing. */
function __flush_work(work: work_struct): bool {
  let barr: embed<wq_barrier>;
  const pool = get_work_pool(work);
  const irq = spin_lock_irqsave(pool.lock);
  let pwq = get_work_pwq(work);
  let w: worker = null;
  let found = false;
  if (pwq !== null) found = pwq.pool === pool;
  else {
    w = find_worker_executing_work(pool, work);
    found = w !== null;
    if (found) pwq = w.current_pwq;
  }
  if (found) insert_wq_barrier(pwq, barr, work, w);
  spin_unlock_irqrestore(pool.lock, irq);
  if (found) wait_for_completion(barr.done);
  return found;
}

export function flush_work(work: work_struct): bool {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  return __flush_work(work);
}

export function flush_delayed_work(dwork: delayed_work): bool {
  if (dwork.timer.function !== null && del_timer_sync(dwork.timer) !== 0) queue_delayed_work_now(dwork);
  return flush_work(dwork.work);
}

const GRAB_IDLE = 0;
const GRAB_PENDING = 1;
/** It is on its way from one state to another: once more. */
const GRAB_AGAIN = -11;
/** Somebody else cancels it. */
const GRAB_CANCELING = -2;

/** Makes PENDING the caller's: nobody queues it from then on. GRAB_PENDING: it was queued, or waited for its timer, and is no more. */
function try_to_grab_pending(work: work_struct, dwork: delayed_work): int {
  if (dwork !== null && dwork.timer.function !== null && del_timer(dwork.timer) !== 0) return GRAB_PENDING;
  if (!test_and_set_bit(0, addr(work.data))) return GRAB_IDLE;
  const pool = get_work_pool(work);
  const irq = spin_lock_irqsave(pool.lock);
  const data = work.data;
  let ret: int = GRAB_AGAIN;
  const pwq = get_work_pwq(work);
  if (pwq !== null && pwq.pool === pool) {
    // Barriers behind it stay, so it goes where they can run.
    if ((data & WORK_STRUCT_INACTIVE) !== 0) pwq_activate_inactive_work(work);
    list_del_init(work.entry);
    const active = work.data;
    set_work_pool(work, pool, WORK_STRUCT_PENDING);
    pwq_dec_nr_in_flight(pwq, active);
    ret = GRAB_PENDING;
  } else if ((data & WORK_STRUCT_PWQ) === 0 && (data & WORK_OFFQ_CANCELING) !== 0) ret = GRAB_CANCELING;
  spin_unlock_irqrestore(pool.lock, irq);
  return ret;
}

/** Afterwards it is neither queued nor running, even if it queues itself. */
function __cancel_work_sync(work: work_struct, dwork: delayed_work): bool {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  let ret = try_to_grab_pending(work, dwork);
  while (ret < 0) {
    schedule_timeout_uninterruptible(1);
    ret = try_to_grab_pending(work, dwork);
  }
  const pool = get_work_pool(work);
  set_work_pool(work, pool, WORK_STRUCT_PENDING | WORK_OFFQ_CANCELING);
  __flush_work(work);
  set_work_pool(work, get_work_pool(work), 0);
  return ret === GRAB_PENDING;
}

export function cancel_work_sync(work: work_struct): bool {
  return __cancel_work_sync(work, null);
}

export function cancel_delayed_work_sync(dwork: delayed_work): bool {
  return __cancel_work_sync(dwork.work, dwork);
}

/** From any context. */
function grab(dwork: delayed_work): int {
  for (;;) {
    const ret = try_to_grab_pending(dwork.work, dwork);
    if (ret !== GRAB_AGAIN) return ret;
    cpu_relax();
  }
}

/** It may still run. */
export function cancel_delayed_work(dwork: delayed_work): bool {
  const ret = grab(dwork);
  if (ret < 0) return false;
  set_work_pool(dwork.work, get_work_pool(dwork.work), 0);
  return ret === GRAB_PENDING;
}

/** Queues it anew with this delay, wherever it stands. True if it was pending. */
export function mod_delayed_work(wq: workqueue_struct, dwork: delayed_work, delay: u64): bool {
  const ret = grab(dwork);
  if (ret >= 0) __queue_delayed_work(wq, dwork, delay);
  return ret === GRAB_PENDING;
}

function color_in_flight(wq: workqueue_struct, color: int): bool {
  for (let i: int = 0; i < wq.nr_pwqs; i++) if (READ_ONCE((wq.pwqs[i] as pool_workqueue).nr_in_flight[color]) !== 0) return true;
  return false;
}

/** From this colour back to the oldest: the one behind the colour that is given out now. */
function older_in_flight(wq: workqueue_struct, color: int): bool {
  for (let c = color; c !== READ_ONCE(wq.work_color); c = c === 0 ? WORK_NR_COLORS - 1 : c - 1) if (color_in_flight(wq, c)) return true;
  return false;
}

/** All that was queued before has ended. */
export function flush_workqueue(wq: workqueue_struct): void {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  let w: embed<wait_queue_entry>;
  init_wait(w);
  mutex_lock(wq.mutex);
  const mine = wq.work_color;
  const next: int = mine + 1 === WORK_NR_COLORS ? 0 : mine + 1;
  for (;;) {
    prepare_to_wait(wq.flush_wait, w, TASK_UNINTERRUPTIBLE);
    if (!color_in_flight(wq, next)) break;
    schedule();
  }
  finish_wait(wq.flush_wait, w);
  WRITE_ONCE(wq.work_color, next);
  // Whoever still gives out the old colour holds its pool's lock.
  for (let i: int = 0; i < wq.nr_pwqs; i++) {
    const irq = spin_lock_irqsave((wq.pwqs[i] as pool_workqueue).pool.lock);
    spin_unlock_irqrestore((wq.pwqs[i] as pool_workqueue).pool.lock, irq);
  }
  mutex_unlock(wq.mutex);
  for (;;) {
    prepare_to_wait(wq.flush_wait, w, TASK_UNINTERRUPTIBLE);
    if (!older_in_flight(wq, mine)) break;
    schedule();
  }
  finish_wait(wq.flush_wait, w);
}

/** Until works that queue works have no more. */
export function drain_workqueue(wq: workqueue_struct): void {
  do flush_workqueue(wq);
  while (color_in_flight(wq, wq.work_color));
}

export function flush_scheduled_work(): void {
  flush_workqueue(system_wq);
}
EXPORT_SYMBOL(flush_work);
EXPORT_SYMBOL(flush_workqueue);
EXPORT_SYMBOL(flush_scheduled_work);
EXPORT_SYMBOL(flush_delayed_work);
EXPORT_SYMBOL(cancel_work_sync);
EXPORT_SYMBOL(cancel_delayed_work);
EXPORT_SYMBOL(cancel_delayed_work_sync);
EXPORT_SYMBOL(mod_delayed_work);
EXPORT_SYMBOL_GPL(drain_workqueue);
