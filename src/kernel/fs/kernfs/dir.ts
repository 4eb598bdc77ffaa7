// kernfs: the tree of nodes behind sysfs. kernfs_rwsem guards its shape; `active` counts who is inside a node's methods, and removal
// waits for them.
import { ERR_PTR } from "linux/err";
import { EEXIST, ENODEV, ENOENT, ENOMEM } from "linux/errno";
import { KERNFS_DIR, KERNFS_FILE, KERNFS_LINK, KN_DEACTIVATED_BIAS, type kernfs_node } from "linux/kernfs";
import type { kobject } from "linux/kobject";
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_empty, type list_head } from "linux/list";
import { type module, within_module } from "linux/module";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { schedule, TASK_UNINTERRUPTIBLE } from "linux/sched";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { S_IFDIR, S_IFLNK, S_IFREG } from "linux/stat";
import { kstrdup, memcpy, strcmp, strlen } from "linux/string";
import type { attribute, bin_attribute } from "linux/sysfs";
import { finish_wait, init_wait, prepare_to_wait, type wait_queue_entry, type wait_queue_head, wake_up_all } from "linux/wait";

let kernfs_rwsem: embed<mutex>;
let deactivate_waitq: embed<wait_queue_head>;
let next_ino: u64 = 1;

export function kernfs_lock(): void {
  mutex_lock(kernfs_rwsem);
}
export function kernfs_unlock(): void {
  mutex_unlock(kernfs_rwsem);
}

export function kernfs_get(kn: kernfs_node): kernfs_node {
  if (kn !== null) fetch_add(addr(kn.count), 1);
  return kn;
}

export function kernfs_put(kn: kernfs_node): void {
  while (kn !== null && fetch_add(addr(kn.count), -1) === 1) {
    const parent = kn.parent;
    if (kn.type === KERNFS_LINK) kernfs_put(kn.target);
    kfree(kn.name);
    kfree(kn);
    kn = parent;
  }
}

function kn_in_module(kn: kernfs_node, mod: module): bool {
  if (within_module(u64(kn.attr), mod) || within_module(u64(kn.bin_attr), mod) || within_module(u64(kn.priv), mod)) return true;
  return kn.type === KERNFS_DIR && kn.priv !== null && within_module(u64((kn.priv as kobject).ktype), mod);
}

/** For unload: a node below dir, but not in `own`, whose attribute or object lies in the module; null if none. All other CPUs stand still. */
export function kernfs_in_module(dir: kernfs_node, own: kernfs_node, mod: module): kernfs_node {
  for (let p = dir.children.next; p !== dir.children; p = p.next) {
    const kn = container_of<kernfs_node>(p, "sibling");
    if (kn === own || (kn.type === KERNFS_LINK && kn.target === own)) continue;
    if (kn_in_module(kn, mod)) return kn;
    const found = kn.type === KERNFS_DIR ? kernfs_in_module(kn, own, mod) : null;
    if (found !== null) return found;
  }
  return null;
}

/** Into the node's methods; null once its removal has begun. */
export function kernfs_get_active(kn: kernfs_node): kernfs_node {
  for (;;) {
    const v = READ_ONCE(kn.active);
    if (v < 0) return null;
    if (cmpxchg(addr(kn.active), v, int(v + 1)) === v) return kn;
  }
}

export function kernfs_put_active(kn: kernfs_node): void {
  if (int(fetch_add(addr(kn.active), -1) - 1) === KN_DEACTIVATED_BIAS) wake_up_all(deactivate_waitq);
}

/** Waits until nobody is inside the node's methods any more. */
function kernfs_drain(kn: kernfs_node): void {
  let w: embed<wait_queue_entry>;
  init_wait(w);
  for (;;) {
    prepare_to_wait(deactivate_waitq, w, TASK_UNINTERRUPTIBLE);
    if (READ_ONCE(kn.active) === KN_DEACTIVATED_BIAS) break;
    schedule();
  }
  finish_wait(deactivate_waitq, w);
}

const GOLDEN_RATIO_64 = 0x61c8864680b583eb;
const INT_MAX = 0x7fffffff;

