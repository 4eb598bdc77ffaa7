// Signals: how they are sent, to a task, a process, a group, and by faults of the task itself. What is pending: signal-pending.ts. What a task
// does with its signals: signal-deliver.ts.

import { get_current } from "linux/current";
import { EAGAIN, ESRCH } from "linux/errno";
import { list_add_tail } from "linux/list";
import { PIDTYPE_PGID, PIDTYPE_TGID, type pid } from "linux/pid";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import {
  __TASK_STOPPED,
  PF_EXITING,
  set_tsk_thread_flag,
  TASK_INTERRUPTIBLE,
  TASK_WAKEKILL,
  TIF_NOTIFY_SIGNAL,
  TIF_SIGPENDING,
  type task_struct,
} from "linux/sched";
import {
  type kernel_siginfo,
  SI_KERNEL,
  SI_USER,
  SIG_DFL,
  SIG_IGN,
  SIGABRT,
  SIGBUS,
  SIGCONT,
  SIGFPE,
  SIGILL,
  SIGKILL,
  SIGNAL_CLD_CONTINUED,
  SIGNAL_CLD_STOPPED,
  SIGNAL_GROUP_EXIT,
  SIGNAL_STOP_CONTINUED,
  SIGNAL_STOP_STOPPED,
  SIGQUIT,
  SIGSEGV,
  SIGSYS,
  SIGTRAP,
  SIGXCPU,
  SIGXFSZ,
  type sighand_struct,
  type sigqueue,
} from "linux/signal";
import { read_lock, read_unlock, spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import { memset } from "../lib/string";
import { kmalloc } from "../mm/slab";
import { tasklist_lock } from "./fork";
import { next_pid_task, pid_task } from "./pid";
import { next_thread } from "./sched/comm";
import { kick_process, wake_up_state } from "./sched/core";
import {
  in_mask,
  recalc_sigpending_tsk,
  remove_pending,
  SIG_KERNEL_IGNORE,
  SIG_KERNEL_ONLY,
  SIG_KERNEL_STOP,
  sigmask,
} from "./signal-pending";
import {
  TRACE_SIGNAL_ALREADY_PENDING,
  TRACE_SIGNAL_DELIVERED,
  TRACE_SIGNAL_IGNORED,
  trace_signal_generate,
} from "./trace/trace-events-signal";

/** Signals whose default action ends the process with a core. */
function sig_kernel_coredump(sig: int): bool {
  switch (sig) {
    case SIGQUIT:
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGFPE:
    case SIGSEGV:
    case SIGBUS:
    case SIGSYS:
    case SIGXCPU:
    case SIGXFSZ:
      return true;
  }
  return false;
}

function handler_of(t: task_struct, sig: int): u64 {
  return t.sighand.action[sig - 1].sa_handler;
}

/** Would it be thrown away at once? A blocked signal is kept: its action may change. */
function sig_ignored(t: task_struct, sig: int, force: bool): bool {
  if ((t.blocked & sigmask(sig)) !== 0) return false;
  const handler = handler_of(t, sig);
  if (t.tgid === 1 && handler === SIG_DFL && !(force && in_mask(sig, SIG_KERNEL_ONLY))) return true;
  return handler === SIG_IGN || (handler === SIG_DFL && in_mask(sig, SIG_KERNEL_IGNORE));
}

/** fatal: also from killable and stopped sleeps. */
export function signal_wake_up(t: task_struct, fatal: int): void {
  set_tsk_thread_flag(t, TIF_SIGPENDING);
  const state: u32 = fatal !== 0 ? TASK_INTERRUPTIBLE | TASK_WAKEKILL | __TASK_STOPPED : TASK_INTERRUPTIBLE;
  if (wake_up_state(t, state) === 0) kick_process(t);
}

/** A wake-up without a signal (livepatch): the task passes through its exit to user mode. */
export function set_notify_signal(t: task_struct): void {
  set_tsk_thread_flag(t, TIF_NOTIFY_SIGNAL);
  if (wake_up_state(t, TASK_INTERRUPTIBLE) === 0) kick_process(t);
}

/** Stops and continues act when they are sent. False: nothing is to be queued. Under siglock. */
function prepare_signal(sig: int, p: task_struct, force: bool): bool {
  const signal = p.signal;
  if ((signal.flags & SIGNAL_GROUP_EXIT) !== 0) return sig === SIGKILL;
  if (in_mask(sig, SIG_KERNEL_STOP)) {
    remove_pending(sigmask(SIGCONT), signal.shared_pending);
    let t = p;
    do {
      remove_pending(sigmask(SIGCONT), t.pending);
      t = next_thread(t);
    } while (t !== p);
  } else if (sig === SIGCONT) {
    remove_pending(SIG_KERNEL_STOP, signal.shared_pending);
    let t = p;
    do {
      remove_pending(SIG_KERNEL_STOP, t.pending);
      t.jobctl = 0;
      wake_up_state(t, __TASK_STOPPED);
      t = next_thread(t);
    } while (t !== p);
    let why: u32 = 0;
    if ((signal.flags & SIGNAL_STOP_STOPPED) !== 0) why = SIGNAL_CLD_CONTINUED;
    else if (signal.group_stop_count !== 0) why = SIGNAL_CLD_STOPPED;
    if (why !== 0) {
      signal.flags = why | SIGNAL_STOP_CONTINUED;
      signal.group_stop_count = 0;
      signal.group_exit_code = 0;
    }
  }
  return !sig_ignored(p, sig, force);
}

function wants_signal(sig: int, t: task_struct): bool {
  if ((t.blocked & sigmask(sig)) !== 0 || (t.flags & PF_EXITING) !== 0) return false;
  if (sig === SIGKILL) return true;
  if ((READ_ONCE(t.__state) & (__TASK_STOPPED | 8)) !== 0) return false;
  return (t.thread_info.flags & 4) === 0;
}

/** Picks the thread that shall take it and wakes it; a fatal one goes to all. Under siglock. */
function complete_signal(sig: int, p: task_struct, group: bool): void {
  const signal = p.signal;
  let t = p;
  if (!wants_signal(sig, p)) {
    if (!group || signal.nr_threads <= 1) return;
    t = next_thread(p);
    while (t !== p && !wants_signal(sig, t)) t = next_thread(t);
    if (t === p) return;
  }
  const handler = handler_of(p, sig);
  const fatal = handler === SIG_DFL && !in_mask(sig, SIG_KERNEL_IGNORE | SIG_KERNEL_STOP) && (t.tgid !== 1 || sig === SIGKILL);
  if (fatal && (signal.flags & SIGNAL_GROUP_EXIT) === 0 && (t.real_blocked & sigmask(sig)) === 0 && !sig_kernel_coredump(sig)) {
    signal.flags = SIGNAL_GROUP_EXIT;
    signal.group_exit_code = sig;
    signal.group_stop_count = 0;
    let q = p;
    do {
      q.jobctl = 0;
      q.pending.signal = q.pending.signal | sigmask(SIGKILL);
      signal_wake_up(q, 1);
      q = next_thread(q);
    } while (q !== p);
    return;
  }
  signal_wake_up(t, sig === SIGKILL ? 1 : 0);
}

/** info null: from the kernel. Under siglock. */
export function __send_signal_locked(sig: int, info: kernel_siginfo, t: task_struct, group: bool, force: bool): int {
  if (!prepare_signal(sig, t, force)) {
    trace_signal_generate(sig, info, force, t, group, TRACE_SIGNAL_IGNORED);
    return 0;
  }
  const pending = group ? t.signal.shared_pending : t.pending;
  // Below the real-time signals one of a kind is enough.
  if (sig < 32 && (pending.signal & sigmask(sig)) !== 0) {
    trace_signal_generate(sig, info, force, t, group, TRACE_SIGNAL_ALREADY_PENDING);
    return 0;
  }
  if (sig !== SIGKILL) {
    const q = kmalloc(sizeof<sigqueue>(), 0) as sigqueue;
    if (q !== null) {
      if (info !== null) {
        copy(q.info, info);
      } else {
        memset(q.info, 0, sizeof<kernel_siginfo>());
        q.info.si_signo = sig;
        q.info.si_code = force ? SI_KERNEL : SI_USER;
        if (!force) {
          q.info.si_pid = get_current().tgid;
          q.info.si_uid = get_current().cred.uid;
        }
      }
      list_add_tail(q.list, pending.list);
    } else if (sig >= 32) {
      return -EAGAIN;
    }
  }
  pending.signal = pending.signal | sigmask(sig);
  complete_signal(sig, t, group);
  trace_signal_generate(sig, info, force, t, group, TRACE_SIGNAL_DELIVERED);
  return 0;
}

/** The task's handlers with siglock held, or null when it has been released. exec may put others in their place meanwhile. */
export function lock_task_sighand(t: task_struct, flags: u64[]): sighand_struct {
  rcu_read_lock();
  for (;;) {
    const sighand = READ_ONCE(t.sighand);
    if (sighand === null) {
      rcu_read_unlock();
      return null;
    }
    flags[0] = spin_lock_irqsave(sighand.siglock);
    if (READ_ONCE(t.sighand) === sighand) {
      rcu_read_unlock();
      return sighand;
    }
    spin_unlock_irqrestore(sighand.siglock, flags[0]);
  }
}

export function do_send_sig_info(sig: int, info: kernel_siginfo, t: task_struct, group: bool): int {
  let flags: u64 = 0;
  const sighand = lock_task_sighand(t, addr(flags));
  if (sighand === null) return -ESRCH;
  const ret = __send_signal_locked(sig, info, t, group, info === null);
  spin_unlock_irqrestore(sighand.siglock, flags);
  return ret;
}

/** priv: from the kernel itself. To the process. */
export function send_sig(sig: int, t: task_struct, priv: int): int {
  let flags: u64 = 0;
  const sighand = lock_task_sighand(t, addr(flags));
  if (sighand === null) return -ESRCH;
  const ret = __send_signal_locked(sig, null, t, true, priv !== 0);
  spin_unlock_irqrestore(sighand.siglock, flags);
  return ret;
}

export function send_sig_info(sig: int, info: kernel_siginfo, t: task_struct): int {
  return do_send_sig_info(sig, info, t, false);
}

export function group_send_sig_info(sig: int, info: kernel_siginfo, t: task_struct): int {
  return sig === 0 ? 0 : do_send_sig_info(sig, info, t, true);
}

/** From the kernel, to the process. */
export function group_send_sig(sig: int, t: task_struct): int {
  return send_sig(sig, t, 1);
}

/** A fault of the current task's own: it cannot be ignored or blocked. */
function force_sig_info_to_task(info: kernel_siginfo, t: task_struct): void {
  const flags = spin_lock_irqsave(t.sighand.siglock);
  const sig = info.si_signo;
  const action = t.sighand.action[sig - 1];
  const ignored = action.sa_handler === SIG_IGN;
  const blocked = (t.blocked & sigmask(sig)) !== 0;
  if (ignored || blocked) {
    action.sa_handler = SIG_DFL;
    if (blocked) {
      t.blocked = t.blocked & ~sigmask(sig);
      recalc_sigpending_tsk(t);
    }
  }
  const q = kmalloc(sizeof<sigqueue>(), 0) as sigqueue;
  if (q !== null) {
    copy(q.info, info);
    list_add_tail(q.list, t.pending.list);
  }
  t.pending.signal = t.pending.signal | sigmask(sig);
  // Also init dies of its own faults.
  signal_wake_up(t, 0);
  spin_unlock_irqrestore(t.sighand.siglock, flags);
}

export function force_sig(sig: int): void {
  const info: kernel_siginfo = { si_signo: sig, si_code: SI_KERNEL };
  force_sig_info_to_task(info, get_current());
}

/** The address stands where the user ABI has si_addr: at si_pid. */
export function force_sig_fault(sig: int, code: int, address: u64): void {
  const info: kernel_siginfo = { si_signo: sig, si_code: code, si_pid: int(address & 0xffffffff), si_uid: u32(address >> 32) };
  force_sig_info_to_task(info, get_current());
}

export function force_fatal_sig(sig: int): void {
  get_current().sighand.action[sig - 1].sa_handler = SIG_DFL;
  force_sig(sig);
}

/** Would this signal end the process because nobody has asked for it? (Then the kernel says so.) */
export function unhandled_signal(t: task_struct, sig: int): bool {
  if (t.tgid === 1) return true;
  const handler = handler_of(t, sig);
  return handler === SIG_IGN || handler === SIG_DFL;
}

/** priv: as send_sig. -ESRCH if the group is empty. */
export function kill_pgrp(p: pid, sig: int, priv: int): int {
  let ret: int = -ESRCH;
  read_lock(tasklist_lock);
  let t = pid_task(p, PIDTYPE_PGID);
  while (t !== null) {
    const err = send_sig(sig, t, priv);
    if (ret !== 0) ret = err;
    t = next_pid_task(t, PIDTYPE_PGID);
  }
  read_unlock(tasklist_lock);
  return ret;
}

export function kill_pid(p: pid, sig: int, priv: int): int {
  read_lock(tasklist_lock);
  const t = pid_task(p, PIDTYPE_TGID);
  const ret: int = t === null ? -ESRCH : send_sig(sig, t, priv);
  read_unlock(tasklist_lock);
  return ret;
}
EXPORT_SYMBOL(send_sig);
EXPORT_SYMBOL(send_sig_info);
EXPORT_SYMBOL(force_sig);
