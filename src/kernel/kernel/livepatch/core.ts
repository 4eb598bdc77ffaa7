// The livepatch core: the list of patches, enabling and disabling.

import { WARN_ON } from "linux/bug";
import { EBUSY, EINVAL, ENODEV, ENOMEM } from "linux/errno";
import { kernel_kobj, type kobject, kobject_create_and_add } from "linux/kobject";
import { INIT_LIST_HEAD } from "linux/list";
import { KLP_PATCHED, KLP_UNPATCHED, type klp_patch } from "linux/livepatch";
import { try_module_get } from "linux/module";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { type list_head } from "linux/types";
import { klp_pre_patch_callback, klp_pre_unpatch_callback } from "./callbacks";
import { klp_free_patch_finish, klp_free_patch_start } from "./free";
import { klp_init_patch, klp_init_patch_early } from "./init";
import { klp_first_object, klp_is_object_end, klp_is_object_loaded, klp_next_object, klp_object_name } from "./objects";
import { klp_patch_init, klp_patch_object } from "./patch";
import { klp_is_patch_compatible } from "./state";
import { klp_sysfs_init } from "./sysfs";
import {
  klp_cancel_transition,
  klp_init_transition,
  klp_start_transition,
  klp_transition_init,
  klp_transition_patch,
  klp_try_complete_transition,
} from "./transition";

const pr_fmt = "livepatch: ";

/** Everything of livepatch is under it. */
export let klp_mutex: embed<mutex>;
/** Enabled patches and the one in transition, in the order of enabling. */
export let klp_patches: embed<list_head>;
export let klp_root_kobj: kobject = null;

export function next_patch(patch: klp_patch): klp_patch {
  return patch.list.next === klp_patches ? null : container_of<klp_patch>(patch.list.next, "list");
}

export function first_patch(): klp_patch {
  return klp_patches.next === klp_patches ? null : container_of<klp_patch>(klp_patches.next, "list");
}

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

export function klp_init(): int {
  INIT_LIST_HEAD(klp_patches);
  klp_patch_init();
  klp_sysfs_init();
  klp_transition_init();
  klp_root_kobj = kobject_create_and_add("livepatch", kernel_kobj);
  return klp_root_kobj === null ? -ENOMEM : 0;
}
init(klp_init);
