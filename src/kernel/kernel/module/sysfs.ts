// /sys/module/<name>: attributes, holders/ and parameters/ of a module; sections/ and notes/ are in sysfs-sections.ts.

import { complete, type completion, init_completion, wait_for_completion } from "linux/completion";
import { EINVAL, EIO, ENOMEM } from "linux/errno";
import { sprintf } from "linux/kernel";
import {
  type kobj_type,
  type kobject,
  kobject_create_and_add,
  kobject_del,
  kobject_init_and_add,
  kobject_put,
  kobject_synth_uevent,
  type kset,
  kset_create_and_add,
  kset_find_obj,
} from "linux/kobject";
import {
  MODULE_STATE_COMING,
  MODULE_STATE_GOING,
  MODULE_STATE_LIVE,
  type module,
  type module_attribute,
  type module_kobject,
} from "linux/module";
import { GFP_KERNEL, kzalloc } from "linux/slab";
import { type attribute, sysfs_create_file, type sysfs_ops, sysfs_remove_file } from "linux/sysfs";
import { type builtin_module, builtin_modules } from "../params-builtin";
import { module_param_sysfs_remove, module_param_sysfs_setup } from "../params-sysfs";
import type { load_info } from "./internal";
import { module_flags_taint } from "./print";
import { module_refcount } from "./refcount";
import { add_notes_attrs, add_sect_attrs, remove_notes_attrs, remove_sect_attrs } from "./sysfs-sections";
import { add_usage_links, del_usage_links } from "./usage";

export let module_kset: kset = null;

function module_attr_show(kobj: kobject, attr: attribute, buf: u8[]): s64 {
  const a = container_of<module_attribute>(attr, "attr");
  if (a.show === null) return -EIO;
  return a.show(a, container_of<module_kobject>(kobj, "kobj"), buf);
}

function module_attr_store(kobj: kobject, attr: attribute, buf: u8[], len: u64): s64 {
  const a = container_of<module_attribute>(attr, "attr");
  if (a.store === null) return -EIO;
  return a.store(a, container_of<module_kobject>(kobj, "kobj"), buf, len);
}

const module_sysfs_ops: sysfs_ops = { show: module_attr_show, store: module_attr_store };

function module_kobj_release(kobj: kobject): void {
  const mk = container_of<module_kobject>(kobj, "kobj");
  complete(mk.kobj_completion);
}

const module_ktype: kobj_type = { release: module_kobj_release, sysfs_ops: module_sysfs_ops };

function show_initstate(_a: module_attribute, mk: module_kobject, buf: u8[]): s64 {
  const state = mk.mod.state;
  let text: cstr = "unknown";
  if (state === MODULE_STATE_LIVE) text = "live";
  else if (state === MODULE_STATE_COMING) text = "coming";
  else if (state === MODULE_STATE_GOING) text = "going";
  return s64(sprintf(buf, "%s\n", text));
}
function show_coresize(_a: module_attribute, mk: module_kobject, buf: u8[]): s64 {
  return s64(sprintf(buf, "%u\n", mk.mod.core_layout.size));
}
function show_initsize(_a: module_attribute, mk: module_kobject, buf: u8[]): s64 {
  return s64(sprintf(buf, "%u\n", mk.mod.init_layout.size));
}
function show_taint(_a: module_attribute, mk: module_kobject, buf: u8[]): s64 {
  const n = module_flags_taint(mk.mod.taints, buf);
  buf[n] = 0x0a;
  return s64(n + u64(1));
}
function show_refcnt(_a: module_attribute, mk: module_kobject, buf: u8[]): s64 {
  return s64(sprintf(buf, "%i\n", module_refcount(mk.mod)));
}
function show_version(_a: module_attribute, mk: module_kobject, buf: u8[]): s64 {
  return s64(sprintf(buf, "%s\n", mk.mod.version));
}
function show_srcversion(_a: module_attribute, mk: module_kobject, buf: u8[]): s64 {
  return s64(sprintf(buf, "%s\n", mk.mod.srcversion));
}
function store_uevent(_a: module_attribute, mk: module_kobject, buf: u8[], count: u64): s64 {
  const rc = kobject_synth_uevent(mk.kobj, buf, count);
  return rc !== 0 ? s64(rc) : s64(count);
}

/** uevent comes first: built-in modules have that alone. */
const modinfo_attrs: module_attribute[] = [
  { attr: { name: "uevent", mode: 0o200 }, store: store_uevent },
  { attr: { name: "initstate", mode: 0o444 }, show: show_initstate },
  { attr: { name: "coresize", mode: 0o444 }, show: show_coresize },
  { attr: { name: "initsize", mode: 0o444 }, show: show_initsize },
  { attr: { name: "taint", mode: 0o444 }, show: show_taint },
  { attr: { name: "refcnt", mode: 0o444 }, show: show_refcnt },
];
const modinfo_attrs_count = 6;
const version_attr: module_attribute = { attr: { name: "version", mode: 0o444 }, show: show_version };
const srcversion_attr: module_attribute = { attr: { name: "srcversion", mode: 0o444 }, show: show_srcversion };

