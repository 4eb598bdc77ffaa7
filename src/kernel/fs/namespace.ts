// Mounts: which file system's root covers which place. One name space. mount_lock guards the list and where each mount stands (mnt_parent,
// mnt_mountpoint); namespace_sem, taken before it, keeps one change of the tree from another.

import type { pt_regs } from "asm/ptrace";
import { CAP_SYS_ADMIN, capable } from "linux/cred";
import { get_current } from "linux/current";
import { DCACHE_MOUNTED, type dentry, dget, dput } from "linux/dcache";
import { ERR_PTR, IS_ERR, PTR_ERR } from "linux/err";
import { EBUSY, EFAULT, EINVAL, ELOOP, ENODEV, ENOMEM, ENOTDIR, EPERM } from "linux/errno";
import { AT_FDCWD } from "linux/fcntl";
import { deactivate_super, type file_system_type, get_fs_type, put_filesystem, type super_block } from "linux/fs";
import { get_fs_root, set_fs_pwd, set_fs_root } from "linux/fs_struct";
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_empty, type list_head } from "linux/list";
import {
  MNT_DETACH,
  MNT_FORCE,
  MS_BIND,
  MS_MOVE,
  MS_NOATIME,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_RELATIME,
  MS_REMOUNT,
  MS_SYNCHRONOUS,
  type vfsmount,
} from "linux/mount";
import { type mutex, mutex_init, mutex_lock, mutex_unlock } from "linux/mutex";
import { LOOKUP_FOLLOW } from "linux/namei";
import { type path, path_put } from "linux/path";
import { GFP_KERNEL, kfree, kmalloc, kzalloc } from "linux/slab";
import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";
import { S_ISDIR } from "linux/stat";
import { kstrdup, strndup_user } from "linux/string";
import { copy_from_user } from "linux/uaccess";
import { kern_path, user_path_at } from "./namei";

let mounts: embed<list_head>;
let mount_lock: embed<spinlock_t>;
let namespace_sem: embed<mutex>;
let next_mnt_id: int = 20;

export function mnt_init(): void {
  INIT_LIST_HEAD(mounts);
  mutex_init(namespace_sem);
}

/** For who follows mnt_parent upwards. Outside of dcache_lock. */
export function lock_mount_hash(): void {
  spin_lock(mount_lock);
}
export function unlock_mount_hash(): void {
  spin_unlock(mount_lock);
}

export function mntget(mnt: vfsmount): vfsmount {
  if (mnt !== null) fetch_add(addr(mnt.mnt_count), 1);
  return mnt;
}

export function mntput(mnt: vfsmount): void {
  if (mnt === null || fetch_add(addr(mnt.mnt_count), -1) !== 1) return;
  const sb = mnt.mnt_sb;
  dput(mnt.mnt_root);
  kfree(mnt.mnt_devname);
  kfree(mnt);
  deactivate_super(sb);
}

/** A mount of a fresh (or shared) file system that stands nowhere yet. */
export function vfs_kern_mount(type: file_system_type, flags: int, name: cstr, data: cstr): vfsmount {
  const mnt = kzalloc(sizeof<vfsmount>(), GFP_KERNEL) as vfsmount;
  if (mnt === null) return ERR_PTR(-ENOMEM) as vfsmount;
  const root = type.mount(type, flags, name, data);
  if (IS_ERR(root)) {
    kfree(mnt);
    return ERR_PTR(PTR_ERR(root)) as vfsmount;
  }
  mnt.mnt_root = root;
  mnt.mnt_sb = root.d_sb;
  mnt.mnt_flags = flags;
  mnt.mnt_count = 1;
  mnt.mnt_parent = mnt;
  mnt.mnt_mountpoint = root;
  mnt.mnt_devname = kstrdup(name, GFP_KERNEL) as u8[];
  mnt.mnt_id = fetch_add(addr(next_mnt_id), 1);
  INIT_LIST_HEAD(mnt.mnt_list);
  return mnt;
}

