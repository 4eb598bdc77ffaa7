// The guest's tasks: all threads of all processes, and each CPU's idle task.

import type { KernelView } from "../kernel-view.js";

const PF_IDLE = 0x2;
const PF_KTHREAD = 0x200000;
const TIF_PATCH_PENDING = 13n;
/** State bits and letters, as /proc/PID/stat has them; the first that fits. */
const STATES: readonly (readonly [bits: number, letter: string])[] = [
  [0x402, "I"],
  [2, "D"],
  [1, "S"],
  [4, "T"],
  [8, "t"],
  [16, "X"],
  [32, "Z"],
  [64, "P"],
];

export interface TaskInfo {
  readonly address: bigint;
  readonly pid: number;
  readonly name: string;
  readonly state: string;
  readonly cpu: number;
  /** A CPU runs on this task's stack. */
  readonly running: boolean;
  readonly kernelThread: boolean;
  readonly idle: boolean;
  /** KLP_UNDEFINED −1, KLP_UNPATCHED 0, KLP_PATCHED 1. */
  readonly patchState: number;
  readonly patchPending: boolean;
  /** Lowest address of its kernel stack. */
  readonly stack: bigint;
}

function taskAt(view: KernelView, address: bigint): TaskInfo | undefined {
  const get = (path: string) => view.number("task_struct", address, path);
  const pid = get("pid");
  const flags = get("flags");
  const stack = view.field("task_struct", address, "stack");
  if (pid === undefined || flags === undefined || stack === undefined) return undefined;
  const state = (get("__state") ?? 0) | (get("exit_state") ?? 0);
  return {
    address,
    pid,
    name: view.name("task_struct", address, "comm") ?? "?",
    state: STATES.find(([bits]) => (state & bits) === bits)?.[1] ?? "R",
    cpu: get("thread_info.cpu") ?? 0,
    running: get("on_cpu") === 1,
    kernelThread: (flags & PF_KTHREAD) !== 0,
    idle: (flags & PF_IDLE) !== 0,
    patchState: get("patch_state") ?? -1,
    patchPending: (((view.field("task_struct", address, "thread_info.flags") ?? 0n) >> TIF_PATCH_PENDING) & 1n) === 1n,
    stack,
  };
}

/** The task that a CPU runs, also while it idles. */
export function currentTask(view: KernelView, cpu: number): TaskInfo | undefined {
  const at = view.perCpu("current_task", cpu);
  const task = at === undefined ? undefined : view.reader.u64(at);
  return task ? taskAt(view, task) : undefined;
}

/** Idle tasks first, then processes in the order in which they were made, each with its threads. */
export function tasks(view: KernelView): TaskInfo[] {
  const init = view.address("init_task");
  if (init === undefined) return [];
  const found = new Map<bigint, TaskInfo>();
  const add = (address: bigint | undefined) => {
    const task = address ? taskAt(view, address) : undefined;
    if (task && !found.has(task.address)) found.set(task.address, task);
  };
  for (let cpu = 0; cpu < view.cores.cpuCount; cpu++) {
    const queue = view.perCpu("runqueues", cpu);
    if (queue !== undefined) add(view.field("rq", queue, "idle"));
  }
  add(init);
  for (const leader of view.list(view.at("task_struct", init, "tasks"), "task_struct", "tasks")) {
    add(leader);
    for (const thread of view.list(view.at("task_struct", leader, "thread_group"), "task_struct", "thread_group")) add(thread);
  }
  return [...found.values()];
}
