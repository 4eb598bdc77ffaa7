// RCU by quiescent states: a reader runs with preemption off, so a CPU that switches tasks or idles has none. A grace period is over when
// every online CPU has passed such a point after it began.

import { complete, type completion, init_completion, wait_for_completion } from "linux/completion";
import { type module, within_module } from "linux/module";
import { per_cpu_address } from "linux/percpu";
import { HARDIRQ_OFFSET, PREEMPT_MASK, preempt_count } from "linux/preempt";
import { __set_current_state, TASK_UNINTERRUPTIBLE } from "linux/sched";
import { smp_processor_id } from "linux/smp";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { callback_head } from "linux/types";
import type { delayed_work, work_struct } from "linux/workqueue";
import { kfree } from "../../mm/slab";
import { cpu_online, nr_cpu_ids } from "../cpu";
import { schedule } from "../sched/core";
import { __might_sleep } from "../sched/debug-checks";
import { schedule_timeout } from "../time/timer";
import { INIT_DELAYED_WORK, mod_delayed_work, queue_delayed_work, system_wq } from "../workqueue";

/** Times this CPU has passed a point without readers. */
export let rcu_qs_count: u64 = 0;
percpu(rcu_qs_count);

/** Idle: no interrupt is being served either. And how many interrupts deep this CPU has left idle. */
let rcu_in_idle: u32 = 0;
export let rcu_idle_task: u32 = 0;
let rcu_irq_nesting: u32 = 0;
percpu(rcu_in_idle);
percpu(rcu_idle_task);
percpu(rcu_irq_nesting);

let callbacks_lock: embed<spinlock_t>;
let callbacks: callback_head = null;
let callbacks_tail: callback_head = null;
/** The callbacks that rcu_do_batch has taken and not begun. */
let batch: callback_head = null;
let rcu_work: embed<delayed_work>;
let rcu_work_ready: bool = false;
/** Ticks that callbacks wait for others, so that one grace period and one switch to a worker serve many. */
const BATCH_DELAY = 1;

export function rcu_note_context_switch(): void {
  this_cpu_add(rcu_qs_count, 1);
}
notrace(rcu_note_context_switch);

/** The idle task is about to halt, interrupts off. */
export function rcu_idle_enter(): void {
  rcu_note_context_switch();
  this_cpu_write(rcu_idle_task, u32(1));
  this_cpu_write(rcu_in_idle, u32(1));
}
notrace(rcu_idle_enter);

/** Whoever sees a CPU idle after its own store may rely on this CPU seeing that store from here on. */
export function rcu_idle_exit(): void {
  this_cpu_write(rcu_idle_task, u32(0));
  this_cpu_write(rcu_in_idle, u32(0));
  mb();
}
notrace(rcu_idle_exit);

export function rcu_irq_enter(): void {
  if (this_cpu_read(rcu_idle_task) === 0) return;
  if (this_cpu_read(rcu_irq_nesting) === 0) {
    this_cpu_write(rcu_in_idle, u32(0));
    mb();
  }
  this_cpu_add(rcu_irq_nesting, u32(1));
}
notrace(rcu_irq_enter);

export function rcu_irq_exit(): void {
  if (this_cpu_read(rcu_idle_task) === 0) return;
  this_cpu_add(rcu_irq_nesting, u32(0xffffffff));
  if (this_cpu_read(rcu_irq_nesting) === 0) {
    rcu_note_context_switch();
    this_cpu_write(rcu_in_idle, u32(1));
  }
}
notrace(rcu_irq_exit);

/** From the tick: the interrupted code had preemption on, so it was no reader. */
export function rcu_sched_clock_irq(): void {
  if (preempt_count() === HARDIRQ_OFFSET) rcu_note_context_switch();
}

export function rcu_cpu_is_idle(cpu: int): bool {
  return READ_ONCE(at<u32[]>(per_cpu_address(u64(addr(rcu_in_idle)), cpu))[0]) !== 0;
}

