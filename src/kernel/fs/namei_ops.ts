// System calls that change directories: mkdir, mknod, unlink, rmdir, link, symlink, rename.

import type { pt_regs } from "asm/ptrace";
import { CAP_FOWNER, CAP_MKNOD } from "linux/capability";
import { capable, current_fsuid } from "linux/cred";
import { get_current } from "linux/current";
import { d_delete, d_move, type dentry, dput, is_subdir } from "linux/dcache";
import { IS_ERR, PTR_ERR } from "linux/err";
import { EACCES, EBUSY, EEXIST, EINVAL, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, EROFS, EXDEV } from "linux/errno";
import { AT_EMPTY_PATH, AT_FDCWD, AT_REMOVEDIR, AT_SYMLINK_FOLLOW } from "linux/fcntl";
import {
  type filename,
  getname,
  getname_kernel,
  ihold,
  type inode,
  inode_permission,
  iput,
  MAY_EXEC,
  MAY_WRITE,
  new_decode_dev,
  putname,
  S_DEAD,
} from "linux/fs";
import { is_mounted_on, MS_RDONLY } from "linux/mount";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { LOOKUP_EMPTY, LOOKUP_FOLLOW, RENAME_NOREPLACE } from "linux/namei";
import { type path, path_put } from "linux/path";
import { S_IALLUGO, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFMT, S_IFREG, S_IFSOCK, S_ISDIR, S_ISVTX } from "linux/stat";
import { getname_flags } from "./filename";
import {
  done_path_create,
  filename_create,
  filename_lookup,
  filename_parentat,
  LAST_DOT,
  LAST_DOTDOT,
  LAST_NORM,
  lookup_one,
  may_create,
  type nameidata,
  path_exit,
} from "./namei";

export function vfs_create(dir: inode, dentry: dentry, mode: u32, excl: bool): int {
  const err = may_create(dir);
  if (err !== 0) return err;
  if (dir.i_op.create === null) return -EACCES;
  return dir.i_op.create(dir, dentry, (mode & S_IALLUGO) | S_IFREG, excl);
}

export function vfs_mkdir(dir: inode, dentry: dentry, mode: u32): int {
  const err = may_create(dir);
  if (err !== 0) return err;
  if (dir.i_op.mkdir === null) return -EPERM;
  return dir.i_op.mkdir(dir, dentry, (mode & 0o1777) | S_IFDIR);
}

export function vfs_mknod(dir: inode, dentry: dentry, mode: u32, dev: u32): int {
  const err = may_create(dir);
  if (err !== 0) return err;
  const type = mode & S_IFMT;
  if ((type === S_IFCHR || type === S_IFBLK) && !capable(CAP_MKNOD)) return -EPERM;
  if (dir.i_op.mknod === null) return -EPERM;
  return dir.i_op.mknod(dir, dentry, mode, dev);
}

function current_umask(): u32 {
  return u32(get_current().fs.umask);
}

export function do_mkdirat(dfd: int, name: filename, mode: u32): int {
  let nd: embed<nameidata>;
  const dentry = filename_create(dfd, name, nd, true);
  let err: int = 0;
  if (IS_ERR(dentry)) {
    err = int(PTR_ERR(dentry));
  } else {
    err = vfs_mkdir(nd.path.dentry.d_inode, dentry, mode & ~current_umask());
    done_path_create(nd, dentry);
  }
  putname(name);
  return err;
}

export function do_mknodat(dfd: int, name: filename, mode: u32, dev: u32): int {
  const type = mode & S_IFMT;
  let err: int = 0;
  if (type !== 0 && type !== S_IFREG && type !== S_IFCHR && type !== S_IFBLK && type !== S_IFIFO && type !== S_IFSOCK)
    err = type === S_IFDIR ? -EPERM : -EINVAL;
  if (err === 0) {
    let nd: embed<nameidata>;
    const dentry = filename_create(dfd, name, nd, false);
    if (IS_ERR(dentry)) {
      err = int(PTR_ERR(dentry));
    } else {
      const bits = mode & ~current_umask();
      if (type === 0 || type === S_IFREG) err = vfs_create(nd.path.dentry.d_inode, dentry, bits, true);
      else err = vfs_mknod(nd.path.dentry.d_inode, dentry, (bits & S_IALLUGO) | type, new_decode_dev(dev));
      done_path_create(nd, dentry);
    }
  }
  putname(name);
  return err;
}

