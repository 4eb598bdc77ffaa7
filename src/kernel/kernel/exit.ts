// Death of tasks. What is left of one is released in exit-release.ts, waited for in exit-wait.ts.

import type { pt_regs } from "asm/ptrace";
import { atomic_dec_and_test, atomic_inc, atomic_read } from "linux/atomic";
import { get_current } from "linux/current";
import { exit_files } from "linux/fdtable";
import { exit_fs } from "linux/fs_struct";
import { irqs_disabled } from "linux/irqflags";
import { list_empty, list_move_tail } from "linux/list";
import type { mm_struct } from "linux/mm";
import { PIDTYPE_PGID, type pid } from "linux/pid";
import { in_interrupt, preempt_count } from "linux/preempt";
import {
  EXIT_DEAD,
  EXIT_ZOMBIE,
  PF_EXITING,
  set_current_state,
  TASK_DEAD,
  type task_struct,
  thread_group_leader,
  wake_up_process,
} from "linux/sched";
import { SIGCHLD, SIGCONT, SIGHUP, SIGNAL_GROUP_EXIT, SIGNAL_STOP_STOPPED } from "linux/signal";
import { spin_lock, spin_lock_irq, spin_unlock, spin_unlock_irq, write_lock_irq, write_unlock_irq } from "linux/spinlock";
import { disassociate_ctty } from "linux/tty";
import { enter_lazy_tlb } from "../arch/x86/mm/tlb";
import { release_task } from "./exit-release";
import { tasklist_lock } from "./fork";
import { mm_release, mmput } from "./fork-mm";
import { count_oops, oops_limit, panic } from "./panic";
import { find_task_by_vpid, next_pid_task, pid_task, task_pgrp, task_session } from "./pid";
import { exit_tasks_rcu_finish, exit_tasks_rcu_start } from "./rcu/tasks";
import { next_thread } from "./sched/comm";
import { __preempt_count, schedule, set_special_state } from "./sched/core";
import { group_send_sig, signal_wake_up } from "./signal";
import { do_notify_parent } from "./signal-jobctl";
import { hrtimer_cancel } from "./time/hrtimer";
import { exit_itimers } from "./time/posix-timers";
import { trace_sched_process_exit } from "./trace/trace-events-sched";

/** Does the group have a member whose parent is in another group of the same session? If not, nobody could continue it. */
function will_become_orphaned_pgrp(pgrp: pid, ignored: task_struct): bool {
  let t = pid_task(pgrp, PIDTYPE_PGID);
  while (t !== null) {
    const skip = t === ignored || (t.exit_state !== 0 && t.signal.nr_threads <= 1) || t.real_parent.tgid === 1;
    if (!skip && task_pgrp(t.real_parent) !== pgrp && task_session(t.real_parent) === task_session(t)) return false;
    t = next_pid_task(t, PIDTYPE_PGID);
  }
  return true;
}

export function is_current_pgrp_orphaned(): bool {
  write_lock_irq(tasklist_lock);
  const ret = will_become_orphaned_pgrp(task_pgrp(get_current()), null);
  write_unlock_irq(tasklist_lock);
  return ret;
}

function has_stopped_jobs(pgrp: pid): bool {
  let t = pid_task(pgrp, PIDTYPE_PGID);
  while (t !== null) {
    if ((t.signal.flags & SIGNAL_STOP_STOPPED) !== 0) return true;
    t = next_pid_task(t, PIDTYPE_PGID);
  }
  return false;
}

/** A group that this exit leaves orphaned with stopped members is hung up and continued. Under tasklist_lock. */
function kill_orphaned_pgrp(t: task_struct, parent: task_struct): void {
  const pgrp = task_pgrp(t);
  let ignored = t;
  let p = parent;
  if (p === null) p = t.real_parent;
  else ignored = null;
  if (task_pgrp(p) !== pgrp && task_session(p) === task_session(t) && will_become_orphaned_pgrp(pgrp, ignored) && has_stopped_jobs(pgrp)) {
    kill_pgrp_locked(pgrp, SIGHUP);
    kill_pgrp_locked(pgrp, SIGCONT);
  }
}

