// events/: a directory for each system of events, in it one for each event. Also set_event and available_events.

import type { dentry } from "linux/dcache";
import { EFAULT, EINVAL, ENODEV, ENOMEM } from "linux/errno";
import { O_TRUNC } from "linux/fcntl";
import { FMODE_WRITE, type file, type file_operations, type inode, simple_read_from_buffer } from "linux/fs";
import { scnprintf } from "linux/kernel";
import { type seq_file, seq_lseek, seq_printf, seq_puts, seq_read, single_open, single_release } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { strchr, strcmp, strim, strlcpy } from "linux/string";
import { tracefs_create_dir, tracefs_create_file, tracefs_remove } from "linux/tracefs";
import { copy_from_user } from "linux/uaccess";
import { ftrace_trace_arrays, global_trace, type trace_array } from "./trace";
import {
  add_event_file,
  clear_events,
  drop_event_file,
  event_file_alive,
  ftrace_events,
  link_event_call,
  lock_events,
  set_event_enabled,
  type trace_event_call,
  type trace_event_field,
  type trace_event_file,
  unlink_event_call,
  unlock_events,
} from "./trace-events";
import {
  event_filter_error,
  event_filter_error_pos,
  event_filter_free,
  event_filter_parse,
  event_filter_show,
  event_filter_text,
} from "./trace-events-filter";
import { event_trigger_write, event_triggers_show } from "./trace-events-trigger";
import { trace_data_of, trace_get_number, trace_node_new, trace_of, trace_written } from "./trace-nodes";
import { tracing_log_err } from "./trace-probe-error";

notrace_file();

const WRITE_MAX = 255;

/** A system's directory in one trace. */
interface event_subsystem extends struct<"event_subsystem"> {
  next?: event_subsystem;
  name?: array<u8, 64>;
  tr?: trace_array;
  dir?: dentry;
  nr_events?: int;
}
let subsystems: event_subsystem = null;

/** What is written, trimmed, in memory that the caller frees; an errno. */
function take_line(line: ref<u8[]>[], ubuf: u8[], count: u64): int {
  if (count > u64(WRITE_MAX)) return -EINVAL;
  line[0] = kzalloc(u64(WRITE_MAX + 1), GFP_KERNEL) as u8[];
  if (line[0] === null) return -ENOMEM;
  if (copy_from_user(line[0], ubuf, count) === 0) return 0;
  kfree(line[0]);
  return -EFAULT;
}

// ---- enable ----

function event_enable_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const f = file.f_inode.i_private as trace_event_file;
  let text: array<u8, 8>;
  lock_events();
  const alive = event_file_alive(f);
  const on = alive && (f.soft > 0 ? f.enabled || f.soft_enabled : f.enabled);
  const n = scnprintf(text, 8, alive && f.soft > 0 ? "%d*\n" : "%d\n", on ? 1 : 0);
  unlock_events();
  return alive ? simple_read_from_buffer(ubuf, count, ppos, text, u64(n)) : -ENODEV;
}

function get_switch(on: bool[], ubuf: u8[], count: u64): int {
  let value: u64 = 0;
  const err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return err;
  if (value > u64(1)) return -EINVAL;
  on[0] = value !== u64(0);
  return 0;
}

function event_enable_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const f = file.f_inode.i_private as trace_event_file;
  let on = false;
  let err = get_switch(addr(on), ubuf, count);
  if (err !== 0) return s64(err);
  lock_events();
  err = event_file_alive(f) ? set_event_enabled(f, on) : -ENODEV;
  unlock_events();
  return err !== 0 ? s64(err) : trace_written(count, ppos);
}

/** The events that a system's (or, without one, the trace's) switch is for. */
function in_system(f: trace_event_file, tr: trace_array, s: event_subsystem): bool {
  return f.tr === tr && (s === null || strcmp(f.call.system, s.name) === 0);
}

