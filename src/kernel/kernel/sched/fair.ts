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

/** Weight × 1024 relative to nice 0: a nicer task's time passes faster. In steps of 1.25 per nice level, nice -20 … 19. */
const nice_to_scale: array<u32, 40> = [
  12, 15, 18, 22, 29, 36, 45, 56, 70, 88, 110, 137, 172, 214, 267, 336, 419, 525, 657, 819, 1024, 1279, 1601, 2002, 2479, 3130, 3855, 4825,
  6096, 7654, 9532, 11916, 14980, 18079, 23302, 29127, 36158, 45590, 58254, 69905,
];

/** Charges the current task for the time since the last call. */
export function update_curr(q: rq): void {
  const t = q.curr;
  const now = sched_clock();
  const delta = now - t.se.exec_start;
  t.se.exec_start = now;
  t.se.sum_exec_runtime += delta;
  if ((t.flags & PF_IDLE) !== 0) return;
  const scaled = t.static_prio === DEFAULT_PRIO ? delta : (delta * u64(nice_to_scale[t.static_prio - 100])) >> 10;
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
