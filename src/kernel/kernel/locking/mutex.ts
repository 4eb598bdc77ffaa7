// Mutexes: the fast path is one exchange of the owner; waiters queue up in order and are handed the lock.

import { get_current } from "linux/current";
import { EINTR } from "linux/errno";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_empty } from "linux/list";
import type { mutex } from "linux/mutex";
import type { task_struct } from "linux/sched";
import {
  __set_current_state,
  set_current_state,
  signal_pending_state,
  TASK_INTERRUPTIBLE,
  TASK_KILLABLE,
  TASK_NORMAL,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
} from "linux/sched";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { list_head } from "linux/types";
import { schedule, try_to_wake_up } from "../sched/core";
import { __might_sleep } from "../sched/debug-checks";

/** On the waiter's stack, in the mutex's wait_list. */
interface mutex_waiter extends struct<"mutex_waiter"> {
  list?: embed<list_head>;
  task?: task_struct;
}

export function mutex_init(lock: mutex): void {
  lock.owner = null;
  lock.wait_lock.locked = 0;
  INIT_LIST_HEAD(lock.wait_list);
}

function lock_slow(lock: mutex, state: u32): int {
  let waiter: embed<mutex_waiter>;
  const t = get_current();
  let flags = spin_lock_irqsave(lock.wait_lock);
  if (lock.wait_list.next === null) INIT_LIST_HEAD(lock.wait_list);
  // Under wait_lock the owner cannot hand over: either it is free now (others may take it without wait_lock, so by exchange too) or it
  // will find us on the list.
  if (list_empty(lock.wait_list) && cmpxchg(addr(lock.owner), null, t) === null) {
    spin_unlock_irqrestore(lock.wait_lock, flags);
    return 0;
  }
  waiter.task = t;
  list_add_tail(waiter.list, lock.wait_list);
  for (;;) {
    set_current_state(state);
    if (READ_ONCE(lock.owner) === t) break;
    if (signal_pending_state(state, t)) {
      list_del(waiter.list);
      spin_unlock_irqrestore(lock.wait_lock, flags);
      __set_current_state(TASK_RUNNING);
      return -EINTR;
    }
    spin_unlock_irqrestore(lock.wait_lock, flags);
    schedule();
    flags = spin_lock_irqsave(lock.wait_lock);
  }
  __set_current_state(TASK_RUNNING);
  spin_unlock_irqrestore(lock.wait_lock, flags);
  return 0;
}

export function mutex_lock(lock: mutex): void {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  if (cmpxchg(addr(lock.owner), null, get_current()) !== null) lock_slow(lock, TASK_UNINTERRUPTIBLE);
}

/** 0 or -EINTR */
export function mutex_lock_interruptible(lock: mutex): int {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  if (cmpxchg(addr(lock.owner), null, get_current()) === null) return 0;
  return lock_slow(lock, TASK_INTERRUPTIBLE);
}

export function mutex_lock_killable(lock: mutex): int {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  if (cmpxchg(addr(lock.owner), null, get_current()) === null) return 0;
  return lock_slow(lock, TASK_KILLABLE);
}

export function mutex_trylock(lock: mutex): int {
  return cmpxchg(addr(lock.owner), null, get_current()) === null ? 1 : 0;
}

export function mutex_unlock(lock: mutex): void {
  const flags = spin_lock_irqsave(lock.wait_lock);
  let next: task_struct = null;
  if (lock.wait_list.next !== null && !list_empty(lock.wait_list)) {
    const waiter = container_of<mutex_waiter>(lock.wait_list.next, "list");
    list_del(waiter.list);
    next = waiter.task;
  }
  WRITE_ONCE(lock.owner, next);
  // Still under wait_lock: an owner that is awake already could end and go.
  if (next !== null) try_to_wake_up(next, TASK_NORMAL | 0x100);
  spin_unlock_irqrestore(lock.wait_lock, flags);
}

export function mutex_is_locked(lock: mutex): bool {
  return READ_ONCE(lock.owner) !== null;
}
EXPORT_SYMBOL(mutex_lock);
EXPORT_SYMBOL(mutex_unlock);
EXPORT_SYMBOL(mutex_trylock);
EXPORT_SYMBOL(mutex_lock_interruptible);
EXPORT_SYMBOL(mutex_init);
EXPORT_SYMBOL(mutex_lock_killable);
EXPORT_SYMBOL(mutex_is_locked);
