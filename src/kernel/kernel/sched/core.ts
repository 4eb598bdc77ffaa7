// The scheduler: a run queue per CPU, ordered by virtual run time; preemption by tick and wake-up; sleeping and waking.

import { __pa } from "asm/page";
import { get_current } from "linux/current";
import { INIT_LIST_HEAD, list_add, list_del_init, list_empty } from "linux/list";
import type { mm_struct } from "linux/mm_types";
import { per_cpu_address } from "linux/percpu";
import type { task_struct } from "linux/sched";
import { DEFAULT_PRIO, PF_IDLE, signal_pending_state, TASK_DEAD, TASK_NEW, TASK_NORMAL, TASK_RUNNING, TIF_NEED_RESCHED } from "linux/sched";
import { NR_CPUS, smp_processor_id } from "linux/smp";
import type { spinlock_t } from "linux/spinlock";
import { arch_spin_lock, arch_spin_unlock } from "linux/spinlock";
import { clear_tsk_thread_flag, set_tsk_thread_flag, test_tsk_thread_flag } from "linux/thread_info";
import type { list_head } from "linux/types";
import { __switch_to_asm } from "../../arch/x86/entry/entry_64";
import { apic_send_reschedule } from "../../arch/x86/kernel/apic/apic";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { put_user_u32 } from "../../arch/x86/lib/usercopy";
import { init_task } from "../../init/init_task";
import { mmdrop, put_task_stack, put_task_struct } from "../fork";
import { rcu_note_context_switch } from "../rcu/tree";
import { schedule_timeout } from "../time/timer";

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

export interface rq extends struct<"rq"> {
  lock?: embed<spinlock_t>;
  cpu?: int;
  /** Runnable tasks but the current one, by vruntime. */
  queue?: embed<list_head>;
  /** With the current one. */
  nr_running?: u32;
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

/** The run queue of the task, locked with interrupts off; it stays where it is meanwhile. flags go to task_rq_unlock. */
export function task_rq_lock(t: task_struct, flags: u64[]): rq {
  const q = cpu_rq(int(t.thread_info.cpu));
  flags[0] = rq_lock(q);
  return q;
}

export function task_rq_unlock(q: rq, _t: task_struct, flags: u64[]): void {
  rq_unlock(q, flags[0]);
}

export function sched_init(): void {
  const q = this_rq();
  INIT_LIST_HEAD(q.queue);
  q.cpu = 0;
  q.curr = init_task;
  q.idle = init_task;
  q.nr_running = 0;
  q.online = true;
  init_task.se.exec_start = sched_clock();
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

/** Into the queue before the first task that has run longer. */
function enqueue(q: rq, t: task_struct): void {
  let p = q.queue.prev;
  while (p !== q.queue && s64(task_of(p).se.vruntime - t.se.vruntime) > 0) p = p.prev;
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
  if ((curr.flags & PF_IDLE) !== 0) {
    resched_curr(q);
    return;
  }
  update_curr(q);
  if (s64(curr.se.vruntime - t.se.vruntime) > WAKEUP_GRANULARITY) resched_curr(q);
}

/** Makes a sleeping task runnable if its state is one of `state`. True if it was woken by this call. */
export function try_to_wake_up(t: task_struct, state: u32): bool {
  const q = cpu_rq(int(t.thread_info.cpu));
  const flags = rq_lock(q);
  const s = READ_ONCE(t.__state);
  if ((s & state) === 0) {
    rq_unlock(q, flags);
    return false;
  }
  WRITE_ONCE(t.__state, u32(TASK_RUNNING));
  if (t.se.on_rq === 0) {
    activate_task(q, t, true);
    check_preempt(q, t);
  }
  rq_unlock(q, flags);
  preempt_check();
  return true;
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

/** A forked task's first run: it does not get ahead of its parent. */
export function wake_up_new_task(t: task_struct): void {
  const q = this_rq();
  const flags = rq_lock(q);
  WRITE_ONCE(t.__state, u32(TASK_RUNNING));
  t.thread_info.cpu = u32(q.cpu);
  update_curr(q);
  t.se.vruntime = q.min_vruntime;
  if ((q.curr.flags & PF_IDLE) === 0 && s64(q.curr.se.vruntime - t.se.vruntime) > 0) t.se.vruntime = q.curr.se.vruntime;
  activate_task(q, t, false);
  check_preempt(q, t);
  rq_unlock(q, flags);
}

/** Fields of a child that the scheduler owns. */
export function sched_fork(t: task_struct): void {
  t.se.on_rq = 0;
  t.se.sum_exec_runtime = 0;
  t.se.exec_start = 0;
  t.se.time_slice = 0;
  INIT_LIST_HEAD(t.se.run_list);
  t.on_cpu = 0;
  WRITE_ONCE(t.__state, u32(TASK_NEW));
}

function context_switch(prev: task_struct, next: task_struct): void {
  const mm = next.mm;
  if (mm === null) {
    // A kernel thread runs in whatever address space is loaded.
    next.active_mm = prev.active_mm;
    if (prev.mm !== null && prev.active_mm !== null) lock_inc(addr(prev.active_mm.mm_count.counter));
    if (prev.mm === null) prev.active_mm = null;
  } else {
    if (prev.active_mm !== mm) write_cr3(__pa(u64(mm.pgd)));
    if (prev.mm === null) {
      this_cpu_write(q_prev_mm, prev.active_mm);
      prev.active_mm = null;
    }
  }
  const last = __switch_to_asm(prev, next);
  finish_task_switch(last);
}

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
  arch_spin_unlock(q.lock);
  sti();
  if (mm !== null) mmdrop(mm);
  if (dead) {
    put_task_stack(prev);
    put_task_struct(prev);
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

/** preempted: the task stays runnable whatever its state says. */
function __schedule(preempted: bool): void {
  cli();
  const q = this_rq();
  const prev = q.curr;
  rcu_note_context_switch();
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
  let next = q.idle;
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
  next.thread_info.cpu = u32(q.cpu);
  next.se.exec_start = prev.se.exec_start;
  context_switch(prev, next);
}

export function schedule(): void {
  do {
    this_cpu_add(__preempt_count, 1);
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
    preempt_schedule();
    return 1;
  }
  return 0;
}

export function yield_(): void {
  const q = this_rq();
  const flags = rq_lock(q);
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
    else if (s64(q.curr.se.vruntime + SCHED_GRANULARITY - task_of(q.queue.next).se.vruntime) > 0) resched_curr(q);
  }
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
  if (q.curr !== q.idle) return;
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

export function set_cpus_allowed_ptr(t: task_struct, mask: u64): int {
  t.cpus_mask = mask;
  return 0;
}

export function nr_running(): u32 {
  let n: u32 = 0;
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    if (cpu === 0) n += cpu_rq(cpu).nr_running;
  }
  return n;
}

export function nr_context_switches(): u64 {
  return cpu_rq(0).nr_switches;
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

/** One task of SysRq-T's list. */
export function sched_show_task(t: task_struct): void {
  pr_info(
    "task:%-15.15s state:%c stack:0 pid:%d ppid:%d flags:0x%08lx\n",
    t.comm,
    u32(task_state_to_char(t)),
    t.pid,
    t.real_parent.pid,
    t.thread_info.flags,
  );
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
