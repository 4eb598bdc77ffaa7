// /proc's registered entries: a tree of proc_dir_entry, guarded by proc_subdir_lock. A module that removes its entry waits until nobody
// is inside its handlers.

import type { dentry } from "linux/dcache";
import { d_add } from "linux/dcache";
import { ERR_PTR } from "linux/err";
import { ENOENT, ENOMEM } from "linux/errno";
import type { dir_context, file, inode } from "linux/fs";
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_empty } from "linux/list";
import { type module, within_module } from "linux/module";
import { PROC_ENTRY_PERMANENT, type proc_dir_entry, type proc_ops } from "linux/proc_fs";
import type { seq_file, seq_operations } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";
import { S_IALLUGO, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_IRUGO, S_IRWXUGO, S_IXUGO } from "linux/stat";
import { kstrdup, memcmp, strlen } from "linux/string";
import { emit_dots } from "../libfs";
import { proc_entry_rundown, proc_get_inode, proc_seq_ops, proc_single_ops } from "./inode";

const SLASH = 47;

export const proc_root: proc_dir_entry = { refcnt: 1, mode: 0o040555, nlink: 2, low_ino: 1, namelen: 5, permanent: true };
let proc_subdir_lock: embed<spinlock_t>;
/** Numbers as Linux gives them: from PROC_DYNAMIC_FIRST up. */
let next_inum: u32 = 0xf0000000;

export function proc_generic_init(): void {
  INIT_LIST_HEAD(proc_root.subdir);
  INIT_LIST_HEAD(proc_root.subdir_node);
  proc_root.name = "/proc" as ptr as u8[];
  proc_root.parent = proc_root;
}

/** proc_subdir_lock held. */
function pde_subdir_find(dir: proc_dir_entry, name: u8[], len: u32): proc_dir_entry {
  for (let p = dir.subdir.next; p !== dir.subdir; p = p.next) {
    const de = container_of<proc_dir_entry>(p, "subdir_node");
    if (de.namelen === len && memcmp(de.name, name, u64(len)) === 0) return de;
  }
  return null;
}

/** Goes down `name`'s directories from *ret (null: the root); *residual is its last component. -ENOENT if one is missing. */
function xlate_proc_name(name: u8[], ret: ref<proc_dir_entry>[], residual: ref<u8[]>[]): int {
  let de = ret[0] === null ? proc_root : ret[0];
  for (;;) {
    let len: u32 = 0;
    while (name[len] !== 0 && name[len] !== SLASH) len++;
    if (name[len] === 0) break;
    spin_lock(proc_subdir_lock);
    de = pde_subdir_find(de, name, len);
    spin_unlock(proc_subdir_lock);
    if (de === null) {
      pr_warn("name '%s'\n", name);
      return -ENOENT;
    }
    name = add(name, len + 1);
  }
  ret[0] = de;
  residual[0] = name;
  return 0;
}

export function pde_get(pde: proc_dir_entry): proc_dir_entry {
  fetch_add(addr(pde.refcnt), 1);
  return pde;
}

export function pde_put(pde: proc_dir_entry): void {
  if (fetch_add(addr(pde.refcnt), -1) !== 1) return;
  kfree(pde.link_target);
  kfree(pde.name);
  kfree(pde);
}

function proc_create_entry(parent: ref<proc_dir_entry>[], full: cstr, mode: u32, nlink: u32): proc_dir_entry {
  let base: u8[] = null;
  if (xlate_proc_name(full as u8[], parent, addr(base)) !== 0) return null;
  const len = strlen(base);
  if (len === 0 || len >= 256) {
    pr_warn("proc: bad name '%s'\n", full);
    return null;
  }
  const ent = kzalloc(sizeof<proc_dir_entry>(), GFP_KERNEL) as proc_dir_entry;
  if (ent === null) return null;
  ent.name = kstrdup(base, GFP_KERNEL) as u8[];
  ent.namelen = u32(len);
  ent.mode = mode;
  ent.nlink = nlink;
  ent.refcnt = 1;
  INIT_LIST_HEAD(ent.subdir);
  INIT_LIST_HEAD(ent.subdir_node);
  INIT_LIST_HEAD(ent.pde_openers);
  return ent;
}

