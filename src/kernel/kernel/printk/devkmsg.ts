// /dev/kmsg: one record a read, in the form "level,seq,µs,flags;text"; writes become messages. And syslog(2).

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EAGAIN, EFAULT, EINVAL, ENOMEM, EPIPE, ERESTARTSYS, ESPIPE } from "linux/errno";
import type { file, file_operations, inode } from "linux/fs";
import type { poll_table_struct } from "linux/poll";
import { poll_wait } from "linux/poll";
import { signal_pending, TASK_INTERRUPTIBLE } from "linux/sched";
import type { wait_queue_entry } from "linux/wait";
import { copy_from_user, copy_to_user } from "../../arch/x86/lib/usercopy";
import { snprintf } from "../../lib/vsprintf";
import { kfree, kmalloc, kzalloc } from "../../mm/slab";
import { schedule } from "../sched/core";
import { finish_wait, init_wait, prepare_to_wait } from "../sched/wait";
import {
  clear_idx,
  clear_seq,
  console_printk,
  LOG_BUF_LEN,
  log_first_idx,
  log_first_seq,
  log_from_idx,
  log_next,
  log_next_idx,
  log_next_seq,
  log_text,
  log_wait,
  msg_print_text,
  printk_emit,
  printk_log_lock,
  printk_log_unlock,
  set_clear_position,
} from "./printk";

const O_NONBLOCK = 0x800;
const EPOLLIN_RDNORM = 0x41;
const EPOLLERR_PRI = 0xa;

interface devkmsg_user extends struct<"devkmsg_user"> {
  seq?: u64;
  idx?: u32;
  buf?: array<u8, 4096>;
}

function devkmsg_open(_inode: inode, f: file): int {
  const user = kzalloc(sizeof<devkmsg_user>(), 0) as devkmsg_user;
  if (user === null) return -ENOMEM;
  const flags = printk_log_lock();
  user.seq = log_first_seq;
  user.idx = log_first_idx;
  printk_log_unlock(flags);
  f.private_data = user;
  return 0;
}

function devkmsg_release(_inode: inode, f: file): int {
  kfree(f.private_data);
  return 0;
}

/** Waits for a record after *seq. 0, -EAGAIN or -ERESTARTSYS. */
function wait_for_record(seq: u64, nonblock: bool): int {
  let w: embed<wait_queue_entry>;
  if (seq !== log_next_seq) return 0;
  if (nonblock) return -EAGAIN;
  let ret: int = 0;
  init_wait(w);
  for (;;) {
    prepare_to_wait(log_wait, w, TASK_INTERRUPTIBLE);
    if (seq !== log_next_seq) break;
    if (signal_pending(get_current())) {
      ret = -ERESTARTSYS;
      break;
    }
    schedule();
  }
  finish_wait(log_wait, w);
  return ret;
}

function devkmsg_read(f: file, to: u8[], count: u64, _ppos: s64[]): s64 {
  const user = f.private_data as devkmsg_user;
  const wait = wait_for_record(user.seq, (f.f_flags & O_NONBLOCK) !== 0);
  if (wait !== 0) return s64(wait);
  const flags = printk_log_lock();
  if (user.seq < log_first_seq) {
    // Our place was overwritten meanwhile.
    user.seq = log_first_seq;
    user.idx = log_first_idx;
    printk_log_unlock(flags);
    return -EPIPE;
  }
  const msg = log_from_idx(user.idx);
  const out = user.buf;
  let n = u64(snprintf(out, 64, "%u,%lu,%lu,-;", (u32(msg.facility) << 3) | u32(msg.level), user.seq, msg.ts_nsec / 1000));
  const text = log_text(msg);
  for (let i: u32 = 0; i < msg.text_len && n < 4090; i++) {
    const c = text[i];
    if (c < 32 || c >= 127 || c === 92) n += u64(snprintf(add(out, n), 8, "\\x%02x", u32(c)));
    else {
      out[n] = c;
      n++;
    }
  }
  out[n] = 10;
  n++;
  user.idx = log_next(user.idx);
  user.seq++;
  printk_log_unlock(flags);
  if (n > count) return -EINVAL;
  return copy_to_user(to, out, n) !== 0 ? s64(-EFAULT) : s64(n);
}

