// Taking signals on the way to user mode: default actions are carried out here, frames for handlers are built in arch/x86/kernel/signal.ts.
// And the set of blocked signals.

import { get_current } from "linux/current";
import { EINVAL } from "linux/errno";
import { clear_tsk_thread_flag, PF_SIGNALED, TIF_NOTIFY_SIGNAL } from "linux/sched";
import {
  CLD_CONTINUED,
  CLD_STOPPED,
  type kernel_siginfo,
  SA_NODEFER,
  SA_RESETHAND,
  SIG_BLOCK,
  SIG_DFL,
  SIG_IGN,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGCONT,
  SIGKILL,
  SIGNAL_CLD_CONTINUED,
  SIGNAL_CLD_STOPPED,
  SIGNAL_GROUP_EXIT,
  SIGSTOP,
  type sigaction,
} from "linux/signal";
import { spin_lock_irq, spin_unlock_irq, write_lock_irq, write_unlock_irq } from "linux/spinlock";
import { do_group_exit, is_current_pgrp_orphaned } from "./exit";
import { tasklist_lock } from "./fork";
import { SS_AUTODISARM, SS_DISABLE } from "./signal-altstack";
import { do_notify_parent_cldstop, do_signal_stop } from "./signal-jobctl";
import {
  dequeue_signal,
  in_mask,
  recalc_sigpending,
  SIG_KERNEL_IGNORE,
  SIG_KERNEL_STOP,
  SYNCHRONOUS_MASK,
  sigmask,
} from "./signal-pending";

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
