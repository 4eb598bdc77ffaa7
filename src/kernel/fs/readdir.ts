// getdents64: a directory's entries into the user's buffer.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EBADF, EFAULT, EINTR, EINVAL, ENOENT, ENOTDIR } from "linux/errno";
import { fget, fput } from "linux/file";
import { type dir_context, type file, S_DEAD } from "linux/fs";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { signal_pending } from "linux/sched";
import { memcpy } from "linux/string";
import { copy_to_user } from "linux/uaccess";

/** Calls the directory's method with its lock held; the position is the file's. */
export function iterate_dir(f: file, ctx: dir_context): int {
  if (f.f_op.iterate_shared === null) return -ENOTDIR;
  const inode = f.f_inode;
  mutex_lock(inode.i_rwsem);
  let res: int = -ENOENT;
  if ((inode.i_flags & S_DEAD) === 0) {
    ctx.pos = f.f_pos;
    res = f.f_op.iterate_shared(f, ctx);
    f.f_pos = ctx.pos;
  }
  mutex_unlock(inode.i_rwsem);
  return res;
}

/** struct linux_dirent64 up to d_name (19 bytes), built here before it goes to the user. */
const HEADER = 19;

interface getdents_callback64 extends struct<"getdents_callback64"> {
  ctx?: embed<dir_context>;
  current_dir?: u64;
  prev_reclen?: u32;
  count?: u32;
  error?: int;
}

interface dirent_buffer extends struct<"dirent_buffer"> {
  d_ino?: u64;
  d_off?: s64;
  d_reclen?: u16;
  d_type?: u8;
  d_name?: array<u8, 269>;
}

function filldir64(ctx: dir_context, name: u8[], namelen: int, offset: s64, ino: u64, d_type: u32): bool {
  const buf = container_of<getdents_callback64>(ctx, "ctx");
  const reclen: u32 = u32((HEADER + namelen + 1 + 7) & ~7);
  buf.error = -EINVAL;
  if (reclen > buf.count || namelen > 255) return false;
  if (buf.prev_reclen !== 0 && signal_pending(get_current())) {
    buf.error = -EINTR;
    return false;
  }
  // The entry before this one learns where the next read continues.
  let off: s64 = offset;
  if (buf.prev_reclen !== 0 && copy_to_user(at<ptr>(buf.current_dir - buf.prev_reclen + 8), addr(off), 8) !== 0) {
    buf.error = -EFAULT;
    return false;
  }
  const d: dirent_buffer = { d_ino: ino, d_off: offset, d_reclen: u16(reclen), d_type: u8(d_type) };
  memcpy(d.d_name, name, u64(namelen));
  if (copy_to_user(at<ptr>(buf.current_dir), d, u64(reclen)) !== 0) {
    buf.error = -EFAULT;
    return false;
  }
  buf.error = 0;
  buf.prev_reclen = reclen;
  buf.current_dir += reclen;
  buf.count -= reclen;
  return true;
}

export function __x64_sys_getdents64(regs: pt_regs): s64 {
  const f = fget(u32(regs.di));
  if (f === null) return -EBADF;
  const total = u32(regs.dx);
  const buf: getdents_callback64 = { ctx: { actor: filldir64 }, current_dir: regs.si, count: total };
  mutex_lock(f.f_pos_lock);
  let err: s64 = s64(iterate_dir(f, buf.ctx));
  if (err >= 0) err = s64(buf.error);
  if (buf.prev_reclen !== 0) {
    let pos: s64 = buf.ctx.pos;
    if (copy_to_user(at<ptr>(buf.current_dir - buf.prev_reclen + 8), addr(pos), 8) !== 0) err = -EFAULT;
    else err = s64(total) - s64(buf.count);
  }
  mutex_unlock(f.f_pos_lock);
  fput(f);
  return err;
}
