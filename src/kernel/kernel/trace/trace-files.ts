// The files of tracefs that are about the trace as a whole: the tracer, the switch, the buffer's contents and size, markers, the traced tasks.

import { get_current } from "linux/current";
import { EAGAIN, EBADF, EFAULT, EINVAL, ENODEV, ENOMEM, ERESTARTSYS } from "linux/errno";
import { O_NONBLOCK, O_TRUNC } from "linux/fcntl";
import { FMODE_READ, FMODE_WRITE, type file, type file_operations, type inode, nonseekable_open, simple_read_from_buffer } from "linux/fs";
import { HZ } from "linux/jiffies";
import { kstrtoul, scnprintf } from "linux/kernel";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { schedule_timeout_interruptible, signal_pending } from "linux/sched";
import {
  type seq_file,
  seq_lseek,
  seq_open,
  type seq_operations,
  seq_printf,
  seq_puts,
  seq_read,
  seq_release,
  single_open,
  single_release,
} from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { NR_CPUS } from "linux/smp";
import { memcpy, strcmp, strim } from "linux/string";
import { tracefs_create_dir, tracefs_create_file } from "linux/tracefs";
import { copy_from_user, copy_to_user } from "linux/uaccess";
import { cpu_online, num_online_cpus } from "../cpu";
import {
  RING_ENTRY_HEAD,
  RING_ENTRY_MAX,
  type ring_cursor,
  ring_empty,
  ring_entries,
  type ring_entry,
  ring_is_on,
  ring_next,
  ring_of,
  ring_overrun,
  ring_reset,
  ring_rewind,
  ring_set_on,
} from "./ring_buffer";
import {
  current_trace,
  lock_tracers,
  pid_filter,
  type print_entry,
  ring_buffer_expanded,
  ring_kb,
  TRACE_PRINT,
  trace_begin,
  trace_buf_kb,
  trace_commit,
  trace_hide_current,
  trace_pid_clear,
  trace_pid_is_set,
  trace_pid_set,
  trace_types,
  tracing_resize,
  tracing_set_tracer,
  tracing_update_buffers,
  unlock_tracers,
} from "./trace";
import { graph_flush, graph_state_size } from "./trace-functions-graph";
import { print_func_help_header_irq, print_trace_line } from "./trace-output";

notrace_file();

/** Files whose i_private is a CPU's number + 1 (0: all CPUs). */
function cpu_of(inode: inode): int {
  return int(u64(inode.i_private)) - 1;
}

/** The text of a short write, trimmed, NUL-terminated in `text` (64 bytes). */
export function trace_get_text(text: u8[], ubuf: u8[], count: u64): int {
  const n: u64 = count < u64(63) ? count : u64(63);
  if (copy_from_user(text, ubuf, n) !== 0) return -EFAULT;
  text[n] = 0;
  return 0;
}

/** A number; -EINVAL for anything else. */
export function trace_get_number(value: u64[], ubuf: u8[], count: u64): int {
  let text: array<u8, 64>;
  if (count > u64(63)) return -EINVAL;
  const err = trace_get_text(text, ubuf, count);
  return err !== 0 ? err : kstrtoul(strim(text), 10, value);
}

// ---- current_tracer, available_tracers, tracing_on ----

function available_tracers_read(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 256>;
  let n: int = 0;
  lock_tracers();
  for (let t = trace_types; t !== null; t = t.next) {
    n += scnprintf(add(text, n), u64(256 - n), "%s%s", t.name, t.next === null ? "\n" : " ");
  }
  unlock_tracers();
  return simple_read_from_buffer(ubuf, count, ppos, text, u64(n));
}

function current_tracer_read(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 64>;
  const n = scnprintf(text, 64, "%s\n", current_trace.name);
  return simple_read_from_buffer(ubuf, count, ppos, text, u64(n));
}

function current_tracer_write(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 64>;
  let err = trace_get_text(text, ubuf, count);
  if (err !== 0) return s64(err);
  lock_tracers();
  err = tracing_set_tracer(strim(text));
  unlock_tracers();
  if (err !== 0) return s64(err);
  ppos[0] += s64(count);
  return s64(count);
}

