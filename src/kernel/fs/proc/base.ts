// /proc/<pid>: the directory of each task, its links to places and its task/.

import { d_add, type dentry } from "linux/dcache";
import { ERR_PTR } from "linux/err";
import { ENOENT, ENOMEM, EPERM, ESRCH } from "linux/errno";
import {
  ATTR_MODE,
  type dir_context,
  type file,
  type file_operations,
  generic_fillattr,
  type iattr,
  type inode,
  type inode_operations,
  new_inode,
  setattr_copy,
  setattr_prepare,
  type super_block,
} from "linux/fs";
import { get_task_path } from "linux/fs_struct";
import { snprintf } from "linux/kernel";
import { get_task_mm, mmput } from "linux/mm";
import { type path, path_get } from "linux/path";
import { find_get_task_by_vpid, get_pid, type pid, task_pid } from "linux/pid";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { get_task_struct, init_task, put_task_struct, type task_struct, tasklist_lock } from "linux/sched";
import { type seq_file, seq_lseek, seq_read, single_open, single_release } from "linux/seq_file";
import { GFP_KERNEL, kzalloc } from "linux/slab";
import { read_lock, read_unlock } from "linux/spinlock";
import { type kstat, S_IFDIR, S_IFMT } from "linux/stat";
import { memcmp, strlen } from "linux/string";
import { emit_dots, generic_read_dir } from "../libfs";
import { generic_file_llseek } from "../read_write";
import { get_proc_task, PROC_PID_INODE, type pid_entry, pid_info, type proc_pid_info } from "./internal";
import { proc_pid_files, proc_tid_files } from "./pid-files";

const FIRST_PROCESS_ENTRY = 256;

// ---- inodes ----

export function pid_getattr(path: path, stat: kstat): int {
  generic_fillattr(path.dentry.d_inode, stat);
  return 0;
}

/** What a process's files allow is not theirs to change. */
export function pid_setattr(dentry: dentry, attr: iattr): int {
  if ((attr.ia_valid & ATTR_MODE) !== 0) return -EPERM;
  const err = setattr_prepare(dentry, attr);
  if (err === 0) setattr_copy(dentry.d_inode, attr);
  return err;
}

/** An inode of `mode` for the task behind `pid` (a reference is taken). */
export function proc_pid_make_inode(sb: super_block, p: pid, mode: u32, entry: pid_entry): inode {
  const inode = new_inode(sb);
  if (inode === null) return null;
  const info = kzalloc(sizeof<proc_pid_info>(), GFP_KERNEL) as proc_pid_info;
  inode.i_flags = PROC_PID_INODE;
  inode.i_private = info;
  if (info === null) return null;
  info.pid = get_pid(p);
  info.entry = entry;
  inode.i_mode = u16(mode);
  const t = get_proc_task(inode);
  if (t !== null) {
    rcu_read_lock();
    inode.i_uid = t.cred.euid;
    inode.i_gid = t.cred.egid;
    rcu_read_unlock();
    put_task_struct(t);
  }
  inode.i_nlink = (mode & S_IFMT) === S_IFDIR ? 2 : 1;
  return inode;
}

// ---- one-record files ----

function proc_single_show(m: seq_file, v: ptr): int {
  const inode = m.private as inode;
  const t = get_proc_task(inode);
  if (t === null) return -ESRCH;
  const ret = pid_info(inode).entry.show(m, t);
  put_task_struct(t);
  return ret;
}

function proc_single_open(inode: inode, f: file): int {
  return single_open(f, proc_single_show, inode);
}

const proc_single_file_operations: file_operations = {
  open: proc_single_open,
  read: seq_read,
  llseek: seq_lseek,
  release: single_release,
};
const pid_file_iops: inode_operations = { getattr: pid_getattr, setattr: pid_setattr };

function instantiate(dir: inode, dentry: dentry, p: pid, e: pid_entry): dentry {
  const inode = proc_pid_make_inode(dir.i_sb, p, e.mode, e);
  if (inode === null) return ERR_PTR(-ENOMEM) as dentry;
  inode.i_op = e.iop !== null ? e.iop : pid_file_iops;
  inode.i_fop = e.show !== null ? proc_single_file_operations : e.fop;
  d_add(dentry, inode);
  return null;
}

