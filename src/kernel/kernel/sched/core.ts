// The scheduler: a run queue per CPU, ordered by virtual run time; preemption by tick and wake-up; sleeping and waking.

import { get_current } from "linux/current";
import { EINVAL } from "linux/errno";
import { INIT_LIST_HEAD, list_add, list_del_init, list_empty } from "linux/list";
import type { mm_struct } from "linux/mm_types";
import { per_cpu_address } from "linux/percpu";
import type { task_struct } from "linux/sched";
import { DEFAULT_PRIO, PF_IDLE, signal_pending_state, TASK_DEAD, TASK_NEW, TASK_NORMAL, TASK_RUNNING, TIF_NEED_RESCHED } from "linux/sched";
import { smp_processor_id } from "linux/smp";
import type { spinlock_t } from "linux/spinlock";
import { arch_spin_lock, arch_spin_unlock } from "linux/spinlock";
import { clear_tsk_thread_flag, set_tsk_thread_flag, test_tsk_thread_flag } from "linux/thread_info";
import type { list_head } from "linux/types";
import { __switch_to_asm } from "../../arch/x86/entry/entry_64";
import { apic_send_reschedule } from "../../arch/x86/kernel/apic/apic";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { put_user_u32 } from "../../arch/x86/lib/usercopy";
import { enter_lazy_tlb, switch_mm } from "../../arch/x86/mm/tlb";
import { init_task } from "../../init/init_task";
import { strcmp } from "../../lib/string";
import { cpu_online, cpu_online_mask, nr_cpu_ids } from "../cpu";
import { mmdrop, put_task_stack, put_task_struct_rcu_user } from "../fork";
import { kprobe_flush_task } from "../kretprobe";
import { debug_spin_hand_over } from "../locking/spinlock_debug";
import { rcu_copy_process, rcu_tasks_qs } from "../rcu/tasks";
import { rcu_note_context_switch } from "../rcu/tree";
import { stop_one_cpu } from "../stop_machine";
import { schedule_timeout } from "../time/timer";
import { trace_sched_switch, trace_sched_wakeup, trace_sched_wakeup_new, trace_sched_waking } from "../trace/trace-events-sched";
import { check_rq, check_task_alive, schedule_bug } from "./debug-checks";

/** Read by entry code and by get_current(). */
export let current_task: task_struct = null;
percpu(current_task);
/** See linux/preempt. Boot begins with preemption off. */
export let __preempt_count: int = 1;
percpu(__preempt_count);

/** ns: how far a task may run ahead of the one that waits longest, and the advantage of one that has slept. */
const SCHED_GRANULARITY = 3000000;
const WAKEUP_GRANULARITY = 1000000;
const SLEEPER_CREDIT = 3000000;
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

/** Weight × 1024 relative to nice 0: a nicer task's time passes faster. In steps of 1.25 per nice level, nice -20 … 19. */
const nice_to_scale: array<u32, 40> = [
  12, 15, 18, 22, 29, 36, 45, 56, 70, 88, 110, 137, 172, 214, 267, 336, 419, 525, 657, 819, 1024, 1279, 1601, 2002, 2479, 3130, 3855, 4825,
  6096, 7654, 9532, 11916, 14980, 18079, 23302, 29127, 36158, 45590, 58254, 69905,
];

/** preempt=: whether kernel code is switched away from where it stands. If not (none, voluntary), it runs until it sleeps, asks by
 *  cond_resched, or goes back to user mode. */
export let preempt_dynamic_full: bool = true;

export function sched_dynamic_update(mode: cstr): bool {
  const full = strcmp(mode, "full") === 0;
  if (!full && strcmp(mode, "none") !== 0 && strcmp(mode, "voluntary") !== 0) return false;
  preempt_dynamic_full = full;
  pr_info("Dynamic Preempt: %s\n", mode);
  return true;
}

export function cpu_rq(cpu: int): rq {
  return at<rq>(per_cpu_address(u64(runqueues), cpu));
}

