// Reference counts.

import { atomic_dec_and_test, atomic_inc, atomic_inc_not_zero, atomic_read, atomic_set } from "linux/atomic";
import type { atomic_t } from "linux/types";

export interface refcount_t extends struct<"refcount_t"> {
  refs?: embed<atomic_t>;
}

export function refcount_set(r: refcount_t, n: int): void {
  atomic_set(r.refs, n);
}
inline(refcount_set);

export function refcount_read(r: refcount_t): int {
  return atomic_read(r.refs);
}
inline(refcount_read);

export function refcount_inc(r: refcount_t): void {
  atomic_inc(r.refs);
}
inline(refcount_inc);

export function refcount_inc_not_zero(r: refcount_t): bool {
  return atomic_inc_not_zero(r.refs);
}
inline(refcount_inc_not_zero);

export function refcount_dec_and_test(r: refcount_t): bool {
  return atomic_dec_and_test(r.refs);
}
inline(refcount_dec_and_test);
