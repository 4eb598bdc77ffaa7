// Target modules that come and go: each patch for them is applied before their init runs and taken back after their exit.

import { WARN_ON } from "linux/bug";
import { EINVAL } from "linux/errno";
import { type klp_object, type klp_patch } from "linux/livepatch";
import { MODULE_STATE_COMING, MODULE_STATE_GOING, type module } from "linux/module";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { strcmp } from "linux/string";
import { klp_post_patch_callback, klp_post_unpatch_callback, klp_pre_patch_callback, klp_pre_unpatch_callback } from "./callbacks";
import { first_patch, klp_mutex, next_patch } from "./core";
import { klp_init_object_loaded } from "./init";
import { klp_first_func, klp_first_object, klp_is_module, klp_next_func, klp_next_object } from "./objects";
import { klp_patch_object, klp_unpatch_object } from "./patch";
import { klp_transition_patch } from "./transition";

const pr_fmt = "livepatch: ";

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
