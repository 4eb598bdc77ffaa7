// seq_file: files whose text is made record by record on each read. A record is shown whole into the buffer, which grows until it fits.

import { d_path } from "linux/dcache";
import { IS_ERR, PTR_ERR } from "linux/err";
import { EAGAIN, EFAULT, EINVAL, ENOMEM } from "linux/errno";
import { type file, type inode, type kiocb, MAX_RW_COUNT, SEEK_CUR, SEEK_SET } from "linux/fs";
import { vsnprintf } from "linux/kernel";
import { type list_head } from "linux/list";
import { mutex_init, mutex_lock, mutex_unlock } from "linux/mutex";
import { type path } from "linux/path";
import { type seq_file, type seq_operations } from "linux/seq_file";
import { GFP_KERNEL, kfree, kmalloc, kvfree, kvmalloc, kzalloc } from "linux/slab";
import { memcpy, strchr, strlen } from "linux/string";
import { copy_to_iter, import_single_range, type iov_iter, iov_iter_count, READ } from "linux/uio";

const PAGE_SIZE = 4096;

export function seq_open(file: file, op: seq_operations): int {
  const p = kzalloc(sizeof<seq_file>(), GFP_KERNEL) as seq_file;
  if (p === null) return -ENOMEM;
  file.private_data = p;
  mutex_init(p.lock);
  p.op = op;
  p.file = file;
  return 0;
}
EXPORT_SYMBOL(seq_open);

function seq_set_overflow(m: seq_file): void {
  m.count = m.size;
}

export function seq_has_overflowed(m: seq_file): bool {
  return m.count === m.size;
}
EXPORT_SYMBOL(seq_has_overflowed);

/** Runs through the records up to byte `offset` of the text. */
function traverse(m: seq_file, offset: s64): int {
  let pos: s64 = 0;
  m.index = 0;
  m.count = 0;
  m.from = 0;
  if (offset === 0) return 0;
  if (m.buf === null) {
    m.size = PAGE_SIZE;
    m.buf = kvmalloc(PAGE_SIZE, GFP_KERNEL) as u8[];
    if (m.buf === null) return -ENOMEM;
  }
  let error: int = 0;
  let p = m.op.start(m, addr(m.index));
  while (p !== null) {
    error = int(PTR_ERR(p));
    if (IS_ERR(p)) break;
    error = m.op.show(m, p);
    if (error < 0) break;
    if (error !== 0) {
      error = 0;
      m.count = 0;
    }
    if (seq_has_overflowed(m)) {
      m.op.stop(m, p);
      return grow(m);
    }
    const old: s64 = m.index;
    p = m.op.next(m, p, addr(m.index));
    if (m.index === old) m.index = old + 1;
    if (pos + s64(m.count) > offset) {
      m.from = u64(offset - pos);
      m.count -= m.from;
      break;
    }
    pos += s64(m.count);
    m.count = 0;
    if (pos === offset) break;
    error = 0;
  }
  m.op.stop(m, p);
  return error < 0 ? error : 0;
}

/** A buffer of twice the size; -EAGAIN tells traverse's caller to begin again. */
function grow(m: seq_file): int {
  kvfree(m.buf);
  m.size *= 2;
  m.count = 0;
  m.buf = kvmalloc(m.size, GFP_KERNEL) as u8[];
  return m.buf === null ? -ENOMEM : -EAGAIN;
}

export function seq_read_iter(iocb: kiocb, iter: iov_iter): s64 {
  const m = iocb.ki_filp.private_data as seq_file;
  if (iov_iter_count(iter) === 0) return 0;
  mutex_lock(m.lock);
  const ret = fill_and_copy(m, iocb, iter);
  mutex_unlock(m.lock);
  return ret;
}
EXPORT_SYMBOL(seq_read_iter);

