// sched_*: policies and their parameters, the CPUs that a task may run on, yield. The run queues know nice values only: the real-time
// policies are kept and told, and run with the weight of nice −20.

import type { pt_regs } from "asm/ptrace";
import { capable } from "linux/cred";
import { get_current } from "linux/current";
import { EFAULT, EINVAL, EPERM, ESRCH } from "linux/errno";
import { PF_NO_SETAFFINITY, put_task_struct, type task_struct } from "linux/sched";
import { copy_from_user, copy_to_user, put_user_u32 } from "../../arch/x86/lib/usercopy";
import { cpu_online_mask } from "../cpu";
import { find_get_task } from "../pid";
import { set_cpus_allowed_ptr } from "./affinity";
import { set_user_nice, yield_ } from "./core";

const SCHED_NORMAL = 0;
const SCHED_FIFO = 1;
const SCHED_RR = 2;
const SCHED_BATCH = 3;
const SCHED_IDLE = 5;
const SCHED_DEADLINE = 6;
const SCHED_RESET_ON_FORK = 0x40000000;
const CAP_SYS_NICE = 23;
const MAX_RT_PRIO = 99;
/** ns: a turn of SCHED_RR; of the others one tick. */
const RR_TIMESLICE = 100000000;
const BASE_SLICE = 4000000;

function is_rt(policy: u32): bool {
  return policy === SCHED_FIFO || policy === SCHED_RR;
}

function apply_policy(t: task_struct, policy: u32, priority: int): int {
  const mine = get_current().cred;
  if (is_rt(policy) ? priority < 1 || priority > MAX_RT_PRIO : priority !== 0) return -EINVAL;
  const own = mine.euid === t.cred.uid || mine.euid === t.cred.euid;
  if (!capable(CAP_SYS_NICE) && (!own || is_rt(policy))) return -EPERM;
  if (is_rt(policy)) set_user_nice(t, -20);
  else if (is_rt(t.policy)) set_user_nice(t, 0);
  t.policy = policy;
  t.rt_priority = u32(priority);
  return 0;
}

/** policy negative: the one it has. */
function set_scheduler(nr: int, policy: int, param: u64): s64 {
  let priority: int = 0;
  if (param === 0 || nr < 0) return -EINVAL;
  if (copy_from_user(addr(priority), at<ptr>(param), 4) !== 0) return -EFAULT;
  const t = find_get_task(nr);
  if (t === null) return -ESRCH;
  const wanted: u32 = policy < 0 ? t.policy : u32(policy & ~SCHED_RESET_ON_FORK);
  const known = wanted === SCHED_NORMAL || wanted === SCHED_BATCH || wanted === SCHED_IDLE || is_rt(wanted);
  const ret: int = known ? apply_policy(t, wanted, priority) : -EINVAL;
  put_task_struct(t);
  return s64(ret);
}

export function __x64_sys_sched_setscheduler(regs: pt_regs): s64 {
  return int(regs.si) < 0 ? -EINVAL : set_scheduler(int(regs.di), int(regs.si), regs.dx);
}

export function __x64_sys_sched_setparam(regs: pt_regs): s64 {
  return set_scheduler(int(regs.di), -1, regs.si);
}

export function __x64_sys_sched_getscheduler(regs: pt_regs): s64 {
  if (int(regs.di) < 0) return -EINVAL;
  const t = find_get_task(int(regs.di));
  if (t === null) return -ESRCH;
  const policy = t.policy;
  put_task_struct(t);
  return s64(u64(policy));
}

export function __x64_sys_sched_getparam(regs: pt_regs): s64 {
  if (regs.si === 0 || int(regs.di) < 0) return -EINVAL;
  const t = find_get_task(int(regs.di));
  if (t === null) return -ESRCH;
  const priority: u32 = is_rt(t.policy) ? t.rt_priority : u32(0);
  put_task_struct(t);
  return put_user_u32(priority, at<ptr>(regs.si)) !== 0 ? -EFAULT : 0;
}

function priority_bound(policy: int, bound: s64): s64 {
  if (policy === SCHED_FIFO || policy === SCHED_RR) return bound;
  if (policy === SCHED_NORMAL || policy === SCHED_BATCH || policy === SCHED_IDLE || policy === SCHED_DEADLINE) return 0;
  return -EINVAL;
}

export function __x64_sys_sched_get_priority_max(regs: pt_regs): s64 {
  return priority_bound(int(regs.di), MAX_RT_PRIO);
}

export function __x64_sys_sched_get_priority_min(regs: pt_regs): s64 {
  return priority_bound(int(regs.di), 1);
}

export function __x64_sys_sched_rr_get_interval(regs: pt_regs): s64 {
  let ts: array<s64, 2>;
  if (int(regs.di) < 0) return -EINVAL;
  const t = find_get_task(int(regs.di));
  if (t === null) return -ESRCH;
  ts[0] = 0;
  ts[1] = t.policy === SCHED_RR ? RR_TIMESLICE : t.policy === SCHED_FIFO ? 0 : BASE_SLICE;
  put_task_struct(t);
  return copy_to_user(at<ptr>(regs.si), ts, 16) !== 0 ? -EFAULT : 0;
}

export function __x64_sys_sched_yield(_regs: pt_regs): s64 {
  yield_();
  return 0;
}

export function __x64_sys_sched_getaffinity(regs: pt_regs): s64 {
  if (regs.si < 8 || (regs.si & 7) !== 0) return -EINVAL;
  const t = find_get_task(int(regs.di));
  if (t === null) return -ESRCH;
  let mask = cpu_online_mask & t.cpus_mask;
  put_task_struct(t);
  return copy_to_user(at<ptr>(regs.dx), addr(mask), 8) !== 0 ? -EFAULT : 8;
}

/** A task that runs where it may not any more is moved before this returns. */
export function __x64_sys_sched_setaffinity(regs: pt_regs): s64 {
  let mask: u64 = 0;
  const n = regs.si < 8 ? regs.si : u64(8);
  if (copy_from_user(addr(mask), at<ptr>(regs.dx), n) !== 0) return -EFAULT;
  const t = find_get_task(int(regs.di));
  if (t === null) return -ESRCH;
  const ret = (t.flags & PF_NO_SETAFFINITY) !== 0 ? -EINVAL : set_cpus_allowed_ptr(t, mask);
  put_task_struct(t);
  return s64(ret);
}
