// Intrinsics that a user program may execute: atomics, bit operations, string instructions, volatile access.

interface counter extends struct<"counter"> {
  a?: u8;
  b?: u16;
  c?: u32;
  d?: u64;
  e?: int;
}
export function atomics(p: counter, out: u64[]): int {
  out[0] = u64(xchg(addr(p.c), u32(7)));
  out[1] = cmpxchg(addr(p.d), u64(5), u64(99));
  out[2] = cmpxchg(addr(p.d), u64(5), u64(100));
  out[3] = u64(fetch_add(addr(p.a), u8(3)));
  out[4] = u64(fetch_add(addr(p.e), int(-10)));
  lock_or(addr(p.b), u16(0x8001));
  lock_and(addr(p.b), u16(0xf00f));
  lock_inc(addr(p.c));
  out[5] = lock_dec_and_test(addr(p.c)) ? 1 : 0;
  p.e = 1;
  out[6] = lock_dec_and_test(addr(p.e)) ? 1 : 0;
  return 7;
}
export function bits(map: u64[], out: u64[]): int {
  out[0] = test_and_set_bit(70, map) ? 1 : 0;
  out[1] = test_and_set_bit(70, map) ? 1 : 0;
  out[2] = test_and_clear_bit(70, map) ? 1 : 0;
  out[3] = test_and_clear_bit(3, map) ? 1 : 0;
  out[4] = u64(ctz64(0x100)) + u64(fls64_nonzero(0x8000000000000001)) * 100 + u64(popcount64(0xff00ff)) * 10000;
  out[5] = u64(bswap32(0x11223344));
  out[6] = bswap64(0x1122334455667788);
  return 7;
}
export function strings(to: u8[], from: u8[], n: u64): void {
  rep_movsb(to, from, n);
  rep_stosb(add(to, 3), 0x2a, 2);
}
export function once(p: counter): u64 {
  const x = READ_ONCE(p.c);
  WRITE_ONCE(p.c, x + 1);
  barrier();
  return u64(READ_ONCE(p.c)) + u64(READ_ONCE(p.a));
}
export function spin(n: u64): u64 {
  // More values than registers across a call: spills.
  const a = n + 1;
  const b = n * 3;
  const c = n ^ 0xff;
  const d = n << 3;
  const e = n - 9;
  const f = n | 0x100;
  const g = n / 3;
  const h = n % 7;
  const i = n & 0xf0;
  const j = ~n;
  const m = once(at<counter>(0x1000 > n ? u64(addr(scratch)) : u64(addr(scratch))));
  return a + b * c + d * e + f * g + h * i + j * m + a * j + b * h + c * g + d * i + e * f;
}
export let scratch: embed<counter>;
