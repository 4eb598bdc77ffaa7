// /proc/sys: ctl_tables as files. Root obeys the mode bits here too.

import { current_egid, current_euid } from "linux/cred";
import type { dentry } from "linux/dcache";
import { EACCES, EFAULT, EINVAL, ENOMEM, EPERM } from "linux/errno";
import {
  ATTR_GID,
  ATTR_MODE,
  ATTR_UID,
  type file,
  generic_fillattr,
  type iattr,
  type inode,
  type inode_operations,
  type kiocb,
  MAY_EXEC,
  MAY_READ,
  MAY_WRITE,
  setattr_copy,
  setattr_prepare,
} from "linux/fs";
import type { path } from "linux/path";
import { type proc_dir_entry, proc_mkdir, type proc_ops, proc_remove } from "linux/proc_fs";
import { GFP_KERNEL, kfree, kvfree, kvzalloc, kzalloc } from "linux/slab";
import { type kstat, S_IFDIR, S_IFREG } from "linux/stat";
import { strlen } from "linux/string";
import type { ctl_table, ctl_table_header } from "linux/sysctl";
import { copy_from_user } from "linux/uaccess";
import { copy_to_iter, type iov_iter, iov_iter_count } from "linux/uio";
import { sysctl_init } from "../../kernel/sysctl";
import { generic_file_llseek } from "../read_write";
import { proc_create_special, proc_find } from "./generic";

/** Longest value that one read or write handles. */
const MAX_VALUE = 65536;

let sys_root: proc_dir_entry = null;

function table_of(inode: inode): ctl_table {
  return (inode.i_private as proc_dir_entry).data as ctl_table;
}

function proc_sys_permission(inode: inode, mask: int): int {
  const op = mask & (MAY_READ | MAY_WRITE | MAY_EXEC);
  let mode = int(inode.i_mode);
  if (current_euid() === 0) mode >>= 6;
  else if (current_egid() === 0) mode >>= 3;
  return (op & ~mode & 7) === 0 ? 0 : -EACCES;
}

function proc_sys_setattr(dentry: dentry, attr: iattr): int {
  if ((attr.ia_valid & (ATTR_MODE | ATTR_UID | ATTR_GID)) !== 0) return -EPERM;
  const err = setattr_prepare(dentry, attr);
  if (err === 0) setattr_copy(dentry.d_inode, attr);
  return err;
}

function proc_sys_getattr(path: path, stat: kstat): int {
  generic_fillattr(path.dentry.d_inode, stat);
  return 0;
}

function proc_sys_read(iocb: kiocb, iter: iov_iter): s64 {
  const table = table_of(iocb.ki_filp.f_inode);
  let count = iov_iter_count(iter);
  if (table.proc_handler === null) return -EINVAL;
  if (count > MAX_VALUE) count = MAX_VALUE;
  const buf = kvzalloc(count + 1, GFP_KERNEL) as u8[];
  if (buf === null) return -ENOMEM;
  const err = table.proc_handler(table, 0, buf, addr(count), addr(iocb.ki_pos));
  let ret: s64 = s64(err);
  if (err === 0) ret = copy_to_iter(buf, count, iter) < count ? -EFAULT : s64(count);
  kvfree(buf);
  return ret;
}

function proc_sys_write(f: file, user: u8[], len: u64, pos: s64[]): s64 {
  const table = table_of(f.f_inode);
  let count = len;
  if (table.proc_handler === null) return -EINVAL;
  if (count > MAX_VALUE) return -ENOMEM;
  const buf = kvzalloc(count + 1, GFP_KERNEL) as u8[];
  if (buf === null) return -ENOMEM;
  let ret: s64 = -EFAULT;
  if (copy_from_user(buf, user, count) === 0) {
    buf[count] = 0;
    const err = table.proc_handler(table, 1, buf, addr(count), pos);
    ret = err === 0 ? s64(count) : s64(err);
  }
  kvfree(buf);
  return ret;
}

const proc_sys_ops: proc_ops = { proc_read_iter: proc_sys_read, proc_write: proc_sys_write, proc_lseek: generic_file_llseek };
const proc_sys_inode_operations: inode_operations = {
  permission: proc_sys_permission,
  setattr: proc_sys_setattr,
  getattr: proc_sys_getattr,
};

/** The directory "kernel/x" below /proc/sys, made as far as it is missing. */
function sys_dir(path: u8[]): proc_dir_entry {
  let dir = sys_root;
  while (path[0] !== 0) {
    let len: u32 = 0;
    while (path[len] !== 0 && path[len] !== 47) len++;
    let next = proc_find(dir, path, len);
    if (next === null) {
      const name = kzalloc(u64(len) + 1, GFP_KERNEL) as u8[];
      if (name === null) return null;
      for (let i: u32 = 0; i < len; i++) name[i] = path[i];
      next = proc_mkdir(name, dir);
      kfree(name);
      if (next === null) return null;
    }
    dir = next;
    path = add(path, len);
    if (path[0] === 47) path = add(path, 1);
  }
  return dir;
}

function add_entries(dir: proc_dir_entry, table: ctl_table[]): int {
  for (let i = 0; table[i].procname !== null; i++) {
    const t = table[i];
    if (t.child !== null) {
      let sub = proc_find(dir, t.procname as u8[], u32(strlen(t.procname)));
      if (sub === null) sub = proc_create_special(t.procname, S_IFDIR | 0o555, dir, null, null, null);
      if (sub === null) return -ENOMEM;
      const err = add_entries(sub, t.child);
      if (err !== 0) return err;
      continue;
    }
    const e = proc_create_special(t.procname, S_IFREG | u32(t.mode), dir, proc_sys_inode_operations, null, t);
    if (e === null) return -ENOMEM;
    e.proc_ops = proc_sys_ops;
  }
  return 0;
}

function remove_entries(dir: proc_dir_entry, table: ctl_table[]): void {
  for (let i = 0; table[i].procname !== null; i++) {
    const e = proc_find(dir, table[i].procname as u8[], u32(strlen(table[i].procname)));
    if (e === null) continue;
    if (table[i].child !== null) remove_entries(e, table[i].child);
    else proc_remove(e);
  }
}

/** Puts a table (ending in an entry without a name) under /proc/sys/<path>; null on failure. */
export function register_sysctl(path: cstr, table: ctl_table[]): ctl_table_header {
  const header = kzalloc(sizeof<ctl_table_header>(), GFP_KERNEL) as ctl_table_header;
  if (header === null) return null;
  const dir = sys_dir(path as u8[]);
  if (dir === null || add_entries(dir, table) !== 0) {
    if (dir !== null) remove_entries(dir, table);
    kfree(header);
    return null;
  }
  header.entry = dir;
  header.ctl_table = table;
  header.path = path;
  return header;
}
EXPORT_SYMBOL(register_sysctl);

export function register_sysctl_table(table: ctl_table[]): ctl_table_header {
  return register_sysctl("", table);
}
EXPORT_SYMBOL(register_sysctl_table);

export function register_sysctl_init(path: cstr, table: ctl_table[]): void {
  if (register_sysctl(path, table) === null) pr_err("failed when register_sysctl %s to %s\n", "table", path);
}

export function unregister_sysctl_table(header: ctl_table_header): void {
  if (header === null) return;
  remove_entries(header.entry, header.ctl_table);
  kfree(header);
}
EXPORT_SYMBOL(unregister_sysctl_table);

export function proc_sys_init(): void {
  sys_root = proc_mkdir("sys", null);
  sysctl_init();
}
