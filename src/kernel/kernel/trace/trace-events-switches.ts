// The switches of events: enable of an event, a system and a trace; set_event and available_events.

import { EFAULT, EINVAL, ENODEV } from "linux/errno";
import { O_TRUNC } from "linux/fcntl";
import { FMODE_WRITE, type file, type file_operations, type inode, simple_read_from_buffer } from "linux/fs";
import { scnprintf } from "linux/kernel";
import { type seq_file, seq_lseek, seq_printf, seq_read, single_open, single_release } from "linux/seq_file";
import { strchr, strcmp, strncmp } from "linux/string";
import { copy_from_user } from "linux/uaccess";
import type { trace_array } from "./trace";
import {
  clear_events,
  event_file_alive,
  ftrace_events,
  lock_events,
  set_event_enabled,
  type trace_event_file,
  unlock_events,
} from "./trace-events";
import { type event_subsystem, in_system } from "./trace-events-files";
import { trace_data_of, trace_get_number, trace_of, trace_written } from "./trace-nodes";
import { syscall_events_register } from "./trace-syscalls";

notrace_file();

function event_enable_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const f = file.f_inode.i_private as trace_event_file;
  let text: array<u8, 8>;
  lock_events();
  const alive = event_file_alive(f);
  const on = alive && (f.soft > 0 ? f.soft_enabled : f.enabled);
  const n = scnprintf(text, 8, alive && f.soft > 0 ? "%d*\n" : "%d\n", on ? 1 : 0);
  unlock_events();
  return alive ? simple_read_from_buffer(ubuf, count, ppos, text, u64(n)) : -ENODEV;
}

function get_switch(on: bool[], ubuf: u8[], count: u64): int {
  let value: u64 = 0;
  const err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return err;
  if (value > u64(1)) return -EINVAL;
  on[0] = value !== u64(0);
  return 0;
}

function event_enable_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const f = file.f_inode.i_private as trace_event_file;
  let on = false;
  let err = get_switch(addr(on), ubuf, count);
  if (err !== 0) return s64(err);
  lock_events();
  err = event_file_alive(f) ? set_event_enabled(f, on) : -ENODEV;
  unlock_events();
  return err !== 0 ? s64(err) : trace_written(count, ppos);
}

function system_enable_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const tr = trace_of(file.f_inode);
  const s = trace_data_of(file.f_inode) as event_subsystem;
  let on = false;
  let off = false;
  lock_events();
  for (let call = ftrace_events; call !== null; call = call.next) {
    for (let f = call.files; f !== null; f = f.next) {
      if (!in_system(f, tr, s)) continue;
      if (f.enabled) on = true;
      else off = true;
    }
  }
  unlock_events();
  return simple_read_from_buffer(ubuf, count, ppos, on && off ? "X\n" : on ? "1\n" : "0\n", 2);
}

function system_enable_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const tr = trace_of(file.f_inode);
  const s = trace_data_of(file.f_inode) as event_subsystem;
  let on = false;
  let err = get_switch(addr(on), ubuf, count);
  if (err !== 0) return s64(err);
  lock_events();
  if (s === null) syscall_events_register();
  for (let call = ftrace_events; call !== null; call = call.next) {
    for (let f = call.files; f !== null && err === 0; f = f.next) if (in_system(f, tr, s)) err = set_event_enabled(f, on);
  }
  unlock_events();
  return err !== 0 ? s64(err) : trace_written(count, ppos);
}

function available_show(m: seq_file, _v: ptr): int {
  lock_events();
  syscall_events_register();
  for (let call = ftrace_events; call !== null; call = call.next) if (!call.no_files) seq_printf(m, "%s:%s\n", call.system, call.name);
  unlock_events();
  return 0;
}

function available_open(_inode: inode, file: file): int {
  return single_open(file, available_show, null);
}

function set_event_show(m: seq_file, _v: ptr): int {
  const tr = m.private as trace_array;
  lock_events();
  for (let call = ftrace_events; call !== null; call = call.next) {
    for (let f = call.files; f !== null; f = f.next) if (f.tr === tr && f.enabled) seq_printf(m, "%s:%s\n", call.system, call.name);
  }
  unlock_events();
  return 0;
}

function set_event_open(inode: inode, file: file): int {
  const tr = trace_of(inode);
  if ((file.f_mode & FMODE_WRITE) !== 0 && (file.f_flags & O_TRUNC) !== 0) {
    lock_events();
    clear_events(tr);
    unlock_events();
  }
  return single_open(file, set_event_show, tr);
}

function is_any(text: cstr): bool {
  return text[0] === 0 || strcmp(text, "*") === 0;
}

/** `system:event`, `system`, `event`; a leading ! switches off. */
function set_event_word(tr: trace_array, word: u8[]): int {
  const off = word[0] === 33;
  const first: u8[] = off ? add(word, 1) : word;
  const colon = strchr(first, 58);
  let event: u8[] = null;
  let found = false;
  if (colon !== null) {
    colon[0] = 0;
    event = add(colon, 1);
  }
  if (is_any(first) || strncmp(first, "sys", 3) === 0) syscall_events_register();
  for (let call = ftrace_events; call !== null; call = call.next) {
    let chosen = false;
    if (event === null) chosen = is_any(first) || strcmp(call.system, first) === 0 || strcmp(call.name, first) === 0;
    else chosen = (is_any(first) || strcmp(call.system, first) === 0) && (is_any(event) || strcmp(call.name, event) === 0);
    if (!chosen) continue;
    for (let f = call.files; f !== null; f = f.next) {
      if (f.tr !== tr) continue;
      const err = set_event_enabled(f, !off);
      if (err !== 0) return err;
      found = true;
    }
  }
  return found ? 0 : -EINVAL;
}

function set_event_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let word: array<u8, 128>;
  let len: int = 0;
  let err: int = 0;
  lock_events();
  for (let i: u64 = 0; i <= count && err === 0; i++) {
    let c: u8 = 0;
    if (i < count && copy_from_user(addr(c), add(ubuf, i), 1) !== 0) err = -EFAULT;
    else if (c > 32 && len === 127) err = -EINVAL;
    else if (c > 32) word[len++] = c;
    else if (len > 0) {
      word[len] = 0;
      len = 0;
      err = set_event_word(trace_of(file.f_inode), word);
    }
  }
  unlock_events();
  return err !== 0 ? s64(err) : trace_written(count, ppos);
}

export const enable_fops: file_operations = { read: event_enable_read, write: event_enable_write };
export const system_enable_fops: file_operations = { read: system_enable_read, write: system_enable_write };
export const available_fops: file_operations = { open: available_open, read: seq_read, llseek: seq_lseek, release: single_release };
export const set_event_fops: file_operations = {
  open: set_event_open,
  read: seq_read,
  write: set_event_write,
  llseek: seq_lseek,
  release: single_release,
};
