// RCU by quiescent states: a reader runs with preemption off, so a CPU that switches tasks or idles has none. A grace period is over when
// every online CPU has passed such a point after it began: rcu_preempt, a kernel thread, waits for that, and callbacks run as a softirq.

import { complete, type completion, init_completion, wait_for_completion } from "linux/completion";
import { kthread_create } from "linux/kthread";
import { type module, within_module } from "linux/module";
import { per_cpu_address } from "linux/percpu";
import { HARDIRQ_OFFSET, preempt_count } from "linux/preempt";
import { __set_current_state, set_current_state, TASK_IDLE, TASK_RUNNING, type task_struct } from "linux/sched";
import { smp_processor_id } from "linux/smp";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import { this_cpu_need_resched } from "linux/thread_info";
import type { timer_list } from "linux/timer";
import type { callback_head } from "linux/types";
import { kfree } from "../../mm/slab";
import { cpu_online, cpu_online_mask, nr_cpu_ids } from "../cpu";
import { schedule, wake_up_process } from "../sched/core";
import { __might_sleep } from "../sched/debug-checks";
import { __local_bh_enable_ip, local_bh_disable, open_softirq, RCU_SOFTIRQ, raise_softirq } from "../softirq";
import { jiffies, mod_timer, schedule_timeout, schedule_timeout_uninterruptible, timer_setup } from "../time/timer";
import { check_cpu_stall, record_gp_stall_check_time } from "./tree_stall";

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

/** For all the lists below. Callbacks wait for the next grace period, */
let callbacks_lock: embed<spinlock_t>;
let callbacks: callback_head = null;
let callbacks_tail: callback_head = null;
/** for the one under way, */
let waiting: callback_head = null;
/** or for nothing any more but their turn; batch: taken by rcu_do_batch and not begun. */
let done: callback_head = null;
let done_tail: callback_head = null;
let batch: callback_head = null;
let core_runs: u32 = 0;

/** rcu_preempt, which goes through the grace periods; null early in the boot. */
let gp_thread: task_struct = null;
let gp_timer: embed<timer_list>;
/** The timer is set, or the thread woken, for the callbacks that wait. */
let gp_wanted: bool = false;
let gp_due: u32 = 0;
/** Ticks that callbacks wait for others, so that one grace period and one switch to its thread serve many. */
const BATCH_DELAY = 1;

/** Ticks that this CPU has seen. */
export let rcu_ticks: u64 = 0;
percpu(rcu_ticks);

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

/** From the tick: if the interrupted code had preemption on, it was no reader. */
export function rcu_sched_clock_irq(): void {
  this_cpu_add(rcu_ticks, 1);
  if (preempt_count() === HARDIRQ_OFFSET) rcu_note_context_switch();
  if (READ_ONCE(rcu_gp_qsmask) !== 0) check_cpu_stall();
}

export function rcu_cpu_is_idle(cpu: int): bool {
  return READ_ONCE(at<u32[]>(per_cpu_address(u64(addr(rcu_in_idle)), cpu))[0]) !== 0;
}

function qs_of(cpu: int): u64 {
  return READ_ONCE(at<u64[]>(per_cpu_address(u64(addr(rcu_qs_count)), cpu))[0]);
}

/** This CPU runs the caller, which is no reader. */
function others_idle(): bool {
  const self = smp_processor_id();
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) if (cpu !== self && cpu_online(cpu) && !rcu_cpu_is_idle(cpu)) return false;
  return true;
}

/** Grace periods are counted as in Linux: in steps of four, from here on; bit 0 while one is under way. */
const RCU_SEQ_START = -1200;
/** The grace period under way: its number, the jiffies at which it began, the CPUs that it still waits for, how often it has looked at them. */
export let rcu_gp_seq: s64 = RCU_SEQ_START;
export let rcu_gp_start: u64 = 0;
export let rcu_gp_qsmask: u64 = 0;
export let rcu_gp_fqs: u64 = 0;
/** Jiffies at which its thread was last awake. */
export let rcu_gp_activity: u64 = 0;
let gp_snap: array<u64, 8>;

/** CPUs of the mask that have passed no point without readers since the snapshot. */
function force_qs(mask: u64): u64 {
  let left: u64 = 0;
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    if (((mask >> cpu) & 1) === 0 || cpu === smp_processor_id() || !cpu_online(cpu)) continue;
    if (qs_of(cpu) === gp_snap[cpu] && !rcu_cpu_is_idle(cpu)) left |= u64(1) << cpu;
  }
  return left;
}

/** Asks the CPUs in `waits` each jiffy for a quiescent state, until all have passed one. */
function rcu_gp_fqs_loop(waits: u64): void {
  let left = waits;
  while (left !== 0) {
    WRITE_ONCE(rcu_gp_qsmask, left);
    __set_current_state(TASK_IDLE);
    schedule_timeout(1);
    rcu_gp_activity = jiffies;
    rcu_gp_fqs++;
    left = force_qs(left);
  }
}

/** In the grace periods' thread: returns when every reader that runs now has ended. */
function rcu_gp(): void {
  rcu_gp_seq += 1;
  mb();
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) gp_snap[cpu] = qs_of(cpu);
  const left = force_qs(READ_ONCE(cpu_online_mask));
  if (left !== 0) {
    rcu_gp_start = jiffies;
    rcu_gp_fqs = 0;
    rcu_gp_activity = jiffies;
    record_gp_stall_check_time();
    rcu_gp_fqs_loop(left);
    WRITE_ONCE(rcu_gp_qsmask, u64(0));
  }
  rcu_gp_seq += 3;
}
inline(rcu_gp);

