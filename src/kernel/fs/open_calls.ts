// System calls about a path's or file's attributes and the task's place: access, chmod, chown, truncate, utimes, chdir, chroot, umask.

import type { pt_regs } from "asm/ptrace";
import { CAP_SYS_CHROOT } from "linux/capability";
import { capable } from "linux/cred";
import { get_current } from "linux/current";
import { EACCES, EBADF, EFAULT, EINVAL, EISDIR, ENOTDIR, EPERM, EROFS } from "linux/errno";
import { AT_EACCESS, AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW } from "linux/fcntl";
import { fget, fput } from "linux/file";
import {
  ATTR_ATIME,
  ATTR_ATIME_SET,
  ATTR_CTIME,
  ATTR_GID,
  ATTR_MODE,
  ATTR_MTIME,
  ATTR_MTIME_SET,
  ATTR_SIZE,
  ATTR_UID,
  FMODE_WRITE,
  type file,
  type iattr,
  inode_permission,
  MAY_CHDIR,
  MAY_EXEC,
  MAY_WRITE,
  notify_change,
} from "linux/fs";
import { set_fs_pwd, set_fs_root } from "linux/fs_struct";
import { MS_NOEXEC, MS_RDONLY } from "linux/mount";
import { LOOKUP_DIRECTORY, LOOKUP_EMPTY, LOOKUP_FOLLOW } from "linux/namei";
import { type path, path_put } from "linux/path";
import { S_IALLUGO, S_ISCHR, S_ISDIR, S_ISREG } from "linux/stat";
import type { timespec64 } from "linux/types";
import { copy_from_user } from "linux/uaccess";
import { fget_raw } from "./file";
import { get_write_access, put_write_access } from "./file_table";
import { user_path_at } from "./namei";

