// Pipes and fifos: a ring of bytes that grows to 64 KiB, readers and writers waiting on each other.

import type { pt_regs } from "asm/ptrace";
import { current_fsgid, current_fsuid } from "linux/cred";
import { get_current } from "linux/current";
import { d_make_root, type dentry, type dentry_operations } from "linux/dcache";
import { IS_ERR, PTR_ERR } from "linux/err";
import { EAGAIN, EFAULT, EINVAL, ENFILE, ENOMEM, ENOTTY, ENXIO, EPIPE, ERESTARTSYS } from "linux/errno";
import { O_CLOEXEC, O_DIRECT, O_NONBLOCK, O_RDONLY, O_WRONLY } from "linux/fcntl";
import { close_fd, fd_install, fput, get_unused_fd_flags, put_unused_fd } from "linux/file";
import {
  FMODE_READ,
  FMODE_WRITE,
  type file,
  type file_operations,
  type file_system_type,
  type inode,
  iput,
  kill_anon_super,
  type kiocb,
  mount_nodev,
  new_inode,
  register_filesystem,
  stream_open,
  type super_block,
  type super_operations,
} from "linux/fs";
import { snprintf } from "linux/kernel";
import { kern_mount, type vfsmount } from "linux/mount";
import { mutex_init, mutex_lock, mutex_unlock } from "linux/mutex";
import { PIPE_BUF, PIPE_SIZE, type pipe_inode_info } from "linux/pipe_fs_i";
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDNORM, EPOLLWRNORM, type poll_table_struct, poll_wait } from "linux/poll";
import { schedule, signal_pending, TASK_INTERRUPTIBLE } from "linux/sched";
import { SIGPIPE, send_sig } from "linux/signal";
import { GFP_KERNEL, kfree, kmalloc, kzalloc } from "linux/slab";
import { S_IFIFO, S_IRUSR, S_IWUSR } from "linux/stat";
import { memcpy } from "linux/string";
import { FIONREAD } from "linux/termios";
import { copy_to_user } from "linux/uaccess";
import { copy_from_iter, copy_to_iter, type iov_iter, iov_iter_count } from "linux/uio";
import {
  finish_wait,
  init_wait,
  init_waitqueue_head,
  prepare_to_wait,
  type wait_queue_entry,
  type wait_queue_head,
  wake_up_interruptible,
} from "linux/wait";
import { alloc_file_clone, alloc_file_pseudo } from "./file_table";

const FIRST_SIZE = 4096;

export function alloc_pipe_info(): pipe_inode_info {
  const pipe = kzalloc(sizeof<pipe_inode_info>(), GFP_KERNEL) as pipe_inode_info;
  if (pipe === null) return null;
  mutex_init(pipe.mutex);
  init_waitqueue_head(pipe.rd_wait);
  init_waitqueue_head(pipe.wr_wait);
  pipe.bufs = kmalloc(FIRST_SIZE, GFP_KERNEL) as u8[];
  pipe.ring_size = FIRST_SIZE;
  if (pipe.bufs === null) {
    kfree(pipe);
    return null;
  }
  return pipe;
}

export function free_pipe_info(pipe: pipe_inode_info): void {
  kfree(pipe.bufs);
  kfree(pipe);
}

/** Sleeps on wq with the pipe's lock dropped. The state is set before the lock goes, so no wake-up is lost. */
function pipe_wait(pipe: pipe_inode_info, wq: wait_queue_head): void {
  let w: embed<wait_queue_entry>;
  init_wait(w);
  prepare_to_wait(wq, w, TASK_INTERRUPTIBLE);
  mutex_unlock(pipe.mutex);
  schedule();
  finish_wait(wq, w);
  mutex_lock(pipe.mutex);
}
inline(pipe_wait);