function system_enable_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const tr = trace_of(file.f_inode);
  const s = trace_data_of(file.f_inode) as event_subsystem;
  let on = false;
  let off = false;
  lock_events();
  for (let call = ftrace_events; call !== null; call = call.next) {
    for (let f = call.files; f !== null; f = f.next) {
      if (!in_system(f, tr, s)) continue;
      if (f.enabled) on = true;
      else off = true;
    }
  }
  unlock_events();
  return simple_read_from_buffer(ubuf, count, ppos, on && off ? "X\n" : on ? "1\n" : "0\n", 2);
}

function system_enable_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const tr = trace_of(file.f_inode);
  const s = trace_data_of(file.f_inode) as event_subsystem;
  let on = false;
  let err = get_switch(addr(on), ubuf, count);
  if (err !== 0) return s64(err);
  lock_events();
  for (let call = ftrace_events; call !== null; call = call.next) {
    for (let f = call.files; f !== null && err === 0; f = f.next) if (in_system(f, tr, s)) err = set_event_enabled(f, on);
  }
  unlock_events();
  return err !== 0 ? s64(err) : trace_written(count, ppos);
}

// ---- filter ----

function event_filter_file_show(m: seq_file, _v: ptr): int {
  const f = m.private as trace_event_file;
  lock_events();
  const alive = event_file_alive(f);
  if (alive) event_filter_show(m, f.filter);
  unlock_events();
  return alive ? 0 : -ENODEV;
}

function event_filter_file_open(inode: inode, file: file): int {
  return single_open(file, event_filter_file_show, inode.i_private);
}

function log_filter_error(tr: trace_array, filter: ptr): void {
  tracing_log_err(
    tr,
    "event filter parse error",
    event_filter_text(filter),
    event_filter_error(filter),
    u64(event_filter_error_pos(filter)),
  );
}

/** "0" takes the filter away; a bad one stays to be shown with its error, and selects everything. */
function apply_filter(f: trace_event_file, text: cstr): int {
  let err: int = 0;
  const old = f.filter;
  if (strcmp(text, "0") === 0) {
    WRITE_ONCE(f.filter, null);
  } else {
    const filter = event_filter_parse(f.call, text, addr(err));
    if (filter === null) return err;
    if (err !== 0) log_filter_error(f.tr, filter);
    WRITE_ONCE(f.filter, filter);
  }
  event_filter_free(old);
  return err;
}

function event_filter_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const f = file.f_inode.i_private as trace_event_file;
  let line: u8[] = null;
  let err = take_line(addr(line), ubuf, count);
  if (err !== 0) return s64(err);
  lock_events();
  err = event_file_alive(f) ? apply_filter(f, strim(line)) : -ENODEV;
  unlock_events();
  kfree(line);
  return err !== 0 ? s64(err) : trace_written(count, ppos);
}

function system_filter_show(m: seq_file, _v: ptr): int {
  seq_puts(m, "### global filter ###\n");
  seq_puts(m, "# Use this to set filters for multiple events.\n");
  seq_puts(m, "# Only events with the given fields will be affected.\n");
  seq_puts(m, "# If no events are modified, an error message will be displayed here\n");
  return 0;
}

function system_filter_open(_inode: inode, file: file): int {
  return single_open(file, system_filter_show, null);
}

/** For every event of the system that has the fields. */
function system_filter_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const s = trace_data_of(file.f_inode) as event_subsystem;
  let line: u8[] = null;
  let done = false;
  let err = take_line(addr(line), ubuf, count);
  if (err !== 0) return s64(err);
  const text = strim(line);
  lock_events();
  for (let call = ftrace_events; call !== null; call = call.next) {
    for (let f = call.files; f !== null; f = f.next) {
      if (!in_system(f, trace_of(file.f_inode), s)) continue;
      const filter = event_filter_parse(call, text, addr(err));
      event_filter_free(filter);
      if (err === 0 || strcmp(text, "0") === 0) done = apply_filter(f, text) === 0 || done;
    }
  }
  unlock_events();
  kfree(line);
  return done ? trace_written(count, ppos) : -EINVAL;
}

// ---- trigger, format, id ----

