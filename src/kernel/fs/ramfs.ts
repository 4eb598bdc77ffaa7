// A file system in kernel memory: ramfs, and with limits (mm/shmem-super.ts) tmpfs and devtmpfs. Contents are pages in a growing table;
// entries are pinned in the dentry cache, which is the directory.

import { d_add, d_make_root, type dentry, dget, dput } from "linux/dcache";
import { IS_ERR, PTR_ERR } from "linux/err";
import { EFAULT, EFBIG, ENOMEM, ENOSPC, ENOTEMPTY } from "linux/errno";
import { O_APPEND } from "linux/fcntl";
import {
  ATTR_SIZE,
  clear_nlink,
  drop_nlink,
  type file,
  type file_operations,
  type file_system_type,
  type iattr,
  ihold,
  inc_nlink,
  init_special_inode,
  type inode,
  inode_init_owner,
  type inode_operations,
  iput,
  kill_litter_super,
  type kiocb,
  mount_nodev,
  new_inode,
  register_filesystem,
  S_DEAD,
  setattr_copy,
  setattr_prepare,
  simple_lookup,
  simple_statfs,
  type super_block,
  type super_operations,
} from "linux/fs";
import { list_empty } from "linux/list";
import { page_address } from "linux/mm";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { find_get_page, find_or_create_page, generic_file_mmap, mapping_create, truncate_pagecache } from "linux/pagemap";
import { GFP_KERNEL, kfree } from "linux/slab";
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_ISDIR, S_ISREG } from "linux/stat";
import { kstrdup, strlen } from "linux/string";
import { copy_from_iter, copy_to_iter, type iov_iter, iov_iter_count, iov_iter_zero } from "linux/uio";
import { put_page } from "../mm/page_alloc";
import {
  BOGO_DIRENT_SIZE,
  shmem_free_inode,
  shmem_init_super,
  shmem_own_root,
  shmem_put_super,
  shmem_remount,
  shmem_reserve_inode,
  shmem_show_options,
  shmem_statfs,
} from "../mm/shmem-super";
import { current_time } from "./attr";
import { dcache_readdir, generic_read_dir } from "./libfs";
import { generic_file_llseek } from "./read_write";

const PAGE_SIZE = 4096;
const RAMFS_MAGIC = 0x858458f6;
/** Largest file: what a page cache can hold. */
const MAX_PAGES = 16384;

function ramfs_read_iter(iocb: kiocb, to: iov_iter): s64 {
  const inode = iocb.ki_filp.f_inode;
  let done: s64 = 0;
  mutex_lock(inode.i_rwsem);
  while (iov_iter_count(to) !== 0 && iocb.ki_pos < inode.i_size) {
    const index: u64 = u64(iocb.ki_pos) / PAGE_SIZE;
    const offset: u64 = u64(iocb.ki_pos) & (PAGE_SIZE - 1);
    let n: u64 = PAGE_SIZE - offset;
    if (n > u64(inode.i_size - iocb.ki_pos)) n = u64(inode.i_size - iocb.ki_pos);
    if (n > iov_iter_count(to)) n = iov_iter_count(to);
    const page = find_get_page(inode.i_mapping, index);
    const moved = page === null ? iov_iter_zero(n, to) : copy_to_iter(at<u8[]>(page_address(page) + offset), n, to);
    if (page !== null) put_page(page);
    iocb.ki_pos += s64(moved);
    done += s64(moved);
    if (moved !== n) {
      if (done === 0) done = -EFAULT;
      break;
    }
  }
  mutex_unlock(inode.i_rwsem);
  return done;
}

function ramfs_write_iter(iocb: kiocb, from: iov_iter): s64 {
  const inode = iocb.ki_filp.f_inode;
  let done: s64 = 0;
  let err: int = 0;
  mutex_lock(inode.i_rwsem);
  if ((iocb.ki_filp.f_flags & O_APPEND) !== 0) iocb.ki_pos = inode.i_size;
  while (iov_iter_count(from) !== 0) {
    const index: u64 = u64(iocb.ki_pos) / PAGE_SIZE;
    const offset: u64 = u64(iocb.ki_pos) & (PAGE_SIZE - 1);
    const page = find_or_create_page(inode.i_mapping, iocb.ki_filp, index);
    if (IS_ERR(page)) {
      err = int(PTR_ERR(page));
      break;
    }
    let n: u64 = PAGE_SIZE - offset;
    if (n > iov_iter_count(from)) n = iov_iter_count(from);
    const moved = copy_from_iter(at<u8[]>(page_address(page) + offset), n, from);
    put_page(page);
    iocb.ki_pos += s64(moved);
    done += s64(moved);
    if (iocb.ki_pos > inode.i_size) inode.i_size = iocb.ki_pos;
    if (moved !== n) {
      err = -EFAULT;
      break;
    }
  }
  if (done !== 0) {
    current_time(inode.i_mtime);
    copy(inode.i_ctime, inode.i_mtime);
  }
  mutex_unlock(inode.i_rwsem);
  return done !== 0 ? done : s64(err);
}