export function this_rq(): rq {
  return this_cpu_struct(runqueues);
}

function rq_lock(q: rq): u64 {
  const flags = read_rflags();
  cli();
  arch_spin_lock(q.lock);
  return flags;
}
inline(rq_lock);

function rq_unlock(q: rq, flags: u64): void {
  arch_spin_unlock(q.lock);
  if ((flags & 0x200) !== 0) sti();
}
inline(rq_unlock);

/** The run queue that the task is on, locked. Interrupts are off. */
function __task_rq_lock(t: task_struct): rq {
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

/** An empty queue on whose CPU the idle task runs. */
export function init_rq(cpu: int, idle: task_struct): void {
  const q = cpu_rq(cpu);
  q.lock.locked = 0;
  INIT_LIST_HEAD(q.queue);
  q.cpu = cpu;
  q.curr = idle;
  q.idle = idle;
  q.nr_running = 0;
  q.min_vruntime = 0;
  q.nr_switches = 0;
  q.idle_time = 0;
  q.online = true;
  idle.se.exec_start = sched_clock();
}
init(init_rq);

export function sched_init(): void {
  init_rq(0, init_task);
}
init(sched_init);

/** run_list is the first field of se. */
function task_of(entry: list_head): task_struct {
  return at<task_struct>(u64(entry) - offsetof<task_struct>("se"));
}
inline(task_of);

/** Charges the current task for the time since the last call. */
function update_curr(q: rq): void {
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

/** Stoppers (prio 0) go before everything else and are not preempted. */
function is_stopper(t: task_struct): bool {
  return t.prio === STOP_PRIO;
}
inline(is_stopper);

/** Into the queue before the first task that has run longer. */
function enqueue(q: rq, t: task_struct): void {
  if (is_stopper(t)) {
    list_add(t.se.run_list, q.queue);
    return;
  }
  let p = q.queue.prev;
  while (p !== q.queue && s64(task_of(p).se.vruntime - t.se.vruntime) > 0 && !is_stopper(task_of(p))) p = p.prev;
  list_add(t.se.run_list, p);
}

function activate_task(q: rq, t: task_struct, slept: bool): void {
  if (slept) {
    const floor = q.min_vruntime - SLEEPER_CREDIT;
    if (s64(t.se.vruntime - floor) < 0) t.se.vruntime = floor;
  }
  t.se.on_rq = 1;
  q.nr_running++;
  enqueue(q, t);
}

export function resched_curr(q: rq): void {
  const t = q.curr;
  if (test_tsk_thread_flag(t, TIF_NEED_RESCHED)) return;
  set_tsk_thread_flag(t, TIF_NEED_RESCHED);
  if (q.cpu !== smp_processor_id()) apic_send_reschedule(q.cpu);
}

export function resched_cpu(cpu: int): void {
  const q = cpu_rq(cpu);
  const flags = rq_lock(q);
  resched_curr(q);
  rq_unlock(q, flags);
}

function check_preempt(q: rq, t: task_struct): void {
  const curr = q.curr;
  if ((curr.flags & PF_IDLE) !== 0 || is_stopper(t)) {
    resched_curr(q);
    return;
  }
  if (is_stopper(curr)) return;
  update_curr(q);
  if (s64(curr.se.vruntime - t.se.vruntime) > WAKEUP_GRANULARITY) resched_curr(q);
}

function cpu_allowed(t: task_struct, cpu: int): bool {
  return ((t.cpus_mask >> cpu) & 1) !== 0 && cpu_online(cpu);
}
inline(cpu_allowed);

/** Nothing runs there and nothing waits to. */
function available_idle_cpu(cpu: int): bool {
  const q = cpu_rq(cpu);
  return READ_ONCE(q.curr) === q.idle && READ_ONCE(q.nr_running) === 0;
}

/** Where a task that wakes shall run: where it ran if that CPU idles or no other does; never where it may not. */
function select_task_rq(t: task_struct, prev_cpu: int): int {
  const mask = t.cpus_mask & READ_ONCE(cpu_online_mask);
  if ((mask & (mask - 1)) === 0 && mask !== 0) return ctz64(mask);
  const prev_allowed = cpu_allowed(t, prev_cpu);
  if (prev_allowed && available_idle_cpu(prev_cpu)) return prev_cpu;
  let least: int = -1;
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    if (!cpu_allowed(t, cpu)) continue;
    if (available_idle_cpu(cpu)) return cpu;
    if (least < 0 || READ_ONCE(cpu_rq(cpu).nr_running) < READ_ONCE(cpu_rq(least).nr_running)) least = cpu;
  }
  if (prev_allowed) return prev_cpu;
  return least < 0 ? 0 : least;
}

/** Goes from one queue's virtual time to another's. The task is on neither. */
function set_task_cpu(t: task_struct, from: rq, to: rq): void {
  if (from === to) return;
  t.se.vruntime = t.se.vruntime - from.min_vruntime + to.min_vruntime;
  WRITE_ONCE(t.thread_info.cpu, u32(to.cpu));
}

/**
 * Makes a sleeping task runnable if its state is one of `state`. True if it was woken by this call. pi_lock makes wakers of one task wait for
 * each other; a sleeper's CPU changes only under it.
 */
export function try_to_wake_up(t: task_struct, state: u32): bool {
  if (CONFIG_SCHED_DEBUG !== 0) check_task_alive(t);
  const irq = read_rflags();
  cli();
  arch_spin_lock(t.pi_lock);
  if ((READ_ONCE(t.__state) & state) === 0) {
    arch_spin_unlock(t.pi_lock);
    if ((irq & 0x200) !== 0) sti();
    return false;
  }
  if (READ_ONCE(t.se.on_rq) !== 0) {
    // On its way to sleep: it stays awake if it has not got through schedule yet.
    const on = __task_rq_lock(t);
    const still = t.se.on_rq !== 0;
    if (still) WRITE_ONCE(t.__state, u32(TASK_RUNNING));
    arch_spin_unlock(on.lock);
    if (still) {
      arch_spin_unlock(t.pi_lock);
      if ((irq & 0x200) !== 0) sti();
      return true;
    }
  }
  // Its CPU may still be on its stack.
  while (READ_ONCE(t.on_cpu) !== 0) cpu_relax();
  const prev_cpu = int(t.thread_info.cpu);
  const q = cpu_rq(select_task_rq(t, prev_cpu));
  set_task_cpu(t, cpu_rq(prev_cpu), q);
  arch_spin_lock(q.lock);
  WRITE_ONCE(t.__state, u32(TASK_RUNNING));
  trace_sched_waking(t);
  activate_task(q, t, true);
  check_preempt(q, t);
  trace_sched_wakeup(t);
  arch_spin_unlock(q.lock);
  arch_spin_unlock(t.pi_lock);
  if ((irq & 0x200) !== 0) sti();
  preempt_check();
  return true;
}

/**
 * For states that no late wake-up may undo (dead, stopped): a waker that saw an earlier state of this task still holds pi_lock, and is waited
 * for.
 */
export function set_special_state(state: u32): void {
  const t = get_current();
  const flags = read_rflags();
  cli();
  arch_spin_lock(t.pi_lock);
  WRITE_ONCE(t.__state, state);
  arch_spin_unlock(t.pi_lock);
  if ((flags & 0x200) !== 0) sti();
}

/** In task context with preemption allowed, a wake-up that calls for it switches at once. */
function preempt_check(): void {
  if (this_cpu_read(__preempt_count) === 0 && (read_rflags() & 0x200) !== 0 && test_tsk_thread_flag(get_current(), TIF_NEED_RESCHED))
    preempt_schedule();
}

export function wake_up_process(t: task_struct): int {
  return try_to_wake_up(t, TASK_NORMAL) ? 1 : 0;
}

export function wake_up_state(t: task_struct, state: u32): int {
  return try_to_wake_up(t, state) ? 1 : 0;
}

/** A forked task's first run, on an idle CPU if there is one; it does not get ahead of its parent. */
export function wake_up_new_task(t: task_struct): void {
  const irq = read_rflags();
  cli();
  arch_spin_lock(t.pi_lock);
  const here = this_rq();
  const q = cpu_rq(select_task_rq(t, here.cpu));
  WRITE_ONCE(t.thread_info.cpu, u32(q.cpu));
  arch_spin_lock(q.lock);
  WRITE_ONCE(t.__state, u32(TASK_RUNNING));
  update_curr(q);
  t.se.vruntime = q.min_vruntime;
  if ((q.curr.flags & PF_IDLE) === 0 && s64(q.curr.se.vruntime - t.se.vruntime) > 0) t.se.vruntime = q.curr.se.vruntime;
  activate_task(q, t, false);
  trace_sched_wakeup_new(t);
  check_preempt(q, t);
  arch_spin_unlock(q.lock);
  arch_spin_unlock(t.pi_lock);
  if ((irq & 0x200) !== 0) sti();
}

/** Fields of a child that the scheduler owns. */
export function sched_fork(t: task_struct): void {
  t.se.on_rq = 0;
  t.se.sum_exec_runtime = 0;
  t.se.exec_start = 0;
  t.se.time_slice = 0;
  INIT_LIST_HEAD(t.se.run_list);
  rcu_copy_process(t);
  t.on_cpu = 0;
  WRITE_ONCE(t.__state, u32(TASK_NEW));
}

function context_switch(prev: task_struct, next: task_struct): void {
  const mm = next.mm;
  if (mm === null) {
    // A kernel thread runs in whatever address space is loaded.
    enter_lazy_tlb();
    next.active_mm = prev.active_mm;
    if (prev.mm !== null && prev.active_mm !== null) lock_inc(addr(prev.active_mm.mm_count.counter));
    if (prev.mm === null) prev.active_mm = null;
  } else {
    switch_mm(prev.active_mm, mm);
    if (prev.mm === null) {
      this_cpu_write(q_prev_mm, prev.active_mm);
      prev.active_mm = null;
    }
  }
  const last = __switch_to_asm(prev, next);
  finish_task_switch(last);
}

inline(context_switch);

/** The borrowed address space that the previous task gave back; dropped after the switch. */
let q_prev_mm: mm_struct = null;
percpu(q_prev_mm);

/** On the new task's stack: prev's stack is its own again. Interrupts come on, the run queue's lock goes. */
function finish_task_switch(prev: task_struct): void {
  const q = this_rq();
  const mm = this_cpu_read(q_prev_mm);
  this_cpu_write(q_prev_mm, null);
  const dead = READ_ONCE(prev.__state) === TASK_DEAD;
  WRITE_ONCE(prev.on_cpu, 0);
  if (CONFIG_DEBUG_SPINLOCK !== 0) debug_spin_hand_over(q.lock);
  arch_spin_unlock(q.lock);
  sti();
  if (mm !== null) mmdrop(mm);
  if (dead) {
    kprobe_flush_task(prev);
    put_task_stack(prev);
    put_task_struct_rcu_user(prev);
  }
}
notrace(finish_task_switch);

/** First thing in a new task. */
export function schedule_tail(prev: task_struct): void {
  finish_task_switch(prev);
  this_cpu_add(__preempt_count, -1);
  const t = get_current();
  if (t.set_child_tid !== 0) put_user_u32(u32(t.pid), at<ptr>(t.set_child_tid));
}

// ---- balance between the queues ----

/** Takes over one waiting task of `from` that may run here. Both locks are held. Whoever runs here, the idle task for one, is told. */
function pull_task(q: rq, from: rq): void {
  let p = from.queue.next;
  while (p !== from.queue) {
    const t = task_of(p);
    // A waiting task is off its CPU: the lock was held until its stack was left.
    if (!is_stopper(t) && ((t.cpus_mask >> q.cpu) & 1) !== 0) {
      // on_rq stays: wakers look at it without a lock.
      list_del_init(t.se.run_list);
      from.nr_running--;
      set_task_cpu(t, from, q);
      activate_task(q, t, false);
      check_preempt(q, t);
      return;
    }
    p = p.next;
  }
}

/** q.lock is held; other.lock is taken too. In the order of CPU numbers: then q.lock may be let go in between (true). */
function double_lock(q: rq, other: rq): bool {
  if (other.cpu > q.cpu) {
    arch_spin_lock(other.lock);
    return false;
  }
  arch_spin_unlock(q.lock);
  arch_spin_lock(other.lock);
  arch_spin_lock(q.lock);
  return true;
}

/** The queue with the most tasks, at least `least`, or null. */
function busiest_rq(q: rq, least: u32): rq {
  let busiest: rq = null;
  let most: u32 = least;
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    const other = cpu_rq(cpu);
    if (other === q || !cpu_online(cpu)) continue;
    const n = READ_ONCE(other.nr_running);
    if (n >= most) {
      busiest = other;
      most = n + 1;
    }
  }
  return busiest;
}