function tracing_on_read(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  return simple_read_from_buffer(ubuf, count, ppos, ring_is_on() ? "1\n" : "0\n", 2);
}

function tracing_on_write(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let value: u64 = 0;
  const err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return s64(err);
  ring_set_on(value !== u64(0) ? u32(1) : u32(0));
  ppos[0]++;
  return s64(count);
}

// ---- trace ----

/** A reader of the trace that leaves it as it is: entry `pos` is the one in `ent`. */
interface trace_reader extends struct<"trace_reader"> {
  cursor?: embed<ring_cursor>;
  ent?: ring_entry;
  state?: ptr;
  /** The entry that ent holds: 0 the header, -1 none yet. */
  at?: s64;
  ended?: bool;
}

function rewind(r: trace_reader): void {
  ring_rewind(r.cursor);
  r.at = -1;
  r.ended = false;
  const state = r.state as u8[];
  for (let i: u64 = 0; i < graph_state_size(); i++) state[i] = 0;
}

/** Position 0 is the header, the last one (at the end) flushes the graph tracer's waiting entries. */
function advance(r: trace_reader): bool {
  if (r.ended) return false;
  r.at++;
  if (r.at === 0) return true;
  if (ring_next(r.cursor, r.ent, false)) return true;
  r.ended = true;
  return true;
}

function trace_seq_start(m: seq_file, pos: s64[]): ptr {
  const r = m.private as trace_reader;
  trace_hide_current(true);
  // A page that was full: the entry at pos is already here.
  if (r.at === pos[0]) return r;
  if (r.at > pos[0] || r.at < 0 || pos[0] === 0) rewind(r);
  while (r.at < pos[0]) if (!advance(r)) return null;
  return r;
}

function trace_seq_next(m: seq_file, _v: ptr, pos: s64[]): ptr {
  const r = m.private as trace_reader;
  pos[0]++;
  return advance(r) ? r : null;
}

function trace_seq_stop(_m: seq_file, _v: ptr): void {
  trace_hide_current(false);
}

function print_header(m: seq_file, cpu: int): void {
  if (current_trace.print_header !== null) {
    current_trace.print_header(m);
    return;
  }
  const entries = ring_entries(cpu);
  seq_printf(m, "# tracer: %s\n#\n", current_trace.name);
  seq_printf(m, "# entries-in-buffer/entries-written: %lu/%lu   #P:%d\n#\n", entries, entries + ring_overrun(cpu), num_online_cpus());
  print_func_help_header_irq(m);
}

function print_entry_line(m: seq_file, e: ring_entry, state: ptr): void {
  if (current_trace.print_line !== null && current_trace.print_line(m, e, state)) return;
  print_trace_line(m, e);
}

function trace_seq_show(m: seq_file, _v: ptr): int {
  const r = m.private as trace_reader;
  if (r.at === 0) print_header(m, r.cursor.cpu);
  else if (r.ended) graph_flush(m, r.state);
  else print_entry_line(m, r.ent, r.state);
  return 0;
}

const tracer_seq_ops: seq_operations = { start: trace_seq_start, next: trace_seq_next, stop: trace_seq_stop, show: trace_seq_show };

function reset_rings(cpu: int): void {
  for (let i: int = 0; i < NR_CPUS; i++) if (cpu_online(i) && (cpu < 0 || cpu === i)) ring_reset(i);
}

function trace_open(inode: inode, file: file): int {
  if ((file.f_mode & FMODE_WRITE) !== 0 && (file.f_flags & O_TRUNC) !== 0) reset_rings(cpu_of(inode));
  if ((file.f_mode & FMODE_READ) === 0) return 0;
  const r = kzalloc(sizeof<trace_reader>(), GFP_KERNEL) as trace_reader;
  if (r === null) return -ENOMEM;
  r.ent = kzalloc(RING_ENTRY_MAX, GFP_KERNEL) as ring_entry;
  r.state = kzalloc(graph_state_size(), GFP_KERNEL);
  r.cursor.cpu = cpu_of(inode);
  r.at = -1;
  const err = r.ent === null || r.state === null ? -ENOMEM : seq_open(file, tracer_seq_ops);
  if (err !== 0) {
    free_reader(r);
    return err;
  }
  (file.private_data as seq_file).private = r;
  return 0;
}

