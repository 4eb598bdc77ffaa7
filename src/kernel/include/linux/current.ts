// The running task.

import type { task_struct } from "linux/sched";
import { current_task } from "../../kernel/sched/core";

export function get_current(): task_struct {
  return this_cpu_read(current_task);
}
inline(get_current);
