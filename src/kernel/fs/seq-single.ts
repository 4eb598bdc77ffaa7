// seq_files of one record.

import { ENOMEM } from "linux/errno";
import { type file, type inode } from "linux/fs";
import { type seq_file, type seq_operations } from "linux/seq_file";
import { GFP_KERNEL, kfree, kvfree, kvmalloc, kzalloc } from "linux/slab";
import { seq_open, seq_release } from "./seq_file";

function single_start(m: seq_file, pos: s64[]): ptr {
  return pos[0] === 0 ? at<ptr>(1) : null;
}

function single_next(m: seq_file, v: ptr, pos: s64[]): ptr {
  pos[0] = pos[0] + 1;
  return null;
}

function single_stop(m: seq_file, v: ptr): void {}

export function single_open(file: file, show: (m: seq_file, v: ptr) => int, data: ptr): int {
  const op = kzalloc(sizeof<seq_operations>(), GFP_KERNEL) as seq_operations;
  if (op === null) return -ENOMEM;
  op.start = single_start;
  op.next = single_next;
  op.stop = single_stop;
  op.show = show;
  const res = seq_open(file, op);
  if (res === 0) (file.private_data as seq_file).private = data;
  else kfree(op);
  return res;
}
EXPORT_SYMBOL(single_open);

export function single_open_size(file: file, show: (m: seq_file, v: ptr) => int, data: ptr, size: u64): int {
  const buf = kvmalloc(size, GFP_KERNEL) as u8[];
  if (buf === null) return -ENOMEM;
  const ret = single_open(file, show, data);
  if (ret !== 0) {
    kvfree(buf);
    return ret;
  }
  const m = file.private_data as seq_file;
  m.buf = buf;
  m.size = size;
  return 0;
}
EXPORT_SYMBOL(single_open_size);

export function single_release(inode: inode, file: file): int {
  const op = (file.private_data as seq_file).op;
  const res = seq_release(inode, file);
  kfree(op);
  return res;
}
EXPORT_SYMBOL(single_release);
