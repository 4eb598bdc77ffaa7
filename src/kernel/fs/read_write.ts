// read, write, seek and sendfile: checks, positions and the choice between a file's plain and iterator methods.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EBADF, EFAULT, EINVAL, ENOMEM, EOVERFLOW, ERESTARTSYS, ESPIPE } from "linux/errno";
import { fget, fput } from "linux/file";
import {
  FMODE_ATOMIC_POS,
  FMODE_CAN_READ,
  FMODE_CAN_WRITE,
  FMODE_LSEEK,
  FMODE_PREAD,
  FMODE_PWRITE,
  FMODE_READ,
  FMODE_STREAM,
  FMODE_WRITE,
  type file,
  type kiocb,
  MAX_RW_COUNT,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
} from "linux/fs";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { signal_pending } from "linux/sched";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { access_ok, copy_from_user, copy_to_user } from "linux/uaccess";
import { import_iovec, import_single_range, type iov_iter, iov_iter_count, iov_iter_kvec_single, type iovec, READ, WRITE } from "linux/uio";

export function generic_file_llseek(f: file, offset: s64, whence: int): s64 {
  let pos: s64 = offset;
  if (whence === SEEK_END) pos = f.f_inode.i_size + offset;
  else if (whence === SEEK_CUR) pos = f.f_pos + offset;
  else if (whence !== SEEK_SET) return -EINVAL;
  if (pos < 0) return -EINVAL;
  f.f_pos = pos;
  return pos;
}
EXPORT_SYMBOL(generic_file_llseek);

export function noop_llseek(f: file, offset: s64, whence: int): s64 {
  return f.f_pos;
}
EXPORT_SYMBOL(noop_llseek);

export function no_llseek(f: file, offset: s64, whence: int): s64 {
  return -ESPIPE;
}
EXPORT_SYMBOL(no_llseek);

/** Positions count from the start only (devices without a size). */
export function default_llseek(f: file, offset: s64, whence: int): s64 {
  let pos: s64 = offset;
  if (whence === SEEK_CUR) pos = f.f_pos + offset;
  else if (whence !== SEEK_SET) return -EINVAL;
  if (pos < 0) return -EINVAL;
  f.f_pos = pos;
  return pos;
}
EXPORT_SYMBOL(default_llseek);

export function vfs_llseek(f: file, offset: s64, whence: int): s64 {
  if ((f.f_mode & FMODE_LSEEK) === 0) return -ESPIPE;
  if (f.f_op.llseek === null) return default_llseek(f, offset, whence);
  return f.f_op.llseek(f, offset, whence);
}

/** One iterator call with the position of *pos (null: a stream). */
function call_iter(f: file, pos: s64[], iter: iov_iter, rw: int): s64 {
  const kiocb: kiocb = { ki_filp: f, ki_pos: pos === null ? 0 : pos[0] };
  const ret = rw === READ ? f.f_op.read_iter(kiocb, iter) : f.f_op.write_iter(kiocb, iter);
  if (pos !== null) pos[0] = kiocb.ki_pos;
  return ret;
}
inline(call_iter);

function new_sync_read(f: file, buf: u8[], len: u64, pos: s64[]): s64 {
  let iter: embed<iov_iter>;
  const err = import_single_range(READ, buf, len, iter);
  if (err !== 0) return s64(err);
  return call_iter(f, pos, iter, READ);
}
inline(new_sync_read);

function new_sync_write(f: file, buf: u8[], len: u64, pos: s64[]): s64 {
  let iter: embed<iov_iter>;
  const err = import_single_range(WRITE, buf, len, iter);
  if (err !== 0) return s64(err);
  return call_iter(f, pos, iter, WRITE);
}
inline(new_sync_write);

/** For /proc/<pid>/io. */
function account_read(ret: s64): void {
  const t = get_current();
  if (ret > 0) t.rchar += u64(ret);
  t.syscr++;
}

function account_write(ret: s64): void {
  const t = get_current();
  if (ret > 0) t.wchar += u64(ret);
  t.syscw++;
}