function free_reader(r: trace_reader): void {
  kfree(r.ent);
  kfree(r.state);
  kfree(r);
}

function trace_release(inode: inode, file: file): int {
  if ((file.f_mode & FMODE_READ) === 0) return 0;
  const m = file.private_data as seq_file;
  free_reader(m.private as trace_reader);
  return seq_release(inode, file);
}

/** Opening it has cleared the trace; what is written does not matter. */
function trace_write(_file: file, _ubuf: u8[], count: u64, ppos: s64[]): s64 {
  ppos[0] += s64(count);
  return s64(count);
}

function trace_lseek(file: file, offset: s64, whence: int): s64 {
  if ((file.f_mode & FMODE_READ) !== 0) return seq_lseek(file, offset, whence);
  file.f_pos = 0;
  return 0;
}

// ---- trace_pipe ----

const PIPE_TEXT = 8192;

/** Of one open trace_pipe: text that was made of entries and not yet read. */
interface trace_pipe extends struct<"trace_pipe"> {
  cursor?: embed<ring_cursor>;
  ent?: ring_entry;
  state?: ptr;
  m?: embed<seq_file>;
  pos?: u64;
}

function pipe_open(inode: inode, file: file): int {
  const p = kzalloc(sizeof<trace_pipe>(), GFP_KERNEL) as trace_pipe;
  if (p === null) return -ENOMEM;
  p.ent = kzalloc(RING_ENTRY_MAX, GFP_KERNEL) as ring_entry;
  p.state = kzalloc(graph_state_size(), GFP_KERNEL);
  p.m.buf = kzalloc(PIPE_TEXT, GFP_KERNEL) as u8[];
  p.m.size = PIPE_TEXT;
  p.cursor.cpu = cpu_of(inode);
  file.private_data = p;
  if (p.ent !== null && p.state !== null && p.m.buf !== null) return nonseekable_open(inode, file);
  pipe_free(p);
  return -ENOMEM;
}

function pipe_free(p: trace_pipe): void {
  kfree(p.ent);
  kfree(p.state);
  kfree(p.m.buf);
  kfree(p);
}

function pipe_release(_inode: inode, file: file): int {
  pipe_free(file.private_data as trace_pipe);
  return 0;
}

/** Lines of the oldest entries, as many as surely fit. */
function pipe_fill(p: trace_pipe): void {
  p.m.count = 0;
  p.pos = 0;
  while (p.m.count < u64(PIPE_TEXT - RING_ENTRY_MAX * 2) && ring_next(p.cursor, p.ent, true)) print_entry_line(p.m, p.ent, p.state);
  if (p.m.count === u64(0)) graph_flush(p.m, p.state);
}

function pipe_read(file: file, ubuf: u8[], count: u64, _ppos: s64[]): s64 {
  const p = file.private_data as trace_pipe;
  while (p.pos === p.m.count) {
    pipe_fill(p);
    if (p.m.count !== u64(0)) break;
    if ((file.f_flags & O_NONBLOCK) !== 0) return -EAGAIN;
    if (signal_pending(get_current())) return -ERESTARTSYS;
    // Tracers may not wake anybody (they run within the scheduler too), so readers look.
    schedule_timeout_interruptible(HZ / 10);
  }
  const left: u64 = p.m.count - p.pos;
  const n: u64 = left < count ? left : count;
  if (copy_to_user(ubuf, add(p.m.buf, p.pos), n) !== 0) return -EFAULT;
  p.pos += n;
  return s64(n);
}

// ---- trace_marker ----

const MARKER_MAX = 1024;

