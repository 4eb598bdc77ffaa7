// Path walk: from a string to a (mount, dentry) pair, with symbolic links, mount points and "..".

import { get_current } from "linux/current";
import { d_alloc, d_invalidate, d_lookup, type dentry, dget, dput, type qstr } from "linux/dcache";
import { ERR_PTR, IS_ERR, PTR_ERR } from "linux/err";
import { EBADF, EEXIST, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EROFS } from "linux/errno";
import { AT_FDCWD } from "linux/fcntl";
import { type filename, type inode, MAXSYMLINKS, MAY_EXEC, MAY_WRITE, NAME_MAX, PATH_MAX, S_DEAD } from "linux/fs";
import { get_fs_pwd, get_fs_root } from "linux/fs_struct";
import { lookup_mnt, MS_RDONLY, mntget, mntput } from "linux/mount";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { LOOKUP_CREATE, LOOKUP_DIRECTORY, LOOKUP_EXCL, LOOKUP_FOLLOW, LOOKUP_PARENT } from "linux/namei";
import { type path } from "linux/path";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { S_ISDIR, S_ISLNK } from "linux/stat";
import { memcpy, strlen } from "linux/string";
import { fget_raw } from "./file";
import { fput } from "./file_table";
import { getname_flags, getname_kernel, putname } from "./filename";
import { follow_up } from "./namespace";
import { inode_permission } from "./permission";

const SLASH = 47;
const DOT = 46;

export const LAST_NORM = 0;
export const LAST_ROOT = 1;
export const LAST_DOT = 2;
export const LAST_DOTDOT = 3;

/** The state of one walk. `path` holds references; `buf` is the string that a symbolic link has put in place of the caller's. */
export interface nameidata extends struct<"nameidata"> {
  path?: embed<path>;
  root?: embed<path>;
  /** Last component when walking for the parent. */
  last?: embed<qstr>;
  last_type?: int;
  flags?: u32;
  /** Links followed so far. */
  links?: int;
  name?: u8[];
  buf?: u8[];
  /** The component was followed by "/": it must be a directory. */
  trailing?: bool;
}

export function path_get(path: path): void {
  mntget(path.mnt);
  dget(path.dentry);
}

export function path_put(path: path): void {
  dput(path.dentry);
  mntput(path.mnt);
}

// ---- lookup of one component ----

/** Cached or looked up; with a reference, perhaps negative; or ERR_PTR. `locked`: the caller holds the directory's i_rwsem. */
export function lookup_one(parent: dentry, name: qstr, flags: u32, locked: bool): dentry {
  let dentry = d_lookup(parent, name);
  if (dentry !== null) {
    if (dentry.d_op === null || dentry.d_op.d_revalidate === null) return dentry;
    const valid = dentry.d_op.d_revalidate(dentry, flags);
    if (valid > 0) return dentry;
    if (valid === 0) d_invalidate(dentry);
    dput(dentry);
    if (valid < 0) return ERR_PTR(s64(valid)) as dentry;
  }
  const dir = parent.d_inode;
  if (dir.i_op === null || dir.i_op.lookup === null) return ERR_PTR(-ENOTDIR) as dentry;
  if (!locked) mutex_lock(dir.i_rwsem);
  dentry = d_lookup(parent, name);
  if (dentry === null) {
    dentry = d_alloc(parent, name);
    if (dentry === null) {
      dentry = ERR_PTR(-ENOMEM) as dentry;
    } else {
      const other = dir.i_op.lookup(dir, dentry, flags);
      if (other !== null) {
        dput(dentry);
        dentry = other;
      }
    }
  }
  if (!locked) mutex_unlock(dir.i_rwsem);
  return dentry;
}

export function lookup_one_len(name: cstr, base: dentry, len: int): dentry {
  const q: qstr = { name: name as u8[], len: u32(len) };
  return lookup_one(base, q, 0, true);
}

/** Goes down into whatever is mounted on the place. */
function traverse_mounts(path: path): void {
  for (;;) {
    const mnt = lookup_mnt(path);
    if (mnt === null) return;
    dput(path.dentry);
    mntput(path.mnt);
    path.mnt = mnt;
    path.dentry = dget(mnt.mnt_root);
  }
}

function follow_dotdot(nd: nameidata): void {
  const path = nd.path;
  for (;;) {
    if (path.dentry === nd.root.dentry && path.mnt === nd.root.mnt) break;
    if (path.dentry !== path.mnt.mnt_root) {
      const parent = dget(path.dentry.d_parent);
      dput(path.dentry);
      path.dentry = parent;
      break;
    }
    if (!follow_up(path)) break;
  }
  traverse_mounts(path);
}

/** nd.path := the component; its reference replaces the parent's. */
function take(nd: nameidata, dentry: dentry): void {
  dput(nd.path.dentry);
  nd.path.dentry = dentry;
  traverse_mounts(nd.path);
}

