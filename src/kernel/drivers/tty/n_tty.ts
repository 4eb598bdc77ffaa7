// n_tty, the line discipline: editing and echo on the way in, CR/LF on the way out, signals from keys, canonical and raw reads.
// read_lock guards the input ring; it is never held while user memory is touched or the driver writes.
import { get_current } from "linux/current";
import { EAGAIN, EFAULT, EIO, ERESTARTSYS } from "linux/errno";
import { O_NONBLOCK } from "linux/fcntl";
import type { file } from "linux/fs";
import { HZ } from "linux/jiffies";
import { mutex_lock_interruptible, mutex_lock, mutex_unlock } from "linux/mutex";
import { EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDNORM, EPOLLWRNORM, poll_wait, type poll_table_struct } from "linux/poll";
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
import { __tty_check_change, tty_check_change } from "./tty_jobctrl";

const MASK = N_TTY_BUF_SIZE - 1;
const BS = 8;
const TAB = 9;
const LF = 10;
const CR = 13;
const BELL = 7;
const SPACE = 32;
const CARET = 94;
const ECHO_BUF_SIZE = 1024;

function L(tty: tty_struct, flag: u32): bool {
  return (tty.termios.c_lflag & flag) !== 0;
}
inline(L);
function I(tty: tty_struct, flag: u32): bool {
  return (tty.termios.c_iflag & flag) !== 0;
}
inline(I);
function O(tty: tty_struct, flag: u32): bool {
  return (tty.termios.c_oflag & flag) !== 0;
}
inline(O);

function flag_get(tty: tty_struct, pos: u64): bool {
  const n: u64 = pos & MASK;
  return ((tty.read_flags[n >> 6] >> (n & 63)) & 1) !== 0;
}
function flag_set(tty: tty_struct, pos: u64): void {
  const n: u64 = pos & MASK;
  tty.read_flags[n >> 6] = tty.read_flags[n >> 6] | (u64(1) << (n & 63));
}
function flag_clear(tty: tty_struct, pos: u64): void {
  const n: u64 = pos & MASK;
  tty.read_flags[n >> 6] = tty.read_flags[n >> 6] & ~(u64(1) << (n & 63));
}

export function n_tty_open(tty: tty_struct): void {
  if (tty.read_buf !== null) return;
  tty.read_flags = kmalloc(N_TTY_BUF_SIZE / 8, GFP_KERNEL) as u64[];
  for (let i = 0; i < N_TTY_BUF_SIZE / 64; i++) tty.read_flags[i] = 0;
  tty.read_buf = kmalloc(N_TTY_BUF_SIZE, GFP_KERNEL) as u8[];
}

// ---- output ----

/** One character with the output settings applied. output_lock held. */
function do_output_char(tty: tty_struct, c: u8): void {
  let ch: u8 = c;
  if (O(tty, OPOST)) {
    if (c === LF) {
      if (O(tty, ONLRET)) tty.column = 0;
      if (O(tty, ONLCR)) {
        tty.column = 0;
        tty.canon_column = 0;
        tty.ops.write(tty, "\r\n" as ptr as u8[], 2);
        return;
      }
      tty.canon_column = tty.column;
    } else if (c === CR) {
      if (O(tty, ONOCR) && tty.column === 0) return;
      if (O(tty, OCRNL)) ch = LF;
      else tty.column = 0;
      tty.canon_column = tty.column;
    } else if (c === TAB) {
      const spaces: u32 = 8 - (tty.column & 7);
      tty.column += spaces;
      if ((tty.termios.c_oflag & TABDLY) === XTABS) {
        tty.ops.write(tty, "        " as ptr as u8[], int(spaces));
        return;
      }
    } else if (c === BS) {
      if (tty.column > 0) tty.column -= 1;
    } else if (c >= SPACE && c !== 127 && (c & 0xc0) !== 0x80) {
      tty.column += 1;
    }
  }
  tty.ops.write(tty, addr(ch), 1);
}

