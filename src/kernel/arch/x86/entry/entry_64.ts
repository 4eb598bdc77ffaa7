// Entries to the kernel and the ways out: system calls, exceptions, interrupts, the context switch. Each entry leaves a struct pt_regs
// on the stack, and rbp = its address + 1, by which the unwinder knows it.

import type { thread_struct } from "asm/processor";
import type { pt_regs } from "asm/ptrace";
import type { task_struct } from "linux/sched";
import { make_task_dead } from "../../../kernel/exit";
import { cpu_current_top_of_stack, cpu_user_sp } from "../kernel/cpu/common";
import { ret_from_fork_c, schedule_tail } from "../kernel/process";
import { __switch_to } from "../kernel/process_64";
import { fixup_bad_iret } from "../kernel/traps";
import { do_syscall_64, irqentry_exit_to_user_mode } from "./common";
import { common_interrupt } from "./irq-stack";

/** The iretq of restore_regs_and_iret. */
declare const native_irq_return_iret: u8[];

const USER_DS = 0x2b;
const USER_CS = 0x33;
const MSR_GS_BASE = 0xc0000101;
const MSR_KERNEL_GS_BASE = 0xc0000102;
const ENOSYS = 38;
const TASK_SIZE_MAX_HIGH = 0x7fff; // bits 32-47 of the last user address

export const entry_SYSCALL_64 = asm<() => never>(
  "entry_SYSCALL_64",
  () => {
    swapgs();
    mov(gs(rip(cpu_user_sp)), rsp);
    mov(rsp, gs(rip(cpu_current_top_of_stack)));
    push(USER_DS);
    push(gs(qword(rip(cpu_user_sp))));
    push(r11);
    push(USER_CS);
    push(rcx);
    symbol("entry_SYSCALL_64_after_hwframe");
    push(rax);
    push(rdi);
    push(rsi);
    push(rdx);
    push(rcx);
    push(-ENOSYS);
    push(r8);
    push(r9);
    push(r10);
    push(r11);
    push(rbx);
    push(rbp);
    push(r12);
    push(r13);
    push(r14);
    push(r15);
    lea(rbp, mem(rsp, 1));
    mov(rdi, rsp);
    movsxd(rsi, eax);
    call(do_syscall_64);
    // sysret only where it gives back exactly these registers: rcx = rip, r11 = flags, a user rip, no single step.
    mov(rcx, mem(rsp, offsetof<pt_regs>("cx")));
    mov(r11, mem(rsp, offsetof<pt_regs>("ip")));
    cmp(rcx, r11);
    jne("iret");
    shr(r11, 32);
    cmp(r11, TASK_SIZE_MAX_HIGH);
    ja("iret");
    cmp(qword(mem(rsp, offsetof<pt_regs>("cs"))), USER_CS);
    jne("iret");
    mov(r11, mem(rsp, offsetof<pt_regs>("flags")));
    cmp(r11, mem(rsp, offsetof<pt_regs>("r11")));
    jne("iret");
    test(r11, 0x10100);
    jnz("iret");
    pop(r15);
    pop(r14);
    pop(r13);
    pop(r12);
    pop(rbp);
    pop(rbx);
    add(rsp, 8);
    pop(r10);
    pop(r9);
    pop(r8);
    pop(rax);
    add(rsp, 8);
    pop(rdx);
    pop(rsi);
    pop(rdi);
    mov(rsp, mem(rsp, 32));
    swapgs();
    sysretq();
    label("iret");
    jmp(swapgs_restore_regs_and_return_to_usermode);
  },
  { section: ".entry.text" },
);

/** Out to user mode with every register from pt_regs at rsp; interrupts are off. */
export const swapgs_restore_regs_and_return_to_usermode = asm<() => never>(
  "swapgs_restore_regs_and_return_to_usermode",
  () => {
    swapgs();
    jmp(restore_regs_and_iret);
  },
  { section: ".entry.text" },
);

export const restore_regs_and_iret = asm<() => never>(
  "restore_regs_and_iret",
  () => {
    pop(r15);
    pop(r14);
    pop(r13);
    pop(r12);
    pop(rbp);
    pop(rbx);
    pop(r11);
    pop(r10);
    pop(r9);
    pop(r8);
    pop(rax);
    pop(rcx);
    pop(rdx);
    pop(rsi);
    pop(rdi);
    add(rsp, 8);
    symbol("native_irq_return_iret");
    iretq();
  },
  { section: ".entry.text" },
);

/** Common part of exceptions, called above the error code: its return address stands in the place of pt_regs.di. Saves the registers and goes
 *  back with pt_regs at rsp. */
