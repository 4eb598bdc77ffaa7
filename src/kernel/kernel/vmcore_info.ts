// Layout of what tools outside the kernel read (Linux: the vmcoreinfo note), as long as vmlinux carries no type information:
// kelp's host lines and inspections find a CPU's task by it.

import type { task_struct } from "linux/sched";

interface vmcoreinfo_task extends struct<"vmcoreinfo_task"> {
  pid?: u64;
  comm?: u64;
}

/** Offsets in task_struct. */
export const vmcoreinfo_task_struct: vmcoreinfo_task = {
  pid: offsetof<task_struct>("pid"),
  comm: offsetof<task_struct>("comm"),
};