/** An internal mount, invisible in the tree. */
export function kern_mount(type: file_system_type): vfsmount {
  return vfs_kern_mount(type, 0, type.name, null);
}

/** What is mounted on this place; with a reference. */
export function lookup_mnt(path: path): vfsmount {
  if ((path.dentry.d_flags & DCACHE_MOUNTED) === 0) return null;
  spin_lock(mount_lock);
  let p = mounts.prev;
  let found: vfsmount = null;
  while (p !== mounts) {
    const m = container_of<vfsmount>(p, "mnt_list");
    if (m.mnt_parent === path.mnt && m.mnt_mountpoint === path.dentry && m.mnt_parent !== m) {
      found = mntget(m);
      break;
    }
    p = p.prev;
  }
  spin_unlock(mount_lock);
  return found;
}

export function is_mounted_on(dentry: dentry): bool {
  return (dentry.d_flags & DCACHE_MOUNTED) !== 0;
}

/** From a mount's root to the place it covers; false at the top. */
export function follow_up(path: path): bool {
  const mnt = path.mnt;
  spin_lock(mount_lock);
  const top = mnt.mnt_parent === mnt;
  const parent = top ? null : mntget(mnt.mnt_parent);
  const mountpoint = top ? null : dget(mnt.mnt_mountpoint);
  spin_unlock(mount_lock);
  if (top) return false;
  dput(path.dentry);
  mntput(mnt);
  path.mnt = parent;
  path.dentry = mountpoint;
  return true;
}

/** Takes over the caller's reference to mnt. */
function attach(mnt: vfsmount, path: path): void {
  spin_lock(mount_lock);
  mnt.mnt_parent = mntget(path.mnt);
  mnt.mnt_mountpoint = dget(path.dentry);
  path.dentry.d_flags |= DCACHE_MOUNTED;
  list_add_tail(mnt.mnt_list, mounts);
  spin_unlock(mount_lock);
}

/** The first mount: root and working directory of the boot task. */
export function set_root_mount(mnt: vfsmount): void {
  spin_lock(mount_lock);
  list_add_tail(mnt.mnt_list, mounts);
  spin_unlock(mount_lock);
  const path: path = { mnt, dentry: mnt.mnt_root };
  set_fs_root(get_current().fs, path);
  set_fs_pwd(get_current().fs, path);
}

export function do_new_mount(path: path, fstype: cstr, flags: int, name: cstr, data: cstr): int {
  if (fstype === null) return -EINVAL;
  const type = get_fs_type(fstype);
  if (type === null) return -ENODEV;
  const mnt = vfs_kern_mount(type, flags, name === null ? "none" : name, data);
  put_filesystem(type);
  if (IS_ERR(mnt)) return int(PTR_ERR(mnt));
  if (S_ISDIR(mnt.mnt_root.d_inode.i_mode) !== S_ISDIR(path.dentry.d_inode.i_mode)) {
    mntput(mnt);
    return -ENOTDIR;
  }
  if (path.mnt.mnt_root === path.dentry && path.mnt.mnt_sb === mnt.mnt_sb) {
    mntput(mnt);
    return -EBUSY;
  }
  attach(mnt, path);
  return 0;
}

function do_bind(path: path, old_name: cstr): int {
  if (old_name === null) return -EINVAL;
  let old: embed<path>;
  const err = kern_path(old_name, LOOKUP_FOLLOW, old);
  if (err !== 0) return err;
  if (S_ISDIR(old.dentry.d_inode.i_mode) !== S_ISDIR(path.dentry.d_inode.i_mode)) {
    path_put(old);
    return -ENOTDIR;
  }
  const mnt = kzalloc(sizeof<vfsmount>(), GFP_KERNEL) as vfsmount;
  if (mnt === null) {
    path_put(old);
    return -ENOMEM;
  }
  const sb: super_block = old.mnt.mnt_sb;
  fetch_add(addr(sb.s_count), 1);
  mnt.mnt_root = dget(old.dentry);
  mnt.mnt_sb = sb;
  mnt.mnt_flags = old.mnt.mnt_flags;
  mnt.mnt_count = 1;
  mnt.mnt_devname = kstrdup(old.mnt.mnt_devname, GFP_KERNEL) as u8[];
  mnt.mnt_id = fetch_add(addr(next_mnt_id), 1);
  attach(mnt, path);
  path_put(old);
  return 0;
}

