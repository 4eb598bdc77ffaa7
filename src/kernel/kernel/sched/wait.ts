// Wait queues. A head that was never initialised (all zero) is an empty one: its list is made with the first waiter.

import { get_current } from "linux/current";
import { ERESTARTSYS } from "linux/errno";
import { INIT_LIST_HEAD, list_add, list_add_tail, list_del_init, list_empty } from "linux/list";
import type { task_struct } from "linux/sched";
import {
  set_current_state,
  signal_pending_state,
  TASK_INTERRUPTIBLE,
  TASK_KILLABLE,
  TASK_NORMAL,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
} from "linux/sched";
import { spin_lock_init, spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { wait_queue_entry, wait_queue_head } from "linux/wait";
import { WQ_FLAG_EXCLUSIVE } from "linux/wait";
import { schedule_timeout } from "../time/timer";
import { schedule, try_to_wake_up } from "./core";
import { __might_sleep } from "./debug-checks";

const LONG_MAX = 0x7fffffffffffffff;

export function init_waitqueue_head(wq: wait_queue_head): void {
  spin_lock_init(wq.lock);
  INIT_LIST_HEAD(wq.head);
}

function prepare_head(wq: wait_queue_head): void {
  if (wq.head.next === null) INIT_LIST_HEAD(wq.head);
}
inline(prepare_head);

export function default_wake_function(entry: wait_queue_entry, mode: u32, _flags: int, _key: ptr): int {
  return try_to_wake_up(entry.private, mode) ? 1 : 0;
}

/** Wakes, and takes the entry off the queue if the task was asleep. */
export function autoremove_wake_function(entry: wait_queue_entry, mode: u32, flags: int, key: ptr): int {
  const ret = default_wake_function(entry, mode, flags, key);
  if (ret !== 0) list_del_init(entry.entry);
  return ret;
}

export function init_wait(entry: wait_queue_entry): void {
  entry.flags = 0;
  entry.private = get_current();
  entry.func = autoremove_wake_function;
  INIT_LIST_HEAD(entry.entry);
}

export function init_waitqueue_entry(entry: wait_queue_entry, task: task_struct): void {
  entry.flags = 0;
  entry.private = task;
  entry.func = default_wake_function;
  INIT_LIST_HEAD(entry.entry);
}

export function init_waitqueue_func_entry(
  entry: wait_queue_entry,
  func: (entry: wait_queue_entry, mode: u32, flags: int, key: ptr) => int,
): void {
  entry.flags = 0;
  entry.private = null;
  entry.func = func;
  INIT_LIST_HEAD(entry.entry);
}

export function add_wait_queue(wq: wait_queue_head, entry: wait_queue_entry): void {
  const flags = spin_lock_irqsave(wq.lock);
  prepare_head(wq);
  list_add(entry.entry, wq.head);
  spin_unlock_irqrestore(wq.lock, flags);
}

export function remove_wait_queue(wq: wait_queue_head, entry: wait_queue_entry): void {
  const flags = spin_lock_irqsave(wq.lock);
  list_del_init(entry.entry);
  spin_unlock_irqrestore(wq.lock, flags);
}

export function prepare_to_wait(wq: wait_queue_head, entry: wait_queue_entry, state: u32): void {
  const flags = spin_lock_irqsave(wq.lock);
  prepare_head(wq);
  if (list_empty(entry.entry)) list_add(entry.entry, wq.head);
  set_current_state(state);
  spin_unlock_irqrestore(wq.lock, flags);
}

export function prepare_to_wait_exclusive(wq: wait_queue_head, entry: wait_queue_entry, state: u32): void {
  const flags = spin_lock_irqsave(wq.lock);
  prepare_head(wq);
  entry.flags = entry.flags | WQ_FLAG_EXCLUSIVE;
  if (list_empty(entry.entry)) list_add_tail(entry.entry, wq.head);
  set_current_state(state);
  spin_unlock_irqrestore(wq.lock, flags);
}

export function finish_wait(wq: wait_queue_head, entry: wait_queue_entry): void {
  set_current_state(TASK_RUNNING);
  // Both links: another CPU that takes the entry off writes prev last, and then no more.
  if (READ_ONCE(entry.entry.next) !== entry.entry || READ_ONCE(entry.entry.prev) !== entry.entry) {
    const flags = spin_lock_irqsave(wq.lock);
    list_del_init(entry.entry);
    spin_unlock_irqrestore(wq.lock, flags);
  }
}

export function waitqueue_active(wq: wait_queue_head): bool {
  return wq.head.next !== null && wq.head.next !== wq.head;
}

/** Wakes all plain waiters and nr exclusive ones (0: all). */
export function __wake_up(wq: wait_queue_head, mode: u32, nr: int, key: ptr): int {
  const flags = spin_lock_irqsave(wq.lock);
  const woken = __wake_up_locked(wq, mode, nr, key);
  spin_unlock_irqrestore(wq.lock, flags);
  return woken;
}

/** Under wq.lock. */
export function __wake_up_locked(wq: wait_queue_head, mode: u32, nr: int, key: ptr): int {
  let woken: int = 0;
  if (wq.head.next !== null) {
    let left = nr;
    let p = wq.head.next;
    while (p !== wq.head) {
      const next = p.next;
      const entry = container_of<wait_queue_entry>(p, "entry");
      const exclusive = (entry.flags & WQ_FLAG_EXCLUSIVE) !== 0;
      if (entry.func(entry, mode, 0, key) > 0) {
        woken++;
        if (exclusive) {
          left--;
          if (left === 0) break;
        }
      }
      p = next;
    }
  }
  return woken;
}

export function wake_up(wq: wait_queue_head): void {
  __wake_up(wq, TASK_NORMAL, 1, null);
}

export function wake_up_all(wq: wait_queue_head): void {
  __wake_up(wq, TASK_NORMAL, 0, null);
}

export function wake_up_interruptible(wq: wait_queue_head): void {
  __wake_up(wq, TASK_INTERRUPTIBLE, 1, null);
}

export function wake_up_interruptible_all(wq: wait_queue_head): void {
  __wake_up(wq, TASK_INTERRUPTIBLE, 0, null);
}

export function wake_up_poll(wq: wait_queue_head, events: u32): void {
  __wake_up(wq, TASK_NORMAL, 1, at<ptr>(u64(events)));
}

/** Sleeps until condition(arg). Returns what is left of the timeout, at least 1 if the condition holds; 0: time is up; -ERESTARTSYS. */
function wait_common(wq: wait_queue_head, condition: (arg: ptr) => bool, arg: ptr, state: u32, timeout: s64): s64 {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  let w: embed<wait_queue_entry>;
  let left = timeout;
  if (condition(arg)) return left > 0 ? left : 1;
  init_wait(w);
  for (;;) {
    prepare_to_wait(wq, w, state);
    if (condition(arg)) {
      if (left === 0) left = 1;
      break;
    }
    if (signal_pending_state(state, get_current())) {
      left = -ERESTARTSYS;
      break;
    }
    if (left === 0) break;
    if (left === LONG_MAX) schedule();
    else left = schedule_timeout(left);
  }
  finish_wait(wq, w);
  return left;
}

export function wait_event(wq: wait_queue_head, condition: (arg: ptr) => bool, arg: ptr): void {
  wait_common(wq, condition, arg, TASK_UNINTERRUPTIBLE, LONG_MAX);
}

/** 0 or -ERESTARTSYS */
export function wait_event_interruptible(wq: wait_queue_head, condition: (arg: ptr) => bool, arg: ptr): int {
  return wait_common(wq, condition, arg, TASK_INTERRUPTIBLE, LONG_MAX) < 0 ? -ERESTARTSYS : 0;
}

export function wait_event_killable(wq: wait_queue_head, condition: (arg: ptr) => bool, arg: ptr): int {
  return wait_common(wq, condition, arg, TASK_KILLABLE, LONG_MAX) < 0 ? -ERESTARTSYS : 0;
}

export function wait_event_timeout(wq: wait_queue_head, condition: (arg: ptr) => bool, arg: ptr, timeout: s64): s64 {
  return wait_common(wq, condition, arg, TASK_UNINTERRUPTIBLE, timeout);
}

export function wait_event_interruptible_timeout(wq: wait_queue_head, condition: (arg: ptr) => bool, arg: ptr, timeout: s64): s64 {
  return wait_common(wq, condition, arg, TASK_INTERRUPTIBLE, timeout);
}
EXPORT_SYMBOL(__wake_up);
EXPORT_SYMBOL(wake_up);
EXPORT_SYMBOL(init_waitqueue_head);
EXPORT_SYMBOL(init_wait);
EXPORT_SYMBOL(prepare_to_wait);
EXPORT_SYMBOL(finish_wait);
EXPORT_SYMBOL(wait_event);
EXPORT_SYMBOL(wait_event_interruptible);
EXPORT_SYMBOL(wait_event_timeout);
EXPORT_SYMBOL(wake_up_all);
EXPORT_SYMBOL(wake_up_interruptible);
EXPORT_SYMBOL(wake_up_interruptible_all);
EXPORT_SYMBOL(add_wait_queue);
EXPORT_SYMBOL(remove_wait_queue);
EXPORT_SYMBOL(autoremove_wake_function);
EXPORT_SYMBOL(default_wake_function);
EXPORT_SYMBOL(waitqueue_active);
EXPORT_SYMBOL(wait_event_killable);
EXPORT_SYMBOL(wait_event_interruptible_timeout);
EXPORT_SYMBOL(prepare_to_wait_exclusive);
EXPORT_SYMBOL(init_waitqueue_entry);