function proc_register(dir: proc_dir_entry, dp: proc_dir_entry): proc_dir_entry {
  dp.low_ino = fetch_add(addr(next_inum), u32(1));
  spin_lock(proc_subdir_lock);
  dp.parent = dir;
  if (pde_subdir_find(dir, dp.name, dp.namelen) !== null) {
    spin_unlock(proc_subdir_lock);
    pr_warn("proc_dir_entry '%s/%s' already registered\n", dir.name, dp.name);
    pde_put(dp);
    return null;
  }
  list_add_tail(dp.subdir_node, dir.subdir);
  if ((dp.mode & S_IFMT) === S_IFDIR) dir.nlink += 1;
  spin_unlock(proc_subdir_lock);
  return dp;
}

function create_reg(name: cstr, mode: u32, parent: proc_dir_entry, data: ptr): proc_dir_entry {
  if ((mode & S_IFMT) === 0) mode |= S_IFREG;
  if ((mode & S_IALLUGO) === 0) mode |= S_IRUGO;
  let dir: proc_dir_entry = parent;
  const p = proc_create_entry(addr(dir), name, mode, 1);
  if (p === null) return null;
  p.data = data;
  p.parent = dir;
  return p;
}

export function proc_create_data(name: cstr, mode: u16, parent: proc_dir_entry, ops: proc_ops, data: ptr): proc_dir_entry {
  const p = create_reg(name, u32(mode), parent, data);
  if (p === null) return null;
  p.proc_ops = ops;
  p.permanent = (ops.proc_flags & PROC_ENTRY_PERMANENT) !== 0;
  return proc_register(p.parent, p);
}
EXPORT_SYMBOL(proc_create_data);

export function proc_create(name: cstr, mode: u16, parent: proc_dir_entry, ops: proc_ops): proc_dir_entry {
  return proc_create_data(name, mode, parent, ops, null);
}
EXPORT_SYMBOL(proc_create);

export function proc_create_seq_private(
  name: cstr,
  mode: u16,
  parent: proc_dir_entry,
  ops: seq_operations,
  state_size: u32,
  data: ptr,
): proc_dir_entry {
  const p = create_reg(name, u32(mode), parent, data);
  if (p === null) return null;
  p.proc_ops = proc_seq_ops;
  p.seq_ops = ops;
  p.state_size = state_size;
  return proc_register(p.parent, p);
}
EXPORT_SYMBOL(proc_create_seq_private);

export function proc_create_seq_data(name: cstr, mode: u16, parent: proc_dir_entry, ops: seq_operations, data: ptr): proc_dir_entry {
  return proc_create_seq_private(name, mode, parent, ops, 0, data);
}
EXPORT_SYMBOL(proc_create_seq_data);

export function proc_create_seq(name: cstr, mode: u16, parent: proc_dir_entry, ops: seq_operations): proc_dir_entry {
  return proc_create_seq_private(name, mode, parent, ops, 0, null);
}
EXPORT_SYMBOL(proc_create_seq);

export function proc_create_single_data(
  name: cstr,
  mode: u16,
  parent: proc_dir_entry,
  show: (m: seq_file, v: ptr) => int,
  data: ptr,
): proc_dir_entry {
  const p = create_reg(name, u32(mode), parent, data);
  if (p === null) return null;
  p.proc_ops = proc_single_ops;
  p.single_show = show;
  return proc_register(p.parent, p);
}
EXPORT_SYMBOL(proc_create_single_data);

export function proc_create_single(name: cstr, mode: u16, parent: proc_dir_entry, show: (m: seq_file, v: ptr) => int): proc_dir_entry {
  return proc_create_single_data(name, mode, parent, show, null);
}
EXPORT_SYMBOL(proc_create_single);

export function proc_mkdir_data(name: cstr, mode: u16, parent: proc_dir_entry, data: ptr): proc_dir_entry {
  let dir: proc_dir_entry = parent;
  const bits: u32 = mode === 0 ? S_IRUGO | S_IXUGO : u32(mode);
  const ent = proc_create_entry(addr(dir), name, bits | S_IFDIR, 2);
  if (ent === null) return null;
  ent.data = data;
  return proc_register(dir, ent);
}
EXPORT_SYMBOL_GPL(proc_mkdir_data);

