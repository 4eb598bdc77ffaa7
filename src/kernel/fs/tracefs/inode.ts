// tracefs, /sys/kernel/tracing: the files of the tracers. debugfs has a directory for a second mount of it, as it had the files once.

import type { dentry } from "linux/dcache";
import { IS_ERR } from "linux/err";
import { ENAMETOOLONG } from "linux/errno";
import {
  type file_operations,
  type file_system_type,
  type inode,
  type inode_operations,
  kill_litter_super,
  mount_single,
  register_filesystem,
  simple_lookup,
  type super_block,
} from "linux/fs";
import { kernel_kobj } from "linux/kobject";
import { kern_mount, type vfsmount } from "linux/mount";
import { strlcpy } from "linux/string";
import { sysfs_create_mount_point } from "linux/sysfs";
import { debugfs_create_dir } from "../debugfs/inode";
import {
  pseudo_create_dir,
  pseudo_create_file,
  pseudo_create_lazy_dir,
  pseudo_fill_super,
  pseudo_release_dir,
  pseudo_remove,
} from "../pseudo-tree";

const TRACEFS_MAGIC = 0x74726163;

let tracefs_mount: vfsmount = null;

function trace_fill_super(sb: super_block, _data: cstr): int {
  return pseudo_fill_super(sb, TRACEFS_MAGIC, 0o700);
}

function trace_mount(type: file_system_type, flags: int, _dev_name: cstr, data: cstr): dentry {
  return mount_single(type, flags, data, trace_fill_super);
}

const trace_fs_type: file_system_type = { name: "tracefs", mount: trace_mount, kill_sb: kill_litter_super };

function parent_or_root(parent: dentry): dentry {
  return parent !== null ? parent : tracefs_mount.mnt_root;
}

/** parent null: the root. Null if there is no memory or the name is taken. */
export function tracefs_create_file(name: cstr, mode: u32, parent: dentry, data: ptr, fops: file_operations): dentry {
  return tracefs_mount === null ? null : pseudo_create_file(parent_or_root(parent), name, mode, data, fops);
}

export function tracefs_create_dir(name: cstr, parent: dentry): dentry {
  return tracefs_mount === null ? null : pseudo_create_dir(parent_or_root(parent), name, 0o750);
}

/** What is in it `fill` makes when somebody looks. */
export function tracefs_create_lazy_dir(name: cstr, parent: dentry, fill: (dir: dentry) => void): dentry {
  return tracefs_mount === null ? null : pseudo_create_lazy_dir(parent_or_root(parent), name, 0o750, fill);
}

let instance_mkdir: (name: cstr) => int = null;
let instance_rmdir: (name: cstr) => int = null;

/** The callback makes the directory of that name: its dentry is the one that was looked up. */
function tracefs_syscall_mkdir(_dir: inode, dentry: dentry, _mode: u32): int {
  let name: array<u8, 64>;
  if (dentry.d_name.len >= u32(64)) return -ENAMETOOLONG;
  strlcpy(name, dentry.d_name.name, 64);
  return instance_mkdir(name);
}

/** The callback empties the directory; the VFS takes it away. */
function tracefs_syscall_rmdir(_dir: inode, dentry: dentry): int {
  let name: array<u8, 64>;
  strlcpy(name, dentry.d_name.name, 64);
  return instance_rmdir(name);
}

const instance_dir_iops: inode_operations = { lookup: simple_lookup, mkdir: tracefs_syscall_mkdir, rmdir: tracefs_syscall_rmdir };

/** A directory in which mkdir and rmdir mean something. */
export function tracefs_create_instance_dir(name: cstr, mkdir: (name: cstr) => int, rmdir: (name: cstr) => int): dentry {
  instance_mkdir = mkdir;
  instance_rmdir = rmdir;
  const dir = tracefs_create_dir(name, null);
  if (dir !== null) dir.d_inode.i_op = instance_dir_iops;
  return dir;
}

/** For rmdir: everything below, and the pin of the directory itself. */
export function tracefs_release_dir(dentry: dentry): void {
  pseudo_release_dir(dentry);
}

export function tracefs_remove(dentry: dentry): void {
  pseudo_remove(dentry);
}

export function tracefs_init(): int {
  const err = sysfs_create_mount_point(kernel_kobj, "tracing");
  if (err !== 0) return err;
  register_filesystem(trace_fs_type);
  const mnt = kern_mount(trace_fs_type);
  if (!IS_ERR(mnt)) tracefs_mount = mnt;
  debugfs_create_dir("tracing", null);
  return 0;
}
init(tracefs_init);
