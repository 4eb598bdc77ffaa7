// trace_options and options/: how entries are shown and what is recorded with them; options of tracers beside those of all traces.

import { EINVAL, ENOMEM } from "linux/errno";
import { type file, type file_operations, type inode, simple_read_from_buffer } from "linux/fs";
import { type seq_file, seq_lseek, seq_printf, seq_read, single_open, single_release } from "linux/seq_file";
import { strcmp, strim, strncmp } from "linux/string";
import { tracefs_create_dir, tracefs_create_file } from "linux/tracefs";
import {
  global_trace,
  lock_tracers,
  nop_trace,
  TRACE_ITER_MARKERS,
  TRACE_ITER_OVERWRITE,
  TRACE_ITER_RECORD_TGID,
  type trace_array,
  trace_types,
  type tracer,
  unlock_tracers,
} from "./trace";
import { tracing_record_tgid } from "./trace-cmdlines";
import { trace_data_of, trace_get_number, trace_get_text, trace_index_of, trace_node_new, trace_of, trace_written } from "./trace-nodes";

notrace_file();

/** By bit of trace_array.flags. */
const trace_options: ref<cstr>[] = [
  "print-parent",
  "sym-offset",
  "sym-addr",
  "verbose",
  "raw",
  "hex",
  "bin",
  "block",
  "trace_printk",
  "annotate",
  "userstacktrace",
  "sym-userobj",
  "printk-msg-only",
  "context-info",
  "latency-format",
  "record-cmd",
  "record-tgid",
  "overwrite",
  "disable_on_free",
  "irq-info",
  "markers",
  "event-fork",
  "pause-on-trace",
  "hash-ptr",
  "function-trace",
  "function-fork",
  "display-graph",
  "stacktrace",
];
const NR_OPTIONS = 28;
/** print-parent, trace_printk, annotate, context-info, record-cmd, overwrite, irq-info, markers, hash-ptr, function-trace */
export const TRACE_DEFAULT_FLAGS = 0x19aa301;
/** trace_printk is of the machine's trace alone. */
const TRACE_ITER_PRINTK = 0x100;

function set_tracer_flag(tr: trace_array, bit: u64, on: bool): int {
  if (((tr.flags & bit) !== u64(0)) === on) return 0;
  if (on) tr.flags |= bit;
  else tr.flags &= ~bit;
  if (bit === u64(TRACE_ITER_OVERWRITE)) tr.buffer.no_overwrite = !on;
  if (bit === u64(TRACE_ITER_RECORD_TGID)) tracing_record_tgid(on);
  return 0;
}

function set_tracer_option(tr: trace_array, t: tracer, bit: u32, on: bool): int {
  if (((t.val & bit) !== u32(0)) === on) return 0;
  if (t.set_flag !== null) {
    const err = t.set_flag(tr, bit, on);
    if (err !== 0) return err;
  }
  if (on) t.val |= bit;
  else t.val &= ~bit;
  return 0;
}

/** `name` or `noname`. The caller holds trace_types_lock. */
function set_option(tr: trace_array, text: cstr): int {
  const off = strncmp(text, "no", 2) === 0;
  const name: u8[] = off ? add(text as u8[], 2) : (text as u8[]);
  for (let i: int = 0; i < NR_OPTIONS; i++) if (strcmp(trace_options[i], name) === 0) return set_tracer_flag(tr, u64(1) << i, !off);
  const t = tr.current_trace;
  for (let i: int = 0; t.opts !== null && t.opts[i].name !== null; i++) {
    if (strcmp(t.opts[i].name, name) === 0) return set_tracer_option(tr, t, t.opts[i].bit, !off);
  }
  return -EINVAL;
}

