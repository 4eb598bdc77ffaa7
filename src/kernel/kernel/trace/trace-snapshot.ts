// snapshot: a second buffer that changes places with the trace's, so that a moment can be kept while tracing goes on.

import { EINVAL, ENOMEM } from "linux/errno";
import { FMODE_READ, type file, type file_operations, type inode } from "linux/fs";
import { seq_read } from "linux/seq_file";
import { NR_CPUS } from "linux/smp";
import { cpu_online } from "../cpu";
import { ring_free, ring_of, ring_resize, ring_swap } from "./ring_buffer";
import { lock_tracers, type trace_array, tracing_update_buffers, unlock_tracers } from "./trace";
import { trace_get_number, trace_index_of, trace_of, trace_written } from "./trace-nodes";
import { trace_lseek, trace_open_reader, trace_release_reader, trace_reset_rings } from "./trace-read";

notrace_file();

/** The caller holds trace_types_lock. */
function alloc_snapshot(tr: trace_array): int {
  if (tr.snapshot_allocated) return 0;
  if (!tracing_update_buffers(tr)) return -ENOMEM;
  tr.max.on = 1;
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    if (!cpu_online(cpu) || ring_resize(tr.max, cpu, ring_of(tr.buffer, cpu).size)) continue;
    ring_free(tr.max);
    return -ENOMEM;
  }
  tr.snapshot_allocated = true;
  return 0;
}

function free_snapshot(tr: trace_array): void {
  if (!tr.snapshot_allocated) return;
  tr.snapshot_allocated = false;
  ring_free(tr.max);
}

export function tracing_alloc_snapshot(tr: trace_array): int {
  lock_tracers();
  const err = alloc_snapshot(tr);
  unlock_tracers();
  return err;
}

export function tracing_free_snapshot(tr: trace_array): void {
  free_snapshot(tr);
}

/** Takes one now, in any context. */
export function tracing_snapshot(tr: trace_array): void {
  if (!tr.snapshot_allocated) return;
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) if (cpu_online(cpu)) ring_swap(tr.buffer, tr.max, cpu);
}

function command(tr: trace_array, value: u64, cpu: int): int {
  if (value === u64(0)) {
    if (cpu >= 0) return -EINVAL;
    free_snapshot(tr);
    return 0;
  }
  if (value === u64(1)) {
    const err = alloc_snapshot(tr);
    if (err !== 0) return err;
    for (let i: int = 0; i < NR_CPUS; i++) if (cpu_online(i) && (cpu < 0 || cpu === i)) ring_swap(tr.buffer, tr.max, i);
    return 0;
  }
  if (tr.snapshot_allocated) trace_reset_rings(tr.max, cpu);
  return 0;
}

function snapshot_open(inode: inode, file: file): int {
  const tr = trace_of(inode);
  return (file.f_mode & FMODE_READ) === 0 ? 0 : trace_open_reader(file, tr, tr.max, trace_index_of(inode));
}

function snapshot_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let value: u64 = 0;
  let err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return s64(err);
  lock_tracers();
  err = command(trace_of(file.f_inode), value, trace_index_of(file.f_inode));
  unlock_tracers();
  return err !== 0 ? s64(err) : trace_written(count, ppos);
}

export const snapshot_fops: file_operations = {
  open: snapshot_open,
  read: seq_read,
  write: snapshot_write,
  llseek: trace_lseek,
  release: trace_release_reader,
};