function pipe_read(iocb: kiocb, to: iov_iter): s64 {
  const filp = iocb.ki_filp;
  const pipe = filp.private_data as pipe_inode_info;
  if (iov_iter_count(to) === 0) return 0;
  let ret: s64 = 0;
  mutex_lock(pipe.mutex);
  for (;;) {
    const held: u64 = pipe.head - pipe.tail;
    if (held !== 0) {
      const start: u64 = pipe.tail & (pipe.ring_size - 1);
      let n: u64 = pipe.ring_size - start;
      if (n > held) n = held;
      if (n > iov_iter_count(to)) n = iov_iter_count(to);
      const done = copy_to_iter(add(pipe.bufs, start), n, to);
      pipe.tail += done;
      ret += s64(done);
      if (done !== n) {
        if (ret === 0) ret = -EFAULT;
        break;
      }
      if (iov_iter_count(to) === 0) break;
      continue;
    }
    if (ret !== 0 || pipe.writers === 0) break;
    if ((filp.f_flags & O_NONBLOCK) !== 0) {
      ret = -EAGAIN;
      break;
    }
    if (signal_pending(get_current())) {
      ret = -ERESTARTSYS;
      break;
    }
    pipe_wait(pipe, pipe.rd_wait);
  }
  mutex_unlock(pipe.mutex);
  if (ret > 0) wake_up_interruptible(pipe.wr_wait);
  return ret;
}

/** A bigger ring, up to PIPE_SIZE, if memory allows. */
function pipe_grow(pipe: pipe_inode_info): bool {
  if (pipe.ring_size >= PIPE_SIZE) return false;
  const size: u64 = pipe.ring_size * 4;
  const bufs = kmalloc(size, GFP_KERNEL) as u8[];
  if (bufs === null) return false;
  const held: u64 = pipe.head - pipe.tail;
  const start: u64 = pipe.tail & (pipe.ring_size - 1);
  let first: u64 = pipe.ring_size - start;
  if (first > held) first = held;
  memcpy(bufs, add(pipe.bufs, start), first);
  memcpy(add(bufs, first), pipe.bufs, held - first);
  kfree(pipe.bufs);
  pipe.bufs = bufs;
  pipe.ring_size = size;
  pipe.tail = 0;
  pipe.head = held;
  return true;
}

function pipe_write(iocb: kiocb, from: iov_iter): s64 {
  const filp = iocb.ki_filp;
  const pipe = filp.private_data as pipe_inode_info;
  const total = iov_iter_count(from);
  if (total === 0) return 0;
  let ret: s64 = 0;
  // Up to PIPE_BUF bytes go in as a whole or not at all.
  const atomic = total <= PIPE_BUF;
  mutex_lock(pipe.mutex);
  for (;;) {
    if (pipe.readers === 0) {
      send_sig(SIGPIPE, get_current(), 0);
      if (ret === 0) ret = -EPIPE;
      break;
    }
    const held: u64 = pipe.head - pipe.tail;
    const room: u64 = pipe.ring_size - held;
    const want = iov_iter_count(from);
    if (room < want && pipe_grow(pipe)) continue;
    if (room !== 0 && (!atomic || room >= want)) {
      const start: u64 = pipe.head & (pipe.ring_size - 1);
      let n: u64 = pipe.ring_size - start;
      if (n > room) n = room;
      if (n > want) n = want;
      const done = copy_from_iter(add(pipe.bufs, start), n, from);
      pipe.head += done;
      ret += s64(done);
      if (done !== n) {
        if (ret === 0) ret = -EFAULT;
        break;
      }
      if (iov_iter_count(from) === 0) break;
      continue;
    }
    if ((filp.f_flags & O_NONBLOCK) !== 0) {
      if (ret === 0) ret = -EAGAIN;
      break;
    }
    if (signal_pending(get_current())) {
      if (ret === 0) ret = -ERESTARTSYS;
      break;
    }
    wake_up_interruptible(pipe.rd_wait);
    pipe_wait(pipe, pipe.wr_wait);
  }
  mutex_unlock(pipe.mutex);
  if (ret > 0) wake_up_interruptible(pipe.rd_wait);
  return ret;
}

