// The files that choose a tracer, and those that the machine's trace alone has.

import { EINVAL } from "linux/errno";
import { type file, type file_operations, type inode, simple_read_from_buffer } from "linux/fs";
import { scnprintf } from "linux/kernel";
import { type seq_file, seq_lseek, seq_puts, seq_read, single_open, single_release } from "linux/seq_file";
import { strim } from "linux/string";
import { tracefs_create_file } from "linux/tracefs";
import { create_filter_files } from "./ftrace-files";
import { ftrace_total_info } from "./ftrace-pages";
import { global_trace, lock_tracers, type trace_array, trace_types, tracing_set_tracer, unlock_tracers } from "./trace";
import { create_buffer_files } from "./trace-buffer-files";
import { saved_cmdlines_resize, saved_cmdlines_show, saved_cmdlines_size, saved_tgids_show } from "./trace-cmdlines";
import { create_event_files } from "./trace-events-files";
import { fgraph_max_depth, set_fgraph_max_depth } from "./trace-functions-graph";
import { trace_marker_fops, trace_marker_raw_fops } from "./trace-marker";
import { trace_get_number, trace_get_text, trace_node_new, trace_of, trace_read_number, trace_written } from "./trace-nodes";
import { create_option_files } from "./trace-options";
import { create_pid_files } from "./trace-pid-files";
import { create_error_log } from "./trace-probe-error";
import { trace_readme } from "./trace-readme";

notrace_file();

function available_tracers_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 256>;
  let n: int = 0;
  const tr = trace_of(file.f_inode);
  lock_tracers();
  for (let t = trace_types; t !== null; t = t.next) {
    if (tr === global_trace || t.allow_instances) n += scnprintf(add(text, n), u64(256 - n), "%s%s", n === 0 ? "" : " ", t.name);
  }
  unlock_tracers();
  n += scnprintf(add(text, n), u64(256 - n), "\n");
  return simple_read_from_buffer(ubuf, count, ppos, text, u64(n));
}

function current_tracer_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 64>;
  const n = scnprintf(text, 64, "%s\n", trace_of(file.f_inode).current_trace.name);
  return simple_read_from_buffer(ubuf, count, ppos, text, u64(n));
}

function current_tracer_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 64>;
  let err = trace_get_text(text, ubuf, count);
  if (err !== 0) return s64(err);
  lock_tracers();
  err = tracing_set_tracer(trace_of(file.f_inode), strim(text));
  unlock_tracers();
  return err !== 0 ? s64(err) : trace_written(count, ppos);
}

function thresh_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  return trace_read_number(trace_of(file.f_inode).tracing_thresh / u64(1000), ubuf, count, ppos);
}

function thresh_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let value: u64 = 0;
  const err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return s64(err);
  trace_of(file.f_inode).tracing_thresh = value * u64(1000);
  return trace_written(count, ppos);
}

function max_depth_read(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  return trace_read_number(u64(fgraph_max_depth), ubuf, count, ppos);
}

function max_depth_write(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let value: u64 = 0;
  const err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return s64(err);
  set_fgraph_max_depth(u32(value));
  return trace_written(count, ppos);
}

function cmdlines_open(_inode: inode, file: file): int {
  return single_open(file, saved_cmdlines_show, null);
}

function tgids_open(_inode: inode, file: file): int {
  return single_open(file, saved_tgids_show, null);
}

function cmdlines_size_read(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  return trace_read_number(u64(saved_cmdlines_size()), ubuf, count, ppos);
}

/** PID_MAX_DEFAULT names at most. */
function cmdlines_size_write(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let value: u64 = 0;
  let err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return s64(err);
  if (value === u64(0) || value > u64(32768)) return -EINVAL;
  lock_tracers();
  err = saved_cmdlines_resize(u32(value));
  unlock_tracers();
  return err !== 0 ? s64(err) : trace_written(count, ppos);
}

function total_info_read(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 64>;
  return simple_read_from_buffer(ubuf, count, ppos, text, u64(ftrace_total_info(text, 64)));
}

function readme_show(m: seq_file, _v: ptr): int {
  seq_puts(m, trace_readme);
  return 0;
}

function readme_open(_inode: inode, file: file): int {
  return single_open(file, readme_show, null);
}

function empty_show(_m: seq_file, _v: ptr): int {
  return 0;
}

function empty_open(_inode: inode, file: file): int {
  return single_open(file, empty_show, null);
}

const available_tracers_fops: file_operations = { read: available_tracers_read };
const current_tracer_fops: file_operations = { read: current_tracer_read, write: current_tracer_write };
const thresh_fops: file_operations = { read: thresh_read, write: thresh_write };
const max_depth_fops: file_operations = { read: max_depth_read, write: max_depth_write };
const cmdlines_fops: file_operations = { open: cmdlines_open, read: seq_read, llseek: seq_lseek, release: single_release };
const tgids_fops: file_operations = { open: tgids_open, read: seq_read, llseek: seq_lseek, release: single_release };
const cmdlines_size_fops: file_operations = { read: cmdlines_size_read, write: cmdlines_size_write };
const total_info_fops: file_operations = { read: total_info_read };
const readme_fops: file_operations = { open: readme_open, read: seq_read, llseek: seq_lseek, release: single_release };
const empty_fops: file_operations = { open: empty_open, read: seq_read, llseek: seq_lseek, release: single_release };

/** What every trace has. tr.dir is null for the machine's own: the root of tracefs. */
export function create_trace_files(tr: trace_array): void {
  const node = trace_node_new(tr, -1, null);
  tracefs_create_file("available_tracers", 0o440, tr.dir, node, available_tracers_fops);
  tracefs_create_file("current_tracer", 0o640, tr.dir, node, current_tracer_fops);
  tracefs_create_file("trace_marker", 0o220, tr.dir, node, trace_marker_fops);
  tracefs_create_file("trace_marker_raw", 0o220, tr.dir, node, trace_marker_raw_fops);
  create_buffer_files(tr);
  create_option_files(tr);
  create_filter_files(tr);
  create_pid_files(tr);
  create_error_log(tr);
  create_event_files(tr);
}

export function init_trace_files(): void {
  const node = trace_node_new(global_trace, -1, null);
  global_trace.buffer.on = 1;
  create_trace_files(global_trace);
  tracefs_create_file("README", 0o440, null, node, readme_fops);
  tracefs_create_file("tracing_thresh", 0o640, null, node, thresh_fops);
  tracefs_create_file("max_graph_depth", 0o640, null, node, max_depth_fops);
  tracefs_create_file("saved_cmdlines", 0o440, null, node, cmdlines_fops);
  tracefs_create_file("saved_cmdlines_size", 0o640, null, node, cmdlines_size_fops);
  tracefs_create_file("saved_tgids", 0o440, null, node, tgids_fops);
  tracefs_create_file("dyn_ftrace_total_info", 0o440, null, node, total_info_fops);
  tracefs_create_file("printk_formats", 0o440, null, node, empty_fops);
}
init(init_trace_files);
