// open and close: from a path and flags to a struct file.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { dput } from "linux/dcache";
import { ERR_PTR, IS_ERR, PTR_ERR } from "linux/err";
import { EACCES, EEXIST, EINVAL, EISDIR, ELOOP, ENFILE, ENOTDIR, EROFS } from "linux/errno";
import { AT_FDCWD, O_ACCMODE, O_CLOEXEC, O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_PATH, O_TRUNC, O_WRONLY } from "linux/fcntl";
import { fd_install, fput, get_unused_fd_flags, put_unused_fd } from "linux/file";
import {
  ATTR_MTIME,
  ATTR_OPEN,
  ATTR_SIZE,
  FMODE_ATOMIC_POS,
  FMODE_LSEEK,
  FMODE_PATH,
  FMODE_PREAD,
  FMODE_PWRITE,
  FMODE_STREAM,
  FMODE_WRITE,
  FMODE_WRITER,
  type file,
  type file_operations,
  type filename,
  getname,
  getname_kernel,
  type iattr,
  type inode,
  inode_permission,
  MAY_EXEC,
  MAY_OPEN,
  MAY_READ,
  MAY_WRITE,
  notify_change,
  putname,
} from "linux/fs";
import { MS_NODEV, MS_RDONLY } from "linux/mount";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { LOOKUP_CREATE, LOOKUP_DIRECTORY, LOOKUP_FOLLOW } from "linux/namei";
import { type path, path_get, path_put } from "linux/path";
import { S_IALLUGO, S_ISBLK, S_ISCHR, S_ISDIR, S_ISLNK, S_ISREG } from "linux/stat";
import { alloc_empty_file, file_set_can, get_write_access, put_empty_file, put_write_access } from "./file_table";
import { filename_lookup, filename_parentat, LAST_NORM, lookup_one, type nameidata, open_follow_link, open_take, path_exit } from "./namei";
import { vfs_create } from "./namei_ops";

const empty_fops: file_operations = {};

/** What the task asks for by its flags, as MAY_ bits. */
function acc_mode_of(flags: int): int {
  let acc: int = 0;
  const mode = flags & O_ACCMODE;
  if (mode !== O_WRONLY) acc |= MAY_READ;
  if (mode !== 0) acc |= MAY_WRITE;
  if ((flags & O_TRUNC) !== 0) acc |= MAY_WRITE;
  return acc;
}

export function may_open(path: path, acc_mode: int, flags: int): int {
  const inode = path.dentry.d_inode;
  if (S_ISLNK(inode.i_mode)) return -ELOOP;
  if (S_ISDIR(inode.i_mode) && (acc_mode & MAY_WRITE) !== 0) return -EISDIR;
  if (S_ISDIR(inode.i_mode) && (acc_mode & MAY_EXEC) !== 0) return -EACCES;
  if ((S_ISBLK(inode.i_mode) || S_ISCHR(inode.i_mode)) && (path.mnt.mnt_flags & MS_NODEV) !== 0) return -EACCES;
  if (S_ISREG(inode.i_mode) && (acc_mode & MAY_WRITE) !== 0 && (path.mnt.mnt_flags & MS_RDONLY) !== 0) return -EROFS;
  return inode_permission(inode, int(MAY_OPEN | acc_mode));
}

