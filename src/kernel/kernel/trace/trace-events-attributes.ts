// The files of one event beside its switch: filter, trigger, format and id; and the filter of a system, for all its events.

import { EFAULT, EINVAL, ENODEV, ENOMEM } from "linux/errno";
import { type file, type file_operations, type inode, simple_read_from_buffer } from "linux/fs";
import { scnprintf } from "linux/kernel";
import { type seq_file, seq_lseek, seq_printf, seq_puts, seq_read, single_open, single_release } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { strcmp, strim } from "linux/string";
import { copy_from_user } from "linux/uaccess";
import type { trace_array } from "./trace";
import {
  event_file_alive,
  ftrace_events,
  lock_events,
  type trace_event_call,
  type trace_event_field,
  type trace_event_file,
  unlock_events,
} from "./trace-events";
import { type event_subsystem, in_system } from "./trace-events-files";
import {
  event_filter_error,
  event_filter_error_pos,
  event_filter_free,
  event_filter_parse,
  event_filter_show,
  event_filter_text,
} from "./trace-events-filter";
import { event_trigger_write, event_triggers_show } from "./trace-events-trigger";
import { trace_data_of, trace_of, trace_written } from "./trace-nodes";
import { tracing_log_err } from "./trace-probe-error";

notrace_file();

const WRITE_MAX = 255;

/** What is written, trimmed, in memory that the caller frees; an errno. */
function take_line(line: ref<u8[]>[], ubuf: u8[], count: u64): int {
  if (count > u64(WRITE_MAX)) return -EINVAL;
  line[0] = kzalloc(u64(WRITE_MAX + 1), GFP_KERNEL) as u8[];
  if (line[0] === null) return -ENOMEM;
  if (copy_from_user(line[0], ubuf, count) === 0) return 0;
  kfree(line[0]);
  return -EFAULT;
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

export const filter_fops: file_operations = {
  open: event_filter_file_open,
  read: seq_read,
  write: event_filter_write,
  llseek: seq_lseek,
  release: single_release,
};
export const system_filter_fops: file_operations = {
  open: system_filter_open,
  read: seq_read,
  write: system_filter_write,
  llseek: seq_lseek,
  release: single_release,
};
export const trigger_fops: file_operations = {
  open: trigger_open,
  read: seq_read,
  write: trigger_write,
  llseek: seq_lseek,
  release: single_release,
};
export const format_fops: file_operations = { open: format_open, read: seq_read, llseek: seq_lseek, release: single_release };
export const id_fops: file_operations = { read: id_read };
