// The trace file: what is in a buffer now, with a header, left as it is.

import { ENOMEM } from "linux/errno";
import { O_TRUNC } from "linux/fcntl";
import { FMODE_READ, FMODE_WRITE, type file, type file_operations, type inode } from "linux/fs";
import { type seq_file, seq_lseek, seq_open, type seq_operations, seq_printf, seq_puts, seq_read, seq_release } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { NR_CPUS } from "linux/smp";
import { cpu_online } from "../cpu";
import {
  RING_ENTRY_MAX,
  type ring_cursor,
  ring_entries,
  type ring_entry,
  ring_next,
  ring_reset,
  ring_rewind,
  type trace_buffer,
} from "./ring_buffer";
import { type trace_array, trace_hide_current } from "./trace";
import { graph_flush, graph_state_size } from "./trace-graph-output";
import { print_trace_header } from "./trace-header";
import { trace_index_of, trace_nop_write, trace_of } from "./trace-nodes";
import { print_trace_line } from "./trace-output";

notrace_file();

/** A reader of the trace that leaves it as it is: entry `pos` is the one in `ent`. */
interface trace_reader extends struct<"trace_reader"> {
  tr?: trace_array;
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

/** The tracer's own form, or the usual one. */
export function print_entry_line(m: seq_file, tr: trace_array, e: ring_entry, state: ptr): void {
  const t = tr.current_trace;
  if (t.print_line !== null && t.print_line(m, tr, e, state)) return;
  print_trace_line(m, tr, e);
}

/** A snapshot without entries tells how to take one. */
function show_header(m: seq_file, r: trace_reader): void {
  const snapshot = r.cursor.buffer === r.tr.max;
  if (snapshot && ring_entries(r.tr.max, -1) === u64(0)) print_snapshot_help(m, r.tr);
  else print_trace_header(m, r.tr, r.cursor.buffer, r.cursor.cpu);
}

function print_snapshot_help(m: seq_file, tr: trace_array): void {
  seq_printf(m, "# tracer: %s\n#\n", tr.current_trace.name);
  seq_printf(m, "#\n# * Snapshot is %s *\n#\n", tr.snapshot_allocated ? "allocated" : "freed");
  seq_puts(m, "# Snapshot commands:\n");
  seq_puts(m, "# echo 0 > snapshot : Clears and frees snapshot buffer\n");
  seq_puts(m, "# echo 1 > snapshot : Allocates snapshot buffer, if not already allocated.\n");
  seq_puts(m, "#                      Takes a snapshot of the main buffer.\n");
  seq_puts(m, "# echo 2 > snapshot : Clears snapshot buffer (but does not allocate or free)\n");
  seq_puts(m, "#                      (Doesn't have to be '2' works with any number that\n");
  seq_puts(m, "#                       is not a '0' or '1')\n");
}

function trace_seq_show(m: seq_file, _v: ptr): int {
  const r = m.private as trace_reader;
  if (r.at === 0) show_header(m, r);
  else if (r.ended) graph_flush(m, r.state);
  else print_entry_line(m, r.tr, r.ent, r.state);
  return 0;
}

const tracer_seq_ops: seq_operations = { start: trace_seq_start, next: trace_seq_next, stop: trace_seq_stop, show: trace_seq_show };

export function trace_reset_rings(b: trace_buffer, cpu: int): void {
  for (let i: int = 0; i < NR_CPUS; i++) if (cpu_online(i) && (cpu < 0 || cpu === i)) ring_reset(b, i);
}

/** A reader of a trace, or of its snapshot. */
export function trace_open_reader(file: file, tr: trace_array, b: trace_buffer, cpu: int): int {
  const r = kzalloc(sizeof<trace_reader>(), GFP_KERNEL) as trace_reader;
  if (r === null) return -ENOMEM;
  r.ent = kzalloc(RING_ENTRY_MAX, GFP_KERNEL) as ring_entry;
  r.state = kzalloc(graph_state_size(), GFP_KERNEL);
  r.tr = tr;
  r.cursor.buffer = b;
  r.cursor.cpu = cpu;
  r.at = -1;
  const err = r.ent === null || r.state === null ? -ENOMEM : seq_open(file, tracer_seq_ops);
  if (err !== 0) {
    free_reader(r);
    return err;
  }
  (file.private_data as seq_file).private = r;
  tr.ref++;
  return 0;
}

function free_reader(r: trace_reader): void {
  kfree(r.ent);
  kfree(r.state);
  kfree(r);
}

export function trace_release_reader(inode: inode, file: file): int {
  if ((file.f_mode & FMODE_READ) === 0) return 0;
  const m = file.private_data as seq_file;
  trace_of(inode).ref--;
  free_reader(m.private as trace_reader);
  return seq_release(inode, file);
}

function trace_open(inode: inode, file: file): int {
  const tr = trace_of(inode);
  const cpu = trace_index_of(inode);
  if ((file.f_mode & FMODE_WRITE) !== 0 && (file.f_flags & O_TRUNC) !== 0) trace_reset_rings(tr.buffer, cpu);
  return (file.f_mode & FMODE_READ) === 0 ? 0 : trace_open_reader(file, tr, tr.buffer, cpu);
}

/** Opening it has cleared the trace; what is written does not matter. */
export function trace_lseek(file: file, offset: s64, whence: int): s64 {
  if ((file.f_mode & FMODE_READ) !== 0) return seq_lseek(file, offset, whence);
  file.f_pos = 0;
  return 0;
}

export const trace_fops: file_operations = {
  open: trace_open,
  read: seq_read,
  write: trace_nop_write,
  llseek: trace_lseek,
  release: trace_release_reader,
};
