// Copies of strings and user data in fresh memory.

import { ERR_PTR } from "linux/err";
import { EFAULT, EINVAL, ENOMEM } from "linux/errno";
import { copy_from_user, strnlen_user } from "../arch/x86/lib/usercopy";
import { memcpy, strlen, strnlen } from "../lib/string";
import { kfree, kmalloc, kzalloc } from "./slab";
import { is_vmalloc_addr, vfree, vmalloc, vzalloc } from "./vmalloc";

export function kstrdup(s: cstr, gfp: u32): u8[] {
  return s === null ? null : kmemdup_nul(s, strlen(s), gfp);
}

export function kstrndup(s: cstr, max: u64, gfp: u32): u8[] {
  return s === null ? null : kmemdup_nul(s, strnlen(s, max), gfp);
}

export function kmemdup(from: ptr, n: u64, gfp: u32): ptr {
  const p = kmalloc(n, gfp);
  if (p !== null) memcpy(p, from, n);
  return p;
}

export function kmemdup_nul(from: cstr, n: u64, gfp: u32): u8[] {
  const p = kmalloc(n + 1, gfp) as u8[];
  if (p === null) return null;
  memcpy(p, from, n);
  p[n] = 0;
  return p;
}

/** An ERR_PTR on failure. */
export function memdup_user(from: ptr, n: u64): ptr {
  const p = kmalloc(n, 0);
  if (p === null) return ERR_PTR(-ENOMEM);
  if (copy_from_user(p, from, n) !== 0) {
    kfree(p);
    return ERR_PTR(-EFAULT);
  }
  return p;
}

export function memdup_user_nul(from: ptr, n: u64): ptr {
  const p = kmalloc(n + 1, 0) as u8[];
  if (p === null) return ERR_PTR(-ENOMEM);
  if (copy_from_user(p, from, n) !== 0) {
    kfree(p);
    return ERR_PTR(-EFAULT);
  }
  p[n] = 0;
  return p;
}

/** At most n bytes with the NUL; -EINVAL if it is longer. */
export function strndup_user(from: ptr, n: s64): u8[] {
  const length = strnlen_user(from, n);
  if (length === 0) return ERR_PTR(-EFAULT) as u8[];
  if (length > n) return ERR_PTR(-EINVAL) as u8[];
  const p = memdup_user(from, u64(length)) as u8[];
  if (u64(p) < 0xfffffffffffff001) p[length - 1] = 0;
  return p;
}

/** From the heap while the size is modest, else from vmalloc. */
export function kvmalloc(size: u64, gfp: u32): ptr {
  return size <= 32768 ? kmalloc(size, gfp) : vmalloc(size);
}

export function kvzalloc(size: u64, gfp: u32): ptr {
  return size <= 32768 ? kzalloc(size, gfp) : vzalloc(size);
}

export function kvfree(p: ptr): void {
  if (is_vmalloc_addr(p)) vfree(p);
  else kfree(p);
}
EXPORT_SYMBOL(kstrdup);
EXPORT_SYMBOL(kmemdup);
EXPORT_SYMBOL(kstrndup);
EXPORT_SYMBOL(kmemdup_nul);
EXPORT_SYMBOL(memdup_user);
EXPORT_SYMBOL(memdup_user_nul);
EXPORT_SYMBOL(strndup_user);
EXPORT_SYMBOL(kvmalloc);
EXPORT_SYMBOL(kvzalloc);
EXPORT_SYMBOL(kvfree);