function name_is(dentry: dentry, name: cstr): bool {
  const len = strlen(name);
  return u64(dentry.d_name.len) === len && memcmp(dentry.d_name.name, name as ptr, len) === 0;
}

/** Looks a name up in a table of entries. */
function pident_lookup(dir: inode, dentry: dentry, table: pid_entry[]): dentry {
  const t = get_proc_task(dir);
  if (t === null) return ERR_PTR(-ENOENT) as dentry;
  put_task_struct(t);
  for (let i = 0; table[i].name !== null; i++)
    if (name_is(dentry, table[i].name)) return instantiate(dir, dentry, pid_info(dir).pid, table[i]);
  return ERR_PTR(-ENOENT) as dentry;
}

function pident_readdir(f: file, ctx: dir_context, table: pid_entry[]): int {
  if (!emit_dots(f, ctx)) return 0;
  for (let i = ctx.pos - 2; table[i].name !== null; i++) {
    const e = table[i];
    if (!ctx.actor(ctx, e.name as u8[], int(strlen(e.name)), ctx.pos, f.f_inode.i_ino * 64 + u64(i), (e.mode >> 12) & 15)) return 0;
    ctx.pos += 1;
  }
  return 0;
}

/** -1: not a number that could be a pid. */
export function name_to_int(dentry: dentry): s64 {
  const name = dentry.d_name.name;
  let n: s64 = 0;
  if (dentry.d_name.len === 0 || dentry.d_name.len > 9) return -1;
  if (name[0] === 48 && dentry.d_name.len > 1) return -1;
  for (let i: u32 = 0; i < dentry.d_name.len; i++) {
    if (name[i] < 48 || name[i] > 57) return -1;
    n = n * 10 + (name[i] - 48);
  }
  return n;
}

// ---- links to places ----

function proc_cwd_link(dentry: dentry, path: path): int {
  const t = get_proc_task(dentry.d_inode);
  if (t === null) return -ENOENT;
  const found = get_task_path(t, path, false);
  put_task_struct(t);
  return found ? 0 : -ENOENT;
}

function proc_root_link(dentry: dentry, path: path): int {
  const t = get_proc_task(dentry.d_inode);
  if (t === null) return -ENOENT;
  const found = get_task_path(t, path, true);
  put_task_struct(t);
  return found ? 0 : -ENOENT;
}

function proc_exe_link(dentry: dentry, path: path): int {
  const t = get_proc_task(dentry.d_inode);
  if (t === null) return -ENOENT;
  const mm = get_task_mm(t);
  put_task_struct(t);
  if (mm === null) return -ENOENT;
  let err: int = -ENOENT;
  if (mm.exe_file !== null) {
    copy(path, mm.exe_file.f_path);
    path_get(path);
    err = 0;
  }
  mmput(mm);
  return err;
}

export const proc_cwd_iops: inode_operations = { jump_link: proc_cwd_link, getattr: pid_getattr };
export const proc_root_iops: inode_operations = { jump_link: proc_root_link, getattr: pid_getattr };
export const proc_exe_iops: inode_operations = { jump_link: proc_exe_link, getattr: pid_getattr };

// ---- <pid>/ and task/<tid>/ ----

function proc_tgid_base_lookup(dir: inode, dentry: dentry, flags: u32): dentry {
  return pident_lookup(dir, dentry, proc_pid_files);
}

function proc_tgid_base_readdir(f: file, ctx: dir_context): int {
  return pident_readdir(f, ctx, proc_pid_files);
}

function proc_tid_base_lookup(dir: inode, dentry: dentry, flags: u32): dentry {
  return pident_lookup(dir, dentry, proc_tid_files);
}

function proc_tid_base_readdir(f: file, ctx: dir_context): int {
  return pident_readdir(f, ctx, proc_tid_files);
}

const proc_tid_base_iops: inode_operations = { lookup: proc_tid_base_lookup, getattr: pid_getattr, setattr: pid_setattr };
const proc_tid_base_fops: file_operations = {
  llseek: generic_file_llseek,
  read: generic_read_dir,
  iterate_shared: proc_tid_base_readdir,
};
const proc_tgid_base_iops: inode_operations = { lookup: proc_tgid_base_lookup, getattr: pid_getattr, setattr: pid_setattr };
const proc_tgid_base_fops: file_operations = {
  llseek: generic_file_llseek,
  read: generic_read_dir,
  iterate_shared: proc_tgid_base_readdir,
};