function trigger_show(m: seq_file, _v: ptr): int {
  const f = m.private as trace_event_file;
  lock_events();
  const alive = event_file_alive(f);
  if (alive) event_triggers_show(m, f);
  unlock_events();
  return alive ? 0 : -ENODEV;
}

function trigger_open(inode: inode, file: file): int {
  return single_open(file, trigger_show, inode.i_private);
}

function trigger_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const f = file.f_inode.i_private as trace_event_file;
  let line: u8[] = null;
  let err = take_line(addr(line), ubuf, count);
  if (err !== 0) return s64(err);
  lock_events();
  err = event_file_alive(f) ? event_trigger_write(f, line) : -ENODEV;
  unlock_events();
  kfree(line);
  return err !== 0 ? s64(err) : trace_written(count, ppos);
}

const common_fields: trace_event_field[] = [
  { type: "unsigned short", name: "common_type", offset: 0, size: 2 },
  { type: "unsigned char", name: "common_flags", offset: 2, size: 1 },
  { type: "unsigned char", name: "common_preempt_count", offset: 3, size: 1 },
  { type: "int", name: "common_pid", offset: 4, size: 4, is_signed: true },
  {},
];

function show_fields(m: seq_file, fields: trace_event_field[]): void {
  for (let i: int = 0; fields !== null && fields[i].name !== null; i++) {
    const f = fields[i];
    seq_printf(m, "\tfield:%s %s;\toffset:%u;\tsize:%u;\tsigned:%d;\n", f.type, f.name, f.offset, f.size, f.is_signed ? 1 : 0);
  }
  seq_puts(m, "\n");
}

function show_format(m: seq_file, call: trace_event_call): void {
  seq_printf(m, "name: %s\nID: %d\nformat:\n", call.name, call.id);
  show_fields(m, common_fields);
  show_fields(m, call.fields);
  seq_printf(m, "print fmt: %s\n", call.print_fmt);
}

function format_show(m: seq_file, _v: ptr): int {
  const f = m.private as trace_event_file;
  lock_events();
  const alive = event_file_alive(f);
  if (alive) show_format(m, f.call);
  unlock_events();
  return alive ? 0 : -ENODEV;
}

function format_open(inode: inode, file: file): int {
  return single_open(file, format_show, inode.i_private);
}

function id_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const f = file.f_inode.i_private as trace_event_file;
  let text: array<u8, 16>;
  lock_events();
  const alive = event_file_alive(f);
  const n = scnprintf(text, 16, "%d\n", alive ? f.call.id : 0);
  unlock_events();
  return alive ? simple_read_from_buffer(ubuf, count, ppos, text, u64(n)) : -ENODEV;
}

// ---- set_event, available_events ----

function available_show(m: seq_file, _v: ptr): int {
  lock_events();
  for (let call = ftrace_events; call !== null; call = call.next) if (!call.no_files) seq_printf(m, "%s:%s\n", call.system, call.name);
  unlock_events();
  return 0;
}

function available_open(_inode: inode, file: file): int {
  return single_open(file, available_show, null);
}

function set_event_show(m: seq_file, _v: ptr): int {
  const tr = m.private as trace_array;
  lock_events();
  for (let call = ftrace_events; call !== null; call = call.next) {
    for (let f = call.files; f !== null; f = f.next) if (f.tr === tr && f.enabled) seq_printf(m, "%s:%s\n", call.system, call.name);
  }
  unlock_events();
  return 0;
}

function set_event_open(inode: inode, file: file): int {
  const tr = trace_of(inode);
  if ((file.f_mode & FMODE_WRITE) !== 0 && (file.f_flags & O_TRUNC) !== 0) {
    lock_events();
    clear_events(tr);
    unlock_events();
  }
  return single_open(file, set_event_show, tr);
}

function is_any(text: cstr): bool {
  return text[0] === 0 || strcmp(text, "*") === 0;
}

