// What the parts of /proc share about inodes that stand for a task.
import type { file_operations, inode, inode_operations } from "linux/fs";
import { get_pid_task, PIDTYPE_PID, type pid, put_pid } from "linux/pid";
import type { task_struct } from "linux/sched";
import type { seq_file } from "linux/seq_file";
import { kfree } from "linux/slab";

/** i_flags: i_private is a proc_pid_info. */
export const PROC_PID_INODE = 0x100;

/** One file of a task's directory. */
export interface pid_entry extends struct<"pid_entry"> {
  name?: cstr;
  mode?: u32;
  iop?: inode_operations;
  fop?: file_operations;
  show?: (m: seq_file, task: task_struct) => int;
}

export interface proc_pid_info extends struct<"proc_pid_info"> {
  pid?: pid;
  entry?: pid_entry;
  /** fd/N: the number. */
  fd?: u32;
}

export function pid_info(inode: inode): proc_pid_info {
  return inode.i_private as proc_pid_info;
}

/** The inode's task with a reference, or null when it is gone. */
export function get_proc_task(inode: inode): task_struct {
  return get_pid_task(pid_info(inode).pid, PIDTYPE_PID);
}

export function evict_pid_inode(inode: inode): void {
  const info = pid_info(inode);
  if (info === null) return;
  put_pid(info.pid);
  kfree(info);
}
