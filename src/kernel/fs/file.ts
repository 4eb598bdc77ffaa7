// File descriptor tables: the lowest free number, duplicates, close-on-exec, fork's copy and exit's end.

import { type pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EBADF, EBUSY, EINVAL, EMFILE } from "linux/errno";
import { O_CLOEXEC } from "linux/fcntl";
import { type files_struct } from "linux/fdtable";
import { locks_remove_posix } from "linux/filelock";
import { FMODE_PATH, type file, filp_close } from "linux/fs";
import { type task_struct } from "linux/sched";
import { spin_lock, spin_unlock } from "linux/spinlock";
import { bit_clear, bit_set, bit_test, expand_files, find_next_fd, nofile_limit } from "./fdtable";
import { fput, get_file } from "./file_table";

export function alloc_fd(start: u32, flags: u32): int {
  const files = get_current().files;
  const limit = nofile_limit();
  spin_lock(files.file_lock);
  for (;;) {
    let fd = start;
    if (fd < files.next_fd) fd = files.next_fd;
    fd = find_next_fd(files, fd);
    if (u64(fd) >= limit) {
      spin_unlock(files.file_lock);
      return -EMFILE;
    }
    const err = expand_files(files, fd);
    if (err < 0) {
      spin_unlock(files.file_lock);
      return err;
    }
    if (err > 0) continue;
    if (start <= files.next_fd) files.next_fd = fd + 1;
    bit_set(files.open_fds, fd);
    if ((flags & O_CLOEXEC) !== 0) bit_set(files.close_on_exec, fd);
    else bit_clear(files.close_on_exec, fd);
    spin_unlock(files.file_lock);
    return int(fd);
  }
}

export function get_unused_fd_flags(flags: u32): int {
  return alloc_fd(0, flags);
}

function __put_unused_fd(files: files_struct, fd: u32): void {
  bit_clear(files.open_fds, fd);
  if (fd < files.next_fd) files.next_fd = fd;
}

export function put_unused_fd(fd: u32): void {
  const files = get_current().files;
  spin_lock(files.file_lock);
  __put_unused_fd(files, fd);
  spin_unlock(files.file_lock);
}

/** From now on the number means `file`, whose reference the table takes over. */
export function fd_install(fd: u32, file: file): void {
  const files = get_current().files;
  spin_lock(files.file_lock);
  files.fd[fd] = file;
  spin_unlock(files.file_lock);
}

function fcheck(files: files_struct, fd: u32): file {
  return fd < files.max_fds ? files.fd[fd] : null;
}

/** The file with a reference, whatever it was opened for (also O_PATH). */
export function fget_raw(fd: u32): file {
  const files = get_current().files;
  spin_lock(files.file_lock);
  const f = fcheck(files, fd);
  if (f !== null) get_file(f);
  spin_unlock(files.file_lock);
  return f;
}

export function fget(fd: u32): file {
  const files = get_current().files;
  spin_lock(files.file_lock);
  let f = fcheck(files, fd);
  if (f !== null && (f.f_mode & FMODE_PATH) !== 0) f = null;
  if (f !== null) get_file(f);
  spin_unlock(files.file_lock);
  return f;
}

export function fget_task(task: task_struct, fd: u32): file {
  // alloc_lock keeps a task that exits from freeing its table.
  spin_lock(task.alloc_lock);
  const files = task.files;
  let f: file = null;
  if (files !== null) {
    spin_lock(files.file_lock);
    f = fcheck(files, fd);
    if (f !== null) get_file(f);
    spin_unlock(files.file_lock);
  }
  spin_unlock(task.alloc_lock);
  return f;
}

/** The lowest open number of `task` that is at least *fd, with its file and a reference; null at the end. */
export function task_lookup_next_fd(task: task_struct, fd: u32[]): file {
  spin_lock(task.alloc_lock);
  const files = task.files;
  if (files === null) {
    spin_unlock(task.alloc_lock);
    return null;
  }
  spin_lock(files.file_lock);
  let f: file = null;
  let n = fd[0];
  for (; n < files.max_fds; n++) {
    f = files.fd[n];
    if (f !== null) {
      get_file(f);
      break;
    }
  }
  spin_unlock(files.file_lock);
  spin_unlock(task.alloc_lock);
  fd[0] = n;
  return f;
}