function rw_verify_area(pos: s64[], count: u64): int {
  if (s64(count) < 0) return -EINVAL;
  if (pos !== null) {
    if (pos[0] < 0) return -EINVAL;
    if (pos[0] + s64(count) < 0) return -EOVERFLOW;
  }
  return 0;
}

export function vfs_read(f: file, buf: u8[], count: u64, pos: s64[]): s64 {
  if ((f.f_mode & FMODE_READ) === 0) return -EBADF;
  if ((f.f_mode & FMODE_CAN_READ) === 0) return -EINVAL;
  if (!access_ok(buf, count)) return -EFAULT;
  const err = rw_verify_area(pos, count);
  if (err !== 0) return s64(err);
  if (count > MAX_RW_COUNT) count = MAX_RW_COUNT;
  const ret = f.f_op.read !== null ? f.f_op.read(f, buf, count, pos) : new_sync_read(f, buf, count, pos);
  account_read(ret);
  return ret;
}

export function vfs_write(f: file, buf: u8[], count: u64, pos: s64[]): s64 {
  if ((f.f_mode & FMODE_WRITE) === 0) return -EBADF;
  if ((f.f_mode & FMODE_CAN_WRITE) === 0) return -EINVAL;
  if (!access_ok(buf, count)) return -EFAULT;
  const err = rw_verify_area(pos, count);
  if (err !== 0) return s64(err);
  if (count > MAX_RW_COUNT) count = MAX_RW_COUNT;
  const ret = f.f_op.write !== null ? f.f_op.write(f, buf, count, pos) : new_sync_write(f, buf, count, pos);
  account_write(ret);
  return ret;
}

/** Reads into kernel memory. */
export function kernel_read(f: file, buf: ptr, count: u64, pos: s64[]): s64 {
  if ((f.f_mode & FMODE_READ) === 0) return -EBADF;
  if (f.f_op.read_iter === null) return -EINVAL;
  let iter: embed<iov_iter>;
  iov_iter_kvec_single(iter, READ, buf, count);
  return call_iter(f, pos, iter, READ);
}
EXPORT_SYMBOL(kernel_read);

export function kernel_write(f: file, buf: ptr, count: u64, pos: s64[]): s64 {
  if ((f.f_mode & FMODE_WRITE) === 0) return -EBADF;
  if (f.f_op.write_iter === null) return -EINVAL;
  let iter: embed<iov_iter>;
  iov_iter_kvec_single(iter, WRITE, buf, count);
  return call_iter(f, pos, iter, WRITE);
}
EXPORT_SYMBOL(kernel_write);

// ---- the position of a file that several descriptors share ----

/** The file's position, locked if somebody else has the file too; null for streams. */
function fdget_pos(f: file): s64[] {
  if ((f.f_mode & FMODE_STREAM) !== 0) return null;
  if ((f.f_mode & FMODE_ATOMIC_POS) !== 0) mutex_lock(f.f_pos_lock);
  return addr(f.f_pos);
}

function fdput_pos(f: file): void {
  if ((f.f_mode & FMODE_ATOMIC_POS) !== 0 && (f.f_mode & FMODE_STREAM) === 0) mutex_unlock(f.f_pos_lock);
  fput(f);
}

export function ksys_read(fd: u32, buf: u8[], count: u64): s64 {
  const f = fget(fd);
  if (f === null) return -EBADF;
  const pos = fdget_pos(f);
  const ret = vfs_read(f, buf, count, pos);
  fdput_pos(f);
  return ret;
}

export function ksys_write(fd: u32, buf: u8[], count: u64): s64 {
  const f = fget(fd);
  if (f === null) return -EBADF;
  const pos = fdget_pos(f);
  const ret = vfs_write(f, buf, count, pos);
  fdput_pos(f);
  return ret;
}

export function __x64_sys_read(regs: pt_regs): s64 {
  return ksys_read(u32(regs.di), at<u8[]>(regs.si), regs.dx);
}
tail_call(__x64_sys_read);

export function __x64_sys_write(regs: pt_regs): s64 {
  return ksys_write(u32(regs.di), at<u8[]>(regs.si), regs.dx);
}
tail_call(__x64_sys_write);

