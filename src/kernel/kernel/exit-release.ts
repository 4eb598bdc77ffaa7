// The end of a dead task: off all lists, its times and counts given to its process.

import { list_del_init } from "linux/list";
import { PIDTYPE_PGID, PIDTYPE_PID, PIDTYPE_SID, PIDTYPE_TGID } from "linux/pid";
import { EXIT_DEAD, EXIT_ZOMBIE, type task_struct, thread_group_leader, wake_up_process } from "linux/sched";
import { spin_lock, spin_unlock, write_lock_irq, write_unlock_irq } from "linux/spinlock";
import { task_count_add, tasklist_lock } from "./fork";
import { __cleanup_sighand, put_task_struct_rcu_user } from "./fork-task";
import { detach_pid } from "./pid";
import { task_sched_runtime } from "./sched/cputime";
import { do_notify_parent } from "./signal-jobctl";
import { flush_sigqueue } from "./signal-pending";

/** Unlinks a task from all lists. Under tasklist_lock. */
function __unhash_process(t: task_struct, group_dead: bool): void {
  task_count_add(-1, group_dead ? -1 : 0);
  detach_pid(t, PIDTYPE_PID);
  if (group_dead) {
    detach_pid(t, PIDTYPE_TGID);
    detach_pid(t, PIDTYPE_PGID);
    detach_pid(t, PIDTYPE_SID);
    list_del_init(t.tasks);
    list_del_init(t.sibling);
  }
  list_del_init(t.thread_group);
  list_del_init(t.thread_node);
}

/** The end of a task that was waited for, or that nobody waits for. */
export function release_task(t: task_struct): void {
  let p = t;
  for (;;) {
    write_lock_irq(tasklist_lock);
    const sig = p.signal;
    const leader = p.group_leader;
    const group_dead = thread_group_leader(p);
    sig.utime += p.utime;
    sig.stime += p.stime;
    sig.sum_sched_runtime += task_sched_runtime(p);
    sig.nvcsw += p.nvcsw;
    sig.nivcsw += p.nivcsw;
    sig.min_flt += p.min_flt;
    sig.maj_flt += p.maj_flt;
    sig.rchar += p.rchar;
    sig.wchar += p.wchar;
    sig.syscr += p.syscr;
    sig.syscw += p.syscw;
    sig.nr_threads--;
    if (sig.notify_count > 0) {
      sig.notify_count--;
      if (sig.notify_count === 0) wake_up_process(sig.group_exec_task);
    }
    __unhash_process(p, group_dead);
    // Who finds the task's sighand from here on finds none: lock_task_sighand looks again under the lock.
    const sighand = p.sighand;
    spin_lock(sighand.siglock);
    flush_sigqueue(p.pending);
    if (group_dead) flush_sigqueue(sig.shared_pending);
    p.sighand = null;
    spin_unlock(sighand.siglock);
    // The last thread of a group whose leader is dead already: now the leader's parent hears of it.
    let zap = false;
    if (!group_dead && sig.nr_threads === 1 && leader.exit_state === EXIT_ZOMBIE) {
      zap = do_notify_parent(leader, leader.exit_signal);
      if (zap) leader.exit_state = EXIT_DEAD;
    }
    write_unlock_irq(tasklist_lock);
    __cleanup_sighand(sighand);
    put_task_struct_rcu_user(p);
    if (!zap) return;
    p = leader;
  }
}
