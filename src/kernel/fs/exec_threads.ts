// execve in a process of several threads: the others end, and the caller takes over the leader's identity.

import { get_current } from "linux/current";
import { EAGAIN, ENOMEM } from "linux/errno";
import { dup_fd, put_files_struct } from "linux/fdtable";
import { INIT_LIST_HEAD, list_add_tail, list_del_init } from "linux/list";
import type { task_struct } from "linux/sched";
import {
  __set_current_state,
  EXIT_DEAD,
  fatal_signal_pending,
  schedule,
  set_current_state,
  TASK_KILLABLE,
  TASK_RUNNING,
  tasklist_lock,
  thread_group_leader,
} from "linux/sched";
import type { sighand_struct, signal_struct } from "linux/signal";
import { SIGCHLD, SIGNAL_GROUP_EXIT } from "linux/signal";
import { GFP_KERNEL, kmalloc } from "linux/slab";
import { spin_lock, spin_lock_irq, spin_unlock, spin_unlock_irq, write_lock_irq, write_unlock_irq } from "linux/spinlock";
import { zap_other_threads } from "../kernel/exit";
import { release_task } from "../kernel/exit-release";
import { __cleanup_sighand, init_sighand_copy } from "../kernel/fork-task";
import { exchange_pids } from "../kernel/pid";

/** Waits until the other threads are gone but for the leader, who is waited for as a zombie. */
function wait_for_others(t: task_struct, sig: signal_struct): int {
  spin_lock_irq(t.sighand.siglock);
  if ((sig.flags & SIGNAL_GROUP_EXIT) !== 0 || sig.group_exec_task !== null) {
    // A group exit, or another thread's exec, has come first.
    spin_unlock_irq(t.sighand.siglock);
    return -EAGAIN;
  }
  sig.group_exec_task = t;
  sig.notify_count = zap_other_threads(t);
  if (!thread_group_leader(t)) sig.notify_count--;
  while (sig.notify_count !== 0) {
    set_current_state(TASK_KILLABLE);
    spin_unlock_irq(t.sighand.siglock);
    schedule();
    if (fatal_signal_pending(t)) return -EAGAIN;
    spin_lock_irq(t.sighand.siglock);
  }
  spin_unlock_irq(t.sighand.siglock);
  return 0;
}

/** Pid, place among the processes and the parent's children pass from the dead leader to t. Under tasklist_lock. */
function become_leader(t: task_struct, leader: task_struct): void {
  t.start_time = leader.start_time;
  t.start_boottime = leader.start_boottime;
  exchange_pids(t, leader);
  list_add_tail(t.tasks, leader.tasks);
  list_del_init(leader.tasks);
  INIT_LIST_HEAD(t.sibling);
  list_add_tail(t.sibling, leader.sibling);
  list_del_init(leader.sibling);
  t.group_leader = t;
  leader.group_leader = t;
  t.exit_signal = SIGCHLD;
  leader.exit_signal = -1;
  leader.exit_state = EXIT_DEAD;
}

function replace_leader(t: task_struct, sig: signal_struct): int {
  const leader = t.group_leader;
  for (;;) {
    write_lock_irq(tasklist_lock);
    // The leader's exit_notify wakes us.
    sig.notify_count = -1;
    if (leader.exit_state !== 0) break;
    set_current_state(TASK_KILLABLE);
    write_unlock_irq(tasklist_lock);
    schedule();
    if (fatal_signal_pending(t)) return -EAGAIN;
  }
  __set_current_state(TASK_RUNNING);
  become_leader(t, leader);
  write_unlock_irq(tasklist_lock);
  release_task(leader);
  return 0;
}

/** Afterwards the caller is the only thread and leads the process. -EAGAIN: it is being killed itself. */
export function de_thread(t: task_struct): int {
  const sig = t.signal;
  if (sig.nr_threads > 1) {
    let ret = wait_for_others(t, sig);
    if (ret === 0 && !thread_group_leader(t)) ret = replace_leader(t, sig);
    if (ret !== 0 && sig.group_exec_task !== t) return ret;
    write_lock_irq(tasklist_lock);
    sig.group_exec_task = null;
    sig.notify_count = 0;
    write_unlock_irq(tasklist_lock);
    if (ret !== 0) return ret;
  }
  t.exit_signal = SIGCHLD;
  return 0;
}

/** Handlers that another process shares (CLONE_SIGHAND without CLONE_THREAD) stay its own. */
export function unshare_sighand(t: task_struct): int {
  const old = t.sighand;
  if (READ_ONCE(old.count.refs.counter) === 1) return 0;
  const fresh = kmalloc(sizeof<sighand_struct>(), GFP_KERNEL) as sighand_struct;
  if (fresh === null) return -ENOMEM;
  write_lock_irq(tasklist_lock);
  spin_lock(old.siglock);
  init_sighand_copy(fresh, old);
  t.sighand = fresh;
  spin_unlock(old.siglock);
  write_unlock_irq(tasklist_lock);
  __cleanup_sighand(old);
  return 0;
}

/** A file table that others share is left to them. */
export function unshare_files(): int {
  const t = get_current();
  const old = t.files;
  let error: int = 0;
  if (old === null || READ_ONCE(old.count) === 1) return 0;
  const fresh = dup_fd(old, 0x7fffffff, addr(error));
  if (fresh === null) return error;
  spin_lock(t.alloc_lock);
  t.files = fresh;
  spin_unlock(t.alloc_lock);
  put_files_struct(old);
  return 0;
}
