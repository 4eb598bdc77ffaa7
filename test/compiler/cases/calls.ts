// The calling convention both ways: narrow and many arguments, results, function pointers, variadic functions, inline functions.

export declare function c_sum(a: u8, b: s8, c: u16, d: s16, e: int, f: u64, g: u8, h: s16, i: bool, j: s64): s64;
export declare function c_narrow(x: int): u8;
export declare function c_signed(x: int): s16;
export declare function c_bool(x: int): bool;
export declare function c_format(out: u8[], fmt: cstr, ...args: va_list): int;
export declare function c_vformat(out: u8[], fmt: cstr, args: va_list): int;

export function k_sum(a: u8, b: s8, c: u16, d: s16, e: int, f: u64, g: u8, h: s16, i: bool, j: s64): s64 {
  return a + b * 3 + c * 5 + d * 7 + s64(e) * 11 + s64(f) * 13 + g * 17 + h * 19 + (i ? 23 : 29) + j * 31;
}
export function k_narrow(x: int): u8 {
  return u8(x);
}
export function k_signed(x: int): s16 {
  return s16(x);
}
export function k_bool(x: int): bool {
  return (x & 2) !== 0;
}
export function forward(n: int): s64 {
  return c_sum(u8(n), s8(n), u16(n), s16(n), n, u64(n), u8(n + 1), s16(n * 3), n > 0, s64(n)) + k_sum(u8(n), s8(n), u16(n), s16(n), n, u64(n), u8(n + 1), s16(n * 3), n > 0, s64(n));
}
export function results(n: int): s64 {
  return c_narrow(n) * 1000 + c_signed(n) + (c_bool(n) ? 1 : 0);
}
export function apply(f: (a: int, b: int) => int, a: int, b: int): int {
  return f(f(a, b), b) + (f === null ? 1 : 0);
}
function subtract(a: int, b: int): int {
  return a - b;
}
export function own(a: int, b: int): int {
  const table: array<(a: int, b: int) => int, 2> = [subtract, (x: int, y: int): int => x * y];
  let sum = 0;
  for (let i = 0; i < 2; i++) sum += apply(table[i], a, b) * (i + 1);
  return sum;
}
export function variadic(n: int, ...args: va_list): s64 {
  let sum: s64 = 0;
  for (let i = 0; i < n; i++) {
    switch (i & 3) {
      case 0:
        sum += va_arg<int>(args);
        break;
      case 1:
        sum += s64(va_arg<u64>(args)) * 2;
        break;
      case 2:
        sum += va_arg<cstr>(args)[0];
        break;
      default:
        sum += va_arg<u8>(args);
    }
  }
  return sum;
}
export function format(out: u8[], n: int): int {
  return c_format(out, "%d %s %lx %c %d %d %d %d", n, "text", u64(0xffffffff81000000), u8(65), s8(-7), s16(n), true, u16(65535));
}
export function wrap(out: u8[], fmt: cstr, ...args: va_list): int {
  return c_vformat(out, fmt, args) + 1000;
}
export function many(n: int): s64 {
  return variadic(9, n, u64(n), "A", u8(n), n + 1, u64(n + 1), "B", u8(n + 1), n + 2);
}
function clamp(x: int, low: int, high: int): int {
  if (x < low) return low;
  if (x > high) return high;
  return x;
}
inline(clamp);
function square(x: int): int {
  return x * x;
}
inline(square);
function swap_bytes(p: u8[]): void {
  const t = p[0];
  p[0] = p[1];
  p[1] = t;
}
inline(swap_bytes);
function next(p: int[]): int {
  p[0]++;
  return p[0];
}
export function inlined(x: int): int {
  let i: int = x;
  const pair: array<u8, 2> = [1, 2];
  swap_bytes(pair);
  const sum = square(clamp(i++, -5, 50)) + square(clamp(i, 0, 3) + i) + clamp(1, 2, 3) * square(next(addr(i)));
  return sum + i + pair[0] * 1000;
}
export function recursive(n: u64): u64 {
  return n < 2 ? n : recursive(n - 1) + recursive(n - 2);
}
