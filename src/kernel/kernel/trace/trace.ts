// The state that tracers share: the traces (the one of the machine and its instances), the registry of tracers, the context of an entry.
// Tracers write entries (ring_buffer.ts), trace-output.ts prints them, trace-files.ts and its neighbours have the files.

import { get_current } from "linux/current";
import type { dentry } from "linux/dcache";
import { EINVAL, ENOMEM } from "linux/errno";
import type { ftrace_ops } from "linux/ftrace";
import type { mutex } from "linux/mutex";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { HARDIRQ_MASK, NMI_MASK, PREEMPT_MASK, preempt_count, SOFTIRQ_MASK, SOFTIRQ_OFFSET } from "linux/preempt";
import type { seq_file } from "linux/seq_file";
import { NR_CPUS, smp_processor_id } from "linux/smp";
import { strcmp } from "linux/string";
import { cpu_online } from "../cpu";
import { ring_commit, type ring_entry, ring_of, ring_reserve, ring_reset, ring_resize, type trace_buffer } from "./ring_buffer";
import { trace_taskinfo_pending, tracing_start_cmdline_record, tracing_stop_cmdline_record } from "./trace-cmdlines";
import { type trace_pid_list, trace_pid_selected } from "./trace-pid";

notrace_file();

// Kinds of entries; the numbers are those of events/ftrace/*/id. Events of events/ follow.
export const TRACE_FN = 1;
export const TRACE_STACK = 4;
export const TRACE_PRINT = 5;
export const TRACE_GRAPH_RET = 10;
export const TRACE_GRAPH_ENT = 11;
export const TRACE_RAW_DATA = 16;
export const TRACE_FUNC_REPEATS = 17;
export const TRACE_LAST_TYPE = 18;

// ring_entry.flags
export const TRACE_FLAG_IRQS_OFF = 1;
export const TRACE_FLAG_NEED_RESCHED = 4;
export const TRACE_FLAG_HARDIRQ = 8;
export const TRACE_FLAG_SOFTIRQ = 16;
export const TRACE_FLAG_NMI = 64;
export const TRACE_FLAG_BH_OFF = 128;

// trace_array.flags: bit n is option n of trace_options.
export const TRACE_ITER_PRINT_PARENT = 0x1;
export const TRACE_ITER_SYM_OFFSET = 0x2;
export const TRACE_ITER_SYM_ADDR = 0x4;
export const TRACE_ITER_VERBOSE = 0x8;
export const TRACE_ITER_RAW = 0x10;
export const TRACE_ITER_HEX = 0x20;
export const TRACE_ITER_PRINTK_MSGONLY = 0x1000;
export const TRACE_ITER_CONTEXT_INFO = 0x2000;
export const TRACE_ITER_LATENCY_FMT = 0x4000;
export const TRACE_ITER_RECORD_CMD = 0x8000;
export const TRACE_ITER_RECORD_TGID = 0x10000;
export const TRACE_ITER_OVERWRITE = 0x20000;
export const TRACE_ITER_IRQ_INFO = 0x80000;
export const TRACE_ITER_MARKERS = 0x100000;
export const TRACE_ITER_EVENT_FORK = 0x200000;
export const TRACE_ITER_PAUSE_ON_TRACE = 0x400000;
export const TRACE_ITER_FUNCTION = 0x1000000;
export const TRACE_ITER_FUNC_FORK = 0x2000000;
export const TRACE_ITER_STACKTRACE = 0x8000000;

export interface ftrace_entry extends struct<"ftrace_entry"> {
  ent?: embed<ring_entry>;
  ip?: u64;
  parent_ip?: u64;
}

/** A function that was entered `count` times more from the same caller. */
export interface func_repeats_entry extends struct<"func_repeats_entry"> {
  ent?: embed<ring_entry>;
  ip?: u64;
  parent_ip?: u64;
  count?: u64;
  last_ts?: u64;
}

/** Addresses (u64 each) behind the head. */
export interface stack_entry extends struct<"stack_entry"> {
  ent?: embed<ring_entry>;
  size?: u64;
}

/** Text behind the head. */
export interface print_entry extends struct<"print_entry"> {
  ent?: embed<ring_entry>;
  ip?: u64;
}

/** An option of a tracer's own. */
export interface tracer_opt extends struct<"tracer_opt"> {
  name?: cstr;
  bit?: u32;
}

