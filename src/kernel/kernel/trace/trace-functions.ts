// The function tracer: every traced function's entry becomes an entry of the trace. Its ops is global_ops, whose filters are those of
// set_ftrace_filter and set_ftrace_notrace.

import {
  FTRACE_OPS_FL_ENABLED,
  type ftrace_ops,
  ftrace_ops_init,
  type ftrace_regs,
  ftrace_test_recursion_trylock,
  ftrace_test_recursion_unlock,
  register_ftrace_function,
  unregister_ftrace_function,
} from "linux/ftrace";
import { mutex_init } from "linux/mutex";
import { stack_trace_save } from "linux/stacktrace";
import { ftrace_caller, ftrace_regs_caller } from "../../arch/x86/kernel/ftrace_64";
import { is_ftrace_trampoline } from "./ftrace-ops";
import { RING_ENTRY_HEAD } from "./ring_buffer";
import {
  register_tracer,
  type stack_entry,
  TRACE_STACK,
  trace_begin,
  trace_commit,
  trace_function,
  trace_this_task,
  type tracer,
} from "./trace";

notrace_file();

/** Longest recorded stack. */
const STACK_ENTRIES = 64;

export const global_ops: ftrace_ops = { func: function_trace_call };

function function_trace_call(ip: u64, parent_ip: u64, _op: ftrace_ops, _fregs: ftrace_regs): void {
  const bit = ftrace_test_recursion_trylock(ip, parent_ip);
  if (bit < 0) return;
  // The lock itself holds preemption off once.
  if (trace_this_task()) trace_function(ip, parent_ip, 1);
  ftrace_test_recursion_unlock(bit);
}

/** Where ftrace is dead the tracer can still be chosen, as in Linux; it records nothing. */
function function_trace_init(): int {
  register_ftrace_function(global_ops);
  return 0;
}

function function_trace_reset(): void {
  if ((global_ops.flags & u64(FTRACE_OPS_FL_ENABLED)) !== u64(0)) unregister_ftrace_function(global_ops);
}

const function_trace: tracer = { name: "function", init: function_trace_init, reset: function_trace_reset };

declare const ftrace_caller_end: u8[];
declare const ftrace_regs_caller_end: u8[];

/** Is the address in a shared trampoline or in one of an ops' own? */
function in_trampoline(address: u64): bool {
  if (address >= u64(ftrace_caller) && address <= u64(ftrace_caller_end)) return true;
  if (address >= u64(ftrace_regs_caller) && address <= u64(ftrace_regs_caller_end)) return true;
  return is_ftrace_trampoline(address);
}

/** From a callback: the stack as the traced function sees it, without the callback's own frames. `own`: preemption depth of the tracer. */
export function trace_stack(own: int): void {
  let ips: array<u64, 64>;
  const n = stack_trace_save(ips, STACK_ENTRIES, 0);
  let first: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (in_trampoline(ips[i])) {
      first = i + 1;
      break;
    }
  }
  const flags = read_rflags();
  cli();
  const e = trace_begin(u16(TRACE_STACK), u64(8) + u64(n - first) * u64(8), flags, own) as stack_entry;
  if (e !== null) {
    e.size = u64(n - first);
    rep_movsb(at<ptr>(u64(e) + u64(RING_ENTRY_HEAD + 8)), add(ips, first), e.size * u64(8));
    trace_commit(e.ent);
  }
  if ((flags & u64(0x200)) !== u64(0)) sti();
}

export function init_function_trace(): void {
  mutex_init(global_ops.local_hash.regex_lock);
  ftrace_ops_init(global_ops);
  register_tracer(function_trace);
}
init(init_function_trace);
