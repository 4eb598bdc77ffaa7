// Clocks by number: clock_gettime, clock_settime, clock_getres, clock_nanosleep, nanosleep.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EFAULT, EINVAL, EOPNOTSUPP, EPERM } from "linux/errno";
import { NSEC_PER_SEC } from "linux/ktime";
import { read_lock, read_unlock } from "linux/spinlock";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { copy_from_user, copy_to_user } from "../../arch/x86/lib/usercopy";
import { capable } from "../cred";
import { tasklist_lock } from "../fork";
import { type task_cputime, task_sched_runtime, thread_group_cputime } from "../sched/cputime";
import { hrtimer_nanosleep } from "./hrtimer";
import { do_settimeofday_ns, ktime_get_real_ns } from "./timekeeping";

const CLOCK_REALTIME = 0;
const CLOCK_PROCESS_CPUTIME = 2;
const CLOCK_THREAD_CPUTIME = 3;
const TIMER_ABSTIME = 1;

/** ns; -1: no such clock. */
function clock_now(id: int): s64 {
  switch (id) {
    case 0:
    case 5:
    case 11:
      return s64(ktime_get_real_ns());
    case 1:
    case 4:
    case 6:
    case 7:
      return s64(sched_clock());
    case CLOCK_PROCESS_CPUTIME: {
      const times: task_cputime = {};
      read_lock(tasklist_lock);
      thread_group_cputime(get_current(), times);
      read_unlock(tasklist_lock);
      return s64(times.sum_exec_runtime);
    }
    case CLOCK_THREAD_CPUTIME:
      return s64(task_sched_runtime(get_current()));
  }
  return -1;
}

export function __x64_sys_clock_gettime(regs: pt_regs): s64 {
  let ts: array<s64, 2>;
  const now = clock_now(int(regs.di));
  if (now < 0) return -EINVAL;
  ts[0] = now / NSEC_PER_SEC;
  ts[1] = now % NSEC_PER_SEC;
  return copy_to_user(at<ptr>(regs.si), ts, 16) !== 0 ? -EFAULT : 0;
}

export function __x64_sys_clock_getres(regs: pt_regs): s64 {
  let ts: array<s64, 2>;
  const id = int(regs.di);
  if (clock_now(id) < 0) return -EINVAL;
  ts[0] = 0;
  ts[1] = id === 5 || id === 6 ? 4000000 : 1;
  return regs.si !== 0 && copy_to_user(at<ptr>(regs.si), ts, 16) !== 0 ? -EFAULT : 0;
}

export function __x64_sys_clock_settime(regs: pt_regs): s64 {
  let ts: array<s64, 2>;
  if (int(regs.di) !== CLOCK_REALTIME) return -EINVAL;
  if (copy_from_user(ts, at<ptr>(regs.si), 16) !== 0) return -EFAULT;
  if (ts[0] < 0 || u64(ts[1]) >= NSEC_PER_SEC) return -EINVAL;
  if (!capable(25)) return -EPERM;
  do_settimeofday_ns(ts[0] * NSEC_PER_SEC + ts[1]);
  return 0;
}

export function __x64_sys_nanosleep(regs: pt_regs): s64 {
  let ts: array<s64, 2>;
  if (copy_from_user(ts, at<ptr>(regs.di), 16) !== 0) return -EFAULT;
  if (ts[0] < 0 || u64(ts[1]) >= NSEC_PER_SEC) return -EINVAL;
  return hrtimer_nanosleep(expiry(ts[0], ts[1]), regs.si, false);
}

/** From now on; times beyond what fits are for ever. */
function expiry(sec: s64, nsec: s64): s64 {
  if (sec >= 9000000000) return 0x7ffffffffffffffe;
  return s64(sched_clock()) + sec * NSEC_PER_SEC + nsec;
}

/** The clocks that everybody has sleep alike. */
function common_nsleep(expires: s64, rmtp: u64, absolute: bool): s64 {
  return hrtimer_nanosleep(expires, rmtp, absolute);
}

export function __x64_sys_clock_nanosleep(regs: pt_regs): s64 {
  let ts: array<s64, 2>;
  const id = int(regs.di);
  if (clock_now(id) < 0) return -EINVAL;
  // A thread cannot wait for its own time to pass.
  if (id === CLOCK_THREAD_CPUTIME) return -EOPNOTSUPP;
  if (copy_from_user(ts, at<ptr>(regs.dx), 16) !== 0) return -EFAULT;
  if (ts[0] < 0 || u64(ts[1]) >= NSEC_PER_SEC) return -EINVAL;
  if ((regs.si & TIMER_ABSTIME) !== 0) {
    const wanted = ts[0] * NSEC_PER_SEC + ts[1];
    return common_nsleep(wanted - clock_now(id) + s64(sched_clock()), 0, true);
  }
  return common_nsleep(expiry(ts[0], ts[1]), regs.r10, false);
}