/** This CPU has nothing to do: it takes a task that waits elsewhere. Under q.lock, which may be let go meanwhile. */
function newidle_balance(q: rq): void {
  if (nr_cpu_ids === 1) return;
  const busiest = busiest_rq(q, 2);
  if (busiest === null) return;
  double_lock(q, busiest);
  if (list_empty(q.queue)) pull_task(q, busiest);
  arch_spin_unlock(busiest.lock);
}

const BALANCE_TICKS = 4;

/** From the tick, under q.lock: waiting tasks are offered to an idle CPU; a much longer queue gives one up. */
function tick_balance(q: rq): void {
  if (q.nr_running >= 2) {
    for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
      if (cpu !== q.cpu && cpu_online(cpu) && available_idle_cpu(cpu)) {
        set_tsk_thread_flag(cpu_rq(cpu).idle, TIF_NEED_RESCHED);
        apic_send_reschedule(cpu);
        return;
      }
    }
  }
  if (q.balance_in > 0) {
    q.balance_in--;
    return;
  }
  q.balance_in = BALANCE_TICKS;
  const busiest = busiest_rq(q, q.nr_running + 2);
  if (busiest === null) return;
  double_lock(q, busiest);
  // An idle CPU would halt again with its tick stopped, the task waiting on its queue for ever.
  if (busiest.nr_running >= q.nr_running + 2) pull_task(q, busiest);
  arch_spin_unlock(busiest.lock);
}

