// What a file of tracefs is about: a trace and a number in it (a CPU, a list, an option). It is the file's i_private and lives as long as the
// trace. Also how the small files read what was written to them.

import { EFAULT, EINVAL } from "linux/errno";
import type { file, inode } from "linux/fs";
import { simple_read_from_buffer } from "linux/fs";
import { kstrtoul, scnprintf } from "linux/kernel";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { strim } from "linux/string";
import { copy_from_user } from "linux/uaccess";
import type { trace_array } from "./trace";

notrace_file();

interface trace_node extends struct<"trace_node"> {
  next?: trace_node;
  tr?: trace_array;
  index?: int;
  data?: ptr;
}

/** Null where there is no memory. */
export function trace_node_new(tr: trace_array, index: int, data: ptr): ptr {
  const n = kzalloc(sizeof<trace_node>(), GFP_KERNEL) as trace_node;
  if (n === null) return null;
  n.tr = tr;
  n.index = index;
  n.data = data;
  n.next = tr.nodes as trace_node;
  tr.nodes = n;
  return n;
}

export function trace_nodes_free(tr: trace_array): void {
  while (tr.nodes !== null) {
    const n = tr.nodes as trace_node;
    tr.nodes = n.next;
    kfree(n);
  }
}

export function trace_of(inode: inode): trace_array {
  return (inode.i_private as trace_node).tr;
}

export function trace_index_of(inode: inode): int {
  return (inode.i_private as trace_node).index;
}

export function trace_data_of(inode: inode): ptr {
  return (inode.i_private as trace_node).data;
}

/** The text of a short write, NUL-terminated in `text` (64 bytes). */
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

/** A whole number and a line's end, to the reader. */
export function trace_read_number(value: u64, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 32>;
  const n = scnprintf(text, 32, "%lu\n", value);
  return simple_read_from_buffer(ubuf, count, ppos, text, u64(n));
}

/** Everything was taken. */
export function trace_written(count: u64, ppos: s64[]): s64 {
  ppos[0] += s64(count);
  return s64(count);
}

export function trace_nop_write(_file: file, _ubuf: u8[], count: u64, ppos: s64[]): s64 {
  return trace_written(count, ppos);
}
