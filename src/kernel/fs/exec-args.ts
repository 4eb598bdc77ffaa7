// The strings of an exec, arguments and environment, gathered in kernel memory.

import { type linux_binprm, MAX_ARG_BYTES } from "linux/binfmts";
import { E2BIG, EFAULT, ENOMEM } from "linux/errno";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { memcpy, strlen } from "linux/string";
import { get_user_u64, strncpy_from_user } from "linux/uaccess";

/** Room for `more` bytes behind the strings. */
function grow_strings(bprm: linux_binprm, more: u64): int {
  const need: u64 = bprm.strings_len + more;
  if (need > MAX_ARG_BYTES) return -E2BIG;
  if (need <= bprm.strings_size) return 0;
  let size: u64 = bprm.strings_size === 0 ? 1024 : bprm.strings_size;
  while (size < need) size *= 2;
  const fresh = kmalloc(size, GFP_KERNEL) as u8[];
  if (fresh === null) return -ENOMEM;
  if (bprm.strings_len !== 0) memcpy(fresh, bprm.strings, bprm.strings_len);
  kfree(bprm.strings);
  bprm.strings = fresh;
  bprm.strings_size = size;
  return 0;
}

/** One string of the user's behind the others. */
function copy_user_string(bprm: linux_binprm, user: u64): int {
  let room: u64 = 256;
  for (;;) {
    const err = grow_strings(bprm, room);
    if (err !== 0) return err;
    const n = strncpy_from_user(add(bprm.strings, bprm.strings_len), at<ptr>(user), s64(room));
    if (n < 0) return -EFAULT;
    if (u64(n) < room) {
      bprm.strings_len += u64(n) + 1;
      return 0;
    }
    room *= 4;
    if (room > MAX_ARG_BYTES) return -E2BIG;
  }
}

/** A null-terminated user array of strings; how many, or an error. A null array counts as empty. */
export function copy_user_strings(bprm: linux_binprm, array: u64): int {
  let n: int = 0;
  if (array === 0) return 0;
  for (;;) {
    let p: u64 = 0;
    if (get_user_u64(addr(p), at<ptr>(array + u64(n) * 8)) !== 0) return -EFAULT;
    if (p === 0) return n;
    const err = copy_user_string(bprm, p);
    if (err !== 0) return err;
    n += 1;
  }
}

export function copy_kernel_strings(bprm: linux_binprm, array: ref<u8[]>[]): int {
  let n: int = 0;
  for (; array !== null && array[n] !== null; n++) {
    const len: u64 = strlen(array[n]) + 1;
    const err = grow_strings(bprm, len);
    if (err !== 0) return err;
    memcpy(add(bprm.strings, bprm.strings_len), array[n], len);
    bprm.strings_len += len;
  }
  return n;
}

/** Puts a string in front of all others (for script interpreters). */
export function bprm_prepend(bprm: linux_binprm, s: cstr): int {
  const len: u64 = strlen(s) + 1;
  const err = grow_strings(bprm, len);
  if (err !== 0) return err;
  for (let i: u64 = bprm.strings_len; i !== 0; i--) bprm.strings[i - 1 + len] = bprm.strings[i - 1];
  memcpy(bprm.strings, s as ptr, len);
  bprm.strings_len += len;
  bprm.env_start += len;
  bprm.argc += 1;
  return 0;
}

/** Drops argv[0]. */
export function remove_arg_zero(bprm: linux_binprm): void {
  if (bprm.argc === 0) return;
  const len: u64 = strlen(bprm.strings) + 1;
  for (let i: u64 = len; i < bprm.strings_len; i++) bprm.strings[i - len] = bprm.strings[i];
  bprm.strings_len -= len;
  bprm.env_start -= len;
  bprm.argc -= 1;
}