/** m.lock held. */
function fill_and_copy(m: seq_file, iocb: kiocb, iter: iov_iter): s64 {
  let copied: u64 = 0;
  let err: int = 0;
  // A read from the start looks anew, even if the last one ended there.
  if (iocb.ki_pos === 0) {
    m.index = 0;
    m.count = 0;
  }
  if (iocb.ki_pos !== m.read_pos) {
    do {
      err = traverse(m, iocb.ki_pos);
    } while (err === -EAGAIN);
    if (err !== 0) {
      m.read_pos = 0;
      m.index = 0;
      m.count = 0;
      return s64(err);
    }
    m.read_pos = iocb.ki_pos;
  }
  if (m.buf === null) {
    m.size = PAGE_SIZE;
    m.buf = kvmalloc(PAGE_SIZE, GFP_KERNEL) as u8[];
    if (m.buf === null) return -ENOMEM;
  }
  if (m.count !== 0) {
    const n = copy_to_iter(add(m.buf, m.from), m.count, iter);
    m.count -= n;
    m.from += n;
    copied += n;
    if (m.count !== 0) return finish(m, iocb, copied, 0);
  }
  // One record at least, in a buffer that is big enough for it.
  m.from = 0;
  let p = m.op.start(m, addr(m.index));
  for (;;) {
    err = int(PTR_ERR(p));
    if (p === null || IS_ERR(p)) break;
    err = m.op.show(m, p);
    if (err < 0) break;
    if (err !== 0) m.count = 0;
    if (m.count === 0) {
      const old: s64 = m.index;
      p = m.op.next(m, p, addr(m.index));
      if (m.index === old) m.index = old + 1;
      continue;
    }
    if (!seq_has_overflowed(m)) break;
    m.op.stop(m, p);
    if (grow(m) === -ENOMEM) return finish(m, iocb, copied, -ENOMEM);
    p = m.op.start(m, addr(m.index));
  }
  if (p === null || IS_ERR(p) || err < 0) {
    m.op.stop(m, p);
    m.count = 0;
    return finish(m, iocb, copied, p === null ? 0 : err);
  }
  // As many further records as the caller has room for and the buffer takes whole.
  for (;;) {
    const offs: u64 = m.count;
    const old: s64 = m.index;
    p = m.op.next(m, p, addr(m.index));
    if (m.index === old) m.index = old + 1;
    if (p === null || IS_ERR(p)) break;
    if (m.count >= iov_iter_count(iter)) break;
    err = m.op.show(m, p);
    if (err > 0) {
      m.count = offs;
    } else if (err !== 0 || seq_has_overflowed(m)) {
      m.count = offs;
      break;
    }
  }
  m.op.stop(m, p);
  const n = copy_to_iter(m.buf, m.count, iter);
  copied += n;
  m.count -= n;
  m.from = n;
  return finish(m, iocb, copied, 0);
}
inline(fill_and_copy);

function finish(m: seq_file, iocb: kiocb, copied: u64, err: int): s64 {
  if (copied === 0) return m.count !== 0 ? -EFAULT : s64(err);
  iocb.ki_pos += s64(copied);
  m.read_pos += s64(copied);
  return s64(copied);
}

export function seq_read(file: file, buf: u8[], size: u64, ppos: s64[]): s64 {
  let iter: embed<iov_iter>;
  const kiocb: kiocb = { ki_filp: file, ki_pos: ppos[0] };
  const err = import_single_range(READ, buf, size > MAX_RW_COUNT ? MAX_RW_COUNT : size, iter);
  if (err !== 0) return s64(err);
  const ret = seq_read_iter(kiocb, iter);
  ppos[0] = kiocb.ki_pos;
  return ret;
}
EXPORT_SYMBOL(seq_read);

export function seq_lseek(file: file, offset: s64, whence: int): s64 {
  const m = file.private_data as seq_file;
  let retval: s64 = -EINVAL;
  mutex_lock(m.lock);
  if (whence === SEEK_CUR) offset += file.f_pos;
  if ((whence === SEEK_SET || whence === SEEK_CUR) && offset >= 0) {
    retval = offset;
    if (offset !== m.read_pos) {
      let err: int = 0;
      do {
        err = traverse(m, offset);
      } while (err === -EAGAIN);
      if (err !== 0) {
        retval = s64(err);
        file.f_pos = 0;
        m.read_pos = 0;
        m.index = 0;
        m.count = 0;
      } else {
        m.read_pos = offset;
        file.f_pos = offset;
      }
    } else {
      file.f_pos = offset;
    }
  }
  mutex_unlock(m.lock);
  return retval;
}
EXPORT_SYMBOL(seq_lseek);

