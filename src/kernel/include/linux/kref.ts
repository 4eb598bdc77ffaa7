// Reference-counted objects with a release function.

import type { refcount_t } from "linux/refcount";
import { refcount_dec_and_test, refcount_inc, refcount_inc_not_zero, refcount_read, refcount_set } from "linux/refcount";

export interface kref extends struct<"kref"> {
  refcount?: embed<refcount_t>;
}

export function kref_init(k: kref): void {
  refcount_set(k.refcount, 1);
}
inline(kref_init);

export function kref_read(k: kref): int {
  return refcount_read(k.refcount);
}
inline(kref_read);

export function kref_get(k: kref): void {
  refcount_inc(k.refcount);
}
inline(kref_get);

export function kref_get_unless_zero(k: kref): bool {
  return refcount_inc_not_zero(k.refcount);
}
inline(kref_get_unless_zero);

/** 1 if the object was released. */
export function kref_put(k: kref, release: (k: kref) => void): int {
  if (refcount_dec_and_test(k.refcount)) {
    release(k);
    return 1;
  }
  return 0;
}
inline(kref_put);
