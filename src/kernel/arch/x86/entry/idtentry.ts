// The processor's exceptions and the local APIC's interrupts, each with its entry: an error code where the processor pushes none, pt_regs, the handler in C's part, the way out.

import type { pt_regs } from "asm/ptrace";
import { cpu_current_top_of_stack, cpu_user_sp } from "../kernel/cpu/common";
import { sysvec_error_interrupt, sysvec_reschedule_ipi, sysvec_spurious_apic_interrupt } from "../kernel/irq";
import { sysvec_reboot } from "../kernel/smp";
import {
  exc_alignment_check,
  exc_bounds,
  exc_coproc_segment_overrun,
  exc_coprocessor_error,
  exc_debug,
  exc_device_not_available,
  exc_divide_error,
  exc_double_fault,
  exc_general_protection,
  exc_int3,
  exc_invalid_op,
  exc_invalid_tss,
  exc_machine_check,
  exc_nmi,
  exc_overflow,
  exc_segment_not_present,
  exc_simd_coprocessor_error,
  exc_stack_segment,
} from "../kernel/traps";
import { exc_page_fault } from "../mm/fault";
import { error_entry, error_return, paranoid_entry, paranoid_exit } from "./entry_64";
import { sysvec_apic_timer_interrupt, sysvec_call_function } from "./irq-stack";

