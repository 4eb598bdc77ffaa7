// The function tracer: every traced function's entry becomes an entry of the trace. Each trace has an ops whose filters are those of its
// set_ftrace_filter and set_ftrace_notrace; the machine's is global_ops.

import type { pt_regs } from "asm/ptrace";
import {
  FTRACE_OPS_FL_ENABLED,
  FTRACE_OPS_FL_PID,
  type ftrace_func_t,
  type ftrace_ops,
  ftrace_ops_init,
  type ftrace_regs,
  ftrace_test_recursion_trylock,
  ftrace_test_recursion_unlock,
  register_ftrace_function,
  unregister_ftrace_function,
} from "linux/ftrace";
import { mutex_init } from "linux/mutex";
import { smp_processor_id } from "linux/smp";
import { stack_trace_save, stack_trace_save_regs } from "linux/stacktrace";
import { ftrace_caller, ftrace_regs_caller } from "../../arch/x86/kernel/ftrace_64";
import { ftrace_ops_set_func } from "./ftrace";
import { is_ftrace_trampoline } from "./ftrace-ops";
import { RING_ENTRY_HEAD } from "./ring_buffer";
import {
  type func_repeats_entry,
  global_trace,
  register_tracer,
  type stack_entry,
  TRACE_FUNC_REPEATS,
  TRACE_STACK,
  type trace_array,
  trace_begin,
  trace_commit,
  trace_function,
  trace_this_task,
  type tracer,
  type tracer_opt,
} from "./trace";
import { trace_clock_read } from "./trace-clock";

notrace_file();

/** Longest recorded stack. */
const STACK_ENTRIES = 64;
const TRACE_FUNC_OPT_STACK = 1;
const TRACE_FUNC_OPT_NO_REPEATS = 2;

export const global_ops: ftrace_ops = { func: function_trace_call, flags: FTRACE_OPS_FL_PID };

function function_trace_call(ip: u64, parent_ip: u64, op: ftrace_ops, _fregs: ftrace_regs): void {
  const tr = op.private as trace_array;
  const bit = ftrace_test_recursion_trylock(ip, parent_ip);
  if (bit < 0) return;
  // The lock itself holds preemption off once.
  if (trace_this_task(tr)) trace_function(tr, ip, parent_ip, 1);
  ftrace_test_recursion_unlock(bit);
}

function function_stack_trace_call(ip: u64, parent_ip: u64, op: ftrace_ops, _fregs: ftrace_regs): void {
  const tr = op.private as trace_array;
  const bit = ftrace_test_recursion_trylock(ip, parent_ip);
  if (bit < 0) return;
  if (trace_this_task(tr)) {
    trace_function(tr, ip, parent_ip, 1);
    trace_stack(tr, 1, true);
  }
  ftrace_test_recursion_unlock(bit);
}

/** Notes a call that is the same as the last one of this CPU; false: it is another, and what was noted has been written. */
function is_repeat(tr: trace_array, ip: u64, parent_ip: u64): bool {
  const last = tr.last_func[smp_processor_id()];
  if (last.ip === ip && last.parent_ip === parent_ip) {
    last.count++;
    last.last_ts = trace_clock_read(tr.buffer.clock);
    return true;
  }
  if (last.count !== u64(0)) {
    const flags = read_rflags();
    cli();
    const e = trace_begin(tr, u16(TRACE_FUNC_REPEATS), 32, flags, 1) as func_repeats_entry;
    if (e !== null) {
      e.ip = last.ip;
      e.parent_ip = last.parent_ip;
      e.count = last.count;
      e.last_ts = last.last_ts;
      trace_commit(tr, e.ent);
    }
    if ((flags & u64(0x200)) !== u64(0)) sti();
  }
  last.ip = ip;
  last.parent_ip = parent_ip;
  last.count = 0;
  return false;
}

function function_no_repeats_trace_call(ip: u64, parent_ip: u64, op: ftrace_ops, _fregs: ftrace_regs): void {
  const tr = op.private as trace_array;
  const bit = ftrace_test_recursion_trylock(ip, parent_ip);
  if (bit < 0) return;
  if (trace_this_task(tr) && !is_repeat(tr, ip, parent_ip)) trace_function(tr, ip, parent_ip, 1);
  ftrace_test_recursion_unlock(bit);
}

function function_stack_no_repeats_trace_call(ip: u64, parent_ip: u64, op: ftrace_ops, _fregs: ftrace_regs): void {
  const tr = op.private as trace_array;
  const bit = ftrace_test_recursion_trylock(ip, parent_ip);
  if (bit < 0) return;
  if (trace_this_task(tr) && !is_repeat(tr, ip, parent_ip)) {
    trace_function(tr, ip, parent_ip, 1);
    trace_stack(tr, 1, true);
  }
  ftrace_test_recursion_unlock(bit);
}

/** Stands before the tracer while a set of pids selects tasks. */
function ftrace_pid_func(ip: u64, parent_ip: u64, op: ftrace_ops, fregs: ftrace_regs): void {
  if (trace_this_task(op.private as trace_array)) op.saved_func(ip, parent_ip, op, fregs);
}

function func_for(val: u32): ftrace_func_t {
  switch (int(val)) {
    case TRACE_FUNC_OPT_STACK:
      return function_stack_trace_call;
    case TRACE_FUNC_OPT_NO_REPEATS:
      return function_no_repeats_trace_call;
    case TRACE_FUNC_OPT_STACK | TRACE_FUNC_OPT_NO_REPEATS:
      return function_stack_no_repeats_trace_call;
    default:
      return function_trace_call;
  }
}