/** Linux's name hash, so that directories are read in Linux's order. 0 and 1 are "." and "..", INT_MAX is the end. */
function kernfs_name_hash(name: u8[]): u32 {
  let sum: u64 = 0;
  for (let i = 0; name[i] !== 0; i++) {
    const c = u64(name[i]);
    sum = (sum + (c << 4) + (c >> 4)) * 11;
  }
  let hash = u32(((sum * u64(GOLDEN_RATIO_64)) >> 32) & INT_MAX);
  if (hash < 2) hash += 2;
  return hash >= INT_MAX ? u32(INT_MAX - 1) : hash;
}

/** Into its parent's list, in the order of the hashes, those of one hash by their names. kernfs_rwsem held. */
function kernfs_link_sibling(kn: kernfs_node): void {
  const head: list_head = kn.parent.children;
  let p = head.next;
  for (; p !== head; p = p.next) {
    const other = container_of<kernfs_node>(p, "sibling");
    if (other.hash > kn.hash || (other.hash === kn.hash && strcmp(other.name, kn.name) > 0)) break;
  }
  // Before p.
  list_add_tail(kn.sibling, p);
}

function new_node(parent: kernfs_node, name: cstr, mode: u32, type: int): kernfs_node {
  const kn = kzalloc(sizeof<kernfs_node>(), GFP_KERNEL) as kernfs_node;
  if (kn === null) return null;
  kn.name = kstrdup(name, GFP_KERNEL) as u8[];
  if (kn.name === null) {
    kfree(kn);
    return null;
  }
  kn.hash = kernfs_name_hash(kn.name);
  kn.count = 1;
  kn.type = type;
  kn.mode = u16(mode);
  kn.ino = fetch_add(addr(next_ino), u64(1));
  kn.parent = kernfs_get(parent);
  INIT_LIST_HEAD(kn.children);
  INIT_LIST_HEAD(kn.sibling);
  return kn;
}

/** kernfs_rwsem held. */
export function kernfs_find_child(parent: kernfs_node, name: cstr): kernfs_node {
  const hash = kernfs_name_hash(name as u8[]);
  for (let p = parent.children.next; p !== parent.children; p = p.next) {
    const kn = container_of<kernfs_node>(p, "sibling");
    if (kn.hash === hash && strcmp(kn.name, name) === 0) return kn;
    if (kn.hash > hash) break;
  }
  return null;
}

export function kernfs_find_and_get(parent: kernfs_node, name: cstr): kernfs_node {
  kernfs_lock();
  const kn = kernfs_get(kernfs_find_child(parent, name));
  kernfs_unlock();
  return kn;
}

function kernfs_add_one(kn: kernfs_node): int {
  const parent = kn.parent;
  let err: int = 0;
  kernfs_lock();
  if (parent.removed) err = -ENOENT;
  else if (kernfs_find_child(parent, kn.name) !== null) err = -EEXIST;
  else {
    kernfs_link_sibling(kn);
    if (kn.type === KERNFS_DIR) parent.subdirs += 1;
  }
  kernfs_unlock();
  return err;
}

function add_or_error(kn: kernfs_node): kernfs_node {
  if (kn === null) return ERR_PTR(-ENOMEM) as kernfs_node;
  const err = kernfs_add_one(kn);
  if (err !== 0) {
    kernfs_put(kn);
    return ERR_PTR(s64(err)) as kernfs_node;
  }
  return kn;
}

export function kernfs_create_root(): kernfs_node {
  return new_node(null, "", S_IFDIR | 0o555, KERNFS_DIR);
}

export function kernfs_create_dir(parent: kernfs_node, name: cstr, mode: u32, priv: ptr): kernfs_node {
  const kn = new_node(parent, name, mode | S_IFDIR, KERNFS_DIR);
  if (kn !== null) kn.priv = priv;
  return add_or_error(kn);
}