/** preempted: the task stays runnable whatever its state says. */
function __schedule(preempted: bool): void {
  cli();
  const q = this_rq();
  const prev = q.curr;
  rcu_note_context_switch();
  rcu_tasks_qs(prev, preempted);
  arch_spin_lock(q.lock);
  clear_tsk_thread_flag(prev, TIF_NEED_RESCHED);
  update_curr(q);
  if ((prev.flags & PF_IDLE) === 0) {
    const state = READ_ONCE(prev.__state);
    if (!preempted && state !== TASK_RUNNING) {
      if (signal_pending_state(state, prev)) {
        WRITE_ONCE(prev.__state, u32(TASK_RUNNING));
      } else {
        prev.se.on_rq = 0;
        q.nr_running--;
      }
      prev.nvcsw++;
    } else {
      prev.nivcsw++;
    }
    if (prev.se.on_rq !== 0) enqueue(q, prev);
  }
  if (CONFIG_SCHED_DEBUG !== 0) check_rq(q);
  let next = q.idle;
  if (list_empty(q.queue)) newidle_balance(q);
  if (!list_empty(q.queue)) {
    next = task_of(q.queue.next);
    list_del_init(next.se.run_list);
  }
  if (next === prev) {
    arch_spin_unlock(q.lock);
    sti();
    return;
  }
  q.nr_switches++;
  q.curr = next;
  WRITE_ONCE(next.on_cpu, 1);
  next.se.exec_start = prev.se.exec_start;
  trace_sched_switch(preempted, prev, next);
  context_switch(prev, next);
}