export interface tracer extends struct<"tracer"> {
  name?: cstr;
  init?: (tr: trace_array) => int;
  reset?: (tr: trace_array) => void;
  print_header?: (m: seq_file, tr: trace_array) => void;
  /** Returns false for entries that the default printer shall print. */
  print_line?: (m: seq_file, tr: trace_array, e: ring_entry, state: ptr) => bool;
  /** Ends with an option without a name; null: none. */
  opts?: tracer_opt[];
  /** Bits of the options that are on. */
  val?: u32;
  /** Refuses a change, or acts upon it. */
  set_flag?: (tr: trace_array, bit: u32, on: bool) => int;
  /** Instances may have it. */
  allow_instances?: bool;
  next?: tracer;
}

/** One trace: a buffer, a tracer, switches. The first is the machine's own, the others are those of instances/. */
export interface trace_array extends struct<"trace_array"> {
  next?: trace_array;
  name?: array<u8, 64>;
  dir?: dentry;
  event_dir?: dentry;
  options_dir?: dentry;
  buffer?: embed<trace_buffer>;
  /** What `snapshot` shows: swapped with buffer. */
  max?: embed<trace_buffer>;
  snapshot_allocated?: bool;
  current_trace?: tracer;
  flags?: u64;
  /** Full-size rings are there. */
  expanded?: bool;
  kb?: u64;
  cpumask?: u64;
  buffer_percent?: u32;
  tracing_thresh?: u64;
  max_latency?: u64;
  /** Of set_ftrace_filter and the function tracer. */
  ops?: ftrace_ops;
  /** func-no-repeats: the last function on each CPU, and how often it came again. */
  last_func?: array<func_repeats_entry, 8>;
  pids?: trace_pid_list;
  no_pids?: trace_pid_list;
  event_pids?: trace_pid_list;
  event_no_pids?: trace_pid_list;
  /** CPUs whose trace_pipe is open. */
  pipe_readers?: u32;
  /** Of open files; an instance in use stays. */
  ref?: int;
  /** i_private of its files. */
  nodes?: ptr;
}

export const nop_opts: tracer_opt[] = [{ name: "test_nop_accept", bit: 1 }, { name: "test_nop_refuse", bit: 2 }, {}];

function nop_set_flag(_tr: trace_array, bit: u32, on: bool): int {
  if (bit === u32(1)) {
    pr_debug("nop_test_accept flag set to %d: we accept. Now cat trace_options to see the result\n", on ? 1 : 0);
    return 0;
  }
  pr_debug("nop_test_refuse flag set to %d: we refuse. Now cat trace_options to see the result\n", on ? 1 : 0);
  return -EINVAL;
}

export const nop_trace: tracer = { name: "nop", opts: nop_opts, set_flag: nop_set_flag, allow_instances: true };
export let trace_types: tracer = null;
export const global_trace: trace_array = { current_trace: nop_trace, kb: 1408, buffer_percent: 50 };
/** All traces, the machine's last. */
export let ftrace_trace_arrays: trace_array = global_trace;
/** Guards the traces, their tracers, options and the sizes of the rings. */
export let trace_types_lock: embed<mutex>;

export function link_trace_array(tr: trace_array): void {
  tr.next = ftrace_trace_arrays;
  ftrace_trace_arrays = tr;
}

export function unlink_trace_array(tr: trace_array): void {
  if (ftrace_trace_arrays === tr) {
    ftrace_trace_arrays = tr.next;
    return;
  }
  let prev = ftrace_trace_arrays;
  while (prev.next !== tr) prev = prev.next;
  prev.next = tr.next;
}

/** Between start and stop of the trace file the reader itself is not traced: what it wrote would push out what it reads. */
export function trace_hide_current(hide: bool): void {
  get_current().trace = hide ? u64(1) : u64(0);
}

/** Shall the running task be traced? */
export function trace_this_task(tr: trace_array): bool {
  const task = get_current();
  if (task.trace !== u64(0)) return false;
  return trace_pid_selected(READ_ONCE(tr.pids), READ_ONCE(tr.no_pids), task.pid);
}

export function register_tracer(t: tracer): void {
  t.next = trace_types;
  trace_types = t;
}

