// sysfs: kobjects as directories, attributes as files, groups of both, links.
import { IS_ERR, PTR_ERR } from "linux/err";
import { EEXIST, EINVAL, ENOENT } from "linux/errno";
import { vscnprintf } from "linux/kernel";
import {
  kernfs_create_dir,
  kernfs_create_file,
  kernfs_create_link,
  kernfs_find_and_get,
  kernfs_get,
  type kernfs_node,
  kernfs_path,
  kernfs_put,
  kernfs_remove,
  kernfs_remove_by_name,
} from "linux/kernfs";
import type { kobject } from "linux/kobject";
import { dump_stack } from "linux/printk";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";
import type { attribute, attribute_group, bin_attribute } from "linux/sysfs";
import { kernfs_notify } from "../kernfs/file";
import { sysfs_root_kn } from "../kernfs/inode";

const PAGE_SIZE = 4096;
const pr_fmt = "sysfs: ";

/** An object's sd goes under it: whoever makes a link to another one's directory takes his reference under it. */
let sysfs_symlink_target_lock: embed<spinlock_t>;

export function sysfs_warn_dup(parent: kernfs_node, name: cstr): void {
  const buf = kzalloc(PAGE_SIZE, GFP_KERNEL) as u8[];
  if (buf !== null) kernfs_path(parent, buf, PAGE_SIZE);
  pr_warn("cannot create duplicate filename '%s/%s'\n", buf, name);
  dump_stack();
  kfree(buf);
}

function node_of(kobj: kobject): kernfs_node {
  return kobj === null ? sysfs_root_kn : kobj.sd;
}

export function sysfs_create_dir_ns(kobj: kobject): int {
  const parent = node_of(kobj.parent);
  if (parent === null) return -ENOENT;
  const kn = kernfs_create_dir(parent, kobj.name, 0o755, kobj);
  if (IS_ERR(kn)) {
    if (PTR_ERR(kn) === -EEXIST) sysfs_warn_dup(parent, kobj.name);
    return int(PTR_ERR(kn));
  }
  kobj.sd = kn;
  return 0;
}

export function sysfs_remove_dir(kobj: kobject): void {
  spin_lock(sysfs_symlink_target_lock);
  const kn = kobj.sd;
  kobj.sd = null;
  spin_unlock(sysfs_symlink_target_lock);
  if (kn === null) return;
  // A removal that meets a running show or store waits here for its end.
  kernfs_get(kn);
  kernfs_remove(kn);
  kernfs_put(kn);
}

function add_file(parent: kernfs_node, kobj: kobject, attr: attribute, mode: u32): int {
  const kn = kernfs_create_file(parent, attr.name, mode & 0o777, PAGE_SIZE, kobj, attr, null);
  if (!IS_ERR(kn)) return 0;
  if (PTR_ERR(kn) === -EEXIST) sysfs_warn_dup(parent, attr.name);
  return int(PTR_ERR(kn));
}

function add_bin_file(parent: kernfs_node, kobj: kobject, battr: bin_attribute, mode: u32): int {
  const kn = kernfs_create_file(parent, battr.attr.name, mode & 0o777, s64(battr.size), kobj, battr.attr, battr);
  if (!IS_ERR(kn)) return 0;
  if (PTR_ERR(kn) === -EEXIST) sysfs_warn_dup(parent, battr.attr.name);
  return int(PTR_ERR(kn));
}

export function sysfs_create_file(kobj: kobject, attr: attribute): int {
  if (kobj === null || kobj.sd === null || attr === null) return -EINVAL;
  return add_file(kobj.sd, kobj, attr, u32(attr.mode));
}
EXPORT_SYMBOL_GPL(sysfs_create_file);

export function sysfs_create_files(kobj: kobject, attrs: ref<attribute>[]): int {
  let err: int = 0;
  let i = 0;
  for (; attrs[i] !== null && err === 0; i++) err = sysfs_create_file(kobj, attrs[i]);
  if (err !== 0) for (i -= 2; i >= 0; i--) sysfs_remove_file(kobj, attrs[i]);
  return err;
}
EXPORT_SYMBOL_GPL(sysfs_create_files);

export function sysfs_remove_file(kobj: kobject, attr: attribute): void {
  if (kobj.sd !== null) kernfs_remove_by_name(kobj.sd, attr.name);
}
EXPORT_SYMBOL_GPL(sysfs_remove_file);

export function sysfs_remove_files(kobj: kobject, attrs: ref<attribute>[]): void {
  for (let i = 0; attrs[i] !== null; i++) sysfs_remove_file(kobj, attrs[i]);
}
EXPORT_SYMBOL_GPL(sysfs_remove_files);

export function sysfs_create_bin_file(kobj: kobject, attr: bin_attribute): int {
  if (kobj === null || kobj.sd === null || attr === null) return -EINVAL;
  return add_bin_file(kobj.sd, kobj, attr, u32(attr.attr.mode));
}
EXPORT_SYMBOL_GPL(sysfs_create_bin_file);

export function sysfs_remove_bin_file(kobj: kobject, attr: bin_attribute): void {
  if (kobj.sd !== null) kernfs_remove_by_name(kobj.sd, attr.attr.name);
}
EXPORT_SYMBOL_GPL(sysfs_remove_bin_file);

export function sysfs_add_file_to_group(kobj: kobject, attr: attribute, group: cstr): int {
  const parent = group === null ? kernfs_get(kobj.sd) : kernfs_find_and_get(kobj.sd, group);
  if (parent === null) return -ENOENT;
  const err = add_file(parent, kobj, attr, u32(attr.mode));
  kernfs_put(parent);
  return err;
}
EXPORT_SYMBOL_GPL(sysfs_add_file_to_group);

