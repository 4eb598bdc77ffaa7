// Copies of strings and user data in fresh memory.

import { ERR_PTR } from "linux/err";
import { EFAULT, EINVAL, ENOMEM } from "linux/errno";
import { __GFP_ZERO } from "linux/gfp";
import { copy_from_user, strnlen_user } from "../arch/x86/lib/usercopy";
import { memcpy, strlen, strnlen } from "../lib/string";
import { __kmalloc_track_caller, kfree } from "./slab";
import { is_vmalloc_addr, vfree, vmalloc, vzalloc } from "./vmalloc";

export function kstrdup(s: cstr, gfp: u32): u8[] {
  return s === null ? null : duplicate(s, strlen(s), gfp, return_address());
}

export function kstrndup(s: cstr, max: u64, gfp: u32): u8[] {
  return s === null ? null : duplicate(s, strnlen(s, max), gfp, return_address());
}

export function kmemdup(from: ptr, n: u64, gfp: u32): ptr {
  const p = __kmalloc_track_caller(n, gfp, return_address());
  if (p !== null) memcpy(p, from, n);
  return p;
}

export function kmemdup_nul(from: cstr, n: u64, gfp: u32): u8[] {
  return duplicate(from, n, gfp, return_address());
}

function duplicate(from: cstr, n: u64, gfp: u32, caller: u64): u8[] {
  const p = __kmalloc_track_caller(n + 1, gfp, caller) as u8[];
  if (p === null) return null;
  memcpy(p, from, n);
  p[n] = 0;
  return p;
}

/** An ERR_PTR on failure. */
export function memdup_user(from: ptr, n: u64): ptr {
  const p = __kmalloc_track_caller(n, 0, return_address());
  if (p === null) return ERR_PTR(-ENOMEM);
  if (copy_from_user(p, from, n) !== 0) {
    kfree(p);
    return ERR_PTR(-EFAULT);
  }
  return p;
}

export function memdup_user_nul(from: ptr, n: u64): ptr {
  const p = __kmalloc_track_caller(n + 1, 0, return_address()) as u8[];
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
  return size <= 32768 ? __kmalloc_track_caller(size, gfp, return_address()) : vmalloc(size);
}

export function kvzalloc(size: u64, gfp: u32): ptr {
  return size <= 32768 ? __kmalloc_track_caller(size, gfp | __GFP_ZERO, return_address()) : vzalloc(size);
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
