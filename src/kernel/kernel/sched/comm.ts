// Names of tasks, and walks over them.

import type { task_struct } from "linux/sched";

export function set_task_comm(t: task_struct, name: cstr): void {
  let i: u64 = 0;
  while (i < 15 && name[i] !== 0) {
    t.comm[i] = name[i];
    i++;
  }
  while (i < 16) {
    t.comm[i] = 0;
    i++;
  }
}

export function get_task_comm(to: u8[], t: task_struct): u8[] {
  for (let i: u64 = 0; i < 16; i++) to[i] = t.comm[i];
  return to;
}

/** Next process; from init_task until init_task comes again. Under tasklist_lock or RCU. */
export function next_task(t: task_struct): task_struct {
  return container_of<task_struct>(t.tasks.next, "tasks");
}

/** Next thread of the same process, around in a ring. */
export function next_thread(t: task_struct): task_struct {
  return container_of<task_struct>(t.thread_group.next, "thread_group");
}
EXPORT_SYMBOL(get_task_comm);
EXPORT_SYMBOL(next_task);