/** The facility of what users say (syslog(3)). */
const LOG_USER = 1;

/** "<level>text" or text, which gets facility user. */
function devkmsg_write(_f: file, from: u8[], count: u64, _ppos: s64[]): s64 {
  if (count > 990) return -EINVAL;
  const buf = kmalloc(count + 1, 0) as u8[];
  if (buf === null) return -ENOMEM;
  if (copy_from_user(buf, from, count) !== 0) {
    kfree(buf);
    return -EFAULT;
  }
  buf[count] = 0;
  let level: u32 = u32(console_printk[1]);
  let facility: u32 = LOG_USER;
  let text: u8[] = buf;
  if (text[0] === 60) {
    let i: u64 = 1;
    let value: u32 = 0;
    while (text[i] >= 48 && text[i] <= 57) {
      value = value * 10 + u32(text[i]) - 48;
      i++;
    }
    if (text[i] === 62) {
      level = value & 7;
      if (value >> 3 !== 0) facility = (value >> 3) & 31;
      text = add(text, i + 1);
    }
  }
  let end: u64 = 0;
  while (text[end] !== 0) end++;
  printk_emit(int((facility << 3) | level), end > 0 && text[end - 1] === 10 ? "%s" : "%s\n", text);
  kfree(buf);
  return s64(count);
}

function devkmsg_llseek(f: file, offset: s64, whence: int): s64 {
  const user = f.private_data as devkmsg_user;
  if (offset !== 0) return -ESPIPE;
  const flags = printk_log_lock();
  let ret: s64 = 0;
  if (whence === 0) {
    user.seq = log_first_seq;
    user.idx = log_first_idx;
  } else if (whence === 3) {
    user.seq = clear_seq;
    user.idx = clear_idx;
  } else if (whence === 2) {
    user.seq = log_next_seq;
    user.idx = log_next_idx;
  } else {
    ret = -EINVAL;
  }
  printk_log_unlock(flags);
  return ret;
}

function devkmsg_poll(f: file, wait: poll_table_struct): u32 {
  const user = f.private_data as devkmsg_user;
  poll_wait(f, log_wait, wait);
  if (user.seq === log_next_seq) return 0;
  return user.seq < log_first_seq ? u32(EPOLLIN_RDNORM | EPOLLERR_PRI) : u32(EPOLLIN_RDNORM);
}

export const kmsg_fops: file_operations = {
  open: devkmsg_open,
  read: devkmsg_read,
  write: devkmsg_write,
  llseek: devkmsg_llseek,
  poll: devkmsg_poll,
  release: devkmsg_release,
};

/** Where syslog(2)'s destructive read and /proc/kmsg stand. */
let syslog_seq: u64 = 0;
let syslog_idx: u32 = 0;

/** Whether there is a record that no destructive reader has had. */
export function syslog_unread(): bool {
  return syslog_seq !== log_next_seq;
}

/** How much of the record at the destructive reader's place it has had. */
let syslog_partial: u32 = 0;

/** The next formatted records to user memory, the last one in part where nothing else fits; returns the bytes. */
function syslog_read(to: u8[], size: u64): s64 {
  const line = kmalloc(2048, 0) as u8[];
  if (line === null) return -ENOMEM;
  let done: u64 = 0;
  while (done < size) {
    const flags = printk_log_lock();
    if (syslog_seq < log_first_seq) {
      syslog_seq = log_first_seq;
      syslog_idx = log_first_idx;
      syslog_partial = 0;
    }
    if (syslog_seq === log_next_seq) {
      printk_log_unlock(flags);
      break;
    }
    const skip = syslog_partial;
    let n: u64 = u64(msg_print_text(log_from_idx(syslog_idx), true, line, 2048) - skip);
    if (done + n <= size) {
      syslog_idx = log_next(syslog_idx);
      syslog_seq++;
      syslog_partial = 0;
    } else if (done === 0) {
      n = size;
      syslog_partial += u32(n);
    } else {
      n = 0;
    }
    printk_log_unlock(flags);
    if (n === 0) break;
    if (copy_to_user(add(to, done), add(line, skip), n) !== 0) {
      kfree(line);
      return -EFAULT;
    }
    done += n;
  }
  kfree(line);
  return s64(done);
}

