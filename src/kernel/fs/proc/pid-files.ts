// The files of a task's directory: which there are, and the small ones. The big tables (status, stat, maps) are in array.ts and task_mmu.ts.

import { task_pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EFAULT, EINVAL, ENOMEM, ESRCH } from "linux/errno";
import type { file, file_operations, inode, kiocb } from "linux/fs";
import { lookup_symbol_name } from "linux/kallsyms";
import { access_remote_vm, get_task_mm, type mm_struct, mmput } from "linux/mm";
import { put_task_struct, set_task_comm, task_curr, type task_struct } from "linux/sched";
import { type seq_file, seq_lseek, seq_printf, seq_putc, seq_puts, seq_read, seq_write, single_open, single_release } from "linux/seq_file";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { S_IFDIR, S_IFLNK, S_IFREG } from "linux/stat";
import { strnlen } from "linux/string";
import { copy_from_user } from "linux/uaccess";
import { copy_to_iter, import_single_range, type iov_iter, iov_iter_count, READ } from "linux/uio";
import { wq_worker_comm } from "../../kernel/workqueue-worker";
import { mountinfo_show, mounts_show, mountstats_show } from "../proc_namespace";
import { generic_file_llseek } from "../read_write";
import { proc_pid_statm, proc_pid_status, proc_tgid_stat, proc_tid_stat } from "./array";
import { proc_cwd_iops, proc_exe_iops, proc_root_iops, proc_task_fops, proc_task_iops } from "./base";
import { proc_fd_fops, proc_fd_iops } from "./fd";
import { proc_fdinfo_fops, proc_fdinfo_iops } from "./fdinfo";
import { get_proc_task, type pid_entry } from "./internal";
import {
  oom_adj_ops,
  oom_score_adj_ops,
  proc_id_map,
  proc_mem_operations,
  proc_oom_score,
  proc_pid_personality,
  proc_pid_schedstat,
  proc_setgroups,
  proc_tgid_io_accounting,
  proc_tid_children,
  proc_tid_io_accounting,
  proc_unset_id,
  timerslack_ops,
} from "./pid-settings";
import { get_wchan, sleep_stack } from "./sleepers";
import { proc_pid_smaps, proc_pid_smaps_rollup } from "./smaps";
import { proc_pid_maps } from "./task_mmu";

function proc_pid_comm(m: seq_file, task: task_struct): int {
  let name: array<u8, 64>;
  wq_worker_comm(name, 64, task);
  seq_printf(m, "%s\n", name);
  return 0;
}

function proc_pid_patch_state(m: seq_file, task: task_struct): int {
  seq_printf(m, "%d\n", task.patch_state);
  return 0;
}

function proc_pid_stack(m: seq_file, task: task_struct): int {
  const entries = kmalloc(64 * 8, GFP_KERNEL) as u64[];
  if (entries === null) return -ENOMEM;
  const n = sleep_stack(task, entries, 64);
  for (let i: u32 = 0; i < n; i++) seq_printf(m, "[<0>] %pB\n", at<ptr>(entries[i]));
  kfree(entries);
  return 0;
}

function proc_pid_wchan(m: seq_file, task: task_struct): int {
  const asleep = !task_curr(task) && task.__state !== 0;
  let name: array<u8, 512>;
  if (asleep && lookup_symbol_name(get_wchan(task), name) === 0) seq_puts(m, name);
  else seq_putc(m, 48);
  return 0;
}

function proc_pid_syscall(m: seq_file, task: task_struct): int {
  if (task !== get_current() && task.__state === 0) {
    seq_puts(m, "running\n");
    return 0;
  }
  // A kernel thread's are all zero: that reads as call 0.
  const r = task_pt_regs(task);
  if (s64(r.orig_ax) < 0) seq_printf(m, "%d 0x%lx 0x%lx\n", int(r.orig_ax), r.sp, r.ip);
  else
    seq_printf(m, "%d 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx\n", int(r.orig_ax), r.di, r.si, r.dx, r.r10, r.r8, r.r9, r.sp, r.ip);
  return 0;
}

