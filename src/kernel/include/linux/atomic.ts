// Atomic counters. Read-modify-write operations are lock-prefixed; atomic_read and atomic_set are plain accesses.

import type { atomic_t, atomic64_t } from "linux/types";

export type { atomic_t, atomic64_t } from "linux/types";

export function atomic_read(v: atomic_t): int {
  return READ_ONCE(v.counter);
}
inline(atomic_read);

export function atomic_set(v: atomic_t, i: int): void {
  WRITE_ONCE(v.counter, i);
}
inline(atomic_set);

export function atomic_inc(v: atomic_t): void {
  lock_inc(addr(v.counter));
}
inline(atomic_inc);

export function atomic_dec(v: atomic_t): void {
  fetch_add(addr(v.counter), -1);
}
inline(atomic_dec);

export function atomic_add(i: int, v: atomic_t): void {
  fetch_add(addr(v.counter), i);
}
inline(atomic_add);

export function atomic_sub(i: int, v: atomic_t): void {
  fetch_add(addr(v.counter), int(-i));
}
inline(atomic_sub);

export function atomic_inc_return(v: atomic_t): int {
  return int(fetch_add(addr(v.counter), 1) + 1);
}
inline(atomic_inc_return);

export function atomic_dec_return(v: atomic_t): int {
  return int(fetch_add(addr(v.counter), -1) - 1);
}
inline(atomic_dec_return);

export function atomic_add_return(i: int, v: atomic_t): int {
  return int(fetch_add(addr(v.counter), i) + i);
}
inline(atomic_add_return);

export function atomic_dec_and_test(v: atomic_t): bool {
  return lock_dec_and_test(addr(v.counter));
}
inline(atomic_dec_and_test);

export function atomic_cmpxchg(v: atomic_t, old: int, value: int): int {
  return cmpxchg(addr(v.counter), old, value);
}
inline(atomic_cmpxchg);

export function atomic_xchg(v: atomic_t, value: int): int {
  return xchg(addr(v.counter), value);
}
inline(atomic_xchg);

/** Adds one unless the counter is zero; false then. */
export function atomic_inc_not_zero(v: atomic_t): bool {
  for (;;) {
    const c = READ_ONCE(v.counter);
    if (c === 0) return false;
    if (cmpxchg(addr(v.counter), c, int(c + 1)) === c) return true;
  }
}
inline(atomic_inc_not_zero);

/** Adds a unless the counter is u; false then. */
export function atomic_add_unless(v: atomic_t, a: int, u: int): bool {
  for (;;) {
    const c = READ_ONCE(v.counter);
    if (c === u) return false;
    if (cmpxchg(addr(v.counter), c, int(c + a)) === c) return true;
  }
}
inline(atomic_add_unless);

/** Subtracts one unless the result would be negative; returns the result it had or would have had. */
export function atomic_dec_if_positive(v: atomic_t): int {
  for (;;) {
    const c = READ_ONCE(v.counter);
    const d = int(c - 1);
    if (d < 0) return d;
    if (cmpxchg(addr(v.counter), c, d) === c) return d;
  }
}
inline(atomic_dec_if_positive);

export function atomic64_read(v: atomic64_t): s64 {
  return READ_ONCE(v.counter);
}
inline(atomic64_read);

export function atomic64_set(v: atomic64_t, i: s64): void {
  WRITE_ONCE(v.counter, i);
}
inline(atomic64_set);

export function atomic64_inc(v: atomic64_t): void {
  lock_inc(addr(v.counter));
}
inline(atomic64_inc);

export function atomic64_add(i: s64, v: atomic64_t): void {
  fetch_add(addr(v.counter), i);
}
inline(atomic64_add);

export function atomic64_inc_return(v: atomic64_t): s64 {
  return s64(fetch_add(addr(v.counter), s64(1)) + s64(1));
}
inline(atomic64_inc_return);