function rcu_gp_kthread(_arg: ptr): int {
  for (;;) {
    set_current_state(TASK_IDLE);
    if (xchg(addr(gp_due), u32(0)) === 0) {
      schedule();
      continue;
    }
    __set_current_state(TASK_RUNNING);
    const flags = spin_lock_irqsave(callbacks_lock);
    waiting = callbacks;
    const last = callbacks_tail;
    callbacks = null;
    callbacks_tail = null;
    gp_wanted = false;
    spin_unlock_irqrestore(callbacks_lock, flags);
    if (waiting === null) continue;
    rcu_gp();
    const done_flags = spin_lock_irqsave(callbacks_lock);
    if (done_tail === null) done = waiting;
    else done_tail.next = waiting;
    done_tail = last;
    waiting = null;
    spin_unlock_irqrestore(callbacks_lock, done_flags);
    local_bh_disable();
    raise_softirq(RCU_SOFTIRQ);
    __local_bh_enable_ip();
  }
}

/** Callbacks in the order in which they were given: on one CPU at a time. After some, a task that is due goes first. */
function rcu_core(): void {
  do {
    if (xchg(addr(core_runs), u32(1)) !== 0) return;
    rcu_do_batch();
    WRITE_ONCE(core_runs, u32(0));
    mb();
    // What another CPU has brought meanwhile, and left to this one.
  } while (READ_ONCE(done) !== null && batch === null);
}

const BLIMIT = 10;

function rcu_do_batch(): void {
  let count: int = 0;
  for (;;) {
    if (batch === null) {
      const flags = spin_lock_irqsave(callbacks_lock);
      batch = done;
      done = null;
      done_tail = null;
      spin_unlock_irqrestore(callbacks_lock, flags);
      if (batch === null) return;
    }
    const head = batch;
    // Off the list with its function in a register: see rcu_in_module.
    const func = head.func;
    batch = head.next;
    func(head);
    count++;
    if (count >= BLIMIT && batch !== null && this_cpu_need_resched()) {
      raise_softirq(RCU_SOFTIRQ);
      return;
    }
  }
}

interface rcu_synchronize extends struct<"rcu_synchronize"> {
  head?: embed<callback_head>;
  completion?: embed<completion>;
}

function wakeme_after_rcu(head: callback_head): void {
  complete(container_of<rcu_synchronize>(head, "head").completion);
}

/** Gives the callback, and does not let it wait for others. */
function wait_rcu_gp(): void {
  let rs: embed<rcu_synchronize>;
  init_completion(rs.completion);
  call_rcu(rs.head, wakeme_after_rcu);
  rcu_gp_kthread_wake();
  wait_for_completion(rs.completion);
}

/** Returns when every reader that runs now has ended. The caller may sleep, and is itself no reader. */
export function synchronize_rcu(): void {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  mb();
  if (others_idle()) return;
  if (gp_thread !== null) wait_rcu_gp();
  else while (!others_idle()) schedule_timeout_uninterruptible(1);
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
  let func = callback_in_module(batch, mod);
  if (func === 0) func = callback_in_module(done, mod);
  if (func === 0) func = callback_in_module(waiting, mod);
  return func !== 0 ? func : callback_in_module(callbacks, mod);
}

function rcu_gp_kthread_wake(): void {
  WRITE_ONCE(gp_due, u32(1));
  wake_up_process(gp_thread);
}

function rcu_gp_timer_fn(_t: timer_list): void {
  rcu_gp_kthread_wake();
}

export function call_rcu(head: callback_head, func: (head: callback_head) => void): void {
  head.func = func;
  head.next = null;
  const flags = spin_lock_irqsave(callbacks_lock);
  if (callbacks_tail === null) callbacks = head;
  else callbacks_tail.next = head;
  callbacks_tail = head;
  const first = !gp_wanted;
  gp_wanted = gp_thread !== null;
  spin_unlock_irqrestore(callbacks_lock, flags);
  if (first && gp_thread !== null) mod_timer(gp_timer, jiffies + BATCH_DELAY);
}

export function rcu_gp_kthread_task(): task_struct {
  return gp_thread;
}

/** How many callbacks wait, for reports. */
export function rcu_callbacks_queued(): u64 {
  let n: u64 = 0;
  for (let head = waiting; head !== null; head = head.next) n++;
  for (let head = callbacks; head !== null; head = head.next) n++;
  return n;
}

/** Frees an object after a grace period; the caller may sleep. */
export function kfree_rcu(p: ptr): void {
  synchronize_rcu();
  kfree(p);
}

/** All callbacks that were given so far have run: they run in order, so the last one tells. */
export function rcu_barrier(): void {
  wait_rcu_gp();
}

export function rcu_is_watching(): bool {
  return true;
}

export function rcu_init(): void {
  pr_info("rcu: Preemptible hierarchical RCU implementation.\n");
  open_softirq(RCU_SOFTIRQ, rcu_core);
}
init(rcu_init);

/** Callbacks that were given before begin to wait now. */
export function rcu_spawn_gp_kthread(): void {
  timer_setup(gp_timer, rcu_gp_timer_fn, 0);
  gp_thread = kthread_create(rcu_gp_kthread, null, "rcu_preempt");
  rcu_gp_kthread_wake();
}
init(rcu_spawn_gp_kthread);
EXPORT_SYMBOL(synchronize_rcu);
EXPORT_SYMBOL(call_rcu);
notrace(rcu_is_watching);
EXPORT_SYMBOL(rcu_barrier);
