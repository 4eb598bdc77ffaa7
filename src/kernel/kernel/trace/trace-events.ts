// Events: kinds of entries with named fields, each with a switch, a filter and triggers in every trace. An event's record is laid out as its
// format file tells; the eight common bytes of that layout are the ring entry's head here.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import type { dentry } from "linux/dcache";
import { ENOMEM } from "linux/errno";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { preempt_disable_notrace, preempt_enable_notrace } from "linux/preempt";
import { synchronize_rcu } from "linux/rcupdate";
import { type seq_file, seq_printf, seq_putc } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { strcmp } from "linux/string";
import { RING_ENTRY_HEAD, type ring_entry } from "./ring_buffer";
import {
  TRACE_FLAG_HARDIRQ,
  TRACE_FLAG_NMI,
  TRACE_ITER_STACKTRACE,
  type trace_array,
  trace_begin,
  trace_commit,
  tracing_reset_online_cpus,
  tracing_update_buffers,
} from "./trace";
import { tracing_event_users, tracing_start_cmdline_record, tracing_stop_cmdline_record } from "./trace-cmdlines";
import { event_filter_free, event_filter_match } from "./trace-events-filter";
import { event_triggers_free, event_triggers_run } from "./trace-events-trigger";
import { trace_stack_here, trace_stack_regs } from "./trace-functions";
import { trace_pid_selected } from "./trace-pid";
import { syscall_events_register } from "./trace-syscalls";

notrace_file();

/** Bytes of the common fields: a format's offsets count them. */
export const EVENT_COMMON = 8;

export interface trace_event_field extends struct<"trace_event_field"> {
  type?: cstr;
  name?: cstr;
  offset?: u32;
  size?: u32;
  is_signed?: bool;
}

export interface trace_event_call extends struct<"trace_event_call"> {
  next?: trace_event_call;
  /** Others whose id falls into the same bucket. */
  hash?: trace_event_call;
  system?: cstr;
  name?: cstr;
  id?: int;
  /** Ends with a field without a name. */
  fields?: trace_event_field[];
  print_fmt?: cstr;
  /** What follows the event's name; the record begins behind the head. */
  print?: (m: seq_file, e: ring_entry, call: trace_event_call) => void;
  /** It prints the name too. */
  whole_line?: bool;
  /** Plants or removes what fires the event; null: it looks at `active` itself. */
  reg?: (call: trace_event_call, on: bool) => int;
  files?: trace_event_file;
  /** Traces that want it. */
  active?: int;
  /** Entries of tracers: only described. */
  no_files?: bool;
  private?: ptr;
}

/** An event in one trace. */
export interface trace_event_file extends struct<"trace_event_file"> {
  next?: trace_event_file;
  call?: trace_event_call;
  tr?: trace_array;
  enabled?: bool;
  /** Entries of it may lie in the trace. */
  was_enabled?: bool;
  /** Users that want it hit without being recorded: triggers, and commands that may switch it on. */
  soft?: int;
  /** Of soft users: recorded now. */
  soft_enabled?: bool;
  filter?: ptr;
  triggers?: ptr;
  dir?: dentry;
}

/** Newest first. Under event_mutex. */
export let ftrace_events: trace_event_call = null;
export let event_mutex: embed<mutex>;
const ID_BUCKETS = 64;
let by_id: array<u64, 64>;

export function lock_events(): void {
  mutex_lock(event_mutex);
}
export function unlock_events(): void {
  mutex_unlock(event_mutex);
}

export function find_event_call(system: cstr, name: cstr): trace_event_call {
  if (system !== null && strcmp(system, "syscalls") === 0) syscall_events_register();
  let call = ftrace_events;
  while (call !== null && (strcmp(call.name, name) !== 0 || (system !== null && strcmp(call.system, system) !== 0))) call = call.next;
  return call;
}