export function tracing_mark_write(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const n: u64 = count < u64(MARKER_MAX) ? count : u64(MARKER_MAX);
  const text = kzalloc(u64(MARKER_MAX + 2), GFP_KERNEL) as u8[];
  if (text === null) return -ENOMEM;
  if (copy_from_user(text, ubuf, n) !== 0) {
    kfree(text);
    return -EFAULT;
  }
  let len = n;
  if (len === u64(0) || text[len - u64(1)] !== 10) {
    text[len] = 10;
    len++;
  }
  let ret: s64 = s64(n);
  const flags = read_rflags();
  cli();
  const e = trace_begin(u16(TRACE_PRINT), u64(8) + len + u64(1), flags, 0) as print_entry;
  if (e !== null) {
    e.ip = u64(tracing_mark_write);
    const to = at<u8[]>(u64(e) + u64(RING_ENTRY_HEAD + 8));
    memcpy(to, text, len);
    to[len] = 0;
    trace_commit(e.ent);
  } else if (!ring_is_on()) {
    ret = -EBADF;
  }
  if ((flags & u64(0x200)) !== u64(0)) sti();
  kfree(text);
  ppos[0] += s64(n);
  return ret;
}

/** Markers need a tracing buffer that is switched on. */
function marker_open(inode: inode, file: file): int {
  return nonseekable_open(inode, file);
}

// ---- buffer_size_kb, buffer_total_size_kb, free_buffer ----

function buffer_size_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 64>;
  const cpu = cpu_of(file.f_inode);
  const n = ring_buffer_expanded
    ? scnprintf(text, 64, "%lu\n", ring_kb(cpu < 0 ? 0 : cpu))
    : scnprintf(text, 64, "7 (expanded: %lu)\n", trace_buf_kb);
  return simple_read_from_buffer(ubuf, count, ppos, text, u64(n));
}

function buffer_size_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let value: u64 = 0;
  const err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return s64(err);
  if (value === u64(0)) return -EINVAL;
  if (value > u64(16384)) return -ENOMEM;
  lock_tracers();
  const done = tracing_resize(value, cpu_of(file.f_inode));
  unlock_tracers();
  if (!done) return -ENOMEM;
  ppos[0] += s64(count);
  return s64(count);
}

function buffer_total_read(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 64>;
  let total: u64 = 0;
  for (let i: int = 0; i < NR_CPUS; i++) if (cpu_online(i)) total += ring_buffer_expanded ? ring_kb(i) : u64(7);
  const cpus = u64(num_online_cpus());
  const n = ring_buffer_expanded
    ? scnprintf(text, 64, "%lu\n", total)
    : scnprintf(text, 64, "%lu (expanded: %lu)\n", total, trace_buf_kb * cpus);
  return simple_read_from_buffer(ubuf, count, ppos, text, u64(n));
}

// ---- set_ftrace_pid ----

function pid_show(m: seq_file, _v: ptr): int {
  if (!pid_filter) {
    seq_puts(m, "no pid\n");
    return 0;
  }
  for (let pid: int = 0; pid < 32768; pid++) if (trace_pid_is_set(pid)) seq_printf(m, "%d\n", pid);
  return 0;
}

function pid_open(_inode: inode, file: file): int {
  if ((file.f_mode & FMODE_WRITE) !== 0 && (file.f_flags & O_TRUNC) !== 0) trace_pid_clear();
  return single_open(file, pid_show, null);
}

function pid_write(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 64>;
  const err = trace_get_text(text, ubuf, count);
  if (err !== 0) return s64(err);
  let i: int = 0;
  while (text[i] !== 0) {
    if (text[i] <= 32) {
      i++;
      continue;
    }
    let pid: int = 0;
    while (text[i] > 32) {
      if (text[i] < 48 || text[i] > 57 || pid > 3276) return -EINVAL;
      pid = pid * 10 + int(text[i]) - 48;
      i++;
    }
    trace_pid_set(pid, true);
  }
  ppos[0] += s64(count);
  return s64(count);
}

