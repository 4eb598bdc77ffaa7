// trace_marker and trace_marker_raw: entries that user space writes.

import { EBADF, EFAULT, EINVAL, ENOMEM } from "linux/errno";
import { type file, type file_operations, type inode, nonseekable_open } from "linux/fs";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { memcpy } from "linux/string";
import { copy_from_user } from "linux/uaccess";
import { RING_ENTRY_HEAD, type ring_entry, ring_is_on } from "./ring_buffer";
import { type print_entry, TRACE_ITER_MARKERS, TRACE_PRINT, TRACE_RAW_DATA, type trace_array, trace_begin, trace_commit } from "./trace";
import { trace_of, trace_written } from "./trace-nodes";

notrace_file();

const MARKER_MAX = 1024;
/** A raw entry begins with a number that tells its reader what it is. */
const RAW_ID = 4;

/** The bytes of a write into kernel memory with room behind; an errno. */
function take_user(text: ref<u8[]>[], ubuf: u8[], n: u64): int {
  text[0] = kzalloc(u64(MARKER_MAX + 2), GFP_KERNEL) as u8[];
  if (text[0] === null) return -ENOMEM;
  if (copy_from_user(text[0], ubuf, n) === 0) return 0;
  kfree(text[0]);
  return -EFAULT;
}

function write_print(tr: trace_array, text: u8[], len: u64): bool {
  const flags = read_rflags();
  cli();
  const e = trace_begin(tr, u16(TRACE_PRINT), u64(8) + len + u64(1), flags, 0) as print_entry;
  if (e !== null) {
    e.ip = u64(tracing_mark_write);
    const to = at<u8[]>(u64(e) + u64(RING_ENTRY_HEAD + 8));
    memcpy(to, text, len);
    to[len] = 0;
    trace_commit(tr, e.ent);
  }
  if ((flags & u64(0x200)) !== u64(0)) sti();
  return e !== null;
}

export function tracing_mark_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const tr = trace_of(file.f_inode);
  const n: u64 = count < u64(MARKER_MAX) ? count : u64(MARKER_MAX);
  let text: u8[] = null;
  if ((tr.flags & u64(TRACE_ITER_MARKERS)) === u64(0)) return -EINVAL;
  const err = take_user(addr(text), ubuf, n);
  if (err !== 0) return s64(err);
  let len = n;
  if (len === u64(0) || text[len - u64(1)] !== 10) {
    text[len] = 10;
    len++;
  }
  const done = write_print(tr, text, len);
  kfree(text);
  if (!done && !ring_is_on(tr.buffer)) return -EBADF;
  return trace_written(n, ppos);
}

function tracing_mark_raw_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const tr = trace_of(file.f_inode);
  let data: u8[] = null;
  if ((tr.flags & u64(TRACE_ITER_MARKERS)) === u64(0) || count < u64(RAW_ID) || count > u64(MARKER_MAX)) return -EINVAL;
  const err = take_user(addr(data), ubuf, count);
  if (err !== 0) return s64(err);
  const flags = read_rflags();
  cli();
  const e = trace_begin(tr, u16(TRACE_RAW_DATA), count, flags, 0) as ring_entry;
  if (e !== null) {
    memcpy(at<u8[]>(u64(e) + u64(RING_ENTRY_HEAD)), data, count);
    trace_commit(tr, e);
  }
  if ((flags & u64(0x200)) !== u64(0)) sti();
  kfree(data);
  if (e === null && !ring_is_on(tr.buffer)) return -EBADF;
  return trace_written(count, ppos);
}

function marker_open(inode: inode, file: file): int {
  return nonseekable_open(inode, file);
}

export const trace_marker_fops: file_operations = { open: marker_open, write: tracing_mark_write };
export const trace_marker_raw_fops: file_operations = { open: marker_open, write: tracing_mark_raw_write };
