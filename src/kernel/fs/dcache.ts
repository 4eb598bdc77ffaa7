// The cache of directory entries. One lock, dcache_lock, guards the hash, the child lists, names and parents.

import { get_current } from "linux/current";
import { DCACHE_MOUNTED, DCACHE_UNHASHED, DNAME_INLINE_LEN, type dentry, type dentry_operations, type qstr } from "linux/dcache";
import { ERR_PTR } from "linux/err";
import { ENAMETOOLONG } from "linux/errno";
import { type inode, iput, type super_block } from "linux/fs";
import { get_fs_root } from "linux/fs_struct";
import { INIT_LIST_HEAD, list_add, list_del_init, list_empty } from "linux/list";
import { type path, path_put } from "linux/path";
import { GFP_KERNEL, kfree, kmalloc, kzalloc } from "linux/slab";
import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";
import { memcmp, memcpy, strlen } from "linux/string";
import { lock_mount_hash, unlock_mount_hash } from "./namespace";

const HASH_SIZE = 512;

let dentry_hashtable: array<ref<dentry>, 512>;
let dcache_lock: embed<spinlock_t>;

/** FNV-1a over the name, salted with the parent. */
export function full_name_hash(salt: ptr, name: u8[], len: u32): u32 {
  let h: u32 = u32(0x811c9dc5) ^ u32(u64(salt) >> 6);
  for (let i: u32 = 0; i < len; i++) h = (h ^ name[i]) * u32(0x01000193);
  return h;
}

function bucket(hash: u32): u32 {
  return (hash ^ (hash >> 12)) & (HASH_SIZE - 1);
}
inline(bucket);

export function dget(dentry: dentry): dentry {
  if (dentry !== null) fetch_add(addr(dentry.d_count), 1);
  return dentry;
}

/** dcache_lock held. */
function __d_unhash(dentry: dentry): void {
  if ((dentry.d_flags & DCACHE_UNHASHED) !== 0) return;
  const b = bucket(dentry.d_name.hash);
  let p = dentry_hashtable[b];
  if (p === dentry) {
    dentry_hashtable[b] = dentry.d_hash_next;
  } else {
    while (p !== null && p.d_hash_next !== dentry) p = p.d_hash_next;
    if (p !== null) p.d_hash_next = dentry.d_hash_next;
  }
  dentry.d_hash_next = null;
  dentry.d_flags |= DCACHE_UNHASHED;
}

/** dcache_lock held. */
function __d_rehash(dentry: dentry): void {
  const b = bucket(dentry.d_name.hash);
  dentry.d_hash_next = dentry_hashtable[b];
  dentry_hashtable[b] = dentry;
  dentry.d_flags &= ~DCACHE_UNHASHED;
}

function free_name(dentry: dentry): void {
  if (u64(dentry.d_name.name) !== u64(dentry.d_iname)) kfree(dentry.d_name.name);
}

/** Gives a reference back. An entry that may stay in the cache stays; else it is freed, and its parent's reference with it. */
export function dput(dentry: dentry): void {
  while (dentry !== null) {
    spin_lock(dcache_lock);
    if (fetch_add(addr(dentry.d_count), -1) !== 1) {
      spin_unlock(dcache_lock);
      return;
    }
    const op = dentry.d_op;
    let keep = (dentry.d_flags & DCACHE_UNHASHED) === 0;
    if (keep && op !== null && op.d_delete !== null && op.d_delete(dentry) !== 0) keep = false;
    if (keep) {
      spin_unlock(dcache_lock);
      return;
    }
    dentry = __dentry_kill(dentry);
  }
}

/** dcache_lock held and released; returns the parent, whose reference the caller puts. */
function __dentry_kill(dentry: dentry): dentry {
  __d_unhash(dentry);
  const parent = dentry.d_parent;
  if (!list_empty(dentry.d_child)) list_del_init(dentry.d_child);
  spin_unlock(dcache_lock);
  if (dentry.d_op !== null && dentry.d_op.d_release !== null) dentry.d_op.d_release(dentry);
  if (dentry.d_inode !== null) iput(dentry.d_inode);
  free_name(dentry);
  kfree(dentry);
  return parent === dentry ? null : parent;
}

function __d_alloc(sb: super_block, name: u8[], len: u32): dentry {
  const d = kzalloc(sizeof<dentry>(), GFP_KERNEL) as dentry;
  if (d === null) return null;
  let storage: u8[] = d.d_iname;
  if (len >= DNAME_INLINE_LEN) {
    storage = kmalloc(u64(len) + 1, GFP_KERNEL) as u8[];
    if (storage === null) {
      kfree(d);
      return null;
    }
  }
  memcpy(storage, name, u64(len));
  storage[len] = 0;
  d.d_name.name = storage;
  d.d_name.len = len;
  d.d_count = 1;
  d.d_flags = DCACHE_UNHASHED;
  d.d_sb = sb;
  d.d_op = sb.s_d_op;
  d.d_parent = d;
  INIT_LIST_HEAD(d.d_child);
  INIT_LIST_HEAD(d.d_subdirs);
  return d;
}

