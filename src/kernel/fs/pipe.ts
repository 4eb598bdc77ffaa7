// Pipes and fifos: a ring of bytes that grows to 64 KiB, readers and writers waiting on each other.

import { get_current } from "linux/current";
import { EAGAIN, EFAULT, ENOMEM, ENOTTY, ENXIO, EPIPE, ERESTARTSYS } from "linux/errno";
import { O_NONBLOCK } from "linux/fcntl";
import { FMODE_READ, FMODE_WRITE, type file, type file_operations, type inode, type kiocb, stream_open } from "linux/fs";
import { mutex_init, mutex_lock, mutex_unlock } from "linux/mutex";
import { PIPE_BUF, PIPE_SIZE, type pipe_inode_info } from "linux/pipe_fs_i";
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDNORM, EPOLLWRNORM, type poll_table_struct, poll_wait } from "linux/poll";
import { schedule, signal_pending, TASK_INTERRUPTIBLE } from "linux/sched";
import { SIGPIPE, send_sig } from "linux/signal";
import { GFP_KERNEL, kfree, kmalloc, kzalloc } from "linux/slab";
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
