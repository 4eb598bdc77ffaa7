// /proc/<pid>/fdinfo: position, flags and mount of each open file.

import { d_add, type dentry } from "linux/dcache";
import { ERR_PTR } from "linux/err";
import { ENOENT, ENOMEM, ESRCH } from "linux/errno";
import { O_LARGEFILE } from "linux/fcntl";
import { fput } from "linux/file";
import type { file, file_operations, inode, inode_operations } from "linux/fs";
import { put_task_struct } from "linux/sched";
import { type seq_file, seq_lseek, seq_printf, seq_read, single_open, single_release } from "linux/seq_file";
import { S_IFREG, S_ISFIFO } from "linux/stat";
import { fget_task } from "../file";
import { generic_read_dir } from "../libfs";
import { generic_file_llseek } from "../read_write";
import { name_to_int, pid_getattr, pid_setattr, proc_pid_make_inode } from "./base";
import { proc_readfd } from "./fd";
import { get_proc_task, pid_info } from "./internal";

function fdinfo_show(m: seq_file, _v: ptr): int {
  const inode = m.private as inode;
  const t = get_proc_task(inode);
  if (t === null) return -ESRCH;
  const f = fget_task(t, pid_info(inode).fd);
  put_task_struct(t);
  if (f === null) return -ENOENT;
  // Every open(2) of a 64-bit program sets it; pipes are not opened.
  const flags = S_ISFIFO(f.f_inode.i_mode) ? f.f_flags : f.f_flags | O_LARGEFILE;
  seq_printf(m, "pos:\t%li\nflags:\t0%o\nmnt_id:\t%i\nino:\t%lu\n", f.f_pos, flags, f.f_path.mnt.mnt_id, f.f_inode.i_ino);
  fput(f);
  return 0;
}

function fdinfo_open(inode: inode, f: file): int {
  return single_open(f, fdinfo_show, inode);
}

const fdinfo_file_operations: file_operations = { open: fdinfo_open, read: seq_read, llseek: seq_lseek, release: single_release };
const fdinfo_file_iops: inode_operations = { getattr: pid_getattr, setattr: pid_setattr };

function proc_lookupfdinfo(dir: inode, dentry: dentry, _flags: u32): dentry {
  const fd = name_to_int(dentry);
  if (fd < 0) return ERR_PTR(-ENOENT) as dentry;
  const t = get_proc_task(dir);
  if (t === null) return ERR_PTR(-ENOENT) as dentry;
  const f = fget_task(t, u32(fd));
  put_task_struct(t);
  if (f === null) return ERR_PTR(-ENOENT) as dentry;
  fput(f);
  const inode = proc_pid_make_inode(dir.i_sb, pid_info(dir).pid, S_IFREG | 0o400, null);
  if (inode === null) return ERR_PTR(-ENOMEM) as dentry;
  inode.i_op = fdinfo_file_iops;
  inode.i_fop = fdinfo_file_operations;
  pid_info(inode).fd = u32(fd);
  d_add(dentry, inode);
  return null;
}

export const proc_fdinfo_iops: inode_operations = { lookup: proc_lookupfdinfo, getattr: pid_getattr, setattr: pid_setattr };
export const proc_fdinfo_fops: file_operations = { llseek: generic_file_llseek, read: generic_read_dir, iterate_shared: proc_readfd };
