// Interrupt dispatch by vector: I/O APIC lines at 0x30 + pin, the local timer, inter-processor interrupts.

import { X86_EFLAGS_IF } from "asm/processor";
import type { pt_regs } from "asm/ptrace";
import { user_mode } from "asm/ptrace";
import { this_cpu_need_resched } from "linux/thread_info";
import { generic_handle_irq } from "../../../kernel/irq/manage";
import { rcu_idle_task, rcu_irq_enter, rcu_irq_exit } from "../../../kernel/rcu/tree";
import { __preempt_count, preempt_dynamic_full, preempt_schedule_irq } from "../../../kernel/sched/core";
import { generic_smp_call_function_interrupt } from "../../../kernel/smp";
import { tick_interrupt, tick_irq_enter } from "../../../kernel/time/tick";
import { tlb_leave_idle } from "../mm/tlb";
import { apic_eoi } from "./apic/apic";

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
export let irq_nmi_count: u64 = 0;
export let irq_tlb_count: u64 = 0;
export let irq_err_count: u32 = 0;
percpu(irq_nmi_count);
percpu(irq_tlb_count);
percpu(apic_timer_irqs);
percpu(irq_spurious_count);
percpu(irq_resched_count);
percpu(irq_call_count);

export function get_irq_regs(): pt_regs {
  return at<pt_regs>(this_cpu_read(irq_regs));
}

/** The interrupt ends the idle task's sleep: time and mappings have gone on meanwhile. */
export function irqentry_enter_idle(): void {
  rcu_irq_enter();
  tlb_leave_idle();
  tick_irq_enter();
}
notrace(irqentry_enter_idle);

/** Back on the stack of what was interrupted: kernel code is preempted if it may be. Interrupts are off. */
export function irqentry_exit(regs: pt_regs): void {
  if (this_cpu_read(rcu_idle_task) !== 0) rcu_irq_exit();
  irqentry_exit_cond_resched(regs);
}
notrace(irqentry_exit);

export function irqentry_exit_cond_resched(regs: pt_regs): void {
  if (this_cpu_read(__preempt_count) !== 0 || !this_cpu_need_resched()) return;
  if (user_mode(regs) || (regs.flags & X86_EFLAGS_IF) === 0 || !preempt_dynamic_full) return;
  preempt_schedule_irq();
}
notrace(irqentry_exit_cond_resched);

export function __sysvec_apic_timer_interrupt(regs: pt_regs): void {
  const old = this_cpu_read(irq_regs);
  this_cpu_write(irq_regs, u64(regs));
  apic_eoi();
  this_cpu_add(apic_timer_irqs, 1);
  tick_interrupt();
  this_cpu_write(irq_regs, old);
}

export function __sysvec_call_function(_regs: pt_regs): void {
  apic_eoi();
  this_cpu_add(irq_call_count, 1);
  generic_smp_call_function_interrupt();
}

/** A device's line. */
export function __common_interrupt(regs: pt_regs, vector: u64): void {
  const old = this_cpu_read(irq_regs);
  this_cpu_write(irq_regs, u64(regs));
  if (vector >= FIRST_IRQ_VECTOR && vector < FIRST_IRQ_VECTOR + NR_IRQS) generic_handle_irq(u32(vector - FIRST_IRQ_VECTOR));
  else this_cpu_add(irq_spurious_count, 1);
  apic_eoi();
  this_cpu_write(irq_regs, old);
}

/** Has done its work by arriving: the way out looks whether to switch tasks. */
export function sysvec_reschedule_ipi(regs: pt_regs): void {
  if (this_cpu_read(rcu_idle_task) !== 0) irqentry_enter_idle();
  apic_eoi();
  this_cpu_add(irq_resched_count, 1);
  irqentry_exit(regs);
}
notrace(sysvec_reschedule_ipi);

/** The local APIC has seen an error: nothing is lost by going on. */
export function sysvec_error_interrupt(regs: pt_regs): void {
  if (this_cpu_read(rcu_idle_task) !== 0) irqentry_enter_idle();
  apic_eoi();
  fetch_add(addr(irq_err_count), u32(1));
  irqentry_exit(regs);
}
notrace(sysvec_error_interrupt);

/** The interrupt that was to be delivered has gone: there is nothing to acknowledge. */
export function sysvec_spurious_apic_interrupt(regs: pt_regs): void {
  if (this_cpu_read(rcu_idle_task) !== 0) irqentry_enter_idle();
  this_cpu_add(irq_spurious_count, 1);
  irqentry_exit(regs);
}
notrace(sysvec_spurious_apic_interrupt);
