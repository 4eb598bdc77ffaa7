// Interrupt dispatch by vector: I/O APIC lines at 0x30 + pin, the local timer, inter-processor interrupts.

import { X86_EFLAGS_IF } from "asm/processor";
import type { pt_regs } from "asm/ptrace";
import { user_mode } from "asm/ptrace";
import { HARDIRQ_OFFSET } from "linux/preempt";
import { this_cpu_need_resched } from "linux/thread_info";
import { generic_handle_irq } from "../../../kernel/irq/manage";
import { rcu_irq_enter, rcu_irq_exit } from "../../../kernel/rcu/tree";
import { __preempt_count, preempt_dynamic_full, preempt_schedule_irq } from "../../../kernel/sched/core";
import { generic_smp_call_function_interrupt } from "../../../kernel/smp";
import { tick_irq_enter } from "../../../kernel/time/tick";
import { tlb_leave_idle } from "../mm/tlb";
import { apic_eoi, local_apic_timer_interrupt } from "./apic/apic";
import { sysvec_reboot } from "./smp";

export const FIRST_IRQ_VECTOR = 0x30;
export const NR_IRQS = 24;
export const LOCAL_TIMER_VECTOR = 0xec;
export const REBOOT_VECTOR = 0xf8;
export const CALL_FUNCTION_VECTOR = 0xfb;
export const RESCHEDULE_VECTOR = 0xfd;
export const ERROR_APIC_VECTOR = 0xfe;
export const SPURIOUS_APIC_VECTOR = 0xff;

/** What the interrupted code looked like, for the timer tick. */
export let irq_regs: u64 = 0;
percpu(irq_regs);

/** Counters for /proc/interrupts. */
export let apic_timer_irqs: u64 = 0;
export let irq_spurious_count: u64 = 0;
export let irq_resched_count: u64 = 0;
export let irq_call_count: u64 = 0;
percpu(apic_timer_irqs);
percpu(irq_spurious_count);
percpu(irq_resched_count);
percpu(irq_call_count);

export function get_irq_regs(): pt_regs {
  return at<pt_regs>(this_cpu_read(irq_regs));
}

export function irq_enter(): void {
  this_cpu_add(__preempt_count, HARDIRQ_OFFSET);
  tick_irq_enter();
}

export function irq_exit(): void {
  this_cpu_add(__preempt_count, -HARDIRQ_OFFSET);
}

/** On the way back to kernel code: preempt it if it may be preempted. Interrupts are off. */
export function irqentry_exit_cond_resched(regs: pt_regs): void {
  if (user_mode(regs) || (regs.flags & X86_EFLAGS_IF) === 0 || !preempt_dynamic_full) return;
  if (this_cpu_read(__preempt_count) === 0 && this_cpu_need_resched()) preempt_schedule_irq();
}

export function common_interrupt(regs: pt_regs, vector: u64): void {
  const old = this_cpu_read(irq_regs);
  this_cpu_write(irq_regs, u64(regs));
  rcu_irq_enter();
  tlb_leave_idle();
  irq_enter();
  if (vector === LOCAL_TIMER_VECTOR) {
    apic_eoi();
    this_cpu_add(apic_timer_irqs, 1);
    local_apic_timer_interrupt();
  } else if (vector >= FIRST_IRQ_VECTOR && vector < FIRST_IRQ_VECTOR + NR_IRQS) {
    generic_handle_irq(u32(vector - FIRST_IRQ_VECTOR));
    apic_eoi();
  } else if (vector === RESCHEDULE_VECTOR) {
    apic_eoi();
    this_cpu_add(irq_resched_count, 1);
  } else if (vector === CALL_FUNCTION_VECTOR) {
    apic_eoi();
    this_cpu_add(irq_call_count, 1);
    generic_smp_call_function_interrupt();
  } else if (vector === REBOOT_VECTOR) {
    apic_eoi();
    sysvec_reboot();
  } else {
    this_cpu_add(irq_spurious_count, 1);
    if (vector !== SPURIOUS_APIC_VECTOR) apic_eoi();
  }
  irq_exit();
  rcu_irq_exit();
  this_cpu_write(irq_regs, old);
  irqentry_exit_cond_resched(regs);
}
notrace(common_interrupt);
notrace(irqentry_exit_cond_resched);