function do_move(path: path, old_name: cstr): int {
  if (old_name === null) return -EINVAL;
  let old: embed<path>;
  const err = kern_path(old_name, LOOKUP_FOLLOW, old);
  if (err !== 0) return err;
  const mnt = old.mnt;
  let res: int = 0;
  if (old.dentry !== mnt.mnt_root || mnt.mnt_parent === mnt) {
    res = -EINVAL;
  } else {
    for (let p = path.mnt; ; p = p.mnt_parent) {
      if (p === mnt) res = -ELOOP;
      if (p === mnt || p.mnt_parent === p) break;
    }
  }
  if (res === 0) {
    let place: embed<path>;
    spin_lock(mount_lock);
    detach_point(mnt, place);
    spin_unlock(mount_lock);
    attach(mnt, path);
    path_put(place);
  }
  path_put(old);
  return res;
}

/** Takes mnt off its place; the references to parent and mountpoint become the caller's, in `place`. Under mount_lock. */
function detach_point(mnt: vfsmount, place: path): void {
  list_del_init(mnt.mnt_list);
  let others = false;
  for (let p = mounts.next; p !== mounts; p = p.next)
    if (container_of<vfsmount>(p, "mnt_list").mnt_mountpoint === mnt.mnt_mountpoint) others = true;
  if (!others) mnt.mnt_mountpoint.d_flags &= ~DCACHE_MOUNTED;
  place.mnt = mnt.mnt_parent;
  place.dentry = mnt.mnt_mountpoint;
  mnt.mnt_parent = mnt;
  mnt.mnt_mountpoint = mnt.mnt_root;
}

export function path_mount(dev_name: cstr, path: path, type: cstr, flags: u64, data: cstr): int {
  if (!capable(CAP_SYS_ADMIN)) return -EPERM;
  const kept = int(flags & u64(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_SYNCHRONOUS | MS_NOATIME | MS_RELATIME));
  if ((flags & MS_REMOUNT) !== 0) {
    if (path.dentry !== path.mnt.mnt_root) return -EINVAL;
    const sb = path.mnt.mnt_sb;
    // With MS_BIND the flags of the mount alone change.
    if ((flags & MS_BIND) === 0 && sb.s_op.remount_fs !== null) {
      const err = sb.s_op.remount_fs(sb, kept, data);
      if (err !== 0) return err;
    }
    path.mnt.mnt_flags = kept;
    if ((flags & MS_BIND) !== 0) return 0;
    path.mnt.mnt_sb.s_flags = (path.mnt.mnt_sb.s_flags & ~u64(MS_RDONLY)) | u64(kept & MS_RDONLY);
    return 0;
  }
  mutex_lock(namespace_sem);
  let err: int = 0;
  if ((flags & MS_BIND) !== 0) err = do_bind(path, dev_name);
  else if ((flags & MS_MOVE) !== 0) err = do_move(path, dev_name);
  else err = do_new_mount(path, type, kept, dev_name, data);
  mutex_unlock(namespace_sem);
  return err;
}

/** Under mount_lock. */
function has_children(mnt: vfsmount): bool {
  for (let p = mounts.next; p !== mounts; p = p.next) {
    const m = container_of<vfsmount>(p, "mnt_list");
    if (m !== mnt && m.mnt_parent === mnt) return true;
  }
  return false;
}

