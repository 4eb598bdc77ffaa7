// events/: a directory for each system of events, in it one for each event.

import type { dentry } from "linux/dcache";
import { type file, type file_operations, type inode } from "linux/fs";
import { type seq_file, seq_lseek, seq_puts, seq_read, single_open, single_release } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { strcmp, strlcpy } from "linux/string";
import { tracefs_create_dir, tracefs_create_file, tracefs_create_lazy_dir, tracefs_remove } from "linux/tracefs";
import { ftrace_trace_arrays, global_trace, type trace_array } from "./trace";
import {
  add_event_file,
  drop_event_file,
  ftrace_events,
  link_event_call,
  lock_events,
  type trace_event_call,
  type trace_event_file,
  unlink_event_call,
  unlock_events,
} from "./trace-events";
import { filter_fops, format_fops, id_fops, system_filter_fops, trigger_fops } from "./trace-events-attributes";
import { available_fops, enable_fops, set_event_fops, system_enable_fops } from "./trace-events-switches";
import { trace_node_new } from "./trace-nodes";
import { syscall_events_register } from "./trace-syscalls";

notrace_file();

/** A system's directory in one trace. */
export interface event_subsystem extends struct<"event_subsystem"> {
  next?: event_subsystem;
  name?: array<u8, 64>;
  tr?: trace_array;
  dir?: dentry;
  nr_events?: int;
}
let subsystems: event_subsystem = null;

/** The events that a system's (or, without one, the trace's) switch is for. */
export function in_system(f: trace_event_file, tr: trace_array, s: event_subsystem): bool {
  return f.tr === tr && (s === null || strcmp(f.call.system, s.name) === 0);
}

// ---- header_page, header_event ----

/** One page of the ring buffer as its raw readers see it. */
function header_page_show(m: seq_file, _v: ptr): int {
  seq_puts(m, "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n");
  seq_puts(m, "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n");
  seq_puts(m, "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n");
  seq_puts(m, "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n");
  return 0;
}

function header_page_open(_inode: inode, file: file): int {
  return single_open(file, header_page_show, null);
}

const header_page_fops: file_operations = { open: header_page_open, read: seq_read, llseek: seq_lseek, release: single_release };

// ---- the tree ----

function find_subsystem(tr: trace_array, name: cstr): event_subsystem {
  let s = subsystems;
  while (s !== null && (s.tr !== tr || strcmp(s.name, name) !== 0)) s = s.next;
  return s;
}

/** Known, without a directory. */
function new_subsystem(tr: trace_array, name: cstr): event_subsystem {
  const s = kzalloc(sizeof<event_subsystem>(), GFP_KERNEL) as event_subsystem;
  if (s === null) return null;
  strlcpy(s.name, name, 64);
  s.tr = tr;
  s.next = subsystems;
  subsystems = s;
  return s;
}

function create_system_files(s: event_subsystem): void {
  const node = trace_node_new(s.tr, 0, s);
  tracefs_create_file("filter", 0o640, s.dir, node, system_filter_fops);
  tracefs_create_file("enable", 0o640, s.dir, node, system_enable_fops);
}

function get_subsystem(tr: trace_array, call: trace_event_call): event_subsystem {
  let s = find_subsystem(tr, call.system);
  if (s === null) s = new_subsystem(tr, call.system);
  if (s === null || s.dir !== null) return s;
  s.dir = tracefs_create_dir(s.name, tr.event_dir);
  if (!call.no_files) create_system_files(s);
  return s;
}

/** Somebody looks into a trace's events/syscalls. */
function fill_syscalls(_dir: dentry): void {
  lock_events();
  syscall_events_register();
  unlock_events();
}

/** The directory of the system calls' events is empty until somebody looks, in whatever trace. */
function create_syscalls(tr: trace_array): void {
  if (find_subsystem(tr, "syscalls") !== null) return;
  const s = new_subsystem(tr, "syscalls");
  if (s === null) return;
  s.dir = tracefs_create_lazy_dir(s.name, tr.event_dir, fill_syscalls);
  if (s.dir !== null) create_system_files(s);
}