export const error_entry = asm<() => never>(
  "error_entry",
  () => {
    cld();
    xchg(rdi, mem(rsp));
    push(rsi);
    push(rdx);
    push(rcx);
    push(rax);
    push(r8);
    push(r9);
    push(r10);
    push(r11);
    push(rbx);
    push(rbp);
    push(r12);
    push(r13);
    push(r14);
    push(r15);
    test(byte(mem(rsp, offsetof<pt_regs>("cs"))), 3);
    jnz("user");
    // A fault of the iretq itself: user mode's gs is in, and there is nothing to return to but a signal.
    lea(rcx, rip(native_irq_return_iret));
    cmp(mem(rsp, offsetof<pt_regs>("ip")), rcx);
    jne("kernel");
    swapgs();
    mov(rbx, rdi);
    mov(rdi, rsp);
    call(fixup_bad_iret);
    mov(rsp, rax);
    mov(rdi, rbx);
    jmp("kernel");
    label("user");
    swapgs();
    label("kernel");
    lea(rbp, mem(rsp, 1));
    jmp(rdi);
  },
  { section: ".entry.text" },
);

export const error_return = asm<() => never>(
  "error_return",
  () => {
    test(byte(mem(rsp, offsetof<pt_regs>("cs"))), 3);
    jz(restore_regs_and_iret);
    mov(rdi, rsp);
    call(irqentry_exit_to_user_mode);
    jmp(swapgs_restore_regs_and_return_to_usermode);
  },
  { section: ".entry.text" },
);

/** Exceptions on stacks of their own can strike anywhere, also between an entry and its swapgs: the gs bases themselves tell. The kernel's
 *  is 0 (CPU 0) or negative; swapped out it stands in KERNEL_GS_BASE. */
export const paranoid_entry = asm<() => never>(
  "paranoid_entry",
  () => {
    cld();
    xchg(rdi, mem(rsp));
    push(rsi);
    push(rdx);
    push(rcx);
    push(rax);
    push(r8);
    push(r9);
    push(r10);
    push(r11);
    push(rbx);
    push(rbp);
    push(r12);
    push(r13);
    push(r14);
    push(r15);
    xor(ebx, ebx);
    mov(ecx, MSR_GS_BASE);
    rdmsr();
    test(edx, edx);
    js("kernel");
    mov(r8d, edx);
    or(r8d, eax);
    mov(ecx, MSR_KERNEL_GS_BASE);
    rdmsr();
    test(edx, edx);
    js("swap");
    or(eax, edx);
    jnz("kernel");
    label("swap");
    swapgs();
    mov(ebx, 1);
    label("kernel");
    lea(rbp, mem(rsp, 1));
    jmp(rdi);
  },
  { section: ".entry.text" },
);

export const paranoid_exit = asm<() => never>(
  "paranoid_exit",
  () => {
    test(ebx, ebx);
    jz(restore_regs_and_iret);
    jmp(swapgs_restore_regs_and_return_to_usermode);
  },
  { section: ".entry.text" },
);

// Each stub of 16 bytes: push vector; jmp. idt.ts computes their addresses.
export const irq_entries_start = asm<() => never>(
  "irq_entries_start",
  () => {
    for (let vector = 0x20; vector < 0x100; vector++) {
      align(16);
      push(vector);
      jmp("common");
    }
    align(16);
    label("common");
    symbol("asm_common_interrupt");
    call(error_entry);
    mov(rdi, rsp);
    mov(rsi, mem(rsp, offsetof<pt_regs>("orig_ax")));
    mov(qword(mem(rsp, offsetof<pt_regs>("orig_ax"))), -1);
    call(common_interrupt);
    jmp(error_return);
  },
  { section: ".entry.text" },
);

/** Switches stacks; the sleeping task keeps an inactive_task_frame. Returns in the next task, with the previous one in rax. */
export const __switch_to_asm = asm<(prev: task_struct, next: task_struct) => task_struct>("__switch_to_asm", () => {
  push(rbp);
  push(rbx);
  push(r12);
  push(r13);
  push(r14);
  push(r15);
  mov(mem(rdi, offsetof<task_struct>("thread") + offsetof<thread_struct>("sp")), rsp);
  mov(rsp, mem(rsi, offsetof<task_struct>("thread") + offsetof<thread_struct>("sp")));
  pop(r15);
  pop(r14);
  pop(r13);
  pop(r12);
  pop(rbx);
  pop(rbp);
  jmp(__switch_to);
});

/** A new task's first instructions, reached by __switch_to_asm's return. rbx: a kernel thread's function (or 0), r12: its argument. */
export const ret_from_fork = asm<() => never>("ret_from_fork", () => {
  mov(rdi, rax);
  call(schedule_tail);
  test(rbx, rbx);
  jnz("kthread");
  label("user");
  mov(rdi, rsp);
  call(ret_from_fork_c);
  jmp(swapgs_restore_regs_and_return_to_usermode);
  label("kthread");
  mov(rdi, r12);
  call(rbx);
  // A kernel thread that returns has exec'ed a user program: pt_regs are filled.
  jmp("user");
});

/** Leaves a dying task's stack as it is and calls make_task_dead(rdi) from the stack's top: the way out of an oops on any stack. */
export const rewind_stack_and_make_dead = asm<(signr: int) => never>("rewind_stack_and_make_dead", () => {
  xor(ebp, ebp);
  mov(rsp, gs(rip(cpu_current_top_of_stack)));
  sub(rsp, sizeof<pt_regs>());
  call(make_task_dead);
  ud2();
});
