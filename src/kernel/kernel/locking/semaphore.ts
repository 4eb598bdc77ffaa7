// Counting semaphores.

import { get_current } from "linux/current";
import { EINTR } from "linux/errno";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_empty } from "linux/list";
import type { task_struct } from "linux/sched";
import {
  __set_current_state,
  set_current_state,
  signal_pending_state,
  TASK_INTERRUPTIBLE,
  TASK_NORMAL,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
} from "linux/sched";
import type { semaphore } from "linux/semaphore";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { list_head } from "linux/types";
import { schedule, try_to_wake_up } from "../sched/core";
import { __might_sleep } from "../sched/debug-checks";

interface semaphore_waiter extends struct<"semaphore_waiter"> {
  list?: embed<list_head>;
  task?: task_struct;
  up?: bool;
}

export function sema_init(sem: semaphore, count: u32): void {
  sem.lock.locked = 0;
  sem.count = count;
  INIT_LIST_HEAD(sem.wait_list);
}

function down_common(sem: semaphore, state: u32): int {
  let w: embed<semaphore_waiter>;
  let flags = spin_lock_irqsave(sem.lock);
  if (sem.count > 0) {
    sem.count--;
    spin_unlock_irqrestore(sem.lock, flags);
    return 0;
  }
  const t = get_current();
  w.task = t;
  w.up = false;
  list_add_tail(w.list, sem.wait_list);
  for (;;) {
    set_current_state(state);
    if (READ_ONCE(w.up)) break;
    if (signal_pending_state(state, t)) {
      list_del(w.list);
      spin_unlock_irqrestore(sem.lock, flags);
      __set_current_state(TASK_RUNNING);
      return -EINTR;
    }
    spin_unlock_irqrestore(sem.lock, flags);
    schedule();
    flags = spin_lock_irqsave(sem.lock);
  }
  __set_current_state(TASK_RUNNING);
  spin_unlock_irqrestore(sem.lock, flags);
  return 0;
}

export function down(sem: semaphore): void {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  down_common(sem, TASK_UNINTERRUPTIBLE);
}

export function down_interruptible(sem: semaphore): int {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  return down_common(sem, TASK_INTERRUPTIBLE);
}

/** 0: taken. 1: not. */
export function down_trylock(sem: semaphore): int {
  const flags = spin_lock_irqsave(sem.lock);
  const taken = sem.count > 0;
  if (taken) sem.count--;
  spin_unlock_irqrestore(sem.lock, flags);
  return taken ? 0 : 1;
}

export function up(sem: semaphore): void {
  const flags = spin_lock_irqsave(sem.lock);
  if (sem.wait_list.next === null || list_empty(sem.wait_list)) {
    sem.count++;
  } else {
    const w = container_of<semaphore_waiter>(sem.wait_list.next, "list");
    list_del(w.list);
    w.up = true;
    try_to_wake_up(w.task, TASK_NORMAL);
  }
  spin_unlock_irqrestore(sem.lock, flags);
}
EXPORT_SYMBOL(sema_init);
EXPORT_SYMBOL(down);
EXPORT_SYMBOL(up);
EXPORT_SYMBOL(down_trylock);
EXPORT_SYMBOL(down_interruptible);