/** May the task remove `victim` from `dir`? The checks and their order are those that decide which errno comes. */
function may_delete(dir: inode, victim: dentry, isdir: bool): int {
  const inode = victim.d_inode;
  if (inode === null) return -ENOENT;
  const err = inode_permission(dir, MAY_WRITE | MAY_EXEC);
  if (err !== 0) return err;
  if ((dir.i_mode & S_ISVTX) !== 0 && current_fsuid() !== inode.i_uid && current_fsuid() !== dir.i_uid && !capable(CAP_FOWNER))
    return -EPERM;
  if (isdir) {
    if (!S_ISDIR(inode.i_mode)) return -ENOTDIR;
    if (victim.d_parent === victim) return -EBUSY;
  } else if (S_ISDIR(inode.i_mode)) {
    return -EISDIR;
  }
  return 0;
}

export function vfs_unlink(dir: inode, dentry: dentry): int {
  let err = may_delete(dir, dentry, false);
  if (err !== 0) return err;
  if (dir.i_op.unlink === null) return -EPERM;
  if (is_mounted_on(dentry)) return -EBUSY;
  err = dir.i_op.unlink(dir, dentry);
  if (err === 0) d_delete(dentry);
  return err;
}

export function vfs_rmdir(dir: inode, dentry: dentry): int {
  let err = may_delete(dir, dentry, true);
  if (err !== 0) return err;
  if (dir.i_op.rmdir === null) return -EPERM;
  if (is_mounted_on(dentry)) return -EBUSY;
  err = dir.i_op.rmdir(dir, dentry);
  if (err === 0) {
    dentry.d_inode.i_flags |= S_DEAD;
    d_delete(dentry);
  }
  return err;
}

function do_remove(dfd: int, name: filename, isdir: bool): int {
  let nd: embed<nameidata>;
  let err = filename_parentat(dfd, name, nd);
  if (err !== 0) {
    putname(name);
    return err;
  }
  if (nd.last_type !== LAST_NORM) {
    if (!isdir) err = -EISDIR;
    else if (nd.last_type === LAST_DOTDOT) err = -ENOTEMPTY;
    else err = nd.last_type === LAST_DOT ? -EINVAL : -EBUSY;
  } else if ((nd.path.mnt.mnt_flags & MS_RDONLY) !== 0) {
    err = -EROFS;
  } else {
    const dir = nd.path.dentry.d_inode;
    let held: inode = null;
    mutex_lock(dir.i_rwsem);
    const dentry = lookup_one(nd.path.dentry, nd.last, 0, true);
    if (IS_ERR(dentry)) {
      err = int(PTR_ERR(dentry));
    } else {
      const inode = dentry.d_inode;
      if (inode === null) err = -ENOENT;
      else if (isdir) err = vfs_rmdir(dir, dentry);
      else if (nd.trailing) err = S_ISDIR(inode.i_mode) ? -EISDIR : -ENOTDIR;
      else {
        // The inode's end may mean a request to the server: not under the directory's lock.
        ihold(inode);
        held = inode;
        err = vfs_unlink(dir, dentry);
      }
      dput(dentry);
    }
    mutex_unlock(dir.i_rwsem);
    iput(held);
  }
  path_exit(nd);
  path_put(nd.path);
  putname(name);
  return err;
}

export function do_symlinkat(from: filename, dfd: int, to: filename): int {
  let err: int = 0;
  if (IS_ERR(from)) {
    err = int(PTR_ERR(from));
  } else {
    let nd: embed<nameidata>;
    const dentry = filename_create(dfd, to, nd, false);
    if (IS_ERR(dentry)) {
      err = int(PTR_ERR(dentry));
    } else {
      const dir = nd.path.dentry.d_inode;
      err = may_create(dir);
      if (err === 0) err = dir.i_op.symlink === null ? -EPERM : dir.i_op.symlink(dir, dentry, from.name);
      done_path_create(nd, dentry);
    }
  }
  putname(from);
  putname(to);
  return err;
}

