// /proc/<pid>/mounts and mountinfo: one line for each mount, in order of mounting.

import { IS_ERR } from "linux/err";
import { ENOMEM } from "linux/errno";
import { MAJOR, MINOR } from "linux/fs";
import { MS_NOATIME, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY, mntput, type vfsmount } from "linux/mount";
import type { path } from "linux/path";
import { seq_escape, type seq_file, seq_path, seq_printf, seq_putc, seq_puts } from "linux/seq_file";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { dentry_path_raw } from "./dcache";
import { lock_mount_hash, mounts_snapshot, unlock_mount_hash } from "./namespace";

const PATH_MAX = 4096;
const MAX_MOUNTS = 64;

function show_flag(m: seq_file, flags: int, flag: int, text: cstr): void {
  if ((flags & flag) !== 0) seq_puts(m, text);
}

function show_mnt_opts(m: seq_file, mnt: vfsmount): void {
  seq_puts(m, (mnt.mnt_flags & MS_RDONLY) !== 0 ? "ro" : "rw");
  show_flag(m, mnt.mnt_flags, MS_NOSUID, ",nosuid");
  show_flag(m, mnt.mnt_flags, MS_NODEV, ",nodev");
  show_flag(m, mnt.mnt_flags, MS_NOEXEC, ",noexec");
  show_flag(m, mnt.mnt_flags, MS_NOATIME, ",noatime");
  if ((mnt.mnt_flags & MS_NOATIME) === 0) seq_puts(m, ",relatime");
}

function show_sb_opts(m: seq_file, mnt: vfsmount): void {
  if (mnt.mnt_sb.s_op !== null && mnt.mnt_sb.s_op.show_options !== null) mnt.mnt_sb.s_op.show_options(m, mnt.mnt_root);
}

function show_vfsmnt(m: seq_file, mnt: vfsmount): void {
  const path: path = { mnt, dentry: mnt.mnt_root };
  seq_escape(m, mnt.mnt_devname, " \t\n\\");
  seq_putc(m, 32);
  seq_path(m, path, " \t\n\\");
  seq_printf(m, " %s ", mnt.mnt_sb.s_type.name);
  show_mnt_opts(m, mnt);
  show_sb_opts(m, mnt);
  seq_puts(m, " 0 0\n");
}

/** Which part of its file system the mount shows: "/" but for bind mounts. */
function show_root(m: seq_file, mnt: vfsmount): void {
  const page = kmalloc(PATH_MAX, GFP_KERNEL) as u8[];
  if (page === null) return;
  const text = dentry_path_raw(mnt.mnt_root, page, PATH_MAX);
  if (!IS_ERR(text)) seq_escape(m, text, " \t\n\\");
  kfree(page);
}

function show_mountinfo(m: seq_file, mnt: vfsmount): void {
  const path: path = { mnt, dentry: mnt.mnt_root };
  lock_mount_hash();
  const parent = mnt.mnt_parent === null ? mnt.mnt_id : mnt.mnt_parent.mnt_id;
  unlock_mount_hash();
  seq_printf(m, "%i %i %u:%u ", mnt.mnt_id, parent, MAJOR(mnt.mnt_sb.s_dev), MINOR(mnt.mnt_sb.s_dev));
  show_root(m, mnt);
  seq_putc(m, 32);
  seq_path(m, path, " \t\n\\");
  seq_putc(m, 32);
  show_mnt_opts(m, mnt);
  seq_printf(m, " - %s ", mnt.mnt_sb.s_type.name);
  seq_escape(m, mnt.mnt_devname, " \t\n\\");
  seq_puts(m, (mnt.mnt_flags & MS_RDONLY) !== 0 ? " ro" : " rw");
  show_sb_opts(m, mnt);
  seq_putc(m, 10);
}

function m_show(m: seq_file, show: (m: seq_file, mnt: vfsmount) => void): int {
  const room = kmalloc(MAX_MOUNTS * 8, GFP_KERNEL) as ref<vfsmount>[];
  if (room === null) return -ENOMEM;
  // References first: seq_path takes locks and the list must not change under the loop.
  const n = mounts_snapshot(room, MAX_MOUNTS);
  for (let i: int = 0; i < n; i++) {
    show(m, room[i]);
    mntput(room[i]);
  }
  kfree(room);
  return 0;
}

export function mounts_show(m: seq_file): int {
  return m_show(m, show_vfsmnt);
}

function show_vfsstat(m: seq_file, mnt: vfsmount): void {
  const path: path = { mnt, dentry: mnt.mnt_root };
  seq_puts(m, "device ");
  seq_escape(m, mnt.mnt_devname, " \t\n\\");
  seq_puts(m, " mounted on ");
  seq_path(m, path, " \t\n\\");
  seq_printf(m, " with fstype %s\n", mnt.mnt_sb.s_type.name);
}

export function mountstats_show(m: seq_file): int {
  return m_show(m, show_vfsstat);
}

export function mountinfo_show(m: seq_file): int {
  return m_show(m, show_mountinfo);
}
