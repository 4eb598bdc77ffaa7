// Fairness: the order of a run queue by virtual run time, which passes faster for nicer tasks.

import { list_add, list_empty } from "linux/list";
import { DEFAULT_PRIO, PF_IDLE, type task_struct } from "linux/sched";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { resched_curr } from "./core";
import { is_stopper, type rq, task_of } from "./sched";

/** ns: how far a task may run ahead of the one that waits longest, and the advantage of one that has slept. */
export const SCHED_GRANULARITY = 3000000;
const WAKEUP_GRANULARITY = 1000000;
const SLEEPER_CREDIT = 3000000;

/** 2^32 / weight of nice -20 … 19. A step is a tenth of the CPU time, a factor of 1.25: weight 88761 at -20, 1024 at 0, 335 at 5, 15 at 19. */
const sched_prio_to_wmult: array<u32, 40> = [
  48388, 59856, 76039, 92817, 118348, 147320, 184698, 229616, 287308, 360437, 449829, 563644, 704092, 875808, 1099582, 1376151, 1717299,
  2157191, 2708049, 3363325, 4194304, 5237764, 6557201, 8165337, 10153586, 12820797, 15790320, 19976592, 24970740, 31350126, 39045157,
  49367440, 61356675, 76695844, 95443717, 119304647, 148102320, 186737708, 238609294, 286331153,
];
/** 2^32 / 1024 is 2^22. */
const NICE_0_WMULT_SHIFT = 22;

/** Charges the current task for the time since the last call. */
export function update_curr(q: rq): void {
  const t = q.curr;
  const now = sched_clock();
  const delta = now - t.se.exec_start;
  t.se.exec_start = now;
  t.se.sum_exec_runtime += delta;
  if ((t.flags & PF_IDLE) !== 0) return;
  const scaled = t.static_prio === DEFAULT_PRIO ? delta : (delta * u64(sched_prio_to_wmult[t.static_prio - 100])) >> NICE_0_WMULT_SHIFT;
  t.se.vruntime += scaled;
  let least = t.se.vruntime;
  if (!list_empty(q.queue)) {
    const first = task_of(q.queue.next);
    if (s64(first.se.vruntime - least) < 0) least = first.se.vruntime;
  }
  if (s64(least - q.min_vruntime) > 0) q.min_vruntime = least;
}

/** Into the queue before the first task that has run longer. */
export function enqueue(q: rq, t: task_struct): void {
  if (is_stopper(t)) {
    list_add(t.se.run_list, q.queue);
    return;
  }
  let p = q.queue.prev;
  while (p !== q.queue && s64(task_of(p).se.vruntime - t.se.vruntime) > 0 && !is_stopper(task_of(p))) p = p.prev;
  list_add(t.se.run_list, p);
}

export function activate_task(q: rq, t: task_struct, slept: bool): void {
  if (slept) {
    const floor = q.min_vruntime - SLEEPER_CREDIT;
    if (s64(t.se.vruntime - floor) < 0) t.se.vruntime = floor;
  }
  t.se.on_rq = 1;
  q.nr_running++;
  enqueue(q, t);
}

export function check_preempt(q: rq, t: task_struct): void {
  const curr = q.curr;
  if ((curr.flags & PF_IDLE) !== 0 || is_stopper(t)) {
    resched_curr(q);
    return;
  }
  if (is_stopper(curr)) return;
  update_curr(q);
  if (s64(curr.se.vruntime - t.se.vruntime) > WAKEUP_GRANULARITY) resched_curr(q);
}

/** Goes from one queue's virtual time to another's. The task is on neither. */
export function set_task_cpu(t: task_struct, from: rq, to: rq): void {
  if (from === to) return;
  t.se.vruntime = t.se.vruntime - from.min_vruntime + to.min_vruntime;
  WRITE_ONCE(t.thread_info.cpu, u32(to.cpu));
}