function pipe_poll(filp: file, wait: poll_table_struct): u32 {
  const pipe = filp.private_data as pipe_inode_info;
  let mask: u32 = 0;
  if ((filp.f_mode & FMODE_READ) !== 0) {
    poll_wait(filp, pipe.rd_wait, wait);
    if (pipe.head !== pipe.tail) mask |= EPOLLIN | EPOLLRDNORM;
    if (pipe.writers === 0) mask |= EPOLLHUP;
  }
  if ((filp.f_mode & FMODE_WRITE) !== 0) {
    poll_wait(filp, pipe.wr_wait, wait);
    if (PIPE_SIZE - (pipe.head - pipe.tail) >= PIPE_BUF) mask |= EPOLLOUT | EPOLLWRNORM;
    if (pipe.readers === 0) mask |= EPOLLERR;
  }
  return mask;
}

function pipe_ioctl(filp: file, cmd: u32, arg: u64): s64 {
  const pipe = filp.private_data as pipe_inode_info;
  if (cmd !== FIONREAD) return -ENOTTY;
  let n: int = int(pipe.head - pipe.tail);
  return copy_to_user(at<ptr>(arg), addr(n), 4) !== 0 ? -EFAULT : 0;
}

function pipe_release(inode: inode, filp: file): int {
  const pipe = filp.private_data as pipe_inode_info;
  mutex_lock(pipe.mutex);
  if ((filp.f_mode & FMODE_READ) !== 0) pipe.readers -= 1;
  if ((filp.f_mode & FMODE_WRITE) !== 0) pipe.writers -= 1;
  pipe.files -= 1;
  const last = pipe.files === 0;
  if (last) {
    inode.i_pipe = null;
  } else {
    // Under the mutex: once it is free, whoever closes the other end may free the pipe.
    wake_up_interruptible(pipe.rd_wait);
    wake_up_interruptible(pipe.wr_wait);
  }
  mutex_unlock(pipe.mutex);
  if (last) free_pipe_info(pipe);
  return 0;
}

/** The other side of a fifo: waits until its counter of opens moves. */
function wait_for_partner(pipe: pipe_inode_info, counter: u32[]): int {
  const old = counter[0];
  while (counter[0] === old) {
    if (signal_pending(get_current())) return -ERESTARTSYS;
    pipe_wait(pipe, pipe.rd_wait);
  }
  return 0;
}

function fifo_open(inode: inode, filp: file): int {
  stream_open(inode, filp);
  const reads = (filp.f_mode & FMODE_READ) !== 0;
  const writes = (filp.f_mode & FMODE_WRITE) !== 0;
  mutex_lock(inode.i_rwsem);
  if (inode.i_pipe === null) inode.i_pipe = alloc_pipe_info();
  const pipe = inode.i_pipe;
  if (pipe !== null) pipe.files += 1;
  mutex_unlock(inode.i_rwsem);
  if (pipe === null) return -ENOMEM;
  filp.private_data = pipe;
  filp.f_op = pipefifo_fops;
  mutex_lock(pipe.mutex);
  let err: int = 0;
  const nonblock = (filp.f_flags & O_NONBLOCK) !== 0;
  if (writes && !reads && nonblock && pipe.readers === 0) err = -ENXIO;
  if (err === 0) {
    if (reads) {
      pipe.r_counter += 1;
      pipe.readers += 1;
    }
    if (writes) {
      pipe.w_counter += 1;
      pipe.writers += 1;
    }
    wake_up_interruptible(pipe.rd_wait);
    wake_up_interruptible(pipe.wr_wait);
    if (reads && !writes && pipe.writers === 0 && !nonblock) err = wait_for_partner(pipe, addr(pipe.w_counter));
    if (writes && !reads && pipe.readers === 0) err = wait_for_partner(pipe, addr(pipe.r_counter));
    if (err !== 0) {
      if (reads) pipe.readers -= 1;
      if (writes) pipe.writers -= 1;
    }
  }
  let last = false;
  if (err !== 0) {
    pipe.files -= 1;
    last = pipe.files === 0;
    if (last) inode.i_pipe = null;
  }
  mutex_unlock(pipe.mutex);
  if (last) free_pipe_info(pipe);
  return err;
}

export const pipefifo_fops: file_operations = {
  open: fifo_open,
  read_iter: pipe_read,
  write_iter: pipe_write,
  poll: pipe_poll,
  unlocked_ioctl: pipe_ioctl,
  release: pipe_release,
};

// ---- pipe(2) ----