/** flags: rflags before the tracer turned interrupts off; `own`: preemption depth that the tracer itself has added. */
export function trace_begin(tr: trace_array, type: u16, payload: u64, flags: u64, own: int): ptr {
  if (((tr.cpumask >> smp_processor_id()) & u64(1)) === u64(0)) return null;
  const e = ring_reserve(tr.buffer, type, payload);
  if (e === null) return null;
  const pc = preempt_count();
  let f: int = 0;
  if ((flags & u64(0x200)) === u64(0)) f |= TRACE_FLAG_IRQS_OFF;
  if ((pc & NMI_MASK) !== 0) f |= TRACE_FLAG_NMI;
  if ((pc & HARDIRQ_MASK) !== 0) f |= TRACE_FLAG_HARDIRQ;
  if ((pc & SOFTIRQ_OFFSET) !== 0) f |= TRACE_FLAG_SOFTIRQ;
  else if ((pc & SOFTIRQ_MASK) !== 0) f |= TRACE_FLAG_BH_OFF;
  if ((get_current().thread_info.flags & u64(8)) !== u64(0)) f |= TRACE_FLAG_NEED_RESCHED;
  e.flags = u8(f);
  const depth: int = (pc & PREEMPT_MASK) - own;
  e.preempt_count = u8(depth < 0 ? 0 : depth > 15 ? 15 : depth);
  e.pid = get_current().pid;
  return e;
}

export function trace_commit(tr: trace_array, e: ring_entry): void {
  ring_commit(tr.buffer, e);
  trace_taskinfo_pending();
}

/** A function was entered. */
export function trace_function(tr: trace_array, ip: u64, parent_ip: u64, own: int): void {
  const flags = read_rflags();
  cli();
  const e = trace_begin(tr, u16(TRACE_FN), 16, flags, own) as ftrace_entry;
  if (e !== null) {
    e.ip = ip;
    e.parent_ip = parent_ip;
    trace_commit(tr, e.ent);
  }
  if ((flags & u64(0x200)) !== u64(0)) sti();
}

/** Full-size rings, from the first tracer on: before, each CPU has a token one. */
export function tracing_update_buffers(tr: trace_array): bool {
  if (tr.expanded) return true;
  return tracing_resize(tr, tr.kb, -1);
}

export function tracing_resize(tr: trace_array, kb: u64, cpu: int): bool {
  for (let i: int = 0; i < NR_CPUS; i++) {
    if (!cpu_online(i) || (cpu >= 0 && cpu !== i)) continue;
    if (!ring_resize(tr.buffer, i, kb * u64(1024))) return false;
    if (tr.snapshot_allocated && !ring_resize(tr.max, i, kb * u64(1024))) return false;
  }
  tr.expanded = true;
  if (cpu < 0) tr.kb = kb;
  return true;
}

/** Small rings, so that trace_marker works without any tracer. */
export function trace_alloc_boot_rings(): void {
  for (let i: int = 0; i < NR_CPUS; i++) if (cpu_online(i)) ring_resize(global_trace.buffer, i, 1);
}

export function ring_kb(tr: trace_array, cpu: int): u64 {
  return ring_of(tr.buffer, cpu).size / u64(1024);
}

export function tracing_reset_online_cpus(b: trace_buffer): void {
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) if (cpu_online(cpu)) ring_reset(b, cpu);
}

/** The caller holds trace_types_lock. */
export function tracing_set_tracer(tr: trace_array, name: cstr): int {
  let t = trace_types;
  while (t !== null && strcmp(t.name, name) !== 0) t = t.next;
  if (!tracing_update_buffers(tr)) return -ENOMEM;
  if (t === null) return -EINVAL;
  if (t === tr.current_trace) return 0;
  if (tr !== global_trace && !t.allow_instances) return -EINVAL;
  const old = tr.current_trace;
  tr.current_trace = nop_trace;
  if (old.reset !== null) {
    old.reset(tr);
    tracing_stop_cmdline_record();
  }
  tracing_reset_online_cpus(tr.buffer);
  if (t.init !== null) {
    tracing_start_cmdline_record();
    const ret = t.init(tr);
    if (ret !== 0) {
      tracing_stop_cmdline_record();
      return ret;
    }
  }
  tr.current_trace = t;
  return 0;
}

export function lock_tracers(): void {
  mutex_lock(trace_types_lock);
}
export function unlock_tracers(): void {
  mutex_unlock(trace_types_lock);
}