function do_linkat(olddfd: int, old: filename, newdfd: int, new_: filename, flags: int): int {
  let err: int = 0;
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) !== 0) {
    err = -EINVAL;
  } else {
    let old_path: embed<path>;
    err = filename_lookup(olddfd, old, (flags & AT_SYMLINK_FOLLOW) !== 0 ? LOOKUP_FOLLOW : 0, old_path);
    if (err === 0) {
      let nd: embed<nameidata>;
      const dentry = filename_create(newdfd, new_, nd, false);
      if (IS_ERR(dentry)) {
        err = int(PTR_ERR(dentry));
      } else {
        const dir = nd.path.dentry.d_inode;
        err = may_create(dir);
        if (err === 0) {
          if (old_path.mnt.mnt_sb !== nd.path.mnt.mnt_sb || old_path.mnt !== nd.path.mnt) err = -EXDEV;
          else if (S_ISDIR(old_path.dentry.d_inode.i_mode) || dir.i_op.link === null) err = -EPERM;
          else err = dir.i_op.link(old_path.dentry, dir, dentry);
        }
        done_path_create(nd, dentry);
      }
      path_put(old_path);
    }
  }
  putname(old);
  putname(new_);
  return err;
}

let s_vfs_rename_mutex: embed<mutex>;

/** Both directories' locks, in address order; renames between directories exclude each other. */
function lock_rename(a: inode, b: inode): void {
  if (a === b) {
    mutex_lock(a.i_rwsem);
    return;
  }
  mutex_lock(s_vfs_rename_mutex);
  if (u64(a) < u64(b)) {
    mutex_lock(a.i_rwsem);
    mutex_lock(b.i_rwsem);
  } else {
    mutex_lock(b.i_rwsem);
    mutex_lock(a.i_rwsem);
  }
}

function unlock_rename(a: inode, b: inode): void {
  mutex_unlock(a.i_rwsem);
  if (a !== b) {
    mutex_unlock(b.i_rwsem);
    mutex_unlock(s_vfs_rename_mutex);
  }
}

function vfs_rename(old_dir: inode, old: dentry, new_dir: inode, new_: dentry, flags: u32): int {
  const isdir = S_ISDIR(old.d_inode.i_mode);
  if (old.d_inode === new_.d_inode) return 0;
  let err = may_delete(old_dir, old, isdir);
  if (err !== 0) return err;
  err = new_.d_inode === null ? may_create(new_dir) : may_delete(new_dir, new_, isdir);
  if (err !== 0) return err;
  if (old_dir.i_op.rename === null) return -EPERM;
  if (is_mounted_on(old) || is_mounted_on(new_)) return -EBUSY;
  err = old_dir.i_op.rename(old_dir, old, new_dir, new_, flags);
  if (err === 0) d_move(old, new_);
  return err;
}

function rename_locked(od: nameidata, nn: nameidata, flags: u32): int {
  const old_dir = od.path.dentry;
  const new_dir = nn.path.dentry;
  const old = lookup_one(old_dir, od.last, 0, true);
  if (IS_ERR(old)) return int(PTR_ERR(old));
  if (old.d_inode === null) {
    dput(old);
    return -ENOENT;
  }
  const new_ = lookup_one(new_dir, nn.last, 0, true);
  if (IS_ERR(new_)) {
    dput(old);
    return int(PTR_ERR(new_));
  }
  let err: int = 0;
  if ((flags & RENAME_NOREPLACE) !== 0 && new_.d_inode !== null) err = -EEXIST;
  else if (!S_ISDIR(old.d_inode.i_mode) && (od.trailing || nn.trailing)) err = -ENOTDIR;
  else if (is_subdir(new_dir, old)) err = -EINVAL;
  else if (new_.d_inode !== null && is_subdir(old_dir, new_)) err = -ENOTEMPTY;
  else err = vfs_rename(old_dir.d_inode, old, new_dir.d_inode, new_, flags);
  dput(new_);
  dput(old);
  return err;
}