export function proc_mkdir_mode(name: cstr, mode: u16, parent: proc_dir_entry): proc_dir_entry {
  return proc_mkdir_data(name, mode, parent, null);
}
EXPORT_SYMBOL(proc_mkdir_mode);

export function proc_mkdir(name: cstr, parent: proc_dir_entry): proc_dir_entry {
  return proc_mkdir_data(name, 0, parent, null);
}
EXPORT_SYMBOL(proc_mkdir);

export function proc_create_mount_point(name: cstr): proc_dir_entry {
  return proc_mkdir_data(name, 0o555, null, null);
}

export function proc_symlink(name: cstr, parent: proc_dir_entry, dest: cstr): proc_dir_entry {
  let dir: proc_dir_entry = parent;
  const ent = proc_create_entry(addr(dir), name, S_IFLNK | S_IRWXUGO, 1);
  if (ent === null) return null;
  ent.link_target = kstrdup(dest, GFP_KERNEL) as u8[];
  ent.size = s64(strlen(dest));
  return proc_register(dir, ent);
}
EXPORT_SYMBOL(proc_symlink);

/** An entry with inode operations of its own (a directory with its own lookup, a link with its own target). */
export function proc_create_special(
  name: cstr,
  mode: u32,
  parent: proc_dir_entry,
  iops: import("linux/fs").inode_operations,
  fops: import("linux/fs").file_operations,
  data: ptr,
): proc_dir_entry {
  let dir: proc_dir_entry = parent;
  const ent = proc_create_entry(addr(dir), name, mode, (mode & S_IFMT) === S_IFDIR ? 2 : 1);
  if (ent === null) return null;
  ent.proc_iops = iops;
  ent.proc_dir_ops = fops;
  ent.data = data;
  return proc_register(dir, ent);
}

export function proc_set_size(de: proc_dir_entry, size: s64): void {
  de.size = size;
}
EXPORT_SYMBOL(proc_set_size);

export function proc_set_user(de: proc_dir_entry, uid: u32, gid: u32): void {
  de.uid = uid;
  de.gid = gid;
}
EXPORT_SYMBOL(proc_set_user);

/** proc_subdir_lock held. */
function unlink_entry(parent: proc_dir_entry, de: proc_dir_entry): void {
  list_del_init(de.subdir_node);
  if ((de.mode & S_IFMT) === S_IFDIR) parent.nlink -= 1;
}

export function remove_proc_entry(name: cstr, parent: proc_dir_entry): void {
  let dir: proc_dir_entry = parent;
  let base: u8[] = null;
  if (xlate_proc_name(name as u8[], addr(dir), addr(base)) !== 0) return;
  spin_lock(proc_subdir_lock);
  const de = pde_subdir_find(dir, base, u32(strlen(base)));
  if (de !== null) unlink_entry(dir, de);
  spin_unlock(proc_subdir_lock);
  if (de === null) {
    pr_warn("name '%s'\n", name);
    return;
  }
  proc_entry_rundown(de);
  if (!list_empty(de.subdir))
    pr_warn(
      "%s: removing non-empty directory '%s/%s', leaking at least '%s'\n",
      "remove_proc_entry",
      de.parent.name,
      de.name,
      container_of<proc_dir_entry>(de.subdir.next, "subdir_node").name,
    );
  pde_put(de);
}
EXPORT_SYMBOL(remove_proc_entry);

function remove_tree(root: proc_dir_entry): void {
  for (;;) {
    spin_lock(proc_subdir_lock);
    if (list_empty(root.subdir)) {
      spin_unlock(proc_subdir_lock);
      break;
    }
    const de = container_of<proc_dir_entry>(root.subdir.next, "subdir_node");
    unlink_entry(root, de);
    spin_unlock(proc_subdir_lock);
    remove_tree(de);
  }
  proc_entry_rundown(root);
  pde_put(root);
}