/** i_rwsem held by notify_change. */
function ramfs_setattr(dentry: dentry, attr: iattr): int {
  const inode = dentry.d_inode;
  const err = setattr_prepare(dentry, attr);
  if (err !== 0) return err;
  if ((attr.ia_valid & ATTR_SIZE) !== 0 && S_ISREG(inode.i_mode)) {
    if (attr.ia_size > s64(MAX_PAGES) * PAGE_SIZE) return -EFBIG;
    const shorter = attr.ia_size < inode.i_size;
    inode.i_size = attr.ia_size;
    if (shorter) truncate_pagecache(inode, attr.ia_size);
  }
  setattr_copy(inode, attr);
  return 0;
}

/** An entry came (1), went (-1) or took another's place (0). */
function dir_changed(dir: inode, entries: s64): void {
  if (dir.i_sb.s_fs_info !== null) dir.i_size += entries * BOGO_DIRENT_SIZE;
  current_time(dir.i_mtime);
  copy(dir.i_ctime, dir.i_mtime);
}

export function ramfs_get_inode(sb: super_block, dir: inode, mode: u32, dev: u32): inode {
  if (shmem_reserve_inode(sb) !== 0) return null;
  const inode = new_inode(sb);
  if (inode === null) {
    shmem_free_inode(sb);
    return null;
  }
  inode_init_owner(inode, dir, mode);
  const type = mode & S_IFMT;
  if (type === S_IFREG) {
    if (mapping_create(inode, true) === null) {
      iput(inode);
      return null;
    }
    inode.i_op = ramfs_file_iops;
    inode.i_fop = ramfs_file_fops;
  } else if (type === S_IFDIR) {
    inode.i_op = ramfs_dir_iops;
    inode.i_fop = ramfs_dir_fops;
    inode.i_nlink = 2;
    if (sb.s_fs_info !== null) inode.i_size = 2 * BOGO_DIRENT_SIZE;
  } else if (type === S_IFLNK) {
    inode.i_op = ramfs_symlink_iops;
  } else {
    inode.i_op = ramfs_file_iops;
    init_special_inode(inode, u32(inode.i_mode), dev);
  }
  return inode;
}

function ramfs_mknod(dir: inode, dentry: dentry, mode: u32, dev: u32): int {
  const inode = ramfs_get_inode(dir.i_sb, dir, mode, dev);
  if (inode === null) return -ENOSPC;
  d_add(dentry, inode);
  // The pin that keeps the name.
  dget(dentry);
  dir_changed(dir, 1);
  return 0;
}

function ramfs_create(dir: inode, dentry: dentry, mode: u32, excl: bool): int {
  return ramfs_mknod(dir, dentry, mode | S_IFREG, 0);
}

function ramfs_mkdir(dir: inode, dentry: dentry, mode: u32): int {
  const err = ramfs_mknod(dir, dentry, mode | S_IFDIR, 0);
  if (err === 0) inc_nlink(dir);
  return err;
}

function ramfs_symlink(dir: inode, dentry: dentry, target: cstr): int {
  const inode = ramfs_get_inode(dir.i_sb, dir, S_IFLNK | 0o777, 0);
  if (inode === null) return -ENOSPC;
  inode.i_link = kstrdup(target, GFP_KERNEL) as u8[];
  if (inode.i_link === null) {
    iput(inode);
    return -ENOMEM;
  }
  inode.i_size = s64(strlen(target));
  d_add(dentry, inode);
  dget(dentry);
  dir_changed(dir, 1);
  return 0;
}

function ramfs_link(old_dentry: dentry, dir: inode, dentry: dentry): int {
  const inode = old_dentry.d_inode;
  inc_nlink(inode);
  ihold(inode);
  current_time(inode.i_ctime);
  d_add(dentry, inode);
  dget(dentry);
  dir_changed(dir, 1);
  return 0;
}

function ramfs_unlink(dir: inode, dentry: dentry): int {
  const inode = dentry.d_inode;
  drop_nlink(inode);
  current_time(inode.i_ctime);
  dir_changed(dir, -1);
  dput(dentry);
  return 0;
}

