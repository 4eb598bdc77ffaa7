// futex(2): its operations by number.

import type { pt_regs } from "asm/ptrace";
import { EFAULT, EINVAL, ENOSYS } from "linux/errno";
import {
  FUTEX_BITSET_MATCH_ANY,
  FUTEX_CLOCK_REALTIME,
  FUTEX_CMP_REQUEUE,
  FUTEX_PRIVATE_FLAG,
  FUTEX_REQUEUE,
  FUTEX_WAIT,
  FUTEX_WAIT_BITSET,
  FUTEX_WAKE,
  FUTEX_WAKE_BITSET,
  FUTEX_WAKE_OP,
} from "linux/futex";
import { NSEC_PER_SEC } from "linux/ktime";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { copy_from_user } from "../../arch/x86/lib/usercopy";
import { ktime_get_real_ns } from "../time/timekeeping";
import { futex_requeue } from "./requeue";
import { futex_wait, futex_wake, futex_wake_op } from "./waitwake";

/**
 * futex(uaddr, op, val, timeout or val2, uaddr2, val3). The operations with priority inheritance are ENOSYS, as on a Linux without
 * CONFIG_FUTEX_PI: the run queues know nice values only, so there is no priority that an owner could inherit.
 */
export function __x64_sys_futex(regs: pt_regs): s64 {
  let ts: array<s64, 2>;
  const cmd = int(regs.si) & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
  const is_private = (regs.si & FUTEX_PRIVATE_FLAG) !== 0;
  const realtime = (regs.si & FUTEX_CLOCK_REALTIME) !== 0;
  const val = u32(regs.dx);
  let expires: s64 = -1;
  if ((cmd === FUTEX_WAIT || cmd === FUTEX_WAIT_BITSET) && regs.r10 !== 0) {
    if (copy_from_user(ts, at<ptr>(regs.r10), 16) !== 0) return -EFAULT;
    if (ts[0] < 0 || u64(ts[1]) >= NSEC_PER_SEC) return -EINVAL;
    // So far away that it is never.
    const ns = ts[0] > 9000000000 ? s64(0x7fffffffffffffff) : ts[0] * NSEC_PER_SEC + ts[1];
    const now = s64(sched_clock());
    if (cmd === FUTEX_WAIT) expires = ns > 0x7fffffffffffffff - now ? s64(0x7fffffffffffffff) : now + ns;
    else if (realtime) expires = ns - s64(ktime_get_real_ns()) + now;
    else expires = ns;
    if (expires < 0) expires = 0;
  }
  if (realtime && cmd !== FUTEX_WAIT_BITSET) return -ENOSYS;
  switch (cmd) {
    case FUTEX_WAIT:
      return futex_wait(regs.di, is_private, val, expires, FUTEX_BITSET_MATCH_ANY);
    case FUTEX_WAIT_BITSET:
      return futex_wait(regs.di, is_private, val, expires, u32(regs.r9));
    case FUTEX_WAKE:
      return s64(futex_wake(regs.di, is_private, int(val), FUTEX_BITSET_MATCH_ANY));
    case FUTEX_WAKE_BITSET:
      return s64(futex_wake(regs.di, is_private, int(val), u32(regs.r9)));
    case FUTEX_REQUEUE:
      return s64(futex_requeue(regs.di, is_private, regs.r8, int(val), int(regs.r10), false, 0));
    case FUTEX_CMP_REQUEUE:
      return s64(futex_requeue(regs.di, is_private, regs.r8, int(val), int(regs.r10), true, u32(regs.r9)));
    case FUTEX_WAKE_OP:
      return s64(futex_wake_op(regs.di, is_private, regs.r8, int(val), int(regs.r10), u32(regs.r9)));
  }
  return -ENOSYS;
}