/** Text from kernel memory to the driver: runs of plain characters go as one write. */
function process_output(tty: tty_struct, buf: u8[], nr: u64): void {
  mutex_lock(tty.output_lock);
  if (!O(tty, OPOST)) {
    tty.ops.write(tty, buf, int(nr));
  } else {
    let i: u64 = 0;
    while (i < nr) {
      let n: u64 = 0;
      while (i + n < nr && buf[i + n] >= SPACE && buf[i + n] !== 127) n++;
      if (n !== 0) {
        tty.ops.write(tty, add(buf, i), int(n));
        tty.column += u32(n);
        i += n;
      } else {
        do_output_char(tty, buf[i]);
        i += 1;
      }
    }
  }
  mutex_unlock(tty.output_lock);
}

// ---- echo; called with output_lock held ----

function echo_raw(tty: tty_struct, c: u8): void {
  if (!tty.flow_stopped) {
    do_output_char(tty, c);
    return;
  }
  // ^S stops the echo too; it comes with ^Q.
  if (tty.echo_buf === null) tty.echo_buf = kmalloc(ECHO_BUF_SIZE, GFP_KERNEL) as u8[];
  if (tty.echo_buf === null || tty.echo_len >= ECHO_BUF_SIZE) return;
  tty.echo_buf[tty.echo_len] = c;
  tty.echo_len += 1;
}

/** Output goes on. output_lock held. */
function start_output(tty: tty_struct): void {
  tty.flow_stopped = false;
  const n = tty.echo_len;
  tty.echo_len = 0;
  for (let i: u32 = 0; i < n; i++) do_output_char(tty, tty.echo_buf[i]);
  wake_up_interruptible(tty.write_wait);
}

export function n_tty_start(tty: tty_struct): void {
  mutex_lock(tty.output_lock);
  if (tty.flow_stopped) start_output(tty);
  mutex_unlock(tty.output_lock);
}

function echo_char(tty: tty_struct, c: u8): void {
  if (L(tty, ECHOCTL) && (c < SPACE || c === 127) && c !== TAB && c !== LF) {
    echo_raw(tty, CARET);
    echo_raw(tty, c ^ 0x40);
  } else {
    echo_raw(tty, c);
  }
}

function echo_back(tty: tty_struct): void {
  echo_raw(tty, BS);
  echo_raw(tty, SPACE);
  echo_raw(tty, BS);
}

// ---- input ----

function put_char(tty: tty_struct, c: u8): void {
  tty.read_buf[tty.read_head & MASK] = c;
  tty.read_head += 1;
}

/** How many characters may come without losing any. */
export function n_tty_receive_room(tty: tty_struct): u64 {
  const used: u64 = tty.read_head - tty.read_tail;
  if (used < MASK) return MASK - used;
  // A full ring without a whole line can only be helped by throwing away what comes.
  return L(tty, ICANON) && tty.canon_head === tty.read_tail ? 1 : 0;
}

function isig(tty: tty_struct, sig: int, c: u8): void {
  if (L(tty, ECHO)) echo_char(tty, c);
  if (!L(tty, NOFLSH)) {
    spin_lock(tty.read_lock);
    reset_buffer(tty);
    spin_unlock(tty.read_lock);
  }
  if (tty.pgrp !== null) kill_pgrp(tty.pgrp, sig, 1);
}

function reset_buffer(tty: tty_struct): void {
  tty.read_head = 0;
  tty.read_tail = 0;
  tty.canon_head = 0;
  tty.lnext = false;
  for (let i = 0; i < N_TTY_BUF_SIZE / 64; i++) tty.read_flags[i] = 0;
}

export function n_tty_flush_buffer(tty: tty_struct): void {
  spin_lock(tty.read_lock);
  reset_buffer(tty);
  spin_unlock(tty.read_lock);
}

function is_word(c: u8): bool {
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
}

/** Columns to go back over a tab: what stands before it on the line decides. */
function tab_width(tty: tty_struct): u32 {
  let col: u32 = tty.canon_column;
  for (let p = tty.canon_head; p !== tty.read_head; p++) {
    const c = tty.read_buf[p & MASK];
    if (c === TAB) col = (col | 7) + 1;
    else if (c < SPACE || c === 127) col += L(tty, ECHOCTL) ? 2 : 0;
    else if (!I(tty, IUTF8) || (c & 0xc0) !== 0x80) col += 1;
  }
  return 8 - (col & 7);
}

const ERASE_CHAR = 0;
const ERASE_WORD = 1;
const ERASE_LINE = 2;

