// What klp_enable_patch checks and makes of a patch: its lists, its directories, the addresses of its functions.

import { init_completion } from "linux/completion";
import { SHF_RELA_LIVEPATCH } from "linux/elf";
import { EINVAL, ENOENT } from "linux/errno";
import { KSYM_NAME_LEN, kallsyms_lookup_size_offset } from "linux/kallsyms";
import { kobject_add, kobject_init } from "linux/kobject";
import { INIT_LIST_HEAD, list_add_tail } from "linux/list";
import { type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import { find_module, MODULE_NAME_LEN, module_mutex } from "linux/module";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { strlen } from "linux/string";
import { INIT_WORK } from "linux/workqueue";
import { klp_patches, klp_root_kobj } from "./core";
import { klp_free_patch_work_fn } from "./free";
import {
  klp_first_func,
  klp_first_object,
  klp_is_func_end,
  klp_is_module,
  klp_is_object_end,
  klp_is_object_loaded,
  klp_next_func,
  klp_next_object,
  klp_object_name,
} from "./objects";
import { klp_add_nops } from "./replace";
import { klp_apply_section_relocs, klp_find_object_symbol } from "./symbols";
import { klp_ktype_func, klp_ktype_object, klp_ktype_patch } from "./sysfs";

const pr_fmt = "livepatch: ";

export function klp_init_func_early(obj: klp_object, func: klp_func): void {
  kobject_init(func.kobj, klp_ktype_func);
  list_add_tail(func.node, obj.func_list);
}

export function klp_init_object_early(patch: klp_patch, obj: klp_object): void {
  INIT_LIST_HEAD(obj.func_list);
  kobject_init(obj.kobj, klp_ktype_object);
  list_add_tail(obj.node, patch.obj_list);
}

export function klp_init_patch_early(patch: klp_patch): void {
  INIT_LIST_HEAD(patch.list);
  INIT_LIST_HEAD(patch.obj_list);
  kobject_init(patch.kobj, klp_ktype_patch);
  patch.enabled = false;
  patch.forced = false;
  INIT_WORK(patch.free_work, klp_free_patch_work_fn);
  init_completion(patch.finish);
  for (let i = 0; !klp_is_object_end(patch.objs[i]); i++) {
    const obj = patch.objs[i];
    klp_init_object_early(patch, obj);
    for (let j = 0; !klp_is_func_end(obj.funcs[j]); j++) klp_init_func_early(obj, obj.funcs[j]);
  }
}

function klp_find_object_module(obj: klp_object): void {
  if (!klp_is_module(obj)) return;
  mutex_lock(module_mutex);
  // A module that is still coming calls klp_module_coming itself; one that goes has called klp_module_going.
  const mod = find_module(obj.name);
  if (mod !== null && mod.klp_alive) obj.mod = mod;
  mutex_unlock(module_mutex);
}

function klp_init_func(obj: klp_object, func: klp_func): int {
  if (func.old_name === null) return -EINVAL;
  if (func.new_func === null && !func.nop) return -EINVAL;
  if (strlen(func.old_name) >= u64(KSYM_NAME_LEN)) return -EINVAL;
  INIT_LIST_HEAD(func.stack_node);
  func.patched = false;
  func.transition = false;
  const sympos: u64 = func.old_sympos !== u64(0) ? func.old_sympos : u64(1);
  return kobject_add(func.kobj, obj.kobj, "%s,%lu", func.old_name, sympos);
}

/** Relocations of the patch against a module that has come (vmlinux's were applied as the patch loaded). */
function klp_apply_object_relocs(patch: klp_patch, obj: klp_object): int {
  const info = patch.mod.klp_info;
  // The patch's own init runs after its headers were kept.
  if (info === null) return 0;
  for (let i: u32 = 1; i < info.hdr.e_shnum; i++) {
    if ((info.sechdrs[i].sh_flags & u64(SHF_RELA_LIVEPATCH)) === u64(0)) continue;
    const ret = klp_apply_section_relocs(
      patch.mod,
      info.sechdrs,
      info.secstrings,
      patch.mod.core_kallsyms.strtab,
      info.symndx,
      i,
      obj.name,
    );
    if (ret !== 0) return ret;
  }
  return 0;
}

/** The object is loaded: relocations, addresses and sizes of its functions. */
export function klp_init_object_loaded(patch: klp_patch, obj: klp_object): int {
  if (klp_is_module(obj)) {
    const ret = klp_apply_object_relocs(patch, obj);
    if (ret !== 0) return ret;
  }
  for (let func = klp_first_func(obj); func !== null; func = klp_next_func(obj, func)) {
    let offset: u64 = 0;
    const ret = klp_find_object_symbol(obj.name, func.old_name, func.old_sympos, addr(func.old_func));
    if (ret !== 0) return ret;
    if (!kallsyms_lookup_size_offset(func.old_func, addr(func.old_size), addr(offset))) {
      pr_err("kallsyms size lookup failed for '%s'\n", func.old_name);
      return -ENOENT;
    }
    if (func.nop) func.new_func = at<fn>(func.old_func);
    if (!kallsyms_lookup_size_offset(u64(func.new_func), addr(func.new_size), addr(offset))) {
      pr_err("kallsyms size lookup failed for '%s' replacement\n", func.old_name);
      return -ENOENT;
    }
  }
  return 0;
}

function klp_init_object(patch: klp_patch, obj: klp_object): int {
  if (klp_is_module(obj) && strlen(obj.name) >= u64(MODULE_NAME_LEN)) return -EINVAL;
  obj.patched = false;
  obj.mod = null;
  klp_find_object_module(obj);
  let ret = kobject_add(obj.kobj, patch.kobj, "%s", klp_object_name(obj));
  if (ret !== 0) return ret;
  for (let func = klp_first_func(obj); func !== null; func = klp_next_func(obj, func)) {
    ret = klp_init_func(obj, func);
    if (ret !== 0) return ret;
  }
  return klp_is_object_loaded(obj) ? klp_init_object_loaded(patch, obj) : 0;
}

export function klp_init_patch(patch: klp_patch): int {
  let ret = kobject_add(patch.kobj, klp_root_kobj, "%s", patch.mod.name);
  if (ret !== 0) return ret;
  if (patch.replace) {
    ret = klp_add_nops(patch);
    if (ret !== 0) return ret;
  }
  for (let obj = klp_first_object(patch); obj !== null; obj = klp_next_object(patch, obj)) {
    ret = klp_init_object(patch, obj);
    if (ret !== 0) return ret;
  }
  list_add_tail(patch.list, klp_patches);
  return 0;
}
