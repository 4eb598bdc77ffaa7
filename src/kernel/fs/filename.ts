// Path strings of system calls, copied from the caller.

import { ERR_PTR, IS_ERR } from "linux/err";
import { ENAMETOOLONG, ENOENT, ENOMEM } from "linux/errno";
import { type filename, PATH_MAX } from "linux/fs";
import { LOOKUP_EMPTY } from "linux/namei";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { memcpy, strlen } from "linux/string";
import { strncpy_from_user } from "linux/uaccess";

const SHORT_NAME = 240;

/** The string of a system call's path argument; errors as ERR_PTR. */
export function getname_flags(user: u64, flags: u32): filename {
  let result = kmalloc(sizeof<filename>() + SHORT_NAME, GFP_KERNEL) as filename;
  if (result === null) return ERR_PTR(-ENOMEM) as filename;
  let name = at<u8[]>(u64(result) + sizeof<filename>());
  let len = strncpy_from_user(name, at<u8[]>(user), SHORT_NAME);
  if (len === SHORT_NAME) {
    kfree(result);
    result = kmalloc(sizeof<filename>() + PATH_MAX, GFP_KERNEL) as filename;
    if (result === null) return ERR_PTR(-ENOMEM) as filename;
    name = at<u8[]>(u64(result) + sizeof<filename>());
    len = strncpy_from_user(name, at<u8[]>(user), PATH_MAX);
    if (len === PATH_MAX) len = -ENAMETOOLONG;
  }
  if (len === 0 && (flags & LOOKUP_EMPTY) === 0) len = -ENOENT;
  if (len < 0) {
    kfree(result);
    return ERR_PTR(len) as filename;
  }
  result.name = name;
  return result;
}

export function getname(user: u64): filename {
  return getname_flags(user, 0);
}

export function getname_kernel(text: cstr): filename {
  const len = strlen(text);
  if (len >= PATH_MAX) return ERR_PTR(-ENAMETOOLONG) as filename;
  const result = kmalloc(sizeof<filename>() + len + 1, GFP_KERNEL) as filename;
  if (result === null) return ERR_PTR(-ENOMEM) as filename;
  result.name = at<u8[]>(u64(result) + sizeof<filename>());
  memcpy(result.name, text, len + 1);
  return result;
}

export function putname(name: filename): void {
  if (!IS_ERR(name)) kfree(name);
}