export function __x64_sys_pread64(regs: pt_regs): s64 {
  let pos: s64 = s64(regs.r10);
  if (pos < 0) return -EINVAL;
  const f = fget(u32(regs.di));
  if (f === null) return -EBADF;
  const ret = (f.f_mode & FMODE_PREAD) === 0 ? s64(-ESPIPE) : vfs_read(f, at<u8[]>(regs.si), regs.dx, addr(pos));
  fput(f);
  return ret;
}

export function __x64_sys_pwrite64(regs: pt_regs): s64 {
  let pos: s64 = s64(regs.r10);
  if (pos < 0) return -EINVAL;
  const f = fget(u32(regs.di));
  if (f === null) return -EBADF;
  const ret = (f.f_mode & FMODE_PWRITE) === 0 ? s64(-ESPIPE) : vfs_write(f, at<u8[]>(regs.si), regs.dx, addr(pos));
  fput(f);
  return ret;
}

/** readv and writev: by the iterator method, or segment by segment with the plain one. */
function do_iov(f: file, uvec: u64, vlen: u64, pos: s64[], rw: int): s64 {
  if ((f.f_mode & (rw === READ ? FMODE_READ : FMODE_WRITE)) === 0) return -EBADF;
  if ((f.f_mode & (rw === READ ? FMODE_CAN_READ : FMODE_CAN_WRITE)) === 0) return -EINVAL;
  let iter: embed<iov_iter>;
  let iov: iovec[] = null;
  const total = import_iovec(rw, at<ptr>(uvec), vlen, addr(iov), iter);
  if (total <= 0) {
    kfree(iov);
    return total;
  }
  let ret: s64 = s64(rw_verify_area(pos, u64(total)));
  if (ret === 0) {
    if ((rw === READ && f.f_op.read_iter !== null) || (rw === WRITE && f.f_op.write_iter !== null)) {
      ret = call_iter(f, pos, iter, rw);
    } else {
      for (let i: u64 = 0; i < vlen; i++) {
        const v = iov[i];
        if (v.iov_len === 0) continue;
        const n = rw === READ ? f.f_op.read(f, v.iov_base, v.iov_len, pos) : f.f_op.write(f, v.iov_base, v.iov_len, pos);
        if (n < 0) {
          if (ret === 0) ret = n;
          break;
        }
        ret += n;
        if (u64(n) !== v.iov_len) break;
      }
    }
  }
  kfree(iov);
  return ret;
}

function do_iov_fd(regs: pt_regs, rw: int): s64 {
  const f = fget(u32(regs.di));
  if (f === null) return -EBADF;
  const pos = fdget_pos(f);
  const ret = do_iov(f, regs.si, regs.dx, pos, rw);
  fdput_pos(f);
  return ret;
}

export function __x64_sys_readv(regs: pt_regs): s64 {
  return do_iov_fd(regs, READ);
}
export function __x64_sys_writev(regs: pt_regs): s64 {
  return do_iov_fd(regs, WRITE);
}

/** preadv and pwritev: the position is the low and the high word (the second is always 0 here: the first holds 64 bits). */
function do_iov_at(regs: pt_regs, rw: int): s64 {
  let pos: s64 = s64(regs.r10);
  if (pos < 0) return -EINVAL;
  const f = fget(u32(regs.di));
  if (f === null) return -EBADF;
  const ret: s64 = (f.f_mode & (rw === READ ? FMODE_PREAD : FMODE_PWRITE)) === 0 ? -ESPIPE : do_iov(f, regs.si, regs.dx, addr(pos), rw);
  fput(f);
  return ret;
}

export function __x64_sys_preadv(regs: pt_regs): s64 {
  return do_iov_at(regs, READ);
}

export function __x64_sys_pwritev(regs: pt_regs): s64 {
  return do_iov_at(regs, WRITE);
}

export function __x64_sys_lseek(regs: pt_regs): s64 {
  const whence = u32(regs.dx);
  const f = fget(u32(regs.di));
  if (f === null) return -EBADF;
  fdget_pos(f);
  const ret = whence > 2 ? s64(-EINVAL) : vfs_llseek(f, s64(regs.si), int(whence));
  fdput_pos(f);
  return ret;
}

// ---- sendfile ----

