// Parts of trampolines: a struct pt_regs at rsp is filled from the registers and they are loaded from it again.

import { __KERNEL_CS, __KERNEL_DS } from "asm/processor";
import type { pt_regs } from "asm/ptrace";

/** What a function may be called with, rax included. */
export function save_argument_regs(): void {
  mov(mem(rsp, offsetof<pt_regs>("cx")), rcx);
  mov(mem(rsp, offsetof<pt_regs>("dx")), rdx);
  mov(mem(rsp, offsetof<pt_regs>("si")), rsi);
  mov(mem(rsp, offsetof<pt_regs>("di")), rdi);
  mov(mem(rsp, offsetof<pt_regs>("r8")), r8);
  mov(mem(rsp, offsetof<pt_regs>("r9")), r9);
}
inline(save_argument_regs);

export function restore_argument_regs(): void {
  mov(r9, mem(rsp, offsetof<pt_regs>("r9")));
  mov(r8, mem(rsp, offsetof<pt_regs>("r8")));
  mov(rdi, mem(rsp, offsetof<pt_regs>("di")));
  mov(rsi, mem(rsp, offsetof<pt_regs>("si")));
  mov(rdx, mem(rsp, offsetof<pt_regs>("dx")));
  mov(rcx, mem(rsp, offsetof<pt_regs>("cx")));
}
inline(restore_argument_regs);

/** The others but rax, rbp and rsp. */
export function save_other_regs(): void {
  mov(mem(rsp, offsetof<pt_regs>("r10")), r10);
  mov(mem(rsp, offsetof<pt_regs>("r11")), r11);
  mov(mem(rsp, offsetof<pt_regs>("r12")), r12);
  mov(mem(rsp, offsetof<pt_regs>("r13")), r13);
  mov(mem(rsp, offsetof<pt_regs>("r14")), r14);
  mov(mem(rsp, offsetof<pt_regs>("r15")), r15);
  mov(mem(rsp, offsetof<pt_regs>("bx")), rbx);
}
inline(save_other_regs);

/** With rbp. */
export function restore_other_regs(): void {
  mov(rbp, mem(rsp, offsetof<pt_regs>("bp")));
  mov(rbx, mem(rsp, offsetof<pt_regs>("bx")));
  mov(r15, mem(rsp, offsetof<pt_regs>("r15")));
  mov(r14, mem(rsp, offsetof<pt_regs>("r14")));
  mov(r13, mem(rsp, offsetof<pt_regs>("r13")));
  mov(r12, mem(rsp, offsetof<pt_regs>("r12")));
  mov(r11, mem(rsp, offsetof<pt_regs>("r11")));
  mov(r10, mem(rsp, offsetof<pt_regs>("r10")));
}
inline(restore_other_regs);

/** As at a breakpoint: everything but ip and sp. rax is lost. */
export function save_all_regs(): void {
  mov(mem(rsp, offsetof<pt_regs>("ax")), rax);
  pushfq();
  pop(rax);
  mov(mem(rsp, offsetof<pt_regs>("flags")), rax);
  save_argument_regs();
  save_other_regs();
  mov(mem(rsp, offsetof<pt_regs>("bp")), rbp);
  mov(qword(mem(rsp, offsetof<pt_regs>("orig_ax"))), -1);
  mov(qword(mem(rsp, offsetof<pt_regs>("cs"))), __KERNEL_CS);
  mov(qword(mem(rsp, offsetof<pt_regs>("ss"))), __KERNEL_DS);
}
inline(save_all_regs);

/** And the flags. */
export function restore_all_regs(): void {
  restore_other_regs();
  restore_argument_regs();
  push(qword(mem(rsp, offsetof<pt_regs>("flags"))));
  popfq();
  mov(rax, mem(rsp, offsetof<pt_regs>("ax")));
}
inline(restore_all_regs);
