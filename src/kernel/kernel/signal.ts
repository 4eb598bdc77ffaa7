// Signals: sending, queues, default actions, stops, and the system calls around them. Delivery to a handler: arch/x86/kernel/signal.ts.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EAGAIN, EFAULT, EINTR, EINVAL, ENOMEM, EPERM, ERESTARTNOHAND, ESRCH } from "linux/errno";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_empty } from "linux/list";
import type { pid } from "linux/pid";
import { PIDTYPE_PGID, PIDTYPE_PID, PIDTYPE_TGID } from "linux/pid";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import type { task_struct } from "linux/sched";
import {
  __set_current_state,
  __TASK_STOPPED,
  clear_tsk_thread_flag,
  PF_EXITING,
  PF_KTHREAD,
  PF_SIGNALED,
  set_current_state,
  set_tsk_thread_flag,
  TASK_INTERRUPTIBLE,
  TASK_RUNNING,
  TASK_STOPPED,
  TASK_WAKEKILL,
  TIF_NOTIFY_SIGNAL,
  TIF_SIGPENDING,
  test_and_clear_tsk_thread_flag,
  thread_group_leader,
} from "linux/sched";
import type { kernel_siginfo, sigaction, sighand_struct, signal_struct, sigpending, sigqueue } from "linux/signal";
import {
  _NSIG,
  CLD_CONTINUED,
  CLD_DUMPED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  SA_NOCLDSTOP,
  SA_NOCLDWAIT,
  SA_NODEFER,
  SA_RESETHAND,
  SI_KERNEL,
  SI_TKILL,
  SI_USER,
  SIG_BLOCK,
  SIG_DFL,
  SIG_IGN,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGABRT,
  SIGBUS,
  SIGCHLD,
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
  SIGSTOP,
  SIGSYS,
  SIGTRAP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGWINCH,
  SIGXCPU,
  SIGXFSZ,
} from "linux/signal";
import {
  read_lock,
  read_unlock,
  spin_lock,
  spin_lock_irq,
  spin_lock_irqsave,
  spin_unlock,
  spin_unlock_irq,
  spin_unlock_irqrestore,
  write_lock_irq,
  write_unlock_irq,
} from "linux/spinlock";
import type { list_head } from "linux/types";
import { sched_clock } from "../arch/x86/kernel/tsc";
import { copy_from_user, copy_to_user } from "../arch/x86/lib/usercopy";
import { init_task } from "../init/init_task";
import { memset } from "../lib/string";
import { kfree, kmalloc } from "../mm/slab";
import { do_group_exit, is_current_pgrp_orphaned } from "./exit";
import { tasklist_lock } from "./fork";
import { find_pid_ns, find_task_by_vpid, next_pid_task, pid_task, task_pgrp } from "./pid";
import { next_task, next_thread } from "./sched/comm";
import { kick_process, schedule, set_special_state, wake_up_process, wake_up_state } from "./sched/core";
import { __wake_up } from "./sched/wait";
import { schedule_hrtimeout } from "./time/hrtimer";
import { schedule_timeout } from "./time/timer";
import {
  TRACE_SIGNAL_ALREADY_PENDING,
  TRACE_SIGNAL_DELIVERED,
  TRACE_SIGNAL_IGNORED,
  trace_signal_generate,
} from "./trace/trace-events-signal";

export function sigmask(sig: int): u64 {
  return u64(1) << (sig - 1);
}
inline(sigmask);

const SIG_KERNEL_ONLY = 0x40100; // KILL STOP
const SIG_KERNEL_STOP = 0x3c0000; // STOP TSTP TTIN TTOU
const SIG_KERNEL_IGNORE = 0x8430000; // CONT CHLD WINCH URG
const SYNCHRONOUS_MASK = 0x400004d8; // SEGV BUS ILL TRAP FPE SYS

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

