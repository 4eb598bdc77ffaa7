// kobjects and ksets: named, counted objects; each added one is a directory of sysfs.
import { EEXIST, EINVAL, EIO, ENOMEM } from "linux/errno";
import { kvasprintf } from "linux/kernel";
import type { kobj_attribute, kobj_type, kobject, kset, kset_uevent_ops } from "linux/kobject";
import { type kref, kref_get, kref_get_unless_zero, kref_init, kref_put } from "linux/kref";
import { INIT_LIST_HEAD, list_add_tail, list_del_init } from "linux/list";
import { dump_stack } from "linux/printk";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { spin_lock, spin_unlock } from "linux/spinlock";
import { memcmp, memcpy, strcmp, strlen } from "linux/string";
import {
  type attribute,
  sysfs_create_dir_ns,
  sysfs_create_groups,
  type sysfs_ops,
  sysfs_remove_dir,
  sysfs_remove_groups,
} from "linux/sysfs";

const SLASH = 47;

export function kobject_name(kobj: kobject): u8[] {
  return kobj.name;
}

export function kobject_init(kobj: kobject, ktype: kobj_type): void {
  kref_init(kobj.kref);
  INIT_LIST_HEAD(kobj.entry);
  kobj.state_in_sysfs = false;
  kobj.state_initialized = true;
  kobj.ktype = ktype;
}
EXPORT_SYMBOL(kobject_init);

function kobject_set_name_vargs(kobj: kobject, fmt: cstr, args: va_list): int {
  const s = kvasprintf(GFP_KERNEL, fmt, args) as u8[];
  if (s === null) return -ENOMEM;
  // A slash would look like a directory.
  for (let i = 0; s[i] !== 0; i++) if (s[i] === SLASH) s[i] = 33;
  kfree(kobj.name);
  kobj.name = s;
  return 0;
}

export function kobject_set_name(kobj: kobject, fmt: cstr, ...args: va_list): int {
  return kobject_set_name_vargs(kobj, fmt, args);
}
EXPORT_SYMBOL(kobject_set_name);

export function kobject_get(kobj: kobject): kobject {
  if (kobj !== null) kref_get(kobj.kref);
  return kobj;
}
EXPORT_SYMBOL(kobject_get);

function create_dir(kobj: kobject): int {
  const error = sysfs_create_dir_ns(kobj);
  if (error !== 0) return error;
  if (kobj.ktype !== null && kobj.ktype.default_groups !== null) {
    const err = sysfs_create_groups(kobj, kobj.ktype.default_groups);
    if (err !== 0) {
      sysfs_remove_dir(kobj);
      return err;
    }
  }
  return 0;
}

function kobj_kset_leave(kobj: kobject): void {
  const kset = kobj.kset;
  if (kset === null) return;
  spin_lock(kset.list_lock);
  list_del_init(kobj.entry);
  spin_unlock(kset.list_lock);
  kobject_put(kset.kobj);
}

function kobject_add_internal(kobj: kobject): int {
  if (kobj.name === null || kobj.name[0] === 0) return -EINVAL;
  let parent = kobject_get(kobj.parent);
  const kset = kobj.kset;
  if (kset !== null) {
    if (parent === null) parent = kobject_get(kset.kobj);
    kobject_get(kset.kobj);
    spin_lock(kset.list_lock);
    list_add_tail(kobj.entry, kset.list);
    spin_unlock(kset.list_lock);
  }
  kobj.parent = parent;
  const error = create_dir(kobj);
  if (error !== 0) {
    kobj_kset_leave(kobj);
    kobject_put(parent);
    kobj.parent = null;
    if (error === -EEXIST)
      pr_err(
        "%s failed for %s with -EEXIST, don't try to register things with the same name in the same directory.\n",
        "kobject_add_internal",
        kobj.name,
      );
    else
      pr_err(
        "%s failed for %s (error: %d parent: %s)\n",
        "kobject_add_internal",
        kobj.name,
        error,
        parent !== null ? parent.name : "'none'",
      );
  } else {
    kobj.state_in_sysfs = true;
  }
  return error;
}

export function kobject_add(kobj: kobject, parent: kobject, fmt: cstr, ...args: va_list): int {
  if (kobj === null) return -EINVAL;
  if (!kobj.state_initialized) {
    pr_err("kobject '%s' (%p): tried to add an uninitialized object, something is seriously wrong.\n", kobj.name, kobj);
    dump_stack();
    return -EINVAL;
  }
  const retval = kobject_set_name_vargs(kobj, fmt, args);
  if (retval !== 0) return retval;
  kobj.parent = parent;
  return kobject_add_internal(kobj);
}
EXPORT_SYMBOL(kobject_add);