function add_modinfo_attrs(mod: module): int {
  let err: int = 0;
  for (let i = 0; i < modinfo_attrs_count && err === 0; i++) err = sysfs_create_file(mod.mkobj.kobj, modinfo_attrs[i].attr);
  if (err === 0 && mod.version !== null) err = sysfs_create_file(mod.mkobj.kobj, version_attr.attr);
  if (err === 0 && mod.srcversion !== null) err = sysfs_create_file(mod.mkobj.kobj, srcversion_attr.attr);
  return err;
}

function remove_modinfo_attrs(mod: module): void {
  for (let i = 0; i < modinfo_attrs_count; i++) sysfs_remove_file(mod.mkobj.kobj, modinfo_attrs[i].attr);
  if (mod.version !== null) sysfs_remove_file(mod.mkobj.kobj, version_attr.attr);
  if (mod.srcversion !== null) sysfs_remove_file(mod.mkobj.kobj, srcversion_attr.attr);
}

/** Waits until nobody holds the directory's object: it lies in the module's memory. */
function mod_kobject_put(mod: module): void {
  let c: embed<completion>;
  init_completion(c);
  mod.mkobj.kobj_completion = c;
  kobject_put(mod.mkobj.kobj);
  wait_for_completion(c);
  mod.mkobj.mod = null;
}

function mod_sysfs_init(mod: module): int {
  if (module_kset === null) {
    pr_err("%s: module sysfs not initialized\n", mod.name);
    return -EINVAL;
  }
  const existing = kset_find_obj(module_kset, mod.name);
  if (existing !== null) {
    pr_err("%s: module is already loaded\n", mod.name);
    kobject_put(existing);
    return -EINVAL;
  }
  mod.mkobj.mod = mod;
  mod.mkobj.kobj.kset = module_kset;
  const err = kobject_init_and_add(mod.mkobj.kobj, module_ktype, null, "%s", mod.name);
  if (err !== 0) mod_kobject_put(mod);
  return err;
}

export function mod_sysfs_setup(mod: module, info: load_info): int {
  let err = mod_sysfs_init(mod);
  if (err !== 0) return err;
  mod.holders_dir = kobject_create_and_add("holders", mod.mkobj.kobj);
  if (mod.holders_dir === null) err = -ENOMEM;
  if (err === 0) err = module_param_sysfs_setup(mod.mkobj, mod.kp, mod.num_kp);
  if (err === 0) err = add_modinfo_attrs(mod);
  if (err === 0) err = add_usage_links(mod);
  if (err !== 0) {
    mod_sysfs_teardown(mod);
    return err;
  }
  add_sect_attrs(mod, info);
  add_notes_attrs(mod, info);
  return 0;
}

export function mod_sysfs_teardown(mod: module): void {
  if (mod.mkobj.mod === null) return;
  del_usage_links(mod);
  remove_notes_attrs(mod);
  remove_sect_attrs(mod);
  remove_modinfo_attrs(mod);
  module_param_sysfs_remove(mod);
  if (mod.mkobj.drivers_dir !== null) kobject_put(mod.mkobj.drivers_dir);
  if (mod.holders_dir !== null) {
    kobject_del(mod.holders_dir);
    kobject_put(mod.holders_dir);
    mod.holders_dir = null;
  }
  kobject_del(mod.mkobj.kobj);
  mod_kobject_put(mod);
}

/** A part of the kernel that has parameters: its directory has nothing else to tell. It stays for ever. */
function add_builtin_module(b: builtin_module): int {
  const mk = kzalloc(sizeof<module_kobject>(), GFP_KERNEL) as module_kobject;
  if (mk === null) return -ENOMEM;
  mk.kobj.kset = module_kset;
  let err = kobject_init_and_add(mk.kobj, module_ktype, null, "%s", b.name);
  if (err === 0) err = sysfs_create_file(mk.kobj, modinfo_attrs[0].attr);
  if (err === 0) err = module_param_sysfs_setup(mk, b.params, b.count);
  return err;
}

/** Boot: /sys/module. */
export function param_sysfs_init(): int {
  module_kset = kset_create_and_add("module", null, null);
  if (module_kset === null) return -ENOMEM;
  for (let i = 0; builtin_modules[i].name !== null; i++) {
    const err = add_builtin_module(builtin_modules[i]);
    if (err !== 0) return err;
  }
  return 0;
}
init(param_sysfs_init);