/** `system:event`, `system`, `event`; a leading ! switches off. */
function set_event_word(tr: trace_array, word: u8[]): int {
  const off = word[0] === 33;
  const first: u8[] = off ? add(word, 1) : word;
  const colon = strchr(first, 58);
  let event: u8[] = null;
  let found = false;
  if (colon !== null) {
    colon[0] = 0;
    event = add(colon, 1);
  }
  for (let call = ftrace_events; call !== null; call = call.next) {
    let chosen = false;
    if (event === null) chosen = is_any(first) || strcmp(call.system, first) === 0 || strcmp(call.name, first) === 0;
    else chosen = (is_any(first) || strcmp(call.system, first) === 0) && (is_any(event) || strcmp(call.name, event) === 0);
    if (!chosen) continue;
    for (let f = call.files; f !== null; f = f.next) {
      if (f.tr !== tr) continue;
      const err = set_event_enabled(f, !off);
      if (err !== 0) return err;
      found = true;
    }
  }
  return found ? 0 : -EINVAL;
}

function set_event_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let word: array<u8, 128>;
  let len: int = 0;
  let err: int = 0;
  lock_events();
  for (let i: u64 = 0; i <= count && err === 0; i++) {
    let c: u8 = 0;
    if (i < count && copy_from_user(addr(c), add(ubuf, i), 1) !== 0) err = -EFAULT;
    else if (c > 32 && len === 127) err = -EINVAL;
    else if (c > 32) word[len++] = c;
    else if (len > 0) {
      word[len] = 0;
      len = 0;
      err = set_event_word(trace_of(file.f_inode), word);
    }
  }
  unlock_events();
  return err !== 0 ? s64(err) : trace_written(count, ppos);
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

const enable_fops: file_operations = { read: event_enable_read, write: event_enable_write };
const system_enable_fops: file_operations = { read: system_enable_read, write: system_enable_write };
const filter_fops: file_operations = {
  open: event_filter_file_open,
  read: seq_read,
  write: event_filter_write,
  llseek: seq_lseek,
  release: single_release,
};
const system_filter_fops: file_operations = {
  open: system_filter_open,
  read: seq_read,
  write: system_filter_write,
  llseek: seq_lseek,
  release: single_release,
};
const trigger_fops: file_operations = {
  open: trigger_open,
  read: seq_read,
  write: trigger_write,
  llseek: seq_lseek,
  release: single_release,
};
const format_fops: file_operations = { open: format_open, read: seq_read, llseek: seq_lseek, release: single_release };
const id_fops: file_operations = { read: id_read };
const available_fops: file_operations = { open: available_open, read: seq_read, llseek: seq_lseek, release: single_release };
const set_event_fops: file_operations = {
  open: set_event_open,
  read: seq_read,
  write: set_event_write,
  llseek: seq_lseek,
  release: single_release,
};
const header_page_fops: file_operations = { open: header_page_open, read: seq_read, llseek: seq_lseek, release: single_release };

// ---- the tree ----

function get_subsystem(tr: trace_array, call: trace_event_call): event_subsystem {
  let s = subsystems;
  while (s !== null && (s.tr !== tr || strcmp(s.name, call.system) !== 0)) s = s.next;
  if (s !== null && s.dir !== null) return s;
  if (s === null) s = kzalloc(sizeof<event_subsystem>(), GFP_KERNEL) as event_subsystem;
  if (s === null) return null;
  if (s.tr === null) {
    strlcpy(s.name, call.system, 64);
    s.tr = tr;
    s.next = subsystems;
    subsystems = s;
  }
  s.dir = tracefs_create_dir(s.name, tr.event_dir);
  if (!call.no_files) {
    const node = trace_node_new(tr, 0, s);
    tracefs_create_file("filter", 0o640, s.dir, node, system_filter_fops);
    tracefs_create_file("enable", 0o640, s.dir, node, system_enable_fops);
  }
  return s;
}

/** The system stays known: a file of it that is open finds no events, and a new event of that name takes it up again. */
function put_subsystem(tr: trace_array, system: cstr): void {
  let s = subsystems;
  while (s !== null && (s.tr !== tr || strcmp(s.name, system) !== 0)) s = s.next;
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
  f.dir = tracefs_create_dir(call.name, s.dir);
  if (!call.no_files) {
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
  unlock_events();
}