export function schedule(): void {
  do {
    this_cpu_add(__preempt_count, 1);
    if (this_cpu_read(__preempt_count) !== 1) schedule_bug(get_current());
    __schedule(false);
    this_cpu_add(__preempt_count, -1);
  } while (test_tsk_thread_flag(get_current(), TIF_NEED_RESCHED));
}

export function schedule_preempt_disabled(): void {
  this_cpu_add(__preempt_count, -1);
  schedule();
  this_cpu_add(__preempt_count, 1);
}

/** preempt_enable found the flag. */
export function preempt_schedule(): void {
  if (!preempt_dynamic_full) return;
  if (this_cpu_read(__preempt_count) !== 0 || (read_rflags() & 0x200) === 0) return;
  do {
    this_cpu_add(__preempt_count, 1);
    __schedule(true);
    this_cpu_add(__preempt_count, -1);
  } while (test_tsk_thread_flag(get_current(), TIF_NEED_RESCHED));
}

/** On the way out of an interrupt, interrupts off. */
export function preempt_schedule_irq(): void {
  do {
    this_cpu_add(__preempt_count, 1);
    __schedule(true);
    cli();
    this_cpu_add(__preempt_count, -1);
  } while (test_tsk_thread_flag(get_current(), TIF_NEED_RESCHED));
}