/** The system stays known: a file of it that is open finds no events, and a new event of that name takes it up again. */
function put_subsystem(tr: trace_array, system: cstr): void {
  const s = find_subsystem(tr, system);
  if (s === null) return;
  s.nr_events--;
  if (s.nr_events > 0) return;
  tracefs_remove(s.dir);
  s.dir = null;
}

/** The trace goes away. */
function free_subsystems(tr: trace_array): void {
  let prev: event_subsystem = null;
  for (let s = subsystems; s !== null; ) {
    const next = s.next;
    if (s.tr === tr) {
      if (prev === null) subsystems = next;
      else prev.next = next;
      kfree(s);
    } else {
      prev = s;
    }
    s = next;
  }
}

function create_event_dir(call: trace_event_call, tr: trace_array): void {
  const s = get_subsystem(tr, call);
  const f = s === null ? null : add_event_file(call, tr);
  if (f === null) return;
  s.nr_events++;
  f.dir = tracefs_create_lazy_dir(call.name, s.dir, fill_event_dir);
}

/** Somebody looks into an event's directory. */
function fill_event_dir(dir: dentry): void {
  lock_events();
  let found: trace_event_file = null;
  for (let call = ftrace_events; call !== null && found === null; call = call.next) {
    for (let f = call.files; f !== null; f = f.next) if (f.dir === dir) found = f;
  }
  if (found !== null) create_event_attributes(found);
  unlock_events();
}

function create_event_attributes(f: trace_event_file): void {
  if (!f.call.no_files) {
    tracefs_create_file("enable", 0o640, f.dir, f, enable_fops);
    tracefs_create_file("filter", 0o640, f.dir, f, filter_fops);
    tracefs_create_file("trigger", 0o640, f.dir, f, trigger_fops);
  }
  tracefs_create_file("id", 0o440, f.dir, f, id_fops);
  tracefs_create_file("format", 0o440, f.dir, f, format_fops);
}

/** A new event in all traces. The caller holds event_mutex, but at boot. */
export function register_trace_event(call: trace_event_call): void {
  link_event_call(call);
  for (let tr = ftrace_trace_arrays; tr !== null; tr = tr.next) if (tr.event_dir !== null) create_event_dir(call, tr);
}

function remove_event_dir(f: trace_event_file): void {
  const tr = f.tr;
  const system = f.call.system;
  tracefs_remove(f.dir);
  drop_event_file(f);
  put_subsystem(tr, system);
}

/** Nobody has it enabled. */
export function unregister_trace_event(call: trace_event_call): void {
  while (call.files !== null) remove_event_dir(call.files);
  unlink_event_call(call);
}

/** The trace goes away: its events with it. */
export function remove_event_files(tr: trace_array): void {
  lock_events();
  for (let call = ftrace_events; call !== null; call = call.next) {
    let f = call.files;
    while (f !== null) {
      const next = f.next;
      if (f.tr === tr) remove_event_dir(f);
      f = next;
    }
  }
  free_subsystems(tr);
  unlock_events();
}

/** Events are listed newest first; their directories are made oldest first. */
function create_all(call: trace_event_call, tr: trace_array): void {
  if (call === null) return;
  create_all(call.next, tr);
  create_event_dir(call, tr);
}

export function create_event_files(tr: trace_array): void {
  const node = trace_node_new(tr, 0, null);
  tracefs_create_file("set_event", 0o640, tr.dir, node, set_event_fops);
  if (tr === global_trace) tracefs_create_file("available_events", 0o440, null, node, available_fops);
  tr.event_dir = tracefs_create_dir("events", tr.dir);
  if (tr.event_dir === null) return;
  tracefs_create_file("enable", 0o640, tr.event_dir, node, system_enable_fops);
  tracefs_create_file("header_page", 0o440, tr.event_dir, node, header_page_fops);
  lock_events();
  create_all(ftrace_events, tr);
  create_syscalls(tr);
  unlock_events();
}
