// Atomic replace: what older patches change and the new one does not is covered by nops, functions that stand for the original.

import { ENOMEM } from "linux/errno";
import type { klp_func, klp_object, klp_patch } from "linux/livepatch";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { kstrdup, strcmp } from "linux/string";
import { klp_patches } from "./core";
import { klp_init_func_early, klp_init_object_early } from "./init";
import { klp_first_func, klp_first_object, klp_is_module, klp_next_func, klp_next_object, klp_same_object } from "./objects";

export function klp_free_func_nop(func: klp_func): void {
  kfree(func.old_name as ptr);
  kfree(func);
}

export function klp_free_object_dynamic(obj: klp_object): void {
  kfree(obj.name as ptr);
  kfree(obj);
}

function klp_alloc_object_dynamic(name: cstr, patch: klp_patch): klp_object {
  const obj = kzalloc(sizeof<klp_object>(), GFP_KERNEL) as klp_object;
  if (obj === null) return null;
  if (name !== null) {
    obj.name = kstrdup(name, GFP_KERNEL);
    if (obj.name === null) {
      kfree(obj);
      return null;
    }
  }
  klp_init_object_early(patch, obj);
  obj.dynamic = true;
  return obj;
}

/** Its address comes with the other functions' when the object is initialised. */
function klp_alloc_func_nop(old_func: klp_func, obj: klp_object): klp_func {
  const func = kzalloc(sizeof<klp_func>(), GFP_KERNEL) as klp_func;
  if (func === null) return null;
  func.old_name = kstrdup(old_func.old_name, GFP_KERNEL);
  if (func.old_name === null) {
    kfree(func);
    return null;
  }
  klp_init_func_early(obj, func);
  func.old_sympos = old_func.old_sympos;
  func.nop = true;
  return func;
}

/** Positions 0 and 1 mean the same function where the name is unique. */
function sympos(func: klp_func): u64 {
  return func.old_sympos === u64(0) ? u64(1) : func.old_sympos;
}

function klp_find_func(obj: klp_object, old_func: klp_func): klp_func {
  for (let func = klp_first_func(obj); func !== null; func = klp_next_func(obj, func)) {
    if (strcmp(old_func.old_name, func.old_name) === 0 && sympos(old_func) === sympos(func)) return func;
  }
  return null;
}

function klp_find_object(patch: klp_patch, old_obj: klp_object): klp_object {
  for (let obj = klp_first_object(patch); obj !== null; obj = klp_next_object(patch, obj)) {
    if (klp_same_object(old_obj, obj)) return obj;
  }
  return null;
}

function klp_add_object_nops(patch: klp_patch, old_obj: klp_object): int {
  let obj = klp_find_object(patch, old_obj);
  if (obj === null) {
    obj = klp_alloc_object_dynamic(klp_is_module(old_obj) ? old_obj.name : null, patch);
    if (obj === null) return -ENOMEM;
  }
  for (let old_func = klp_first_func(old_obj); old_func !== null; old_func = klp_next_func(old_obj, old_func)) {
    if (klp_find_func(obj, old_func) !== null) continue;
    if (klp_alloc_func_nop(old_func, obj) === null) return -ENOMEM;
  }
  return 0;
}

/** Before the patch itself is in the list. */
export function klp_add_nops(patch: klp_patch): int {
  for (let p = klp_patches.next; p !== klp_patches; p = p.next) {
    const old_patch = container_of<klp_patch>(p, "list");
    for (let old_obj = klp_first_object(old_patch); old_obj !== null; old_obj = klp_next_object(old_patch, old_obj)) {
      const err = klp_add_object_nops(patch, old_obj);
      if (err !== 0) return err;
    }
  }
  return 0;
}