/** Off its place, if nobody uses it: from here on no path walk finds it. One reference is the mount's own, one the caller's. */
function do_umount(mnt: vfsmount, flags: int, place: path): int {
  let err: int = 0;
  spin_lock(mount_lock);
  if (list_empty(mnt.mnt_list)) err = -EINVAL;
  else if (mnt.mnt_parent === mnt || has_children(mnt)) err = -EBUSY;
  else if ((flags & MNT_DETACH) === 0 && READ_ONCE(mnt.mnt_count) > 2) err = -EBUSY;
  else detach_point(mnt, place);
  spin_unlock(mount_lock);
  return err;
}

/** `path` is the root of a mount (the caller holds one reference to it). */
export function path_umount(path: path, flags: int): int {
  const mnt = path.mnt;
  if (!capable(CAP_SYS_ADMIN)) return -EPERM;
  if (path.dentry !== mnt.mnt_root) return -EINVAL;
  let root: embed<path>;
  get_fs_root(get_current().fs, root);
  const is_root = root.mnt === mnt;
  path_put(root);
  if (is_root) return -EBUSY;
  let place: embed<path>;
  mutex_lock(namespace_sem);
  const err = do_umount(mnt, flags, place);
  mutex_unlock(namespace_sem);
  if (err !== 0) return err;
  path_put(place);
  mntput(mnt);
  return 0;
}

function copy_mount_string(user: u64): u8[] {
  if (user === 0) return null;
  return strndup_user(at<u8[]>(user), 4096) as u8[];
}

/** Up to one page of options; what cannot be read behind it counts as zeros. */
function copy_mount_options(user: u64): u8[] {
  if (user === 0) return null;
  const page = kzalloc(4096, GFP_KERNEL) as u8[];
  if (page === null) return ERR_PTR(-ENOMEM) as u8[];
  const left = copy_from_user(page, at<u8[]>(user), 4095);
  if (left === 4095) {
    kfree(page);
    return ERR_PTR(-EFAULT) as u8[];
  }
  return page;
}

export function __x64_sys_mount(regs: pt_regs): s64 {
  const type = copy_mount_string(regs.dx);
  if (IS_ERR(type)) return PTR_ERR(type);
  const dev = copy_mount_string(regs.di);
  if (IS_ERR(dev)) {
    kfree(type);
    return PTR_ERR(dev);
  }
  const data = copy_mount_options(regs.r8);
  let err: int = 0;
  if (IS_ERR(data)) {
    err = int(PTR_ERR(data));
  } else {
    let path: embed<path>;
    err = user_path_at(AT_FDCWD, regs.si, LOOKUP_FOLLOW, path);
    if (err === 0) {
      err = path_mount(dev, path, type, regs.r10, data);
      path_put(path);
    }
    kfree(data);
  }
  kfree(dev);
  kfree(type);
  return s64(err);
}

export function __x64_sys_umount(regs: pt_regs): s64 {
  const flags = int(regs.si);
  if ((flags & ~(MNT_FORCE | MNT_DETACH | 4 | 8)) !== 0) return -EINVAL;
  let path: embed<path>;
  const err = user_path_at(AT_FDCWD, regs.di, LOOKUP_FOLLOW, path);
  if (err !== 0) return s64(err);
  const res = path_umount(path, flags);
  path_put(path);
  return s64(res);
}

/** Takes another file system's mount under an existing path (devtmpfs before init runs). */
export function init_mount(dev_name: cstr, dir_name: cstr, type: cstr, flags: u64): int {
  let path: embed<path>;
  const err = kern_path(dir_name, LOOKUP_FOLLOW, path);
  if (err !== 0) return err;
  const res = path_mount(dev_name, path, type, flags, null);
  path_put(path);
  return res;
}

/** All mounts in order of mounting, at most `max`, each with a reference; how many. */
export function mounts_snapshot(room: ref<vfsmount>[], max: int): int {
  let n: int = 0;
  spin_lock(mount_lock);
  for (let p = mounts.next; p !== mounts && n < max; p = p.next) room[n++] = mntget(container_of<vfsmount>(p, "mnt_list"));
  spin_unlock(mount_lock);
  return n;
}
