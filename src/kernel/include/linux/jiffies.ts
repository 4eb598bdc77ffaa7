// The tick counter: HZ per second, starting five minutes before it would wrap at 32 bits, as Linux does.

export const HZ = 250;
export const NSEC_PER_JIFFY = 4000000;
export const MAX_JIFFY_OFFSET = 0x3ffffffffffffffe;
export const INITIAL_JIFFIES = 0xfffedb08; // (u32)(-300 * HZ)

/** jiffies is a variable of the time keeper; it is brought up to date by the tick and when an idle CPU wakes. */
export { jiffies } from "../../kernel/time/timer";

export function msecs_to_jiffies(m: u32): u64 {
  return (u64(m) * HZ + 999) / 1000;
}
inline(msecs_to_jiffies);

export function jiffies_to_msecs(j: u64): u32 {
  return u32(j * (1000 / HZ));
}
inline(jiffies_to_msecs);

export function nsecs_to_jiffies(n: u64): u64 {
  return n / NSEC_PER_JIFFY;
}
inline(nsecs_to_jiffies);

export function time_after(a: u64, b: u64): bool {
  return s64(b - a) < 0;
}
inline(time_after);

export function time_before(a: u64, b: u64): bool {
  return s64(a - b) < 0;
}
inline(time_before);

export function time_after_eq(a: u64, b: u64): bool {
  return s64(a - b) >= 0;
}
inline(time_after_eq);

export function time_before_eq(a: u64, b: u64): bool {
  return s64(b - a) >= 0;
}
inline(time_before_eq);

export { round_jiffies, round_jiffies_relative } from "../../kernel/time/timer";
