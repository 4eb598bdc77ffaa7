// Kernel messages. The log buffer lies in memory for anybody with symbols to read:
//
//   __log_buf[LOG_BUF_LEN]        records one after the other, each a struct printk_log followed by text_len bytes of text and padding to 8;
//                                 a record of len 0 means: go on at index 0
//   log_first_idx, log_first_seq  oldest record: index and number
//   log_next_idx, log_next_seq    where the next record goes; clear_seq: first record after the last `dmesg -c`
//
// All under logbuf_lock with interrupts off.

import type { console } from "linux/console";
import { CON_CONSDEV, CON_ENABLED, CON_PRINTBUFFER } from "linux/console";
import { get_current } from "linux/current";
import { type module, within_module } from "linux/module";
import { in_nmi } from "linux/preempt";
import type { wait_queue_head } from "linux/wait";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { mdelay } from "../../arch/x86/lib/delay";
import { memcpy } from "../../lib/string";
import { snprintf, vscnprintf } from "../../lib/vsprintf";
import { __wake_up, waitqueue_active } from "../sched/wait";

export const LOG_BUF_LEN = 131072;
const LOG_LINE_MAX = 992;
/** Times that an NMI asks for a lock that the code beneath it may hold. */
const NMI_LOCK_SPINS = 10000;

export interface printk_log extends struct<"printk_log"> {
  ts_nsec?: u64;
  /** Of the whole record, with header and padding. */
  len?: u16;
  text_len?: u16;
  facility?: u8;
  /** Level in bits 0-2. */
  level?: u8;
  /** Bit 0: the text ends a line. */
  flags?: u16;
  /** Pid of the caller, or 0x80000000 + CPU in an interrupt. */
  caller_id?: u32;
  pad?: u32;
}

export let __log_buf: array<u8, 131072>;
aligned(__log_buf, 8);
export let log_buf_len: u32 = LOG_BUF_LEN;
export let log_first_seq: u64 = 0;
export let log_first_idx: u32 = 0;
export let log_next_seq: u64 = 0;
export let log_next_idx: u32 = 0;
export let clear_seq: u64 = 0;
export let clear_idx: u32 = 0;
export let log_wait: embed<wait_queue_head>;

/** [0] console_loglevel: messages below it reach the consoles. [1] default level, [2] minimum, [3] at boot. As /proc/sys/kernel/printk. */
export let console_printk: array<int, 4> = [7, 4, 1, 7];
export let printk_time: bool = true;
export let ignore_loglevel: bool = false;
/** The console's own position: messages from here on have not been printed. */
let console_seq: u64 = 0;
let console_idx: u32 = 0;
let console_drivers: console = null;
let logbuf_lock: u32 = 0;
let console_busy: bool = false;
/** Depth of oopses and panics that are being told. */
export let oops_in_progress: int = 0;

/** Text of a message that has not ended its line, waiting for KERN_CONT. */
let cont_buf: array<u8, 1024>;
let cont_len: u32 = 0;
let cont_level: u8 = 0;
let cont_ts: u64 = 0;
let cont_caller: u32 = 0;

function lock_log(): u64 {
  const flags = read_rflags();
  cli();
  let spins: u32 = 0;
  while (xchg(addr(logbuf_lock), u32(1)) !== 0) {
    // A message from within the code that holds the lock (a fault or an NMI in it): do not stand still for ever.
    if (oops_in_progress > 0 || (in_nmi() && spins > NMI_LOCK_SPINS)) break;
    spins++;
    cpu_relax();
  }
  return flags;
}

function unlock_log(flags: u64): void {
  WRITE_ONCE(logbuf_lock, u32(0));
  if ((flags & 0x200) !== 0) sti();
}

export function log_from_idx(idx: u32): printk_log {
  const msg = at<printk_log>(u64(__log_buf) + u64(idx));
  if (msg.len === 0) return at<printk_log>(u64(__log_buf));
  return msg;
}

export function log_next(idx: u32): u32 {
  const msg = at<printk_log>(u64(__log_buf) + u64(idx));
  if (msg.len === 0) return u32(at<printk_log>(u64(__log_buf)).len);
  return idx + u32(msg.len);
}

/** Room for `size` bytes behind log_next_idx, with a mark's room after it. */
function log_has_space(size: u32, empty: bool): bool {
  if (log_next_idx > log_first_idx || empty) {
    const free_end = LOG_BUF_LEN - log_next_idx;
    const free = free_end > log_first_idx ? free_end : log_first_idx;
    return free >= size + 24;
  }
  return log_first_idx - log_next_idx >= size + 24;
}

