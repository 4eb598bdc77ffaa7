// The state that all tracers share: the registry of tracers, the current one, the context of an entry, the names of recorded tasks.
// Tracers write entries (ring_buffer.ts), trace-output.ts prints them, trace-files.ts has the files.

import { get_current } from "linux/current";
import { EINVAL } from "linux/errno";
import type { mutex } from "linux/mutex";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { HARDIRQ_MASK, NMI_MASK, PREEMPT_MASK, preempt_count, SOFTIRQ_MASK, SOFTIRQ_OFFSET } from "linux/preempt";
import type { seq_file } from "linux/seq_file";
import { NR_CPUS } from "linux/smp";
import { strcmp } from "linux/string";
import { cpu_online } from "../cpu";
import { ring_commit, type ring_entry, ring_of, ring_reserve, ring_reset, ring_resize } from "./ring_buffer";

notrace_file();

export const TRACE_FN = 1;
export const TRACE_STACK = 4;
export const TRACE_PRINT = 5;
export const TRACE_GRAPH_RET = 10;
export const TRACE_GRAPH_ENT = 11;
export const TRACE_KPROBE = 20;
export const TRACE_KRETPROBE = 21;

// ring_entry.flags
export const TRACE_FLAG_IRQS_OFF = 1;
export const TRACE_FLAG_NEED_RESCHED = 4;
export const TRACE_FLAG_HARDIRQ = 8;
export const TRACE_FLAG_SOFTIRQ = 16;
export const TRACE_FLAG_NMI = 64;
export const TRACE_FLAG_BH_OFF = 128;

