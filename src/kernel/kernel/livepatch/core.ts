// The livepatch core: what klp_enable_patch checks and makes, enabling and disabling, and target modules that come and go.

import { WARN_ON } from "linux/bug";
import { complete, init_completion, wait_for_completion } from "linux/completion";
import { SHF_RELA_LIVEPATCH } from "linux/elf";
import { EBUSY, EINVAL, ENODEV, ENOENT, ENOMEM } from "linux/errno";
import { KSYM_NAME_LEN, kallsyms_lookup_size_offset } from "linux/kallsyms";
import { kernel_kobj, type kobject, kobject_add, kobject_create_and_add, kobject_init, kobject_put } from "linux/kobject";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_empty } from "linux/list";
import { KLP_PATCHED, KLP_UNPATCHED, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import {
  find_module,
  MODULE_NAME_LEN,
  MODULE_STATE_COMING,
  MODULE_STATE_GOING,
  type module,
  module_mutex,
  module_put,
  try_module_get,
} from "linux/module";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { strcmp, strlen } from "linux/string";
import type { list_head } from "linux/types";
import { INIT_WORK, schedule_work, type work_struct } from "linux/workqueue";
import { klp_post_patch_callback, klp_post_unpatch_callback, klp_pre_patch_callback, klp_pre_unpatch_callback } from "./callbacks";
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
import { klp_patch_init, klp_patch_object, klp_unpatch_object, klp_unpatch_objects, klp_unpatch_objects_dynamic } from "./patch";
import { klp_add_nops, klp_free_func_nop, klp_free_object_dynamic } from "./replace";
import { klp_is_patch_compatible } from "./state";
import { klp_apply_section_relocs, klp_find_object_symbol } from "./symbols";
import { klp_ktype_func, klp_ktype_object, klp_ktype_patch, klp_sysfs_init } from "./sysfs";
import {
  klp_cancel_transition,
  klp_init_transition,
  klp_start_transition,
  klp_transition_init,
  klp_transition_patch,
  klp_try_complete_transition,
} from "./transition";

export { klp_apply_section_relocs };

const pr_fmt = "livepatch: ";

/** Everything of livepatch is under it. */
export let klp_mutex: embed<mutex>;
/** Enabled patches and the one in transition, in the order of enabling. */
export let klp_patches: embed<list_head>;
let klp_root_kobj: kobject = null;

// ---- freeing ----

function klp_free_funcs(obj: klp_object, nops_only: bool): void {
  for (let func = klp_first_func(obj); func !== null; ) {
    const next = klp_next_func(obj, func);
    if (!nops_only || func.nop) {
      list_del(func.node);
      kobject_put(func.kobj);
    }
    func = next;
  }
}

function __klp_free_objects(patch: klp_patch, nops_only: bool): void {
  for (let obj = klp_first_object(patch); obj !== null; ) {
    const next = klp_next_object(patch, obj);
    klp_free_funcs(obj, nops_only);
    if (!nops_only || obj.dynamic) {
      list_del(obj.node);
      kobject_put(obj.kobj);
    }
    obj = next;
  }
}

/** First half: out of the list, objects' directories away. Under klp_mutex. */
function klp_free_patch_start(patch: klp_patch): void {
  if (!list_empty(patch.list)) {
    list_del(patch.list);
    INIT_LIST_HEAD(patch.list);
  }
  __klp_free_objects(patch, false);
}

/** Second half: without klp_mutex, because sysfs handlers that take it may still run. Then the patch's memory is the module's again. */
function klp_free_patch_finish(patch: klp_patch): void {
  const mod = patch.mod;
  const forced = patch.forced;
  kobject_put(patch.kobj);
  wait_for_completion(patch.finish);
  // A forced patch's code may still be on somebody's stack: it stays for ever.
  if (!forced) module_put(mod);
}

function klp_free_patch_work_fn(work: work_struct): void {
  klp_free_patch_finish(container_of<klp_patch>(work, "free_work"));
}

export function klp_free_patch_async(patch: klp_patch): void {
  klp_free_patch_start(patch);
  schedule_work(patch.free_work);
}

function next_patch(patch: klp_patch): klp_patch {
  return patch.list.next === klp_patches ? null : container_of<klp_patch>(patch.list.next, "list");
}

function first_patch(): klp_patch {
  return klp_patches.next === klp_patches ? null : container_of<klp_patch>(klp_patches.next, "list");
}

export function klp_free_replaced_patches_async(new_patch: klp_patch): void {
  for (let p = first_patch(); p !== null && p !== new_patch; ) {
    const next = next_patch(p);
    klp_free_patch_async(p);
    p = next;
  }
}

/** Older patches give way to a replacing one. */
export function klp_unpatch_replaced_patches(new_patch: klp_patch): void {
  for (let p = first_patch(); p !== null && p !== new_patch; p = next_patch(p)) {
    p.enabled = false;
    klp_unpatch_objects(p);
  }
}

/** The originals that nops stood for are reached without help, now that nobody patches them. */
export function klp_discard_nops(new_patch: klp_patch): void {
  klp_unpatch_objects_dynamic(new_patch);
  __klp_free_objects(new_patch, true);
}

export function klp_mark_others_forced(patch: klp_patch): void {
  for (let p = first_patch(); p !== null; p = next_patch(p)) {
    if (p !== patch) p.forced = true;
  }
}

// ---- initialising ----

export function klp_init_func_early(obj: klp_object, func: klp_func): void {
  kobject_init(func.kobj, klp_ktype_func);
  list_add_tail(func.node, obj.func_list);
}

export function klp_init_object_early(patch: klp_patch, obj: klp_object): void {
  INIT_LIST_HEAD(obj.func_list);
  kobject_init(obj.kobj, klp_ktype_object);
  list_add_tail(obj.node, patch.obj_list);
}

function klp_init_patch_early(patch: klp_patch): void {
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
function klp_init_object_loaded(patch: klp_patch, obj: klp_object): int {
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

function klp_init_patch(patch: klp_patch): int {
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

// ---- enabling and disabling ----

export function __klp_disable_patch(patch: klp_patch): int {
  if (WARN_ON(!patch.enabled)) return -EINVAL;
  if (klp_transition_patch !== null) return -EBUSY;
  klp_init_transition(patch, KLP_UNPATCHED);
  for (let obj = klp_first_object(patch); obj !== null; obj = klp_next_object(patch, obj)) {
    if (obj.patched) klp_pre_unpatch_callback(obj);
  }
  barrier();
  klp_start_transition();
  patch.enabled = false;
  klp_try_complete_transition();
  return 0;
}

function klp_patch_loaded_objects(patch: klp_patch): int {
  for (let obj = klp_first_object(patch); obj !== null; obj = klp_next_object(patch, obj)) {
    if (!klp_is_object_loaded(obj)) continue;
    let ret = klp_pre_patch_callback(obj);
    if (ret !== 0) {
      pr_warn("pre-patch callback failed for object '%s'\n", klp_object_name(obj));
      return ret;
    }
    ret = klp_patch_object(obj);
    if (ret !== 0) {
      pr_warn("failed to patch object '%s'\n", klp_object_name(obj));
      return ret;
    }
  }
  return 0;
}

function __klp_enable_patch(patch: klp_patch): int {
  if (klp_transition_patch !== null) return -EBUSY;
  if (WARN_ON(patch.enabled)) return -EINVAL;
  pr_notice("enabling patch '%s'\n", patch.mod.name);
  klp_init_transition(patch, KLP_PATCHED);
  // The transition flags must be seen before the functions on the stacks.
  barrier();
  const ret = klp_patch_loaded_objects(patch);
  if (ret !== 0) {
    pr_warn("failed to enable patch '%s'\n", patch.mod.name);
    klp_cancel_transition();
    return ret;
  }
  klp_start_transition();
  patch.enabled = true;
  klp_try_complete_transition();
  return 0;
}

/**
 * Called by a livepatch module's init. Registers, checks and enables; returns while the transition may still run. The reference on the
 * module is dropped when the patch has been disabled and its directory is gone.
 */
export function klp_enable_patch(patch: klp_patch): int {
  if (patch === null || patch.mod === null || patch.objs === null) return -EINVAL;
  for (let i = 0; !klp_is_object_end(patch.objs[i]); i++) {
    if (patch.objs[i].funcs === null) return -EINVAL;
  }
  if (!patch.mod.klp) {
    pr_err("module %s is not marked as a livepatch module\n", patch.mod.name);
    return -EINVAL;
  }
  if (klp_root_kobj === null) return -ENODEV;
  mutex_lock(klp_mutex);
  if (!klp_is_patch_compatible(patch)) {
    pr_err("Livepatch patch (%s) is not compatible with the already installed livepatches.\n", patch.mod.name);
    mutex_unlock(klp_mutex);
    return -EINVAL;
  }
  if (!try_module_get(patch.mod)) {
    mutex_unlock(klp_mutex);
    return -ENODEV;
  }
  klp_init_patch_early(patch);
  let ret = klp_init_patch(patch);
  if (ret === 0) ret = __klp_enable_patch(patch);
  if (ret !== 0) {
    klp_free_patch_start(patch);
    mutex_unlock(klp_mutex);
    klp_free_patch_finish(patch);
    return ret;
  }
  mutex_unlock(klp_mutex);
  return 0;
}
EXPORT_SYMBOL_GPL(klp_enable_patch);

// ---- target modules ----

function klp_free_object_loaded(obj: klp_object): void {
  obj.mod = null;
  for (let func = klp_first_func(obj); func !== null; func = klp_next_func(obj, func)) {
    func.old_func = 0;
    if (func.nop) func.new_func = null;
  }
}

/** Takes a module's objects out of all patches before `limit` (null: of all). */
function klp_cleanup_module_patches_limited(mod: module, limit: klp_patch): void {
  for (let patch = first_patch(); patch !== null && patch !== limit; patch = next_patch(patch)) {
    for (let obj = klp_first_object(patch); obj !== null; obj = klp_next_object(patch, obj)) {
      if (!klp_is_module(obj) || strcmp(obj.name, mod.name) !== 0) continue;
      if (patch !== klp_transition_patch) klp_pre_unpatch_callback(obj);
      pr_notice("reverting patch '%s' on unloading module '%s'\n", patch.mod.name, obj.mod.name);
      klp_unpatch_object(obj);
      klp_post_unpatch_callback(obj);
      klp_free_object_loaded(obj);
      break;
    }
  }
}

function klp_apply_to_module(patch: klp_patch, obj: klp_object): int {
  let ret = klp_init_object_loaded(patch, obj);
  if (ret !== 0) {
    pr_warn("failed to initialize patch '%s' for module '%s' (%d)\n", patch.mod.name, obj.mod.name, ret);
    return ret;
  }
  pr_notice("applying patch '%s' to loading module '%s'\n", patch.mod.name, obj.mod.name);
  ret = klp_pre_patch_callback(obj);
  if (ret !== 0) {
    pr_warn("pre-patch callback failed for object '%s'\n", obj.name);
    return ret;
  }
  ret = klp_patch_object(obj);
  if (ret !== 0) {
    pr_warn("failed to apply patch '%s' to module '%s' (%d)\n", patch.mod.name, obj.mod.name, ret);
    klp_post_unpatch_callback(obj);
    return ret;
  }
  if (patch !== klp_transition_patch) klp_post_patch_callback(obj);
  return 0;
}

/** A module has been formed and its init is about to run: every patch for it is applied, or it is refused. */
export function klp_module_coming(mod: module): int {
  if (WARN_ON(mod.state !== MODULE_STATE_COMING)) return -EINVAL;
  if (strcmp(mod.name, "vmlinux") === 0) {
    pr_err("vmlinux.ko: invalid module name\n");
    return -EINVAL;
  }
  mutex_lock(klp_mutex);
  mod.klp_alive = true;
  for (let patch = first_patch(); patch !== null; patch = next_patch(patch)) {
    for (let obj = klp_first_object(patch); obj !== null; obj = klp_next_object(patch, obj)) {
      if (!klp_is_module(obj) || strcmp(obj.name, mod.name) !== 0) continue;
      obj.mod = mod;
      const ret = klp_apply_to_module(patch, obj);
      if (ret !== 0) {
        pr_warn("patch '%s' failed for module '%s', refusing to load module '%s'\n", patch.mod.name, mod.name, mod.name);
        mod.klp_alive = false;
        obj.mod = null;
        klp_cleanup_module_patches_limited(mod, patch);
        mutex_unlock(klp_mutex);
        return ret;
      }
      break;
    }
  }
  mutex_unlock(klp_mutex);
  return 0;
}

/** After a module's exit, or when its loading failed. */
export function klp_module_going(mod: module): void {
  if (WARN_ON(mod.state !== MODULE_STATE_GOING && mod.state !== MODULE_STATE_COMING)) return;
  mutex_lock(klp_mutex);
  mod.klp_alive = false;
  klp_cleanup_module_patches_limited(mod, null);
  mutex_unlock(klp_mutex);
}

/** The last reference of a patch's directory is gone. */
export function klp_patch_released(patch: klp_patch): void {
  complete(patch.finish);
}

/** Nops and objects that were made for atomic replace; static ones are the module's. */
export function klp_object_released(obj: klp_object): void {
  if (obj.dynamic) klp_free_object_dynamic(obj);
}

export function klp_func_released(func: klp_func): void {
  if (func.nop) klp_free_func_nop(func);
}

export function klp_init(): int {
  INIT_LIST_HEAD(klp_patches);
  klp_patch_init();
  klp_sysfs_init();
  klp_transition_init();
  klp_root_kobj = kobject_create_and_add("livepatch", kernel_kobj);
  return klp_root_kobj === null ? -ENOMEM : 0;
}
init(klp_init);
