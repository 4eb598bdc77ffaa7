// The stack tracer: at each traced function it looks how much of the task's stack is in use, and keeps the deepest stack it has seen, with
// the part of it that each function takes.

import { get_current } from "linux/current";
import { ENOMEM } from "linux/errno";
import type { file, file_operations, inode } from "linux/fs";
import {
  type ftrace_ops,
  ftrace_ops_init,
  type ftrace_regs,
  MCOUNT_INSN_SIZE,
  register_ftrace_function,
  unregister_ftrace_function,
} from "linux/ftrace";
import { type mutex, mutex_init, mutex_lock, mutex_unlock } from "linux/mutex";
import { preempt_disable_notrace, preempt_enable_notrace } from "linux/preempt";
import { type seq_file, seq_lseek, seq_printf, seq_puts, seq_read, single_open, single_release } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { arch_spin_lock, arch_spin_unlock, type spinlock_t } from "linux/spinlock";
import { stack_trace_save } from "linux/stacktrace";
import { memcpy } from "linux/string";
import { type ctl_table, proc_dointvec, register_sysctl } from "linux/sysctl";
import { THREAD_SIZE } from "linux/thread_info";
import { tracefs_create_file } from "linux/tracefs";
import { create_ops_filter_file } from "./ftrace-files";
import type { trace_array } from "./trace";
import { trace_get_number, trace_read_number, trace_written } from "./trace-nodes";

notrace_file();

const STACK_TRACE_ENTRIES = 128;

/** The deepest stack. */
interface max_stack extends struct<"max_stack"> {
  size?: u64;
  nr?: int;
  /** Return addresses, and how far from the stack's beginning each of them stands. */
  entries?: array<u64, 128>;
  depths?: array<u64, 128>;
}

/** Under stack_trace_max_lock, with interrupts off. */
let max: embed<max_stack>;
let stack_trace_max_lock: embed<spinlock_t>;
/** kernel.stack_tracer_enabled; the boot parameter `stacktrace` sets it. Under stack_sysctl_mutex. */
let stack_tracer_enabled: int = 0;
let stack_sysctl_mutex: embed<mutex>;

/** This CPU looks at a stack or holds the lock: what it calls thereby is not looked at. */
let looking: u32 = 0;
percpu(looking);

const trace_ops: ftrace_ops = { func: stack_trace_call };
/** What the filter's file is about: no trace, but an ops as a trace has one. */
const filter_of: trace_array = { ops: trace_ops };

function lock_max(): u64 {
  const flags = read_rflags();
  cli();
  this_cpu_add(looking, u32(1));
  arch_spin_lock(stack_trace_max_lock);
  return flags;
}

function unlock_max(flags: u64): void {
  arch_spin_unlock(stack_trace_max_lock);
  this_cpu_add(looking, u32(0xffffffff));
  if ((flags & u64(0x200)) !== u64(0)) sti();
}

/** Finds the entries of the current stack, from the traced function on, as words of it above `from`. */
function keep_stack(ip: u64, from: u64, top: u64): void {
  const nr = int(stack_trace_save(max.entries, STACK_TRACE_ENTRIES, 0));
  let first: int = 0;
  while (first < nr && max.entries[first] !== ip) first++;
  let p = from;
  let kept: int = 0;
  for (let i: int = first; i < nr; i++) {
    let q = p;
    while (q < top && at<u64[]>(q)[0] !== max.entries[i]) q += u64(8);
    // A return address that is not where it was: a tracer has taken it.
    if (q >= top) continue;
    max.entries[kept] = max.entries[i];
    max.depths[kept] = top - q;
    kept++;
    p = q + u64(8);
  }
  max.nr = kept;
}

/** On entry the stack pointer is that of the traced function's caller; below it are the two return addresses. */
function check_stack(ip: u64, sp: u64): void {
  const base: u64 = get_current().stack;
  const slot = sp - u64(8);
  // Another stack: an interrupt's.
  if (slot - base >= u64(THREAD_SIZE)) return;
  const top = base + u64(THREAD_SIZE);
  if (top - slot <= READ_ONCE(max.size)) return;
  const flags = lock_max();
  if (top - slot > max.size) {
    max.size = top - slot;
    keep_stack(ip + u64(MCOUNT_INSN_SIZE), slot, top);
  }
  unlock_max(flags);
}

