// Character devices: which file operations stand behind a major and a range of minors.
import { EBUSY, ENOMEM, ENXIO } from "linux/errno";
import { type file, type file_operations, type inode, MAJOR, MINOR } from "linux/fs";
import { type module, module_put, try_module_get, within_module } from "linux/module";
import { type seq_file, seq_printf, seq_puts } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";

export interface char_device_struct extends struct<"char_device_struct"> {
  next?: char_device_struct;
  major?: u32;
  baseminor?: u32;
  minorct?: u32;
  name?: cstr;
  fops?: file_operations;
}

let chrdevs: char_device_struct = null;
let chrdevs_lock: embed<spinlock_t>;

/** For unload: the name of a device whose operations lie in the module; null if none. */
export function chrdev_in_module(mod: module): cstr {
  for (let c = chrdevs; c !== null; c = c.next) if (within_module(u64(c.fops), mod)) return c.name;
  return null;
}

const FIRST_DYNAMIC_MAJOR = 254;

function overlaps(major: u32, baseminor: u32, count: u32): bool {
  for (let c = chrdevs; c !== null; c = c.next)
    if (c.major === major && baseminor < c.baseminor + c.minorct && c.baseminor < baseminor + count) return true;
  return false;
}

/** major 0: one is chosen and returned; else 0. */
export function __register_chrdev(major: u32, baseminor: u32, count: u32, name: cstr, fops: file_operations): int {
  const c = kzalloc(sizeof<char_device_struct>(), GFP_KERNEL) as char_device_struct;
  if (c === null) return -ENOMEM;
  const dynamic = major === 0;
  spin_lock(chrdevs_lock);
  if (dynamic) {
    major = FIRST_DYNAMIC_MAJOR;
    while (overlaps(major, 0, 256) && major > 128) major -= 1;
  }
  if (overlaps(major, baseminor, count)) {
    spin_unlock(chrdevs_lock);
    kfree(c);
    return -EBUSY;
  }
  c.major = major;
  c.baseminor = baseminor;
  c.minorct = count;
  c.name = name;
  c.fops = fops;
  c.next = chrdevs;
  chrdevs = c;
  spin_unlock(chrdevs_lock);
  return dynamic ? int(major) : 0;
}

export function register_chrdev(major: u32, name: cstr, fops: file_operations): int {
  return __register_chrdev(major, 0, 256, name, fops);
}
EXPORT_SYMBOL(register_chrdev);

export function register_chrdev_region(from: u32, count: u32, name: cstr): int {
  return __register_chrdev(MAJOR(from), MINOR(from), count, name, null);
}

function forget(major: u32, baseminor: u32): void {
  spin_lock(chrdevs_lock);
  let prev: char_device_struct = null;
  let c = chrdevs;
  while (c !== null && (c.major !== major || c.baseminor !== baseminor)) {
    prev = c;
    c = c.next;
  }
  if (c !== null) {
    if (prev === null) chrdevs = c.next;
    else prev.next = c.next;
  }
  spin_unlock(chrdevs_lock);
  kfree(c);
}

export function unregister_chrdev(major: u32, name: cstr): void {
  forget(major, 0);
}
EXPORT_SYMBOL(unregister_chrdev);

export function unregister_chrdev_region(from: u32, count: u32): void {
  forget(MAJOR(from), MINOR(from));
}

function fops_of(dev: u32): file_operations {
  let fops: file_operations = null;
  spin_lock(chrdevs_lock);
  for (let c = chrdevs; c !== null; c = c.next) {
    if (c.major === MAJOR(dev) && MINOR(dev) >= c.baseminor && MINOR(dev) < c.baseminor + c.minorct) {
      fops = c.fops;
      break;
    }
  }
  if (fops !== null && fops.owner !== null && !try_module_get(fops.owner)) fops = null;
  spin_unlock(chrdevs_lock);
  return fops;
}

/** open of a device node: the driver's operations take the file over. */
export function chrdev_open(inode: inode, filp: file): int {
  const fops = fops_of(inode.i_rdev);
  if (fops === null) return -ENXIO;
  filp.f_op = fops;
  if (fops.open === null) return 0;
  const err = fops.open(inode, filp);
  if (err !== 0 && fops.owner !== null) module_put(fops.owner);
  return err;
}

/** Gives back the reference that chrdev_open took on the driver's module. */
export function chrdev_release(filp: file): void {
  if (filp.f_op !== null && filp.f_op.owner !== null) module_put(filp.f_op.owner);
}

function no_open(inode: inode, filp: file): int {
  return -ENXIO;
}

const def_chr_fops: file_operations = { open: chrdev_open };
const bad_special_fops: file_operations = { open: no_open };

export function set_chrdev_fops(inode: inode): void {
  inode.i_fop = def_chr_fops;
}

export function make_bad_special(inode: inode): void {
  inode.i_fop = bad_special_fops;
}

/** /proc/devices. */
export function chrdev_show(m: seq_file, v: ptr): int {
  seq_puts(m, "Character devices:\n");
  spin_lock(chrdevs_lock);
  for (let major: u32 = 0; major < 512; major++)
    for (let c = chrdevs; c !== null; c = c.next) if (c.major === major) seq_printf(m, "%3u %s\n", major, c.name);
  spin_unlock(chrdevs_lock);
  seq_puts(m, "\nBlock devices:\n");
  return 0;
}
