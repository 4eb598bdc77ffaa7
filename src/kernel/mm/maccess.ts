// Reads and writes of kernel addresses that may not be mapped.

import { EFAULT, ERANGE } from "linux/errno";
import { TASK_SIZE } from "linux/mm";
import { copy_user_generic } from "../arch/x86/lib/usercopy";

/** Canonical and in the kernel's half. */
function kernel_range(address: u64): bool {
  return address >= 0xffff800000000000;
}

export function copy_from_kernel_nofault(to: ptr, from: ptr, n: u64): s64 {
  if (!kernel_range(u64(from))) return -ERANGE;
  return copy_user_generic(u64(to), u64(from), n) === 0 ? 0 : -EFAULT;
}

export function copy_to_kernel_nofault(to: ptr, from: ptr, n: u64): s64 {
  return copy_user_generic(u64(to), u64(from), n) === 0 ? 0 : -EFAULT;
}

/** Length with NUL, or -EFAULT. */
export function strncpy_from_kernel_nofault(to: u8[], from: ptr, count: s64): s64 {
  if (u64(from) < TASK_SIZE) return -ERANGE;
  for (let i: s64 = 0; i < count; i++) {
    if (copy_user_generic(u64(to) + u64(i), u64(from) + u64(i), 1) !== 0) return -EFAULT;
    if (to[i] === 0) return i + 1;
  }
  if (count > 0) to[count - 1] = 0;
  return count;
}

export function get_kernel_nofault_u64(to: u64[], from: u64): s64 {
  return copy_from_kernel_nofault(to, at<ptr>(from), 8);
}