function kill_pgrp_locked(pgrp: pid, sig: int): void {
  let t = pid_task(pgrp, PIDTYPE_PGID);
  while (t !== null) {
    group_send_sig(sig, t);
    t = next_pid_task(t, PIDTYPE_PGID);
  }
}

/** Children of the dying go to another thread of the process, or to init. Under tasklist_lock. */
function forget_original_parent(father: task_struct): task_struct {
  let reaper = find_task_by_vpid(1);
  // The nearest ancestor that has asked for it takes init's place.
  for (let p = father.real_parent; p.tgid > 1; p = p.real_parent) {
    if (p.signal.is_child_subreaper && p.group_leader.exit_state === 0) {
      reaper = p.group_leader;
      break;
    }
  }
  let t = next_thread(father);
  while (t !== father) {
    if ((t.flags & PF_EXITING) === 0) {
      reaper = t;
      break;
    }
    t = next_thread(t);
  }
  let dead: task_struct = null;
  while (!list_empty(father.children)) {
    const child = container_of<task_struct>(father.children.next, "sibling");
    child.real_parent = reaper;
    child.parent = reaper;
    if (child.pdeath_signal !== 0) group_send_sig(child.pdeath_signal, child);
    list_move_tail(child.sibling, reaper.children);
    if (reaper.tgid === father.tgid) continue;
    child.exit_signal = SIGCHLD;
    if (child.exit_state === EXIT_ZOMBIE && child.signal.nr_threads <= 1) {
      if (do_notify_parent(child, child.exit_signal)) {
        child.exit_state = EXIT_DEAD;
        child.plug = dead;
        dead = child;
      }
    }
    kill_orphaned_pgrp(child, father);
  }
  return dead;
}

function exit_notify(t: task_struct, group_dead: bool): void {
  write_lock_irq(tasklist_lock);
  let dead = forget_original_parent(t);
  if (group_dead) kill_orphaned_pgrp(t.group_leader, null);
  t.exit_state = EXIT_ZOMBIE;
  let autoreap = true;
  if (thread_group_leader(t)) {
    autoreap = t.signal.nr_threads <= 1 && do_notify_parent(t, t.exit_signal);
  }
  if (autoreap) t.exit_state = EXIT_DEAD;
  // An exec by another thread waits for this leader to end.
  if (t.signal.notify_count < 0) wake_up_process(t.signal.group_exec_task);
  write_unlock_irq(tasklist_lock);
  while (dead !== null) {
    const next = dead.plug as task_struct;
    release_task(dead);
    dead = next;
  }
  if (autoreap) release_task(t);
}

/** Lets go of the address space; the CPU goes on in it as a borrower until it switches. */
/** Pages. */
function max_rss(mm: mm_struct): u64 {
  const rss = u64(atomic_read(mm.rss));
  return mm.hiwater_rss > rss ? mm.hiwater_rss : rss;
}

function exit_mm(t: task_struct): void {
  const mm = t.mm;
  mm_release(t);
  if (mm === null) return;
  const rss = max_rss(mm);
  if (t.signal.maxrss < rss) t.signal.maxrss = rss;
  atomic_inc(mm.mm_count);
  spin_lock(t.alloc_lock);
  t.mm = null;
  enter_lazy_tlb();
  spin_unlock(t.alloc_lock);
  mmput(mm);
}

/** The last thread to leave by itself gives the process its status. */
function synchronize_group_exit(t: task_struct, code: int): void {
  const sig = t.signal;
  spin_lock_irq(t.sighand.siglock);
  sig.quick_threads--;
  if (sig.quick_threads === 0 && (sig.flags & SIGNAL_GROUP_EXIT) === 0) {
    sig.flags = SIGNAL_GROUP_EXIT;
    sig.group_exit_code = code;
    sig.group_stop_count = 0;
  }
  spin_unlock_irq(t.sighand.siglock);
}

