// Inodes: allocation, references, link counts. There is no inode hash: a file system reaches its inodes through its dentries.

import { current_fsgid, current_fsuid } from "linux/cred";
import type { inode, super_block } from "linux/fs";
import { mutex_init } from "linux/mutex";
import { filemap_free } from "linux/pagemap";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { S_IFCHR, S_IFDIR, S_IFIFO, S_IFMT, S_ISGID } from "linux/stat";
import { current_time } from "./attr";
import { make_bad_special, set_chrdev_fops } from "./char_dev";
import { pipefifo_fops } from "./pipe";

/** A fresh inode with one reference, a number and the current time. */
export function new_inode(sb: super_block): inode {
  const inode = kzalloc(sizeof<inode>(), GFP_KERNEL) as inode;
  if (inode === null) return null;
  inode.i_sb = sb;
  inode.i_count = 1;
  inode.i_nlink = 1;
  inode.i_ino = fetch_add(addr(sb.s_next_ino), 1) + 1;
  mutex_init(inode.i_rwsem);
  current_time(inode.i_mtime);
  copy(inode.i_atime, inode.i_mtime);
  copy(inode.i_ctime, inode.i_mtime);
  return inode;
}

export function ihold(inode: inode): void {
  fetch_add(addr(inode.i_count), 1);
}

export function iput(inode: inode): void {
  if (inode === null || fetch_add(addr(inode.i_count), -1) !== 1) return;
  const op = inode.i_sb.s_op;
  if (op !== null && op.evict_inode !== null) op.evict_inode(inode);
  filemap_free(inode.i_mapping);
  kfree(inode);
}

export function iget_failed(inode: inode): void {
  iput(inode);
}

export function inc_nlink(inode: inode): void {
  fetch_add(addr(inode.i_nlink), u32(1));
}

export function drop_nlink(inode: inode): void {
  if (inode.i_nlink !== 0) inode.i_nlink -= 1;
}

export function clear_nlink(inode: inode): void {
  inode.i_nlink = 0;
}

/** Owner, group and mode of something new in `dir`. */
export function inode_init_owner(inode: inode, dir: inode, mode: u32): void {
  inode.i_uid = current_fsuid();
  if (dir !== null && (dir.i_mode & S_ISGID) !== 0) {
    inode.i_gid = dir.i_gid;
    if ((mode & S_IFMT) === S_IFDIR) mode |= S_ISGID;
  } else {
    inode.i_gid = current_fsgid();
  }
  inode.i_mode = u16(mode);
}

/** File operations of a device node or fifo. */
export function init_special_inode(inode: inode, mode: u32, rdev: u32): void {
  inode.i_mode = u16(mode);
  if ((mode & S_IFMT) === S_IFCHR) {
    inode.i_rdev = rdev;
    set_chrdev_fops(inode);
  } else if ((mode & S_IFMT) === S_IFIFO) {
    inode.i_fop = pipefifo_fops;
  } else {
    inode.i_rdev = rdev;
    make_bad_special(inode);
  }
}