function eraser(tty: tty_struct, kind: int, c: u8): void {
  if (tty.read_head === tty.canon_head) return;
  if (kind === ERASE_LINE) {
    if (!L(tty, ECHO)) {
      tty.read_head = tty.canon_head;
      return;
    }
    if (!L(tty, ECHOK) || !L(tty, ECHOKE) || !L(tty, ECHOE)) {
      tty.read_head = tty.canon_head;
      echo_char(tty, c);
      if (L(tty, ECHOK)) echo_raw(tty, LF);
      return;
    }
  }
  let seen_word = false;
  while (tty.read_head !== tty.canon_head) {
    let head: u64 = tty.read_head - 1;
    // All bytes of a UTF-8 character go together.
    while (I(tty, IUTF8) && head !== tty.canon_head && (tty.read_buf[head & MASK] & 0xc0) === 0x80) head -= 1;
    const ch = tty.read_buf[head & MASK];
    if (kind === ERASE_WORD) {
      if (is_word(ch) || ch >= 128) seen_word = true;
      else if (seen_word) break;
    }
    tty.read_head = head;
    if (L(tty, ECHO)) {
      if (kind === ERASE_CHAR && !L(tty, ECHOE)) {
        echo_char(tty, c);
      } else if (ch === TAB) {
        const n = tab_width(tty);
        for (let i: u32 = 0; i < n; i++) echo_raw(tty, BS);
      } else {
        const ctl = ch < SPACE || ch === 127;
        if (ctl && L(tty, ECHOCTL)) echo_back(tty);
        if (!ctl || L(tty, ECHOCTL)) echo_back(tty);
      }
    }
    if (kind === ERASE_CHAR) break;
  }
}

/** A whole line stands in the ring: the delimiter is marked, readers wake. */
function handle_newline(tty: tty_struct, c: u8): void {
  spin_lock(tty.read_lock);
  flag_set(tty, tty.read_head);
  put_char(tty, c);
  tty.canon_head = tty.read_head;
  spin_unlock(tty.read_lock);
  wake_up_interruptible(tty.read_wait);
}

function reprint(tty: tty_struct): void {
  echo_char(tty, tty.termios.c_cc[VREPRINT]);
  echo_raw(tty, LF);
  for (let p = tty.canon_head; p !== tty.read_head; p++) echo_char(tty, tty.read_buf[p & MASK]);
}

function store(tty: tty_struct, c: u8): void {
  if (tty.read_head - tty.read_tail >= MASK) {
    if (L(tty, ECHO)) echo_raw(tty, BELL);
    return;
  }
  if (L(tty, ECHO)) {
    if (tty.canon_head === tty.read_head) tty.canon_column = tty.column;
    echo_char(tty, c);
  }
  spin_lock(tty.read_lock);
  put_char(tty, c);
  spin_unlock(tty.read_lock);
}

/** 0 disables a control character. */
function is_cc(tty: tty_struct, which: int, c: u8): bool {
  return c !== 0 && tty.termios.c_cc[which] === c;
}

function receive_canon(tty: tty_struct, c: u8): bool {
  if (is_cc(tty, VERASE, c)) {
    eraser(tty, ERASE_CHAR, c);
    return true;
  }
  if (is_cc(tty, VKILL, c)) {
    eraser(tty, ERASE_LINE, c);
    return true;
  }
  if (L(tty, IEXTEN)) {
    if (is_cc(tty, VWERASE, c)) {
      eraser(tty, ERASE_WORD, c);
      return true;
    }
    if (is_cc(tty, VLNEXT, c)) {
      tty.lnext = true;
      if (L(tty, ECHO) && L(tty, ECHOCTL)) {
        echo_raw(tty, CARET);
        echo_raw(tty, BS);
      }
      return true;
    }
    if (is_cc(tty, VREPRINT, c) && L(tty, ECHO)) {
      reprint(tty);
      return true;
    }
  }
  if (c === LF) {
    if (L(tty, ECHO) || L(tty, ECHONL)) echo_raw(tty, LF);
    handle_newline(tty, LF);
    return true;
  }
  if (is_cc(tty, VEOF, c)) {
    // Stored as a marked NUL that ends a line without being part of it.
    handle_newline(tty, 0);
    return true;
  }
  if (is_cc(tty, VEOL, c) || (L(tty, IEXTEN) && is_cc(tty, VEOL2, c))) {
    if (L(tty, ECHO)) echo_char(tty, c);
    handle_newline(tty, c);
    return true;
  }
  return false;
}

