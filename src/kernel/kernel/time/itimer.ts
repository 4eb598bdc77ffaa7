// alarm(2) and setitimer(ITIMER_REAL): one timer for each process.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EFAULT, EINVAL } from "linux/errno";
import type { hrtimer } from "linux/hrtimer";
import { HRTIMER_MODE_REL, HRTIMER_NORESTART, HRTIMER_RESTART } from "linux/hrtimer";
import type { signal_struct } from "linux/signal";
import { SIGALRM } from "linux/signal";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { copy_from_user, copy_to_user } from "../../arch/x86/lib/usercopy";
import { kill_pid } from "../signal";
import { hrtimer_cancel, hrtimer_start } from "./hrtimer";

const NSEC_PER_SEC = 1000000000;

/** In interrupt context. */
export function it_real_fn(timer: hrtimer): int {
  const sig = container_of<signal_struct>(timer, "real_timer");
  kill_pid(sig.leader_pid, SIGALRM, 1);
  if (sig.it_real_incr === 0) return HRTIMER_NORESTART;
  timer.expires += sig.it_real_incr;
  return HRTIMER_RESTART;
}

/** ns left, 0 if not set. */
function real_timer_left(sig: signal_struct): s64 {
  if (sig.real_timer.node.next === null) return 0;
  const left = sig.real_timer.expires - s64(sched_clock());
  return left > 0 ? left : 1;
}

function set_real_timer(sig: signal_struct, value: s64, interval: s64): void {
  hrtimer_cancel(sig.real_timer);
  sig.it_real_incr = interval;
  sig.real_timer.function = it_real_fn;
  if (value > 0) hrtimer_start(sig.real_timer, value, HRTIMER_MODE_REL);
}

export function __x64_sys_alarm(regs: pt_regs): s64 {
  const sig = get_current().signal;
  const left = real_timer_left(sig);
  set_real_timer(sig, s64(u64(u32(regs.di))) * NSEC_PER_SEC, 0);
  return (left + NSEC_PER_SEC - 1) / NSEC_PER_SEC;
}

/** struct itimerval: interval and value, seconds and microseconds each. */
function store_itimer(sig: signal_struct, to: u64): s64 {
  let v: array<s64, 4>;
  const left = real_timer_left(sig);
  v[0] = sig.it_real_incr / NSEC_PER_SEC;
  v[1] = (sig.it_real_incr % NSEC_PER_SEC) / 1000;
  v[2] = left / NSEC_PER_SEC;
  v[3] = (left % NSEC_PER_SEC) / 1000;
  return copy_to_user(at<ptr>(to), v, 32) !== 0 ? -EFAULT : 0;
}

export function __x64_sys_getitimer(regs: pt_regs): s64 {
  if (regs.di !== 0) return -EINVAL;
  return store_itimer(get_current().signal, regs.si);
}

export function __x64_sys_setitimer(regs: pt_regs): s64 {
  let v: array<s64, 4>;
  const sig = get_current().signal;
  if (regs.di !== 0) return -EINVAL;
  if (copy_from_user(v, at<ptr>(regs.si), 32) !== 0) return -EFAULT;
  if (regs.dx !== 0) {
    const ret = store_itimer(sig, regs.dx);
    if (ret !== 0) return ret;
  }
  set_real_timer(sig, v[2] * NSEC_PER_SEC + v[3] * 1000, v[0] * NSEC_PER_SEC + v[1] * 1000);
  return 0;
}