export const asm_exc_divide_error = asm<() => never>(
  "asm_exc_divide_error",
  () => {
    push(-1);
    call(error_entry);
    mov(rdi, rsp);
    call(exc_divide_error);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_exc_overflow = asm<() => never>(
  "asm_exc_overflow",
  () => {
    push(-1);
    call(error_entry);
    mov(rdi, rsp);
    call(exc_overflow);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_exc_bounds = asm<() => never>(
  "asm_exc_bounds",
  () => {
    push(-1);
    call(error_entry);
    mov(rdi, rsp);
    call(exc_bounds);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_exc_device_not_available = asm<() => never>(
  "asm_exc_device_not_available",
  () => {
    push(-1);
    call(error_entry);
    mov(rdi, rsp);
    call(exc_device_not_available);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_exc_coproc_segment_overrun = asm<() => never>(
  "asm_exc_coproc_segment_overrun",
  () => {
    push(-1);
    call(error_entry);
    mov(rdi, rsp);
    call(exc_coproc_segment_overrun);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_exc_coprocessor_error = asm<() => never>(
  "asm_exc_coprocessor_error",
  () => {
    push(-1);
    call(error_entry);
    mov(rdi, rsp);
    call(exc_coprocessor_error);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_exc_simd_coprocessor_error = asm<() => never>(
  "asm_exc_simd_coprocessor_error",
  () => {
    push(-1);
    call(error_entry);
    mov(rdi, rsp);
    call(exc_simd_coprocessor_error);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_exc_invalid_tss = asm<() => never>(
  "asm_exc_invalid_tss",
  () => {
    call(error_entry);
    mov(rdi, rsp);
    mov(rsi, mem(rsp, offsetof<pt_regs>("orig_ax")));
    mov(qword(mem(rsp, offsetof<pt_regs>("orig_ax"))), -1);
    call(exc_invalid_tss);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_exc_segment_not_present = asm<() => never>(
  "asm_exc_segment_not_present",
  () => {
    call(error_entry);
    mov(rdi, rsp);
    mov(rsi, mem(rsp, offsetof<pt_regs>("orig_ax")));
    mov(qword(mem(rsp, offsetof<pt_regs>("orig_ax"))), -1);
    call(exc_segment_not_present);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_exc_stack_segment = asm<() => never>(
  "asm_exc_stack_segment",
  () => {
    call(error_entry);
    mov(rdi, rsp);
    mov(rsi, mem(rsp, offsetof<pt_regs>("orig_ax")));
    mov(qword(mem(rsp, offsetof<pt_regs>("orig_ax"))), -1);
    call(exc_stack_segment);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_exc_general_protection = asm<() => never>(
  "asm_exc_general_protection",
  () => {
    call(error_entry);
    mov(rdi, rsp);
    mov(rsi, mem(rsp, offsetof<pt_regs>("orig_ax")));
    mov(qword(mem(rsp, offsetof<pt_regs>("orig_ax"))), -1);
    call(exc_general_protection);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_exc_alignment_check = asm<() => never>(
  "asm_exc_alignment_check",
  () => {
    call(error_entry);
    mov(rdi, rsp);
    mov(rsi, mem(rsp, offsetof<pt_regs>("orig_ax")));
    mov(qword(mem(rsp, offsetof<pt_regs>("orig_ax"))), -1);
    call(exc_alignment_check);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_exc_invalid_op = asm<() => never>(
  "asm_exc_invalid_op",
  () => {
    push(-1);
    call(error_entry);
    mov(rdi, rsp);
    call(exc_invalid_op);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_exc_page_fault = asm<() => never>(
  "asm_exc_page_fault",
  () => {
    call(error_entry);
    mov(rdi, rsp);
    mov(rsi, mem(rsp, offsetof<pt_regs>("orig_ax")));
    mov(qword(mem(rsp, offsetof<pt_regs>("orig_ax"))), -1);
    call(exc_page_fault);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_exc_double_fault = asm<() => never>(
  "asm_exc_double_fault",
  () => {
    call(paranoid_entry);
    mov(rdi, rsp);
    mov(rsi, mem(rsp, offsetof<pt_regs>("orig_ax")));
    mov(qword(mem(rsp, offsetof<pt_regs>("orig_ax"))), -1);
    call(exc_double_fault);
    jmp(paranoid_exit);
  },
  { section: ".entry.text" },
);
export const asm_exc_nmi = asm<() => never>(
  "asm_exc_nmi",
  () => {
    push(-1);
    call(paranoid_entry);
    mov(rdi, rsp);
    call(exc_nmi);
    jmp(paranoid_exit);
  },
  { section: ".entry.text" },
);
export const asm_exc_machine_check = asm<() => never>(
  "asm_exc_machine_check",
  () => {
    push(-1);
    call(paranoid_entry);
    mov(rdi, rsp);
    call(exc_machine_check);
    jmp(paranoid_exit);
  },
  { section: ".entry.text" },
);

/** On a stack of its own; from user mode it moves to the task's stack, for the signal is delivered on the way back. */
export const asm_exc_debug = asm<() => never>(
  "asm_exc_debug",
  () => {
    push(-1);
    test(byte(mem(rsp, 16)), 3);
    jnz("user");
    call(paranoid_entry);
    mov(rdi, rsp);
    call(exc_debug);
    jmp(paranoid_exit);
    label("user");
    swapgs();
    mov(gs(rip(cpu_user_sp)), rdi);
    mov(rdi, rsp);
    mov(rsp, gs(rip(cpu_current_top_of_stack)));
    for (let i = 5; i >= 0; i--) push(qword(mem(rdi, 8 * i)));
    mov(rdi, gs(rip(cpu_user_sp)));
    swapgs();
    call(error_entry);
    mov(rdi, rsp);
    call(exc_debug);
    jmp(error_return);
  },
  { section: ".entry.text" },
);

/** In kernel mode six words are left free above the interrupted stack pointer's frame, so that the handler can emulate a call by
 *  pushing a return address (text patching). */
export const asm_exc_int3 = asm<() => never>(
  "asm_exc_int3",
  () => {
    push(-1);
    test(byte(mem(rsp, 16)), 3);
    jnz("go");
    // The frame of five words and the error code is moved down by six words.
    push(qword(mem(rsp, 40)));
    push(qword(mem(rsp, 40)));
    push(qword(mem(rsp, 40)));
    push(qword(mem(rsp, 40)));
    push(qword(mem(rsp, 40)));
    push(qword(mem(rsp, 40)));
    label("go");
    call(error_entry);
    mov(rdi, rsp);
    call(exc_int3);
    jmp(error_return);
  },
  { section: ".entry.text" },
);

export const asm_sysvec_apic_timer_interrupt = asm<() => never>(
  "asm_sysvec_apic_timer_interrupt",
  () => {
    push(-1);
    call(error_entry);
    mov(rdi, rsp);
    call(sysvec_apic_timer_interrupt);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_sysvec_reschedule_ipi = asm<() => never>(
  "asm_sysvec_reschedule_ipi",
  () => {
    push(-1);
    call(error_entry);
    mov(rdi, rsp);
    call(sysvec_reschedule_ipi);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_sysvec_call_function = asm<() => never>(
  "asm_sysvec_call_function",
  () => {
    push(-1);
    call(error_entry);
    mov(rdi, rsp);
    call(sysvec_call_function);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_sysvec_reboot = asm<() => never>(
  "asm_sysvec_reboot",
  () => {
    push(-1);
    call(error_entry);
    mov(rdi, rsp);
    call(sysvec_reboot);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_sysvec_error_interrupt = asm<() => never>(
  "asm_sysvec_error_interrupt",
  () => {
    push(-1);
    call(error_entry);
    mov(rdi, rsp);
    call(sysvec_error_interrupt);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
export const asm_sysvec_spurious_apic_interrupt = asm<() => never>(
  "asm_sysvec_spurious_apic_interrupt",
  () => {
    push(-1);
    call(error_entry);
    mov(rdi, rsp);
    call(sysvec_spurious_apic_interrupt);
    jmp(error_return);
  },
  { section: ".entry.text" },
);
