// Return hooking: at a traced function's entry the return address on the stack is replaced by return_to_handler, and the true one kept on a
// shadow stack of the task. Functions nest, so the handler's return is always the top of that stack.

import { get_current } from "linux/current";
import { ENOMEM } from "linux/errno";
import {
  FTRACE_OPS_FL_INITIALIZED,
  type ftrace_ops,
  type ftrace_regs,
  ftrace_test_recursion_trylock,
  ftrace_test_recursion_unlock,
  register_ftrace_function,
  unregister_ftrace_function,
} from "linux/ftrace";
import { sched_clock } from "linux/ktime";
import { idle_task, next_task, next_thread, type task_struct } from "linux/sched";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { NR_CPUS } from "linux/smp";
import { return_to_handler } from "../../arch/x86/kernel/ftrace_64";
import { init_task } from "../../init/init_task";
import { cpu_online } from "../cpu";
import { global_ops } from "./trace-functions";
import { trace_graph_entry, trace_graph_return } from "./trace-functions-graph";

notrace_file();

export const FTRACE_RETFUNC_DEPTH = 50;

/** One call that has not returned. */
export interface ftrace_ret_stack extends struct<"ftrace_ret_stack"> {
  ret?: u64;
  func?: u64;
  calltime?: u64;
  /** Address of the stack slot that held ret. */
  retp?: u64;
}

export const graph_ops: ftrace_ops = { func: ftrace_graph_func };
let graph_active: bool = false;

/** The trampoline's callback: sp points to the return address's slot. */
function ftrace_graph_func(ip: u64, parent_ip: u64, _op: ftrace_ops, fregs: ftrace_regs): void {
  prepare_ftrace_return(ip, parent_ip, fregs.regs.sp);
}

function prepare_ftrace_return(ip: u64, parent_ip: u64, retp: u64): void {
  const task = get_current();
  if (!READ_ONCE(graph_active) || task.ret_stack === null) return;
  const bit = ftrace_test_recursion_trylock(ip, parent_ip);
  if (bit < 0) return;
  const index: int = task.curr_ret_stack + 1;
  if (index < FTRACE_RETFUNC_DEPTH) {
    const e = (task.ret_stack as ftrace_ret_stack[])[index];
    // An interrupt that comes from here on pushes above.
    task.curr_ret_stack = index;
    barrier();
    e.ret = at<u64[]>(retp)[0];
    e.func = ip;
    e.retp = retp;
    e.calltime = sched_clock();
    if (trace_graph_entry(ip, index, index > 0)) at<u64[]>(retp)[0] = u64(return_to_handler);
    else task.curr_ret_stack = index - 1;
  }
  ftrace_test_recursion_unlock(bit);
}

/** From return_to_handler: where the function really returns to. */
export function ftrace_return_to_handler(): u64 {
  const task = get_current();
  const rettime = sched_clock();
  const index = task.curr_ret_stack;
  const e = (task.ret_stack as ftrace_ret_stack[])[index];
  const ret = e.ret;
  if (READ_ONCE(graph_active)) trace_graph_return(e.func, index, e.calltime, rettime);
  barrier();
  task.curr_ret_stack = index - 1;
  return ret;
}

/** The return address that stood in a slot before it was hooked; other addresses are returned as they are. For the unwinder. */
export function ftrace_graph_ret_addr(task: task_struct, address: u64, retp: u64): u64 {
  if (address !== u64(return_to_handler) || task.ret_stack === null) return address;
  const stack = task.ret_stack as ftrace_ret_stack[];
  for (let i = task.curr_ret_stack; i >= 0; i--) {
    // A redirected call (livepatch) is hooked twice in the same slot.
    if (stack[i].retp === retp && stack[i].ret !== u64(return_to_handler)) return stack[i].ret;
  }
  return address;
}

/** A shadow stack for a task that has none. */
function give_stack(t: task_struct): bool {
  if (t.ret_stack !== null) return true;
  const stack = kzalloc(u64(FTRACE_RETFUNC_DEPTH) * sizeof<ftrace_ret_stack>(), GFP_KERNEL);
  if (stack === null) return false;
  t.curr_ret_stack = -1;
  barrier();
  t.ret_stack = stack;
  return true;
}

/** In fork, for the child, which has copied its parent's fields. */
export function ftrace_graph_init_task(t: task_struct): void {
  t.ret_stack = null;
  t.curr_ret_stack = -1;
  if (READ_ONCE(graph_active)) give_stack(t);
}

/** The task's memory is about to be freed. */
export function ftrace_graph_exit_task(t: task_struct): void {
  kfree(t.ret_stack);
  t.ret_stack = null;
}

function give_all_stacks(): bool {
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) if (cpu_online(cpu) && !give_stack(idle_task(cpu))) return false;
  let t: task_struct = init_task;
  do {
    let thread = t;
    do {
      if (!give_stack(thread)) return false;
      thread = next_thread(thread);
    } while (thread !== t);
    t = next_task(t);
  } while (t !== init_task);
  return true;
}

export function register_ftrace_graph(): int {
  graph_active = true;
  if (!give_all_stacks()) {
    graph_active = false;
    return -ENOMEM;
  }
  const ret = register_ftrace_function(graph_ops);
  if (ret !== 0) graph_active = false;
  return ret;
}

/** Returns that are still hooked go on through the handler; the shadow stacks stay with their tasks. */
export function unregister_ftrace_graph(): void {
  graph_active = false;
  unregister_ftrace_function(graph_ops);
}

export function init_ftrace_graph(): void {
  graph_ops.func_hash = global_ops.local_hash;
  graph_ops.flags |= u64(FTRACE_OPS_FL_INITIALIZED);
}
init(init_ftrace_graph);
