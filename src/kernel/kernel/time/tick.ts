// The tick: 250 per second while a CPU is busy, none while it idles: then the event device is set to the next timer, if there is one.

import { user_mode } from "asm/ptrace";
import { get_current } from "linux/current";
import { NSEC_PER_JIFFY } from "linux/jiffies";
import { HARDIRQ_MASK, HARDIRQ_OFFSET, PREEMPT_OFFSET, preempt_count, SOFTIRQ_OFFSET } from "linux/preempt";
import { DEFAULT_PRIO, need_resched, PF_IDLE, type task_struct } from "linux/sched";
import { smp_processor_id } from "linux/smp";
import { apic_timer_set } from "../../arch/x86/kernel/apic/apic";
import { get_irq_regs } from "../../arch/x86/kernel/irq";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { hung_task_next_event, hung_task_tick } from "../hung_task";
import { rcu_tasks_qs } from "../rcu/tasks";
import { rcu_sched_clock_irq } from "../rcu/tree";
import { scheduler_tick } from "../sched/core";
import { softirq_pending } from "../softirq";
import { watchdog_idle_exit, watchdog_timer_fn } from "../watchdog";
import { hrtimer_next_event, hrtimer_run_queues } from "./hrtimer";
import { account_itimers } from "./itimer";
import { run_local_timers, timer_next_event, update_jiffies } from "./timer";

const NEVER = 0x7fffffffffffffff;

/** Absolute ns of this CPU's next tick; and whether the tick is stopped. */
export let tick_next: u64 = 0;
export let tick_stopped: bool = false;
/** ns of ticks that met user mode (of a task with nice 0 or less, or more), the kernel outside of idle, another interrupt, and softirqs. */
export let cpustat_user: u64 = 0;
export let cpustat_nice: u64 = 0;
export let cpustat_system: u64 = 0;
export let cpustat_irq: u64 = 0;
export let cpustat_softirq: u64 = 0;
percpu(cpustat_user);
percpu(cpustat_nice);
percpu(cpustat_system);
percpu(cpustat_irq);
percpu(cpustat_softirq);
percpu(tick_next);
percpu(tick_stopped);

/** Sets the event device to the earlier of tick (unless stopped) and the next high-resolution timer. */
export function tick_program_event(): void {
  let when = hrtimer_next_event();
  if (!this_cpu_read(tick_stopped)) {
    const tick = this_cpu_read(tick_next);
    if (tick < when) when = tick;
  } else {
    const timer = timer_next_event();
    if (timer < when) when = timer;
    if (smp_processor_id() === 0) {
      const check = hung_task_next_event(when);
      if (check < when) when = check;
    }
  }
  apic_timer_set(when === NEVER ? u64(0) : when);
}

export function tick_init(): void {
  this_cpu_write(tick_next, (sched_clock() / NSEC_PER_JIFFY + 1) * NSEC_PER_JIFFY);
  tick_program_event();
}

/** Whom the tick has met has had the CPU for all of it. */
function account_process_tick(t: task_struct): void {
  const count = preempt_count();
  if (user_mode(get_irq_regs())) {
    rcu_tasks_qs(t, false);
    t.utime += NSEC_PER_JIFFY;
    account_itimers(t, true, s64(NSEC_PER_JIFFY));
    if (t.static_prio > DEFAULT_PRIO) this_cpu_add(cpustat_nice, u64(NSEC_PER_JIFFY));
    else this_cpu_add(cpustat_user, u64(NSEC_PER_JIFFY));
  } else if ((t.flags & PF_IDLE) === 0 || count !== HARDIRQ_OFFSET + PREEMPT_OFFSET) {
    if ((t.flags & PF_IDLE) === 0) {
      t.stime += NSEC_PER_JIFFY;
      account_itimers(t, false, s64(NSEC_PER_JIFFY));
    }
    if ((count & HARDIRQ_MASK) > HARDIRQ_OFFSET) this_cpu_add(cpustat_irq, u64(NSEC_PER_JIFFY));
    else if ((count & SOFTIRQ_OFFSET) !== 0) this_cpu_add(cpustat_softirq, u64(NSEC_PER_JIFFY));
    else if ((t.flags & PF_IDLE) === 0) this_cpu_add(cpustat_system, u64(NSEC_PER_JIFFY));
  }
}
inline(account_process_tick);

/** The event device fired. Interrupts off, in interrupt context. An idle CPU sets the next event when it idles again, after its timers. */
export function tick_interrupt(): void {
  const now = sched_clock();
  rcu_sched_clock_irq();
  hrtimer_run_queues(now);
  hung_task_tick(now);
  if (this_cpu_read(tick_stopped)) {
    update_jiffies();
    run_local_timers();
  } else if (now >= this_cpu_read(tick_next)) {
    update_jiffies();
    account_process_tick(get_current());
    run_local_timers();
    watchdog_timer_fn(now, get_irq_regs());
    scheduler_tick();
    this_cpu_write(tick_next, (now / NSEC_PER_JIFFY + 1) * NSEC_PER_JIFFY);
  }
  if (this_cpu_read(softirq_pending) === 0 || !this_cpu_read(tick_stopped)) tick_program_event();
}

/** Idle begins; interrupts off. */
export function tick_nohz_idle_enter(): void {
  this_cpu_write(tick_stopped, true);
  tick_program_event();
}

/** Idle ends (something is to run) or an interrupt was served; interrupts off. */
export function tick_nohz_idle_exit(): void {
  update_jiffies();
  if (need_resched()) {
    this_cpu_write(tick_stopped, false);
    watchdog_idle_exit();
    this_cpu_write(tick_next, (sched_clock() / NSEC_PER_JIFFY + 1) * NSEC_PER_JIFFY);
    tick_program_event();
  }
}

/** The first interrupt after idle brings jiffies up to date before any handler looks at them. */
export function tick_irq_enter(): void {
  if (this_cpu_read(tick_stopped)) update_jiffies();
}

/** A timer was added or moved: an idle CPU must know it. */
export function tick_timer_changed(): void {
  if (this_cpu_read(tick_stopped)) tick_program_event();
}