export function proc_remove(de: proc_dir_entry): void {
  if (de === null) return;
  spin_lock(proc_subdir_lock);
  unlink_entry(de.parent, de);
  spin_unlock(proc_subdir_lock);
  remove_tree(de);
}
EXPORT_SYMBOL(proc_remove);

export function remove_proc_subtree(name: cstr, parent: proc_dir_entry): int {
  let dir: proc_dir_entry = parent;
  let base: u8[] = null;
  if (xlate_proc_name(name as u8[], addr(dir), addr(base)) !== 0) return -ENOENT;
  spin_lock(proc_subdir_lock);
  const de = pde_subdir_find(dir, base, u32(strlen(base)));
  if (de !== null) unlink_entry(dir, de);
  spin_unlock(proc_subdir_lock);
  if (de === null) return -ENOENT;
  remove_tree(de);
  return 0;
}
EXPORT_SYMBOL(remove_proc_subtree);

function pde_in_module(de: proc_dir_entry, mod: module): bool {
  if (within_module(u64(de.proc_ops), mod) || within_module(u64(de.seq_ops), mod) || within_module(u64(de.single_show), mod)) return true;
  return within_module(u64(de.proc_iops), mod) || within_module(u64(de.proc_dir_ops), mod) || within_module(u64(de.data), mod);
}

/** For unload: an entry below dir whose handlers or data lie in the module; null if none. All other CPUs stand still. */
export function proc_in_module(dir: proc_dir_entry, mod: module): proc_dir_entry {
  for (let p = dir.subdir.next; p !== dir.subdir; p = p.next) {
    const de = container_of<proc_dir_entry>(p, "subdir_node");
    const found = pde_in_module(de, mod) ? de : proc_in_module(de, mod);
    if (found !== null) return found;
  }
  return null;
}

/** The entry of that name, or null; for tables that share directories (/proc/sys). */
export function proc_find(dir: proc_dir_entry, name: u8[], len: u32): proc_dir_entry {
  spin_lock(proc_subdir_lock);
  const de = pde_subdir_find(dir, name, len);
  spin_unlock(proc_subdir_lock);
  return de;
}

/** A name that is not there is an error, not a negative entry: so creating one in /proc says "No such file". */
export function proc_lookup_de(dir: inode, dentry: dentry, de: proc_dir_entry): dentry {
  spin_lock(proc_subdir_lock);
  const found = pde_subdir_find(de, dentry.d_name.name, dentry.d_name.len);
  if (found !== null) pde_get(found);
  spin_unlock(proc_subdir_lock);
  if (found === null) return ERR_PTR(-ENOENT) as dentry;
  const inode = proc_get_inode(dir.i_sb, found);
  if (inode === null) return ERR_PTR(-ENOMEM) as dentry;
  d_add(dentry, inode);
  return null;
}

export function proc_lookup(dir: inode, dentry: dentry, flags: u32): dentry {
  return proc_lookup_de(dir, dentry, dir.i_private as proc_dir_entry);
}

/** The n-th child with a reference, or null. */
function child_at(de: proc_dir_entry, n: s64): proc_dir_entry {
  spin_lock(proc_subdir_lock);
  for (let p = de.subdir.next; p !== de.subdir; p = p.next) {
    if (n === 0) {
      const found = pde_get(container_of<proc_dir_entry>(p, "subdir_node"));
      spin_unlock(proc_subdir_lock);
      return found;
    }
    n -= 1;
  }
  spin_unlock(proc_subdir_lock);
  return null;
}

/** 1: all entries were taken; 0: the buffer is full. The position is 2 + the entries passed. */
export function proc_readdir_de(f: file, ctx: dir_context, de: proc_dir_entry): int {
  if (!emit_dots(f, ctx)) return 0;
  for (;;) {
    const child = child_at(de, ctx.pos - 2);
    if (child === null) return 1;
    const room = ctx.actor(ctx, child.name, int(child.namelen), ctx.pos, u64(child.low_ino), (child.mode >> 12) & 15);
    pde_put(child);
    if (!room) return 0;
    ctx.pos += 1;
  }
}

export function proc_readdir(f: file, ctx: dir_context): int {
  proc_readdir_de(f, ctx, f.f_inode.i_private as proc_dir_entry);
  return 0;
}