function proc_pid_auxv(m: seq_file, task: task_struct): int {
  const mm = get_task_mm(task);
  if (mm === null) return 0;
  let n = 0;
  do n += 2;
  while (n < 48 && mm.saved_auxv[n - 2] !== 0);
  seq_write(m, mm.saved_auxv, u64(n) * 8);
  mmput(mm);
  return 0;
}

function proc_pid_mounts(m: seq_file, _task: task_struct): int {
  return mounts_show(m);
}

function proc_pid_mountstats(m: seq_file, _task: task_struct): int {
  return mountstats_show(m);
}

function proc_pid_mountinfo(m: seq_file, _task: task_struct): int {
  return mountinfo_show(m);
}

const limit_names: array<cstr, 16> = [
  "Max cpu time",
  "Max file size",
  "Max data size",
  "Max stack size",
  "Max core file size",
  "Max resident set",
  "Max processes",
  "Max open files",
  "Max locked memory",
  "Max address space",
  "Max file locks",
  "Max pending signals",
  "Max msgqueue size",
  "Max nice priority",
  "Max realtime priority",
  "Max realtime timeout",
];
const limit_units: array<cstr, 16> = [
  "seconds",
  "bytes",
  "bytes",
  "bytes",
  "bytes",
  "bytes",
  "processes",
  "files",
  "bytes",
  "bytes",
  "locks",
  "signals",
  "bytes",
  null,
  null,
  "us",
];

function put_limit(m: seq_file, v: u64): void {
  if (v === 0xffffffffffffffff) seq_printf(m, "%-20s ", "unlimited");
  else seq_printf(m, "%-20lu ", v);
}

function proc_pid_limits(m: seq_file, task: task_struct): int {
  seq_puts(m, "Limit                     Soft Limit           Hard Limit           Units     \n");
  for (let i = 0; i < 16; i++) {
    const r = task.signal.rlim[i];
    seq_printf(m, "%-25s ", limit_names[i]);
    put_limit(m, r.rlim_cur);
    put_limit(m, r.rlim_max);
    if (limit_units[i] !== null) seq_printf(m, "%-10s\n", limit_units[i]);
    else seq_putc(m, 10);
  }
  return 0;
}

// ---- cmdline, environ: the task's own memory ----

/** Bytes [start + pos, end) of the task's memory to the reader. */
function read_range(mm: mm_struct, start: u64, end: u64, iocb: kiocb, to: iov_iter): s64 {
  const buf = kmalloc(1024, GFP_KERNEL) as u8[];
  if (buf === null) return -ENOMEM;
  let done: s64 = 0;
  while (iov_iter_count(to) !== 0 && start + u64(iocb.ki_pos) < end) {
    let n: u64 = end - start - u64(iocb.ki_pos);
    if (n > 1024) n = 1024;
    if (n > iov_iter_count(to)) n = iov_iter_count(to);
    const got = access_remote_vm(mm, start + u64(iocb.ki_pos), buf, int(n), 0);
    if (got <= 0) break;
    const put = copy_to_iter(buf, u64(got), to);
    if (put === 0) {
      if (done === 0) done = -EFAULT;
      break;
    }
    iocb.ki_pos += s64(put);
    done += s64(put);
  }
  kfree(buf);
  return done;
}

function read_strings(iocb: kiocb, to: iov_iter, env: bool): s64 {
  const t = get_proc_task(iocb.ki_filp.f_inode);
  if (t === null) return -ESRCH;
  const mm = get_task_mm(t);
  put_task_struct(t);
  // A kernel thread has neither.
  if (mm === null) return 0;
  const ret = env ? read_range(mm, mm.env_start, mm.env_end, iocb, to) : read_range(mm, mm.arg_start, mm.arg_end, iocb, to);
  mmput(mm);
  return ret;
}

/** Plain reads: as on Linux these files cannot be the source of sendfile. */
function read_plain(f: file, buf: u8[], count: u64, pos: s64[], env: bool): s64 {
  let iter: embed<iov_iter>;
  const iocb: kiocb = { ki_filp: f, ki_pos: pos[0] };
  const err = import_single_range(READ, buf, count, iter);
  if (err !== 0) return s64(err);
  const ret = read_strings(iocb, iter, env);
  pos[0] = iocb.ki_pos;
  return ret;
}

