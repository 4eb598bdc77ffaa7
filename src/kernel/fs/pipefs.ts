// pipe(2), and the file system that its inodes belong to.

import { type pt_regs } from "asm/ptrace";
import { current_fsgid, current_fsuid } from "linux/cred";
import { d_make_root, type dentry, type dentry_operations } from "linux/dcache";
import { IS_ERR, PTR_ERR } from "linux/err";
import { EFAULT, EINVAL, ENFILE, ENOMEM } from "linux/errno";
import { O_CLOEXEC, O_DIRECT, O_NONBLOCK, O_RDONLY, O_WRONLY } from "linux/fcntl";
import { close_fd, fd_install, fput, get_unused_fd_flags, put_unused_fd } from "linux/file";
import {
  type file,
  type file_system_type,
  type inode,
  iput,
  kill_anon_super,
  mount_nodev,
  new_inode,
  register_filesystem,
  stream_open,
  type super_block,
  type super_operations,
} from "linux/fs";
import { snprintf } from "linux/kernel";
import { kern_mount, type vfsmount } from "linux/mount";
import { S_IFIFO, S_IRUSR, S_IWUSR } from "linux/stat";
import { copy_to_user } from "linux/uaccess";
import { alloc_file_clone, alloc_file_pseudo } from "./file_table";
import { alloc_pipe_info, free_pipe_info, pipefifo_fops } from "./pipe";

function pipefs_dname(dentry: dentry, buffer: u8[], buflen: int): u8[] {
  snprintf(buffer, u64(buflen), "pipe:[%lu]", dentry.d_inode.i_ino);
  return buffer;
}

const pipefs_dentry_operations: dentry_operations = { d_dname: pipefs_dname };
const pipefs_ops: super_operations = {};
const PIPEFS_MAGIC = 0x50495045;
let pipe_mnt: vfsmount = null;

function pipefs_fill_super(sb: super_block, data: cstr): int {
  sb.s_magic = PIPEFS_MAGIC;
  sb.s_op = pipefs_ops;
  const root = new_inode(sb);
  if (root === null) return -ENOMEM;
  root.i_mode = 0o040600;
  sb.s_root = d_make_root(root);
  return sb.s_root === null ? -ENOMEM : 0;
}

function pipefs_mount(type: file_system_type, flags: int, dev_name: cstr, data: cstr): dentry {
  return mount_nodev(type, flags, data, pipefs_fill_super);
}

const pipe_fs_type: file_system_type = { name: "pipefs", mount: pipefs_mount, kill_sb: kill_anon_super };

export function init_pipe_fs(): int {
  register_filesystem(pipe_fs_type);
  pipe_mnt = kern_mount(pipe_fs_type);
  return IS_ERR(pipe_mnt) ? int(PTR_ERR(pipe_mnt)) : 0;
}

function create_pipe_files(res: ref<file>[], flags: int): int {
  const inode = new_inode(pipe_mnt.mnt_sb);
  if (inode === null) return -ENFILE;
  const pipe = alloc_pipe_info();
  if (pipe === null) {
    iput(inode);
    return -ENFILE;
  }
  inode.i_pipe = pipe;
  pipe.files = 2;
  pipe.readers = 1;
  pipe.writers = 1;
  inode.i_mode = S_IFIFO | S_IRUSR | S_IWUSR;
  inode.i_uid = current_fsuid();
  inode.i_gid = current_fsgid();
  inode.i_fop = pipefifo_fops;
  const w = alloc_file_pseudo(
    inode,
    pipe_mnt,
    "",
    int(O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT))),
    pipefifo_fops,
    pipefs_dentry_operations,
  );
  if (IS_ERR(w)) {
    free_pipe_info(pipe);
    iput(inode);
    return int(PTR_ERR(w));
  }
  w.private_data = pipe;
  stream_open(inode, w);
  const r = alloc_file_clone(w, int(O_RDONLY | (flags & O_NONBLOCK)), pipefifo_fops);
  if (IS_ERR(r)) {
    pipe.readers = 0;
    pipe.files = 1;
    fput(w);
    return int(PTR_ERR(r));
  }
  r.private_data = pipe;
  stream_open(inode, r);
  res[0] = r;
  res[1] = w;
  return 0;
}

/** Two descriptors, installed, in fd[0] (read) and fd[1] (write). */
export function do_pipe_flags(fd: int[], flags: int): int {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) !== 0) return -EINVAL;
  let files: array<ref<file>, 2>;
  const err = create_pipe_files(files, flags);
  if (err !== 0) return err;
  const r = get_unused_fd_flags(u32(flags));
  const w: int = r < 0 ? r : get_unused_fd_flags(u32(flags));
  if (w < 0) {
    if (r >= 0) put_unused_fd(u32(r));
    fput(files[0]);
    fput(files[1]);
    return w;
  }
  fd[0] = r;
  fd[1] = w;
  fd_install(u32(r), files[0]);
  fd_install(u32(w), files[1]);
  return 0;
}

function do_pipe2(user: u64, flags: int): s64 {
  let fd: array<int, 2>;
  const err = do_pipe_flags(fd, flags);
  if (err !== 0) return s64(err);
  if (copy_to_user(at<ptr>(user), fd, 8) !== 0) {
    close_fd(u32(fd[0]));
    close_fd(u32(fd[1]));
    return -EFAULT;
  }
  return 0;
}

export function __x64_sys_pipe(regs: pt_regs): s64 {
  return do_pipe2(regs.di, 0);
}
export function __x64_sys_pipe2(regs: pt_regs): s64 {
  return do_pipe2(regs.di, int(regs.si));
}