/** Fills a file whose f_path (with references) is set and calls its open. On error the path's references remain the file's. */
export function do_dentry_open(f: file): int {
  const inode = f.f_path.dentry.d_inode;
  f.f_inode = inode;
  if ((f.f_flags & O_PATH) !== 0) {
    f.f_mode = FMODE_PATH;
    f.f_op = empty_fops;
    return 0;
  }
  if (S_ISREG(inode.i_mode) || S_ISDIR(inode.i_mode)) f.f_mode |= FMODE_ATOMIC_POS;
  f.f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
  f.f_op = inode.i_fop === null ? empty_fops : inode.i_fop;
  if ((f.f_mode & FMODE_WRITE) !== 0 && S_ISREG(inode.i_mode)) {
    const err = get_write_access(inode);
    if (err !== 0) return err;
    f.f_mode |= FMODE_WRITER;
  }
  if (f.f_op.open !== null) {
    const err = f.f_op.open(inode, f);
    if (err !== 0) {
      if ((f.f_mode & FMODE_WRITER) !== 0) put_write_access(inode);
      return err;
    }
  }
  file_set_can(f);
  f.f_flags &= ~u32(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
  return 0;
}

/** O_CREAT: the last component, made if it is not there. *created tells. On success nd.path is the file. */
function open_create(nd: nameidata, flags: int, mode: u32, created: bool[]): int {
  for (;;) {
    if (nd.last_type !== LAST_NORM || nd.trailing) return -EISDIR;
    const parent = nd.path.dentry;
    const dir = parent.d_inode;
    if (!S_ISDIR(dir.i_mode)) return -ENOTDIR;
    mutex_lock(dir.i_rwsem);
    const dentry = lookup_one(parent, nd.last, LOOKUP_CREATE, true);
    let err: int = 0;
    if (IS_ERR(dentry)) {
      err = int(PTR_ERR(dentry));
    } else if (dentry.d_inode === null) {
      if ((nd.path.mnt.mnt_flags & MS_RDONLY) !== 0) err = -EROFS;
      else err = vfs_create(dir, dentry, mode & S_IALLUGO & ~u32(get_current().fs.umask), (flags & O_EXCL) !== 0);
      if (err === 0) created[0] = true;
      else dput(dentry);
    }
    mutex_unlock(dir.i_rwsem);
    if (err !== 0) return err;
    const existed = !created[0];
    if (existed && (flags & O_EXCL) !== 0) {
      dput(dentry);
      return -EEXIST;
    }
    if (existed && S_ISLNK(dentry.d_inode.i_mode)) {
      if ((flags & O_NOFOLLOW) !== 0) {
        dput(dentry);
        return -ELOOP;
      }
      err = open_follow_link(nd, dentry);
      if (err < 0) return err;
      if (err > 0) break;
      continue;
    }
    open_take(nd, dentry);
    break;
  }
  return S_ISDIR(nd.path.dentry.d_inode.i_mode) ? -EISDIR : 0;
}

/** The place that open means; with references in `path`. */
function open_lookup(dfd: int, name: filename, flags: int, mode: u32, path: path, created: bool[]): int {
  if ((flags & O_CREAT) === 0) {
    let lookup: u32 = (flags & O_NOFOLLOW) !== 0 ? 0 : LOOKUP_FOLLOW;
    if ((flags & O_DIRECTORY) !== 0) lookup |= LOOKUP_DIRECTORY;
    const err = filename_lookup(dfd, name, lookup, path);
    if (err !== 0) return err;
    if (S_ISLNK(path.dentry.d_inode.i_mode) && (flags & O_PATH) === 0) {
      path_put(path);
      return -ELOOP;
    }
    return 0;
  }
  let nd: embed<nameidata>;
  let err = filename_parentat(dfd, name, nd);
  if (err !== 0) return err;
  err = open_create(nd, flags, mode, created);
  path_exit(nd);
  if (err !== 0) path_put(nd.path);
  else copy(path, nd.path);
  return err;
}

function path_openat(dfd: int, name: filename, flags: int, mode: u32, exec: bool): file {
  const f = alloc_empty_file(flags);
  if (IS_ERR(f)) return f;
  let created: bool = false;
  let err = open_lookup(dfd, name, flags, mode, f.f_path, addr(created));
  if (err !== 0) {
    f.f_path.dentry = null;
    f.f_path.mnt = null;
    put_empty_file(f);
    return ERR_PTR(s64(err)) as file;
  }
  if ((flags & O_PATH) === 0 && !created) {
    err = may_open(f.f_path, exec ? int(MAY_EXEC) : acc_mode_of(flags), flags);
    if (err === 0 && exec && !S_ISREG(f.f_path.dentry.d_inode.i_mode)) err = -EACCES;
  }
  if (err === 0) err = do_dentry_open(f);
  if (err !== 0) {
    put_empty_file(f);
    return ERR_PTR(s64(err)) as file;
  }
  if ((flags & O_TRUNC) !== 0 && !created && S_ISREG(f.f_inode.i_mode)) {
    const attr: iattr = { ia_valid: ATTR_SIZE | ATTR_MTIME | ATTR_OPEN, ia_size: 0 };
    err = get_write_access(f.f_inode);
    if (err === 0) {
      err = notify_change(f.f_path.dentry, attr);
      put_write_access(f.f_inode);
    }
    if (err !== 0) {
      fput(f);
      return ERR_PTR(s64(err)) as file;
    }
  }
  return f;
}

export function do_filp_open(dfd: int, name: filename, flags: int, mode: u32, exec: bool): file {
  if (IS_ERR(name)) return ERR_PTR(PTR_ERR(name)) as file;
  return path_openat(dfd, name, flags, mode, exec);
}

export function filp_open(name: cstr, flags: int, mode: u16): file {
  const n = getname_kernel(name);
  const f = do_filp_open(AT_FDCWD, n, flags, u32(mode), false);
  putname(n);
  return f;
}
EXPORT_SYMBOL(filp_open);

/** A file for a place that is already found. */
export function dentry_open(path: path, flags: int): file {
  const f = alloc_empty_file(flags);
  if (IS_ERR(f)) return f;
  copy(f.f_path, path);
  path_get(f.f_path);
  const err = do_dentry_open(f);
  if (err !== 0) {
    put_empty_file(f);
    return ERR_PTR(s64(err)) as file;
  }
  return f;
}

export function filp_close(f: file): int {
  let err: int = 0;
  if (f.f_op !== null && f.f_op.flush !== null) err = f.f_op.flush(f);
  fput(f);
  return err;
}
EXPORT_SYMBOL(filp_close);

/** For open methods: no position. */
export function stream_open(inode: inode, f: file): int {
  f.f_mode = (f.f_mode & ~u32(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE | FMODE_ATOMIC_POS)) | FMODE_STREAM;
  return 0;
}

export function nonseekable_open(inode: inode, f: file): int {
  f.f_mode &= ~u32(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
  return 0;
}
EXPORT_SYMBOL(nonseekable_open);

function do_sys_openat2(dfd: int, user: u64, flags: int, mode: u32): s64 {
  if ((flags & O_PATH) !== 0) flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  if ((flags & (O_CREAT | O_DIRECTORY)) === (O_CREAT | O_DIRECTORY)) return -EINVAL;
  const name = getname(user);
  if (IS_ERR(name)) return PTR_ERR(name);
  const fd = get_unused_fd_flags(u32(flags));
  if (fd >= 0) {
    const f = do_filp_open(dfd, name, flags, mode, false);
    if (IS_ERR(f)) {
      put_unused_fd(u32(fd));
      putname(name);
      return PTR_ERR(f);
    }
    fd_install(u32(fd), f);
  }
  putname(name);
  return s64(fd);
}

export function __x64_sys_open(regs: pt_regs): s64 {
  return do_sys_openat2(AT_FDCWD, regs.di, int(regs.si), u32(regs.dx));
}
export function __x64_sys_openat(regs: pt_regs): s64 {
  return do_sys_openat2(int(regs.di), regs.si, int(regs.dx), u32(regs.r10));
}
export function __x64_sys_creat(regs: pt_regs): s64 {
  return do_sys_openat2(AT_FDCWD, regs.di, O_CREAT | O_WRONLY | O_TRUNC, u32(regs.si));
}