function remove_group_files(parent: kernfs_node, grp: attribute_group): void {
  if (grp.attrs !== null) for (let i = 0; grp.attrs[i] !== null; i++) kernfs_remove_by_name(parent, grp.attrs[i].name);
  if (grp.bin_attrs !== null) for (let i = 0; grp.bin_attrs[i] !== null; i++) kernfs_remove_by_name(parent, grp.bin_attrs[i].attr.name);
}

function create_group_files(parent: kernfs_node, kobj: kobject, grp: attribute_group): int {
  let err: int = 0;
  if (grp.attrs !== null) {
    for (let i = 0; grp.attrs[i] !== null && err === 0; i++) {
      const attr = grp.attrs[i];
      let mode = u32(attr.mode);
      if (grp.is_visible !== null) {
        mode = u32(grp.is_visible(kobj, attr, int(i)));
        if (mode === 0) continue;
      }
      err = add_file(parent, kobj, attr, mode);
    }
  }
  if (grp.bin_attrs !== null) {
    for (let i = 0; grp.bin_attrs[i] !== null && err === 0; i++)
      err = add_bin_file(parent, kobj, grp.bin_attrs[i], u32(grp.bin_attrs[i].attr.mode));
  }
  if (err !== 0) remove_group_files(parent, grp);
  return err;
}

export function sysfs_create_group(kobj: kobject, grp: attribute_group): int {
  if (kobj === null || kobj.sd === null) return -EINVAL;
  let parent = kobj.sd;
  if (grp.name !== null) {
    parent = kernfs_create_dir(kobj.sd, grp.name, 0o755, kobj);
    if (IS_ERR(parent)) {
      if (PTR_ERR(parent) === -EEXIST) sysfs_warn_dup(kobj.sd, grp.name);
      return int(PTR_ERR(parent));
    }
  }
  kernfs_get(parent);
  const err = create_group_files(parent, kobj, grp);
  if (err !== 0 && grp.name !== null) kernfs_remove(parent);
  kernfs_put(parent);
  return err;
}
EXPORT_SYMBOL_GPL(sysfs_create_group);

export function sysfs_create_groups(kobj: kobject, groups: ref<attribute_group>[]): int {
  if (groups === null) return 0;
  let err: int = 0;
  let i = 0;
  for (; groups[i] !== null && err === 0; i++) err = sysfs_create_group(kobj, groups[i]);
  if (err !== 0) for (i -= 2; i >= 0; i--) sysfs_remove_group(kobj, groups[i]);
  return err;
}
EXPORT_SYMBOL_GPL(sysfs_create_groups);

export function sysfs_remove_group(kobj: kobject, grp: attribute_group): void {
  if (kobj.sd === null) return;
  if (grp.name !== null) kernfs_remove_by_name(kobj.sd, grp.name);
  else remove_group_files(kobj.sd, grp);
}
EXPORT_SYMBOL_GPL(sysfs_remove_group);

export function sysfs_remove_groups(kobj: kobject, groups: ref<attribute_group>[]): void {
  if (groups === null) return;
  for (let i = 0; groups[i] !== null; i++) sysfs_remove_group(kobj, groups[i]);
}
EXPORT_SYMBOL_GPL(sysfs_remove_groups);

export function sysfs_create_link(kobj: kobject, target: kobject, name: cstr): int {
  const parent = node_of(kobj);
  if (parent === null) return -EINVAL;
  spin_lock(sysfs_symlink_target_lock);
  const target_kn = kernfs_get(target.sd);
  spin_unlock(sysfs_symlink_target_lock);
  if (target_kn === null) return -ENOENT;
  const kn = kernfs_create_link(parent, name, target_kn);
  kernfs_put(target_kn);
  if (!IS_ERR(kn)) return 0;
  if (PTR_ERR(kn) === -EEXIST) sysfs_warn_dup(parent, name);
  return int(PTR_ERR(kn));
}
EXPORT_SYMBOL_GPL(sysfs_create_link);

export function sysfs_remove_link(kobj: kobject, name: cstr): void {
  const parent = node_of(kobj);
  if (parent !== null) kernfs_remove_by_name(parent, name);
}
EXPORT_SYMBOL_GPL(sysfs_remove_link);

export function sysfs_notify(kobj: kobject, dir: cstr, attr: cstr): void {
  let kn = kernfs_get(kobj.sd);
  if (kn !== null && dir !== null) {
    const below = kernfs_find_and_get(kn, dir);
    kernfs_put(kn);
    kn = below;
  }
  if (kn !== null && attr !== null) {
    const below = kernfs_find_and_get(kn, attr);
    kernfs_put(kn);
    kn = below;
  }
  if (kn !== null) {
    kernfs_notify(kn);
    kernfs_put(kn);
  }
}
EXPORT_SYMBOL_GPL(sysfs_notify);

export function sysfs_create_mount_point(parent_kobj: kobject, name: cstr): int {
  const kn = kernfs_create_dir(node_of(parent_kobj), name, 0o755, null);
  return IS_ERR(kn) ? int(PTR_ERR(kn)) : 0;
}

/** printf into a show method's page. */
export function sysfs_emit(buf: u8[], fmt: cstr, ...args: va_list): int {
  return vscnprintf(buf, PAGE_SIZE, fmt, args);
}
EXPORT_SYMBOL_GPL(sysfs_emit);

export function sysfs_emit_at(buf: u8[], at_: int, fmt: cstr, ...args: va_list): int {
  if (at_ < 0 || at_ >= PAGE_SIZE) return 0;
  return vscnprintf(add(buf, at_), u64(PAGE_SIZE - at_), fmt, args);
}
EXPORT_SYMBOL_GPL(sysfs_emit_at);
