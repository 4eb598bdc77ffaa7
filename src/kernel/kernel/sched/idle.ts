// The idle task's loop: halt with the tick stopped until somebody wants to run.

import { get_current } from "linux/current";
import { klp_update_patch_state } from "linux/livepatch";
import { need_resched, type task_struct } from "linux/sched";
import { TIF_PATCH_PENDING, test_thread_flag } from "linux/thread_info";
import { arch_cpu_idle } from "../../arch/x86/kernel/process";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { tlb_leave_idle } from "../../arch/x86/mm/tlb";
import { rcu_idle_enter, rcu_idle_exit } from "../rcu/tree";
import { tick_nohz_idle_enter, tick_nohz_idle_exit } from "../time/tick";
import { resched_curr, schedule_preempt_disabled } from "./core";
import { check_idle } from "./debug-checks";
import { cpu_rq, rq_lock, rq_unlock, this_rq } from "./sched";

/** Preemption is off in the idle task but inside schedule. */
export function do_idle(): void {
  const q = this_rq();
  while (!need_resched()) {
    cli();
    if (need_resched()) {
      sti();
      break;
    }
    if (CONFIG_SCHED_DEBUG !== 0) check_idle(q);
    q.idle_since = sched_clock();
    tick_nohz_idle_enter();
    rcu_idle_enter();
    arch_cpu_idle();
    cli();
    rcu_idle_exit();
    tlb_leave_idle();
    tick_nohz_idle_exit();
    q.idle_time += sched_clock() - q.idle_since;
    sti();
  }
  schedule_preempt_disabled();
  if (test_thread_flag(TIF_PATCH_PENDING)) klp_update_patch_state(get_current());
}

export function cpu_startup_entry(): never {
  for (;;) do_idle();
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
