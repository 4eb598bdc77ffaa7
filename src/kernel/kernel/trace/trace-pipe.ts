// trace_pipe: entries are taken out of the buffer as they are read, and the reader waits for more.

import { get_current } from "linux/current";
import { EAGAIN, EBUSY, EFAULT, ENOMEM, ERESTARTSYS } from "linux/errno";
import { O_NONBLOCK } from "linux/fcntl";
import { type file, type file_operations, type inode, nonseekable_open } from "linux/fs";
import { HZ } from "linux/jiffies";
import { schedule_timeout_interruptible, signal_pending } from "linux/sched";
import { type seq_file, seq_printf } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { copy_to_user } from "linux/uaccess";
import { RING_ENTRY_MAX, type ring_cursor, type ring_entry, ring_next } from "./ring_buffer";
import { lock_tracers, type trace_array, unlock_tracers } from "./trace";
import { graph_flush, graph_state_size } from "./trace-graph-output";
import { trace_index_of, trace_of } from "./trace-nodes";
import { print_entry_line } from "./trace-read";

notrace_file();

const PIPE_TEXT = 8192;

/** Of one open trace_pipe: text that was made of entries and not yet read. */
interface trace_pipe extends struct<"trace_pipe"> {
  tr?: trace_array;
  cursor?: embed<ring_cursor>;
  ent?: ring_entry;
  state?: ptr;
  m?: embed<seq_file>;
  pos?: u64;
}

/** Who consumes: one reader of all CPUs, or one of each CPU. */
function pipe_claim(tr: trace_array, cpu: int): bool {
  const mine: u32 = cpu < 0 ? u32(0xffffffff) : u32(1) << cpu;
  if ((tr.pipe_readers & mine) !== u32(0)) return false;
  tr.pipe_readers |= mine;
  return true;
}

function pipe_open(inode: inode, file: file): int {
  const tr = trace_of(inode);
  const cpu = trace_index_of(inode);
  lock_tracers();
  const claimed = pipe_claim(tr, cpu);
  unlock_tracers();
  if (!claimed) return -EBUSY;
  const err = pipe_start(inode, file, tr, cpu);
  if (err !== 0) pipe_unclaim(tr, cpu);
  return err;
}

function pipe_unclaim(tr: trace_array, cpu: int): void {
  tr.pipe_readers &= cpu < 0 ? u32(0) : ~(u32(1) << cpu);
}

function pipe_start(inode: inode, file: file, tr: trace_array, cpu: int): int {
  const p = kzalloc(sizeof<trace_pipe>(), GFP_KERNEL) as trace_pipe;
  if (p === null) return -ENOMEM;
  p.ent = kzalloc(RING_ENTRY_MAX, GFP_KERNEL) as ring_entry;
  p.state = kzalloc(graph_state_size(), GFP_KERNEL);
  p.m.buf = kzalloc(PIPE_TEXT, GFP_KERNEL) as u8[];
  p.m.size = PIPE_TEXT;
  p.tr = tr;
  p.cursor.buffer = tr.buffer;
  p.cursor.cpu = cpu;
  file.private_data = p;
  tr.ref++;
  if (p.ent !== null && p.state !== null && p.m.buf !== null) return nonseekable_open(inode, file);
  tr.ref--;
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
  const p = file.private_data as trace_pipe;
  p.tr.ref--;
  pipe_unclaim(p.tr, p.cursor.cpu);
  pipe_free(p);
  return 0;
}

/** Lines of the oldest entries, as many as surely fit. */
function pipe_fill(p: trace_pipe): void {
  p.m.count = 0;
  p.pos = 0;
  while (p.m.count < u64(PIPE_TEXT - RING_ENTRY_MAX * 2) && ring_next(p.cursor, p.ent, true)) {
    if (p.cursor.lost !== u64(0)) seq_printf(p.m, "CPU:%d [LOST %lu EVENTS]\n", p.ent.cpu, p.cursor.lost);
    print_entry_line(p.m, p.tr, p.ent, p.state);
  }
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

export const trace_pipe_fops: file_operations = { open: pipe_open, read: pipe_read, release: pipe_release };