export function do_exit(code: s64): never {
  const t = get_current();
  if (t.pid === 0) panic("Attempted to kill the idle task!");
  if ((t.flags & PF_EXITING) !== 0) {
    // A fault on the way out: leave everything as it is.
    pr_alert("Fixing recursive fault but reboot is needed!\n");
    set_current_state(2);
    for (;;) schedule();
  }
  t.flags = t.flags | PF_EXITING;
  synchronize_group_exit(t, int(code));
  const group_dead = atomic_dec_and_test(t.signal.live);
  if (group_dead) {
    if (t.tgid === 1) {
      const status = t.signal.group_exit_code !== 0 ? t.signal.group_exit_code : int(code);
      panic("Attempted to kill init! exitcode=0x%08x\n", status);
    }
    hrtimer_cancel(t.signal.real_timer);
    exit_itimers(t.signal);
  }
  t.exit_code = int(code);
  exit_mm(t);
  trace_sched_process_exit(t);
  if (t.files !== null) exit_files(t);
  if (t.fs !== null) exit_fs(t);
  if (group_dead && t.signal.leader !== 0) disassociate_ctty(1);
  exit_tasks_rcu_start();
  exit_notify(t, group_dead);
  // Interrupts stay off up to the switch: a preempted task in this state would be taken for one that has left.
  cli();
  exit_tasks_rcu_finish();
  set_special_state(TASK_DEAD);
  // Never comes back: the next task drops this one's last reference.
  schedule();
  panic("a dead task runs");
}

/** After an oops in this task. */
export function make_task_dead(signr: int): never {
  const t = get_current();
  if (in_interrupt()) panic("Aiee, killing interrupt handler!");
  if (t.pid === 0) panic("Attempted to kill the idle task!");
  if (irqs_disabled()) {
    pr_info("note: %s[%d] exited with irqs disabled\n", t.comm, t.pid);
    sti();
  }
  if (preempt_count() !== 0) {
    pr_info("note: %s[%d] exited with preempt_count %d\n", t.comm, t.pid, preempt_count());
    this_cpu_write(__preempt_count, 0);
  }
  // Each oops may leave a reference behind: not so many that a counter comes round.
  const limit = READ_ONCE(oops_limit);
  if (count_oops() >= limit && limit !== 0) panic("Oopsed too often (kernel.oops_limit is %d)", limit);
  if ((t.flags & PF_EXITING) !== 0) {
    pr_alert("Fixing recursive fault but reboot is needed!\n");
    set_current_state(2);
    for (;;) schedule();
  }
  do_exit(s64(signr));
}

/** All threads of the process. */
export function do_group_exit(exit_code: int): never {
  const t = get_current();
  const sig = t.signal;
  let code = exit_code;
  spin_lock_irq(t.sighand.siglock);
  if ((sig.flags & SIGNAL_GROUP_EXIT) !== 0) {
    code = sig.group_exit_code;
  } else if (sig.group_exec_task !== null && sig.group_exec_task !== t) {
    // Only this thread ends: another one execs.
    code = 0;
  } else {
    sig.group_exit_code = code;
    sig.flags = SIGNAL_GROUP_EXIT;
    zap_other_threads(t);
  }
  spin_unlock_irq(t.sighand.siglock);
  do_exit(s64(code));
}

/** SIGKILL for the other threads. Under siglock. Returns how many. */
export function zap_other_threads(p: task_struct): int {
  let count: int = 0;
  p.signal.group_stop_count = 0;
  let t = next_thread(p);
  while (t !== p) {
    if (t.exit_state === 0) {
      count++;
      t.pending.signal = t.pending.signal | u64(0x100);
      signal_wake_up(t, 1);
    }
    t = next_thread(t);
  }
  return count;
}

export function __x64_sys_exit(regs: pt_regs): s64 {
  do_exit(s64((regs.di & 0xff) << 8));
}

export function __x64_sys_exit_group(regs: pt_regs): s64 {
  do_group_exit(int((regs.di & 0xff) << 8));
}
EXPORT_SYMBOL(do_exit);
