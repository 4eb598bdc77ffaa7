// set_ftrace_pid, set_ftrace_notrace_pid, set_event_pid, set_event_notrace_pid: tasks by number, and their children where an option says so.

import { EFAULT, EINVAL } from "linux/errno";
import { O_TRUNC } from "linux/fcntl";
import { FMODE_WRITE, type file, type file_operations, type inode } from "linux/fs";
import { kstrtoul } from "linux/kernel";
import { synchronize_rcu } from "linux/rcupdate";
import type { task_struct } from "linux/sched";
import { type seq_file, seq_lseek, seq_puts, seq_read, single_open, single_release } from "linux/seq_file";
import { tracefs_create_file } from "linux/tracefs";
import { copy_from_user } from "linux/uaccess";
import { ftrace_trace_arrays, lock_tracers, TRACE_ITER_EVENT_FORK, TRACE_ITER_FUNC_FORK, type trace_array, unlock_tracers } from "./trace";
import { ftrace_update_pid_func } from "./trace-functions";
import { trace_index_of, trace_node_new, trace_of, trace_written } from "./trace-nodes";
import {
  trace_pid_is_set,
  type trace_pid_list,
  trace_pid_list_free,
  trace_pid_list_set,
  trace_pid_show,
  trace_pid_valid,
} from "./trace-pid";

notrace_file();

const LIST_FUNC = 0;
const LIST_FUNC_NO = 1;
const LIST_EVENT = 2;
const LIST_EVENT_NO = 3;

function list_slot(tr: trace_array, which: int): ref<trace_pid_list>[] {
  switch (which) {
    case LIST_FUNC:
      return addr(tr.pids);
    case LIST_FUNC_NO:
      return addr(tr.no_pids);
    case LIST_EVENT:
      return addr(tr.event_pids);
    default:
      return addr(tr.event_no_pids);
  }
}

function pids_show(m: seq_file, _v: ptr): int {
  const inode = m.private as inode;
  const which = trace_index_of(inode);
  lock_tracers();
  const list = list_slot(trace_of(inode), which)[0];
  if (list === null && which <= LIST_FUNC_NO) seq_puts(m, "no pid\n");
  trace_pid_show(m, list);
  unlock_tracers();
  return 0;
}

export function trace_clear_pids(tr: trace_array): void {
  for (let which: int = 0; which <= LIST_EVENT_NO; which++) clear_list(tr, which);
}

function clear_list(tr: trace_array, which: int): void {
  const slot = list_slot(tr, which);
  const old = slot[0];
  if (old === null) return;
  WRITE_ONCE(slot[0], null);
  if (which <= LIST_FUNC_NO) ftrace_update_pid_func(tr);
  synchronize_rcu();
  trace_pid_list_free(old);
}

function pids_open(inode: inode, file: file): int {
  if ((file.f_mode & FMODE_WRITE) !== 0 && (file.f_flags & O_TRUNC) !== 0) {
    lock_tracers();
    clear_list(trace_of(inode), trace_index_of(inode));
    unlock_tracers();
  }
  return single_open(file, pids_show, inode);
}

/** All words, or none of them from the first bad one on. */
function add_words(slot: ref<trace_pid_list>[], ubuf: u8[], count: u64): int {
  let word: array<u8, 32>;
  let len: u32 = 0;
  for (let i: u64 = 0; i <= count; i++) {
    let c: u8 = 0;
    if (i < count && copy_from_user(addr(c), add(ubuf, i), 1) !== 0) return -EFAULT;
    if (c > 32) {
      if (len === u32(31)) return -EINVAL;
      word[len] = c;
      len++;
      continue;
    }
    if (len === u32(0)) continue;
    word[len] = 0;
    len = 0;
    let pid: u64 = 0;
    if (kstrtoul(word, 0, addr(pid)) !== 0 || !trace_pid_valid(pid)) return -EINVAL;
    const err = trace_pid_list_set(slot, pid, true);
    if (err !== 0) return err;
  }
  return 0;
}

function pids_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const tr = trace_of(file.f_inode);
  const which = trace_index_of(file.f_inode);
  lock_tracers();
  const err = add_words(list_slot(tr, which), ubuf, count);
  if (which <= LIST_FUNC_NO) ftrace_update_pid_func(tr);
  unlock_tracers();
  return err !== 0 ? s64(err) : trace_written(count, ppos);
}

const pids_fops: file_operations = { open: pids_open, read: seq_read, write: pids_write, llseek: seq_lseek, release: single_release };

function inherit(slot: ref<trace_pid_list>[], parent: int, child: int, on: bool): void {
  if (slot[0] === null || (on && !trace_pid_is_set(slot[0], parent))) return;
  trace_pid_list_set(slot, u64(child), on);
}

function inherit_all(parent: int, child: int, on: bool): void {
  for (let tr = ftrace_trace_arrays; tr !== null; tr = tr.next) {
    if ((tr.flags & u64(TRACE_ITER_FUNC_FORK)) !== u64(0)) {
      inherit(addr(tr.pids), parent, child, on);
      inherit(addr(tr.no_pids), parent, child, on);
    }
    if ((tr.flags & u64(TRACE_ITER_EVENT_FORK)) !== u64(0)) {
      inherit(addr(tr.event_pids), parent, child, on);
      inherit(addr(tr.event_no_pids), parent, child, on);
    }
  }
}

export function trace_pids_fork(parent: task_struct, child: task_struct): void {
  inherit_all(parent.pid, child.pid, true);
}

export function trace_pids_exit(task: task_struct): void {
  inherit_all(task.pid, task.pid, false);
}

export function create_pid_files(tr: trace_array): void {
  tracefs_create_file("set_ftrace_pid", 0o640, tr.dir, trace_node_new(tr, LIST_FUNC, null), pids_fops);
  tracefs_create_file("set_ftrace_notrace_pid", 0o640, tr.dir, trace_node_new(tr, LIST_FUNC_NO, null), pids_fops);
  tracefs_create_file("set_event_pid", 0o640, tr.dir, trace_node_new(tr, LIST_EVENT, null), pids_fops);
  tracefs_create_file("set_event_notrace_pid", 0o640, tr.dir, trace_node_new(tr, LIST_EVENT_NO, null), pids_fops);
}