export function close_fd(fd: u32): int {
  const files = get_current().files;
  spin_lock(files.file_lock);
  const f = fcheck(files, fd);
  if (f === null) {
    spin_unlock(files.file_lock);
    return -EBADF;
  }
  files.fd[fd] = null;
  __put_unused_fd(files, fd);
  spin_unlock(files.file_lock);
  locks_remove_posix(f, files);
  return filp_close(f);
}

export function get_close_on_exec(fd: u32): bool {
  const files = get_current().files;
  spin_lock(files.file_lock);
  const res = bit_test(files.close_on_exec, fd);
  spin_unlock(files.file_lock);
  return res;
}

export function set_close_on_exec(fd: u32, flag: bool): void {
  const files = get_current().files;
  spin_lock(files.file_lock);
  if (flag) bit_set(files.close_on_exec, fd);
  else bit_clear(files.close_on_exec, fd);
  spin_unlock(files.file_lock);
}

export function do_close_on_exec(files: files_struct): void {
  for (let w: u32 = 0; w < files.max_fds >> 6; w++) {
    for (;;) {
      // Nobody else has the table: exec has made it the task's own.
      if (files.close_on_exec[w] === 0) break;
      spin_lock(files.file_lock);
      const set = files.close_on_exec[w] & files.open_fds[w];
      if (set === 0) {
        files.close_on_exec[w] = 0;
        spin_unlock(files.file_lock);
        break;
      }
      const fd = w * 64 + u32(ctz64(set));
      const f = fcheck(files, fd);
      bit_clear(files.close_on_exec, fd);
      if (f !== null) {
        files.fd[fd] = null;
        __put_unused_fd(files, fd);
      }
      spin_unlock(files.file_lock);
      if (f !== null) {
        locks_remove_posix(f, files);
        filp_close(f);
      }
    }
  }
}

function do_dup2(files: files_struct, file: file, fd: u32, flags: u32): int {
  const old = files.fd[fd];
  if (old === null && bit_test(files.open_fds, fd)) {
    spin_unlock(files.file_lock);
    // Another thread is opening this very number.
    return -EBUSY;
  }
  get_file(file);
  files.fd[fd] = file;
  bit_set(files.open_fds, fd);
  if ((flags & O_CLOEXEC) !== 0) bit_set(files.close_on_exec, fd);
  else bit_clear(files.close_on_exec, fd);
  spin_unlock(files.file_lock);
  if (old !== null) {
    locks_remove_posix(old, files);
    filp_close(old);
  }
  return int(fd);
}

function ksys_dup3(oldfd: u32, newfd: u32, flags: u32): int {
  if ((flags & ~O_CLOEXEC) !== 0 || oldfd === newfd) return -EINVAL;
  if (u64(newfd) >= nofile_limit()) return -EBADF;
  const files = get_current().files;
  spin_lock(files.file_lock);
  let err = expand_files(files, newfd);
  const f = fcheck(files, oldfd);
  if (f === null) err = -EBADF;
  if (err < 0) {
    spin_unlock(files.file_lock);
    return err === -EMFILE ? -EBADF : err;
  }
  return do_dup2(files, f, newfd, flags);
}

export function f_dupfd(from: u32, file: file, flags: u32): int {
  if (u64(from) >= nofile_limit()) return -EINVAL;
  const fd = alloc_fd(from, flags);
  if (fd >= 0) {
    get_file(file);
    fd_install(u32(fd), file);
  }
  return fd;
}

export function __x64_sys_dup(regs: pt_regs): s64 {
  const f = fget_raw(u32(regs.di));
  if (f === null) return -EBADF;
  const fd = alloc_fd(0, 0);
  if (fd < 0) {
    fput(f);
    return s64(fd);
  }
  fd_install(u32(fd), f);
  return s64(fd);
}

export function __x64_sys_dup2(regs: pt_regs): s64 {
  const oldfd = u32(regs.di);
  const newfd = u32(regs.si);
  if (oldfd === newfd) {
    const files = get_current().files;
    spin_lock(files.file_lock);
    const f = fcheck(files, oldfd);
    spin_unlock(files.file_lock);
    return f === null ? -EBADF : s64(oldfd);
  }
  return s64(ksys_dup3(oldfd, newfd, 0));
}

export function __x64_sys_dup3(regs: pt_regs): s64 {
  return s64(ksys_dup3(u32(regs.di), u32(regs.si), u32(regs.dx)));
}

export function __x64_sys_close(regs: pt_regs): s64 {
  return s64(close_fd(u32(regs.di)));
}