export function cond_resched(): int {
  if (this_cpu_read(__preempt_count) === 0 && test_tsk_thread_flag(get_current(), TIF_NEED_RESCHED)) {
    this_cpu_add(__preempt_count, 1);
    __schedule(true);
    this_cpu_add(__preempt_count, -1);
    return 1;
  }
  return 0;
}

export function yield_(): void {
  const flags = read_rflags();
  cli();
  const q = this_rq();
  arch_spin_lock(q.lock);
  update_curr(q);
  if (!list_empty(q.queue)) {
    const last = task_of(q.queue.prev);
    if (s64(last.se.vruntime - q.curr.se.vruntime) > 0) q.curr.se.vruntime = last.se.vruntime;
  }
  rq_unlock(q, flags);
  schedule();
}

export function io_schedule(): void {
  schedule();
}

export function io_schedule_timeout(timeout: s64): s64 {
  return schedule_timeout(timeout);
}

/** Timer tick: the task has run long enough if somebody waits who has run less. */
export function scheduler_tick(): void {
  const q = this_rq();
  arch_spin_lock(q.lock);
  update_curr(q);
  if (!list_empty(q.queue)) {
    if ((q.curr.flags & PF_IDLE) !== 0) resched_curr(q);
    else if (!is_stopper(q.curr) && s64(q.curr.se.vruntime + SCHED_GRANULARITY - task_of(q.queue.next).se.vruntime) > 0) resched_curr(q);
  }
  if (nr_cpu_ids > 1) tick_balance(q);
  arch_spin_unlock(q.lock);
}

/** Is a CPU on it at the moment? Only meaningful under its run queue's lock. */
export function task_curr(t: task_struct): bool {
  return cpu_rq(int(t.thread_info.cpu)).curr === t;
}

export function idle_cpu(cpu: int): bool {
  const q = cpu_rq(cpu);
  return q.curr === q.idle && q.nr_running === 0;
}

export function idle_task(cpu: int): task_struct {
  return cpu_rq(cpu).idle;
}

/** An idle CPU goes once around its loop, where it meets its own switch points. */
export function wake_up_if_idle(cpu: int): void {
  const q = cpu_rq(cpu);
  if (READ_ONCE(q.curr) !== q.idle) return;
  const flags = rq_lock(q);
  if (q.curr === q.idle) resched_curr(q);
  rq_unlock(q, flags);
}

