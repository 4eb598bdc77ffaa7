// The idle task's loop: halt with the tick stopped until somebody wants to run.

import { get_current } from "linux/current";
import { klp_update_patch_state } from "linux/livepatch";
import { need_resched } from "linux/sched";
import { TIF_PATCH_PENDING, test_thread_flag } from "linux/thread_info";
import { arch_cpu_idle } from "../../arch/x86/kernel/process";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { tlb_leave_idle } from "../../arch/x86/mm/tlb";
import { rcu_idle_enter, rcu_idle_exit } from "../rcu/tree";
import { tick_nohz_idle_enter, tick_nohz_idle_exit } from "../time/tick";
import { schedule_preempt_disabled, this_rq } from "./core";
import { check_idle } from "./debug-checks";

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
