// n_tty's read, write and poll: lines or raw bytes from the input ring to the reader, a writer's bytes to the output.
import { get_current } from "linux/current";
import { EAGAIN, EFAULT, EIO, ERESTARTSYS } from "linux/errno";
import { O_NONBLOCK } from "linux/fcntl";
import type { file } from "linux/fs";
import { HZ } from "linux/jiffies";
import { mutex_lock_interruptible, mutex_trylock, mutex_unlock } from "linux/mutex";
import { EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDNORM, EPOLLWRNORM, type poll_table_struct, poll_wait } from "linux/poll";
import {
  __set_current_state,
  MAX_SCHEDULE_TIMEOUT,
  schedule,
  schedule_timeout,
  set_current_state,
  signal_pending,
  TASK_INTERRUPTIBLE,
  TASK_RUNNING,
} from "linux/sched";
import { kill_pgrp, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN } from "linux/signal";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { spin_lock, spin_unlock } from "linux/spinlock";
import {
  ECHO,
  ECHOCTL,
  ECHOE,
  ECHOK,
  ECHOKE,
  ECHONL,
  ICANON,
  ICRNL,
  IEXTEN,
  IGNCR,
  INLCR,
  ISIG,
  ISTRIP,
  IUTF8,
  IXANY,
  IXON,
  NOFLSH,
  OCRNL,
  ONLCR,
  ONLRET,
  ONOCR,
  OPOST,
  TABDLY,
  TOSTOP,
  VEOF,
  VEOL,
  VEOL2,
  VERASE,
  VINTR,
  VKILL,
  VLNEXT,
  VMIN,
  VQUIT,
  VREPRINT,
  VSTART,
  VSTOP,
  VSUSP,
  VTIME,
  VWERASE,
  XTABS,
} from "linux/termios";
import { N_TTY_BUF_SIZE, type tty_file_private, type tty_struct } from "linux/tty";
import { copy_from_iter, copy_to_iter, type iov_iter, iov_iter_count } from "linux/uio";
import { add_wait_queue, init_waitqueue_entry, remove_wait_queue, type wait_queue_entry, wake_up_interruptible } from "linux/wait";
import { flag_clear, flag_get, input_available, MASK } from "./n_tty";
import { BELL, BS, CARET, CR, echo_back, echo_char, echo_raw, I, L, LF, O, process_output, SPACE, start_output, TAB } from "./n_tty_output";
import { __tty_check_change, tty_check_change } from "./tty_jobctrl";

// ---- read ----

/** Up to `want` bytes into kernel memory. In canonical mode ends behind a line; *eol tells. */
function take_input(tty: tty_struct, to: u8[], want: u64, eol: bool[]): u64 {
  let n: u64 = 0;
  eol[0] = false;
  spin_lock(tty.read_lock);
  const canon = L(tty, ICANON);
  const end: u64 = canon ? tty.canon_head : tty.read_head;
  while (n < want && tty.read_tail !== end) {
    const pos = tty.read_tail;
    const c = tty.read_buf[pos & MASK];
    tty.read_tail += 1;
    if (flag_get(tty, pos)) {
      flag_clear(tty, pos);
      if (canon) {
        if (c !== 0) {
          to[n] = c;
          n += 1;
        }
        eol[0] = true;
        break;
      }
    }
    to[n] = c;
    n += 1;
  }
  // "line" + EOF with a buffer that just holds the line: the EOF belongs to it.
  if (canon && !eol[0] && n === want && tty.read_tail !== end && flag_get(tty, tty.read_tail) && tty.read_buf[tty.read_tail & MASK] === 0) {
    flag_clear(tty, tty.read_tail);
    tty.read_tail += 1;
    eol[0] = true;
  }
  if (!canon && tty.canon_head < tty.read_tail) tty.canon_head = tty.read_tail;
  spin_unlock(tty.read_lock);
  return n;
}

const CHUNK = 256;

