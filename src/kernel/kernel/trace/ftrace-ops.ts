// The list of registered ops, and the functions that the shared trampolines call.

import {
  FTRACE_OPS_FL_DYNAMIC,
  FTRACE_OPS_FL_RCU,
  FTRACE_OPS_FL_RECURSION,
  FTRACE_OPS_FL_STUB,
  type ftrace_func_t,
  type ftrace_ops,
  type ftrace_regs,
} from "linux/ftrace";
import { type module, within_module } from "linux/module";
import { rcu_is_watching } from "linux/rcupdate";
import { ftrace_stub } from "../../arch/x86/kernel/ftrace_64";
import { ftrace_ops_test } from "./ftrace-hash";
import { TRACE_LIST_START, trace_clear_recursion, trace_test_and_set_recursion } from "./recursion";

notrace_file();

/** Ends the list. */
export const ftrace_list_end: ftrace_ops = { func: ftrace_stub, flags: FTRACE_OPS_FL_STUB };
/** Newest first; changed under ftrace_lock, walked by callbacks with preemption off. */
export let ftrace_ops_list: ftrace_ops = ftrace_list_end;
/** The ops under removal, while its sites are updated. */
export let removed_ops: ftrace_ops = null;
/** What the shared trampolines shall call, and what they hand to it as ops. */
export let ftrace_trace_function: ftrace_func_t = ftrace_stub;
export let function_trace_op: ftrace_ops = ftrace_list_end;
export let set_function_trace_op: ftrace_ops = ftrace_list_end;

/** For unload: registered ops that lie in the module, with their function or themselves; null if none. */
export function ftrace_ops_in_module(mod: module): ftrace_ops {
  for (let op = ftrace_ops_list; op !== ftrace_list_end; op = op.next) {
    if (within_module(u64(op), mod) || within_module(u64(op.func), mod) || within_module(u64(op.saved_func), mod)) return op;
  }
  return null;
}

export function set_removed_ops(ops: ftrace_ops): void {
  removed_ops = ops;
}

/** Makes the chosen ops the one that the trampolines load. */
export function publish_function_trace_op(): void {
  function_trace_op = set_function_trace_op;
}

export function set_ftrace_trace_function(func: ftrace_func_t): void {
  ftrace_trace_function = func;
}

/** Several ops: each that selects the site is called. */
export function arch_ftrace_ops_list_func(ip: u64, parent_ip: u64, _op: ftrace_ops, fregs: ftrace_regs): void {
  const bit = trace_test_and_set_recursion(TRACE_LIST_START);
  if (bit < 0) return;
  for (let op = READ_ONCE(ftrace_ops_list); op !== ftrace_list_end; op = READ_ONCE(op.next)) {
    if (op.flags & u64(FTRACE_OPS_FL_STUB)) continue;
    if (op.flags & u64(FTRACE_OPS_FL_RCU) && !rcu_is_watching()) continue;
    if (ftrace_ops_test(op, ip)) op.func(ip, parent_ip, op, fregs);
  }
  trace_clear_recursion(bit);
}

/** One ops that asked for recursion or RCU protection. */
export function ftrace_ops_assist_func(ip: u64, parent_ip: u64, op: ftrace_ops, fregs: ftrace_regs): void {
  const bit = trace_test_and_set_recursion(TRACE_LIST_START);
  if (bit < 0) return;
  if ((op.flags & u64(FTRACE_OPS_FL_RCU)) === u64(0) || rcu_is_watching()) op.func(ip, parent_ip, op, fregs);
  trace_clear_recursion(bit);
}

/** What a trampoline of this ops alone calls. */
export function ftrace_ops_get_func(ops: ftrace_ops): ftrace_func_t {
  if (ops.flags & u64(FTRACE_OPS_FL_RECURSION | FTRACE_OPS_FL_RCU)) return ftrace_ops_assist_func;
  return ops.func;
}

/** A dynamic ops may be freed while the shared trampoline still loads it: then the list function is called instead. */
function ftrace_ops_get_list_func(ops: ftrace_ops): ftrace_func_t {
  return ops.flags & u64(FTRACE_OPS_FL_DYNAMIC) ? arch_ftrace_ops_list_func : ftrace_ops_get_func(ops);
}

/** Chooses what the shared trampolines call for the present list. */
export function update_ftrace_function(): void {
  set_function_trace_op = ftrace_ops_list;
  let func: ftrace_func_t = arch_ftrace_ops_list_func;
  if (ftrace_ops_list === ftrace_list_end) {
    func = ftrace_stub;
  } else if (ftrace_ops_list.next === ftrace_list_end) {
    func = ftrace_ops_get_list_func(ftrace_ops_list);
  } else {
    set_function_trace_op = ftrace_list_end;
  }
  if (func === arch_ftrace_ops_list_func) set_function_trace_op = ftrace_list_end;
  ftrace_trace_function = func;
}

export function add_ftrace_ops(ops: ftrace_ops): void {
  WRITE_ONCE(ops.next, ftrace_ops_list);
  WRITE_ONCE(ftrace_ops_list, ops);
}

export function remove_ftrace_ops(ops: ftrace_ops): bool {
  if (ftrace_ops_list === ops) {
    WRITE_ONCE(ftrace_ops_list, ops.next);
    return true;
  }
  for (let p = ftrace_ops_list; p !== ftrace_list_end; p = p.next) {
    if (p.next === ops) {
      WRITE_ONCE(p.next, ops.next);
      return true;
    }
  }
  return false;
}

/** Is the address in the private trampoline of a registered ops? */
export function ftrace_ops_trampoline(address: u64): ftrace_ops {
  for (let op = READ_ONCE(ftrace_ops_list); op !== ftrace_list_end && op !== null; op = READ_ONCE(op.next)) {
    if (op.trampoline !== u64(0) && address - op.trampoline < op.trampoline_size) return op;
  }
  return null;
}

export function is_ftrace_trampoline(address: u64): bool {
  return ftrace_ops_trampoline(address) !== null;
}
