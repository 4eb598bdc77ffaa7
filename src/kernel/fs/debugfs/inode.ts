// debugfs, /sys/kernel/debug: files by which the kernel's parts show themselves.

import type { dentry } from "linux/dcache";
import { ERR_PTR, IS_ERR } from "linux/err";
import { ENODEV } from "linux/errno";
import {
  type file_operations,
  type file_system_type,
  kill_litter_super,
  mount_single,
  register_filesystem,
  type super_block,
} from "linux/fs";
import { kernel_kobj } from "linux/kobject";
import { kern_mount, type vfsmount } from "linux/mount";
import { sysfs_create_mount_point } from "linux/sysfs";
import { pseudo_create_dir, pseudo_create_file, pseudo_fill_super, pseudo_remove } from "../pseudo-tree";

const DEBUGFS_MAGIC = 0x64626720;

let debugfs_mount: vfsmount = null;

function debugfs_fill_super(sb: super_block, _data: cstr): int {
  return pseudo_fill_super(sb, DEBUGFS_MAGIC, 0o700);
}

function debug_mount(type: file_system_type, flags: int, _dev_name: cstr, data: cstr): dentry {
  return mount_single(type, flags, data, debugfs_fill_super);
}

const debug_fs_type: file_system_type = { name: "debugfs", mount: debug_mount, kill_sb: kill_litter_super };

function parent_or_root(parent: dentry): dentry {
  return parent !== null ? parent : debugfs_mount.mnt_root;
}

/** parent null: the root. An error pointer if the file system is not there or the name is taken. */
export function debugfs_create_file(name: cstr, mode: u32, parent: dentry, data: ptr, fops: file_operations): dentry {
  if (debugfs_mount === null) return ERR_PTR(-ENODEV) as dentry;
  return pseudo_create_file(parent_or_root(parent), name, mode, data, fops);
}
EXPORT_SYMBOL_GPL(debugfs_create_file);

export function debugfs_create_dir(name: cstr, parent: dentry): dentry {
  if (debugfs_mount === null) return ERR_PTR(-ENODEV) as dentry;
  return pseudo_create_dir(parent_or_root(parent), name, 0o755);
}
EXPORT_SYMBOL_GPL(debugfs_create_dir);

export function debugfs_remove(dentry: dentry): void {
  if (dentry !== null && !IS_ERR(dentry)) pseudo_remove(dentry);
}
EXPORT_SYMBOL_GPL(debugfs_remove);

export function debugfs_init(): int {
  const err = sysfs_create_mount_point(kernel_kobj, "debug");
  if (err !== 0) return err;
  register_filesystem(debug_fs_type);
  const mnt = kern_mount(debug_fs_type);
  if (!IS_ERR(mnt)) debugfs_mount = mnt;
  return 0;
}
init(debugfs_init);
