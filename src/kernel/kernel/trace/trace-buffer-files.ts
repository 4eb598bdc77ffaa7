// The files about a trace's buffer: its size, whether it takes entries, of which CPUs, by which clock, and what became of them.

import { EINVAL, ENOMEM, EOVERFLOW } from "linux/errno";
import { type file, type file_operations, type inode, simple_read_from_buffer } from "linux/fs";
import { kstrtoul, scnprintf } from "linux/kernel";
import { type seq_file, seq_lseek, seq_printf, seq_putc, seq_puts, seq_read, single_open, single_release } from "linux/seq_file";
import { NR_CPUS } from "linux/smp";
import { strim } from "linux/string";
import { tracefs_create_dir, tracefs_create_file } from "linux/tracefs";
import { cpu_online, num_online_cpus } from "../cpu";
import { ring_entries, ring_is_on, ring_of, ring_oldest_ts, ring_set_on } from "./ring_buffer";
import { lock_tracers, ring_kb, type trace_array, tracing_reset_online_cpus, tracing_resize, unlock_tracers } from "./trace";
import { trace_clock_find, trace_clock_in_ns, trace_clock_name, trace_clock_read } from "./trace-clock";
import {
  trace_get_number,
  trace_get_text,
  trace_index_of,
  trace_node_new,
  trace_nop_write,
  trace_of,
  trace_read_number,
  trace_written,
} from "./trace-nodes";
import { trace_pipe_fops } from "./trace-pipe";
import { trace_fops } from "./trace-read";
import { snapshot_fops } from "./trace-snapshot";

notrace_file();

const SIZE_MAX_KB = 16384;

function tracing_on_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  return simple_read_from_buffer(ubuf, count, ppos, ring_is_on(trace_of(file.f_inode).buffer) ? "1\n" : "0\n", 2);
}

function tracing_on_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let value: u64 = 0;
  const err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return s64(err);
  ring_set_on(trace_of(file.f_inode).buffer, value !== u64(0) ? u32(1) : u32(0));
  ppos[0]++;
  return s64(count);
}

/** X: the CPUs' rings differ. */
function buffer_size_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 64>;
  const tr = trace_of(file.f_inode);
  const cpu = trace_index_of(file.f_inode);
  const kb = ring_kb(tr, cpu < 0 ? 0 : cpu);
  let same = true;
  for (let i: int = 0; i < NR_CPUS; i++) if (cpu < 0 && cpu_online(i) && ring_kb(tr, i) !== kb) same = false;
  let n: int = 0;
  if (!same) n = scnprintf(text, 64, "X\n");
  else if (tr.expanded) n = scnprintf(text, 64, "%lu\n", kb);
  else n = scnprintf(text, 64, "%lu (expanded: %lu)\n", kb, tr.kb);
  return simple_read_from_buffer(ubuf, count, ppos, text, u64(n));
}

function buffer_size_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let value: u64 = 0;
  const err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return s64(err);
  if (value === u64(0)) return -EINVAL;
  if (value > u64(SIZE_MAX_KB)) return -ENOMEM;
  lock_tracers();
  const done = tracing_resize(trace_of(file.f_inode), value, trace_index_of(file.f_inode));
  unlock_tracers();
  return done ? trace_written(count, ppos) : -ENOMEM;
}

function buffer_total_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 64>;
  const tr = trace_of(file.f_inode);
  let total: u64 = 0;
  for (let i: int = 0; i < NR_CPUS; i++) if (cpu_online(i)) total += ring_kb(tr, i);
  const n = tr.expanded
    ? scnprintf(text, 64, "%lu\n", total)
    : scnprintf(text, 64, "%lu (expanded: %lu)\n", total, tr.kb * u64(num_online_cpus()));
  return simple_read_from_buffer(ubuf, count, ppos, text, u64(n));
}

