// /proc: how files get there.
import type { dentry } from "linux/dcache";
import type { file, inode, kiocb } from "linux/fs";
import type { list_head } from "linux/list";
import type { poll_table_struct } from "linux/poll";
import type { seq_file, seq_operations } from "linux/seq_file";
import type { iov_iter } from "linux/uio";

/** Kept for the life of the kernel: handlers need no in-use count. */
export const PROC_ENTRY_PERMANENT = 1;

export interface proc_ops extends struct<"proc_ops"> {
  proc_flags?: u32;
  proc_open?: (inode: inode, file: file) => int;
  proc_read?: (file: file, buf: u8[], count: u64, pos: s64[]) => s64;
  proc_read_iter?: (iocb: kiocb, to: iov_iter) => s64;
  proc_write?: (file: file, buf: u8[], count: u64, pos: s64[]) => s64;
  proc_lseek?: (file: file, offset: s64, whence: int) => s64;
  proc_release?: (inode: inode, file: file) => int;
  proc_poll?: (file: file, wait: poll_table_struct) => u32;
  proc_ioctl?: (file: file, cmd: u32, arg: u64) => s64;
}

export interface proc_dir_entry extends struct<"proc_dir_entry"> {
  /** Calls under way; negative once the entry is being removed (PROC_IN_USE_BIAS). */
  in_use?: int;
  refcnt?: int;
  mode?: u32;
  low_ino?: u32;
  nlink?: u32;
  uid?: u32;
  gid?: u32;
  size?: s64;
  proc_ops?: proc_ops;
  seq_ops?: seq_operations;
  single_show?: (m: seq_file, v: ptr) => int;
  /** Directories with a lookup or readdir of their own (the root, /proc/sys, /proc/<pid>). */
  proc_iops?: import("linux/fs").inode_operations;
  proc_dir_ops?: import("linux/fs").file_operations;
  state_size?: u32;
  data?: ptr;
  parent?: proc_dir_entry;
  subdir?: embed<list_head>;
  subdir_node?: embed<list_head>;
  namelen?: u32;
  name?: u8[];
  link_target?: u8[];
  /** Open files whose release handler is still to be called. */
  pde_openers?: embed<list_head>;
  permanent?: bool;
}
export {
  proc_create,
  proc_create_data,
  proc_create_mount_point,
  proc_create_seq,
  proc_create_seq_data,
  proc_create_seq_private,
  proc_create_single,
  proc_create_single_data,
  proc_mkdir,
  proc_mkdir_data,
  proc_mkdir_mode,
  proc_remove,
  proc_set_size,
  proc_set_user,
  proc_symlink,
  remove_proc_entry,
  remove_proc_subtree,
} from "../../fs/proc/generic";
export { pde_data } from "../../fs/proc/inode";
export type { dentry };
