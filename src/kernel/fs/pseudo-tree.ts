// A tree of files that the kernel makes and user space only opens: what debugfs and tracefs share. Entries are pinned in the dentry
// cache, which is the directory; each file has the operations and the data that its maker gave.

import { d_add, d_alloc_name, d_delete, d_instantiate, d_lookup, d_make_root, type dentry, dget, dput, type qstr } from "linux/dcache";
import { ENOMEM } from "linux/errno";
import {
  ATTR_SIZE,
  type dir_context,
  drop_nlink,
  type file,
  type file_operations,
  type iattr,
  inc_nlink,
  type inode,
  inode_init_owner,
  type inode_operations,
  new_inode,
  setattr_copy,
  setattr_prepare,
  simple_lookup,
  simple_statfs,
  type super_block,
  type super_operations,
} from "linux/fs";
import { S_IFDIR, S_IFREG, S_ISDIR } from "linux/stat";
import { strlen } from "linux/string";
import { dcache_readdir, generic_read_dir } from "./libfs";
import { generic_file_llseek } from "./read_write";

/** Sizes mean nothing here: O_TRUNC is for the file's open method to see. */
function pseudo_setattr(dentry: dentry, attr: iattr): int {
  attr.ia_valid &= ~u32(ATTR_SIZE);
  const err = setattr_prepare(dentry, attr);
  if (err === 0) setattr_copy(dentry.d_inode, attr);
  return err;
}

const pseudo_file_iops: inode_operations = { setattr: pseudo_setattr };
const pseudo_dir_iops: inode_operations = { lookup: simple_lookup, setattr: pseudo_setattr };
const pseudo_dir_fops: file_operations = { llseek: generic_file_llseek, read: generic_read_dir, iterate_shared: dcache_readdir };
const pseudo_sops: super_operations = { statfs: simple_statfs };

export function pseudo_fill_super(sb: super_block, magic: u64, mode: u32): int {
  sb.s_magic = magic;
  sb.s_op = pseudo_sops;
  const inode = new_inode(sb);
  if (inode === null) return -ENOMEM;
  inode_init_owner(inode, null, S_IFDIR | mode);
  inode.i_op = pseudo_dir_iops;
  inode.i_fop = pseudo_dir_fops;
  inode.i_nlink = 2;
  sb.s_root = d_make_root(inode);
  return sb.s_root === null ? -ENOMEM : 0;
}

/** A pinned name for the inode; a negative entry of that name is used up. Null if the name is taken. */
function attach(parent: dentry, name: cstr, inode: inode): dentry {
  const q: qstr = { name: name as u8[], len: u32(strlen(name)) };
  const old = d_lookup(parent, q);
  if (old !== null) {
    if (old.d_inode !== null) {
      dput(old);
      return null;
    }
    d_instantiate(old, inode);
    return old;
  }
  const d = d_alloc_name(parent, name);
  if (d === null) return null;
  d_add(d, inode);
  return d;
}

export function pseudo_create_file(parent: dentry, name: cstr, mode: u32, data: ptr, fops: file_operations): dentry {
  const inode = new_inode(parent.d_sb);
  if (inode === null) return null;
  inode_init_owner(inode, null, S_IFREG | mode);
  inode.i_op = pseudo_file_iops;
  inode.i_fop = fops;
  inode.i_private = data;
  return attach(parent, name, inode);
}

export function pseudo_create_dir(parent: dentry, name: cstr, mode: u32): dentry {
  const inode = new_inode(parent.d_sb);
  if (inode === null) return null;
  inode_init_owner(inode, null, S_IFDIR | mode);
  inode.i_op = pseudo_dir_iops;
  inode.i_fop = pseudo_dir_fops;
  inode.i_nlink = 2;
  inc_nlink(parent.d_inode);
  return attach(parent, name, inode);
}

/** Its first visitor has it filled: the maker's function is in i_private until then. The directory's lock is held. */
function fill_lazy(dir: dentry): void {
  const inode = dir.d_inode;
  if (inode.i_op !== lazy_dir_iops) return;
  inode.i_op = pseudo_dir_iops;
  at<(dir: dentry) => void>(u64(inode.i_private))(dir);
}

function lazy_lookup(dir: inode, dentry: dentry, flags: u32): dentry {
  fill_lazy(dentry.d_parent);
  const made = d_lookup(dentry.d_parent, dentry.d_name);
  return made !== null ? made : simple_lookup(dir, dentry, flags);
}

function lazy_readdir(file: file, ctx: dir_context): int {
  fill_lazy(file.f_path.dentry);
  return dcache_readdir(file, ctx);
}

const lazy_dir_iops: inode_operations = { lookup: lazy_lookup, setattr: pseudo_setattr };
const lazy_dir_fops: file_operations = { llseek: generic_file_llseek, read: generic_read_dir, iterate_shared: lazy_readdir };

/** A directory whose entries `fill` makes when somebody looks into it. */
export function pseudo_create_lazy_dir(parent: dentry, name: cstr, mode: u32, fill: (dir: dentry) => void): dentry {
  const d = pseudo_create_dir(parent, name, mode);
  if (d === null) return null;
  const inode = d.d_inode;
  inode.i_private = at<ptr>(u64(fill));
  inode.i_fop = lazy_dir_fops;
  inode.i_op = lazy_dir_iops;
  return d;
}

function remove_below(d: dentry): void {
  for (;;) {
    let child: dentry = null;
    for (let p = d.d_subdirs.next; p !== d.d_subdirs && child === null; p = p.next) {
      const c = container_of<dentry>(p, "d_child");
      if (c.d_inode !== null) child = dget(c);
    }
    if (child === null) return;
    pseudo_remove(child);
    dput(child);
  }
}

/** With everything below it. Files that are open keep their inode until they are closed. */
export function pseudo_remove(d: dentry): void {
  if (d === null) return;
  if (S_ISDIR(d.d_inode.i_mode)) {
    remove_below(d);
    drop_nlink(d.d_parent.d_inode);
  }
  drop_nlink(d.d_inode);
  d_delete(d);
  dput(d);
}

/** The same for a directory that rmdir is about to delete: the caller has a reference of its own. */
export function pseudo_release_dir(d: dentry): void {
  remove_below(d);
  drop_nlink(d.d_parent.d_inode);
  drop_nlink(d.d_inode);
  dput(d);
}
