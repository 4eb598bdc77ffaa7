// Putting functions in place of others: one ftrace_ops for each patched address, and the handler that redirects.

import { WARN_ON, WARN_ON_ONCE } from "linux/bug";
import { get_current } from "linux/current";
import { EINVAL, ENOMEM } from "linux/errno";
import {
  FTRACE_OPS_FL_DYNAMIC,
  FTRACE_OPS_FL_IPMODIFY,
  FTRACE_OPS_FL_PERMANENT,
  ftrace_instruction_pointer_set,
  ftrace_location,
  type ftrace_ops,
  type ftrace_regs,
  ftrace_set_filter_ip,
  ftrace_test_recursion_trylock,
  ftrace_test_recursion_unlock,
  register_ftrace_function,
  unregister_ftrace_function,
} from "linux/ftrace";
import { INIT_LIST_HEAD, list_add, list_add_rcu, list_del, list_del_rcu, list_is_singular } from "linux/list";
import { KLP_UNPATCHED, type klp_func, type klp_object, type klp_ops, type klp_patch } from "linux/livepatch";
import { type module, within_module } from "linux/module";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import type { list_head } from "linux/types";
import { klp_first_func, klp_first_object, klp_next_func, klp_next_object } from "./objects";

const pr_fmt = "livepatch: ";

let klp_ops_list: embed<list_head>;

export function klp_patch_init(): void {
  INIT_LIST_HEAD(klp_ops_list);
}
init(klp_patch_init);

export function klp_find_ops(old_func: u64): klp_ops {
  for (let p = klp_ops_list.next; p !== klp_ops_list; p = p.next) {
    const ops = container_of<klp_ops>(p, "node");
    if (container_of<klp_func>(ops.func_stack.next, "stack_node").old_func === old_func) return ops;
  }
  return null;
}

/** For unload: a replacement in force that lies in the module; null if none. */
export function klp_func_in_module(mod: module): klp_func {
  for (let p = klp_ops_list.next; p !== klp_ops_list; p = p.next) {
    const stack = container_of<klp_ops>(p, "node").func_stack;
    for (let q = stack.next; q !== stack; q = q.next) {
      const func = container_of<klp_func>(q, "stack_node");
      if (within_module(u64(func), mod) || within_module(u64(func.new_func), mod)) return func;
    }
  }
  return null;
}

/**
 * At the entry of a patched function: chooses the version for this task and continues there. While a transition runs, a task that is still
 * unpatched gets the version below the newest; the original has none, and then nothing is changed.
 */
function klp_ftrace_handler(ip: u64, parent_ip: u64, fops: ftrace_ops, fregs: ftrace_regs): void {
  const ops = container_of<klp_ops>(fops, "fops");
  const bit = ftrace_test_recursion_trylock(ip, parent_ip);
  if (bit < 0) {
    WARN_ON_ONCE(true);
    return;
  }
  let node = READ_ONCE(ops.func_stack.next);
  if (node !== ops.func_stack && READ_ONCE(container_of<klp_func>(node, "stack_node").transition)) {
    // The transition flag is set before the task states are looked at, and both before the function is on the stack.
    if (get_current().patch_state === KLP_UNPATCHED) node = READ_ONCE(node.next);
  }
  if (node !== ops.func_stack) {
    const func = container_of<klp_func>(node, "stack_node");
    // A nop stands for the original function, for atomic replace.
    if (!func.nop) ftrace_instruction_pointer_set(fregs, u64(func.new_func));
  }
  ftrace_test_recursion_unlock(bit);
}
notrace(klp_ftrace_handler);

function klp_unpatch_func(func: klp_func): void {
  if (WARN_ON(!func.patched) || WARN_ON(func.old_func === u64(0))) return;
  const ops = klp_find_ops(func.old_func);
  if (WARN_ON(ops === null)) return;
  if (list_is_singular(ops.func_stack)) {
    const loc = ftrace_location(func.old_func);
    if (WARN_ON(loc === u64(0))) return;
    WARN_ON(unregister_ftrace_function(ops.fops) !== 0);
    WARN_ON(ftrace_set_filter_ip(ops.fops, loc, 1, 0) !== 0);
    list_del_rcu(func.stack_node);
    list_del(ops.node);
    kfree(ops);
  } else {
    list_del_rcu(func.stack_node);
  }
  func.patched = false;
}

/** The first patch of an address: a new ops, whose stack the function is put on before the site calls it. */
function klp_register_ops(func: klp_func): int {
  const loc = ftrace_location(func.old_func);
  if (loc === u64(0)) {
    pr_err("failed to find location for function '%s'\n", func.old_name);
    return -EINVAL;
  }
  const ops = kzalloc(sizeof<klp_ops>(), GFP_KERNEL) as klp_ops;
  if (ops === null) return -ENOMEM;
  ops.fops.func = klp_ftrace_handler;
  ops.fops.flags = FTRACE_OPS_FL_DYNAMIC | FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT;
  // Whole before it is in the list: the proof before an unload reads that without klp_mutex.
  INIT_LIST_HEAD(ops.func_stack);
  list_add_rcu(func.stack_node, ops.func_stack);
  list_add(ops.node, klp_ops_list);
  let ret = ftrace_set_filter_ip(ops.fops, loc, 0, 0);
  if (ret !== 0) {
    pr_err("failed to set ftrace filter for function '%s' (%d)\n", func.old_name, ret);
  } else {
    ret = register_ftrace_function(ops.fops);
    if (ret !== 0) {
      pr_err("failed to register ftrace handler for function '%s' (%d)\n", func.old_name, ret);
      ftrace_set_filter_ip(ops.fops, loc, 1, 0);
    }
  }
  if (ret !== 0) {
    list_del_rcu(func.stack_node);
    list_del(ops.node);
    kfree(ops);
  }
  return ret;
}

function klp_patch_func(func: klp_func): int {
  if (WARN_ON(func.old_func === u64(0)) || WARN_ON(func.patched)) return -EINVAL;
  const ops = klp_find_ops(func.old_func);
  if (ops === null) {
    const ret = klp_register_ops(func);
    if (ret !== 0) return ret;
  } else {
    list_add_rcu(func.stack_node, ops.func_stack);
  }
  func.patched = true;
  return 0;
}

function __klp_unpatch_object(obj: klp_object, nops_only: bool): void {
  for (let func = klp_first_func(obj); func !== null; func = klp_next_func(obj, func)) {
    if (nops_only && !func.nop) continue;
    if (func.patched) klp_unpatch_func(func);
  }
  if (obj.dynamic || !nops_only) obj.patched = false;
}

export function klp_unpatch_object(obj: klp_object): void {
  __klp_unpatch_object(obj, false);
}

export function klp_patch_object(obj: klp_object): int {
  if (WARN_ON(obj.patched)) return -EINVAL;
  for (let func = klp_first_func(obj); func !== null; func = klp_next_func(obj, func)) {
    const ret = klp_patch_func(func);
    if (ret !== 0) {
      klp_unpatch_object(obj);
      return ret;
    }
  }
  obj.patched = true;
  return 0;
}

function __klp_unpatch_objects(patch: klp_patch, nops_only: bool): void {
  for (let obj = klp_first_object(patch); obj !== null; obj = klp_next_object(patch, obj)) {
    if (obj.patched) __klp_unpatch_object(obj, nops_only);
  }
}

export function klp_unpatch_objects(patch: klp_patch): void {
  __klp_unpatch_objects(patch, false);
}

export function klp_unpatch_objects_dynamic(patch: klp_patch): void {
  __klp_unpatch_objects(patch, true);
}
