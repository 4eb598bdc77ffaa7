// Files of a task's directory that tell or change one setting or count: io, oom_*, ids of the user namespace, timer slack, personality, mem.

import { capable } from "linux/cred";
import { EACCES, EFAULT, EINVAL, EIO, ENOMEM, ESRCH } from "linux/errno";
import type { file, file_operations, inode } from "linux/fs";
import { totalram_pages } from "linux/gfp";
import { kstrtoint } from "linux/kernel";
import { access_remote_vm, FOLL_FORCE, FOLL_WRITE, get_task_mm, mmput } from "linux/mm";
import { put_task_struct, type task_struct, tasklist_lock } from "linux/sched";
import { type seq_file, seq_lseek, seq_printf, seq_puts, seq_read, single_open, single_release } from "linux/seq_file";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { read_lock, read_unlock } from "linux/spinlock";
import { copy_from_user, copy_to_user } from "linux/uaccess";
import { OOM_BADNESS_MIN, OOM_SCORE_ADJ_MAX, OOM_SCORE_ADJ_MIN, oom_badness } from "../../mm/oom_kill";
import { get_proc_task } from "./internal";

const CAP_SYS_RESOURCE = 24;
const OOM_DISABLE = -17;
const OOM_ADJUST_MAX = 15;

// ---- io ----

interface io_sums extends struct<"io_sums"> {
  rchar?: u64;
  wchar?: u64;
  syscr?: u64;
  syscw?: u64;
}

function add_io(sum: io_sums, t: task_struct): void {
  sum.rchar += t.rchar;
  sum.wchar += t.wchar;
  sum.syscr += t.syscr;
  sum.syscw += t.syscw;
}

/** Nothing goes to a block device here: the last three are always 0. */
function show_io(m: seq_file, sum: io_sums): int {
  seq_printf(m, "rchar: %lu\nwchar: %lu\nsyscr: %lu\nsyscw: %lu\n", sum.rchar, sum.wchar, sum.syscr, sum.syscw);
  seq_puts(m, "read_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n");
  return 0;
}

export function proc_tid_io_accounting(m: seq_file, task: task_struct): int {
  const sum: io_sums = { rchar: 0, wchar: 0, syscr: 0, syscw: 0 };
  add_io(sum, task);
  return show_io(m, sum);
}

export function proc_tgid_io_accounting(m: seq_file, task: task_struct): int {
  const sig = task.signal;
  const sum: io_sums = { rchar: sig.rchar, wchar: sig.wchar, syscr: sig.syscr, syscw: sig.syscw };
  read_lock(tasklist_lock);
  for (let p = sig.thread_head.next; p !== sig.thread_head; p = p.next) add_io(sum, container_of<task_struct>(p, "thread_node"));
  read_unlock(tasklist_lock);
  return show_io(m, sum);
}

// ---- numbers that can be written ----

function open_show(f: file, show: (m: seq_file, v: ptr) => int, inode: inode): int {
  return single_open(f, show, inode);
}

/** The written number. */
function read_number(buf: u8[], count: u64, value: int[]): int {
  let text: array<u8, 16>;
  for (let i = 0; i < 16; i++) text[i] = 0;
  if (copy_from_user(text, buf, count > 15 ? 15 : count) !== 0) return -EFAULT;
  return kstrtoint(text, 0, value);
}

function oom_score_adj_show(m: seq_file, v: ptr): int {
  const t = get_proc_task(m.private as inode);
  if (t === null) return -ESRCH;
  seq_printf(m, "%d\n", int(t.signal.oom_score_adj));
  put_task_struct(t);
  return 0;
}

/** The old scale, −17 to 15: the new one's thousand is its fifteen. */
function oom_adj_show(m: seq_file, v: ptr): int {
  const t = get_proc_task(m.private as inode);
  if (t === null) return -ESRCH;
  const adj = int(t.signal.oom_score_adj);
  let old: int = OOM_ADJUST_MAX;
  if (adj !== OOM_SCORE_ADJ_MAX) old = (adj * -OOM_DISABLE) / OOM_SCORE_ADJ_MAX;
  if (old > OOM_ADJUST_MAX) old = OOM_ADJUST_MAX;
  seq_printf(m, "%d\n", old);
  put_task_struct(t);
  return 0;
}

/** 0 to 1333: two thirds of the scale for a task that uses nothing, more by what the OOM killer weighs; 0 for who is never killed. */
export function proc_oom_score(m: seq_file, task: task_struct): int {
  const total = totalram_pages();
  read_lock(tasklist_lock);
  const badness = task.exit_state === 0 ? oom_badness(task.group_leader, total) : s64(OOM_BADNESS_MIN);
  read_unlock(tasklist_lock);
  const score = badness === OOM_BADNESS_MIN ? s64(0) : ((1000 + (badness * 1000) / s64(total)) * 2) / 3;
  seq_printf(m, "%ld\n", score);
  return 0;
}

function set_oom_adj(f: file, adj: int): int {
  const t = get_proc_task(f.f_inode);
  if (t === null) return -ESRCH;
  let err: int = 0;
  if (adj < int(t.signal.oom_score_adj) && !capable(CAP_SYS_RESOURCE)) err = -EACCES;
  else t.signal.oom_score_adj = s16(adj);
  put_task_struct(t);
  return err;
}

function oom_score_adj_write(f: file, buf: u8[], count: u64, pos: s64[]): s64 {
  let adj: int = 0;
  let err = read_number(buf, count, addr(adj));
  if (err === 0 && (adj < OOM_SCORE_ADJ_MIN || adj > OOM_SCORE_ADJ_MAX)) err = -EINVAL;
  if (err === 0) err = set_oom_adj(f, adj);
  return err !== 0 ? s64(err) : s64(count);
}

