// Small arithmetic helpers and the declarations that everything wants: min/max, number parsing, sprintf, panic.

export * from "linux/panic";
export { __kernel_text_address, core_kernel_text, func_ptr_is_kernel_text, kernel_text_address } from "../../kernel/extable";
export { add_taint, get_taint, panic, print_tainted, test_taint } from "../../kernel/panic";
export {
  kstrtobool,
  kstrtoint,
  kstrtol,
  kstrtoll,
  kstrtos16,
  kstrtou8,
  kstrtou16,
  kstrtouint,
  kstrtoul,
  kstrtoull,
  simple_strtol,
  simple_strtoul,
  simple_strtoull,
} from "../../lib/kstrtox";
export { sscanf, vsscanf } from "../../lib/sscanf";
export { kasprintf, kvasprintf, scnprintf, snprintf, sprintf, vscnprintf, vsnprintf } from "../../lib/vsprintf";

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