/** A write does nothing: closing shrinks the buffer to almost nothing. */
function free_buffer_release(inode: inode, _file: file): int {
  lock_tracers();
  tracing_resize(trace_of(inode), 1, -1);
  unlock_tracers();
  return 0;
}

// ---- trace_clock, timestamp_mode ----

function clock_show(m: seq_file, _v: ptr): int {
  const tr = m.private as trace_array;
  for (let i: int = 0; trace_clock_name(i) !== null; i++) {
    seq_printf(m, i === tr.buffer.clock ? "%s[%s]" : "%s%s", i === 0 ? "" : " ", trace_clock_name(i));
  }
  seq_putc(m, 10);
  return 0;
}

function clock_open(inode: inode, file: file): int {
  return single_open(file, clock_show, trace_of(inode));
}

/** Times of two clocks do not mix: the buffer is emptied. */
export function tracing_set_clock(tr: trace_array, clock: int): void {
  tr.buffer.clock = clock;
  tr.max.clock = clock;
  tracing_reset_online_cpus(tr.buffer);
  tracing_reset_online_cpus(tr.max);
}

function clock_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 64>;
  const err = trace_get_text(text, ubuf, count);
  if (err !== 0) return s64(err);
  const clock = trace_clock_find(strim(text));
  if (clock < 0) return s64(clock);
  lock_tracers();
  tracing_set_clock(trace_of(file.f_inode), clock);
  unlock_tracers();
  return trace_written(count, ppos);
}

function timestamp_mode_show(m: seq_file, _v: ptr): int {
  seq_puts(m, "[delta] absolute\n");
  return 0;
}

function timestamp_mode_open(_inode: inode, file: file): int {
  return single_open(file, timestamp_mode_show, null);
}

// ---- tracing_cpumask, buffer_percent, tracing_max_latency ----

function cpumask_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 16>;
  const n = scnprintf(text, 16, "%lx\n", trace_of(file.f_inode).cpumask);
  return simple_read_from_buffer(ubuf, count, ppos, text, u64(n));
}

function cpumask_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 64>;
  let value: u64 = 0;
  const err = trace_get_text(text, ubuf, count);
  if (err !== 0) return s64(err);
  if (kstrtoul(strim(text), 16, addr(value)) !== 0) return -EINVAL;
  if (value >= u64(1) << num_online_cpus()) return -EOVERFLOW;
  trace_of(file.f_inode).cpumask = value;
  return trace_written(count, ppos);
}

function percent_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  return trace_read_number(u64(trace_of(file.f_inode).buffer_percent), ubuf, count, ppos);
}

function percent_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let value: u64 = 0;
  const err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return s64(err);
  if (value > u64(100)) return -EINVAL;
  trace_of(file.f_inode).buffer_percent = u32(value);
  return trace_written(count, ppos);
}

function max_latency_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  return trace_read_number(trace_of(file.f_inode).max_latency / u64(1000), ubuf, count, ppos);
}

function max_latency_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let value: u64 = 0;
  const err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return s64(err);
  trace_of(file.f_inode).max_latency = value * u64(1000);
  return trace_written(count, ppos);
}

// ---- per_cpu/cpuN/stats ----

function stat_time(m: seq_file, what: cstr, ts: u64, in_ns: bool): void {
  const us = (ts + u64(500)) / u64(1000);
  if (in_ns) seq_printf(m, "%s: %5lu.%06lu\n", what, us / u64(1000000), us % u64(1000000));
  else seq_printf(m, "%s: %lu\n", what, ts);
}

