// Small arithmetic helpers and the declarations that everything wants: min/max, number parsing, sprintf, panic.

export { snprintf, scnprintf, sprintf, vsnprintf, vscnprintf, kasprintf, kvasprintf } from "../../lib/vsprintf";
export { sscanf, vsscanf } from "../../lib/sscanf";
export { simple_strtoul, simple_strtol, simple_strtoull, kstrtoull, kstrtoll, kstrtoul, kstrtol, kstrtouint, kstrtoint, kstrtou8, kstrtou16, kstrtos16, kstrtobool } from "../../lib/kstrtox";
export { panic, add_taint, test_taint, get_taint, print_tainted } from "../../kernel/panic";
export { core_kernel_text, __kernel_text_address, kernel_text_address, func_ptr_is_kernel_text } from "../../kernel/extable";
export * from "linux/panic";

export const INT_MAX = 0x7fffffff;
export const UINT_MAX = 0xffffffff;
export const LONG_MAX = 0x7fffffffffffffff;
export const ULONG_MAX = 0xffffffffffffffff;

export function min(a: s64, b: s64): s64 {
  return a < b ? a : b;
}
inline(min);

export function max(a: s64, b: s64): s64 {
  return a > b ? a : b;
}
inline(max);

export function min_u(a: u64, b: u64): u64 {
  return a < b ? a : b;
}
inline(min_u);

export function max_u(a: u64, b: u64): u64 {
  return a > b ? a : b;
}
inline(max_u);

/** Next multiple of a power of two. */
export function ALIGN(x: u64, a: u64): u64 {
  return (x + (a - u64(1))) & ~(a - u64(1));
}
inline(ALIGN);

export function ALIGN_DOWN(x: u64, a: u64): u64 {
  return x & ~(a - u64(1));
}
inline(ALIGN_DOWN);

export function DIV_ROUND_UP(n: u64, d: u64): u64 {
  return (n + d - u64(1)) / d;
}
inline(DIV_ROUND_UP);

export function is_power_of_2(n: u64): bool {
  return n !== 0 && (n & (n - u64(1))) === 0;
}
inline(is_power_of_2);
