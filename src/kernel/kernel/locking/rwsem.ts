// Reader-writer semaphores: first come, first served; readers that stand together at the head go together.

import { get_current } from "linux/current";
import { EINTR } from "linux/errno";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_empty } from "linux/list";
import type { rw_semaphore } from "linux/rwsem";
import type { task_struct } from "linux/sched";
import {
  __set_current_state,
  set_current_state,
  signal_pending_state,
  TASK_KILLABLE,
  TASK_NORMAL,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
} from "linux/sched";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { list_head } from "linux/types";
import { schedule, try_to_wake_up } from "../sched/core";
import { __might_sleep } from "../sched/debug-checks";

interface rwsem_waiter extends struct<"rwsem_waiter"> {
  list?: embed<list_head>;
  task?: task_struct;
  writer?: bool;
  granted?: bool;
}

export function init_rwsem(sem: rw_semaphore): void {
  sem.count = 0;
  sem.wait_lock.locked = 0;
  INIT_LIST_HEAD(sem.wait_list);
}

/** Under wait_lock: may the lock be taken now, with nobody waiting before? */
function can_take(sem: rw_semaphore, writer: bool): bool {
  return writer ? sem.count === 0 : sem.count >= 0;
}

function take(sem: rw_semaphore, writer: bool): void {
  if (writer) sem.count = -1;
  else sem.count++;
}

/** Under wait_lock: grants the lock to those at the head of the list. */
function grant(sem: rw_semaphore): void {
  while (!list_empty(sem.wait_list)) {
    const w = container_of<rwsem_waiter>(sem.wait_list.next, "list");
    if (!can_take(sem, w.writer)) return;
    take(sem, w.writer);
    const task = w.task;
    list_del(w.list);
    WRITE_ONCE(w.granted, true);
    try_to_wake_up(task, TASK_NORMAL | 0x100);
  }
}

function down(sem: rw_semaphore, writer: bool, state: u32): int {
  let w: embed<rwsem_waiter>;
  let flags = spin_lock_irqsave(sem.wait_lock);
  if (sem.wait_list.next === null) INIT_LIST_HEAD(sem.wait_list);
  if (list_empty(sem.wait_list) && can_take(sem, writer)) {
    take(sem, writer);
    spin_unlock_irqrestore(sem.wait_lock, flags);
    return 0;
  }
  const t = get_current();
  w.task = t;
  w.writer = writer;
  w.granted = false;
  list_add_tail(w.list, sem.wait_list);
  for (;;) {
    set_current_state(state);
    if (READ_ONCE(w.granted)) break;
    if (signal_pending_state(state, t)) {
      list_del(w.list);
      grant(sem);
      spin_unlock_irqrestore(sem.wait_lock, flags);
      __set_current_state(TASK_RUNNING);
      return -EINTR;
    }
    spin_unlock_irqrestore(sem.wait_lock, flags);
    schedule();
    flags = spin_lock_irqsave(sem.wait_lock);
  }
  __set_current_state(TASK_RUNNING);
  spin_unlock_irqrestore(sem.wait_lock, flags);
  return 0;
}

function try_down(sem: rw_semaphore, writer: bool): int {
  const flags = spin_lock_irqsave(sem.wait_lock);
  const free = (sem.wait_list.next === null || list_empty(sem.wait_list)) && can_take(sem, writer);
  if (free) take(sem, writer);
  spin_unlock_irqrestore(sem.wait_lock, flags);
  return free ? 1 : 0;
}

export function down_read(sem: rw_semaphore): void {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  down(sem, false, TASK_UNINTERRUPTIBLE);
}

export function down_write(sem: rw_semaphore): void {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  down(sem, true, TASK_UNINTERRUPTIBLE);
}

export function down_read_killable(sem: rw_semaphore): int {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  return down(sem, false, TASK_KILLABLE);
}

export function down_write_killable(sem: rw_semaphore): int {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  return down(sem, true, TASK_KILLABLE);
}

export function down_read_trylock(sem: rw_semaphore): int {
  return try_down(sem, false);
}

export function down_write_trylock(sem: rw_semaphore): int {
  return try_down(sem, true);
}

export function up_read(sem: rw_semaphore): void {
  const flags = spin_lock_irqsave(sem.wait_lock);
  sem.count--;
  if (sem.count === 0 && sem.wait_list.next !== null) grant(sem);
  spin_unlock_irqrestore(sem.wait_lock, flags);
}

export function up_write(sem: rw_semaphore): void {
  const flags = spin_lock_irqsave(sem.wait_lock);
  sem.count = 0;
  if (sem.wait_list.next !== null) grant(sem);
  spin_unlock_irqrestore(sem.wait_lock, flags);
}

/** The writer becomes a reader. */
export function downgrade_write(sem: rw_semaphore): void {
  const flags = spin_lock_irqsave(sem.wait_lock);
  sem.count = 1;
  if (sem.wait_list.next !== null) grant(sem);
  spin_unlock_irqrestore(sem.wait_lock, flags);
}
EXPORT_SYMBOL(down_read);
EXPORT_SYMBOL(up_read);
EXPORT_SYMBOL(down_write);
EXPORT_SYMBOL(up_write);
EXPORT_SYMBOL(init_rwsem);
EXPORT_SYMBOL(down_read_trylock);
EXPORT_SYMBOL(down_write_trylock);
EXPORT_SYMBOL(downgrade_write);