export function find_event_file(tr: trace_array, system: cstr, name: cstr): trace_event_file {
  const call = find_event_call(system, name);
  let f: trace_event_file = call === null ? null : call.files;
  while (f !== null && f.tr !== tr) f = f.next;
  return f;
}

/** Is the pointer that an open file holds still an event's? */
export function event_file_alive(file: trace_event_file): bool {
  for (let call = ftrace_events; call !== null; call = call.next) {
    for (let f = call.files; f !== null; f = f.next) if (f === file) return true;
  }
  return false;
}

export function link_event_call(call: trace_event_call): void {
  call.next = ftrace_events;
  ftrace_events = call;
  const bucket = call.id & (ID_BUCKETS - 1);
  call.hash = at<trace_event_call>(by_id[bucket]);
  by_id[bucket] = u64(call);
}

export function unlink_event_call(call: trace_event_call): void {
  if (ftrace_events === call) {
    ftrace_events = call.next;
  } else {
    let prev = ftrace_events;
    while (prev.next !== call) prev = prev.next;
    prev.next = call.next;
  }
  const bucket = call.id & (ID_BUCKETS - 1);
  if (by_id[bucket] === u64(call)) {
    by_id[bucket] = u64(call.hash);
  } else {
    let prev = at<trace_event_call>(by_id[bucket]);
    while (prev.hash !== call) prev = prev.hash;
    prev.hash = call.hash;
  }
  synchronize_rcu();
}

/** The event as one of this trace's. */
export function add_event_file(call: trace_event_call, tr: trace_array): trace_event_file {
  const f = kzalloc(sizeof<trace_event_file>(), GFP_KERNEL) as trace_event_file;
  if (f === null) return null;
  f.call = call;
  f.tr = tr;
  f.next = call.files;
  WRITE_ONCE(call.files, f);
  return f;
}

/** The file is switched off and forgotten; its directory is the caller's. */
export function drop_event_file(file: trace_event_file): void {
  const call = file.call;
  set_event_enabled(file, false);
  event_triggers_free(file);
  // Another event may get the number that its entries bear.
  if (file.was_enabled) tracing_reset_online_cpus(file.tr.buffer);
  if (call.files === file) {
    WRITE_ONCE(call.files, file.next);
  } else {
    let prev = call.files;
    while (prev.next !== file) prev = prev.next;
    WRITE_ONCE(prev.next, file.next);
  }
  synchronize_rcu();
  event_filter_free(file.filter);
  kfree(file);
}

function start(file: trace_event_file): int {
  const call = file.call;
  if (!tracing_update_buffers(file.tr)) return -ENOMEM;
  call.active++;
  if (call.active > 1 || call.reg === null) return 0;
  const err = call.reg(call, true);
  if (err !== 0) call.active--;
  return err;
}

function stop(file: trace_event_file): void {
  const call = file.call;
  call.active--;
  if (call.active === 0 && call.reg !== null) call.reg(call, false);
}

/** The switch of the enable file. */
export function set_event_enabled(file: trace_event_file, on: bool): int {
  // What soft users have made of it does not outlast the switch.
  if (file.soft > 0) WRITE_ONCE(file.soft_enabled, on);
  if (file.enabled === on) return 0;
  if (on) {
    const err = start(file);
    if (err !== 0) return err;
    tracing_start_cmdline_record();
    tracing_event_users(true);
    file.was_enabled = true;
  }
  WRITE_ONCE(file.enabled, on);
  if (!on) {
    tracing_stop_cmdline_record();
    tracing_event_users(false);
    stop(file);
  }
  return 0;
}

/** One more (or less) user that wants the event hit though it may not be recorded. */
export function event_soft_user(file: trace_event_file, more: bool): int {
  if (more) {
    const err = start(file);
    if (err !== 0) return err;
    if (file.soft === 0) file.soft_enabled = file.enabled;
    file.soft++;
    return 0;
  }
  file.soft--;
  stop(file);
  // What the last one has made of it stays.
  return file.soft === 0 ? set_event_enabled(file, file.soft_enabled) : 0;
}

