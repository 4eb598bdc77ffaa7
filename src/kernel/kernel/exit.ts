// Death of tasks, and wait for the dead.

import type { pt_regs } from "asm/ptrace";
import { atomic_dec_and_test, atomic_inc } from "linux/atomic";
import { get_current } from "linux/current";
import { ECHILD, EFAULT, EINVAL, ERESTARTSYS, ESRCH } from "linux/errno";
import { exit_files } from "linux/fdtable";
import { exit_fs } from "linux/fs_struct";
import { irqs_disabled } from "linux/irqflags";
import { list_del_init, list_empty, list_move_tail } from "linux/list";
import type { pid } from "linux/pid";
import { PIDTYPE_PGID, PIDTYPE_PID, PIDTYPE_SID, PIDTYPE_TGID } from "linux/pid";
import { in_interrupt, preempt_count } from "linux/preempt";
import type { task_struct } from "linux/sched";
import {
  __set_current_state,
  EXIT_DEAD,
  EXIT_ZOMBIE,
  PF_EXITING,
  set_current_state,
  signal_pending,
  TASK_DEAD,
  TASK_INTERRUPTIBLE,
  TASK_RUNNING,
  thread_group_leader,
  wake_up_process,
} from "linux/sched";
import {
  CLD_CONTINUED,
  CLD_DUMPED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  SIGCHLD,
  SIGCONT,
  SIGHUP,
  SIGNAL_GROUP_EXIT,
  SIGNAL_STOP_CONTINUED,
  SIGNAL_STOP_STOPPED,
} from "linux/signal";
import { spin_lock, spin_lock_irq, spin_unlock, spin_unlock_irq, write_lock_irq, write_unlock_irq } from "linux/spinlock";
import { disassociate_ctty } from "linux/tty";
import type { wait_queue_entry } from "linux/wait";
import { copy_to_user, put_user_u32 } from "../arch/x86/lib/usercopy";
import { enter_lazy_tlb } from "../arch/x86/mm/tlb";
import { __cleanup_sighand, mm_release, mmput, put_task_struct_rcu_user, task_count_add, tasklist_lock } from "./fork";
import { count_oops, oops_limit, panic } from "./panic";
import { detach_pid, find_get_pid, find_task_by_vpid, get_pid, next_pid_task, pid_task, put_pid, task_pgrp, task_session } from "./pid";
import { exit_tasks_rcu_finish, exit_tasks_rcu_start } from "./rcu/tasks";
import { next_thread } from "./sched/comm";
import { __preempt_count, schedule, set_special_state } from "./sched/core";
import { add_wait_queue, init_waitqueue_entry, remove_wait_queue } from "./sched/wait";
import { do_notify_parent, flush_sigqueue, group_send_sig, signal_wake_up } from "./signal";
import { fill_rusage } from "./sys";
import { hrtimer_cancel } from "./time/hrtimer";
import { exit_itimers } from "./time/posix-timers";
import { trace_sched_process_exit } from "./trace/trace-events-sched";