/** `level`: the level in the low three bits, the facility above. */
function log_store(level: u8, ts: u64, caller: u32, text: u8[], text_len: u32): void {
  const size = (u32(sizeof<printk_log>()) + text_len + 7) & ~u32(7);
  while (log_first_seq < log_next_seq && !log_has_space(size, false)) {
    log_first_idx = log_next(log_first_idx);
    log_first_seq++;
  }
  if (log_first_seq === log_next_seq) {
    // Empty: begin where we are, if it fits before the end.
    log_first_idx = log_next_idx;
  }
  if (log_next_idx + size + 24 > LOG_BUF_LEN) {
    at<printk_log>(u64(__log_buf) + u64(log_next_idx)).len = 0;
    if (log_first_seq === log_next_seq) log_first_idx = 0;
    log_next_idx = 0;
  }
  const msg = at<printk_log>(u64(__log_buf) + u64(log_next_idx));
  memcpy(at<ptr>(u64(msg) + sizeof<printk_log>()), text, u64(text_len));
  msg.text_len = u16(text_len);
  msg.facility = level >> 3;
  msg.level = level & 7;
  msg.flags = 1;
  msg.ts_nsec = ts;
  msg.caller_id = caller;
  msg.len = u16(size);
  log_next_idx += size;
  log_next_seq++;
}

export function log_text(msg: printk_log): u8[] {
  return at<u8[]>(u64(msg) + sizeof<printk_log>());
}

/** "[    1.234567] " into buf; its length. */
export function print_time(ts: u64, buf: u8[]): u32 {
  if (!printk_time) return 0;
  return u32(snprintf(buf, 32, "[%5lu.%06lu] ", ts / 1000000000, (ts % 1000000000) / 1000));
}

/** Console or syslog form of a record: prefix before each of its lines. Returns the length; at most size. */
export function msg_print_text(msg: printk_log, syslog: bool, buf: u8[], size: u32): u32 {
  const text = log_text(msg);
  const n = u32(msg.text_len);
  let len: u32 = 0;
  let i: u32 = 0;
  do {
    let prefix: array<u8, 48>;
    let p: u32 = 0;
    if (syslog) p = u32(snprintf(prefix, 16, "<%u>", (u32(msg.facility) << 3) | u32(msg.level & 7)));
    p += print_time(msg.ts_nsec, add(prefix, p));
    let end = i;
    while (end < n && text[end] !== 10) end++;
    if (len + p + (end - i) + 1 > size) break;
    memcpy(add(buf, len), prefix, u64(p));
    memcpy(add(buf, len + p), add(text, i), u64(end - i));
    len += p + (end - i);
    buf[len] = 10;
    len++;
    i = end + 1;
  } while (i < n);
  return len;
}

let console_line: array<u8, 2048>;

/** Prints what the consoles have not seen. One CPU at a time; the others leave it to that one. */
function console_flush(): void {
  let flags = lock_log();
  if (console_drivers === null || console_busy) {
    unlock_log(flags);
    return;
  }
  console_busy = true;
  for (;;) {
    if (console_seq < log_first_seq) {
      console_seq = log_first_seq;
      console_idx = log_first_idx;
    }
    if (console_seq === log_next_seq) break;
    const msg = log_from_idx(console_idx);
    let len: u32 = 0;
    if (int(msg.level & 7) < console_printk[0] || ignore_loglevel) len = msg_print_text(msg, false, console_line, 2048);
    console_idx = log_next(console_idx);
    console_seq++;
    if (len === 0) continue;
    unlock_log(flags);
    let con = console_drivers;
    while (con !== null) {
      if ((con.flags & CON_ENABLED) !== 0 && con.write !== null) con.write(con, console_line, len);
      con = con.next;
    }
    flags = lock_log();
  }
  console_busy = false;
  unlock_log(flags);
}

function cont_flush(): void {
  if (cont_len === 0) return;
  log_store(cont_level, cont_ts, cont_caller, cont_buf, cont_len);
  cont_len = 0;
}

function caller_id(): u32 {
  const t = get_current();
  return t === null ? u32(0) : u32(t.pid);
}

/** One buffer: the text is formed under logbuf_lock. */
let printk_text: array<u8, 1024>;

/** Milliseconds before each message, for those who read them as they come: kernel.printk_delay. */
export let printk_delay_msec: int = 0;