export interface ftrace_entry extends struct<"ftrace_entry"> {
  ent?: embed<ring_entry>;
  ip?: u64;
  parent_ip?: u64;
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

export interface tracer extends struct<"tracer"> {
  name?: cstr;
  init?: () => int;
  reset?: () => void;
  print_header?: (m: seq_file) => void;
  /** Returns false for entries that the default printer shall print. */
  print_line?: (m: seq_file, e: ring_entry, state: ptr) => bool;
  next?: tracer;
}

export const nop_trace: tracer = { name: "nop" };
export let trace_types: tracer = null;
export let current_trace: tracer = nop_trace;
/** Guards the current tracer, its options and the sizes of the rings. */
export let trace_types_lock: embed<mutex>;
/** Whether names of tasks are recorded: while a tracer other than nop runs, or an event is on. */
let cmdline_users: int = 0;
const RING_SIZE = 1408 * 1024;
export let ring_buffer_expanded: bool = false;
export let trace_buf_kb: u64 = 1408;

/** Tasks that are traced, by pid; of no meaning while pid_filter is false. Read by tracers with preemption off. */
const PID_WORDS = 512;
let pid_bits: array<u64, 512>;
export let pid_filter: bool = false;

export function trace_pid_is_set(pid: int): bool {
  return ((pid_bits[(pid >> 6) & (PID_WORDS - 1)] >> (pid & 63)) & u64(1)) !== u64(0);
}

export function trace_pid_set(pid: int, on: bool): void {
  if (pid < 0 || pid >= PID_WORDS * 64) return;
  const bit: u64 = u64(1) << (pid & 63);
  if (on) pid_bits[pid >> 6] |= bit;
  else pid_bits[pid >> 6] &= ~bit;
  let any = false;
  for (let i: int = 0; i < PID_WORDS; i++) if (pid_bits[i] !== u64(0)) any = true;
  WRITE_ONCE(pid_filter, any);
}

export function trace_pid_clear(): void {
  WRITE_ONCE(pid_filter, false);
  for (let i: int = 0; i < PID_WORDS; i++) pid_bits[i] = 0;
}

/** Between start and stop of the trace file the reader itself is not traced: what it wrote would push out what it reads. */
export function trace_hide_current(hide: bool): void {
  get_current().trace = hide ? u64(1) : u64(0);
}

/** Is the running task one that shall be traced? */
export function trace_this_task(): bool {
  if (get_current().trace !== u64(0)) return false;
  return !READ_ONCE(pid_filter) || trace_pid_is_set(get_current().pid);
}

export function register_tracer(t: tracer): void {
  t.next = trace_types;
  trace_types = t;
}

/** A slot for each pid by its low bits. */
interface saved_cmdline extends struct<"saved_cmdline"> {
  pid?: int;
  comm?: array<u8, 16>;
}
const SAVED_CMDLINES = 128;
let savedcmd: array<saved_cmdline, 128>;

export function tracing_start_cmdline_record(): void {
  cmdline_users++;
}
export function tracing_stop_cmdline_record(): void {
  cmdline_users--;
}

function trace_save_cmdline(): void {
  const task = get_current();
  if (task.pid === 0) return;
  const slot = savedcmd[task.pid & (SAVED_CMDLINES - 1)];
  slot.pid = task.pid;
  const from = at<u64[]>(u64(task.comm));
  for (let i: int = 0; i < 16; i++) slot.comm[i] = at<u8[]>(u64(from))[i];
}

export function trace_find_cmdline(pid: int): cstr {
  if (pid === 0) return "<idle>";
  const slot = savedcmd[pid & (SAVED_CMDLINES - 1)];
  return slot.pid === pid ? slot.comm : "<...>";
}

/** flags: rflags before the tracer turned interrupts off; `own`: preemption depth that the tracer itself has added. */
export function trace_begin(type: u16, payload: u64, flags: u64, own: int): ptr {
  const e = ring_reserve(type, payload, flags);
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

export function trace_commit(e: ring_entry): void {
  ring_commit(e);
  if (cmdline_users > 0) trace_save_cmdline();
}

/** A function was entered. */
export function trace_function(ip: u64, parent_ip: u64, own: int): void {
  const flags = read_rflags();
  cli();
  const e = trace_begin(u16(TRACE_FN), 16, flags, own) as ftrace_entry;
  if (e !== null) {
    e.ip = ip;
    e.parent_ip = parent_ip;
    trace_commit(e.ent);
  }
  if ((flags & u64(0x200)) !== u64(0)) sti();
}

/** Full-size rings, from the first tracer on: before, each CPU has a token one. */
export function tracing_update_buffers(): bool {
  if (ring_buffer_expanded) return true;
  return tracing_resize(trace_buf_kb, -1);
}

export function tracing_resize(kb: u64, cpu: int): bool {
  for (let i: int = 0; i < NR_CPUS; i++) {
    if (cpu_online(i) && (cpu < 0 || cpu === i) && !ring_resize(i, kb * u64(1024))) return false;
  }
  if (cpu < 0) {
    ring_buffer_expanded = true;
    trace_buf_kb = kb;
  }
  return true;
}

/** Small rings, so that trace_marker works without any tracer. */
export function trace_alloc_boot_rings(): void {
  for (let i: int = 0; i < NR_CPUS; i++) if (cpu_online(i)) ring_resize(i, 8192);
}

export function ring_kb(cpu: int): u64 {
  return ring_of(cpu).size / u64(1024);
}

/** The caller holds trace_types_lock. */
export function tracing_set_tracer(name: cstr): int {
  let t = trace_types;
  while (t !== null && strcmp(t.name, name) !== 0) t = t.next;
  if (t === null) return -EINVAL;
  if (t === current_trace) return 0;
  if (!tracing_update_buffers()) return -12;
  const old = current_trace;
  current_trace = nop_trace;
  if (old.reset !== null) {
    old.reset();
    tracing_stop_cmdline_record();
  }
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) if (cpu_online(cpu)) ring_reset(cpu);
  if (t.init !== null) {
    tracing_start_cmdline_record();
    const ret = t.init();
    if (ret !== 0) {
      tracing_stop_cmdline_record();
      return ret;
    }
  }
  current_trace = t;
  return 0;
}

export function lock_tracers(): void {
  mutex_lock(trace_types_lock);
}
export function unlock_tracers(): void {
  mutex_unlock(trace_types_lock);
}