function stats_show(m: seq_file, _v: ptr): int {
  const inode = m.private as inode;
  const b = trace_of(inode).buffer;
  const cpu = trace_index_of(inode);
  const r = ring_of(b, cpu);
  const in_ns = trace_clock_in_ns(b.clock);
  let oldest: u64 = 0;
  ring_oldest_ts(b, cpu, addr(oldest));
  seq_printf(m, "entries: %lu\noverrun: %lu\ncommit overrun: 0\n", ring_entries(b, cpu), r.overrun);
  seq_printf(m, "bytes: %lu\n", r.head - r.tail);
  stat_time(m, "oldest event ts", oldest, in_ns);
  stat_time(m, "now ts", trace_clock_read(b.clock), in_ns);
  seq_printf(m, "dropped events: %lu\nread events: %lu\n", r.dropped, r.read);
  return 0;
}

function stats_open(inode: inode, file: file): int {
  return single_open(file, stats_show, inode);
}

const tracing_on_fops: file_operations = { read: tracing_on_read, write: tracing_on_write };
const buffer_size_fops: file_operations = { read: buffer_size_read, write: buffer_size_write };
const buffer_total_fops: file_operations = { read: buffer_total_read };
const free_buffer_fops: file_operations = { write: trace_nop_write, release: free_buffer_release };
const clock_fops: file_operations = { open: clock_open, read: seq_read, write: clock_write, llseek: seq_lseek, release: single_release };
const timestamp_mode_fops: file_operations = { open: timestamp_mode_open, read: seq_read, llseek: seq_lseek, release: single_release };
const cpumask_fops: file_operations = { read: cpumask_read, write: cpumask_write };
const percent_fops: file_operations = { read: percent_read, write: percent_write };
const max_latency_fops: file_operations = { read: max_latency_read, write: max_latency_write };
const stats_fops: file_operations = { open: stats_open, read: seq_read, llseek: seq_lseek, release: single_release };

function create_cpu_files(tr: trace_array): void {
  const dir = tracefs_create_dir("per_cpu", tr.dir);
  let name: array<u8, 16>;
  for (let cpu: int = 0; cpu < NR_CPUS && dir !== null; cpu++) {
    if (!cpu_online(cpu)) continue;
    scnprintf(name, 16, "cpu%d", cpu);
    const d = tracefs_create_dir(name, dir);
    const node = trace_node_new(tr, cpu, null);
    if (d === null || node === null) return;
    tracefs_create_file("trace_pipe", 0o440, d, node, trace_pipe_fops);
    tracefs_create_file("trace", 0o640, d, node, trace_fops);
    tracefs_create_file("stats", 0o440, d, node, stats_fops);
    tracefs_create_file("buffer_size_kb", 0o640, d, node, buffer_size_fops);
    tracefs_create_file("snapshot", 0o640, d, node, snapshot_fops);
  }
}

export function create_buffer_files(tr: trace_array): void {
  const all = trace_node_new(tr, -1, null);
  tr.cpumask = (u64(1) << num_online_cpus()) - u64(1);
  tracefs_create_file("tracing_on", 0o640, tr.dir, all, tracing_on_fops);
  tracefs_create_file("trace", 0o640, tr.dir, all, trace_fops);
  tracefs_create_file("trace_pipe", 0o440, tr.dir, all, trace_pipe_fops);
  tracefs_create_file("snapshot", 0o640, tr.dir, all, snapshot_fops);
  tracefs_create_file("buffer_size_kb", 0o640, tr.dir, all, buffer_size_fops);
  tracefs_create_file("buffer_total_size_kb", 0o440, tr.dir, all, buffer_total_fops);
  tracefs_create_file("free_buffer", 0o200, tr.dir, all, free_buffer_fops);
  tracefs_create_file("buffer_percent", 0o640, tr.dir, all, percent_fops);
  tracefs_create_file("trace_clock", 0o640, tr.dir, all, clock_fops);
  tracefs_create_file("timestamp_mode", 0o440, tr.dir, all, timestamp_mode_fops);
  tracefs_create_file("tracing_cpumask", 0o640, tr.dir, all, cpumask_fops);
  tracefs_create_file("tracing_max_latency", 0o640, tr.dir, all, max_latency_fops);
  create_cpu_files(tr);
}