function make_task_dir(dir: inode, dentry: dentry, t: task_struct, thread: bool): dentry {
  const inode = proc_pid_make_inode(dir.i_sb, task_pid(t), S_IFDIR | 0o555, null);
  if (inode === null) return ERR_PTR(-ENOMEM) as dentry;
  inode.i_op = thread ? proc_tid_base_iops : proc_tgid_base_iops;
  inode.i_fop = thread ? proc_tid_base_fops : proc_tgid_base_fops;
  d_add(dentry, inode);
  return null;
}

/** A thread of this task by its number. */
function proc_task_lookup(dir: inode, dentry: dentry, flags: u32): dentry {
  const nr = name_to_int(dentry);
  const leader = get_proc_task(dir);
  if (leader === null) return ERR_PTR(-ENOENT) as dentry;
  let res = ERR_PTR(-ENOENT) as dentry;
  const t = nr < 0 ? null : find_get_task_by_vpid(int(nr));
  if (t !== null) {
    if (t.tgid === leader.tgid) res = make_task_dir(dir, dentry, t, true);
    put_task_struct(t);
  }
  put_task_struct(leader);
  return res;
}

/** The thread of `leader` with the lowest number from `nr` up, with a reference. */
function next_tid(leader: task_struct, nr: int): task_struct {
  let best: task_struct = null;
  read_lock(tasklist_lock);
  const head = leader.signal.thread_head;
  for (let p = head.next; p !== head; p = p.next) {
    const t = container_of<task_struct>(p, "thread_node");
    if (t.pid >= nr && (best === null || t.pid < best.pid)) best = t;
  }
  if (best !== null) get_task_struct(best);
  read_unlock(tasklist_lock);
  return best;
}

/** The process with the lowest number from `nr` up, with a reference. */
function next_tgid(nr: int): task_struct {
  let best: task_struct = null;
  read_lock(tasklist_lock);
  for (let p = init_task.tasks.next; p !== init_task.tasks; p = p.next) {
    const t = container_of<task_struct>(p, "tasks");
    if (t.tgid >= nr && (best === null || t.tgid < best.tgid)) best = t;
  }
  if (best !== null) get_task_struct(best);
  read_unlock(tasklist_lock);
  return best;
}

function emit_task(ctx: dir_context, nr: int): bool {
  let name: array<u8, 16>;
  const len = snprintf(name, 16, "%d", nr);
  return ctx.actor(ctx, name, len, ctx.pos, u64(nr) + 0x10000, 4);
}

function proc_task_readdir(f: file, ctx: dir_context): int {
  if (!emit_dots(f, ctx)) return 0;
  const leader = get_proc_task(f.f_inode);
  if (leader === null) return -ENOENT;
  for (;;) {
    const t = next_tid(leader, int(ctx.pos - 2));
    if (t === null) break;
    const nr = t.pid;
    put_task_struct(t);
    ctx.pos = s64(nr) + 2;
    if (!emit_task(ctx, nr)) break;
    ctx.pos += 1;
  }
  put_task_struct(leader);
  return 0;
}

export const proc_task_iops: inode_operations = { lookup: proc_task_lookup, getattr: pid_getattr, setattr: pid_setattr };
export const proc_task_fops: file_operations = { llseek: generic_file_llseek, read: generic_read_dir, iterate_shared: proc_task_readdir };

// ---- the root's share ----

export function proc_pid_lookup(dir: inode, dentry: dentry): dentry {
  const nr = name_to_int(dentry);
  if (nr < 1) return ERR_PTR(-ENOENT) as dentry;
  const t = find_get_task_by_vpid(int(nr));
  if (t === null) return ERR_PTR(-ENOENT) as dentry;
  const res = make_task_dir(dir, dentry, t, false);
  put_task_struct(t);
  return res;
}

/** Processes by number; the position says which comes next. */
export function proc_pid_readdir(f: file, ctx: dir_context): int {
  for (;;) {
    const from: int = int(ctx.pos - FIRST_PROCESS_ENTRY);
    const t = next_tgid(from < 1 ? 1 : from);
    if (t === null) return 0;
    const nr = t.tgid;
    put_task_struct(t);
    ctx.pos = s64(nr) + FIRST_PROCESS_ENTRY;
    if (!emit_task(ctx, nr)) return 0;
    ctx.pos += 1;
  }
}
