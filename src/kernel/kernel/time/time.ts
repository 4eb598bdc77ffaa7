// The time of day: time, gettimeofday, settimeofday.

import type { pt_regs } from "asm/ptrace";
import { EFAULT, EPERM } from "linux/errno";
import { NSEC_PER_SEC } from "linux/ktime";
import { copy_from_user, copy_to_user, put_user_u64 } from "../../arch/x86/lib/usercopy";
import { capable } from "../cred";
import { do_settimeofday_ns, ktime_get_real_ns } from "./timekeeping";

export function __x64_sys_gettimeofday(regs: pt_regs): s64 {
  let tv: array<s64, 2>;
  const now = s64(ktime_get_real_ns());
  tv[0] = now / NSEC_PER_SEC;
  tv[1] = (now % NSEC_PER_SEC) / 1000;
  if (regs.di !== 0 && copy_to_user(at<ptr>(regs.di), tv, 16) !== 0) return -EFAULT;
  if (regs.si !== 0 && put_user_u64(0, at<ptr>(regs.si)) !== 0) return -EFAULT;
  return 0;
}

export function __x64_sys_settimeofday(regs: pt_regs): s64 {
  let tv: array<s64, 2>;
  if (!capable(25)) return -EPERM;
  if (regs.di === 0) return 0;
  if (copy_from_user(tv, at<ptr>(regs.di), 16) !== 0) return -EFAULT;
  do_settimeofday_ns(tv[0] * NSEC_PER_SEC + tv[1] * 1000);
  return 0;
}

export function __x64_sys_time(regs: pt_regs): s64 {
  const now = ktime_get_real_ns() / NSEC_PER_SEC;
  if (regs.di !== 0 && put_user_u64(now, at<ptr>(regs.di)) !== 0) return -EFAULT;
  return s64(now);
}
