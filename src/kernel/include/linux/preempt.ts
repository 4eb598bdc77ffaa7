// The preemption counter of this CPU: bits 0-7 preempt_disable depth, 8-15 softirq, 16-19 hard interrupts, 20 NMI. Kernel code is preempted
// by an interrupt's exit only where it is zero.

import { this_cpu_need_resched } from "linux/thread_info";
import { __preempt_count, preempt_schedule } from "../../kernel/sched/core";

export const PREEMPT_OFFSET = 1;
export const SOFTIRQ_OFFSET = 0x100;
/** local_bh_disable adds two: the odd ones are softirqs that run. */
export const SOFTIRQ_DISABLE_OFFSET = 0x200;
export const HARDIRQ_OFFSET = 0x10000;
export const NMI_OFFSET = 0x100000;
export const PREEMPT_MASK = 0xff;
export const SOFTIRQ_MASK = 0xff00;
export const HARDIRQ_MASK = 0xf0000;
export const NMI_MASK = 0xf00000;

export function preempt_count(): int {
  return this_cpu_read(__preempt_count);
}
inline(preempt_count);

export function preempt_count_add(n: int): void {
  this_cpu_add(__preempt_count, n);
}
inline(preempt_count_add);

export function preempt_count_sub(n: int): void {
  this_cpu_add(__preempt_count, int(-n));
}
inline(preempt_count_sub);

export function preempt_disable(): void {
  this_cpu_add(__preempt_count, 1);
  barrier();
}
inline(preempt_disable);

export function preempt_enable_no_resched(): void {
  barrier();
  this_cpu_add(__preempt_count, -1);
}
inline(preempt_enable_no_resched);

export function preempt_enable(): void {
  barrier();
  this_cpu_add(__preempt_count, -1);
  if (this_cpu_need_resched()) preempt_schedule();
}
inline(preempt_enable);

// For code that the function tracer may call while it holds the preemption counter: no rescheduling, nothing traced.
export function preempt_disable_notrace(): void {
  this_cpu_add(__preempt_count, 1);
  barrier();
}
inline(preempt_disable_notrace);

export function preempt_enable_notrace(): void {
  barrier();
  this_cpu_add(__preempt_count, -1);
}
inline(preempt_enable_notrace);

export function in_interrupt(): bool {
  return (preempt_count() & (HARDIRQ_MASK | SOFTIRQ_MASK | NMI_MASK)) !== 0;
}
inline(in_interrupt);

export function in_hardirq(): bool {
  return (preempt_count() & HARDIRQ_MASK) !== 0;
}
inline(in_hardirq);

/** A softirq runs, or is kept out by local_bh_disable. */
export function in_softirq(): bool {
  return (preempt_count() & SOFTIRQ_MASK) !== 0;
}
inline(in_softirq);

export function in_serving_softirq(): bool {
  return (preempt_count() & SOFTIRQ_OFFSET) !== 0;
}
inline(in_serving_softirq);

export function in_nmi(): bool {
  return (preempt_count() & NMI_MASK) !== 0;
}
inline(in_nmi);

/** In code that an NMI, or what strikes like one, runs. */
export function nmi_enter(): void {
  this_cpu_add(__preempt_count, NMI_OFFSET + HARDIRQ_OFFSET);
}
inline(nmi_enter);

export function nmi_exit(): void {
  this_cpu_add(__preempt_count, -(NMI_OFFSET + HARDIRQ_OFFSET));
}
inline(nmi_exit);

export function in_task(): bool {
  return !in_interrupt();
}
inline(in_task);
