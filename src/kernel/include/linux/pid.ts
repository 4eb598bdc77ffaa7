// Process identifiers: struct pid stays alive while anybody refers to it, and links the tasks that use the number.

import type { refcount_t } from "linux/refcount";
import type { hlist_head, hlist_node, rcu_head } from "linux/types";
import type { wait_queue_head } from "linux/wait";

export const PIDTYPE_PID = 0;
export const PIDTYPE_TGID = 1;
export const PIDTYPE_PGID = 2;
export const PIDTYPE_SID = 3;
export const PIDTYPE_MAX = 4;
export const PID_MAX_DEFAULT = 0x8000;

export interface pid extends struct<"pid"> {
  count?: embed<refcount_t>;
  nr?: int;
  /** Tasks with this number as pid, tgid, process group, session: by task_struct.pid_links[type]. */
  tasks?: array<hlist_head, 4>;
  hash?: embed<hlist_node>;
  wait_pidfd?: embed<wait_queue_head>;
  rcu?: embed<rcu_head>;
}

export {
  alloc_pid,
  attach_pid,
  change_pid,
  detach_pid,
  find_get_pid,
  find_get_task_by_vpid,
  find_pid_ns,
  find_task_by_vpid,
  find_vpid,
  free_pid,
  get_pid,
  get_pid_task,
  is_global_init,
  next_pid_task,
  pid_max,
  pid_nr,
  pid_task,
  pid_vnr,
  put_pid,
  task_pgrp,
  task_pgrp_nr,
  task_pid,
  task_pid_nr,
  task_session,
  task_session_nr,
  task_tgid_nr,
} from "../../kernel/pid";