export function vprintk_emit(level_given: int, fmt: cstr, args: va_list): int {
  if (printk_delay_msec > 0) mdelay(u64(printk_delay_msec));
  const flags = lock_log();
  let level = level_given;
  let len = u32(vscnprintf(printk_text, 1000, fmt, args));
  let text: u8[] = printk_text;
  let cont = false;
  while (len >= 2 && text[0] === 1) {
    const c = text[1];
    if (c >= 48 && c <= 55) {
      if (level < 0) level = int(c) - 48;
    } else if (c === 99) {
      cont = true;
    } else {
      break;
    }
    text = add(text, 2);
    len -= 2;
  }
  if (level < 0) level = console_printk[1];
  let newline = false;
  if (len > 0 && text[len - 1] === 10) {
    newline = true;
    len--;
  }
  if (!cont) cont_flush();
  if (cont && cont_len === 0 && !newline && len === 0) {
    unlock_log(flags);
    return 0;
  }
  if (cont_len === 0) {
    cont_level = u8(level);
    cont_ts = sched_clock();
    cont_caller = caller_id();
  }
  if (newline && cont_len === 0) {
    log_store(u8(level), cont_ts, cont_caller, text, len);
  } else {
    if (cont_len + len > LOG_LINE_MAX) cont_flush();
    memcpy(add(cont_buf, cont_len), text, u64(len));
    cont_len += len;
    if (newline) cont_flush();
  }
  unlock_log(flags);
  console_flush();
  if (waitqueue_active(log_wait) && !in_nmi() && oops_in_progress === 0) __wake_up(log_wait, 1, 0, null);
  return int(len);
}

/** Says facility and level (facility << 3 | level) beside the text. */
export function printk_emit(level: int, fmt: cstr, ...args: va_list): int {
  return vprintk_emit(level, fmt, args);
}

export function vprintk(fmt: cstr, args: va_list): int {
  return vprintk_emit(-1, fmt, args);
}

export function _printk(fmt: cstr, ...args: va_list): int {
  return vprintk_emit(-1, fmt, args);
}

/** True the first time. */
export function printk_once_check(once: bool[]): bool {
  if (once[0]) return false;
  once[0] = true;
  return true;
}

export function dump_log_info(): void {
  pr_info("log_buf_len: %u bytes\n", LOG_BUF_LEN);
}

/** For unload: the write function of a console that lies in the module; 0 if none. */
export function console_in_module(mod: module): u64 {
  for (let con = console_drivers; con !== null; con = con.next) {
    if (within_module(u64(con), mod) || within_module(u64(con.write), mod)) return u64(con.write);
  }
  return 0;
}

/** A console that wants the messages so far (CON_PRINTBUFFER) gets them now. */
export function register_console(con: console): void {
  if (con.flags === 0) con.flags = CON_PRINTBUFFER;
  con.flags = con.flags | CON_ENABLED;
  const flags = lock_log();
  // The first one is the terminal behind /dev/console.
  if (console_drivers === null) con.flags = con.flags | CON_CONSDEV;
  con.next = console_drivers;
  console_drivers = con;
  if ((con.flags & CON_PRINTBUFFER) !== 0) {
    console_seq = log_first_seq;
    console_idx = log_first_idx;
  }
  unlock_log(flags);
  pr_info("printk: console [%s%d] enabled\n", con.name, con.index);
}

export function unregister_console(con: console): int {
  const flags = lock_log();
  if (console_drivers === con) console_drivers = con.next;
  else {
    let p = console_drivers;
    while (p !== null && p.next !== con) p = p.next;
    if (p !== null) p.next = con.next;
  }
  unlock_log(flags);
  return 0;
}

/** The list of consoles, for /proc/consoles. */
export function console_list(): console {
  return console_drivers;
}

export function bust_spinlocks(yes: int): void {
  if (yes !== 0) oops_in_progress++;
  else {
    oops_in_progress--;
    console_flush();
  }
}

/** An oops is told whatever the level, unless it was set to the least. */
export function console_verbose(): void {
  if (console_printk[0] !== 0) console_printk[0] = 15;
}

/** The lock for readers of the log (devkmsg, syslog): interrupts off between. */
export function printk_log_lock(): u64 {
  return lock_log();
}

export function printk_log_unlock(flags: u64): void {
  unlock_log(flags);
}
notrace(lock_log);
notrace(unlock_log);
EXPORT_SYMBOL(_printk);

/** dmesg -c: what is older is shown no more by syslog. */
export function set_clear_position(): void {
  const flags = lock_log();
  clear_seq = log_next_seq;
  clear_idx = log_next_idx;
  unlock_log(flags);
}

export function set_ignore_loglevel(on: bool): void {
  ignore_loglevel = on;
}

export function set_printk_time(on: bool): void {
  printk_time = on;
}
EXPORT_SYMBOL(vprintk);
EXPORT_SYMBOL(register_console);
EXPORT_SYMBOL(unregister_console);
