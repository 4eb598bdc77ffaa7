// The registered file system types, for mount(2) and /proc/filesystems.
import { EBUSY, EINVAL } from "linux/errno";
import { FS_REQUIRES_DEV, type file_system_type } from "linux/fs";
import { type module, module_put, try_module_get, within_module } from "linux/module";
import type { seq_file } from "linux/seq_file";
import { seq_printf } from "linux/seq_file";
import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";
import { strcmp } from "linux/string";

let file_systems: file_system_type = null;
let file_systems_lock: embed<spinlock_t>;

export function register_filesystem(fs: file_system_type): int {
  let res: int = 0;
  spin_lock(file_systems_lock);
  let last: file_system_type = null;
  for (let p = file_systems; p !== null; p = p.next) {
    if (strcmp(p.name, fs.name) === 0) res = -EBUSY;
    last = p;
  }
  if (res === 0) {
    fs.next = null;
    if (last === null) file_systems = fs;
    else last.next = fs;
  }
  spin_unlock(file_systems_lock);
  return res;
}

export function unregister_filesystem(fs: file_system_type): int {
  let res: int = -EINVAL;
  spin_lock(file_systems_lock);
  let prev: file_system_type = null;
  for (let p = file_systems; p !== null; p = p.next) {
    if (p === fs) {
      if (prev === null) file_systems = fs.next;
      else prev.next = fs.next;
      res = 0;
      break;
    }
    prev = p;
  }
  spin_unlock(file_systems_lock);
  return res;
}

/** For unload: the name of a type that lies in the module; null if none. */
export function filesystem_in_module(mod: module): cstr {
  for (let p = file_systems; p !== null; p = p.next) if (within_module(u64(p), mod)) return p.name;
  return null;
}

/** With a reference on the type's module (put_filesystem gives it back). */
export function get_fs_type(name: cstr): file_system_type {
  spin_lock(file_systems_lock);
  let p = file_systems;
  while (p !== null && strcmp(p.name, name) !== 0) p = p.next;
  if (p !== null && p.owner !== null && !try_module_get(p.owner)) p = null;
  spin_unlock(file_systems_lock);
  return p;
}

export function put_filesystem(fs: file_system_type): void {
  if (fs.owner !== null) module_put(fs.owner);
}

export function filesystems_proc_show(m: seq_file, v: ptr): int {
  spin_lock(file_systems_lock);
  for (let p = file_systems; p !== null; p = p.next) seq_printf(m, "%s\t%s\n", (p.fs_flags & FS_REQUIRES_DEV) !== 0 ? "" : "nodev", p.name);
  spin_unlock(file_systems_lock);
  return 0;
}
