// Copies between kernel and user memory. Only the assembler functions here touch user addresses; a fault in them continues at their fixup.

import { EFAULT } from "linux/errno";
import { TASK_SIZE } from "linux/mm";
import { preempt_count_add, preempt_count_sub } from "linux/preempt";
import { __might_sleep } from "../../../kernel/sched/debug-checks";
import { memset } from "../../../lib/string";

/** rdi to, rsi from, rdx bytes; returns the bytes that were not copied. */
export const copy_user_generic = asm<(to: u64, from: u64, n: u64) => u64>("copy_user_generic", () => {
  mov(rcx, rdx);
  shr(rcx, 3);
  and(edx, 7);
  label("quads");
  rep();
  movsq();
  mov(ecx, edx);
  label("bytes");
  rep();
  movsb();
  xor(eax, eax);
  ret();
  label("fault_quads");
  lea(rax, mem(rdx, rcx, 8));
  ret();
  label("fault_bytes");
  mov(rax, rcx);
  ret();
  ex_table("quads", "fault_quads");
  ex_table("bytes", "fault_bytes");
});

/** rdi to, rsi bytes; returns the bytes that were not cleared. */
const clear_user_generic = asm<(to: u64, n: u64) => u64>("clear_user_generic", () => {
  mov(rcx, rsi);
  xor(eax, eax);
  label("bytes");
  rep();
  stosb();
  label("fault");
  mov(rax, rcx);
  ret();
  ex_table("bytes", "fault");
});

/** rdi to, rsi from, rdx size. Length without NUL, or size if there is none, or -EFAULT. */
const strncpy_user_generic = asm<(to: u64, from: u64, n: u64) => s64>("strncpy_user_generic", () => {
  xor(eax, eax);
  label("next");
  cmp(rax, rdx);
  jae("out");
  label("load");
  movzx(ecx, byte(mem(rsi, rax, 1)));
  mov(mem(rdi, rax, 1), cl);
  test(cl, cl);
  jz("out");
  inc(rax);
  jmp("next");
  label("out");
  ret();
  label("fault");
  mov(rax, -EFAULT);
  ret();
  ex_table("load", "fault");
});

/** rdi from, rsi limit. Length with NUL, or more than the limit, or 0 on a fault. */
const strnlen_user_generic = asm<(from: u64, n: u64) => s64>("strnlen_user_generic", () => {
  xor(eax, eax);
  label("next");
  cmp(rax, rsi);
  jae("out");
  label("load");
  cmp(byte(mem(rdi, rax, 1)), 0);
  je("out");
  inc(rax);
  jmp("next");
  label("out");
  inc(rax);
  ret();
  label("fault");
  xor(eax, eax);
  ret();
  ex_table("load", "fault");
});

export function access_ok(address: ptr, size: u64): bool {
  return size <= TASK_SIZE && u64(address) <= TASK_SIZE - size;
}
inline(access_ok);

/** Bytes that could not be copied: 0 is success. */
export function copy_to_user(to: ptr, from: ptr, n: u64): u64 {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  if (!access_ok(to, n)) return n;
  return copy_user_generic(u64(to), u64(from), n);
}

/** Bytes that could not be copied: 0 is success; the rest of `to` is cleared. */
export function copy_from_user(to: ptr, from: ptr, n: u64): u64 {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  let left = n;
  if (access_ok(from, n)) left = copy_user_generic(u64(to), u64(from), n);
  if (left !== 0) memset(at<ptr>(u64(to) + (n - left)), 0, left);
  return left;
}

/** For dumps: no clearing, 0 or -EFAULT. */
export function copy_from_user_nofault(to: ptr, from: ptr, n: u64): s64 {
  if (!access_ok(from, n)) return -EFAULT;
  // A page that is not there stays so: the dump may come from where nobody sleeps.
  preempt_count_add(1);
  const left = copy_user_generic(u64(to), u64(from), n);
  preempt_count_sub(1);
  return left === 0 ? 0 : -EFAULT;
}

export function clear_user(to: ptr, n: u64): u64 {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  if (!access_ok(to, n)) return n;
  return clear_user_generic(u64(to), n);
}

/** Length of the copied string without NUL; `count` if it did not fit; -EFAULT. */
export function strncpy_from_user(to: u8[], from: ptr, count: s64): s64 {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  if (u64(from) >= TASK_SIZE) return -EFAULT;
  const room = TASK_SIZE - u64(from);
  const n = u64(count) < room ? u64(count) : room;
  const len = strncpy_user_generic(u64(to), u64(from), n);
  // The user range ended before the string did.
  if (len === s64(n) && n < u64(count)) return -EFAULT;
  return len;
}

export function strnlen_user(from: ptr, count: s64): s64 {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  if (u64(from) >= TASK_SIZE) return 0;
  return strnlen_user_generic(u64(from), u64(count));
}

export function get_user_u8(to: u8[], from: ptr): int {
  return copy_from_user(to, from, 1) === 0 ? 0 : -EFAULT;
}

export function get_user_u32(to: u32[], from: ptr): int {
  return copy_from_user(to, from, 4) === 0 ? 0 : -EFAULT;
}

export function get_user_u64(to: u64[], from: ptr): int {
  return copy_from_user(to, from, 8) === 0 ? 0 : -EFAULT;
}

export function put_user_u8(value: u8, to: ptr): int {
  let v = value;
  return copy_to_user(to, addr(v), 1) === 0 ? 0 : -EFAULT;
}

export function put_user_u16(value: u16, to: ptr): int {
  let v = value;
  return copy_to_user(to, addr(v), 2) === 0 ? 0 : -EFAULT;
}

export function put_user_u32(value: u32, to: ptr): int {
  let v = value;
  return copy_to_user(to, addr(v), 4) === 0 ? 0 : -EFAULT;
}

export function put_user_u64(value: u64, to: ptr): int {
  let v = value;
  return copy_to_user(to, addr(v), 8) === 0 ? 0 : -EFAULT;
}
EXPORT_SYMBOL(copy_to_user);
EXPORT_SYMBOL(copy_from_user);
EXPORT_SYMBOL(clear_user);
EXPORT_SYMBOL(strncpy_from_user);
EXPORT_SYMBOL(strnlen_user);
EXPORT_SYMBOL(get_user_u8);
EXPORT_SYMBOL(get_user_u32);
EXPORT_SYMBOL(get_user_u64);
EXPORT_SYMBOL(put_user_u8);
EXPORT_SYMBOL(put_user_u16);
EXPORT_SYMBOL(put_user_u32);
EXPORT_SYMBOL(put_user_u64);