/** Formatted records from (seq, idx) on that fit, to user memory; returns the bytes. */
function syslog_copy(to: u8[], size: u64, from_seq: u64, from_idx: u32): s64 {
  const line = kmalloc(2048, 0) as u8[];
  if (line === null) return -ENOMEM;
  let seq = from_seq;
  let idx = from_idx;
  let done: u64 = 0;
  for (;;) {
    const flags = printk_log_lock();
    if (seq < log_first_seq) {
      seq = log_first_seq;
      idx = log_first_idx;
    }
    if (seq === log_next_seq) {
      printk_log_unlock(flags);
      break;
    }
    const n = msg_print_text(log_from_idx(idx), true, line, 2048);
    if (done + u64(n) > size) {
      printk_log_unlock(flags);
      break;
    }
    idx = log_next(idx);
    seq++;
    printk_log_unlock(flags);
    if (copy_to_user(add(to, done), line, u64(n)) !== 0) {
      kfree(line);
      return -EFAULT;
    }
    done += u64(n);
  }
  kfree(line);
  return s64(done);
}

/** Bytes of the formatted records from (seq, idx) on. */
function syslog_size(from_seq: u64, from_idx: u32): u64 {
  const line = kmalloc(2048, 0) as u8[];
  let total: u64 = 0;
  const flags = printk_log_lock();
  let seq = from_seq;
  let idx = from_idx;
  if (seq < log_first_seq) {
    seq = log_first_seq;
    idx = log_first_idx;
  }
  while (seq !== log_next_seq) {
    total += u64(msg_print_text(log_from_idx(idx), true, line, 2048));
    idx = log_next(idx);
    seq++;
  }
  printk_log_unlock(flags);
  kfree(line);
  return total;
}

/** The newest records that fit into size. */
function syslog_print_all(to: u8[], size: u64, clear: bool): s64 {
  const line = kmalloc(2048, 0) as u8[];
  if (line === null) return -ENOMEM;
  let total = syslog_size(clear_seq, clear_idx);
  const flags = printk_log_lock();
  let seq = clear_seq;
  let idx = clear_idx;
  if (seq < log_first_seq) {
    seq = log_first_seq;
    idx = log_first_idx;
  }
  while (total > size && seq !== log_next_seq) {
    total -= u64(msg_print_text(log_from_idx(idx), true, line, 2048));
    idx = log_next(idx);
    seq++;
  }
  printk_log_unlock(flags);
  kfree(line);
  const n = size === 0 ? s64(0) : syslog_copy(to, size, seq, idx);
  if (clear) set_clear_position();
  return n;
}

let saved_console_loglevel: int = -1;

export function do_syslog(type: int, buf: u8[], len: int): s64 {
  switch (type) {
    case 0:
    case 1:
      return 0;
    case 2: {
      if (buf === null || len < 0) return -EINVAL;
      if (len === 0) return 0;
      const wait = wait_for_record(syslog_seq, false);
      if (wait !== 0) return s64(wait);
      return syslog_read(buf, u64(len));
    }
    case 3:
    case 4:
      if (buf === null || len < 0) return -EINVAL;
      return syslog_print_all(buf, u64(len), type === 4);
    case 5:
      set_clear_position();
      return 0;
    case 6:
      if (saved_console_loglevel === -1) saved_console_loglevel = console_printk[0];
      console_printk[0] = console_printk[2];
      return 0;
    case 7:
      if (saved_console_loglevel !== -1) {
        console_printk[0] = saved_console_loglevel;
        saved_console_loglevel = -1;
      }
      return 0;
    case 8:
      if (len < 1 || len > 8) return -EINVAL;
      console_printk[0] = len < console_printk[2] ? console_printk[2] : len;
      saved_console_loglevel = -1;
      return 0;
    case 9:
      return s64(syslog_size(syslog_seq, syslog_idx) - u64(syslog_partial));
    case 10:
      return LOG_BUF_LEN;
  }
  return -EINVAL;
}

export function __x64_sys_syslog(regs: pt_regs): s64 {
  return do_syslog(int(regs.di), at<u8[]>(regs.si), int(regs.dx));
}