function options_show(m: seq_file, _v: ptr): int {
  const tr = m.private as trace_array;
  lock_tracers();
  for (let i: int = 0; i < NR_OPTIONS; i++) seq_printf(m, "%s%s\n", ((tr.flags >> i) & u64(1)) !== u64(0) ? "" : "no", trace_options[i]);
  const t = tr.current_trace;
  for (let i: int = 0; t.opts !== null && t.opts[i].name !== null; i++) {
    seq_printf(m, "%s%s\n", (t.val & t.opts[i].bit) !== u32(0) ? "" : "no", t.opts[i].name);
  }
  unlock_tracers();
  return 0;
}

function options_open(inode: inode, file: file): int {
  return single_open(file, options_show, trace_of(inode));
}

function options_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 64>;
  if (count > u64(63)) return -EINVAL;
  let err = trace_get_text(text, ubuf, count);
  if (err !== 0) return s64(err);
  lock_tracers();
  err = set_option(trace_of(file.f_inode), strim(text));
  unlock_tracers();
  return err !== 0 ? s64(err) : trace_written(count, ppos);
}

// ---- options/NAME ----

function flag_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const i = trace_index_of(file.f_inode);
  const on = ((trace_of(file.f_inode).flags >> i) & u64(1)) !== u64(0);
  return simple_read_from_buffer(ubuf, count, ppos, on ? "1\n" : "0\n", 2);
}

function flag_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let value: u64 = 0;
  let err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return s64(err);
  if (value > u64(1)) return -EINVAL;
  lock_tracers();
  err = set_tracer_flag(trace_of(file.f_inode), u64(1) << trace_index_of(file.f_inode), value !== u64(0));
  unlock_tracers();
  return err !== 0 ? s64(err) : trace_written(count, ppos);
}

function opt_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const t = trace_data_of(file.f_inode) as tracer;
  const on = (t.val & u32(trace_index_of(file.f_inode))) !== u32(0);
  return simple_read_from_buffer(ubuf, count, ppos, on ? "1\n" : "0\n", 2);
}

function opt_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const t = trace_data_of(file.f_inode) as tracer;
  let value: u64 = 0;
  let err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return s64(err);
  if (value > u64(1)) return -EINVAL;
  lock_tracers();
  err = set_tracer_option(trace_of(file.f_inode), t, u32(trace_index_of(file.f_inode)), value !== u64(0));
  unlock_tracers();
  return err !== 0 ? s64(err) : trace_written(count, ppos);
}

const options_fops: file_operations = {
  open: options_open,
  read: seq_read,
  write: options_write,
  llseek: seq_lseek,
  release: single_release,
};
const flag_fops: file_operations = { read: flag_read, write: flag_write };
const opt_fops: file_operations = { read: opt_read, write: opt_write };

function create_tracer_options(tr: trace_array, t: tracer): void {
  if (tr !== global_trace && !t.allow_instances) return;
  for (let i: int = 0; t.opts !== null && t.opts[i].name !== null; i++) {
    tracefs_create_file(t.opts[i].name, 0o640, tr.options_dir, trace_node_new(tr, int(t.opts[i].bit), t), opt_fops);
  }
}

export function create_option_files(tr: trace_array): int {
  tr.flags = tr === global_trace ? u64(TRACE_DEFAULT_FLAGS) : global_trace.flags & ~u64(TRACE_ITER_PRINTK);
  tracefs_create_file("trace_options", 0o640, tr.dir, trace_node_new(tr, 0, null), options_fops);
  tr.options_dir = tracefs_create_dir("options", tr.dir);
  if (tr.options_dir === null) return -ENOMEM;
  for (let i: int = 0; i < NR_OPTIONS; i++) {
    if (tr !== global_trace && u64(1) << i === u64(TRACE_ITER_PRINTK)) continue;
    tracefs_create_file(trace_options[i], 0o640, tr.options_dir, trace_node_new(tr, i, null), flag_fops);
  }
  for (let t = trace_types; t !== null; t = t.next) if (t !== nop_trace || tr === global_trace) create_tracer_options(tr, t);
  return 0;
}
