// /proc/<pid>/fd: a link for each open file.

import { d_add, type dentry } from "linux/dcache";
import { ERR_PTR } from "linux/err";
import { ENOENT, ENOMEM } from "linux/errno";
import { fput } from "linux/file";
import { type dir_context, FMODE_READ, FMODE_WRITE, type file, type file_operations, type inode, type inode_operations } from "linux/fs";
import { snprintf } from "linux/kernel";
import { type path, path_get } from "linux/path";
import { put_task_struct } from "linux/sched";
import { S_IFLNK } from "linux/stat";
import { fget_task, task_lookup_next_fd } from "../file";
import { emit_dots, generic_read_dir } from "../libfs";
import { generic_file_llseek } from "../read_write";
import { name_to_int, pid_getattr, pid_setattr, proc_pid_make_inode } from "./base";
import { get_proc_task, pid_info } from "./internal";

function proc_fd_link(dentry: dentry, path: path): int {
  const t = get_proc_task(dentry.d_inode);
  if (t === null) return -ENOENT;
  const f = fget_task(t, pid_info(dentry.d_inode).fd);
  put_task_struct(t);
  if (f === null) return -ENOENT;
  copy(path, f.f_path);
  path_get(path);
  fput(f);
  return 0;
}
const proc_fd_link_iops: inode_operations = { jump_link: proc_fd_link, getattr: pid_getattr };

function proc_lookupfd(dir: inode, dentry: dentry, flags: u32): dentry {
  const fd = name_to_int(dentry);
  if (fd < 0) return ERR_PTR(-ENOENT) as dentry;
  const t = get_proc_task(dir);
  if (t === null) return ERR_PTR(-ENOENT) as dentry;
  const f = fget_task(t, u32(fd));
  put_task_struct(t);
  if (f === null) return ERR_PTR(-ENOENT) as dentry;
  // Owner's bits say what the file was opened for.
  let mode: u32 = S_IFLNK;
  if ((f.f_mode & FMODE_READ) !== 0) mode |= 0o500;
  if ((f.f_mode & FMODE_WRITE) !== 0) mode |= 0o300;
  fput(f);
  const inode = proc_pid_make_inode(dir.i_sb, pid_info(dir).pid, mode, null);
  if (inode === null) return ERR_PTR(-ENOMEM) as dentry;
  inode.i_op = proc_fd_link_iops;
  inode.i_size = 64;
  pid_info(inode).fd = u32(fd);
  d_add(dentry, inode);
  return null;
}

export function proc_readfd(f: file, ctx: dir_context): int {
  if (!emit_dots(f, ctx)) return 0;
  const t = get_proc_task(f.f_inode);
  if (t === null) return -ENOENT;
  for (;;) {
    let fd: u32 = u32(ctx.pos - 2);
    const target = task_lookup_next_fd(t, addr(fd));
    if (target === null) break;
    fput(target);
    let name: array<u8, 16>;
    const len = snprintf(name, 16, "%u", fd);
    ctx.pos = s64(fd) + 2;
    if (!ctx.actor(ctx, name, len, ctx.pos, f.f_inode.i_ino * 64 + u64(fd), 10)) break;
    ctx.pos += 1;
  }
  put_task_struct(t);
  return 0;
}

export const proc_fd_iops: inode_operations = { lookup: proc_lookupfd, getattr: pid_getattr, setattr: pid_setattr };
export const proc_fd_fops: file_operations = { llseek: generic_file_llseek, read: generic_read_dir, iterate_shared: proc_readfd };
