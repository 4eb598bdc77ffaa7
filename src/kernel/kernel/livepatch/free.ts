// The end of patches: off the lists, out of sysfs, and what was made for them; also what atomic replace leaves behind.

import { complete, wait_for_completion } from "linux/completion";
import { kobject_put } from "linux/kobject";
import { INIT_LIST_HEAD, list_del, list_empty } from "linux/list";
import { type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import { module_put } from "linux/module";
import { schedule_work, type work_struct } from "linux/workqueue";
import { first_patch, next_patch } from "./core";
import { klp_first_func, klp_first_object, klp_next_func, klp_next_object } from "./objects";
import { klp_unpatch_objects, klp_unpatch_objects_dynamic } from "./patch";
import { klp_free_func_nop, klp_free_object_dynamic } from "./replace";

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
export function klp_free_patch_start(patch: klp_patch): void {
  if (!list_empty(patch.list)) {
    list_del(patch.list);
    INIT_LIST_HEAD(patch.list);
  }
  __klp_free_objects(patch, false);
}

/** Second half: without klp_mutex, because sysfs handlers that take it may still run. Then the patch's memory is the module's again. */
export function klp_free_patch_finish(patch: klp_patch): void {
  const mod = patch.mod;
  const forced = patch.forced;
  kobject_put(patch.kobj);
  wait_for_completion(patch.finish);
  // A forced patch's code may still be on somebody's stack: it stays for ever.
  if (!forced) module_put(mod);
}

export function klp_free_patch_work_fn(work: work_struct): void {
  klp_free_patch_finish(container_of<klp_patch>(work, "free_work"));
}

export function klp_free_patch_async(patch: klp_patch): void {
  klp_free_patch_start(patch);
  schedule_work(patch.free_work);
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