/** A task in user mode on another CPU is to enter the kernel. */
export function kick_process(t: task_struct): void {
  const cpu = int(t.thread_info.cpu);
  if (cpu !== smp_processor_id() && task_curr(t)) apic_send_reschedule(cpu);
}

export function set_user_nice(t: task_struct, nice: int): void {
  let flags: u64 = 0;
  const q = task_rq_lock(t, addr(flags));
  t.static_prio = DEFAULT_PRIO + nice;
  t.normal_prio = t.static_prio;
  t.prio = t.static_prio;
  task_rq_unlock(q, t, addr(flags));
}

/** On the task's CPU, in its stopper: the task waits, so it can be moved. */
function migration_cpu_stop(arg: ptr): int {
  const t = arg as task_struct;
  const q = this_rq();
  const flags = read_rflags();
  cli();
  arch_spin_lock(t.pi_lock);
  arch_spin_lock(q.lock);
  if (t.thread_info.cpu === u32(q.cpu) && t.se.on_rq !== 0 && !cpu_allowed(t, q.cpu)) {
    list_del_init(t.se.run_list);
    t.se.on_rq = 0;
    q.nr_running--;
    const to = cpu_rq(select_task_rq(t, q.cpu));
    set_task_cpu(t, q, to);
    arch_spin_unlock(q.lock);
    arch_spin_lock(to.lock);
    activate_task(to, t, false);
    check_preempt(to, t);
    arch_spin_unlock(to.lock);
  } else {
    arch_spin_unlock(q.lock);
  }
  arch_spin_unlock(t.pi_lock);
  if ((flags & 0x200) !== 0) sti();
  return 0;
}

/** Returns when the task is on one of the mask's CPUs; a sleeper goes there when it wakes. May sleep. */
export function set_cpus_allowed_ptr(t: task_struct, mask: u64): int {
  let flags: u64 = 0;
  if ((mask & READ_ONCE(cpu_online_mask)) === 0) return -EINVAL;
  const q = task_rq_lock(t, addr(flags));
  t.cpus_mask = mask;
  const cpu = q.cpu;
  const move = t.se.on_rq !== 0 && !cpu_allowed(t, cpu);
  task_rq_unlock(q, t, addr(flags));
  if (move) stop_one_cpu(cpu, migration_cpu_stop, t);
  return 0;
}

export function nr_running(): u32 {
  let n: u32 = 0;
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) n += cpu_rq(cpu).nr_running;
  return n;
}

export function nr_context_switches(): u64 {
  let n: u64 = 0;
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) n += cpu_rq(cpu).nr_switches;
  return n;
}

/** Index in "RSDTtXZPI", as /proc/PID/stat shows it. */
export function task_state_index(t: task_struct): u32 {
  const state = READ_ONCE(t.__state) | u32(t.exit_state);
  if ((state & 0x402) === 0x402) return 8;
  if ((state & 2) !== 0) return 2;
  if ((state & 1) !== 0) return 1;
  if ((state & 4) !== 0) return 3;
  if ((state & 8) !== 0) return 4;
  if ((state & 16) !== 0) return 5;
  if ((state & 32) !== 0) return 6;
  if ((state & 64) !== 0) return 7;
  return 0;
}

const state_letters: cstr = "RSDTtXZPI";

export function task_state_to_char(t: task_struct): u8 {
  return state_letters[task_state_index(t)];
}

notrace(preempt_schedule);
notrace(preempt_schedule_irq);
notrace(this_rq);
notrace(schedule_tail);
EXPORT_SYMBOL(schedule);
EXPORT_SYMBOL(wake_up_process);
EXPORT_SYMBOL(preempt_schedule);
EXPORT_SYMBOL(current_task);
EXPORT_SYMBOL(__preempt_count);
EXPORT_SYMBOL(cond_resched);
EXPORT_SYMBOL(yield_);
EXPORT_SYMBOL(set_user_nice);
EXPORT_SYMBOL(wake_up_state);
EXPORT_SYMBOL(schedule_preempt_disabled);
