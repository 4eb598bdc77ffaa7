// The interrupt stack of each CPU. An interrupt that strikes kernel code, and softirqs, run there, so that a task's stack need hold one of them
// only: the entry's registers and a frame. One that strikes user mode has the whole of the task's stack for itself. The stack's last word says
// where the interrupted stack goes on.

import { VMALLOC_END, VMALLOC_START } from "asm/page";
import { PAGE_KERNEL } from "asm/pgtable";
import type { pt_regs } from "asm/ptrace";
import { per_cpu_address } from "linux/percpu";
import { HARDIRQ_MASK, HARDIRQ_OFFSET, NMI_MASK, SOFTIRQ_MASK } from "linux/preempt";
import { rcu_idle_task } from "../../../kernel/rcu/tree";
import { __preempt_count } from "../../../kernel/sched/core";
import { __irq_exit_rcu, handle_softirqs, softirq_pending } from "../../../kernel/softirq";
import { __vmalloc_node_range } from "../../../mm/vmalloc";
import {
  __common_interrupt,
  __sysvec_apic_timer_interrupt,
  __sysvec_call_function,
  irqentry_enter_idle,
  irqentry_exit,
} from "../kernel/irq";

export const IRQ_STACK_SIZE = 16384;
const X86_EFLAGS_IF = 0x200;

/** The stack's last word. */
export let hardirq_stack_ptr: u64 = 0;
/** Something runs on it: what comes now stays on the stack that it finds. */
export let hardirq_stack_inuse: u32 = 0;
percpu(hardirq_stack_ptr);
percpu(hardirq_stack_inuse);

/** Lies between unmapped pages, as tasks' stacks do. Before the CPU's interrupts come on. */
export function irq_init_percpu_irqstack(cpu: int): void {
  const stack = __vmalloc_node_range(IRQ_STACK_SIZE, IRQ_STACK_SIZE, VMALLOC_START, VMALLOC_END, 0x100, PAGE_KERNEL, return_address());
  at<u64[]>(per_cpu_address(u64(addr(hardirq_stack_ptr)), cpu))[0] = stack + IRQ_STACK_SIZE - 8;
}
init(irq_init_percpu_irqstack);

/** Bottom of this CPU's interrupt stack if p lies in it, else 0. */
export function irq_stack_of(p: u64): u64 {
  const end = this_cpu_read(hardirq_stack_ptr) + 8;
  return p < end && p >= end - IRQ_STACK_SIZE ? end - IRQ_STACK_SIZE : u64(0);
}
notrace(irq_stack_of);

// Instructions that the functions below share. r12 keeps the interrupted stack's pointer, rbx the registers.

/** To this CPU's interrupt stack, whose last word tells where the way back leads. */
function switch_to_irqstack(): void {
  mov(gs(dword(rip(hardirq_stack_inuse))), 1);
  mov(r12, rsp);
  mov(rax, gs(qword(rip(hardirq_stack_ptr))));
  mov(qword(mem(rax)), rsp);
  mov(rsp, rax);
}
inline(switch_to_irqstack);

function switch_from_irqstack(): void {
  mov(rsp, r12);
  mov(gs(dword(rip(hardirq_stack_inuse))), 0);
}
inline(switch_from_irqstack);

/** RCU is told where the CPU was idle ("idle" ends the function), and the interrupt counts in preempt_count. */
function irqentry_enter(): void {
  cmp(gs(dword(rip(rcu_idle_task))), 0);
  jne("idle");
  label("entered");
  add(gs(dword(rip(__preempt_count))), HARDIRQ_OFFSET);
  mov(rdi, rbx);
}
inline(irqentry_enter);

/** To "here" where the interrupt stays on the stack that it found: it struck user mode, or the interrupt stack itself. */
function stay_unless_kernel_stack(): void {
  test(byte(mem(rbx, offsetof<pt_regs>("cs"))), 3);
  jnz("here");
  cmp(gs(dword(rip(hardirq_stack_inuse))), 0);
  jne("here");
}
inline(stay_unless_kernel_stack);

function enter_from_idle(): void {
  label("idle");
  call(irqentry_enter_idle);
  jmp("entered");
}
inline(enter_from_idle);

// The three interrupts that do something, with the calls that stand in Linux's traces: NAME(regs) on the stack that was interrupted, __NAME(regs) and
// __irq_exit_rcu on the interrupt stack.

export const sysvec_apic_timer_interrupt = asm<(regs: pt_regs) => void>("sysvec_apic_timer_interrupt", () => {
  push(rbp);
  mov(rbp, rsp);
  push(rbx);
  push(r12);
  mov(rbx, rdi);
  irqentry_enter();
  stay_unless_kernel_stack();
  switch_to_irqstack();
  call(__sysvec_apic_timer_interrupt);
  call(__irq_exit_rcu);
  switch_from_irqstack();
  jmp("out");
  label("here");
  call(__sysvec_apic_timer_interrupt);
  call(__irq_exit_rcu);
  label("out");
  mov(rdi, rbx);
  call(irqentry_exit);
  pop(r12);
  pop(rbx);
  pop(rbp);
  ret();
  enter_from_idle();
});

export const sysvec_call_function = asm<(regs: pt_regs) => void>("sysvec_call_function", () => {
  push(rbp);
  mov(rbp, rsp);
  push(rbx);
  push(r12);
  mov(rbx, rdi);
  irqentry_enter();
  stay_unless_kernel_stack();
  switch_to_irqstack();
  call(__sysvec_call_function);
  call(__irq_exit_rcu);
  switch_from_irqstack();
  jmp("out");
  label("here");
  call(__sysvec_call_function);
  call(__irq_exit_rcu);
  label("out");
  mov(rdi, rbx);
  call(irqentry_exit);
  pop(r12);
  pop(rbx);
  pop(rbp);
  ret();
  enter_from_idle();
});

export const common_interrupt = asm<(regs: pt_regs, vector: u64) => void>("common_interrupt", () => {
  push(rbp);
  mov(rbp, rsp);
  push(rbx);
  push(r12);
  push(r13);
  mov(r13, rsi);
  mov(rbx, rdi);
  irqentry_enter();
  mov(rsi, r13);
  stay_unless_kernel_stack();
  switch_to_irqstack();
  call(__common_interrupt);
  call(__irq_exit_rcu);
  switch_from_irqstack();
  jmp("out");
  label("here");
  call(__common_interrupt);
  call(__irq_exit_rcu);
  label("out");
  mov(rdi, rbx);
  call(irqentry_exit);
  pop(r13);
  pop(r12);
  pop(rbx);
  pop(rbp);
  ret();
  enter_from_idle();
});

/** From process context: runs what waits. Not within an interrupt or softirq, nor where softirqs are kept out. */
export const do_softirq = asm<() => void>("do_softirq", () => {
  push(rbp);
  mov(rbp, rsp);
  push(rbx);
  push(r12);
  test(gs(dword(rip(__preempt_count))), HARDIRQ_MASK | SOFTIRQ_MASK | NMI_MASK);
  jnz("out");
  pushfq();
  pop(rbx);
  cli();
  cmp(gs(dword(rip(softirq_pending))), 0);
  je("done");
  switch_to_irqstack();
  call(handle_softirqs);
  switch_from_irqstack();
  label("done");
  test(ebx, X86_EFLAGS_IF);
  jz("out");
  sti();
  label("out");
  pop(r12);
  pop(rbx);
  pop(rbp);
  ret();
});
EXPORT_SYMBOL(do_softirq);
