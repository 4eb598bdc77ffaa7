// Process identifiers: struct pid stays alive while anybody refers to it, and links the tasks that use the number.

import type { hlist_head, hlist_node, rcu_head } from "linux/types";
import type { refcount_t } from "linux/refcount";
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
  alloc_pid, free_pid, get_pid, put_pid, find_pid_ns, find_vpid, find_get_pid, pid_task, get_pid_task, find_task_by_vpid, find_get_task_by_vpid, attach_pid, detach_pid, change_pid,
  pid_nr, pid_vnr, task_pid, task_pgrp, task_session, task_pid_nr, task_tgid_nr, task_pgrp_nr, task_session_nr, next_pid_task, is_global_init, pid_max,
} from "../../kernel/pid";