/**
 * Follows the link `dentry` (whose reference it takes) in the directory nd.path: the target and then `rest` become the name to walk.
 * A link that is a place itself becomes nd.path; returns 1 then.
 */
function follow_link(nd: nameidata, dentry: dentry, rest: u8[], slash: bool): int {
  const inode = dentry.d_inode;
  nd.links += 1;
  if (nd.links > MAXSYMLINKS) {
    dput(dentry);
    return -ELOOP;
  }
  if (inode.i_op !== null && inode.i_op.jump_link !== null) {
    let to: embed<path>;
    const err = inode.i_op.jump_link(dentry, to);
    dput(dentry);
    if (err !== 0) return err;
    path_put(nd.path);
    copy(nd.path, to);
    return 1;
  }
  let target = inode.i_link;
  const fetched = target === null;
  if (fetched) {
    if (inode.i_op === null || inode.i_op.get_link === null) {
      dput(dentry);
      return -ELOOP;
    }
    target = inode.i_op.get_link(dentry, inode);
    if (IS_ERR(target)) {
      dput(dentry);
      return int(PTR_ERR(target));
    }
  }
  const len = strlen(target);
  const rest_len = strlen(rest);
  let err: int = 0;
  let buf: u8[] = null;
  if (len === 0) err = -ENOENT;
  else if (len + rest_len + 2 > PATH_MAX) err = -ENAMETOOLONG;
  else {
    buf = kmalloc(len + rest_len + 2, GFP_KERNEL) as u8[];
    if (buf === null) err = -ENOMEM;
  }
  if (err === 0) {
    memcpy(buf, target, len);
    let n = len;
    if (slash) buf[n++] = SLASH;
    memcpy(add(buf, n), rest, rest_len + 1);
    kfree(nd.buf);
    nd.buf = buf;
    nd.name = buf;
    if (buf[0] === SLASH) {
      path_put(nd.path);
      copy(nd.path, nd.root);
      path_get(nd.path);
    }
  }
  if (fetched) kfree(target);
  dput(dentry);
  return err;
}

/**
 * Walks nd.name from nd.path. With LOOKUP_PARENT it stops before the last component, which nd.last and nd.last_type then name;
 * else nd.path is the end, which exists.
 */
export function link_path_walk(nd: nameidata): int {
  for (;;) {
    let name = nd.name;
    while (name[0] === SLASH) name = add(name, 1);
    if (name[0] === 0) {
      nd.last_type = LAST_ROOT;
      nd.last.len = 0;
      return 0;
    }
    const inode = nd.path.dentry.d_inode;
    if (!S_ISDIR(inode.i_mode)) return -ENOTDIR;
    let err = inode_permission(inode, MAY_EXEC);
    if (err !== 0) return err;
    let len: u32 = 0;
    while (name[len] !== 0 && name[len] !== SLASH) len++;
    if (len > NAME_MAX) return -ENAMETOOLONG;
    let next = add(name, len);
    const slash = next[0] === SLASH;
    while (next[0] === SLASH) next = add(next, 1);
    const is_last = next[0] === 0;
    nd.trailing = slash;
    let type: int = LAST_NORM;
    if (name[0] === DOT) {
      if (len === 1) type = LAST_DOT;
      else if (len === 2 && name[1] === DOT) type = LAST_DOTDOT;
    }
    if (is_last && (nd.flags & LOOKUP_PARENT) !== 0) {
      nd.last.name = name;
      nd.last.len = len;
      nd.last_type = type;
      return 0;
    }
    nd.name = next;
    if (type === LAST_DOTDOT) follow_dotdot(nd);
    if (type === LAST_NORM) {
      const q: qstr = { name, len };
      const dentry = lookup_one(nd.path.dentry, q, nd.flags, false);
      if (IS_ERR(dentry)) return int(PTR_ERR(dentry));
      if (dentry.d_inode === null) {
        dput(dentry);
        return -ENOENT;
      }
      if (S_ISLNK(dentry.d_inode.i_mode) && (!is_last || slash || (nd.flags & LOOKUP_FOLLOW) !== 0)) {
        err = follow_link(nd, dentry, next, slash);
        if (err < 0) return err;
        if (err === 0) continue;
      } else {
        take(nd, dentry);
      }
    }
    if (is_last) {
      if ((slash || (nd.flags & LOOKUP_DIRECTORY) !== 0) && !S_ISDIR(nd.path.dentry.d_inode.i_mode)) return -ENOTDIR;
      return 0;
    }
  }
}

