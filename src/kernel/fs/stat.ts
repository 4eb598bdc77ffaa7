// stat and its relatives, readlink, statfs.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { d_path, d_unhashed, type dentry } from "linux/dcache";
import { ERR_PTR, IS_ERR, PTR_ERR } from "linux/err";
import { EBADF, EFAULT, EINVAL, ENOENT, ENOMEM, ERANGE } from "linux/errno";
import { AT_EMPTY_PATH, AT_FDCWD, AT_NO_AUTOMOUNT, AT_SYMLINK_NOFOLLOW } from "linux/fcntl";
import { fput } from "linux/file";
import { type file, type inode, MAJOR, MINOR, NAME_MAX, new_encode_dev } from "linux/fs";
import { get_fs_pwd } from "linux/fs_struct";
import { MS_NOATIME, type vfsmount } from "linux/mount";
import { LOOKUP_EMPTY, LOOKUP_FOLLOW } from "linux/namei";
import { type path, path_put } from "linux/path";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { type kstat, type kstatfs, S_ISLNK, type stat, type statx } from "linux/stat";
import { strlen } from "linux/string";
import { copy_from_user, copy_to_user } from "linux/uaccess";
import { fget_raw } from "./file";
import { user_path_at } from "./namei";

const STATX_BASIC_STATS = 0x7ff;
const STATX_MNT_ID = 0x1000;
const STATX__RESERVED = 0x80000000;
const STATX_ATTR_MOUNT_ROOT = 0x2000;
const AT_STATX_SYNC_TYPE = 0x6000;

export function generic_fillattr(inode: inode, stat: kstat): void {
  stat.dev = u64(inode.i_sb.s_dev);
  stat.ino = inode.i_ino;
  stat.mode = u32(inode.i_mode);
  stat.nlink = inode.i_nlink;
  stat.uid = inode.i_uid;
  stat.gid = inode.i_gid;
  stat.rdev = inode.i_rdev;
  stat.size = inode.i_size;
  copy(stat.atime, inode.i_atime);
  copy(stat.mtime, inode.i_mtime);
  copy(stat.ctime, inode.i_ctime);
  stat.blksize = inode.i_sb.s_blocksize;
  stat.blocks = inode.i_blocks;
}

export function vfs_getattr(path: path, stat: kstat): int {
  const inode = path.dentry.d_inode;
  if (inode.i_op !== null && inode.i_op.getattr !== null) return inode.i_op.getattr(path, stat);
  generic_fillattr(inode, stat);
  return 0;
}

export function vfs_fstat(fd: u32, stat: kstat): int {
  const f = fget_raw(fd);
  if (f === null) return -EBADF;
  const err = vfs_getattr(f.f_path, stat);
  fput(f);
  return err;
}

export function vfs_statx(dfd: int, user: u64, flags: int, stat: kstat): int {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT)) !== 0) return -EINVAL;
  let lookup: u32 = (flags & AT_SYMLINK_NOFOLLOW) !== 0 ? 0 : LOOKUP_FOLLOW;
  if ((flags & AT_EMPTY_PATH) !== 0) lookup |= LOOKUP_EMPTY;
  let path: embed<path>;
  let err = user_path_at(dfd, user, lookup, path);
  if (err !== 0) return err;
  err = vfs_getattr(path, stat);
  path_put(path);
  return err;
}

function cp_new_stat(k: kstat, user: u64): s64 {
  const st: stat = {
    st_dev: u64(new_encode_dev(u32(k.dev))),
    st_ino: k.ino,
    st_nlink: u64(k.nlink),
    st_mode: k.mode,
    st_uid: k.uid,
    st_gid: k.gid,
    st_rdev: u64(new_encode_dev(k.rdev)),
    st_size: k.size,
    st_blksize: s64(k.blksize),
    st_blocks: s64(k.blocks),
    st_atime: u64(k.atime.tv_sec),
    st_atime_nsec: u64(k.atime.tv_nsec),
    st_mtime: u64(k.mtime.tv_sec),
    st_mtime_nsec: u64(k.mtime.tv_nsec),
    st_ctime: u64(k.ctime.tv_sec),
    st_ctime_nsec: u64(k.ctime.tv_nsec),
  };
  return copy_to_user(at<ptr>(user), st, sizeof<stat>()) !== 0 ? -EFAULT : 0;
}

