// fcntl, ioctl's generic part, and the sync family.

import type { pt_regs } from "asm/ptrace";
import { EBADF, EFAULT, EINVAL, ENOIOCTLCMD, ENOTTY } from "linux/errno";
import {
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_GETLK,
  F_GETOWN,
  F_GETPIPE_SZ,
  F_GETSIG,
  F_OFD_GETLK,
  F_OFD_SETLK,
  F_OFD_SETLKW,
  F_SETFD,
  F_SETFL,
  F_SETLK,
  F_SETLKW,
  F_SETOWN,
  F_SETPIPE_SZ,
  F_SETSIG,
  FD_CLOEXEC,
  O_APPEND,
  O_CLOEXEC,
  O_DIRECT,
  O_LARGEFILE,
  O_NOATIME,
  O_NONBLOCK,
  O_PATH,
} from "linux/fcntl";
import { fget, fput, get_close_on_exec } from "linux/file";
import { FMODE_PATH } from "linux/fs";
import { PIPE_SIZE } from "linux/pipe_fs_i";
import { S_ISREG } from "linux/stat";
import { FIOCLEX, FIONBIO, FIONCLEX, FIONREAD } from "linux/termios";
import { copy_from_user, copy_to_user } from "linux/uaccess";
import { f_dupfd, fget_raw, set_close_on_exec } from "./file";
import { fcntl_getlk, fcntl_setlk } from "./locks";

const SETFL_MASK = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;

export function __x64_sys_fcntl(regs: pt_regs): s64 {
  const fd = u32(regs.di);
  const cmd = int(regs.si);
  const f = fget_raw(fd);
  if (f === null) return -EBADF;
  let ret: s64 = -EINVAL;
  if (
    (f.f_mode & FMODE_PATH) !== 0 &&
    cmd !== F_DUPFD &&
    cmd !== F_DUPFD_CLOEXEC &&
    cmd !== F_GETFD &&
    cmd !== F_SETFD &&
    cmd !== F_GETFL
  ) {
    fput(f);
    return -EBADF;
  }
  switch (cmd) {
    case F_DUPFD:
      ret = s64(f_dupfd(u32(regs.dx), f, 0));
      break;
    case F_DUPFD_CLOEXEC:
      ret = s64(f_dupfd(u32(regs.dx), f, O_CLOEXEC));
      break;
    case F_GETFD:
      ret = get_close_on_exec(fd) ? FD_CLOEXEC : 0;
      break;
    case F_SETFD:
      set_close_on_exec(fd, (regs.dx & FD_CLOEXEC) !== 0);
      ret = 0;
      break;
    case F_GETFL:
      ret = s64(f.f_flags & ~u32(O_CLOEXEC)) | ((f.f_mode & FMODE_PATH) !== 0 ? O_PATH : O_LARGEFILE);
      break;
    case F_SETFL:
      f.f_flags = u32((f.f_flags & ~u32(SETFL_MASK)) | (u32(regs.dx) & SETFL_MASK));
      ret = 0;
      break;
    case F_GETPIPE_SZ:
    case F_SETPIPE_SZ:
      ret = f.f_inode.i_pipe === null ? -EBADF : PIPE_SIZE;
      break;
    case F_SETOWN:
      // Kept and told; no file here sends SIGIO.
      f.f_owner = int(regs.dx);
      ret = 0;
      break;
    case F_GETOWN:
      ret = s64(f.f_owner);
      break;
    case F_SETSIG:
      if (regs.dx <= 64) {
        f.f_owner_sig = int(regs.dx);
        ret = 0;
      }
      break;
    case F_GETSIG:
      ret = s64(f.f_owner_sig);
      break;
    case F_GETLK:
    case F_OFD_GETLK:
      ret = fcntl_getlk(f, regs.dx, cmd === F_OFD_GETLK);
      break;
    case F_SETLK:
    case F_SETLKW:
      ret = fcntl_setlk(f, regs.dx, cmd === F_SETLKW, false);
      break;
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
      ret = fcntl_setlk(f, regs.dx, cmd === F_OFD_SETLKW, true);
      break;
  }
  fput(f);
  return ret;
}

export function __x64_sys_ioctl(regs: pt_regs): s64 {
  const fd = u32(regs.di);
  const cmd = u32(regs.si);
  const f = fget(fd);
  if (f === null) return -EBADF;
  let ret: s64 = 0;
  let on: int = 0;
  if (cmd === FIOCLEX) {
    set_close_on_exec(fd, true);
  } else if (cmd === FIONCLEX) {
    set_close_on_exec(fd, false);
  } else if (cmd === FIONBIO) {
    if (copy_from_user(addr(on), at<ptr>(regs.dx), 4) !== 0) ret = -EFAULT;
    else if (on !== 0) f.f_flags |= O_NONBLOCK;
    else f.f_flags &= ~u32(O_NONBLOCK);
  } else if (cmd === FIONREAD && S_ISREG(f.f_inode.i_mode)) {
    on = int(f.f_inode.i_size - f.f_pos);
    if (copy_to_user(at<ptr>(regs.dx), addr(on), 4) !== 0) ret = -EFAULT;
  } else if (f.f_op.unlocked_ioctl === null) {
    ret = -ENOTTY;
  } else {
    ret = f.f_op.unlocked_ioctl(f, cmd, regs.dx);
    if (ret === -ENOIOCTLCMD) ret = -ENOTTY;
  }
  fput(f);
  return ret;
}

/** Every write has reached the server when it returns: there is nothing to wait for. */
export function __x64_sys_sync(regs: pt_regs): s64 {
  return 0;
}

export function __x64_sys_fsync(regs: pt_regs): s64 {
  const f = fget(u32(regs.di));
  if (f === null) return -EBADF;
  const ret: s64 = f.f_op.fsync === null ? -EINVAL : s64(f.f_op.fsync(f));
  fput(f);
  return ret;
}
