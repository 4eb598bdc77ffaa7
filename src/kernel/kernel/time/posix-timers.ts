// POSIX timers: timer_create and its relatives. Each is an hrtimer that sends its signal; while that one still waits to be taken, further
// expiries are counted as overruns.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EAGAIN, EFAULT, EINVAL } from "linux/errno";
import type { hrtimer } from "linux/hrtimer";
import { HRTIMER_MODE_ABS, HRTIMER_NORESTART, HRTIMER_RESTART } from "linux/hrtimer";
import { INIT_LIST_HEAD, list_add_tail, list_del } from "linux/list";
import { get_pid, PIDTYPE_PID, PIDTYPE_TGID, type pid, put_pid } from "linux/pid";
import { _NSIG, do_send_sig_info, type kernel_siginfo, SIGALRM, type signal_struct } from "linux/signal";
import { read_lock, read_unlock, spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";
import type { list_head } from "linux/types";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { copy_from_user, copy_to_user } from "../../arch/x86/lib/usercopy";
import { kfree, kzalloc } from "../../mm/slab";
import { tasklist_lock } from "../fork";
import { find_get_pid, pid_task } from "../pid";
import { hrtimer_cancel, hrtimer_init, hrtimer_start } from "./hrtimer";
import { ktime_get_real_ns } from "./timekeeping";

const NSEC_PER_SEC = 1000000000;
const SIGEV_SIGNAL = 0;
const SIGEV_NONE = 1;
const SIGEV_THREAD_ID = 4;
const SI_TIMER = -2;
const TIMER_ABSTIME = 1;
const CLOCK_REALTIME = 0;
const CLOCK_BOOTTIME = 7;

interface k_itimer extends struct<"k_itimer"> {
  list?: embed<list_head>;
  id?: int;
  clock?: int;
  notify?: int;
  signo?: int;
  value?: u64;
  /** Whom the signal goes to: the process, or one thread of it. */
  target?: pid;
  thread?: bool;
  interval?: s64;
  armed?: bool;
  overrun?: int;
  timer?: embed<hrtimer>;
}

let timer_lock: embed<spinlock_t>;

function find_timer(sig: signal_struct, id: int): k_itimer {
  if (sig.posix_timers.next === null) return null;
  for (let n = sig.posix_timers.next; n !== sig.posix_timers; n = n.next) {
    const t = container_of<k_itimer>(n, "list");
    if (t.id === id) return t;
  }
  return null;
}

/** In interrupt context. */
function posix_timer_fn(timer: hrtimer): int {
  const k = container_of<k_itimer>(timer, "timer");
  if (k.notify !== SIGEV_NONE) {
    read_lock(tasklist_lock);
    const t = pid_task(k.target, k.thread ? PIDTYPE_PID : PIDTYPE_TGID);
    if (t !== null) {
      const mask = u64(1) << (k.signo - 1);
      const waits = ((t.pending.signal | t.signal.shared_pending.signal) & mask) !== 0;
      if (waits) {
        k.overrun++;
      } else {
        const info: kernel_siginfo = { si_signo: k.signo, si_code: SI_TIMER, si_pid: k.id, si_uid: u32(k.overrun) };
        info.si_status = int(k.value & 0xffffffff);
        info._pad1 = int(k.value >> 32);
        k.overrun = 0;
        do_send_sig_info(k.signo, info, t, !k.thread);
      }
    }
    read_unlock(tasklist_lock);
  }
  if (k.interval === 0) {
    k.armed = false;
    return HRTIMER_NORESTART;
  }
  timer.expires += k.interval;
  return HRTIMER_RESTART;
}

/** struct sigevent: value, signo, notify, thread id. */
function fill_event(k: k_itimer, user: u64): int {
  let ev: array<u64, 8>;
  k.notify = SIGEV_SIGNAL;
  k.signo = SIGALRM;
  k.value = u64(k.id);
  if (user === 0) return 0;
  if (copy_from_user(ev, at<ptr>(user), 64) !== 0) return -EFAULT;
  k.value = ev[0];
  k.signo = int(ev[1] & 0xffffffff);
  k.notify = int(ev[1] >> 32);
  if (k.notify !== SIGEV_SIGNAL && k.notify !== SIGEV_NONE && k.notify !== SIGEV_THREAD_ID) return -EINVAL;
  if (k.notify !== SIGEV_NONE && (k.signo < 1 || k.signo > _NSIG)) return -EINVAL;
  if (k.notify !== SIGEV_THREAD_ID) return 0;
  const target = find_get_pid(int(ev[2] & 0xffffffff));
  const t = pid_task(target, PIDTYPE_PID);
  if (t === null || t.tgid !== get_current().tgid) {
    put_pid(target);
    return -EINVAL;
  }
  put_pid(k.target);
  k.target = target;
  k.thread = true;
  return 0;
}

function free_timer(k: k_itimer): void {
  hrtimer_cancel(k.timer);
  put_pid(k.target);
  kfree(k);
}

/** timer_create(clock, sigevent, id) */
export function __x64_sys_timer_create(regs: pt_regs): s64 {
  const sig = get_current().signal;
  const clock = int(regs.di);
  if (clock !== CLOCK_REALTIME && clock !== 1 && clock !== CLOCK_BOOTTIME) return -EINVAL;
  const k = kzalloc(sizeof<k_itimer>(), 0) as k_itimer;
  if (k === null) return -EAGAIN;
  spin_lock(timer_lock);
  if (sig.posix_timers.next === null) INIT_LIST_HEAD(sig.posix_timers);
  k.id = sig.posix_timer_id;
  sig.posix_timer_id++;
  spin_unlock(timer_lock);
  k.clock = clock;
  k.target = get_pid(get_current().group_leader.thread_pid);
  hrtimer_init(k.timer, 1, 1);
  k.timer.function = posix_timer_fn;
  let err = fill_event(k, regs.si);
  if (err === 0 && copy_to_user(at<ptr>(regs.dx), addr(k.id), 4) !== 0) err = -EFAULT;
  if (err !== 0) {
    free_timer(k);
    return s64(err);
  }
  spin_lock(timer_lock);
  list_add_tail(k.list, sig.posix_timers);
  spin_unlock(timer_lock);
  return 0;
}

/** struct itimerspec: interval, then what is left; an expiry that is due counts as one ns. */
function timer_get(k: k_itimer, v: s64[]): void {
  let left: s64 = 0;
  if (k.armed) {
    left = k.timer.expires - s64(sched_clock());
    if (left <= 0) left = 1;
  }
  v[0] = k.interval / NSEC_PER_SEC;
  v[1] = k.interval % NSEC_PER_SEC;
  v[2] = left / NSEC_PER_SEC;
  v[3] = left % NSEC_PER_SEC;
}

function arm(k: k_itimer, flags: int, v: s64[]): void {
  hrtimer_cancel(k.timer);
  const value = v[2] * NSEC_PER_SEC + v[3];
  const now = s64(sched_clock());
  k.interval = value === 0 ? s64(0) : v[0] * NSEC_PER_SEC + v[1];
  k.overrun = 0;
  k.armed = value !== 0;
  if (value === 0) return;
  let when = now + value;
  if ((flags & TIMER_ABSTIME) !== 0) when = k.clock === CLOCK_REALTIME ? value - s64(ktime_get_real_ns()) + now : value;
  hrtimer_start(k.timer, when, HRTIMER_MODE_ABS);
}

/** timer_settime(id, flags, new, old) */
export function __x64_sys_timer_settime(regs: pt_regs): s64 {
  let v: array<s64, 4>;
  let old: array<s64, 4>;
  if (regs.dx === 0) return -EINVAL;
  if (copy_from_user(v, at<ptr>(regs.dx), 32) !== 0) return -EFAULT;
  if (v[0] < 0 || u64(v[1]) >= NSEC_PER_SEC || v[2] < 0 || u64(v[3]) >= NSEC_PER_SEC) return -EINVAL;
  const k = find_timer(get_current().signal, int(regs.di));
  if (k === null) return -EINVAL;
  timer_get(k, old);
  arm(k, int(regs.si), v);
  return regs.r10 !== 0 && copy_to_user(at<ptr>(regs.r10), old, 32) !== 0 ? -EFAULT : 0;
}

export function __x64_sys_timer_gettime(regs: pt_regs): s64 {
  let v: array<s64, 4>;
  const k = find_timer(get_current().signal, int(regs.di));
  if (k === null) return -EINVAL;
  timer_get(k, v);
  return copy_to_user(at<ptr>(regs.si), v, 32) !== 0 ? -EFAULT : 0;
}

export function __x64_sys_timer_getoverrun(regs: pt_regs): s64 {
  const k = find_timer(get_current().signal, int(regs.di));
  return k === null ? -EINVAL : s64(k.overrun);
}

export function __x64_sys_timer_delete(regs: pt_regs): s64 {
  const k = find_timer(get_current().signal, int(regs.di));
  if (k === null) return -EINVAL;
  spin_lock(timer_lock);
  list_del(k.list);
  spin_unlock(timer_lock);
  free_timer(k);
  return 0;
}

/** The process ends, or execs: its timers go. */
export function exit_itimers(sig: signal_struct): void {
  if (sig.posix_timers.next === null) return;
  while (sig.posix_timers.next !== sig.posix_timers) {
    const k = container_of<k_itimer>(sig.posix_timers.next, "list");
    spin_lock(timer_lock);
    list_del(k.list);
    spin_unlock(timer_lock);
    free_timer(k);
  }
}