export function kobject_init_and_add(kobj: kobject, ktype: kobj_type, parent: kobject, fmt: cstr, ...args: va_list): int {
  kobject_init(kobj, ktype);
  const retval = kobject_set_name_vargs(kobj, fmt, args);
  if (retval !== 0) return retval;
  kobj.parent = parent;
  return kobject_add_internal(kobj);
}
EXPORT_SYMBOL_GPL(kobject_init_and_add);

/** Takes the object out of sysfs; waits for its attributes' users. The references go on. */
export function kobject_del(kobj: kobject): void {
  if (kobj === null) return;
  const parent = kobj.parent;
  if (kobj.state_in_sysfs) {
    if (kobj.ktype !== null && kobj.ktype.default_groups !== null) sysfs_remove_groups(kobj, kobj.ktype.default_groups);
    sysfs_remove_dir(kobj);
    kobj.state_in_sysfs = false;
    kobj_kset_leave(kobj);
  }
  kobj.parent = null;
  kobject_put(parent);
}
EXPORT_SYMBOL(kobject_del);

function kobject_cleanup(kobj: kobject): void {
  const name = kobj.name;
  const t = kobj.ktype;
  let parent = kobj.parent;
  if (kobj.state_in_sysfs) {
    kobject_del(kobj);
    parent = null;
  }
  if (t !== null && t.release !== null) t.release(kobj);
  kfree(name);
  kobject_put(parent);
}

function kobject_release(k: kref): void {
  kobject_cleanup(container_of<kobject>(k, "kref"));
}

export function kobject_put(kobj: kobject): void {
  if (kobj !== null) kref_put(kobj.kref, kobject_release);
}
EXPORT_SYMBOL(kobject_put);

function dynamic_kobj_release(kobj: kobject): void {
  kfree(kobj);
}

function kobj_attr_show(kobj: kobject, attr: attribute, buf: u8[]): s64 {
  const kattr = container_of<kobj_attribute>(attr, "attr");
  return kattr.show !== null ? kattr.show(kobj, kattr, buf) : -EIO;
}

function kobj_attr_store(kobj: kobject, attr: attribute, buf: u8[], count: u64): s64 {
  const kattr = container_of<kobj_attribute>(attr, "attr");
  return kattr.store !== null ? kattr.store(kobj, kattr, buf, count) : -EIO;
}

export const kobj_sysfs_ops: sysfs_ops = { show: kobj_attr_show, store: kobj_attr_store };
EXPORT_SYMBOL_GPL(kobj_sysfs_ops);

const dynamic_kobj_ktype: kobj_type = { release: dynamic_kobj_release, sysfs_ops: kobj_sysfs_ops };

export function kobject_create_and_add(name: cstr, parent: kobject): kobject {
  const kobj = kzalloc(sizeof<kobject>(), GFP_KERNEL) as kobject;
  if (kobj === null) return null;
  const retval = kobject_init_and_add(kobj, dynamic_kobj_ktype, parent, "%s", name);
  if (retval !== 0) {
    pr_warn("%s: kobject_add error: %d\n", "kobject_create_and_add", retval);
    kobject_put(kobj);
    return null;
  }
  return kobj;
}
EXPORT_SYMBOL_GPL(kobject_create_and_add);

/** "/kernel/livepatch": fresh memory, or null. */
export function kobject_get_path(kobj: kobject, gfp: u32): u8[] {
  let len: u64 = 1;
  for (let p = kobj; p !== null; p = p.parent) len += strlen(p.name) + 1;
  const path = kzalloc(len, gfp) as u8[];
  if (path === null) return null;
  let end: u64 = len - 1;
  for (let p = kobj; p !== null; p = p.parent) {
    const n = strlen(p.name);
    end -= n;
    memcpy(add(path, end), p.name, n);
    end -= 1;
    path[end] = SLASH;
  }
  return path;
}

/** Nobody listens to uevents in this system. */
export function kobject_uevent(kobj: kobject, action: int): int {
  return 0;
}
EXPORT_SYMBOL_GPL(kobject_uevent);

const kobject_actions: cstr[] = ["add", "remove", "change", "move", "online", "offline", "bind", "unbind"];
const KOBJECT_ACTIONS = 8;
const UUID_STRING_LEN = 36;

function is_alnum(c: u8): bool {
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
}

