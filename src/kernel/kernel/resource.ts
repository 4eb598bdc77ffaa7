// The trees of physical address ranges and I/O ports, and their views /proc/iomem and /proc/ioports.

import { CAP_SYS_ADMIN, capable } from "linux/cred";
import { EBUSY } from "linux/errno";
import type { resource } from "linux/ioport";
import { proc_create_single } from "linux/proc_fs";
import { type seq_file, seq_printf } from "linux/seq_file";
import { read_lock, read_unlock, type rwlock_t, write_lock, write_unlock } from "linux/spinlock";

export const ioport_resource: resource = { name: "PCI IO", start: 0, end: 0xffff };
export const iomem_resource: resource = { name: "PCI mem", start: 0, end: 0xffffffffffffffff };
/** Guards both trees. */
let resource_lock: embed<rwlock_t>;

/** How deep the views go, as Linux's do. */
const MAX_IORES_LEVEL = 5;

/** Puts new_ among root's children where it overlaps none; else gives the range in its way. Under resource_lock. */
function __request_resource(root: resource, new_: resource): resource {
  if (new_.end < new_.start || new_.start < root.start || new_.end > root.end) return root;
  let before: resource = null;
  let at_ = root.child;
  while (at_ !== null && at_.end < new_.start) {
    before = at_;
    at_ = at_.sibling;
  }
  if (at_ !== null && at_.start <= new_.end) return at_;
  new_.sibling = at_;
  new_.parent = root;
  if (before === null) root.child = new_;
  else before.sibling = new_;
  return null;
}

export function request_resource(root: resource, new_: resource): int {
  write_lock(resource_lock);
  const conflict = __request_resource(root, new_);
  write_unlock(resource_lock);
  return conflict === null ? 0 : -EBUSY;
}
EXPORT_SYMBOL(request_resource);

/** As request_resource, but goes down into the range that holds new_ whole. */
export function insert_resource(root: resource, new_: resource): int {
  write_lock(resource_lock);
  let parent = root;
  let conflict = __request_resource(parent, new_);
  while (conflict !== null && conflict !== parent && conflict.start <= new_.start && conflict.end >= new_.end) {
    parent = conflict;
    conflict = __request_resource(parent, new_);
  }
  write_unlock(resource_lock);
  return conflict === null ? 0 : -EBUSY;
}
EXPORT_SYMBOL_GPL(insert_resource);

/** Addresses are shown to those alone who may use them. */
function show_tree(m: seq_file, root: resource): int {
  const width: int = root.end < 0x10000 ? 4 : 8;
  const shown = capable(CAP_SYS_ADMIN);
  read_lock(resource_lock);
  let r = root.child;
  let depth: int = 0;
  while (r !== null) {
    const start: u64 = shown ? r.start : u64(0);
    const end: u64 = shown ? r.end : u64(0);
    seq_printf(m, "%*s%0*lx-%0*lx : %s\n", depth * 2, "", width, start, width, end, r.name === null ? ("<BAD>" as cstr) : r.name);
    if (r.child !== null && depth + 1 < MAX_IORES_LEVEL) {
      r = r.child;
      depth += 1;
      continue;
    }
    while (r !== root && r.sibling === null) {
      r = r.parent;
      depth -= 1;
    }
    r = r === root ? null : r.sibling;
  }
  read_unlock(resource_lock);
  return 0;
}

function iomem_show(m: seq_file, _v: ptr): int {
  return show_tree(m, iomem_resource);
}

function ioports_show(m: seq_file, _v: ptr): int {
  return show_tree(m, ioport_resource);
}

export function ioresources_init(): void {
  proc_create_single("ioports", 0, null, ioports_show);
  proc_create_single("iomem", 0, null, iomem_show);
}
