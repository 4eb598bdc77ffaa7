// Misc devices: major 10, one minor and one node in /dev each.
import { EBUSY, ENODEV } from "linux/errno";
import { type file, type file_operations, type inode, MINOR, MKDEV } from "linux/fs";
import { INIT_LIST_HEAD, list_add, list_del, type list_head } from "linux/list";
import { MISC_DYNAMIC_MINOR, MISC_MAJOR, type miscdevice } from "linux/miscdevice";
import { type module, module_put, try_module_get, within_module } from "linux/module";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { proc_create_single } from "linux/proc_fs";
import { type seq_file, seq_printf } from "linux/seq_file";
import { register_chrdev } from "../../fs/char_dev";
import { devtmpfs_create_node, devtmpfs_delete_node } from "../base/devtmpfs";

let misc_list: embed<list_head>;
let misc_mtx: embed<mutex>;

function find(minor: int): miscdevice {
  for (let p = misc_list.next; p !== misc_list; p = p.next) {
    const m = container_of<miscdevice>(p, "list");
    if (m.minor === minor) return m;
  }
  return null;
}

/** For unload: the name of a device that lies in the module, with its operations or itself; null if none. */
export function misc_in_module(mod: module): cstr {
  if (misc_list.next === null) return null;
  for (let p = misc_list.next; p !== misc_list; p = p.next) {
    const m = container_of<miscdevice>(p, "list");
    if (within_module(u64(m), mod) || within_module(u64(m.fops), mod)) return m.name;
  }
  return null;
}

function misc_open(inode: inode, f: file): int {
  const minor = int(MINOR(inode.i_rdev));
  mutex_lock(misc_mtx);
  const c = find(minor);
  let err: int = -ENODEV;
  if (c !== null && (c.fops.owner === null || try_module_get(c.fops.owner))) {
    f.private_data = c;
    f.f_op = c.fops;
    err = c.fops.open === null ? 0 : c.fops.open(inode, f);
    if (err !== 0 && c.fops.owner !== null) module_put(c.fops.owner);
  }
  mutex_unlock(misc_mtx);
  return err;
}

const misc_fops: file_operations = { open: misc_open };

export function misc_register(misc: miscdevice): int {
  mutex_lock(misc_mtx);
  let err: int = 0;
  if (misc.minor === MISC_DYNAMIC_MINOR) {
    let i: int = 63;
    while (i >= 0 && find(i) !== null) i -= 1;
    if (i < 0) err = -EBUSY;
    else misc.minor = i;
  } else if (find(misc.minor) !== null) {
    err = -EBUSY;
  }
  if (err === 0) {
    err = devtmpfs_create_node(misc.name, misc.mode !== 0 ? u32(misc.mode) : 0o600, MKDEV(MISC_MAJOR, u32(misc.minor)));
    if (err === 0) list_add(misc.list, misc_list);
  }
  mutex_unlock(misc_mtx);
  return err;
}
EXPORT_SYMBOL(misc_register);

export function misc_deregister(misc: miscdevice): void {
  mutex_lock(misc_mtx);
  list_del(misc.list);
  devtmpfs_delete_node(misc.name);
  mutex_unlock(misc_mtx);
}
EXPORT_SYMBOL(misc_deregister);

function misc_show(m: seq_file, _v: ptr): int {
  mutex_lock(misc_mtx);
  for (let p = misc_list.next; p !== misc_list; p = p.next) {
    const c = container_of<miscdevice>(p, "list");
    seq_printf(m, "%3d %s\n", c.minor, c.name !== null ? c.name : "");
  }
  mutex_unlock(misc_mtx);
  return 0;
}

export function misc_init(): int {
  INIT_LIST_HEAD(misc_list);
  proc_create_single("misc", 0, null, misc_show);
  return register_chrdev(MISC_MAJOR, "misc", misc_fops);
}
