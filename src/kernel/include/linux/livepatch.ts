// What a livepatch module describes (klp_patch → klp_object → klp_func) and the livepatch core's interface.

import type { completion } from "linux/completion";
import type { ftrace_ops } from "linux/ftrace";
import type { kobject } from "linux/kobject";
import type { list_head } from "linux/list";
import type { module } from "linux/module";
import type { work_struct } from "linux/workqueue";

export const KLP_UNDEFINED = -1;
export const KLP_UNPATCHED = 0;
export const KLP_PATCHED = 1;

/**
 * (patched, transition): 0,0 → 0,1 → 1,1 → 1,0 while enabling; the other way round while disabling.
 * old_sympos 0: the name must be unique in its object; n: the n-th occurrence.
 */
export interface klp_func extends struct<"klp_func"> {
  old_name?: cstr;
  new_func?: fn;
  old_sympos?: u64;
  // internal
  old_func?: u64;
  kobj?: embed<kobject>;
  node?: embed<list_head>; // klp_object.func_list
  stack_node?: embed<list_head>; // klp_ops.func_stack, newest first
  old_size?: u64;
  new_size?: u64;
  nop?: bool;
  patched?: bool;
  transition?: bool;
}

export interface klp_callbacks extends struct<"klp_callbacks"> {
  pre_patch?: (obj: klp_object) => int;
  post_patch?: (obj: klp_object) => void;
  pre_unpatch?: (obj: klp_object) => void;
  post_unpatch?: (obj: klp_object) => void;
  post_unpatch_enabled?: bool;
}

/** name null: vmlinux. */
export interface klp_object extends struct<"klp_object"> {
  name?: cstr;
  funcs?: klp_func[];
  callbacks?: embed<klp_callbacks>;
  // internal
  kobj?: embed<kobject>;
  func_list?: embed<list_head>;
  node?: embed<list_head>;
  mod?: module;
  dynamic?: bool;
  patched?: bool;
}

export interface klp_state extends struct<"klp_state"> {
  id?: u64;
  version?: u32;
  data?: ptr;
}

export interface klp_patch extends struct<"klp_patch"> {
  mod?: module;
  objs?: klp_object[];
  states?: klp_state[];
  replace?: bool;
  // internal
  list?: embed<list_head>; // klp_patches
  kobj?: embed<kobject>;
  obj_list?: embed<list_head>;
  enabled?: bool;
  forced?: bool;
  free_work?: embed<work_struct>;
  finish?: embed<completion>;
}

/** One per patched address: its ftrace_ops and the versions of the function, newest first. */
export interface klp_ops extends struct<"klp_ops"> {
  node?: embed<list_head>; // klp_ops list
  func_stack?: embed<list_head>;
  fops?: embed<ftrace_ops>;
}

export { klp_enable_patch, klp_init, klp_mutex, klp_patches } from "../../kernel/livepatch/core";
export {
  klp_shadow_alloc,
  klp_shadow_free,
  klp_shadow_free_all,
  klp_shadow_get,
  klp_shadow_get_or_alloc,
} from "../../kernel/livepatch/shadow";
export { klp_get_prev_state, klp_get_state } from "../../kernel/livepatch/state";
export { klp_apply_section_relocs } from "../../kernel/livepatch/symbols";
export { klp_module_coming, klp_module_going } from "../../kernel/livepatch/target";
export { klp_copy_process, klp_transition_patch, klp_update_patch_state } from "../../kernel/livepatch/transition";