function pipefs_dname(dentry: dentry, buffer: u8[], buflen: int): u8[] {
  snprintf(buffer, u64(buflen), "pipe:[%lu]", dentry.d_inode.i_ino);
  return buffer;
}

const pipefs_dentry_operations: dentry_operations = { d_dname: pipefs_dname };
const pipefs_ops: super_operations = {};
const PIPEFS_MAGIC = 0x50495045;
let pipe_mnt: vfsmount = null;

function pipefs_fill_super(sb: super_block, data: cstr): int {
  sb.s_magic = PIPEFS_MAGIC;
  sb.s_op = pipefs_ops;
  const root = new_inode(sb);
  if (root === null) return -ENOMEM;
  root.i_mode = 0o040600;
  sb.s_root = d_make_root(root);
  return sb.s_root === null ? -ENOMEM : 0;
}

function pipefs_mount(type: file_system_type, flags: int, dev_name: cstr, data: cstr): dentry {
  return mount_nodev(type, flags, data, pipefs_fill_super);
}

const pipe_fs_type: file_system_type = { name: "pipefs", mount: pipefs_mount, kill_sb: kill_anon_super };

export function init_pipe_fs(): int {
  register_filesystem(pipe_fs_type);
  pipe_mnt = kern_mount(pipe_fs_type);
  return IS_ERR(pipe_mnt) ? int(PTR_ERR(pipe_mnt)) : 0;
}

function create_pipe_files(res: ref<file>[], flags: int): int {
  const inode = new_inode(pipe_mnt.mnt_sb);
  if (inode === null) return -ENFILE;
  const pipe = alloc_pipe_info();
  if (pipe === null) {
    iput(inode);
    return -ENFILE;
  }
  inode.i_pipe = pipe;
  pipe.files = 2;
  pipe.readers = 1;
  pipe.writers = 1;
  inode.i_mode = S_IFIFO | S_IRUSR | S_IWUSR;
  inode.i_uid = current_fsuid();
  inode.i_gid = current_fsgid();
  inode.i_fop = pipefifo_fops;
  const w = alloc_file_pseudo(
    inode,
    pipe_mnt,
    "",
    int(O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT))),
    pipefifo_fops,
    pipefs_dentry_operations,
  );
  if (IS_ERR(w)) {
    free_pipe_info(pipe);
    iput(inode);
    return int(PTR_ERR(w));
  }
  w.private_data = pipe;
  stream_open(inode, w);
  const r = alloc_file_clone(w, int(O_RDONLY | (flags & O_NONBLOCK)), pipefifo_fops);
  if (IS_ERR(r)) {
    pipe.readers = 0;
    pipe.files = 1;
    fput(w);
    return int(PTR_ERR(r));
  }
  r.private_data = pipe;
  stream_open(inode, r);
  res[0] = r;
  res[1] = w;
  return 0;
}

/** Two descriptors, installed, in fd[0] (read) and fd[1] (write). */
export function do_pipe_flags(fd: int[], flags: int): int {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) !== 0) return -EINVAL;
  let files: array<ref<file>, 2>;
  const err = create_pipe_files(files, flags);
  if (err !== 0) return err;
  const r = get_unused_fd_flags(u32(flags));
  const w: int = r < 0 ? r : get_unused_fd_flags(u32(flags));
  if (w < 0) {
    if (r >= 0) put_unused_fd(u32(r));
    fput(files[0]);
    fput(files[1]);
    return w;
  }
  fd[0] = r;
  fd[1] = w;
  fd_install(u32(r), files[0]);
  fd_install(u32(w), files[1]);
  return 0;
}

function do_pipe2(user: u64, flags: int): s64 {
  let fd: array<int, 2>;
  const err = do_pipe_flags(fd, flags);
  if (err !== 0) return s64(err);
  if (copy_to_user(at<ptr>(user), fd, 8) !== 0) {
    close_fd(u32(fd[0]));
    close_fd(u32(fd[1]));
    return -EFAULT;
  }
  return 0;
}

export function __x64_sys_pipe(regs: pt_regs): s64 {
  return do_pipe2(regs.di, 0);
}
export function __x64_sys_pipe2(regs: pt_regs): s64 {
  return do_pipe2(regs.di, int(regs.si));
}