// ---- trace_clock, per_cpu/cpuN/stats ----

function clock_show(m: seq_file, _v: ptr): int {
  seq_puts(m, "[local]\n");
  return 0;
}

function clock_open(_inode: inode, file: file): int {
  return single_open(file, clock_show, null);
}

function clock_write(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 64>;
  const err = trace_get_text(text, ubuf, count);
  if (err !== 0) return s64(err);
  if (strcmp(strim(text), "local") !== 0) return -EINVAL;
  ppos[0] += s64(count);
  return s64(count);
}

function stats_show(m: seq_file, _v: ptr): int {
  const cpu = int(u64(m.private)) - 1;
  const r = ring_of(cpu);
  seq_printf(m, "entries: %lu\noverrun: %lu\ncommit overrun: 0\n", ring_entries(cpu), r.overrun);
  seq_printf(m, "bytes: %lu\n", r.head - r.tail);
  seq_printf(m, "dropped events: %lu\nread events: %lu\n", r.dropped, r.read);
  return 0;
}

function stats_open(inode: inode, file: file): int {
  return single_open(file, stats_show, inode.i_private);
}

const available_tracers_fops: file_operations = { read: available_tracers_read };
const current_tracer_fops: file_operations = { read: current_tracer_read, write: current_tracer_write };
const tracing_on_fops: file_operations = { read: tracing_on_read, write: tracing_on_write };
const trace_fops: file_operations = { open: trace_open, read: seq_read, write: trace_write, llseek: trace_lseek, release: trace_release };
const trace_pipe_fops: file_operations = { open: pipe_open, read: pipe_read, release: pipe_release };
const trace_marker_fops: file_operations = { open: marker_open, write: tracing_mark_write };
const buffer_size_fops: file_operations = { read: buffer_size_read, write: buffer_size_write };
const buffer_total_fops: file_operations = { read: buffer_total_read };
const pid_fops: file_operations = { open: pid_open, read: seq_read, write: pid_write, llseek: seq_lseek, release: single_release };
const clock_fops: file_operations = { open: clock_open, read: seq_read, write: clock_write, llseek: seq_lseek, release: single_release };
const stats_fops: file_operations = { open: stats_open, read: seq_read, llseek: seq_lseek, release: single_release };

function create_cpu_files(): void {
  const dir = tracefs_create_dir("per_cpu", null);
  let name: array<u8, 16>;
  for (let cpu: int = 0; cpu < NR_CPUS && dir !== null; cpu++) {
    if (!cpu_online(cpu)) continue;
    scnprintf(name, 16, "cpu%d", cpu);
    const d = tracefs_create_dir(name, dir);
    const data = at<ptr>(u64(cpu + 1));
    if (d === null) return;
    tracefs_create_file("trace", 0o640, d, data, trace_fops);
    tracefs_create_file("trace_pipe", 0o440, d, data, trace_pipe_fops);
    tracefs_create_file("buffer_size_kb", 0o640, d, data, buffer_size_fops);
    tracefs_create_file("stats", 0o440, d, data, stats_fops);
  }
}

export function init_trace_files(): void {
  tracefs_create_file("available_tracers", 0o440, null, null, available_tracers_fops);
  tracefs_create_file("current_tracer", 0o640, null, null, current_tracer_fops);
  tracefs_create_file("tracing_on", 0o640, null, null, tracing_on_fops);
  tracefs_create_file("trace", 0o640, null, null, trace_fops);
  tracefs_create_file("trace_pipe", 0o440, null, null, trace_pipe_fops);
  tracefs_create_file("trace_marker", 0o220, null, null, trace_marker_fops);
  tracefs_create_file("buffer_size_kb", 0o640, null, null, buffer_size_fops);
  tracefs_create_file("buffer_total_size_kb", 0o440, null, null, buffer_total_fops);
  tracefs_create_file("set_ftrace_pid", 0o640, null, null, pid_fops);
  tracefs_create_file("trace_clock", 0o640, null, null, clock_fops);
  create_cpu_files();
}
init(init_trace_files);
