// Where a function returns to whose return address a return probe has taken.

import { __KERNEL_CS, __KERNEL_DS } from "asm/processor";
import type { pt_regs } from "asm/ptrace";
import { trampoline_handler } from "../../../../kernel/kretprobe";

const PT_REGS = 168;

/** Saves the registers as the handler shall see them and returns to where trampoline_handler says. */
export const __kretprobe_trampoline = asm<() => void>(
  "__kretprobe_trampoline",
  () => {
    lea(rsp, mem(rsp, -8));
    lea(rsp, mem(rsp, -PT_REGS));
    mov(mem(rsp, offsetof<pt_regs>("ax")), rax);
    pushfq();
    pop(rax);
    mov(mem(rsp, offsetof<pt_regs>("flags")), rax);
    mov(mem(rsp, offsetof<pt_regs>("cx")), rcx);
    mov(mem(rsp, offsetof<pt_regs>("dx")), rdx);
    mov(mem(rsp, offsetof<pt_regs>("si")), rsi);
    mov(mem(rsp, offsetof<pt_regs>("di")), rdi);
    mov(mem(rsp, offsetof<pt_regs>("r8")), r8);
    mov(mem(rsp, offsetof<pt_regs>("r9")), r9);
    mov(mem(rsp, offsetof<pt_regs>("r10")), r10);
    mov(mem(rsp, offsetof<pt_regs>("r11")), r11);
    mov(mem(rsp, offsetof<pt_regs>("r12")), r12);
    mov(mem(rsp, offsetof<pt_regs>("r13")), r13);
    mov(mem(rsp, offsetof<pt_regs>("r14")), r14);
    mov(mem(rsp, offsetof<pt_regs>("r15")), r15);
    mov(mem(rsp, offsetof<pt_regs>("bx")), rbx);
    mov(mem(rsp, offsetof<pt_regs>("bp")), rbp);
    mov(qword(mem(rsp, offsetof<pt_regs>("orig_ax"))), -1);
    mov(qword(mem(rsp, offsetof<pt_regs>("cs"))), __KERNEL_CS);
    mov(qword(mem(rsp, offsetof<pt_regs>("ss"))), __KERNEL_DS);
    lea(rax, mem(rsp, PT_REGS + 8));
    mov(mem(rsp, offsetof<pt_regs>("sp")), rax);
    mov(rdi, rsp);
    call(trampoline_handler);
    mov(mem(rsp, PT_REGS), rax);
    mov(rbp, mem(rsp, offsetof<pt_regs>("bp")));
    mov(rbx, mem(rsp, offsetof<pt_regs>("bx")));
    mov(r15, mem(rsp, offsetof<pt_regs>("r15")));
    mov(r14, mem(rsp, offsetof<pt_regs>("r14")));
    mov(r13, mem(rsp, offsetof<pt_regs>("r13")));
    mov(r12, mem(rsp, offsetof<pt_regs>("r12")));
    mov(r11, mem(rsp, offsetof<pt_regs>("r11")));
    mov(r10, mem(rsp, offsetof<pt_regs>("r10")));
    mov(r9, mem(rsp, offsetof<pt_regs>("r9")));
    mov(r8, mem(rsp, offsetof<pt_regs>("r8")));
    mov(rdi, mem(rsp, offsetof<pt_regs>("di")));
    mov(rsi, mem(rsp, offsetof<pt_regs>("si")));
    mov(rdx, mem(rsp, offsetof<pt_regs>("dx")));
    mov(rcx, mem(rsp, offsetof<pt_regs>("cx")));
    push(qword(mem(rsp, offsetof<pt_regs>("flags"))));
    popfq();
    mov(rax, mem(rsp, offsetof<pt_regs>("ax")));
    lea(rsp, mem(rsp, PT_REGS));
    ret();
  },
  { section: ".kprobes.text" },
);