/** Where the walk begins: the root, the working directory, or an open directory. */
export function path_init(dfd: int, name: u8[], flags: u32, nd: nameidata): int {
  nd.flags = flags;
  nd.links = 0;
  nd.name = name;
  nd.buf = null;
  nd.trailing = false;
  nd.last_type = LAST_ROOT;
  nd.last.len = 0;
  const fs = get_current().fs;
  get_fs_root(fs, nd.root);
  if (name[0] === SLASH) {
    copy(nd.path, nd.root);
    path_get(nd.path);
    return 0;
  }
  if (dfd === AT_FDCWD) {
    get_fs_pwd(fs, nd.path);
    return 0;
  }
  const f = fget_raw(u32(dfd));
  let err: int = 0;
  if (f === null) {
    err = -EBADF;
  } else {
    if (name[0] !== 0 && !S_ISDIR(f.f_inode.i_mode)) err = -ENOTDIR;
    else {
      copy(nd.path, f.f_path);
      path_get(nd.path);
    }
    fput(f);
  }
  if (err !== 0) path_put(nd.root);
  return err;
}

/** Ends a walk; nd.path stays the caller's. */
export function path_exit(nd: nameidata): void {
  kfree(nd.buf);
  nd.buf = null;
  path_put(nd.root);
}

export function filename_lookup(dfd: int, name: filename, flags: u32, path: path): int {
  if (IS_ERR(name)) return int(PTR_ERR(name));
  let nd: embed<nameidata>;
  let err = path_init(dfd, name.name, flags, nd);
  if (err !== 0) return err;
  err = link_path_walk(nd);
  if (err === 0 && (flags & LOOKUP_DIRECTORY) !== 0 && !S_ISDIR(nd.path.dentry.d_inode.i_mode)) err = -ENOTDIR;
  path_exit(nd);
  if (err !== 0) {
    path_put(nd.path);
    return err;
  }
  copy(path, nd.path);
  return 0;
}

export function kern_path(name: cstr, flags: u32, path: path): int {
  const n = getname_kernel(name);
  const err = filename_lookup(AT_FDCWD, n, flags, path);
  putname(n);
  return err;
}

export function user_path_at(dfd: int, user: u64, flags: u32, path: path): int {
  const n = getname_flags(user, flags);
  const err = filename_lookup(dfd, n, flags, path);
  putname(n);
  return err;
}

/** The directory of the last component, which nd.last names. The caller ends the walk with path_exit and puts nd.path. */
export function filename_parentat(dfd: int, name: filename, nd: nameidata): int {
  if (IS_ERR(name)) return int(PTR_ERR(name));
  let err = path_init(dfd, name.name, LOOKUP_PARENT, nd);
  if (err !== 0) return err;
  err = link_path_walk(nd);
  if (err === 0 && !S_ISDIR(nd.path.dentry.d_inode.i_mode)) err = -ENOTDIR;
  if (err !== 0) {
    path_exit(nd);
    path_put(nd.path);
  }
  return err;
}

/** For something new: the directory's i_rwsem is held on success, and the (negative) dentry is returned. */
export function filename_create(dfd: int, name: filename, nd: nameidata, is_dir: bool): dentry {
  const err = filename_parentat(dfd, name, nd);
  if (err !== 0) return ERR_PTR(s64(err)) as dentry;
  let res: dentry = null;
  if (nd.last_type !== LAST_NORM) {
    res = ERR_PTR(-EEXIST) as dentry;
  } else {
    const dir = nd.path.dentry.d_inode;
    mutex_lock(dir.i_rwsem);
    res = lookup_one(nd.path.dentry, nd.last, LOOKUP_CREATE | LOOKUP_EXCL, true);
    if (!IS_ERR(res)) {
      let bad: int = 0;
      if (res.d_inode !== null) bad = -EEXIST;
      else if (nd.trailing && !is_dir) bad = -ENOENT;
      else if ((nd.path.mnt.mnt_flags & MS_RDONLY) !== 0) bad = -EROFS;
      if (bad !== 0) {
        dput(res);
        res = ERR_PTR(s64(bad)) as dentry;
      }
    }
    if (IS_ERR(res)) mutex_unlock(dir.i_rwsem);
  }
  if (IS_ERR(res)) {
    path_exit(nd);
    path_put(nd.path);
  }
  return res;
}

export function done_path_create(nd: nameidata, dentry: dentry): void {
  dput(dentry);
  mutex_unlock(nd.path.dentry.d_inode.i_rwsem);
  path_exit(nd);
  path_put(nd.path);
}

/** may_create: the directory lets the task add a name. */
export function may_create(dir: inode): int {
  if ((dir.i_flags & S_DEAD) !== 0) return -ENOENT;
  return inode_permission(dir, MAY_WRITE | MAY_EXEC);
}

/** Follows a final symbolic link for open: the next walk's parent is in nd. */
export function open_follow_link(nd: nameidata, dentry: dentry): int {
  const err = follow_link(nd, dentry, "" as ptr as u8[], false);
  if (err !== 0) return err;
  return link_path_walk(nd);
}

export function open_take(nd: nameidata, dentry: dentry): void {
  take(nd, dentry);
}

export function open_dotdot(nd: nameidata): void {
  follow_dotdot(nd);
}