function qs_of(cpu: int): u64 {
  return READ_ONCE(at<u64[]>(per_cpu_address(u64(addr(rcu_qs_count)), cpu))[0]);
}

/** Returns when every reader that runs now has ended. The caller may sleep, and is itself no reader. */
export function synchronize_rcu(): void {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  let before: array<u64, 8>;
  mb();
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) before[cpu] = qs_of(cpu);
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    while (cpu_online(cpu) && qs_of(cpu) === before[cpu] && !rcu_cpu_is_idle(cpu)) {
      if (cpu === smp_processor_id()) {
        // Running here, in a task that is no reader. (It may move on the way: then the other CPU has switched.)
        if ((preempt_count() & PREEMPT_MASK) === 0) schedule();
        break;
      }
      __set_current_state(TASK_UNINTERRUPTIBLE);
      schedule_timeout(1);
    }
  }
}

function rcu_do_batch(_work: work_struct): void {
  // What comes from here on queues the work again.
  const flags = spin_lock_irqsave(callbacks_lock);
  batch = callbacks;
  callbacks = null;
  callbacks_tail = null;
  spin_unlock_irqrestore(callbacks_lock, flags);
  if (batch === null) return;
  synchronize_rcu();
  while (batch !== null) {
    const head = batch;
    // Off the list with its function in a register: see rcu_in_module.
    const func = head.func;
    batch = head.next;
    func(head);
  }
}

/** The function of a callback in the list that is the module's or whose head lies in it. */
export function callback_in_module(list: callback_head, mod: module): u64 {
  for (let head = list; head !== null; head = head.next) {
    if (within_module(u64(head.func), mod) || within_module(u64(head), mod)) return u64(head.func);
  }
  return 0;
}

/** For unload, while all CPUs stand still: such a callback to come; 0 if there is none. */
export function rcu_in_module(mod: module): u64 {
  const func = callback_in_module(batch, mod);
  return func !== 0 ? func : callback_in_module(callbacks, mod);
}

export function call_rcu(head: callback_head, func: (head: callback_head) => void): void {
  head.func = func;
  head.next = null;
  const flags = spin_lock_irqsave(callbacks_lock);
  if (callbacks_tail === null) callbacks = head;
  else callbacks_tail.next = head;
  callbacks_tail = head;
  spin_unlock_irqrestore(callbacks_lock, flags);
  if (rcu_work_ready) queue_delayed_work(system_wq, rcu_work, BATCH_DELAY);
}

/** Frees an object after a grace period; the caller may sleep. */
export function kfree_rcu(p: ptr): void {
  synchronize_rcu();
  kfree(p);
}

interface rcu_barrier_head extends struct<"rcu_barrier_head"> {
  head?: embed<callback_head>;
  done?: embed<completion>;
}

function rcu_barrier_callback(head: callback_head): void {
  complete(container_of<rcu_barrier_head>(head, "head").done);
}

/** All callbacks that were given so far have run: they run in order, so the last one tells. */
export function rcu_barrier(): void {
  let barrier: embed<rcu_barrier_head>;
  init_completion(barrier.done);
  call_rcu(barrier.head, rcu_barrier_callback);
  mod_delayed_work(system_wq, rcu_work, 0);
  wait_for_completion(barrier.done);
}

export function rcu_is_watching(): bool {
  return true;
}

export function rcu_init(): void {
  pr_info("rcu: Preemptible hierarchical RCU implementation.\n");
}
init(rcu_init);

export function rcu_init_work(): void {
  INIT_DELAYED_WORK(rcu_work, rcu_do_batch);
  rcu_work_ready = true;
}
EXPORT_SYMBOL(synchronize_rcu);
EXPORT_SYMBOL(call_rcu);
notrace(rcu_is_watching);
EXPORT_SYMBOL(rcu_barrier);