function ramfs_rmdir(dir: inode, dentry: dentry): int {
  if (!ramfs_empty(dentry)) return -ENOTEMPTY;
  const inode = dentry.d_inode;
  clear_nlink(inode);
  inode.i_flags |= S_DEAD;
  drop_nlink(dir);
  dir_changed(dir, -1);
  dput(dentry);
  return 0;
}

/** Negative entries do not count. */
function ramfs_empty(dentry: dentry): bool {
  if (list_empty(dentry.d_subdirs)) return true;
  for (let p = dentry.d_subdirs.next; p !== dentry.d_subdirs; p = p.next)
    if (container_of<dentry>(p, "d_child").d_inode !== null) return false;
  return true;
}

function ramfs_rename(old_dir: inode, old_dentry: dentry, new_dir: inode, new_dentry: dentry, flags: u32): int {
  const inode = old_dentry.d_inode;
  if (new_dentry.d_inode !== null) {
    const err = S_ISDIR(inode.i_mode) ? ramfs_rmdir(new_dir, new_dentry) : ramfs_unlink(new_dir, new_dentry);
    if (err !== 0) return err;
  }
  if (S_ISDIR(inode.i_mode) && old_dir !== new_dir) {
    drop_nlink(old_dir);
    inc_nlink(new_dir);
  }
  dir_changed(old_dir, -1);
  dir_changed(new_dir, 1);
  return 0;
}

function ramfs_evict_inode(inode: inode): void {
  kfree(inode.i_link);
  shmem_free_inode(inode.i_sb);
}

const ramfs_file_iops: inode_operations = { setattr: ramfs_setattr };
const ramfs_symlink_iops: inode_operations = { setattr: ramfs_setattr };
const ramfs_dir_iops: inode_operations = {
  lookup: simple_lookup,
  create: ramfs_create,
  link: ramfs_link,
  unlink: ramfs_unlink,
  symlink: ramfs_symlink,
  mkdir: ramfs_mkdir,
  rmdir: ramfs_rmdir,
  mknod: ramfs_mknod,
  rename: ramfs_rename,
  setattr: ramfs_setattr,
};
function noop_fsync(file: file): int {
  return 0;
}

const ramfs_file_fops: file_operations = {
  llseek: generic_file_llseek,
  read_iter: ramfs_read_iter,
  write_iter: ramfs_write_iter,
  mmap: generic_file_mmap,
  fsync: noop_fsync,
};
const ramfs_dir_fops: file_operations = { llseek: generic_file_llseek, read: generic_read_dir, iterate_shared: dcache_readdir };
const ramfs_sops: super_operations = { evict_inode: ramfs_evict_inode, statfs: simple_statfs };
const shmem_ops: super_operations = {
  evict_inode: ramfs_evict_inode,
  put_super: shmem_put_super,
  statfs: shmem_statfs,
  show_options: shmem_show_options,
  remount_fs: shmem_remount,
};

function make_root(sb: super_block, mode: u32): int {
  const inode = ramfs_get_inode(sb, null, S_IFDIR | mode, 0);
  if (inode === null) return -ENOMEM;
  sb.s_root = d_make_root(inode);
  return sb.s_root === null ? -ENOMEM : 0;
}

export function ramfs_fill_super(sb: super_block, data: cstr): int {
  sb.s_magic = RAMFS_MAGIC;
  sb.s_op = ramfs_sops;
  return make_root(sb, 0o755);
}

function fill_limited(sb: super_block, data: cstr, mode: u32): int {
  sb.s_op = shmem_ops;
  let err = shmem_init_super(sb, data, mode);
  if (err === 0) err = make_root(sb, mode);
  if (err === 0) shmem_own_root(sb, sb.s_root.d_inode);
  return err;
}

function shmem_fill_super(sb: super_block, data: cstr): int {
  return fill_limited(sb, data, 0o1777);
}

/** /dev is root's alone. */
export function devtmpfs_fill_super(sb: super_block, data: cstr): int {
  return fill_limited(sb, data, 0o755);
}

function tmpfs_mount(type: file_system_type, flags: int, dev_name: cstr, data: cstr): dentry {
  return mount_nodev(type, flags, data, shmem_fill_super);
}

function ramfs_mount(type: file_system_type, flags: int, dev_name: cstr, data: cstr): dentry {
  return mount_nodev(type, flags, data, ramfs_fill_super);
}

const tmpfs_fs_type: file_system_type = { name: "tmpfs", mount: tmpfs_mount, kill_sb: kill_litter_super };
const ramfs_fs_type: file_system_type = { name: "ramfs", mount: ramfs_mount, kill_sb: kill_litter_super };

export function tmpfs_register(): int {
  return register_filesystem(tmpfs_fs_type);
}

export function ramfs_init(): int {
  return register_filesystem(ramfs_fs_type);
}