function proc_pid_cmdline_read(f: file, buf: u8[], count: u64, pos: s64[]): s64 {
  return read_plain(f, buf, count, pos, false);
}

function environ_read(f: file, buf: u8[], count: u64, pos: s64[]): s64 {
  return read_plain(f, buf, count, pos, true);
}

const proc_pid_cmdline_ops: file_operations = { read: proc_pid_cmdline_read, llseek: generic_file_llseek };
const proc_environ_operations: file_operations = { read: environ_read, llseek: generic_file_llseek };

// ---- comm can be written ----

function comm_show(m: seq_file, v: ptr): int {
  const t = get_proc_task(m.private as inode);
  if (t === null) return -ESRCH;
  proc_pid_comm(m, t);
  put_task_struct(t);
  return 0;
}

function comm_open(inode: inode, f: file): int {
  return single_open(f, comm_show, inode);
}

function comm_write(f: file, buf: u8[], count: u64, pos: s64[]): s64 {
  let name: array<u8, 16>;
  for (let i = 0; i < 16; i++) name[i] = 0;
  if (copy_from_user(name, buf, count > 15 ? 15 : count) !== 0) return -EFAULT;
  const t = get_proc_task(f.f_inode);
  if (t === null) return -ESRCH;
  // Only a thread of its own group may name it.
  if (t.tgid !== get_current().tgid) {
    put_task_struct(t);
    return -EINVAL;
  }
  const len = strnlen(name, 16);
  if (len !== 0 && name[len - 1] === 10) name[len - 1] = 0;
  set_task_comm(t, name);
  put_task_struct(t);
  return s64(count);
}

const proc_pid_set_comm_operations: file_operations = {
  open: comm_open,
  read: seq_read,
  write: comm_write,
  llseek: seq_lseek,
  release: single_release,
};

const D = S_IFDIR;
const R = S_IFREG;
const K = S_IFLNK;

/** In the order in which ls -U shows them. */
export const proc_pid_files: pid_entry[] = [
  { name: "task", mode: D | 0o555, iop: proc_task_iops, fop: proc_task_fops },
  { name: "fd", mode: D | 0o500, iop: proc_fd_iops, fop: proc_fd_fops },
  { name: "fdinfo", mode: D | 0o555, iop: proc_fdinfo_iops, fop: proc_fdinfo_fops },
  { name: "environ", mode: R | 0o400, fop: proc_environ_operations },
  { name: "auxv", mode: R | 0o400, show: proc_pid_auxv },
  { name: "status", mode: R | 0o444, show: proc_pid_status },
  { name: "personality", mode: R | 0o400, show: proc_pid_personality },
  { name: "limits", mode: R | 0o444, show: proc_pid_limits },
  { name: "comm", mode: R | 0o644, fop: proc_pid_set_comm_operations },
  { name: "syscall", mode: R | 0o400, show: proc_pid_syscall },
  { name: "cmdline", mode: R | 0o444, fop: proc_pid_cmdline_ops },
  { name: "stat", mode: R | 0o444, show: proc_tgid_stat },
  { name: "statm", mode: R | 0o444, show: proc_pid_statm },
  { name: "maps", mode: R | 0o444, show: proc_pid_maps },
  { name: "mem", mode: R | 0o600, fop: proc_mem_operations },
  { name: "cwd", mode: K | 0o777, iop: proc_cwd_iops },
  { name: "root", mode: K | 0o777, iop: proc_root_iops },
  { name: "exe", mode: K | 0o777, iop: proc_exe_iops },
  { name: "mounts", mode: R | 0o444, show: proc_pid_mounts },
  { name: "mountinfo", mode: R | 0o444, show: proc_pid_mountinfo },
  { name: "mountstats", mode: R | 0o400, show: proc_pid_mountstats },
  { name: "smaps", mode: R | 0o444, show: proc_pid_smaps },
  { name: "smaps_rollup", mode: R | 0o444, show: proc_pid_smaps_rollup },
  { name: "wchan", mode: R | 0o444, show: proc_pid_wchan },
  { name: "stack", mode: R | 0o400, show: proc_pid_stack },
  { name: "schedstat", mode: R | 0o444, show: proc_pid_schedstat },
  { name: "oom_score", mode: R | 0o444, show: proc_oom_score },
  { name: "oom_adj", mode: R | 0o644, fop: oom_adj_ops },
  { name: "oom_score_adj", mode: R | 0o644, fop: oom_score_adj_ops },
  { name: "loginuid", mode: R | 0o644, show: proc_unset_id },
  { name: "sessionid", mode: R | 0o444, show: proc_unset_id },
  { name: "io", mode: R | 0o400, show: proc_tgid_io_accounting },
  { name: "uid_map", mode: R | 0o644, show: proc_id_map },
  { name: "gid_map", mode: R | 0o644, show: proc_id_map },
  { name: "projid_map", mode: R | 0o644, show: proc_id_map },
  { name: "setgroups", mode: R | 0o644, show: proc_setgroups },
  { name: "timerslack_ns", mode: R | 0o666, fop: timerslack_ops },
  { name: "patch_state", mode: R | 0o400, show: proc_pid_patch_state },
  {},
];

