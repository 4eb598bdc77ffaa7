// An object's callbacks. post_unpatch runs only for objects whose pre_patch succeeded.

import type { klp_object } from "linux/livepatch";

export function klp_pre_patch_callback(obj: klp_object): int {
  let ret: int = 0;
  if (obj.callbacks.pre_patch !== null) ret = obj.callbacks.pre_patch(obj);
  obj.callbacks.post_unpatch_enabled = ret === 0;
  return ret;
}

export function klp_post_patch_callback(obj: klp_object): void {
  if (obj.callbacks.post_patch !== null) obj.callbacks.post_patch(obj);
}

export function klp_pre_unpatch_callback(obj: klp_object): void {
  if (obj.callbacks.pre_unpatch !== null) obj.callbacks.pre_unpatch(obj);
}

export function klp_post_unpatch_callback(obj: klp_object): void {
  if (obj.callbacks.post_unpatch_enabled && obj.callbacks.post_unpatch !== null) obj.callbacks.post_unpatch(obj);
  obj.callbacks.post_unpatch_enabled = false;
}
