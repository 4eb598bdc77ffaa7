// Error numbers carried in pointers: the last page of the address space holds no object.

export const MAX_ERRNO = 4095;

export function ERR_PTR(error: s64): ptr {
  return at<ptr>(error);
}
inline(ERR_PTR);

export function PTR_ERR(p: ptr): s64 {
  return s64(p);
}
inline(PTR_ERR);

export function IS_ERR(p: ptr): bool {
  return u64(p) >= 0xfffffffffffff001;
}
inline(IS_ERR);

export function IS_ERR_OR_NULL(p: ptr): bool {
  return p === null || IS_ERR(p);
}
inline(IS_ERR_OR_NULL);

export function PTR_ERR_OR_ZERO(p: ptr): int {
  return IS_ERR(p) ? int(PTR_ERR(p)) : 0;
}
inline(PTR_ERR_OR_ZERO);