const SPLICE_CHUNK = 16384;

/** One buffer's worth from a file into kernel memory: what splice does for files with an iterator method. */
function generic_file_splice_read(in_: file, pos: s64[], buf: u8[], len: u64): s64 {
  let iter: embed<iov_iter>;
  iov_iter_kvec_single(iter, READ, buf, len);
  return call_iter(in_, pos, iter, READ);
}

/** From one file to another until `len`, the end of the file, a short write or a signal. */
function splice_direct_to_actor(in_: file, pos: s64[], out: file, out_pos: s64[], len: u64): s64 {
  const size: u64 = len < SPLICE_CHUNK ? len : SPLICE_CHUNK;
  const buf = kmalloc(size, GFP_KERNEL) as u8[];
  if (buf === null) return -ENOMEM;
  let done: s64 = 0;
  let err: s64 = 0;
  while (u64(done) < len) {
    let n: u64 = len - u64(done);
    if (n > size) n = size;
    const start: s64 = pos[0];
    const got = generic_file_splice_read(in_, pos, buf, n);
    if (got <= 0) {
      err = got;
      break;
    }
    if (signal_pending(get_current())) {
      // What was read is dropped: the call begins again, or the next one, where this chunk began.
      pos[0] = start;
      err = -ERESTARTSYS;
      break;
    }
    let iter: embed<iov_iter>;
    iov_iter_kvec_single(iter, WRITE, buf, u64(got));
    const put = call_iter(out, out_pos, iter, WRITE);
    if (put < 0) {
      pos[0] = start;
      err = put;
      break;
    }
    done += put;
    if (put < got) {
      pos[0] = start + put;
      break;
    }
    if (signal_pending(get_current())) break;
  }
  kfree(buf);
  return done !== 0 ? done : err;
}

function do_splice_direct(in_: file, pos: s64[], out: file, out_pos: s64[], len: u64): s64 {
  return splice_direct_to_actor(in_, pos, out, out_pos, len);
}

function do_sendfile(out: file, in_: file, pos: s64[], count: u64): s64 {
  if ((in_.f_mode & FMODE_READ) === 0 || (out.f_mode & FMODE_WRITE) === 0) return -EBADF;
  if (in_.f_op.read_iter === null || (in_.f_mode & FMODE_LSEEK) === 0) return -EINVAL;
  if (out.f_op.write_iter === null || (out.f_flags & 0o2000) !== 0) return -EINVAL;
  const err = rw_verify_area(pos, count > MAX_RW_COUNT ? MAX_RW_COUNT : count);
  if (err !== 0) return s64(err);
  if (count > MAX_RW_COUNT) count = MAX_RW_COUNT;
  if (count === 0) return 0;
  const out_pos: s64[] = (out.f_mode & FMODE_STREAM) !== 0 ? null : addr(out.f_pos);
  const ret = do_splice_direct(in_, pos, out, out_pos, count);
  account_read(ret);
  account_write(ret);
  return ret;
}

export function __x64_sys_sendfile64(regs: pt_regs): s64 {
  let pos: s64 = 0;
  const user = regs.dx;
  if (user !== 0) {
    if (copy_from_user(addr(pos), at<ptr>(user), 8) !== 0) return -EFAULT;
  }
  const in_ = fget(u32(regs.si));
  if (in_ === null) return -EBADF;
  const out = fget(u32(regs.di));
  if (out === null) {
    fput(in_);
    return -EBADF;
  }
  let ret: s64 = 0;
  if (user !== 0) {
    ret = (in_.f_mode & FMODE_PREAD) === 0 ? s64(-ESPIPE) : do_sendfile(out, in_, addr(pos), regs.r10);
    if (copy_to_user(at<ptr>(user), addr(pos), 8) !== 0) ret = -EFAULT;
  } else {
    fdget_pos(in_);
    ret = do_sendfile(out, in_, addr(in_.f_pos), regs.r10);
    if ((in_.f_mode & FMODE_ATOMIC_POS) !== 0 && (in_.f_mode & FMODE_STREAM) === 0) mutex_unlock(in_.f_pos_lock);
  }
  fput(out);
  fput(in_);
  return ret;
}