function is_registered(tr: trace_array): bool {
  return (tr.ops.flags & u64(FTRACE_OPS_FL_ENABLED)) !== u64(0);
}

/** The set of pids has changed: it is asked by a function of its own. */
export function ftrace_update_pid_func(tr: trace_array): void {
  const filtered = tr.pids !== null || tr.no_pids !== null;
  if (is_registered(tr)) ftrace_ops_set_func(tr.ops, filtered ? ftrace_pid_func : tr.ops.saved_func);
}

/** Where ftrace is dead the tracer can still be chosen, as in Linux; it records nothing. */
function function_trace_start(tr: trace_array): void {
  if (is_registered(tr)) return;
  tr.ops.func = func_for(function_trace.val);
  register_ftrace_function(tr.ops);
  if (tr.pids !== null || tr.no_pids !== null) ftrace_update_pid_func(tr);
}

function function_trace_init(tr: trace_array): int {
  function_trace_start(tr);
  return 0;
}

function function_trace_reset(tr: trace_array): void {
  if (is_registered(tr)) unregister_ftrace_function(tr.ops);
}

function function_set_flag(tr: trace_array, bit: u32, on: bool): int {
  const val: u32 = on ? function_trace.val | bit : function_trace.val & ~bit;
  if (tr.current_trace !== function_trace || !is_registered(tr)) return 0;
  unregister_ftrace_function(tr.ops);
  for (let cpu: int = 0; cpu < 8; cpu++) tr.last_func[cpu].ip = 0;
  tr.ops.func = func_for(val);
  register_ftrace_function(tr.ops);
  ftrace_update_pid_func(tr);
  return 0;
}

const function_opts: tracer_opt[] = [
  { name: "func_stack_trace", bit: TRACE_FUNC_OPT_STACK },
  { name: "func-no-repeats", bit: TRACE_FUNC_OPT_NO_REPEATS },
  {},
];

export const function_trace: tracer = {
  name: "function",
  init: function_trace_init,
  reset: function_trace_reset,
  opts: function_opts,
  set_flag: function_set_flag,
  allow_instances: true,
};

declare const ftrace_caller_end: u8[];
declare const ftrace_regs_caller_end: u8[];

/** Is the address in a shared trampoline or in one of an ops' own? */
export function is_ftrace_trampoline_text(address: u64): bool {
  if (address >= u64(ftrace_caller) && address <= u64(ftrace_caller_end)) return true;
  if (address >= u64(ftrace_regs_caller) && address <= u64(ftrace_regs_caller_end)) return true;
  return is_ftrace_trampoline(address);
}

/** From a callback: the stack as the traced function sees it, without the callback's own frames. `own`: preemption depth of the tracer;
 *  `with_trampoline`: the address in the trampoline is shown, as the tracer's own stacks do. */
export function trace_stack(tr: trace_array, own: int, with_trampoline: bool): void {
  let ips: array<u64, 64>;
  const n = stack_trace_save(ips, STACK_ENTRIES, 0);
  let first: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (is_ftrace_trampoline_text(ips[i])) {
      first = with_trampoline && is_ftrace_trampoline(ips[i]) ? i : i + 1;
      break;
    }
  }
  record_stack(tr, add(ips, first), u64(n - first), own);
}

/** The stack of the running task from its caller's caller on, skipping `skip` functions more. */
export function trace_stack_here(tr: trace_array, skip: u32, own: int): void {
  let ips: array<u64, 64>;
  const n = stack_trace_save(ips, STACK_ENTRIES, skip + u32(1));
  record_stack(tr, ips, u64(n), own);
}

/** The stack of the place that the registers are of. `at_entry`: the return address lies on top of the stack, not in a frame. */
export function trace_stack_regs(tr: trace_array, regs: pt_regs, at_entry: bool, own: int): void {
  let ips: array<u64, 64>;
  let n = u64(stack_trace_save_regs(regs, ips, STACK_ENTRIES - 1, 0));
  if (at_entry && n > u64(0)) {
    for (let i = n; i > u64(1); i--) ips[i] = ips[i - u64(1)];
    ips[1] = at<u64[]>(regs.sp)[0];
    n++;
  }
  record_stack(tr, ips, n, own);
}

function record_stack(tr: trace_array, ips: u64[], n: u64, own: int): void {
  const flags = read_rflags();
  cli();
  const e = trace_begin(tr, u16(TRACE_STACK), u64(8) + n * u64(8), flags, own) as stack_entry;
  if (e !== null) {
    e.size = n;
    rep_movsb(at<ptr>(u64(e) + u64(RING_ENTRY_HEAD + 8)), ips, n * u64(8));
    trace_commit(tr, e.ent);
  }
  if ((flags & u64(0x200)) !== u64(0)) sti();
}

/** The ops of an instance. */
export function trace_init_ops(tr: trace_array, ops: ftrace_ops): void {
  ops.func = function_trace_call;
  ops.private = tr;
  ops.flags |= u64(FTRACE_OPS_FL_PID);
  ftrace_ops_init(ops);
  tr.ops = ops;
}

export function init_function_trace(): void {
  mutex_init(global_ops.local_hash.regex_lock);
  trace_init_ops(global_trace, global_ops);
  register_tracer(function_trace);
}
init(init_function_trace);