function do_renameat2(olddfd: int, old: filename, newdfd: int, new_: filename, flags: u32): int {
  let od: embed<nameidata>;
  let nn: embed<nameidata>;
  let err: int = (flags & ~RENAME_NOREPLACE) !== 0 ? -EINVAL : filename_parentat(olddfd, old, od);
  if (err === 0) {
    err = filename_parentat(newdfd, new_, nn);
    if (err === 0) {
      if (od.path.mnt !== nn.path.mnt) err = -EXDEV;
      else if (od.last_type !== LAST_NORM) err = -EBUSY;
      else if (nn.last_type !== LAST_NORM) err = (flags & RENAME_NOREPLACE) !== 0 ? -EEXIST : -EBUSY;
      else if ((od.path.mnt.mnt_flags & MS_RDONLY) !== 0) err = -EROFS;
      else {
        lock_rename(od.path.dentry.d_inode, nn.path.dentry.d_inode);
        err = rename_locked(od, nn, flags);
        unlock_rename(od.path.dentry.d_inode, nn.path.dentry.d_inode);
      }
      path_exit(nn);
      path_put(nn.path);
    }
    path_exit(od);
    path_put(od.path);
  }
  putname(old);
  putname(new_);
  return err;
}

export function __x64_sys_mkdir(regs: pt_regs): s64 {
  return s64(do_mkdirat(AT_FDCWD, getname(regs.di), u32(regs.si)));
}
export function __x64_sys_mkdirat(regs: pt_regs): s64 {
  return s64(do_mkdirat(int(regs.di), getname(regs.si), u32(regs.dx)));
}
export function __x64_sys_mknod(regs: pt_regs): s64 {
  return s64(do_mknodat(AT_FDCWD, getname(regs.di), u32(regs.si), u32(regs.dx)));
}
export function __x64_sys_mknodat(regs: pt_regs): s64 {
  return s64(do_mknodat(int(regs.di), getname(regs.si), u32(regs.dx), u32(regs.r10)));
}
export function __x64_sys_rmdir(regs: pt_regs): s64 {
  return s64(do_remove(AT_FDCWD, getname(regs.di), true));
}
export function __x64_sys_unlink(regs: pt_regs): s64 {
  return s64(do_remove(AT_FDCWD, getname(regs.di), false));
}
export function __x64_sys_unlinkat(regs: pt_regs): s64 {
  const flag = int(regs.dx);
  if ((flag & ~AT_REMOVEDIR) !== 0) return -EINVAL;
  return s64(do_remove(int(regs.di), getname(regs.si), (flag & AT_REMOVEDIR) !== 0));
}
export function __x64_sys_symlink(regs: pt_regs): s64 {
  return s64(do_symlinkat(getname(regs.di), AT_FDCWD, getname(regs.si)));
}
export function __x64_sys_symlinkat(regs: pt_regs): s64 {
  return s64(do_symlinkat(getname(regs.di), int(regs.si), getname(regs.dx)));
}
export function __x64_sys_link(regs: pt_regs): s64 {
  return s64(do_linkat(AT_FDCWD, getname(regs.di), AT_FDCWD, getname(regs.si), 0));
}
export function __x64_sys_linkat(regs: pt_regs): s64 {
  const flags = int(regs.r8);
  return s64(
    do_linkat(
      int(regs.di),
      getname_flags(regs.si, (flags & AT_EMPTY_PATH) !== 0 ? LOOKUP_EMPTY : 0),
      int(regs.dx),
      getname(regs.r10),
      flags,
    ),
  );
}
export function __x64_sys_rename(regs: pt_regs): s64 {
  return s64(do_renameat2(AT_FDCWD, getname(regs.di), AT_FDCWD, getname(regs.si), 0));
}
export function __x64_sys_renameat(regs: pt_regs): s64 {
  return s64(do_renameat2(int(regs.di), getname(regs.si), int(regs.dx), getname(regs.r10), 0));
}
export function __x64_sys_renameat2(regs: pt_regs): s64 {
  return s64(do_renameat2(int(regs.di), getname(regs.si), int(regs.dx), getname(regs.r10), u32(regs.r8)));
}

/** Kernel-internal: a directory or device node in a memory file system. */
export function init_mkdir(name: cstr, mode: u32): int {
  return do_mkdirat(AT_FDCWD, getname_kernel(name), mode);
}