export const WNOHANG = 1;
export const WUNTRACED = 2;
export const WEXITED = 4;
export const WCONTINUED = 8;
export const WNOWAIT = 0x1000000;
const __WALL = 0x40000000;

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
function exit_mm(t: task_struct): void {
  const mm = t.mm;
  mm_release(t);
  if (mm === null) return;
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

// ---- wait ----

interface wait_opts extends struct<"wait_opts"> {
  /** 0: any child; 1: this pid; 2: a member of pgrp. */
  kind?: int;
  pid?: pid;
  options?: int;
  /** Results. */
  status?: int;
  code?: int;
  uid?: u32;
  rusage?: array<s64, 18>;
  /** A child that fits exists. */
  found?: bool;
}

function eligible(wo: wait_opts, p: task_struct): bool {
  if (wo.kind === 1) return p.thread_pid === wo.pid;
  if (wo.kind === 2) return task_pgrp(p) === wo.pid;
  return true;
}

/** Under tasklist_lock; drops it where it returns something but 0: the child's pid. */
function wait_task_zombie(wo: wait_opts, p: task_struct): int {
  const nr = p.pid;
  const sig = p.signal;
  const parent = get_current().signal;
  wo.uid = p.cred.uid;
  wo.status = (sig.flags & SIGNAL_GROUP_EXIT) !== 0 ? sig.group_exit_code : p.exit_code;
  if ((wo.status & 0x7f) === 0) {
    wo.code = CLD_EXITED;
  } else {
    wo.code = (wo.status & 0x80) !== 0 ? CLD_DUMPED : CLD_KILLED;
  }
  fill_rusage(wo.rusage, sig.utime + p.utime + sig.cutime, sig.stime + p.stime + sig.cstime, p);
  if ((wo.options & WNOWAIT) !== 0) {
    write_unlock_irq(tasklist_lock);
    return nr;
  }
  p.exit_state = EXIT_DEAD;
  parent.cutime += sig.utime + p.utime + sig.cutime;
  parent.cstime += sig.stime + p.stime + sig.cstime;
  parent.cmin_flt += sig.min_flt + p.min_flt + sig.cmin_flt;
  parent.cmaj_flt += sig.maj_flt + p.maj_flt + sig.cmaj_flt;
  write_unlock_irq(tasklist_lock);
  release_task(p);
  return nr;
}

function wait_task_stopped(wo: wait_opts, p: task_struct): int {
  const sig = p.signal;
  if ((wo.options & WUNTRACED) === 0 || (sig.flags & SIGNAL_STOP_STOPPED) === 0 || sig.group_exit_code === 0) return 0;
  const code = sig.group_exit_code;
  if ((wo.options & WNOWAIT) === 0) sig.group_exit_code = 0;
  wo.status = (code << 8) | 0x7f;
  wo.code = CLD_STOPPED;
  wo.uid = p.cred.uid;
  fill_rusage(wo.rusage, p.utime, p.stime, p);
  write_unlock_irq(tasklist_lock);
  return p.pid;
}

function wait_task_continued(wo: wait_opts, p: task_struct): int {
  if ((wo.options & WCONTINUED) === 0 || (p.signal.flags & SIGNAL_STOP_CONTINUED) === 0) return 0;
  if ((wo.options & WNOWAIT) === 0) p.signal.flags = p.signal.flags & ~u32(SIGNAL_STOP_CONTINUED);
  wo.status = 0xffff;
  wo.code = CLD_CONTINUED;
  wo.uid = p.cred.uid;
  fill_rusage(wo.rusage, p.utime, p.stime, p);
  write_unlock_irq(tasklist_lock);
  return p.pid;
}

/** Children of one thread. Returns a pid with the lock dropped, or 0 with it held. */
function do_wait_thread(wo: wait_opts, parent: task_struct): int {
  let n = parent.children.next;
  while (n !== parent.children) {
    const p = container_of<task_struct>(n, "sibling");
    n = n.next;
    if (p.exit_state === EXIT_DEAD || !eligible(wo, p)) continue;
    wo.found = true;
    let ret: int = 0;
    if (p.exit_state === EXIT_ZOMBIE) {
      if ((wo.options & WEXITED) !== 0 && p.signal.nr_threads <= 1) ret = wait_task_zombie(wo, p);
    } else {
      ret = wait_task_stopped(wo, p);
      if (ret === 0) ret = wait_task_continued(wo, p);
    }
    if (ret !== 0) return ret;
  }
  return 0;
}

function do_wait(wo: wait_opts): int {
  let w: embed<wait_queue_entry>;
  const t = get_current();
  let ret: int = 0;
  init_waitqueue_entry(w, t);
  add_wait_queue(t.signal.wait_chldexit, w);
  for (;;) {
    wo.found = false;
    set_current_state(TASK_INTERRUPTIBLE);
    write_lock_irq(tasklist_lock);
    let parent = t;
    do {
      ret = do_wait_thread(wo, parent);
      if (ret !== 0) break;
      parent = next_thread(parent);
    } while (parent !== t);
    if (ret !== 0) break;
    write_unlock_irq(tasklist_lock);
    if (!wo.found) {
      ret = -ECHILD;
      break;
    }
    if ((wo.options & WNOHANG) !== 0) break;
    if (signal_pending(t)) {
      ret = -ERESTARTSYS;
      break;
    }
    schedule();
  }
  __set_current_state(TASK_RUNNING);
  remove_wait_queue(t.signal.wait_chldexit, w);
  return ret;
}

export function kernel_wait4(upid: int, status: int[], options: int, rusage: s64[]): int {
  const wo: wait_opts = { kind: 0 };
  if ((options & ~(WNOHANG | WUNTRACED | WCONTINUED | 0xe0000000)) !== 0) return -EINVAL;
  if (upid === -0x80000000) return -ESRCH;
  wo.options = options | WEXITED;
  if (upid < -1) {
    wo.kind = 2;
    wo.pid = find_get_pid(-upid);
  } else if (upid === 0) {
    wo.kind = 2;
    wo.pid = get_pid(task_pgrp(get_current()));
  } else if (upid > 0) {
    wo.kind = 1;
    wo.pid = find_get_pid(upid);
  }
  if (wo.kind !== 0 && wo.pid === null) return -ECHILD;
  const ret = do_wait(wo);
  put_pid(wo.pid);
  if (ret > 0) {
    if (status !== null) status[0] = wo.status;
    if (rusage !== null) {
      for (let i: int = 0; i < 18; i++) rusage[i] = wo.rusage[i];
    }
  }
  return ret;
}

export function __x64_sys_wait4(regs: pt_regs): s64 {
  let status: int = 0;
  let rusage: array<s64, 18>;
  const ret = kernel_wait4(int(regs.di), addr(status), int(regs.dx), rusage);
  if (ret > 0) {
    if (regs.si !== 0 && put_user_u32(u32(status), at<ptr>(regs.si)) !== 0) return -EFAULT;
    if (regs.r10 !== 0 && copy_to_user(at<ptr>(regs.r10), rusage, 144) !== 0) return -EFAULT;
  }
  return s64(ret);
}

/** waitid(which, pid, infop, options, rusage) */
export function __x64_sys_waitid(regs: pt_regs): s64 {
  const wo: wait_opts = { kind: 0 };
  let info: array<u32, 32>;
  const options = int(regs.r10);
  if ((options & (WEXITED | WUNTRACED | WCONTINUED)) === 0) return -EINVAL;
  if ((options & ~(WNOHANG | WNOWAIT | WEXITED | WUNTRACED | WCONTINUED | 0xe0000000)) !== 0) return -EINVAL;
  wo.options = options;
  switch (int(regs.di)) {
    case 0:
      break;
    case 1:
      if (int(regs.si) <= 0) return -EINVAL;
      wo.kind = 1;
      wo.pid = find_get_pid(int(regs.si));
      break;
    case 2:
      if (int(regs.si) < 0) return -EINVAL;
      wo.kind = 2;
      wo.pid = int(regs.si) === 0 ? get_pid(task_pgrp(get_current())) : find_get_pid(int(regs.si));
      break;
    default:
      return -EINVAL;
  }
  if (wo.kind !== 0 && wo.pid === null) return -ECHILD;
  const ret = do_wait(wo);
  put_pid(wo.pid);
  if (ret < 0) return s64(ret);
  for (let i: int = 0; i < 32; i++) info[i] = 0;
  if (ret > 0) {
    info[0] = SIGCHLD;
    info[2] = u32(wo.code);
    info[4] = u32(ret);
    info[5] = wo.uid;
    info[6] =
      wo.code === CLD_EXITED
        ? u32((wo.status >> 8) & 0xff)
        : wo.code === CLD_STOPPED
          ? u32((wo.status >> 8) & 0xff)
          : wo.code === CLD_CONTINUED
            ? u32(SIGCONT)
            : u32(wo.status & 0x7f);
  }
  if (regs.dx !== 0 && copy_to_user(at<ptr>(regs.dx), info, 128) !== 0) return -EFAULT;
  if (ret > 0 && regs.r8 !== 0 && copy_to_user(at<ptr>(regs.r8), wo.rusage, 144) !== 0) return -EFAULT;
  return 0;
}
EXPORT_SYMBOL(do_exit);