export function n_tty_read(tty: tty_struct, f: file, iter: iov_iter): s64 {
  const priv = f.private_data as tty_file_private;
  let err: s64 = s64(__tty_check_change(tty, SIGTTIN));
  if (err !== 0) return err;
  if ((f.f_flags & O_NONBLOCK) !== 0) {
    if (mutex_trylock(tty.atomic_read_lock) === 0) return -EAGAIN;
  } else if (mutex_lock_interruptible(tty.atomic_read_lock) !== 0) {
    return -ERESTARTSYS;
  }
  const canon = L(tty, ICANON);
  let minimum: u64 = 1;
  let timeout: s64 = MAX_SCHEDULE_TIMEOUT;
  let between: s64 = 0;
  if (!canon) {
    const vtime: s64 = (s64(tty.termios.c_cc[VTIME]) * HZ) / 10;
    minimum = u64(tty.termios.c_cc[VMIN]);
    if (minimum !== 0) between = vtime;
    else {
      minimum = 1;
      timeout = vtime;
    }
  }
  const buf = kmalloc(CHUNK, GFP_KERNEL) as u8[];
  let copied: u64 = 0;
  let wait: embed<wait_queue_entry>;
  init_waitqueue_entry(wait, get_current());
  add_wait_queue(tty.read_wait, wait);
  while (buf !== null && iov_iter_count(iter) !== 0) {
    set_current_state(TASK_INTERRUPTIBLE);
    if (!input_available(tty)) {
      if (priv.generation !== tty.generation || timeout === 0) break;
      if ((f.f_flags & O_NONBLOCK) !== 0) {
        err = -EAGAIN;
        break;
      }
      if (signal_pending(get_current())) {
        err = -ERESTARTSYS;
        break;
      }
      timeout = schedule_timeout(timeout);
      tty_driver_unthrottle(tty);
      continue;
    }
    __set_current_state(TASK_RUNNING);
    let want = iov_iter_count(iter);
    if (want > CHUNK) want = CHUNK;
    let eol: bool = false;
    const n = take_input(tty, buf, want, addr(eol));
    if (copy_to_iter(buf, n, iter) !== n) {
      err = -EFAULT;
      break;
    }
    copied += n;
    tty_driver_unthrottle(tty);
    if (canon) {
      if (eol || !input_available(tty)) break;
    } else if (!input_available(tty)) {
      if (copied >= minimum) break;
      if (between !== 0) timeout = between;
    }
  }
  __set_current_state(TASK_RUNNING);
  remove_wait_queue(tty.read_wait, wait);
  mutex_unlock(tty.atomic_read_lock);
  kfree(buf);
  return copied !== 0 ? s64(copied) : err;
}

/** Room in the ring again: the driver may hand over what it kept back. */
function tty_driver_unthrottle(tty: tty_struct): void {
  if (tty.ops.unthrottle !== null) tty.ops.unthrottle(tty);
}

// ---- write ----

const WRITE_CHUNK = 2048;

export function n_tty_write(tty: tty_struct, f: file, iter: iov_iter): s64 {
  const priv = f.private_data as tty_file_private;
  if (L(tty, TOSTOP)) {
    const err = tty_check_change(tty);
    if (err !== 0) return s64(err);
  }
  let size = iov_iter_count(iter);
  if (size > WRITE_CHUNK) size = WRITE_CHUNK;
  const buf = kmalloc(size + 1, GFP_KERNEL) as u8[];
  if (buf === null) return -EAGAIN;
  let done: s64 = 0;
  let err: s64 = 0;
  // Who holds it may have to wait for ^Q: nobody waits for him where no signal comes.
  if ((f.f_flags & O_NONBLOCK) !== 0) {
    if (mutex_trylock(tty.atomic_write_lock) === 0) err = -EAGAIN;
  } else if (mutex_lock_interruptible(tty.atomic_write_lock) !== 0) {
    err = -ERESTARTSYS;
  }
  if (err !== 0) {
    kfree(buf);
    return err;
  }
  let wait: embed<wait_queue_entry>;
  init_waitqueue_entry(wait, get_current());
  while (iov_iter_count(iter) !== 0) {
    if (priv.generation !== tty.generation) {
      err = -EIO;
      break;
    }
    if (tty.flow_stopped) {
      if ((f.f_flags & O_NONBLOCK) !== 0) {
        err = -EAGAIN;
        break;
      }
      if (signal_pending(get_current())) {
        err = -ERESTARTSYS;
        break;
      }
      add_wait_queue(tty.write_wait, wait);
      set_current_state(TASK_INTERRUPTIBLE);
      if (tty.flow_stopped) schedule();
      __set_current_state(TASK_RUNNING);
      remove_wait_queue(tty.write_wait, wait);
      continue;
    }
    let n = iov_iter_count(iter);
    if (n > size) n = size;
    const got = copy_from_iter(buf, n, iter);
    process_output(tty, buf, got);
    done += s64(got);
    if (got !== n) {
      err = -EFAULT;
      break;
    }
    if (signal_pending(get_current()) && iov_iter_count(iter) !== 0) {
      err = -ERESTARTSYS;
      break;
    }
  }
  mutex_unlock(tty.atomic_write_lock);
  kfree(buf);
  return done !== 0 ? done : err;
}

export function n_tty_poll(tty: tty_struct, f: file, wait: poll_table_struct): u32 {
  const priv = f.private_data as tty_file_private;
  let mask: u32 = 0;
  poll_wait(f, tty.read_wait, wait);
  poll_wait(f, tty.write_wait, wait);
  if (input_available(tty)) mask |= EPOLLIN | EPOLLRDNORM;
  if (priv.generation !== tty.generation) mask |= EPOLLHUP | EPOLLIN;
  if (!tty.flow_stopped) mask |= EPOLLOUT | EPOLLWRNORM;
  return mask;
}

/** Bytes that a read would get now. */
export function n_tty_inq(tty: tty_struct): int {
  let n: int = 0;
  spin_lock(tty.read_lock);
  if (!L(tty, ICANON)) n = int(tty.read_head - tty.read_tail);
  else for (let p = tty.read_tail; p !== tty.canon_head; p++) if (!flag_get(tty, p) || tty.read_buf[p & MASK] !== 0) n += 1;
  spin_unlock(tty.read_lock);
  return n;
}
