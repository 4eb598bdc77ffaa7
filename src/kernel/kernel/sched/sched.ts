// A CPU's run queue and its lock: what the scheduler's files share.

import { per_cpu_address } from "linux/percpu";
import type { task_struct } from "linux/sched";
import { arch_spin_lock, arch_spin_unlock, type spinlock_t } from "linux/spinlock";
import type { list_head } from "linux/types";
import { cpu_online } from "../cpu";

/** task_struct.prio of stopper threads. */
export const STOP_PRIO = 0;

export interface rq extends struct<"rq"> {
  lock?: embed<spinlock_t>;
  cpu?: int;
  /** Runnable tasks but the current one, by vruntime. */
  queue?: embed<list_head>;
  /** With the current one. */
  nr_running?: u32;
  /** Ticks until the next look at the other queues. */
  balance_in?: u32;
  curr?: task_struct;
  idle?: task_struct;
  min_vruntime?: u64;
  nr_switches?: u64;
  idle_time?: u64;
  idle_since?: u64;
  online?: bool;
}

export let runqueues: embed<rq>;
percpu(runqueues);

export function cpu_rq(cpu: int): rq {
  return at<rq>(per_cpu_address(u64(runqueues), cpu));
}

export function this_rq(): rq {
  return this_cpu_struct(runqueues);
}

export function rq_lock(q: rq): u64 {
  const flags = read_rflags();
  cli();
  arch_spin_lock(q.lock);
  return flags;
}
inline(rq_lock);

export function rq_unlock(q: rq, flags: u64): void {
  arch_spin_unlock(q.lock);
  if ((flags & 0x200) !== 0) sti();
}
inline(rq_unlock);

/** The run queue that the task is on, locked. Interrupts are off. */
export function __task_rq_lock(t: task_struct): rq {
  for (;;) {
    const q = cpu_rq(int(READ_ONCE(t.thread_info.cpu)));
    arch_spin_lock(q.lock);
    if (u32(q.cpu) === READ_ONCE(t.thread_info.cpu)) return q;
    arch_spin_unlock(q.lock);
  }
}

/** The same with interrupts off and pi_lock: the task neither moves, nor is it woken meanwhile. flags go to task_rq_unlock. */
export function task_rq_lock(t: task_struct, flags: u64[]): rq {
  flags[0] = read_rflags();
  cli();
  arch_spin_lock(t.pi_lock);
  return __task_rq_lock(t);
}

export function task_rq_unlock(q: rq, t: task_struct, flags: u64[]): void {
  arch_spin_unlock(q.lock);
  arch_spin_unlock(t.pi_lock);
  if ((flags[0] & 0x200) !== 0) sti();
}

/** run_list is the first field of se. */
export function task_of(entry: list_head): task_struct {
  return at<task_struct>(u64(entry) - offsetof<task_struct>("se"));
}
inline(task_of);

/** Stoppers (prio 0) go before everything else and are not preempted. */
export function is_stopper(t: task_struct): bool {
  return t.prio === STOP_PRIO;
}
inline(is_stopper);

export function cpu_allowed(t: task_struct, cpu: int): bool {
  return ((t.cpus_mask >> cpu) & 1) !== 0 && cpu_online(cpu);
}
inline(cpu_allowed);
notrace(this_rq);