/** A text attribute (battr null) or a binary one. */
export function kernfs_create_file(
  parent: kernfs_node,
  name: cstr,
  mode: u32,
  size: s64,
  priv: ptr,
  attr: attribute,
  battr: bin_attribute,
): kernfs_node {
  const kn = new_node(parent, name, mode | S_IFREG, KERNFS_FILE);
  if (kn !== null) {
    kn.priv = priv;
    kn.size = size;
    kn.attr = attr;
    kn.bin_attr = battr;
  }
  return add_or_error(kn);
}

export function kernfs_create_link(parent: kernfs_node, name: cstr, target: kernfs_node): kernfs_node {
  const kn = new_node(parent, name, S_IFLNK | 0o777, KERNFS_LINK);
  if (kn !== null) kn.target = kernfs_get(target);
  return add_or_error(kn);
}

/** First leaf below kn, or kn itself. kernfs_rwsem held. */
function leaf_of(kn: kernfs_node): kernfs_node {
  while (!list_empty(kn.children)) kn = container_of<kernfs_node>(kn.children.next, "sibling");
  return kn;
}

function mark_removed(kn: kernfs_node): void {
  if (!kn.removed) {
    kn.removed = true;
    fetch_add(addr(kn.active), KN_DEACTIVATED_BIAS);
  }
  for (let p = kn.children.next; p !== kn.children; p = p.next) mark_removed(container_of<kernfs_node>(p, "sibling"));
}

/** Removes the node and all below it. On return nobody is in their methods and nobody will be. */
export function kernfs_remove(kn: kernfs_node): void {
  if (kn === null) return;
  kernfs_lock();
  mark_removed(kn);
  for (;;) {
    const pos = leaf_of(kn);
    kernfs_get(pos);
    kernfs_unlock();
    kernfs_drain(pos);
    kernfs_lock();
    let unlinked = false;
    if (pos.parent !== null && !list_empty(pos.sibling)) {
      list_del_init(pos.sibling);
      if (pos.type === KERNFS_DIR) pos.parent.subdirs -= 1;
      unlinked = true;
    }
    const last = pos === kn;
    kernfs_put(pos);
    if (unlinked) kernfs_put(pos);
    if (last) break;
  }
  kernfs_unlock();
}

export function kernfs_remove_by_name(parent: kernfs_node, name: cstr): int {
  const kn = kernfs_find_and_get(parent, name);
  if (kn === null) return -ENOENT;
  kernfs_remove(kn);
  kernfs_put(kn);
  return 0;
}

export function kernfs_rename(kn: kernfs_node, new_parent: kernfs_node, new_name: cstr): int {
  const name = kstrdup(new_name, GFP_KERNEL) as u8[];
  if (name === null) return -ENOMEM;
  let err: int = 0;
  kernfs_lock();
  if (kernfs_find_child(new_parent, new_name) !== null) err = -EEXIST;
  else if (kn.removed) err = -ENODEV;
  else {
    const old = kn.name;
    kn.name = name;
    kn.hash = kernfs_name_hash(name);
    list_del_init(kn.sibling);
    if (new_parent !== kn.parent) {
      const old_parent = kn.parent;
      if (kn.type === KERNFS_DIR) {
        old_parent.subdirs -= 1;
        new_parent.subdirs += 1;
      }
      kn.parent = kernfs_get(new_parent);
      kernfs_put(old_parent);
    }
    kernfs_link_sibling(kn);
    kfree(old);
  }
  kernfs_unlock();
  if (err !== 0) kfree(name);
  return err;
}

/** "/kernel/livepatch" into buf; the length, or -ENAMETOOLONG's place: an empty text. */
export function kernfs_path(kn: kernfs_node, buf: u8[], buflen: u64): int {
  let len: u64 = 0;
  kernfs_lock();
  for (let p = kn; p.parent !== null; p = p.parent) len += strlen(p.name) + 1;
  buf[0] = 0;
  if (len === 0 || len + 1 > buflen) {
    kernfs_unlock();
    return int(len);
  }
  let end: u64 = len;
  buf[end] = 0;
  for (let p = kn; p.parent !== null; p = p.parent) {
    const n = strlen(p.name);
    end -= n;
    memcpy(add(buf, end), p.name, n);
    end -= 1;
    buf[end] = 47;
  }
  kernfs_unlock();
  return int(len);
}