function do_faccessat(dfd: int, user: u64, mode: int, flags: int): s64 {
  if ((mode & ~7) !== 0 || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  let path: embed<path>;
  let lookup: u32 = (flags & AT_SYMLINK_NOFOLLOW) !== 0 ? 0 : LOOKUP_FOLLOW;
  if ((flags & AT_EMPTY_PATH) !== 0) lookup |= LOOKUP_EMPTY;
  let err = user_path_at(dfd, user, lookup, path);
  if (err !== 0) return s64(err);
  const inode = path.dentry.d_inode;
  if ((mode & MAY_EXEC) !== 0 && S_ISREG(inode.i_mode) && (path.mnt.mnt_flags & MS_NOEXEC) !== 0) err = -EACCES;
  if (err === 0) err = inode_permission(inode, mode);
  if (err === 0 && (mode & MAY_WRITE) !== 0 && !S_ISCHR(inode.i_mode) && (path.mnt.mnt_flags & MS_RDONLY) !== 0) err = -EROFS;
  path_put(path);
  return s64(err);
}

function change(path: path, attr: iattr): int {
  if ((path.mnt.mnt_flags & MS_RDONLY) !== 0) return -EROFS;
  return notify_change(path.dentry, attr);
}

/** Changes the place that a path names. */
function change_at(dfd: int, user: u64, lookup: u32, attr: iattr): s64 {
  let path: embed<path>;
  let err = user_path_at(dfd, user, lookup, path);
  if (err !== 0) return s64(err);
  err = change(path, attr);
  path_put(path);
  return s64(err);
}

function change_fd(fd: u32, attr: iattr): s64 {
  const f = fget(fd);
  if (f === null) return -EBADF;
  const err = change(f.f_path, attr);
  fput(f);
  return s64(err);
}

function chmod_attr(attr: iattr, mode: u32): void {
  attr.ia_valid = ATTR_MODE | ATTR_CTIME;
  attr.ia_mode = mode & S_IALLUGO;
}

function chown_attr(attr: iattr, uid: u32, gid: u32): void {
  attr.ia_valid = ATTR_CTIME;
  if (uid !== 0xffffffff) {
    attr.ia_valid |= ATTR_UID;
    attr.ia_uid = uid;
  }
  if (gid !== 0xffffffff) {
    attr.ia_valid |= ATTR_GID;
    attr.ia_gid = gid;
  }
}

export function __x64_sys_access(regs: pt_regs): s64 {
  return do_faccessat(AT_FDCWD, regs.di, int(regs.si), 0);
}
export function __x64_sys_faccessat(regs: pt_regs): s64 {
  return do_faccessat(int(regs.di), regs.si, int(regs.dx), 0);
}
export function __x64_sys_faccessat2(regs: pt_regs): s64 {
  return do_faccessat(int(regs.di), regs.si, int(regs.dx), int(regs.r10));
}

export function __x64_sys_chmod(regs: pt_regs): s64 {
  const attr: iattr = {};
  chmod_attr(attr, u32(regs.si));
  return change_at(AT_FDCWD, regs.di, LOOKUP_FOLLOW, attr);
}
export function __x64_sys_fchmodat(regs: pt_regs): s64 {
  const attr: iattr = {};
  chmod_attr(attr, u32(regs.dx));
  return change_at(int(regs.di), regs.si, LOOKUP_FOLLOW, attr);
}
export function __x64_sys_fchmod(regs: pt_regs): s64 {
  const attr: iattr = {};
  chmod_attr(attr, u32(regs.si));
  return change_fd(u32(regs.di), attr);
}
export function __x64_sys_chown(regs: pt_regs): s64 {
  const attr: iattr = {};
  chown_attr(attr, u32(regs.si), u32(regs.dx));
  return change_at(AT_FDCWD, regs.di, LOOKUP_FOLLOW, attr);
}
export function __x64_sys_lchown(regs: pt_regs): s64 {
  const attr: iattr = {};
  chown_attr(attr, u32(regs.si), u32(regs.dx));
  return change_at(AT_FDCWD, regs.di, 0, attr);
}
export function __x64_sys_fchownat(regs: pt_regs): s64 {
  const attr: iattr = {};
  chown_attr(attr, u32(regs.dx), u32(regs.r10));
  return change_at(int(regs.di), regs.si, (int(regs.r8) & AT_SYMLINK_NOFOLLOW) !== 0 ? 0 : LOOKUP_FOLLOW, attr);
}
export function __x64_sys_fchown(regs: pt_regs): s64 {
  const attr: iattr = {};
  chown_attr(attr, u32(regs.si), u32(regs.dx));
  return change_fd(u32(regs.di), attr);
}

export function __x64_sys_truncate(regs: pt_regs): s64 {
  const length = s64(regs.si);
  if (length < 0) return -EINVAL;
  let path: embed<path>;
  let err = user_path_at(AT_FDCWD, regs.di, LOOKUP_FOLLOW, path);
  if (err !== 0) return s64(err);
  const inode = path.dentry.d_inode;
  if (S_ISDIR(inode.i_mode)) err = -EISDIR;
  else if (!S_ISREG(inode.i_mode)) err = -EINVAL;
  else err = inode_permission(inode, MAY_WRITE);
  if (err === 0) err = get_write_access(inode);
  if (err === 0) {
    const attr: iattr = { ia_valid: ATTR_SIZE | ATTR_MTIME, ia_size: length };
    err = change(path, attr);
    put_write_access(inode);
  }
  path_put(path);
  return s64(err);
}

export function __x64_sys_ftruncate(regs: pt_regs): s64 {
  const length = s64(regs.si);
  if (length < 0) return -EINVAL;
  const f = fget(u32(regs.di));
  if (f === null) return -EBADF;
  let err: int = -EINVAL;
  if (S_ISREG(f.f_inode.i_mode) && (f.f_mode & FMODE_WRITE) !== 0) {
    const attr: iattr = { ia_valid: ATTR_SIZE | ATTR_MTIME, ia_size: length };
    err = change(f.f_path, attr);
  }
  fput(f);
  return s64(err);
}

const UTIME_NOW = 0x3fffffff;
const UTIME_OMIT = 0x3ffffffe;

function apply_time(attr: iattr, slot: timespec64, given: timespec64, which: u32, set: u32): int {
  if (given.tv_nsec === UTIME_OMIT) return 0;
  attr.ia_valid |= which;
  if (given.tv_nsec === UTIME_NOW) return 0;
  if (given.tv_nsec < 0 || given.tv_nsec > 999999999) return -EINVAL;
  copy(slot, given);
  attr.ia_valid |= set;
  return 0;
}

export function __x64_sys_utimensat(regs: pt_regs): s64 {
  const attr: iattr = { ia_valid: ATTR_CTIME };
  const flags = int(regs.r10);
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  if (regs.dx === 0) {
    attr.ia_valid |= ATTR_ATIME | ATTR_MTIME;
  } else {
    let times: array<timespec64, 2>;
    if (copy_from_user(times, at<ptr>(regs.dx), 32) !== 0) return -EFAULT;
    if (times[0].tv_nsec === UTIME_OMIT && times[1].tv_nsec === UTIME_OMIT) return 0;
    let err = apply_time(attr, attr.ia_atime, times[0], ATTR_ATIME, ATTR_ATIME_SET);
    if (err === 0) err = apply_time(attr, attr.ia_mtime, times[1], ATTR_MTIME, ATTR_MTIME_SET);
    if (err !== 0) return s64(err);
  }
  if (regs.si === 0) return change_fd(u32(regs.di), attr);
  return change_at(int(regs.di), regs.si, (flags & AT_SYMLINK_NOFOLLOW) !== 0 ? 0 : LOOKUP_FOLLOW, attr);
}

/** Both times given (or now), in seconds and nanoseconds, without the special values of utimensat. */
function change_times(user: u64, times: timespec64[], given: bool): s64 {
  const attr: iattr = { ia_valid: ATTR_CTIME | ATTR_ATIME | ATTR_MTIME };
  if (given) {
    copy(attr.ia_atime, times[0]);
    copy(attr.ia_mtime, times[1]);
    attr.ia_valid |= ATTR_ATIME_SET | ATTR_MTIME_SET;
  }
  return change_at(AT_FDCWD, user, LOOKUP_FOLLOW, attr);
}

/** utime(name, {atime, mtime}) in seconds */
export function __x64_sys_utime(regs: pt_regs): s64 {
  let seconds: array<s64, 2>;
  let times: array<timespec64, 2>;
  if (regs.si !== 0) {
    if (copy_from_user(seconds, at<ptr>(regs.si), 16) !== 0) return -EFAULT;
    for (let i = 0; i < 2; i++) {
      times[i].tv_sec = seconds[i];
      times[i].tv_nsec = 0;
    }
  }
  return change_times(regs.di, times, regs.si !== 0);
}

/** utimes(name, timeval[2]) */
export function __x64_sys_utimes(regs: pt_regs): s64 {
  let times: array<timespec64, 2>;
  if (regs.si !== 0) {
    if (copy_from_user(times, at<ptr>(regs.si), 32) !== 0) return -EFAULT;
    for (let i = 0; i < 2; i++) {
      if (u64(times[i].tv_nsec) >= 1000000) return -EINVAL;
      times[i].tv_nsec = times[i].tv_nsec * 1000;
    }
  }
  return change_times(regs.di, times, regs.si !== 0);
}

export function __x64_sys_chdir(regs: pt_regs): s64 {
  let path: embed<path>;
  let err = user_path_at(AT_FDCWD, regs.di, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, path);
  if (err !== 0) return s64(err);
  err = inode_permission(path.dentry.d_inode, MAY_EXEC | MAY_CHDIR);
  if (err === 0) set_fs_pwd(get_current().fs, path);
  path_put(path);
  return s64(err);
}

export function __x64_sys_fchdir(regs: pt_regs): s64 {
  const f: file = fget_raw(u32(regs.di));
  if (f === null) return -EBADF;
  let err: int = -ENOTDIR;
  if (S_ISDIR(f.f_inode.i_mode)) err = inode_permission(f.f_inode, MAY_EXEC | MAY_CHDIR);
  if (err === 0) set_fs_pwd(get_current().fs, f.f_path);
  fput(f);
  return s64(err);
}

export function __x64_sys_chroot(regs: pt_regs): s64 {
  let path: embed<path>;
  let err = user_path_at(AT_FDCWD, regs.di, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, path);
  if (err !== 0) return s64(err);
  err = inode_permission(path.dentry.d_inode, MAY_EXEC | MAY_CHDIR);
  if (err === 0 && !capable(CAP_SYS_CHROOT)) err = -EPERM;
  if (err === 0) set_fs_root(get_current().fs, path);
  path_put(path);
  return s64(err);
}

export function __x64_sys_umask(regs: pt_regs): s64 {
  const fs = get_current().fs;
  const old = fs.umask;
  fs.umask = int(regs.di) & 0o777;
  return s64(old);
}
