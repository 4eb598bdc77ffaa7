// Pending signals: a task's and a process's sets and queues, what is dropped from them, and what is taken next.

import { get_current } from "linux/current";
import { list_del, list_empty } from "linux/list";
import { clear_tsk_thread_flag, set_tsk_thread_flag, TIF_SIGPENDING, type task_struct } from "linux/sched";
import { _NSIG, type kernel_siginfo, SIG_DFL, SIG_IGN, type sigaction, type sigpending, type sigqueue } from "linux/signal";
import { spin_lock_irq, spin_lock_irqsave, spin_unlock_irq, spin_unlock_irqrestore } from "linux/spinlock";
import { memset } from "../lib/string";
import { kfree } from "../mm/slab";

export function sigmask(sig: int): u64 {
  return u64(1) << (sig - 1);
}
inline(sigmask);

export const SIG_KERNEL_ONLY = 0x40100; // KILL STOP
export const SIG_KERNEL_STOP = 0x3c0000; // STOP TSTP TTIN TTOU
export const SIG_KERNEL_IGNORE = 0x8430000; // CONT CHLD WINCH URG
export const SYNCHRONOUS_MASK = 0x400004d8; // SEGV BUS ILL TRAP FPE SYS

export function in_mask(sig: int, mask: u64): bool {
  return sig <= 32 && (sigmask(sig) & mask) !== 0;
}
inline(in_mask);

export function recalc_sigpending_tsk(t: task_struct): void {
  const pending = (t.pending.signal | t.signal.shared_pending.signal) & ~t.blocked;
  if (pending !== 0 || t.jobctl !== 0) set_tsk_thread_flag(t, TIF_SIGPENDING);
  else clear_tsk_thread_flag(t, TIF_SIGPENDING);
}

/** Under siglock. */
export function recalc_sigpending(): void {
  recalc_sigpending_tsk(get_current());
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
  const action = t.sighand.action;
  let ignored: u64 = 0;
  for (let i: int = 0; force_default === 0 && i < _NSIG; i++) {
    if (action[i].sa_handler === SIG_IGN) ignored |= u64(1) << i;
  }
  memset(action, 0, _NSIG * sizeof<sigaction>());
  for (; ignored !== 0; ignored &= ignored - 1) action[ctz64(ignored)].sa_handler = SIG_IGN;
}

export function ignore_signals(t: task_struct): void {
  for (let i: int = 0; i < _NSIG; i++) t.sighand.action[i].sa_handler = SIG_IGN;
  flush_signals(t);
}

export function remove_pending(mask: u64, p: sigpending): void {
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
EXPORT_SYMBOL(flush_signals);
EXPORT_SYMBOL(kernel_sigaction);
