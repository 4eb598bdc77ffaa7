// Why nothing goes on: each task that is neither idle nor a kernel thread waiting for work, with the functions in which it waits.

import type { KernelView } from "../kernel-view.js";
import { shortName } from "./names.js";
import { stackAddresses } from "./stack.js";
import { type TaskInfo, tasks } from "./tasks.js";

/** What every sleeper has at the top of its stack. */
const SCHEDULER = /^(__switch_to_asm|context_switch|__schedule|schedule|preempt_schedule|preempt_schedule_irq|schedule_timeout)\+/;
const FRAMES = 8;

/** A fresh kernel thread's own function, before its first wake-up. */
const NOT_STARTED = /^kthread\+/;

function waitsForWork(task: TaskInfo): boolean {
  return task.kernelThread && (task.state === "I" || task.state === "S");
}

/** One line a task: `sh[12] S: pipe_read+0x52 < vfs_read+0x1a < …`. */
export function standstill(view: KernelView): string[] {
  return tasks(view)
    .filter((task) => !task.idle && !waitsForWork(task))
    .map((task) => {
      const names = stackAddresses(view, task).map((address) => shortName(view, address));
      return { task, places: names.filter((name) => !SCHEDULER.test(name)).slice(0, FRAMES) };
    })
    .filter(({ task, places }) => !(task.kernelThread && NOT_STARTED.test(places[0] ?? "")))
    .map(({ task, places }) => {
      const where = task.running ? `on CPU ${task.cpu}` : task.state === "R" ? `waits for CPU ${task.cpu}` : "";
      return `${task.name}[${task.pid}] ${task.state}${where ? ` ${where}` : ""}${places.length > 0 ? `: ${places.join(" < ")}` : ""}`;
    });
}
