// 9p inodes: every dentry holds a fid; attributes come from the server each time (cache=none), so what the host changes is seen at once.

import { current_fsgid } from "linux/cred";
import { d_add, type dentry } from "linux/dcache";
import { ERR_PTR, IS_ERR, PTR_ERR } from "linux/err";
import { ENAMETOOLONG, ENOENT, ENOMEM } from "linux/errno";
import {
  ATTR_SIZE,
  generic_fillattr,
  type iattr,
  init_special_inode,
  type inode,
  type inode_operations,
  MAJOR,
  MINOR,
  NAME_MAX,
  new_decode_dev,
  new_inode,
  setattr_prepare,
  type super_block,
} from "linux/fs";
import { jiffies } from "linux/jiffies";
import { truncate_pagecache } from "linux/pagemap";
import { type path } from "linux/path";
import { type kstat, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from "linux/stat";
import { p9_client_clunk, p9_client_walk, type p9_fid, type p9_stat_dotl } from "../../net/9p/client";
import {
  p9_client_create_dotl,
  p9_client_getattr,
  p9_client_link,
  p9_client_mkdir,
  p9_client_mknod,
  p9_client_readlink,
  p9_client_renameat,
  p9_client_setattr,
  p9_client_symlink,
  p9_client_unlinkat,
} from "../../net/9p/requests";
import { fid_of } from "./fid";
import { v9fs_dir_fops } from "./vfs_dir";
import { v9fs_file_fops } from "./vfs_file";

function refresh(inode: inode, st: p9_stat_dotl): void {
  inode.i_mode = u16(st.mode);
  inode.i_uid = st.uid;
  inode.i_gid = st.gid;
  inode.i_nlink = u32(st.nlink);
  inode.i_size = s64(st.size);
  inode.i_atime.tv_sec = s64(st.atime_sec);
  inode.i_atime.tv_nsec = s64(st.atime_nsec);
  inode.i_mtime.tv_sec = s64(st.mtime_sec);
  inode.i_mtime.tv_nsec = s64(st.mtime_nsec);
  inode.i_ctime.tv_sec = s64(st.ctime_sec);
  inode.i_ctime.tv_nsec = s64(st.ctime_nsec);
}

export function v9fs_make_inode(sb: super_block, st: p9_stat_dotl): inode {
  const inode = new_inode(sb);
  if (inode === null) return null;
  refresh(inode, st);
  inode.i_ino = st.qid.path;
  switch (st.mode & S_IFMT) {
    case S_IFREG:
      inode.i_op = v9fs_file_iops;
      inode.i_fop = v9fs_file_fops;
      break;
    case S_IFDIR:
      inode.i_op = v9fs_dir_iops;
      inode.i_fop = v9fs_dir_fops;
      break;
    case S_IFLNK:
      inode.i_op = v9fs_symlink_iops;
      break;
    default:
      inode.i_op = v9fs_file_iops;
      init_special_inode(inode, st.mode, new_decode_dev(u32(st.rdev)));
  }
  return inode;
}

/** The inode behind a fresh fid, which becomes the dentry's. */
function attach(dentry: dentry, fid: p9_fid): int {
  let st: embed<p9_stat_dotl>;
  let err = p9_client_getattr(fid, st);
  let inode: inode = null;
  if (err === 0) {
    inode = v9fs_make_inode(dentry.d_sb, st);
    if (inode === null) err = -ENOMEM;
  }
  if (err !== 0) {
    p9_client_clunk(fid);
    return err;
  }
  dentry.d_fsdata = fid;
  dentry.d_time = jiffies;
  d_add(dentry, inode);
  return 0;
}

function v9fs_lookup(dir: inode, dentry: dentry, flags: u32): dentry {
  if (dentry.d_name.len > NAME_MAX) return ERR_PTR(-ENAMETOOLONG) as dentry;
  const fid = p9_client_walk(fid_of(dentry.d_parent), dentry.d_name.name, dentry.d_name.len);
  if (IS_ERR(fid)) {
    // Not there, and not remembered: the host may make it at any time.
    if (PTR_ERR(fid) === -ENOENT) return null;
    return ERR_PTR(PTR_ERR(fid)) as dentry;
  }
  const err = attach(dentry, fid);
  if (err === -ENOENT) return null;
  return err !== 0 ? (ERR_PTR(s64(err)) as dentry) : null;
}

/** A name that was just made gets its fid and inode. */
function v9fs_instantiate(dentry: dentry): int {
  const fid = p9_client_walk(fid_of(dentry.d_parent), dentry.d_name.name, dentry.d_name.len);
  if (IS_ERR(fid)) return int(PTR_ERR(fid));
  return attach(dentry, fid);
}

// ---- names ----

function v9fs_create(dir: inode, dentry: dentry, mode: u32, excl: bool): int {
  const f = p9_client_walk(fid_of(dentry.d_parent), null, 0);
  if (IS_ERR(f)) return int(PTR_ERR(f));
  const err = p9_client_create_dotl(f, dentry.d_name.name, dentry.d_name.len, 2, mode, current_fsgid());
  p9_client_clunk(f);
  return err !== 0 ? err : v9fs_instantiate(dentry);
}

function v9fs_mkdir(dir: inode, dentry: dentry, mode: u32): int {
  const err = p9_client_mkdir(fid_of(dentry.d_parent), dentry.d_name.name, dentry.d_name.len, mode, current_fsgid());
  return err !== 0 ? err : v9fs_instantiate(dentry);
}

function v9fs_mknod(dir: inode, dentry: dentry, mode: u32, dev: u32): int {
  const err = p9_client_mknod(
    fid_of(dentry.d_parent),
    dentry.d_name.name,
    dentry.d_name.len,
    mode,
    MAJOR(dev),
    MINOR(dev),
    current_fsgid(),
  );
  return err !== 0 ? err : v9fs_instantiate(dentry);
}

function v9fs_symlink(dir: inode, dentry: dentry, target: cstr): int {
  const err = p9_client_symlink(fid_of(dentry.d_parent), dentry.d_name.name, dentry.d_name.len, target, current_fsgid());
  return err !== 0 ? err : v9fs_instantiate(dentry);
}

function v9fs_link(old_dentry: dentry, dir: inode, dentry: dentry): int {
  const err = p9_client_link(fid_of(dentry.d_parent), fid_of(old_dentry), dentry.d_name.name, dentry.d_name.len);
  return err !== 0 ? err : v9fs_instantiate(dentry);
}

function v9fs_unlink(dir: inode, dentry: dentry): int {
  return p9_client_unlinkat(fid_of(dentry.d_parent), dentry.d_name.name, dentry.d_name.len, 0);
}

function v9fs_rmdir(dir: inode, dentry: dentry): int {
  return p9_client_unlinkat(fid_of(dentry.d_parent), dentry.d_name.name, dentry.d_name.len, 0x200); // AT_REMOVEDIR
}

function v9fs_rename(old_dir: inode, old: dentry, new_dir: inode, new_: dentry, flags: u32): int {
  return p9_client_renameat(
    fid_of(old.d_parent),
    old.d_name.name,
    old.d_name.len,
    fid_of(new_.d_parent),
    new_.d_name.name,
    new_.d_name.len,
  );
}

// ---- attributes ----

function v9fs_getattr(path: path, stat: kstat): int {
  const inode = path.dentry.d_inode;
  let st: embed<p9_stat_dotl>;
  const err = p9_client_getattr(fid_of(path.dentry), st);
  if (err !== 0) return err;
  refresh(inode, st);
  generic_fillattr(inode, stat);
  stat.blocks = st.blocks;
  if (st.blksize !== 0) stat.blksize = u32(st.blksize);
  return 0;
}

function v9fs_setattr(dentry: dentry, attr: iattr): int {
  const err = setattr_prepare(dentry, attr);
  if (err !== 0) return err;
  const res = p9_client_setattr(fid_of(dentry), attr);
  if (res !== 0) return res;
  let st: embed<p9_stat_dotl>;
  if (p9_client_getattr(fid_of(dentry), st) === 0) refresh(dentry.d_inode, st);
  if ((attr.ia_valid & ATTR_SIZE) !== 0) truncate_pagecache(dentry.d_inode, attr.ia_size);
  return 0;
}

function v9fs_get_link(dentry: dentry, inode: inode): u8[] {
  return p9_client_readlink(fid_of(dentry));
}

const v9fs_file_iops: inode_operations = { getattr: v9fs_getattr, setattr: v9fs_setattr };
const v9fs_symlink_iops: inode_operations = { get_link: v9fs_get_link, getattr: v9fs_getattr, setattr: v9fs_setattr };
const v9fs_dir_iops: inode_operations = {
  lookup: v9fs_lookup,
  create: v9fs_create,
  link: v9fs_link,
  unlink: v9fs_unlink,
  symlink: v9fs_symlink,
  mkdir: v9fs_mkdir,
  rmdir: v9fs_rmdir,
  mknod: v9fs_mknod,
  rename: v9fs_rename,
  getattr: v9fs_getattr,
  setattr: v9fs_setattr,
};