/** The index of the action that a text begins with, its end in `after`; -1: none. */
function kobject_action_type(buf: u8[], count: u64, after: u64[]): int {
  let n: u64 = 0;
  while (n < count && buf[n] !== 32 && buf[n] !== 10 && buf[n] !== 0) n++;
  after[0] = n;
  for (let i: int = 0; i < KOBJECT_ACTIONS; i++) {
    if (n !== 0 && strlen(kobject_actions[i]) === n && memcmp(kobject_actions[i], buf, n) === 0) return i;
  }
  return -1;
}

/** " UUID KEY=VALUE …", letters and digits only. */
function kobject_action_args_valid(args: u8[], count: u64): bool {
  if (count < UUID_STRING_LEN + 1 || args[0] !== 32) return false;
  for (let i: u64 = 0; i < UUID_STRING_LEN; i++) {
    const c = args[i + 1];
    const dash = i === 8 || i === 13 || i === 18 || i === 23;
    const lower = c | 0x20;
    if (dash ? c !== 45 : !((c >= 48 && c <= 57) || (lower >= 97 && lower <= 102))) return false;
  }
  let i: u64 = UUID_STRING_LEN + 1;
  while (i < count) {
    if (args[i] !== 32) return false;
    i++;
    const key = i;
    while (i < count && is_alnum(args[i])) i++;
    if (i === key || i >= count || args[i] !== 61) return false;
    i++;
    const value = i;
    while (i < count && is_alnum(args[i])) i++;
    if (i === value) return false;
  }
  return true;
}

/** What is written to a uevent file: an action, or an action with an UUID and variables. */
export function kobject_synth_uevent(kobj: kobject, buf: u8[], size: u64): int {
  let end: u64 = 0;
  const count: u64 = size > 0 && (buf[size - 1] === 10 || buf[size - 1] === 0) ? size - 1 : size;
  const action = kobject_action_type(buf, count, addr(end));
  let msg: cstr = null;
  if (action < 0) msg = "unknown uevent action string";
  else if (end < count && !kobject_action_args_valid(add(buf, end), count - end)) msg = "incorrect uevent action arguments";
  if (msg === null) return kobject_uevent(kobj, action);
  const path = kobject_get_path(kobj, GFP_KERNEL);
  pr_warn("synth uevent: %s: %s\n", path, msg);
  kfree(path);
  return -EINVAL;
}

function kset_release(kobj: kobject): void {
  kfree(container_of<kset>(kobj, "kobj"));
}

const kset_ktype: kobj_type = { sysfs_ops: kobj_sysfs_ops, release: kset_release };

function kset_init(k: kset): void {
  kobject_init(k.kobj, k.kobj.ktype);
  INIT_LIST_HEAD(k.list);
}

export function kset_register(k: kset): int {
  if (k === null) return -EINVAL;
  kset_init(k);
  return kobject_add_internal(k.kobj);
}
EXPORT_SYMBOL(kset_register);

export function kset_unregister(k: kset): void {
  if (k === null) return;
  kobject_del(k.kobj);
  kobject_put(k.kobj);
}
EXPORT_SYMBOL(kset_unregister);

export function kset_create_and_add(name: cstr, uevent_ops: kset_uevent_ops, parent_kobj: kobject): kset {
  const k = kzalloc(sizeof<kset>(), GFP_KERNEL) as kset;
  if (k === null) return null;
  if (kobject_set_name(k.kobj, "%s", name) !== 0) {
    kfree(k);
    return null;
  }
  k.uevent_ops = uevent_ops;
  k.kobj.parent = parent_kobj;
  k.kobj.ktype = kset_ktype;
  if (kset_register(k) !== 0) {
    kfree(k);
    return null;
  }
  return k;
}
EXPORT_SYMBOL_GPL(kset_create_and_add);

/** With a reference. */
export function kset_find_obj(kset: kset, name: cstr): kobject {
  let ret: kobject = null;
  spin_lock(kset.list_lock);
  for (let p = kset.list.next; p !== kset.list; p = p.next) {
    const k = container_of<kobject>(p, "entry");
    // One whose last reference has just gone leaves the list only in its release.
    if (k.name !== null && strcmp(k.name, name) === 0 && kref_get_unless_zero(k.kref)) {
      ret = k;
      break;
    }
  }
  spin_unlock(kset.list_lock);
  return ret;
}
EXPORT_SYMBOL_GPL(kset_find_obj);

// ---- the objects that everybody hangs things on ----

export let kernel_kobj: kobject = null;
export let fs_kobj: kobject = null;
export let devices_kset: kset = null;

export function kobjects_init(): void {
  kernel_kobj = kobject_create_and_add("kernel", null);
  fs_kobj = kobject_create_and_add("fs", null);
  devices_kset = kset_create_and_add("devices", null, null);
}
EXPORT_SYMBOL_GPL(kernel_kobj);