function in_mask(sig: int, mask: u64): bool {
  return sig <= 32 && (sigmask(sig) & mask) !== 0;
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

export function recalc_sigpending_tsk(t: task_struct): void {
  const pending = (t.pending.signal | t.signal.shared_pending.signal) & ~t.blocked;
  if (pending !== 0 || t.jobctl !== 0) set_tsk_thread_flag(t, TIF_SIGPENDING);
  else clear_tsk_thread_flag(t, TIF_SIGPENDING);
}

/** Under siglock. */
export function recalc_sigpending(): void {
  recalc_sigpending_tsk(get_current());
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

export function flush_sigqueue(p: sigpending): void {
  p.signal = 0;
  while (!list_empty(p.list)) {
    const q = container_of<sigqueue>(p.list.next, "list");
    list_del(q.list);
    kfree(q);
  }
}

export function flush_signals(t: task_struct): void {
  const flags = spin_lock_irqsave(t.sighand.siglock);
  clear_tsk_thread_flag(t, TIF_SIGPENDING);
  flush_sigqueue(t.pending);
  flush_sigqueue(t.signal.shared_pending);
  spin_unlock_irqrestore(t.sighand.siglock, flags);
}

/** exec: handlers go back to the default, ignored signals stay ignored (unless force). */
export function flush_signal_handlers(t: task_struct, force_default: int): void {
  for (let i: int = 0; i < _NSIG; i++) {
    const a = t.sighand.action[i];
    if (force_default !== 0 || a.sa_handler !== SIG_IGN) a.sa_handler = SIG_DFL;
    a.sa_flags = 0;
    a.sa_restorer = 0;
    a.sa_mask = 0;
  }
}

export function ignore_signals(t: task_struct): void {
  for (let i: int = 0; i < _NSIG; i++) t.sighand.action[i].sa_handler = SIG_IGN;
  flush_signals(t);
}

function remove_pending(mask: u64, p: sigpending): void {
  if ((p.signal & mask) === 0) return;
  p.signal = p.signal & ~mask;
  let n = p.list.next;
  while (n !== p.list) {
    const q = container_of<sigqueue>(n, "list");
    n = n.next;
    if ((sigmask(q.info.si_signo) & mask) !== 0) {
      list_del(q.list);
      kfree(q);
    }
  }
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
function __send_signal_locked(sig: int, info: kernel_siginfo, t: task_struct, group: bool, force: bool): int {
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

// ---- taking signals ----

/** Lowest signal of the set, synchronous ones first; 0: none. */
function next_signal(p: sigpending, blocked: u64): int {
  let x = p.signal & ~blocked;
  if (x === 0) return 0;
  if ((x & SYNCHRONOUS_MASK) !== 0) x = x & SYNCHRONOUS_MASK;
  return ctz64(x) + 1;
}

/** Under siglock. */
function collect_signal(sig: int, p: sigpending, info: kernel_siginfo): void {
  let n = p.list.next;
  let first: sigqueue = null;
  let more = false;
  while (n !== p.list) {
    const q = container_of<sigqueue>(n, "list");
    n = n.next;
    if (q.info.si_signo !== sig) continue;
    if (first === null) first = q;
    else {
      more = true;
      break;
    }
  }
  if (!more) p.signal = p.signal & ~sigmask(sig);
  if (first !== null) {
    list_del(first.list);
    copy(info, first.info);
    kfree(first);
  } else {
    memset(info, 0, sizeof<kernel_siginfo>());
    info.si_signo = sig;
  }
}

/** Under siglock. The signal taken, or 0. */
export function dequeue_signal(t: task_struct, mask: u64, info: kernel_siginfo): int {
  let pending = t.pending;
  let sig = next_signal(pending, mask);
  if (sig === 0) {
    pending = t.signal.shared_pending;
    sig = next_signal(pending, mask);
  }
  if (sig !== 0) collect_signal(sig, pending, info);
  recalc_sigpending_tsk(t);
  return sig;
}

/** The parent's wait looks again. */
export function __wake_up_parent(parent: task_struct): void {
  __wake_up(parent.signal.wait_chldexit, TASK_INTERRUPTIBLE, 0, null);
}

/** Tells the parent of a death. True: it does not want to know, the child can go at once. Under tasklist_lock. */
export function do_notify_parent(t: task_struct, sig: int): bool {
  const parent = t.parent;
  const psig = parent.sighand;
  const code = t.exit_code;
  const info: kernel_siginfo = { si_signo: sig, si_pid: t.tgid, si_uid: t.cred.uid };
  info.si_status = code & 0x7f;
  if ((code & 0x80) !== 0) info.si_code = CLD_DUMPED;
  else if ((code & 0x7f) !== 0) info.si_code = CLD_KILLED;
  else {
    info.si_code = CLD_EXITED;
    info.si_status = code >> 8;
  }
  let autoreap = false;
  let signr = sig;
  const flags = spin_lock_irqsave(psig.siglock);
  if (sig === SIGCHLD) {
    const a = psig.action[SIGCHLD - 1];
    if (a.sa_handler === SIG_IGN || (a.sa_flags & SA_NOCLDWAIT) !== 0) {
      autoreap = true;
      if (a.sa_handler === SIG_IGN) signr = 0;
    }
  }
  if (signr > 0) __send_signal_locked(signr, info, parent, true, false);
  __wake_up_parent(parent);
  spin_unlock_irqrestore(psig.siglock, flags);
  return autoreap;
}

/** Tells the parent of a stop or continuation. Under tasklist_lock. */
function do_notify_parent_cldstop(t: task_struct, why: int, status: int): void {
  const leader = t.group_leader;
  const parent = leader.real_parent;
  const psig = parent.sighand;
  const info: kernel_siginfo = { si_signo: SIGCHLD, si_code: why, si_pid: t.tgid, si_uid: t.cred.uid, si_status: status };
  const flags = spin_lock_irqsave(psig.siglock);
  const a = psig.action[SIGCHLD - 1];
  if (a.sa_handler !== SIG_IGN && (a.sa_flags & SA_NOCLDSTOP) === 0) __send_signal_locked(SIGCHLD, info, parent, true, false);
  __wake_up_parent(parent);
  spin_unlock_irqrestore(psig.siglock, flags);
}

/** Takes part in a stop of the whole process. Called with siglock held, returns without it. */
function do_signal_stop(signr: int): void {
  const t = get_current();
  const sig = t.signal;
  const siglock = t.sighand.siglock;
  if (sig.group_stop_count === 0 && (sig.flags & SIGNAL_STOP_STOPPED) === 0) {
    sig.group_exit_code = signr;
    sig.group_stop_count = 1;
    let o = next_thread(t);
    while (o !== t) {
      if (o.exit_state === 0 && (READ_ONCE(o.__state) & __TASK_STOPPED) === 0) {
        sig.group_stop_count++;
        o.jobctl = u64(signr);
        signal_wake_up(o, 0);
      }
      o = next_thread(o);
    }
  }
  t.jobctl = 0;
  let last = false;
  if (sig.group_stop_count > 0) {
    sig.group_stop_count--;
    if (sig.group_stop_count === 0) {
      sig.flags = SIGNAL_STOP_STOPPED;
      last = true;
    }
  }
  set_special_state(TASK_STOPPED);
  spin_unlock_irq(siglock);
  if (last) {
    write_lock_irq(tasklist_lock);
    do_notify_parent_cldstop(t, CLD_STOPPED, sig.group_exit_code & 0x7f);
    write_unlock_irq(tasklist_lock);
  }
  schedule();
}

/** What get_signal found: the signal, its information, its action. */
export interface ksignal extends struct<"ksignal"> {
  ka?: embed<sigaction>;
  info?: embed<kernel_siginfo>;
  sig?: int;
}

/** Takes signals until one has a handler (true) or none is left (false); default actions are carried out here. */
export function get_signal(ksig: ksignal): bool {
  const t = get_current();
  const sighand = t.sighand;
  const signal = t.signal;
  clear_tsk_thread_flag(t, TIF_NOTIFY_SIGNAL);
  if ((t.thread_info.flags & 4) === 0) return false;
  for (;;) {
    spin_lock_irq(sighand.siglock);
    if ((signal.flags & (SIGNAL_CLD_STOPPED | SIGNAL_CLD_CONTINUED)) !== 0) {
      const why = (signal.flags & SIGNAL_CLD_CONTINUED) !== 0 ? CLD_CONTINUED : CLD_STOPPED;
      signal.flags = signal.flags & ~u32(SIGNAL_CLD_STOPPED | SIGNAL_CLD_CONTINUED);
      spin_unlock_irq(sighand.siglock);
      write_lock_irq(tasklist_lock);
      do_notify_parent_cldstop(t, why, why === CLD_CONTINUED ? SIGCONT : SIGSTOP);
      write_unlock_irq(tasklist_lock);
      continue;
    }
    if ((signal.flags & SIGNAL_GROUP_EXIT) !== 0 || (t.pending.signal & sigmask(SIGKILL)) !== 0) {
      t.pending.signal = t.pending.signal & ~sigmask(SIGKILL);
      recalc_sigpending();
      const code = (signal.flags & SIGNAL_GROUP_EXIT) !== 0 ? signal.group_exit_code : SIGKILL;
      spin_unlock_irq(sighand.siglock);
      t.flags = t.flags | PF_SIGNALED;
      do_group_exit(code);
    }
    if (t.jobctl !== 0) {
      do_signal_stop(int(t.jobctl));
      continue;
    }
    const sig = dequeue_signal(t, t.blocked, ksig.info);
    if (sig === 0) {
      spin_unlock_irq(sighand.siglock);
      return false;
    }
    const ka = sighand.action[sig - 1];
    if (ka.sa_handler === SIG_IGN) {
      spin_unlock_irq(sighand.siglock);
      continue;
    }
    if (ka.sa_handler !== SIG_DFL) {
      ksig.sig = sig;
      copy(ksig.ka, ka);
      if ((ka.sa_flags & SA_RESETHAND) !== 0) ka.sa_handler = SIG_DFL;
      spin_unlock_irq(sighand.siglock);
      return true;
    }
    if (in_mask(sig, SIG_KERNEL_IGNORE)) {
      spin_unlock_irq(sighand.siglock);
      continue;
    }
    // init is told only what it asks for, but for its own faults.
    if (t.tgid === 1 && (ksig.info.si_code <= 0 || !in_mask(sig, SYNCHRONOUS_MASK))) {
      spin_unlock_irq(sighand.siglock);
      continue;
    }
    if (in_mask(sig, SIG_KERNEL_STOP)) {
      if (sig !== SIGSTOP) {
        spin_unlock_irq(sighand.siglock);
        if (is_current_pgrp_orphaned()) continue;
        spin_lock_irq(sighand.siglock);
      }
      do_signal_stop(sig);
      continue;
    }
    spin_unlock_irq(sighand.siglock);
    t.flags = t.flags | PF_SIGNALED;
    // No core is written; the flag in the status says so too (no 0x80).
    do_group_exit(sig);
  }
}

export function set_current_blocked(set: u64): void {
  const t = get_current();
  const wanted = set & ~(sigmask(SIGKILL) | sigmask(SIGSTOP));
  if (wanted === t.blocked) return;
  spin_lock_irq(t.sighand.siglock);
  t.blocked = wanted;
  recalc_sigpending();
  spin_unlock_irq(t.sighand.siglock);
}

/** After a handler's frame is built: its signal and mask are blocked while it runs. */
export function signal_delivered(ksig: ksignal): void {
  const t = get_current();
  t.restore_sigmask = false;
  let blocked = t.blocked | ksig.ka.sa_mask;
  if ((ksig.ka.sa_flags & SA_NODEFER) === 0) blocked |= sigmask(ksig.sig);
  set_current_blocked(blocked);
  if ((t.sas_ss_flags & SS_AUTODISARM) !== 0) {
    t.sas_ss_sp = 0;
    t.sas_ss_size = 0;
    t.sas_ss_flags = SS_DISABLE;
  }
}

export function sigprocmask(how: int, set: u64, old: u64[]): int {
  const t = get_current();
  if (old !== null) old[0] = t.blocked;
  switch (how) {
    case SIG_BLOCK:
      set_current_blocked(t.blocked | set);
      return 0;
    case SIG_UNBLOCK:
      set_current_blocked(t.blocked & ~set);
      return 0;
    case SIG_SETMASK:
      set_current_blocked(set);
      return 0;
  }
  return -EINVAL;
}

/** A kernel thread's wish for a signal: SIG_DFL allows it. */
export function kernel_sigaction(sig: int, action: u64): void {
  const t = get_current();
  spin_lock_irq(t.sighand.siglock);
  t.sighand.action[sig - 1].sa_handler = action;
  if (action === SIG_IGN) {
    remove_pending(sigmask(sig), t.pending);
    remove_pending(sigmask(sig), t.signal.shared_pending);
    recalc_sigpending();
  }
  spin_unlock_irq(t.sighand.siglock);
}

// ---- system calls ----

export function __x64_sys_rt_sigprocmask(regs: pt_regs): s64 {
  let set: u64 = 0;
  let old = get_current().blocked;
  if (regs.r10 !== 8) return -EINVAL;
  if (regs.si !== 0) {
    if (copy_from_user(addr(set), at<ptr>(regs.si), 8) !== 0) return -EFAULT;
    const ret = sigprocmask(int(regs.di), set, addr(old));
    if (ret !== 0) return s64(ret);
  }
  if (regs.dx !== 0 && copy_to_user(at<ptr>(regs.dx), addr(old), 8) !== 0) return -EFAULT;
  return 0;
}

export function __x64_sys_rt_sigpending(regs: pt_regs): s64 {
  const t = get_current();
  let set = (t.pending.signal | t.signal.shared_pending.signal) & t.blocked;
  if (regs.si > 8) return -EINVAL;
  return copy_to_user(at<ptr>(regs.di), addr(set), regs.si) !== 0 ? -EFAULT : 0;
}

export function __x64_sys_rt_sigaction(regs: pt_regs): s64 {
  let action: embed<sigaction>;
  let old: embed<sigaction>;
  const t = get_current();
  const sig = int(regs.di);
  if (regs.r10 !== 8 || sig < 1 || sig > _NSIG) return -EINVAL;
  if (regs.si !== 0) {
    if (copy_from_user(action, at<ptr>(regs.si), 32) !== 0) return -EFAULT;
    if (in_mask(sig, SIG_KERNEL_ONLY)) return -EINVAL;
  }
  spin_lock_irq(t.sighand.siglock);
  const k = t.sighand.action[sig - 1];
  copy(old, k);
  if (regs.si !== 0) {
    action.sa_mask = action.sa_mask & ~(sigmask(SIGKILL) | sigmask(SIGSTOP));
    copy(k, action);
    // What is pending and now ignored, is dropped.
    if (action.sa_handler === SIG_IGN || (action.sa_handler === SIG_DFL && in_mask(sig, SIG_KERNEL_IGNORE))) {
      remove_pending(sigmask(sig), t.signal.shared_pending);
      let o = t;
      do {
        remove_pending(sigmask(sig), o.pending);
        recalc_sigpending_tsk(o);
        o = next_thread(o);
      } while (o !== t);
    }
  }
  spin_unlock_irq(t.sighand.siglock);
  if (regs.dx !== 0 && copy_to_user(at<ptr>(regs.dx), old, 32) !== 0) return -EFAULT;
  return 0;
}

function kill_allowed(t: task_struct): bool {
  const c = get_current().cred;
  return c.euid === 0 || c.euid === t.cred.suid || c.euid === t.cred.uid || c.uid === t.cred.suid || c.uid === t.cred.uid;
}

function kill_one(t: task_struct, sig: int): int {
  if (!kill_allowed(t)) return -EPERM;
  return sig === 0 ? 0 : send_sig(sig, t, 0);
}

export function __x64_sys_kill(regs: pt_regs): s64 {
  const nr = int(regs.di);
  const sig = int(regs.si);
  if (sig < 0 || sig > _NSIG) return -EINVAL;
  if (nr > 0) {
    write_lock_irq(tasklist_lock);
    const t = pid_task(find_pid_ns(nr), PIDTYPE_TGID);
    const found = t !== null ? t : find_task_by_vpid(nr);
    const ret = found === null ? -ESRCH : kill_one(found, sig);
    write_unlock_irq(tasklist_lock);
    return s64(ret);
  }
  let ret: int = -ESRCH;
  write_lock_irq(tasklist_lock);
  if (nr === -1) {
    let t = next_task(init_task);
    while (t !== init_task) {
      if (t.pid > 1 && t.tgid !== get_current().tgid) {
        const err = kill_one(t, sig);
        if (ret !== 0 && err !== -EPERM) ret = err;
      }
      t = next_task(t);
    }
  } else {
    const p = nr === 0 ? task_pgrp(get_current()) : find_pid_ns(-nr);
    let t = pid_task(p, PIDTYPE_PGID);
    while (t !== null) {
      const err = kill_one(t, sig);
      if (ret !== 0) ret = err;
      t = next_pid_task(t, PIDTYPE_PGID);
    }
  }
  write_unlock_irq(tasklist_lock);
  return s64(ret);
}

function do_tkill(tgid: int, nr: int, sig: int): s64 {
  const info: kernel_siginfo = { si_signo: sig, si_code: SI_TKILL, si_pid: get_current().tgid, si_uid: get_current().cred.uid };
  if (sig < 0 || sig > _NSIG) return -EINVAL;
  write_lock_irq(tasklist_lock);
  const t = find_task_by_vpid(nr);
  let ret: int = -ESRCH;
  if (t !== null && (tgid <= 0 || t.tgid === tgid)) {
    if (!kill_allowed(t)) ret = -EPERM;
    else ret = sig === 0 ? 0 : do_send_sig_info(sig, info, t, false);
  }
  write_unlock_irq(tasklist_lock);
  return s64(ret);
}

/** Another process is told nothing that looks like a kill or the kernel's own word. */
function do_queueinfo(tgid: int, nr: int, sig: int, user: u64, thread: bool): s64 {
  let info: embed<kernel_siginfo>;
  if (copy_from_user(info, at<ptr>(user), 128) !== 0) return -EFAULT;
  if ((info.si_code >= 0 || info.si_code === SI_TKILL) && nr !== (thread ? get_current().pid : get_current().tgid)) return -EPERM;
  info.si_signo = sig;
  if (sig < 0 || sig > _NSIG) return -EINVAL;
  write_lock_irq(tasklist_lock);
  const t = find_task_by_vpid(nr);
  let ret: int = -ESRCH;
  if (t !== null && (tgid <= 0 || t.tgid === tgid)) {
    if (!kill_allowed(t)) ret = -EPERM;
    else ret = sig === 0 ? 0 : do_send_sig_info(sig, info, t, !thread);
  }
  write_unlock_irq(tasklist_lock);
  return s64(ret);
}

/** rt_sigqueueinfo(pid, sig, info) */
export function __x64_sys_rt_sigqueueinfo(regs: pt_regs): s64 {
  return do_queueinfo(0, int(regs.di), int(regs.si), regs.dx, false);
}

/** rt_tgsigqueueinfo(tgid, tid, sig, info) */
export function __x64_sys_rt_tgsigqueueinfo(regs: pt_regs): s64 {
  if (int(regs.di) <= 0 || int(regs.si) <= 0) return -EINVAL;
  return do_queueinfo(int(regs.di), int(regs.si), int(regs.dx), regs.r10, true);
}

export function __x64_sys_tkill(regs: pt_regs): s64 {
  return int(regs.di) <= 0 ? -EINVAL : do_tkill(0, int(regs.di), int(regs.si));
}

export function __x64_sys_tgkill(regs: pt_regs): s64 {
  return int(regs.si) <= 0 || int(regs.di) <= 0 ? -EINVAL : do_tkill(int(regs.di), int(regs.si), int(regs.dx));
}

export function __x64_sys_pause(_regs: pt_regs): s64 {
  const t = get_current();
  while ((t.thread_info.flags & 0x20004) === 0) {
    set_current_state(TASK_INTERRUPTIBLE);
    schedule();
  }
  __set_current_state(TASK_RUNNING);
  return -ERESTARTNOHAND;
}

export function __x64_sys_rt_sigsuspend(regs: pt_regs): s64 {
  const t = get_current();
  let set: u64 = 0;
  if (regs.si !== 8) return -EINVAL;
  if (copy_from_user(addr(set), at<ptr>(regs.di), 8) !== 0) return -EFAULT;
  t.saved_sigmask = t.blocked;
  set_current_blocked(set);
  while ((t.thread_info.flags & 0x20004) === 0) {
    set_current_state(TASK_INTERRUPTIBLE);
    schedule();
  }
  __set_current_state(TASK_RUNNING);
  t.restore_sigmask = true;
  return -ERESTARTNOHAND;
}

/** rt_sigtimedwait(set, info, timeout, size) */
export function __x64_sys_rt_sigtimedwait(regs: pt_regs): s64 {
  let set: u64 = 0;
  let ts: array<s64, 2>;
  let info: embed<kernel_siginfo>;
  const t = get_current();
  if (regs.r10 !== 8) return -EINVAL;
  if (copy_from_user(addr(set), at<ptr>(regs.di), 8) !== 0) return -EFAULT;
  let expires: s64 = -1;
  if (regs.dx !== 0) {
    if (copy_from_user(ts, at<ptr>(regs.dx), 16) !== 0) return -EFAULT;
    if (ts[0] < 0 || u64(ts[1]) >= 1000000000) return -EINVAL;
    expires = s64(sched_clock()) + ts[0] * 1000000000 + ts[1];
  }
  const mask = ~(set & ~(sigmask(SIGKILL) | sigmask(SIGSTOP)));
  spin_lock_irq(t.sighand.siglock);
  let sig = dequeue_signal(t, mask, info);
  if (sig === 0 && (regs.dx === 0 || ts[0] !== 0 || ts[1] !== 0)) {
    t.real_blocked = t.blocked;
    t.blocked = t.blocked & mask;
    recalc_sigpending();
    set_current_state(TASK_INTERRUPTIBLE);
    spin_unlock_irq(t.sighand.siglock);
    if (expires < 0) schedule_timeout(0x7fffffffffffffff);
    else schedule_hrtimeout(expires);
    spin_lock_irq(t.sighand.siglock);
    t.blocked = t.real_blocked;
    t.real_blocked = 0;
    sig = dequeue_signal(t, mask, info);
  }
  const interrupted = (t.thread_info.flags & 4) !== 0;
  spin_unlock_irq(t.sighand.siglock);
  if (sig === 0) return interrupted ? -EINTR : -EAGAIN;
  if (regs.si !== 0 && copy_to_user(at<ptr>(regs.si), info, 128) !== 0) return -EFAULT;
  return s64(sig);
}

const SS_ONSTACK = 1;
const SS_DISABLE = 2;
const SS_AUTODISARM = 0x80000000;
const MINSIGSTKSZ = 2048;

/** Does the task run on its alternate signal stack? One that disarms itself does not count. */
export function on_sig_stack(t: task_struct, sp: u64): bool {
  if ((t.sas_ss_flags & SS_AUTODISARM) !== 0) return false;
  return sp > t.sas_ss_sp && sp - t.sas_ss_sp <= t.sas_ss_size;
}

export function sas_ss_flags(t: task_struct, sp: u64): u32 {
  const state: u32 = t.sas_ss_size === 0 ? SS_DISABLE : on_sig_stack(t, sp) ? SS_ONSTACK : 0;
  return state | (t.sas_ss_flags & SS_AUTODISARM);
}

/** sp: the user's stack pointer. */
export function do_sigaltstack(t: task_struct, ss_sp: u64, flags: u32, size: u64, sp: u64): int {
  if (on_sig_stack(t, sp)) return -EPERM;
  const mode = flags & ~u32(SS_AUTODISARM);
  if (mode !== 0 && mode !== SS_ONSTACK && mode !== SS_DISABLE) return -EINVAL;
  if (mode !== SS_DISABLE && size < MINSIGSTKSZ) return -ENOMEM;
  t.sas_ss_sp = mode === SS_DISABLE ? u64(0) : ss_sp;
  t.sas_ss_size = mode === SS_DISABLE ? u64(0) : size;
  t.sas_ss_flags = flags;
  return 0;
}

/** struct stack_t: sp, flags, size */
export function __x64_sys_sigaltstack(regs: pt_regs): s64 {
  let st: array<u64, 3>;
  let old: array<u64, 3>;
  const t = get_current();
  old[0] = t.sas_ss_sp;
  old[1] = u64(sas_ss_flags(t, regs.sp));
  old[2] = t.sas_ss_size;
  if (regs.di !== 0) {
    if (copy_from_user(st, at<ptr>(regs.di), 24) !== 0) return -EFAULT;
    const ret = do_sigaltstack(t, st[0], u32(st[1]), st[2], regs.sp);
    if (ret !== 0) return s64(ret);
  }
  if (regs.si !== 0 && copy_to_user(at<ptr>(regs.si), old, 24) !== 0) return -EFAULT;
  return 0;
}

export function __x64_sys_restart_syscall(_regs: pt_regs): s64 {
  const r = get_current().restart_block;
  return r.fn === null ? -EINTR : r.fn(r);
}
EXPORT_SYMBOL(send_sig);
EXPORT_SYMBOL(send_sig_info);
EXPORT_SYMBOL(flush_signals);
EXPORT_SYMBOL(kernel_sigaction);
EXPORT_SYMBOL(force_sig);