/** One character from the line. output_lock held. */
function receive_char(tty: tty_struct, given: u8): void {
  let c: u8 = given;
  if (I(tty, ISTRIP)) c &= 0x7f;
  if (tty.lnext) {
    tty.lnext = false;
    store(tty, c);
    return;
  }
  if (I(tty, IXON)) {
    if (is_cc(tty, VSTART, c)) {
      if (tty.flow_stopped) start_output(tty);
      return;
    }
    if (is_cc(tty, VSTOP, c)) {
      tty.flow_stopped = true;
      return;
    }
    if (tty.flow_stopped && I(tty, IXANY)) start_output(tty);
  }
  if (L(tty, ISIG)) {
    let sig: int = 0;
    if (is_cc(tty, VINTR, c)) sig = SIGINT;
    else if (is_cc(tty, VQUIT, c)) sig = SIGQUIT;
    else if (is_cc(tty, VSUSP, c)) sig = SIGTSTP;
    if (sig !== 0) {
      if (tty.flow_stopped && I(tty, IXON)) start_output(tty);
      isig(tty, sig, c);
      return;
    }
  }
  if (c === CR) {
    if (I(tty, IGNCR)) return;
    if (I(tty, ICRNL)) c = LF;
  } else if (c === LF && I(tty, INLCR)) {
    c = CR;
  }
  if (L(tty, ICANON) && receive_canon(tty, c)) return;
  if (c === LF && L(tty, ECHO)) {
    echo_raw(tty, LF);
    spin_lock(tty.read_lock);
    if (tty.read_head - tty.read_tail < MASK) put_char(tty, c);
    spin_unlock(tty.read_lock);
    return;
  }
  store(tty, c);
}

/** Characters from the driver, in process context. */
export function n_tty_receive_buf(tty: tty_struct, buf: u8[], count: u64): void {
  mutex_lock(tty.output_lock);
  for (let i: u64 = 0; i < count; i++) receive_char(tty, buf[i]);
  mutex_unlock(tty.output_lock);
  if (!L(tty, ICANON) && tty.read_head !== tty.read_tail) wake_up_interruptible(tty.read_wait);
}

// ---- read ----

function input_available(tty: tty_struct): bool {
  if (L(tty, ICANON)) return tty.canon_head !== tty.read_tail;
  return tty.read_head !== tty.read_tail;
}

/** Up to `want` bytes into kernel memory. In canonical mode ends behind a line; *eol tells. */
function take_input(tty: tty_struct, to: u8[], want: u64, eol: bool[]): u64 {
  let n: u64 = 0;
  eol[0] = false;
  const canon = L(tty, ICANON);
  spin_lock(tty.read_lock);
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
  if (mutex_lock_interruptible(tty.atomic_read_lock) !== 0) return -ERESTARTSYS;
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
  mutex_lock(tty.atomic_write_lock);
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
  if (!L(tty, ICANON)) return int(tty.read_head - tty.read_tail);
  let n: int = 0;
  spin_lock(tty.read_lock);
  for (let p = tty.read_tail; p !== tty.canon_head; p++) if (!flag_get(tty, p) || tty.read_buf[p & MASK] !== 0) n += 1;
  spin_unlock(tty.read_lock);
  return n;
}

/** After a change of settings: what was typed raw becomes lines, and the other way round. */
export function n_tty_set_termios(tty: tty_struct, old_lflag: u32): void {
  if (((old_lflag ^ tty.termios.c_lflag) & ICANON) === 0) return;
  spin_lock(tty.read_lock);
  for (let i = 0; i < N_TTY_BUF_SIZE / 64; i++) tty.read_flags[i] = 0;
  tty.canon_head = tty.read_tail;
  if (L(tty, ICANON) && tty.read_head !== tty.read_tail) {
    // What is there already counts as a line of its own.
    tty.canon_head = tty.read_head;
    flag_set(tty, tty.read_head - 1);
  }
  tty.lnext = false;
  spin_unlock(tty.read_lock);
  if (input_available(tty)) wake_up_interruptible(tty.read_wait);
}
