// The scheduler: a run queue per CPU, ordered by virtual run time; preemption by tick and wake-up; sleeping and waking.

import { get_current } from "linux/current";
import { INIT_LIST_HEAD, list_del_init, list_empty } from "linux/list";
import type { mm_struct } from "linux/mm_types";
import {
  DEFAULT_PRIO,
  PF_IDLE,
  PF_WQ_WORKER,
  signal_pending_state,
  TASK_DEAD,
  TASK_NEW,
  TASK_NORMAL,
  TASK_RUNNING,
  TIF_NEED_RESCHED,
  type task_struct,
} from "linux/sched";
import { smp_processor_id } from "linux/smp";
import { arch_spin_lock, arch_spin_unlock } from "linux/spinlock";
import { clear_tsk_thread_flag, set_tsk_thread_flag, test_tsk_thread_flag } from "linux/thread_info";
import { __switch_to_asm } from "../../arch/x86/entry/entry_64";
import { apic_send_reschedule } from "../../arch/x86/kernel/apic/apic";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { put_user_u32 } from "../../arch/x86/lib/usercopy";
import { enter_lazy_tlb, switch_mm } from "../../arch/x86/mm/tlb";
import { init_task } from "../../init/init_task";
import { strcmp } from "../../lib/string";
import { nr_cpu_ids } from "../cpu";
import { mmdrop } from "../fork-mm";
import { put_task_stack, put_task_struct_rcu_user } from "../fork-task";
import { kprobe_flush_task } from "../kretprobe";
import { debug_spin_hand_over } from "../locking/spinlock_debug";
import { rcu_copy_process, rcu_tasks_qs } from "../rcu/tasks";
import { rcu_note_context_switch } from "../rcu/tree";
import { schedule_timeout } from "../time/timer";
import { trace_sched_switch, trace_sched_wakeup, trace_sched_wakeup_new, trace_sched_waking } from "../trace/trace-events-sched";
import { wq_worker_running, wq_worker_sleeping } from "../workqueue-worker";
import { init_sched_fair_class, newidle_balance, select_task_rq, trigger_load_balance } from "./balance";
import { check_rq, check_task_alive, schedule_bug } from "./debug-checks";
import { activate_task, check_preempt, enqueue, SCHED_GRANULARITY, set_task_cpu, update_curr } from "./fair";
import { __task_rq_lock, cpu_rq, is_stopper, type rq, rq_lock, rq_unlock, task_of, task_rq_lock, task_rq_unlock, this_rq } from "./sched";

/** Read by entry code and by get_current(). */
export let current_task: task_struct = null;
percpu(current_task);
/** See linux/preempt. Boot begins with preemption off. */
export let __preempt_count: int = 1;
percpu(__preempt_count);

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
  init_sched_fair_class();
}
init(sched_init);

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
  const t = get_current();
  const worker = (t.flags & PF_WQ_WORKER) !== 0 && READ_ONCE(t.__state) !== TASK_RUNNING;
  if (worker) wq_worker_sleeping(t);
  do {
    this_cpu_add(__preempt_count, 1);
    if (this_cpu_read(__preempt_count) !== 1) schedule_bug(get_current());
    __schedule(false);
    this_cpu_add(__preempt_count, -1);
  } while (test_tsk_thread_flag(t, TIF_NEED_RESCHED));
  if (worker) wq_worker_running(t);
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
  if (nr_cpu_ids > 1) trigger_load_balance(q);
  arch_spin_unlock(q.lock);
}

/** Is a CPU on it at the moment? Only meaningful under its run queue's lock. */
export function task_curr(t: task_struct): bool {
  return cpu_rq(int(t.thread_info.cpu)).curr === t;
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

notrace(preempt_schedule);
notrace(preempt_schedule_irq);
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
