// The alternate signal stack: sigaltstack(2) and its state.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EFAULT, EINVAL, ENOMEM, EPERM } from "linux/errno";
import type { task_struct } from "linux/sched";
import { copy_from_user, copy_to_user } from "../arch/x86/lib/usercopy";

const SS_ONSTACK = 1;
export const SS_DISABLE = 2;
export const SS_AUTODISARM = 0x80000000;
const MINSIGSTKSZ = 2048;

/** Does the task run on its alternate signal stack? One that disarms itself does not count. */
export function on_sig_stack(t: task_struct, sp: u64): bool {
  if ((t.sas_ss_flags & SS_AUTODISARM) !== 0) return false;
  return sp > t.sas_ss_sp && sp - t.sas_ss_sp <= t.sas_ss_size;
}

export function sas_ss_flags(t: task_struct, sp: u64): u32 {
  const state: u32 = t.sas_ss_size === 0 ? SS_DISABLE : on_sig_stack(t, sp) ? SS_ONSTACK : 0;
  return state | (t.sas_ss_flags & SS_AUTODISARM);
}

/** sp: the user's stack pointer. */
export function do_sigaltstack(t: task_struct, ss_sp: u64, flags: u32, size: u64, sp: u64): int {
  if (on_sig_stack(t, sp)) return -EPERM;
  const mode = flags & ~u32(SS_AUTODISARM);
  if (mode !== 0 && mode !== SS_ONSTACK && mode !== SS_DISABLE) return -EINVAL;
  if (mode !== SS_DISABLE && size < MINSIGSTKSZ) return -ENOMEM;
  t.sas_ss_sp = mode === SS_DISABLE ? u64(0) : ss_sp;
  t.sas_ss_size = mode === SS_DISABLE ? u64(0) : size;
  t.sas_ss_flags = flags;
  return 0;
}

/** struct stack_t: sp, flags, size */
export function __x64_sys_sigaltstack(regs: pt_regs): s64 {
  let st: array<u64, 3>;
  let old: array<u64, 3>;
  const t = get_current();
  old[0] = t.sas_ss_sp;
  old[1] = u64(sas_ss_flags(t, regs.sp));
  old[2] = t.sas_ss_size;
  if (regs.di !== 0) {
    if (copy_from_user(st, at<ptr>(regs.di), 24) !== 0) return -EFAULT;
    const ret = do_sigaltstack(t, st[0], u32(st[1]), st[2], regs.sp);
    if (ret !== 0) return s64(ret);
  }
  if (regs.si !== 0 && copy_to_user(at<ptr>(regs.si), old, 24) !== 0) return -EFAULT;
  return 0;
}