export function d_alloc(parent: dentry, name: qstr): dentry {
  const d = __d_alloc(parent.d_sb, name.name, name.len);
  if (d === null) return null;
  d.d_name.hash = full_name_hash(parent, name.name, name.len);
  d.d_parent = dget(parent);
  spin_lock(dcache_lock);
  list_add(d.d_child, parent.d_subdirs);
  spin_unlock(dcache_lock);
  return d;
}

export function d_alloc_name(parent: dentry, name: cstr): dentry {
  const q: qstr = { name: name as u8[], len: u32(strlen(name)) };
  return d_alloc(parent, q);
}

/** An entry outside of any tree, for pipes: d_op.d_dname makes its text. */
export function d_alloc_pseudo(sb: super_block, name: cstr, op: dentry_operations): dentry {
  const d = __d_alloc(sb, name as u8[], u32(strlen(name)));
  if (d !== null && op !== null) d.d_op = op;
  return d;
}

export function d_make_root(root_inode: inode): dentry {
  if (root_inode === null) return null;
  const d = __d_alloc(root_inode.i_sb, "/" as ptr as u8[], 1);
  if (d === null) {
    iput(root_inode);
    return null;
  }
  d.d_inode = root_inode;
  return d;
}

/** The cached entry with a reference, or null. */
export function d_lookup(parent: dentry, name: qstr): dentry {
  const hash = full_name_hash(parent, name.name, name.len);
  spin_lock(dcache_lock);
  let d = dentry_hashtable[bucket(hash)];
  while (d !== null) {
    if (
      d.d_name.hash === hash &&
      d.d_parent === parent &&
      d.d_name.len === name.len &&
      memcmp(d.d_name.name, name.name, u64(name.len)) === 0
    ) {
      fetch_add(addr(d.d_count), 1);
      break;
    }
    d = d.d_hash_next;
  }
  spin_unlock(dcache_lock);
  return d;
}

/** Takes over the caller's reference to the inode. */
export function d_instantiate(dentry: dentry, inode: inode): void {
  dentry.d_inode = inode;
}

/** Attaches the inode (null: the name is known not to exist) and makes the entry findable. */
export function d_add(dentry: dentry, inode: inode): void {
  dentry.d_inode = inode;
  spin_lock(dcache_lock);
  if ((dentry.d_flags & DCACHE_UNHASHED) !== 0) __d_rehash(dentry);
  spin_unlock(dcache_lock);
}

/** Nobody finds the entry any more; who holds it keeps it. */
export function d_drop(dentry: dentry): void {
  spin_lock(dcache_lock);
  __d_unhash(dentry);
  spin_unlock(dcache_lock);
}

/** The name was removed. */
export function d_delete(dentry: dentry): void {
  d_drop(dentry);
}

/** The entry turned out to be stale; a mount point stays, or what is mounted there could not be reached. */
export function d_invalidate(dentry: dentry): void {
  if ((dentry.d_flags & DCACHE_MOUNTED) === 0) d_drop(dentry);
}

/** After a rename: `dentry` takes the name and place of `target`, which leaves the hash. */
export function d_move(dentry: dentry, target: dentry): void {
  const old_parent = dentry.d_parent;
  let name: u8[] = null;
  if (target.d_name.len >= DNAME_INLINE_LEN) name = kmalloc(u64(target.d_name.len) + 1, GFP_KERNEL) as u8[];
  if (name === null) name = dentry.d_iname;
  const old_name = dentry.d_name.name;
  spin_lock(dcache_lock);
  __d_unhash(dentry);
  __d_unhash(target);
  if (u64(name) === u64(dentry.d_iname) && target.d_name.len >= DNAME_INLINE_LEN) {
    // No memory for the long name: the entry stays out of the cache, the next lookup makes a new one.
    spin_unlock(dcache_lock);
    return;
  }
  memcpy(name, target.d_name.name, u64(target.d_name.len));
  name[target.d_name.len] = 0;
  dentry.d_name.name = name;
  dentry.d_name.len = target.d_name.len;
  dentry.d_name.hash = target.d_name.hash;
  if (old_parent !== target.d_parent) {
    list_del_init(dentry.d_child);
    dentry.d_parent = dget(target.d_parent);
    list_add(dentry.d_child, dentry.d_parent.d_subdirs);
  }
  __d_rehash(dentry);
  spin_unlock(dcache_lock);
  if (u64(old_name) !== u64(dentry.d_iname)) kfree(old_name);
  if (old_parent !== dentry.d_parent) dput(old_parent);
}

/** Is `dentry` at or below `ancestor`? */
export function is_subdir(dentry: dentry, ancestor: dentry): bool {
  for (;;) {
    if (dentry === ancestor) return true;
    if (dentry.d_parent === dentry) return false;
    dentry = dentry.d_parent;
  }
}