export function seq_release(inode: inode, file: file): int {
  const m = file.private_data as seq_file;
  kvfree(m.buf);
  kfree(m);
  return 0;
}
EXPORT_SYMBOL(seq_release);

// ---- output ----

export function seq_vprintf(m: seq_file, fmt: cstr, args: va_list): void {
  if (m.count < m.size) {
    const len = vsnprintf(add(m.buf, m.count), m.size - m.count, fmt, args);
    if (m.count + u64(len) < m.size) {
      m.count += u64(len);
      return;
    }
  }
  seq_set_overflow(m);
}
EXPORT_SYMBOL(seq_vprintf);

export function seq_printf(m: seq_file, fmt: cstr, ...args: va_list): void {
  seq_vprintf(m, fmt, args);
}
EXPORT_SYMBOL(seq_printf);

export function seq_putc(m: seq_file, c: u8): void {
  if (m.count >= m.size) return;
  m.buf[m.count] = c;
  m.count += 1;
}
EXPORT_SYMBOL(seq_putc);

export function seq_write(m: seq_file, data: ptr, len: u64): int {
  if (m.count + len < m.size) {
    memcpy(add(m.buf, m.count), data, len);
    m.count += len;
    return 0;
  }
  seq_set_overflow(m);
  return -1;
}
EXPORT_SYMBOL(seq_write);

export function seq_puts(m: seq_file, s: cstr): void {
  seq_write(m, s as ptr, strlen(s));
}
EXPORT_SYMBOL(seq_puts);

export function seq_put_decimal_ull(m: seq_file, delimiter: cstr, num: u64): void {
  seq_printf(m, "%s%lu", delimiter, num);
}

/** Characters of `esc` become octal escapes. */
export function seq_escape(m: seq_file, s: cstr, esc: cstr): void {
  if (s === null) return;
  for (let i = 0; s[i] !== 0; i++) {
    const c = s[i];
    if (strchr(esc, int(c)) !== null) seq_printf(m, "\\%03o", c);
    else seq_putc(m, c);
  }
}
EXPORT_SYMBOL(seq_escape);

export function seq_path(m: seq_file, path: path, esc: cstr): int {
  const page = kmalloc(PAGE_SIZE, GFP_KERNEL) as u8[];
  if (page === null) return -1;
  const text = d_path(path, page, PAGE_SIZE);
  if (!IS_ERR(text)) seq_escape(m, text, esc);
  kfree(page);
  return 0;
}
EXPORT_SYMBOL(seq_path);

/** Blanks up to the width that seq_setwidth asked for, then c. */
export function seq_pad(m: seq_file, c: u8): void {
  while (m.count < m.pad_until && m.count < m.size) seq_putc(m, 32);
  if (c !== 0) seq_putc(m, c);
}

export function seq_release_private(inode: inode, file: file): int {
  const m = file.private_data as seq_file;
  kfree(m.private);
  m.private = null;
  return seq_release(inode, file);
}
EXPORT_SYMBOL(seq_release_private);

export function __seq_open_private(f: file, ops: seq_operations, psize: int): ptr {
  const priv = kzalloc(u64(psize), GFP_KERNEL);
  if (priv === null) return null;
  if (seq_open(f, ops) < 0) {
    kfree(priv);
    return null;
  }
  (f.private_data as seq_file).private = priv;
  return priv;
}
EXPORT_SYMBOL(__seq_open_private);

export function seq_open_private(filp: file, ops: seq_operations, psize: int): int {
  return __seq_open_private(filp, ops, psize) === null ? -ENOMEM : 0;
}
EXPORT_SYMBOL(seq_open_private);

// ---- lists ----

export function seq_list_start(head: list_head, pos: s64): ptr {
  for (let p = head.next; p !== head; p = p.next) {
    if (pos === 0) return p;
    pos -= 1;
  }
  return null;
}
EXPORT_SYMBOL(seq_list_start);

export function seq_list_next(v: ptr, head: list_head, ppos: s64[]): ptr {
  ppos[0] = ppos[0] + 1;
  const p = (v as list_head).next;
  return p === head ? null : p;
}
EXPORT_SYMBOL(seq_list_next);