/** task/TID: no further threads below, and counts of the one thread. */
export const proc_tid_files: pid_entry[] = [
  { name: "fd", mode: D | 0o500, iop: proc_fd_iops, fop: proc_fd_fops },
  { name: "fdinfo", mode: D | 0o555, iop: proc_fdinfo_iops, fop: proc_fdinfo_fops },
  { name: "environ", mode: R | 0o400, fop: proc_environ_operations },
  { name: "auxv", mode: R | 0o400, show: proc_pid_auxv },
  { name: "status", mode: R | 0o444, show: proc_pid_status },
  { name: "personality", mode: R | 0o400, show: proc_pid_personality },
  { name: "limits", mode: R | 0o444, show: proc_pid_limits },
  { name: "comm", mode: R | 0o644, fop: proc_pid_set_comm_operations },
  { name: "syscall", mode: R | 0o400, show: proc_pid_syscall },
  { name: "cmdline", mode: R | 0o444, fop: proc_pid_cmdline_ops },
  { name: "stat", mode: R | 0o444, show: proc_tid_stat },
  { name: "statm", mode: R | 0o444, show: proc_pid_statm },
  { name: "maps", mode: R | 0o444, show: proc_pid_maps },
  { name: "children", mode: R | 0o444, show: proc_tid_children },
  { name: "mem", mode: R | 0o600, fop: proc_mem_operations },
  { name: "cwd", mode: K | 0o777, iop: proc_cwd_iops },
  { name: "root", mode: K | 0o777, iop: proc_root_iops },
  { name: "exe", mode: K | 0o777, iop: proc_exe_iops },
  { name: "mounts", mode: R | 0o444, show: proc_pid_mounts },
  { name: "mountinfo", mode: R | 0o444, show: proc_pid_mountinfo },
  { name: "smaps", mode: R | 0o444, show: proc_pid_smaps },
  { name: "smaps_rollup", mode: R | 0o444, show: proc_pid_smaps_rollup },
  { name: "wchan", mode: R | 0o444, show: proc_pid_wchan },
  { name: "stack", mode: R | 0o400, show: proc_pid_stack },
  { name: "schedstat", mode: R | 0o444, show: proc_pid_schedstat },
  { name: "oom_score", mode: R | 0o444, show: proc_oom_score },
  { name: "oom_adj", mode: R | 0o644, fop: oom_adj_ops },
  { name: "oom_score_adj", mode: R | 0o644, fop: oom_score_adj_ops },
  { name: "loginuid", mode: R | 0o644, show: proc_unset_id },
  { name: "sessionid", mode: R | 0o444, show: proc_unset_id },
  { name: "io", mode: R | 0o400, show: proc_tid_io_accounting },
  { name: "uid_map", mode: R | 0o644, show: proc_id_map },
  { name: "gid_map", mode: R | 0o644, show: proc_id_map },
  { name: "projid_map", mode: R | 0o644, show: proc_id_map },
  { name: "setgroups", mode: R | 0o644, show: proc_setgroups },
  { name: "patch_state", mode: R | 0o400, show: proc_pid_patch_state },
  {},
];
