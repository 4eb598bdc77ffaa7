// Reference counts of modules. The count is one higher than what users see while the module is loaded (MODULE_REF_BASE):
// taking the base away is what makes try_module_get fail.

import {
  atomic_add_return,
  atomic_add_unless,
  atomic_dec_if_positive,
  atomic_inc,
  atomic_inc_not_zero,
  atomic_read,
  atomic_set,
} from "linux/atomic";
import { INIT_LIST_HEAD } from "linux/list";
import { MODULE_STATE_GOING, type module } from "linux/module";
import { preempt_disable, preempt_enable } from "linux/preempt";
import { trace_module_get, trace_module_put } from "../trace/trace-events-module";

const MODULE_REF_BASE = 1;

export function module_is_live(mod: module): bool {
  return mod.state !== MODULE_STATE_GOING;
}

/** What /proc/modules shows: -1 while the module goes away. */
export function module_refcount(mod: module): int {
  return atomic_read(mod.refcnt) - MODULE_REF_BASE;
}

export function module_unload_init(mod: module): void {
  INIT_LIST_HEAD(mod.source_list);
  INIT_LIST_HEAD(mod.target_list);
  atomic_set(mod.refcnt, MODULE_REF_BASE);
  // Held while init runs.
  atomic_inc(mod.refcnt);
}

/** For callers that know that a reference is held. */
export function __module_get(mod: module): void {
  if (mod === null) return;
  preempt_disable();
  atomic_inc(mod.refcnt);
  trace_module_get(mod, return_address());
  preempt_enable();
}

export function try_module_get(mod: module): bool {
  if (mod === null) return true;
  preempt_disable();
  const ret = module_is_live(mod) && atomic_inc_not_zero(mod.refcnt);
  if (ret) trace_module_get(mod, return_address());
  preempt_enable();
  return ret;
}

export function module_put(mod: module): void {
  if (mod === null) return;
  preempt_disable();
  atomic_dec_if_positive(mod.refcnt);
  trace_module_put(mod, return_address());
  preempt_enable();
}

/** Takes the base away; what is left is somebody's, and then the base is put back. */
export function try_release_module_ref(mod: module): int {
  const ret = atomic_add_return(-MODULE_REF_BASE, mod.refcnt);
  if (ret !== 0) atomic_add_unless(mod.refcnt, MODULE_REF_BASE, 0);
  return ret;
}

EXPORT_SYMBOL(__module_get);
EXPORT_SYMBOL(try_module_get);
EXPORT_SYMBOL(module_put);
EXPORT_SYMBOL(module_refcount);
