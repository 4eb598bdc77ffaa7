// Job control: a process's stop, and what its parent is told of stops, continuations and its end.

import { get_current } from "linux/current";
import { __TASK_STOPPED, TASK_INTERRUPTIBLE, TASK_STOPPED, type task_struct } from "linux/sched";
import {
  CLD_DUMPED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  type kernel_siginfo,
  SA_NOCLDSTOP,
  SA_NOCLDWAIT,
  SIG_IGN,
  SIGCHLD,
  SIGNAL_STOP_STOPPED,
} from "linux/signal";
import { spin_lock_irqsave, spin_unlock_irq, spin_unlock_irqrestore, write_lock_irq, write_unlock_irq } from "linux/spinlock";
import { tasklist_lock } from "./fork";
import { next_thread } from "./sched/comm";
import { schedule, set_special_state } from "./sched/core";
import { __wake_up } from "./sched/wait";
import { __send_signal_locked, signal_wake_up } from "./signal";

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
export function do_notify_parent_cldstop(t: task_struct, why: int, status: int): void {
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
export function do_signal_stop(signr: int): void {
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
