// alarm(2) and setitimer(ITIMER_REAL): one timer for each process.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EFAULT, EINVAL } from "linux/errno";
import type { hrtimer } from "linux/hrtimer";
import { HRTIMER_MODE_REL, HRTIMER_NORESTART, HRTIMER_RESTART } from "linux/hrtimer";
import type { task_struct } from "linux/sched";
import type { signal_struct } from "linux/signal";
import { SIGALRM, SIGPROF, SIGVTALRM } from "linux/signal";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { copy_from_user, copy_to_user } from "../../arch/x86/lib/usercopy";
import { kill_pid } from "../signal";
import { hrtimer_cancel, hrtimer_start } from "./hrtimer";

const NSEC_PER_SEC = 1000000000;
const ITIMER_REAL = 0;
const ITIMER_VIRTUAL = 1;
const ITIMER_PROF = 2;

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

/** ITIMER_VIRTUAL and ITIMER_PROF count the process's own time, tick by tick. In the tick of a CPU that runs t. */
export function account_itimers(t: task_struct, user: bool, ns: s64): void {
  const sig = t.signal;
  if (user) run_cpu_itimer(sig, ITIMER_VIRTUAL, SIGVTALRM, ns);
  run_cpu_itimer(sig, ITIMER_PROF, SIGPROF, ns);
}

function run_cpu_itimer(sig: signal_struct, which: int, signo: int, ns: s64): void {
  const it = sig.it[which - 1];
  if (READ_ONCE(it.left) <= 0) return;
  const left = fetch_add(addr(it.left), -ns) - ns;
  if (left > 0) return;
  it.left = it.incr > 0 ? it.incr : s64(0);
  kill_pid(sig.leader_pid, signo, 1);
}

function itimer_left(sig: signal_struct, which: int): s64 {
  if (which === ITIMER_REAL) return real_timer_left(sig);
  return sig.it[which - 1].left > 0 ? sig.it[which - 1].left : s64(0);
}

/** struct itimerval: interval and value, seconds and microseconds each. */
function get_itimer(sig: signal_struct, which: int, v: s64[]): void {
  const left = itimer_left(sig, which);
  const incr = which === ITIMER_REAL ? sig.it_real_incr : sig.it[which - 1].incr;
  v[0] = incr / NSEC_PER_SEC;
  v[1] = (incr % NSEC_PER_SEC) / 1000;
  v[2] = left / NSEC_PER_SEC;
  v[3] = (left % NSEC_PER_SEC) / 1000;
}

export function __x64_sys_getitimer(regs: pt_regs): s64 {
  let v: array<s64, 4>;
  const which = int(regs.di);
  if (which < ITIMER_REAL || which > ITIMER_PROF) return -EINVAL;
  get_itimer(get_current().signal, which, v);
  return copy_to_user(at<ptr>(regs.si), v, 32) !== 0 ? -EFAULT : 0;
}

function valid_timeval(seconds: s64, microseconds: s64): bool {
  return seconds >= 0 && u64(microseconds) < 1000000;
}

/** setitimer(which, new, old). Without a new value the timer is cleared, as Linux still does. */
export function __x64_sys_setitimer(regs: pt_regs): s64 {
  let v: array<s64, 4>;
  let old: array<s64, 4>;
  const sig = get_current().signal;
  const which = int(regs.di);
  for (let i = 0; i < 4; i++) v[i] = 0;
  if (regs.si !== 0) {
    if (copy_from_user(v, at<ptr>(regs.si), 32) !== 0) return -EFAULT;
    if (!valid_timeval(v[0], v[1]) || !valid_timeval(v[2], v[3])) return -EINVAL;
  }
  if (which < ITIMER_REAL || which > ITIMER_PROF) return -EINVAL;
  get_itimer(sig, which, old);
  const value = v[2] * NSEC_PER_SEC + v[3] * 1000;
  const incr = v[0] * NSEC_PER_SEC + v[1] * 1000;
  if (which === ITIMER_REAL) {
    set_real_timer(sig, value, incr);
  } else {
    sig.it[which - 1].incr = incr;
    WRITE_ONCE(sig.it[which - 1].left, value);
  }
  return regs.dx !== 0 && copy_to_user(at<ptr>(regs.dx), old, 32) !== 0 ? -EFAULT : 0;
}