export function __x64_sys_newstat(regs: pt_regs): s64 {
  let k: embed<kstat>;
  const err = vfs_statx(AT_FDCWD, regs.di, 0, k);
  return err !== 0 ? s64(err) : cp_new_stat(k, regs.si);
}
export function __x64_sys_newlstat(regs: pt_regs): s64 {
  let k: embed<kstat>;
  const err = vfs_statx(AT_FDCWD, regs.di, AT_SYMLINK_NOFOLLOW, k);
  return err !== 0 ? s64(err) : cp_new_stat(k, regs.si);
}
export function __x64_sys_newfstat(regs: pt_regs): s64 {
  let k: embed<kstat>;
  const err = vfs_fstat(u32(regs.di), k);
  return err !== 0 ? s64(err) : cp_new_stat(k, regs.si);
}
export function __x64_sys_newfstatat(regs: pt_regs): s64 {
  let k: embed<kstat>;
  const err = vfs_statx(int(regs.di), regs.si, int(regs.r10), k);
  return err !== 0 ? s64(err) : cp_new_stat(k, regs.dx);
}

/** 6.1 has no birth time to tell of these file systems. */
function cp_statx(k: kstat, mnt: vfsmount, is_root: bool, user: u64): s64 {
  const st: statx = {
    stx_mask: STATX_BASIC_STATS | STATX_MNT_ID,
    stx_blksize: k.blksize,
    stx_attributes: is_root ? STATX_ATTR_MOUNT_ROOT : 0,
    stx_nlink: k.nlink,
    stx_uid: k.uid,
    stx_gid: k.gid,
    stx_mode: u16(k.mode),
    stx_ino: k.ino,
    stx_size: u64(k.size),
    stx_blocks: k.blocks,
    stx_attributes_mask: STATX_ATTR_MOUNT_ROOT,
    stx_atime: { tv_sec: k.atime.tv_sec, tv_nsec: u32(k.atime.tv_nsec) },
    stx_ctime: { tv_sec: k.ctime.tv_sec, tv_nsec: u32(k.ctime.tv_nsec) },
    stx_mtime: { tv_sec: k.mtime.tv_sec, tv_nsec: u32(k.mtime.tv_nsec) },
    stx_rdev_major: MAJOR(k.rdev),
    stx_rdev_minor: MINOR(k.rdev),
    stx_dev_major: MAJOR(u32(k.dev)),
    stx_dev_minor: MINOR(u32(k.dev)),
    stx_mnt_id: u64(mnt.mnt_id),
  };
  return copy_to_user(at<ptr>(user), st, sizeof<statx>()) !== 0 ? -EFAULT : 0;
}

export function __x64_sys_statx(regs: pt_regs): s64 {
  const flags = int(regs.dx);
  if ((regs.r10 & STATX__RESERVED) !== 0 || (flags & AT_STATX_SYNC_TYPE) === AT_STATX_SYNC_TYPE) return -EINVAL;
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE)) !== 0) return -EINVAL;
  let lookup: u32 = (flags & AT_SYMLINK_NOFOLLOW) !== 0 ? 0 : LOOKUP_FOLLOW;
  if ((flags & AT_EMPTY_PATH) !== 0) lookup |= LOOKUP_EMPTY;
  let path: embed<path>;
  let k: embed<kstat>;
  const err = user_path_at(int(regs.di), regs.si, lookup, path);
  if (err !== 0) return s64(err);
  const got = vfs_getattr(path, k);
  const ret = got !== 0 ? s64(got) : cp_statx(k, path.mnt, path.dentry === path.mnt.mnt_root, regs.r8);
  path_put(path);
  return ret;
}

/** The target of a link in fresh kernel memory, or ERR_PTR. */
export function vfs_get_link(dentry: dentry): u8[] {
  const inode = dentry.d_inode;
  if (inode.i_link !== null) {
    const len = strlen(inode.i_link);
    const text = kmalloc(len + 1, GFP_KERNEL) as u8[];
    if (text === null) return ERR_PTR(-ENOMEM) as u8[];
    for (let i: u64 = 0; i <= len; i++) text[i] = inode.i_link[i];
    return text;
  }
  if (inode.i_op === null) return ERR_PTR(-EINVAL) as u8[];
  if (inode.i_op.jump_link !== null) {
    let to: embed<path>;
    const err = inode.i_op.jump_link(dentry, to);
    if (err !== 0) return ERR_PTR(s64(err)) as u8[];
    const page = kmalloc(4096, GFP_KERNEL) as u8[];
    if (page === null) {
      path_put(to);
      return ERR_PTR(-ENOMEM) as u8[];
    }
    const text = d_path(to, page, 4096);
    path_put(to);
    if (IS_ERR(text)) {
      kfree(page);
      return text;
    }
    for (let i = 0; ; i++) {
      page[i] = text[i];
      if (text[i] === 0) break;
    }
    return page;
  }
  if (inode.i_op.get_link === null) return ERR_PTR(-EINVAL) as u8[];
  return inode.i_op.get_link(dentry, inode);
}

