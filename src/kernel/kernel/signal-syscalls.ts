// The system calls about one's own signals: actions, the blocked set, waiting for them.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EAGAIN, EFAULT, EINTR, EINVAL, ERESTARTNOHAND } from "linux/errno";
import { __set_current_state, set_current_state, TASK_INTERRUPTIBLE, TASK_RUNNING } from "linux/sched";
import { _NSIG, type kernel_siginfo, SIG_DFL, SIG_IGN, SIGKILL, SIGSTOP, type sigaction } from "linux/signal";
import { spin_lock_irq, spin_unlock_irq } from "linux/spinlock";
import { sched_clock } from "../arch/x86/kernel/tsc";
import { copy_from_user, copy_to_user } from "../arch/x86/lib/usercopy";
import { next_thread } from "./sched/comm";
import { schedule } from "./sched/core";
import { set_current_blocked, sigprocmask } from "./signal-deliver";
import {
  dequeue_signal,
  in_mask,
  recalc_sigpending,
  recalc_sigpending_tsk,
  remove_pending,
  SIG_KERNEL_IGNORE,
  SIG_KERNEL_ONLY,
  sigmask,
} from "./signal-pending";
import { schedule_hrtimeout } from "./time/hrtimer";
import { schedule_timeout } from "./time/timer";

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

export function __x64_sys_restart_syscall(_regs: pt_regs): s64 {
  const r = get_current().restart_block;
  return r.fn === null ? -EINTR : r.fn(r);
}
