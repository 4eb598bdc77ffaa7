// Softirqs: what an interrupt's handler leaves for after it, with interrupts on and never twice at a time on a CPU. They run on the way out of the
// outermost interrupt, or where local_bh_enable lets them in again; what keeps coming back, or is raised where neither is near, is left to
// ksoftirqd/N, which competes for the CPU like any task.

import {
  HARDIRQ_MASK,
  HARDIRQ_OFFSET,
  NMI_MASK,
  PREEMPT_OFFSET,
  preempt_count,
  preempt_enable,
  SOFTIRQ_DISABLE_OFFSET,
  SOFTIRQ_MASK,
  SOFTIRQ_OFFSET,
} from "linux/preempt";
import { this_cpu_need_resched } from "linux/thread_info";
import { do_softirq } from "../arch/x86/entry/irq-stack";
import { wakeup_softirqd } from "./ksoftirqd";
import { __preempt_count } from "./sched/core";
import { jiffies } from "./time/timer";

export const HI_SOFTIRQ = 0;
export const TIMER_SOFTIRQ = 1;
export const TASKLET_SOFTIRQ = 6;
export const SCHED_SOFTIRQ = 7;
export const RCU_SOFTIRQ = 9;
export const NR_SOFTIRQS = 10;

/** Jiffies and rounds for which new softirqs are served at once, before ksoftirqd is to. */
const MAX_SOFTIRQ_TIME = 1;
const MAX_SOFTIRQ_RESTART = 10;

/** Bit n: softirq n waits. Changed with interrupts off. */
export let softirq_pending: u32 = 0;
/** How often each has run. */
export let softirq_counts: array<u32, 10>;
percpu(softirq_pending);
percpu(softirq_counts);

let softirq_vec: array<() => void, 10>;

export function open_softirq(nr: int, action: () => void): void {
  softirq_vec[nr] = action;
}

export function __raise_softirq_irqoff(nr: u32): void {
  this_cpu_write(softirq_pending, this_cpu_read(softirq_pending) | (u32(1) << nr));
}
inline(__raise_softirq_irqoff);

/** Interrupts are off. Outside of interrupts nothing would run it soon: then ksoftirqd does. */
export function raise_softirq_irqoff(nr: u32): void {
  __raise_softirq_irqoff(nr);
  if ((preempt_count() & (HARDIRQ_MASK | SOFTIRQ_MASK | NMI_MASK)) === 0) wakeup_softirqd();
}

export function raise_softirq(nr: u32): void {
  const flags = read_rflags();
  cli();
  raise_softirq_irqoff(nr);
  if ((flags & 0x200) !== 0) sti();
}

/** Interrupts are off, at the call and on return; on in between. */
export function handle_softirqs(): void {
  const end = jiffies + MAX_SOFTIRQ_TIME;
  let max_restart: int = MAX_SOFTIRQ_RESTART;
  let pending = this_cpu_read(softirq_pending);
  const counts = this_cpu_struct(softirq_counts);
  this_cpu_add(__preempt_count, SOFTIRQ_OFFSET);
  for (;;) {
    this_cpu_write(softirq_pending, u32(0));
    sti();
    while (pending !== 0) {
      const nr = ctz64(u64(pending));
      pending &= pending - 1;
      counts[nr]++;
      const before = preempt_count();
      softirq_vec[nr]();
      if (before !== preempt_count()) {
        pr_err(
          "huh, entered softirq %u %ps with preempt_count %08x, exited with %08x?\n",
          u32(nr),
          softirq_vec[nr],
          before,
          preempt_count(),
        );
        this_cpu_write(__preempt_count, before);
      }
    }
    cli();
    pending = this_cpu_read(softirq_pending);
    if (pending === 0) break;
    max_restart--;
    if (s64(jiffies - end) < 0 && !this_cpu_need_resched() && max_restart > 0) continue;
    wakeup_softirqd();
    break;
  }
  this_cpu_add(__preempt_count, -SOFTIRQ_OFFSET);
}

/** The way out of an interrupt, on the stack that it is served on, interrupts off. */
export function __irq_exit_rcu(): void {
  this_cpu_add(__preempt_count, -HARDIRQ_OFFSET);
  if (this_cpu_read(softirq_pending) !== 0 && (preempt_count() & (HARDIRQ_MASK | SOFTIRQ_MASK | NMI_MASK)) === 0) handle_softirqs();
}
notrace(__irq_exit_rcu);

export function local_bh_disable(): void {
  this_cpu_add(__preempt_count, SOFTIRQ_DISABLE_OFFSET);
  barrier();
}

/** Softirqs that were raised meanwhile run now, unless an outer caller still keeps them out. */
export function __local_bh_enable_ip(): void {
  barrier();
  // Preemption stays off until the softirqs are done: they are this CPU's.
  this_cpu_add(__preempt_count, PREEMPT_OFFSET - SOFTIRQ_DISABLE_OFFSET);
  if (this_cpu_read(softirq_pending) !== 0) do_softirq();
  preempt_enable();
}

EXPORT_SYMBOL(local_bh_disable);
EXPORT_SYMBOL(__local_bh_enable_ip);
EXPORT_SYMBOL(raise_softirq);
EXPORT_SYMBOL(raise_softirq_irqoff);
