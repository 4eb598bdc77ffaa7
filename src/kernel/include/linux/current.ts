// The running task.

import { current_task } from "../../kernel/sched/core";
import type { task_struct } from "linux/sched";

export function get_current(): task_struct {
  return this_cpu_read(current_task);
}
inline(get_current);
