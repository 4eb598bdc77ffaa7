// RCU by quiescent states: a reader runs with preemption off, so a CPU that switches tasks or idles has none. A grace period is over when
// every online CPU has passed such a point after it began.

import { per_cpu_address } from "linux/percpu";
import { PREEMPT_MASK, preempt_count } from "linux/preempt";
import type { task_struct } from "linux/sched";
import { __set_current_state, next_task, TASK_UNINTERRUPTIBLE, task_is_running } from "linux/sched";
import { NR_CPUS, smp_processor_id } from "linux/smp";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { callback_head } from "linux/types";
import type { work_struct } from "linux/workqueue";
import { init_task } from "../../init/init_task";
import { kfree } from "../../mm/slab";
import { cpu_online } from "../cpu";
import { idle_cpu, schedule } from "../sched/core";
import { schedule_timeout } from "../time/timer";
import { queue_work, system_wq } from "../workqueue";

/** Times this CPU has passed a point without readers. */
export let rcu_qs_count: u64 = 0;
percpu(rcu_qs_count);

let callbacks_lock: embed<spinlock_t>;
let callbacks: callback_head = null;
let callbacks_tail: callback_head = null;
let rcu_work: embed<work_struct>;
let rcu_work_ready: bool = false;

export function rcu_note_context_switch(): void {
  this_cpu_add(rcu_qs_count, 1);
}
notrace(rcu_note_context_switch);

function qs_of(cpu: int): u64 {
  return READ_ONCE(at<u64[]>(per_cpu_address(u64(addr(rcu_qs_count)), cpu))[0]);
}

/** Returns when every reader that runs now has ended. The caller may sleep, and is itself a quiescent state of its CPU. */
export function synchronize_rcu(): void {
  let before: array<u64, 8>;
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) before[cpu] = cpu_online(cpu) ? qs_of(cpu) : u64(0);
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    if (!cpu_online(cpu) || cpu === smp_processor_id()) continue;
    while (qs_of(cpu) === before[cpu] && !idle_cpu(cpu)) {
      __set_current_state(TASK_UNINTERRUPTIBLE);
      schedule_timeout(1);
    }
  }
  if ((preempt_count() & PREEMPT_MASK) === 0) schedule();
}

/** Every CPU has run a context switch: nobody is left in code that was entered with preemption off. */
export function synchronize_rcu_tasks_rude(): void {
  synchronize_rcu();
}

/** Every task has been off its CPU voluntarily, in user mode, or idle: nobody is preempted within a trampoline any more. */
export function synchronize_rcu_tasks(): void {
  synchronize_rcu();
  for (;;) {
    const t = first_preempted_task();
    if (t === null) return;
    const seen = t.nvcsw;
    // It leaves its CPU by itself, or it goes on to a state in which it is no longer preempted in the kernel.
    for (let i: int = 0; i < 250 && first_preempted_task() === t && t.nvcsw === seen; i++) {
      __set_current_state(TASK_UNINTERRUPTIBLE);
      schedule_timeout(1);
    }
    if (first_preempted_task() === t && t.nvcsw === seen) return;
  }
}

/** A task that is runnable but not running was preempted, maybe in the kernel. */
function first_preempted_task(): task_struct {
  let t = next_task(init_task);
  while (t !== init_task) {
    if (task_is_running(t) && t.on_cpu === 0 && t.exit_state === 0 && t.se.on_rq !== 0) return t;
    t = next_task(t);
  }
  return null;
}

function rcu_do_batch(_work: work_struct): void {
  for (;;) {
    const flags = spin_lock_irqsave(callbacks_lock);
    let list = callbacks;
    callbacks = null;
    callbacks_tail = null;
    spin_unlock_irqrestore(callbacks_lock, flags);
    if (list === null) return;
    synchronize_rcu();
    while (list !== null) {
      const next = list.next;
      list.func(list);
      list = next;
    }
  }
}

export function call_rcu(head: callback_head, func: (head: callback_head) => void): void {
  head.func = func;
  head.next = null;
  const flags = spin_lock_irqsave(callbacks_lock);
  if (callbacks_tail === null) callbacks = head;
  else callbacks_tail.next = head;
  callbacks_tail = head;
  spin_unlock_irqrestore(callbacks_lock, flags);
  if (rcu_work_ready) queue_work(system_wq, rcu_work);
}

/** Frees an object after a grace period; the caller may sleep. */
export function kfree_rcu(p: ptr): void {
  synchronize_rcu();
  kfree(p);
}

/** All callbacks that were given so far have run. */
export function rcu_barrier(): void {
  rcu_do_batch(rcu_work);
}

export function rcu_is_watching(): bool {
  return true;
}

export function rcu_init(): void {
  pr_info("rcu: Preemptible hierarchical RCU implementation.\n");
}
init(rcu_init);

export function rcu_init_work(): void {
  rcu_work.data = 0;
  rcu_work.entry.next = rcu_work.entry;
  rcu_work.entry.prev = rcu_work.entry;
  rcu_work.func = rcu_do_batch;
  rcu_work_ready = true;
}
EXPORT_SYMBOL(synchronize_rcu);
EXPORT_SYMBOL(call_rcu);
EXPORT_SYMBOL_GPL(synchronize_rcu_tasks);
notrace(rcu_is_watching);
EXPORT_SYMBOL(rcu_barrier);