function oom_adj_write(f: file, buf: u8[], count: u64, pos: s64[]): s64 {
  let adj: int = 0;
  let err = read_number(buf, count, addr(adj));
  if (err === 0 && (adj < OOM_DISABLE || adj > OOM_ADJUST_MAX)) err = -EINVAL;
  if (err === 0) err = set_oom_adj(f, adj === OOM_ADJUST_MAX ? OOM_SCORE_ADJ_MAX : (adj * OOM_SCORE_ADJ_MAX) / -OOM_DISABLE);
  return err !== 0 ? s64(err) : s64(count);
}

function timerslack_show(m: seq_file, v: ptr): int {
  const t = get_proc_task(m.private as inode);
  if (t === null) return -ESRCH;
  seq_printf(m, "%lu\n", t.timer_slack_ns);
  put_task_struct(t);
  return 0;
}

function timerslack_write(f: file, buf: u8[], count: u64, pos: s64[]): s64 {
  let ns: int = 0;
  const err = read_number(buf, count, addr(ns));
  if (err !== 0) return s64(err);
  const t = get_proc_task(f.f_inode);
  if (t === null) return -ESRCH;
  t.timer_slack_ns = ns <= 0 ? u64(50000) : u64(ns);
  put_task_struct(t);
  return s64(count);
}

function oom_score_adj_open(inode: inode, f: file): int {
  return open_show(f, oom_score_adj_show, inode);
}
function oom_adj_open(inode: inode, f: file): int {
  return open_show(f, oom_adj_show, inode);
}
function timerslack_open(inode: inode, f: file): int {
  return open_show(f, timerslack_show, inode);
}
export const oom_score_adj_ops: file_operations = {
  open: oom_score_adj_open,
  read: seq_read,
  write: oom_score_adj_write,
  llseek: seq_lseek,
  release: single_release,
};
export const oom_adj_ops: file_operations = {
  open: oom_adj_open,
  read: seq_read,
  write: oom_adj_write,
  llseek: seq_lseek,
  release: single_release,
};
export const timerslack_ops: file_operations = {
  open: timerslack_open,
  read: seq_read,
  write: timerslack_write,
  llseek: seq_lseek,
  release: single_release,
};

// ---- what there is only one of ----

export function proc_pid_personality(m: seq_file, task: task_struct): int {
  seq_printf(m, "%08x\n", task.personality);
  return 0;
}

/** Nobody has logged in: the audit ids are unset. */
export function proc_unset_id(m: seq_file, task: task_struct): int {
  seq_printf(m, "%u", u32(0xffffffff));
  return 0;
}

/** The only user namespace maps each id to itself. */
export function proc_id_map(m: seq_file, task: task_struct): int {
  seq_printf(m, "%10u %10u %10u\n", u32(0), u32(0), u32(0xffffffff));
  return 0;
}

export function proc_setgroups(m: seq_file, task: task_struct): int {
  seq_puts(m, "allow\n");
  return 0;
}

/** Time on a CPU, time waiting for one (not measured), times switched to. */
export function proc_pid_schedstat(m: seq_file, task: task_struct): int {
  seq_printf(m, "%lu 0 %lu\n", task.se.sum_exec_runtime, task.nvcsw + task.nivcsw);
  return 0;
}

export function proc_tid_children(m: seq_file, task: task_struct): int {
  read_lock(tasklist_lock);
  for (let p = task.children.next; p !== task.children; p = p.next) seq_printf(m, "%d ", container_of<task_struct>(p, "sibling").pid);
  read_unlock(tasklist_lock);
  return 0;
}

// ---- mem ----

/** Reads or writes the task's memory at the file's position; what is not mapped is -EIO. */
function mem_rw(f: file, buf: u8[], count: u64, pos: s64[], write: bool): s64 {
  const t = get_proc_task(f.f_inode);
  if (t === null) return -ESRCH;
  const mm = get_task_mm(t);
  put_task_struct(t);
  if (mm === null) return 0;
  const page = kmalloc(4096, GFP_KERNEL) as u8[];
  let done: s64 = 0;
  let err: s64 = page === null ? -ENOMEM : 0;
  while (err === 0 && u64(done) < count) {
    let n: u64 = count - u64(done);
    if (n > 4096) n = 4096;
    const user = at<ptr>(u64(buf) + u64(done));
    if (write && copy_from_user(page, user, n) !== 0) {
      err = -EFAULT;
      break;
    }
    const moved = access_remote_vm(mm, u64(pos[0]), page, int(n), write ? FOLL_WRITE | FOLL_FORCE : FOLL_FORCE);
    if (moved <= 0) {
      err = -EIO;
      break;
    }
    if (!write && copy_to_user(user, page, u64(moved)) !== 0) {
      err = -EFAULT;
      break;
    }
    pos[0] = pos[0] + s64(moved);
    done += s64(moved);
  }
  kfree(page);
  mmput(mm);
  return done !== 0 ? done : err;
}

function mem_read(f: file, buf: u8[], count: u64, pos: s64[]): s64 {
  return mem_rw(f, buf, count, pos, false);
}

function mem_write(f: file, buf: u8[], count: u64, pos: s64[]): s64 {
  return mem_rw(f, buf, count, pos, true);
}

/** Addresses are positions: also those with the top bit. */
function mem_lseek(f: file, offset: s64, whence: int): s64 {
  if (whence === 0) f.f_pos = offset;
  else if (whence === 1) f.f_pos += offset;
  else return -EINVAL;
  return f.f_pos;
}

export const proc_mem_operations: file_operations = { read: mem_read, write: mem_write, llseek: mem_lseek };
