// struct file: allocation, references, the last close.

import { d_alloc_pseudo, type dentry_operations } from "linux/dcache";
import { ERR_PTR } from "linux/err";
import { ENOMEM, ETXTBSY } from "linux/errno";
import { O_ACCMODE } from "linux/fcntl";
import { locks_remove_file } from "linux/filelock";
import {
  FMODE_CAN_READ,
  FMODE_CAN_WRITE,
  FMODE_READ,
  FMODE_WRITE,
  FMODE_WRITER,
  type file,
  type file_operations,
  type inode,
} from "linux/fs";
import { mntget, type vfsmount } from "linux/mount";
import { mutex_init } from "linux/mutex";
import { path_get, path_put } from "linux/path";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { S_ISCHR } from "linux/stat";
import { chrdev_release } from "./char_dev";

export function alloc_empty_file(flags: int): file {
  const f = kzalloc(sizeof<file>(), GFP_KERNEL) as file;
  if (f === null) return null;
  f.f_count = 1;
  f.f_flags = u32(flags);
  f.f_mode = u32((flags + 1) & O_ACCMODE);
  mutex_init(f.f_pos_lock);
  return f;
}

/** What the operations allow, from what they have. */
export function file_set_can(f: file): void {
  const op = f.f_op;
  if (op === null) return;
  if ((f.f_mode & FMODE_READ) !== 0 && (op.read !== null || op.read_iter !== null)) f.f_mode |= FMODE_CAN_READ;
  if ((f.f_mode & FMODE_WRITE) !== 0 && (op.write !== null || op.write_iter !== null)) f.f_mode |= FMODE_CAN_WRITE;
}

/** A file without a name in the tree (pipes). Takes over the inode's reference on success. */
export function alloc_file_pseudo(
  inode: inode,
  mnt: vfsmount,
  name: cstr,
  flags: int,
  fops: file_operations,
  dops: dentry_operations,
): file {
  const f = alloc_empty_file(flags);
  if (f === null) return ERR_PTR(-ENOMEM) as file;
  const d = d_alloc_pseudo(inode.i_sb, name, dops);
  if (d === null) {
    kfree(f);
    return ERR_PTR(-ENOMEM) as file;
  }
  d.d_inode = inode;
  f.f_path.dentry = d;
  f.f_path.mnt = mntget(mnt);
  f.f_inode = inode;
  f.f_op = fops;
  file_set_can(f);
  return f;
}

/** A second file on the same place (the other end of a pipe). */
export function alloc_file_clone(base: file, flags: int, fops: file_operations): file {
  const f = alloc_empty_file(flags);
  if (f === null) return ERR_PTR(-ENOMEM) as file;
  copy(f.f_path, base.f_path);
  path_get(f.f_path);
  f.f_inode = base.f_inode;
  f.f_op = fops;
  file_set_can(f);
  return f;
}

export function get_file(f: file): file {
  fetch_add(addr(f.f_count), 1);
  return f;
}

/** One more writer; not while the file is being run. */
export function get_write_access(inode: inode): int {
  for (;;) {
    const n = READ_ONCE(inode.i_writecount);
    if (n < 0) return -ETXTBSY;
    if (cmpxchg(addr(inode.i_writecount), n, int(n + 1)) === n) return 0;
  }
}

export function put_write_access(inode: inode): void {
  fetch_add(addr(inode.i_writecount), -1);
}

/** The file is run from now on; not while somebody writes to it. */
export function deny_write_access(f: file): int {
  for (;;) {
    const n = READ_ONCE(f.f_inode.i_writecount);
    if (n > 0) return -ETXTBSY;
    if (cmpxchg(addr(f.f_inode.i_writecount), n, int(n - 1)) === n) return 0;
  }
}

export function allow_write_access(f: file): void {
  fetch_add(addr(f.f_inode.i_writecount), 1);
}

function __fput(f: file): void {
  const inode = f.f_inode;
  if (inode !== null) locks_remove_file(f);
  if ((f.f_mode & FMODE_WRITER) !== 0) put_write_access(inode);
  if (f.f_op !== null && f.f_op.release !== null) f.f_op.release(inode, f);
  if (inode !== null && S_ISCHR(inode.i_mode)) chrdev_release(f);
  path_put(f.f_path);
  kfree(f);
}

export function fput(f: file): void {
  if (fetch_add(addr(f.f_count), -1) === 1) __fput(f);
}

/** A file that never got open: no release. */
export function put_empty_file(f: file): void {
  path_put(f.f_path);
  kfree(f);
}