/** The pinned entries of a memory file system lose their pin, children first. */
export function d_genocide(root: dentry): void {
  for (;;) {
    spin_lock(dcache_lock);
    if (list_empty(root.d_subdirs)) {
      spin_unlock(dcache_lock);
      return;
    }
    const child = container_of<dentry>(root.d_subdirs.next, "d_child");
    list_del_init(child.d_child);
    __d_unhash(child);
    fetch_add(addr(child.d_count), 1);
    spin_unlock(dcache_lock);
    d_genocide(child);
    if (child.d_inode !== null) dput(child);
    dput(child);
  }
}

/** Frees what is cached and not used below a root that is being unmounted. */
export function shrink_dcache_sb(sb: super_block): void {
  let again = true;
  while (again) {
    again = false;
    for (let b = 0; b < HASH_SIZE; b++) {
      spin_lock(dcache_lock);
      let d = dentry_hashtable[b];
      while (d !== null && (d.d_sb !== sb || d.d_count !== 0)) d = d.d_hash_next;
      if (d === null) {
        spin_unlock(dcache_lock);
        continue;
      }
      again = true;
      dput(__dentry_kill(d));
    }
  }
}

/** Writes text before `end`; null if it does not fit. */
function prepend(end: u8[], buf: u8[], text: u8[], len: u32): u8[] {
  if (u64(end) - u64(buf) < len) return null;
  const at_ = at<u8[]>(u64(end) - len);
  memcpy(at_, text, u64(len));
  return at_;
}

/** The path inside its file system. */
export function dentry_path_raw(dentry: dentry, buf: u8[], buflen: int): u8[] {
  let p = add(buf, buflen - 1);
  p[0] = 0;
  spin_lock(dcache_lock);
  if (dentry.d_parent === dentry) p = prepend(p, buf, "/" as ptr as u8[], 1);
  while (p !== null && dentry.d_parent !== dentry) {
    p = prepend(p, buf, dentry.d_name.name, dentry.d_name.len);
    if (p !== null) p = prepend(p, buf, "/" as ptr as u8[], 1);
    dentry = dentry.d_parent;
  }
  spin_unlock(dcache_lock);
  return p === null ? (ERR_PTR(-ENAMETOOLONG) as u8[]) : p;
}

/** The path as the task sees it; " (deleted)" behind a name that is gone. Returns its start within buf, or ERR_PTR. */
export function d_path(path: path, buf: u8[], buflen: int): u8[] {
  let dentry = path.dentry;
  let mnt = path.mnt;
  if (dentry.d_op !== null && dentry.d_op.d_dname !== null && dentry.d_parent === dentry && mnt.mnt_root !== dentry)
    return dentry.d_op.d_dname(dentry, buf, buflen);
  let root: embed<path>;
  get_fs_root(get_current().fs, root);
  let p = add(buf, buflen - 1);
  p[0] = 0;
  // A mount that is taken off meanwhile would let go of those above it.
  lock_mount_hash();
  spin_lock(dcache_lock);
  if ((dentry.d_flags & DCACHE_UNHASHED) !== 0 && dentry.d_parent !== dentry) p = prepend(p, buf, " (deleted)" as ptr as u8[], 10);
  let any = false;
  while (p !== null && !(dentry === root.dentry && mnt === root.mnt)) {
    if (dentry === mnt.mnt_root || dentry.d_parent === dentry) {
      if (mnt.mnt_parent === mnt || mnt.mnt_parent === null) break;
      dentry = mnt.mnt_mountpoint;
      mnt = mnt.mnt_parent;
      continue;
    }
    p = prepend(p, buf, dentry.d_name.name, dentry.d_name.len);
    if (p !== null) p = prepend(p, buf, "/" as ptr as u8[], 1);
    any = true;
    dentry = dentry.d_parent;
  }
  if (p !== null && !any) p = prepend(p, buf, "/" as ptr as u8[], 1);
  spin_unlock(dcache_lock);
  unlock_mount_hash();
  path_put(root);
  return p === null ? (ERR_PTR(-ENAMETOOLONG) as u8[]) : p;
}

export function d_unhashed(dentry: dentry): bool {
  return (dentry.d_flags & DCACHE_UNHASHED) !== 0;
}

/** The n-th (oldest first) positive, findable child, with a reference; null at the end. */
export function dcache_child_at(parent: dentry, n: u64): dentry {
  let found: dentry = null;
  spin_lock(dcache_lock);
  for (let p = parent.d_subdirs.prev; p !== parent.d_subdirs; p = p.prev) {
    const d = container_of<dentry>(p, "d_child");
    if (d.d_inode === null || (d.d_flags & DCACHE_UNHASHED) !== 0) continue;
    if (n === 0) {
      fetch_add(addr(d.d_count), 1);
      found = d;
      break;
    }
    n -= 1;
  }
  spin_unlock(dcache_lock);
  return found;
}