function is_recorded(file: trace_event_file): bool {
  return file.soft > 0 ? READ_ONCE(file.soft_enabled) : READ_ONCE(file.enabled);
}

/** Where a hit happened. */
export interface event_context extends struct<"event_context"> {
  /** Preemption depth that the caller itself adds. */
  own?: int;
  /** A probe's: the registers at the place, whose interrupt flag and stack are shown. */
  regs?: pt_regs;
  /** Of a function's first instruction: its frame is not there yet. */
  at_entry?: bool;
  /** By a breakpoint, which interrupts as an NMI does. */
  breakpoint?: bool;
}

/** As in Linux, whose depth wraps below zero there. */
function mark_breakpoint(e: ring_entry): void {
  e.flags = u8(TRACE_FLAG_HARDIRQ | TRACE_FLAG_NMI);
  e.preempt_count = 0xff;
}

function record(file: trace_event_file, data: u8[], size: u64, c: event_context): void {
  const flags = read_rflags();
  cli();
  const e = trace_begin(file.tr, u16(file.call.id), size, c.regs === null ? flags : c.regs.flags, c.own + 1) as ring_entry;
  if (e !== null) {
    rep_movsb(at<ptr>(u64(e) + u64(RING_ENTRY_HEAD)), data, size);
    if (c.breakpoint) mark_breakpoint(e);
    trace_commit(file.tr, e);
  }
  if ((flags & u64(0x200)) !== u64(0)) sti();
  if ((file.tr.flags & u64(TRACE_ITER_STACKTRACE)) !== u64(0)) event_stack(file.tr, c);
}

/** The stack at the place, from the function that the event stands in on. */
export function event_stack(tr: trace_array, c: event_context): void {
  if (c.regs !== null) trace_stack_regs(tr, c.regs, c.at_entry, c.own + 1);
  else trace_stack_here(tr, 4, c.own + 1);
}

/** The event has happened; `data` is laid out as its format tells, from offset 8 on. */
export function trace_event_hit(call: trace_event_call, data: ptr, size: u64): void {
  const c: event_context = {};
  event_hit(call, data, size, c);
}

/** The same at a probe. */
export function trace_event_hit_at(call: trace_event_call, data: ptr, size: u64, c: event_context): void {
  event_hit(call, data, size, c);
}

function event_hit(call: trace_event_call, data: ptr, size: u64, c: event_context): void {
  preempt_disable_notrace();
  for (let f = READ_ONCE(call.files); f !== null; f = READ_ONCE(f.next)) {
    if (!READ_ONCE(f.enabled) && f.soft === 0) continue;
    if (get_current().trace !== u64(0) || !trace_pid_selected(f.tr.event_pids, f.tr.event_no_pids, get_current().pid)) continue;
    if (is_recorded(f) && event_filter_match(READ_ONCE(f.filter), data as u8[])) record(f, data as u8[], size, c);
    if (READ_ONCE(f.triggers) !== null) event_triggers_run(f, data as u8[], c);
  }
  preempt_enable_notrace();
}

export function trace_event_print(m: seq_file, e: ring_entry): void {
  let call = at<trace_event_call>(by_id[int(e.type) & (ID_BUCKETS - 1)]);
  while (call !== null && call.id !== int(e.type)) call = call.hash;
  if (call === null) {
    seq_printf(m, "Unknown type %d\n", int(e.type));
    return;
  }
  if (!call.whole_line) seq_printf(m, "%s: ", call.name);
  call.print(m, e, call);
  seq_putc(m, 10);
}

/** All events of the trace are switched off. */
export function clear_events(tr: trace_array): void {
  for (let call = ftrace_events; call !== null; call = call.next) {
    for (let f = call.files; f !== null; f = f.next) if (f.tr === tr) set_event_enabled(f, false);
  }
}
