// n_tty, the line discipline: editing and echo on the way in, CR/LF on the way out, signals from keys, canonical and raw reads.
// Whose is the ring: read_head, canon_head and lnext are changed under output_lock and read_lock together, so who holds output_lock (all of
// the receiving side) may read them, and go back over what is being edited, without read_lock; read_tail and the marks of delimiters are changed
// under read_lock. The local modes change under output_lock too (tty_ioctl.ts): no line is edited while its mode changes. read_lock is
// never held while user memory is touched or the driver writes. Order: termios_rwsem, output_lock, read_lock.
import { get_current } from "linux/current";
import { EAGAIN, EFAULT, EIO, ERESTARTSYS } from "linux/errno";
import { O_NONBLOCK } from "linux/fcntl";
import type { file } from "linux/fs";
import { HZ } from "linux/jiffies";
import { mutex_lock, mutex_lock_interruptible, mutex_unlock } from "linux/mutex";
import { put_pid } from "linux/pid";
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
import { N_TTY_BUF_SIZE, type tty_file_private, tty_get_pgrp, type tty_struct } from "linux/tty";
import { copy_from_iter, copy_to_iter, type iov_iter, iov_iter_count } from "linux/uio";
import { add_wait_queue, init_waitqueue_entry, remove_wait_queue, type wait_queue_entry, wake_up_interruptible } from "linux/wait";
import { BELL, BS, CARET, CR, echo_back, echo_char, echo_raw, I, L, LF, O, process_output, SPACE, start_output, TAB } from "./n_tty_output";
import { __tty_check_change, tty_check_change } from "./tty_jobctrl";

export const MASK = N_TTY_BUF_SIZE - 1;

export function flag_get(tty: tty_struct, pos: u64): bool {
  const n: u64 = pos & MASK;
  return ((tty.read_flags[n >> 6] >> (n & 63)) & 1) !== 0;
}
function flag_set(tty: tty_struct, pos: u64): void {
  const n: u64 = pos & MASK;
  tty.read_flags[n >> 6] = tty.read_flags[n >> 6] | (u64(1) << (n & 63));
}
export function flag_clear(tty: tty_struct, pos: u64): void {
  const n: u64 = pos & MASK;
  tty.read_flags[n >> 6] = tty.read_flags[n >> 6] & ~(u64(1) << (n & 63));
}

export function n_tty_open(tty: tty_struct): void {
  if (tty.read_buf !== null) return;
  tty.read_flags = kmalloc(N_TTY_BUF_SIZE / 8, GFP_KERNEL) as u64[];
  for (let i = 0; i < N_TTY_BUF_SIZE / 64; i++) tty.read_flags[i] = 0;
  tty.read_buf = kmalloc(N_TTY_BUF_SIZE, GFP_KERNEL) as u8[];
}

// ---- input ----

function put_char(tty: tty_struct, c: u8): void {
  tty.read_buf[tty.read_head & MASK] = c;
  tty.read_head += 1;
}

/** How many characters may come without losing any. */
export function n_tty_receive_room(tty: tty_struct): u64 {
  spin_lock(tty.read_lock);
  const used: u64 = tty.read_head - tty.read_tail;
  let room: u64 = MASK - used;
  // A full ring without a whole line can only be helped by throwing away what comes.
  if (room === 0 && L(tty, ICANON) && tty.canon_head === tty.read_tail) room = 1;
  spin_unlock(tty.read_lock);
  return room;
}

/** The head goes back: what stood behind it is erased. output_lock held. */
function set_head(tty: tty_struct, head: u64): void {
  spin_lock(tty.read_lock);
  tty.read_head = head;
  spin_unlock(tty.read_lock);
}

function isig(tty: tty_struct, sig: int, c: u8): void {
  if (L(tty, ECHO)) echo_char(tty, c);
  if (!L(tty, NOFLSH)) {
    spin_lock(tty.read_lock);
    reset_buffer(tty);
    spin_unlock(tty.read_lock);
  }
  const pgrp = tty_get_pgrp(tty);
  if (pgrp !== null) kill_pgrp(pgrp, sig, 1);
  put_pid(pgrp);
}

function reset_buffer(tty: tty_struct): void {
  tty.read_head = 0;
  tty.read_tail = 0;
  tty.canon_head = 0;
  tty.lnext = false;
  for (let i = 0; i < N_TTY_BUF_SIZE / 64; i++) tty.read_flags[i] = 0;
}

export function n_tty_flush_buffer(tty: tty_struct): void {
  mutex_lock(tty.output_lock);
  spin_lock(tty.read_lock);
  reset_buffer(tty);
  spin_unlock(tty.read_lock);
  mutex_unlock(tty.output_lock);
  // There is room for what the driver kept back.
  if (tty.ops.unthrottle !== null) tty.ops.unthrottle(tty);
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
      set_head(tty, tty.canon_head);
      return;
    }
    if (!L(tty, ECHOK) || !L(tty, ECHOKE) || !L(tty, ECHOE)) {
      set_head(tty, tty.canon_head);
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
    set_head(tty, head);
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

export function input_available(tty: tty_struct): bool {
  if (L(tty, ICANON)) return tty.canon_head !== tty.read_tail;
  return tty.read_head !== tty.read_tail;
}

/** After a change of settings: what was typed raw becomes lines, and the other way round. output_lock held. */
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
