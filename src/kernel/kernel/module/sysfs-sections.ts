// /sys/module/<name>/sections/ (a file with the address of each section) and notes/ (the contents of note sections).

import { type Elf64_Shdr, SHF_ALLOC, SHT_NOTE } from "linux/elf";
import { EINVAL } from "linux/errno";
import type { file } from "linux/fs";
import { sprintf } from "linux/kernel";
import { type kobject, kobject_create_and_add, kobject_put } from "linux/kobject";
import type { module, module_notes_attrs, module_sect_attr, module_sect_attrs } from "linux/module";
import { GFP_KERNEL, kcalloc, kfree, kzalloc } from "linux/slab";
import { kstrdup, memcpy } from "linux/string";
import { type bin_attribute, sysfs_create_bin_file, sysfs_create_group, sysfs_remove_bin_file, sysfs_remove_group } from "linux/sysfs";
import type { load_info } from "./internal";
import { section_name } from "./layout";

function shown(shdr: Elf64_Shdr): bool {
  return (shdr.sh_flags & u64(SHF_ALLOC)) !== u64(0) && shdr.sh_size !== u64(0);
}

/** The whole text is made at each read; a read in parts gets the rest of it. */
function module_sect_read(_filp: file, _kobj: kobject, battr: bin_attribute, buf: u8[], pos: s64, count: u64): s64 {
  const sattr = container_of<module_sect_attr>(battr, "battr");
  if (pos !== s64(0)) return -EINVAL;
  let bounce: array<u8, 24>;
  const wrote = sprintf(bounce, "0x%016lx\n", sattr.address);
  const n: u64 = count < u64(wrote) ? count : u64(wrote);
  memcpy(buf, bounce, n);
  return s64(n);
}

const SECTION_FILE_SIZE = 19; // "0x", 16 digits, newline

export function add_sect_attrs(mod: module, info: load_info): void {
  let count: u32 = 0;
  for (let i: u32 = 1; i < info.hdr.e_shnum; i++) {
    if (shown(info.sechdrs[i])) count++;
  }
  const sect = kzalloc(sizeof<module_sect_attrs>(), GFP_KERNEL) as module_sect_attrs;
  const attrs = kcalloc(u64(count), sizeof<module_sect_attr>(), GFP_KERNEL) as module_sect_attr[];
  const list = kcalloc(u64(count + 1), 8, GFP_KERNEL) as ref<bin_attribute>[];
  if (sect === null || attrs === null || list === null) {
    kfree(sect);
    kfree(attrs);
    kfree(list);
    return;
  }
  let n: u32 = 0;
  for (let i: u32 = 1; i < info.hdr.e_shnum; i++) {
    const shdr = info.sechdrs[i];
    if (!shown(shdr)) continue;
    const a = attrs[n];
    a.address = shdr.sh_addr;
    a.battr.attr.name = kstrdup(section_name(info, shdr), GFP_KERNEL);
    a.battr.attr.mode = 0o400;
    a.battr.size = SECTION_FILE_SIZE;
    a.battr.read = module_sect_read;
    const battr: bin_attribute = a.battr;
    list[n] = battr;
    n++;
  }
  sect.nsections = n;
  sect.attrs = attrs;
  sect.grp.name = "sections";
  sect.grp.bin_attrs = list;
  if (sysfs_create_group(mod.mkobj.kobj, sect.grp) !== 0) {
    free_sect_attrs(sect);
    return;
  }
  mod.sect_attrs = sect;
}

function free_sect_attrs(sect: module_sect_attrs): void {
  for (let i: u32 = 0; i < sect.nsections; i++) kfree(sect.attrs[i].battr.attr.name as ptr);
  kfree(sect.attrs);
  kfree(sect.grp.bin_attrs);
  kfree(sect);
}

export function remove_sect_attrs(mod: module): void {
  if (mod.sect_attrs === null) return;
  sysfs_remove_group(mod.mkobj.kobj, mod.sect_attrs.grp);
  free_sect_attrs(mod.sect_attrs);
  mod.sect_attrs = null;
}

function module_notes_read(_filp: file, _kobj: kobject, battr: bin_attribute, buf: u8[], pos: s64, count: u64): s64 {
  memcpy(buf, at<ptr>(u64(battr.private) + u64(pos)), count);
  return s64(count);
}

export function add_notes_attrs(mod: module, info: load_info): void {
  let count: u32 = 0;
  for (let i: u32 = 1; i < info.hdr.e_shnum; i++) {
    if (shown(info.sechdrs[i]) && info.sechdrs[i].sh_type === SHT_NOTE) count++;
  }
  if (count === 0) return;
  const notes = kzalloc(sizeof<module_notes_attrs>(), GFP_KERNEL) as module_notes_attrs;
  const attrs = kcalloc(u64(count), sizeof<bin_attribute>(), GFP_KERNEL) as bin_attribute[];
  if (notes === null || attrs === null) {
    kfree(notes);
    kfree(attrs);
    return;
  }
  notes.attrs = attrs;
  notes.dir = kobject_create_and_add("notes", mod.mkobj.kobj);
  mod.notes_attrs = notes;
  if (notes.dir === null) return;
  for (let i: u32 = 1; i < info.hdr.e_shnum; i++) {
    const shdr = info.sechdrs[i];
    if (!shown(shdr) || shdr.sh_type !== SHT_NOTE) continue;
    const a = attrs[notes.notes];
    a.attr.name = kstrdup(section_name(info, shdr), GFP_KERNEL);
    a.attr.mode = 0o444;
    a.size = shdr.sh_size;
    a.private = at<ptr>(shdr.sh_addr);
    a.read = module_notes_read;
    if (sysfs_create_bin_file(notes.dir, a) !== 0) break;
    notes.notes++;
  }
}

export function remove_notes_attrs(mod: module): void {
  const notes = mod.notes_attrs;
  if (notes === null) return;
  for (let i: u32 = 0; i < notes.notes; i++) {
    sysfs_remove_bin_file(notes.dir, notes.attrs[i]);
    kfree(notes.attrs[i].attr.name as ptr);
  }
  if (notes.dir !== null) kobject_put(notes.dir);
  kfree(notes.attrs);
  kfree(notes);
  mod.notes_attrs = null;
}