function do_readlinkat(dfd: int, user: u64, buf: u64, size: int): s64 {
  if (size <= 0) return -EINVAL;
  let path: embed<path>;
  const err = user_path_at(dfd, user, LOOKUP_EMPTY, path);
  if (err !== 0) return s64(err);
  let ret: s64 = -EINVAL;
  if (S_ISLNK(path.dentry.d_inode.i_mode)) {
    const text = vfs_get_link(path.dentry);
    if (IS_ERR(text)) {
      ret = PTR_ERR(text);
    } else {
      let n: u64 = strlen(text);
      if (n > u64(size)) n = u64(size);
      ret = copy_to_user(at<ptr>(buf), text, n) !== 0 ? s64(-EFAULT) : s64(n);
      kfree(text);
    }
  }
  path_put(path);
  // An empty name means the descriptor itself, which is no link.
  let first: u8 = 1;
  if (ret === -EINVAL && copy_from_user(addr(first), at<ptr>(user), 1) === 0 && first === 0) return -ENOENT;
  return ret;
}

export function __x64_sys_readlink(regs: pt_regs): s64 {
  return do_readlinkat(AT_FDCWD, regs.di, regs.si, int(regs.dx));
}
export function __x64_sys_readlinkat(regs: pt_regs): s64 {
  return do_readlinkat(int(regs.di), regs.si, regs.dx, int(regs.r10));
}

const ST_VALID = 0x20;
const ST_NOATIME = 0x400;
const ST_RELATIME = 0x1000;

function do_statfs(path: path, user: u64): s64 {
  const st: kstatfs = {};
  const sb = path.mnt.mnt_sb;
  if (sb.s_op === null || sb.s_op.statfs === null) {
    st.f_type = s64(sb.s_magic);
    st.f_bsize = s64(sb.s_blocksize);
    st.f_namelen = NAME_MAX;
  } else {
    const err = sb.s_op.statfs(path.dentry, st);
    if (err !== 0) return s64(err);
  }
  st.f_frsize = st.f_bsize;
  // The mount's flags, whose lowest bits have the same numbers.
  st.f_flags = s64(path.mnt.mnt_flags & 15) | ST_VALID;
  st.f_flags |= (path.mnt.mnt_flags & MS_NOATIME) !== 0 ? ST_NOATIME : ST_RELATIME;
  return copy_to_user(at<ptr>(user), st, sizeof<kstatfs>()) !== 0 ? -EFAULT : 0;
}

export function __x64_sys_statfs(regs: pt_regs): s64 {
  let path: embed<path>;
  const err = user_path_at(AT_FDCWD, regs.di, LOOKUP_FOLLOW, path);
  if (err !== 0) return s64(err);
  const ret = do_statfs(path, regs.si);
  path_put(path);
  return ret;
}

export function __x64_sys_fstatfs(regs: pt_regs): s64 {
  const f: file = fget_raw(u32(regs.di));
  if (f === null) return -EBADF;
  const ret = do_statfs(f.f_path, regs.si);
  fput(f);
  return ret;
}

export function __x64_sys_getcwd(regs: pt_regs): s64 {
  const page = kmalloc(4096, GFP_KERNEL) as u8[];
  if (page === null) return -ENOMEM;
  const fs = get_current().fs;
  let pwd: embed<path>;
  get_fs_pwd(fs, pwd);
  let ret: s64 = -ENOENT;
  if (!d_unhashed(pwd.dentry) || pwd.dentry.d_parent === pwd.dentry) {
    const text = d_path(pwd, page, 4096);
    if (IS_ERR(text)) {
      ret = PTR_ERR(text);
    } else {
      const len = strlen(text) + 1;
      ret = -ERANGE;
      if (len <= regs.si) ret = copy_to_user(at<ptr>(regs.di), text, len) !== 0 ? s64(-EFAULT) : s64(len);
    }
  }
  path_put(pwd);
  kfree(page);
  return ret;
}