function stack_trace_call(ip: u64, _parent_ip: u64, _op: ftrace_ops, fregs: ftrace_regs): void {
  preempt_disable_notrace();
  if (this_cpu_read(looking) === 0) {
    this_cpu_add(looking, u32(1));
    check_stack(ip, fregs.regs.sp);
    this_cpu_add(looking, u32(0xffffffff));
  }
  preempt_enable_notrace();
}

// ---- files ----

function max_size_read(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  return trace_read_number(READ_ONCE(max.size), ubuf, count, ppos);
}

function max_size_write(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let value: u64 = 0;
  const err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return s64(err);
  const flags = lock_max();
  max.size = value;
  unlock_max(flags);
  return trace_written(count, ppos);
}

function print_stack(m: seq_file, stack: max_stack): void {
  seq_printf(m, "        Depth    Size   Location    (%d entries)\n", stack.nr);
  seq_puts(m, "        -----    ----   --------\n");
  if (stack_tracer_enabled === 0 && stack.size === u64(0)) {
    seq_puts(m, "#\n#  Stack tracer disabled\n#\n");
    seq_puts(m, "# To enable the stack tracer, either add 'stacktrace' to the\n# kernel command line\n");
    seq_puts(m, "# or 'echo 1 > /proc/sys/kernel/stack_tracer_enabled'\n#\n");
    return;
  }
  for (let i: int = 0; i < stack.nr; i++) {
    const below: u64 = i + 1 === stack.nr ? u64(0) : stack.depths[i + 1];
    seq_printf(m, "%3ld) %8d   %5d   %pS\n", s64(i), int(stack.depths[i]), int(stack.depths[i] - below), at<ptr>(stack.entries[i]));
  }
}

function stack_trace_show(m: seq_file, _v: ptr): int {
  // What is printed is a copy: printing goes deep.
  const stack = kzalloc(sizeof<max_stack>(), GFP_KERNEL) as max_stack;
  if (stack === null) return -ENOMEM;
  const flags = lock_max();
  memcpy(stack, max, sizeof<max_stack>());
  unlock_max(flags);
  print_stack(m, stack);
  kfree(stack);
  return 0;
}

function stack_trace_open(_inode: inode, file: file): int {
  return single_open(file, stack_trace_show, null);
}

const stack_max_size_fops: file_operations = { read: max_size_read, write: max_size_write };
const stack_trace_fops: file_operations = { open: stack_trace_open, read: seq_read, llseek: seq_lseek, release: single_release };

function stack_trace_sysctl(table: ctl_table, write: int, buffer: u8[], lenp: u64[], ppos: s64[]): int {
  mutex_lock(stack_sysctl_mutex);
  const was_enabled = stack_tracer_enabled !== 0;
  const ret = proc_dointvec(table, write, buffer, lenp, ppos);
  if (ret === 0 && write !== 0 && was_enabled !== (stack_tracer_enabled !== 0)) {
    if (was_enabled) unregister_ftrace_function(trace_ops);
    else register_ftrace_function(trace_ops);
  }
  mutex_unlock(stack_sysctl_mutex);
  return ret;
}

const stack_sysctls: ctl_table[] = [
  { procname: "stack_tracer_enabled", data: addr(stack_tracer_enabled), maxlen: 4, mode: 0o644, proc_handler: stack_trace_sysctl },
  {},
];

/** `stacktrace` on the command line. */
export function enable_stacktrace(_val: u8[]): void {
  stack_tracer_enabled = 1;
}
init(enable_stacktrace);

export function stack_trace_init(): void {
  mutex_init(stack_sysctl_mutex);
  ftrace_ops_init(trace_ops);
  tracefs_create_file("stack_max_size", 0o640, null, null, stack_max_size_fops);
  tracefs_create_file("stack_trace", 0o440, null, null, stack_trace_fops);
  create_ops_filter_file("stack_trace_filter", filter_of);
  register_sysctl("kernel", stack_sysctls);
  if (stack_tracer_enabled !== 0) register_ftrace_function(trace_ops);
}
init(stack_trace_init);
