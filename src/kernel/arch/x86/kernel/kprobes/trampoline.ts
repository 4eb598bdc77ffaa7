// Where a function returns to whose return address a return probe has taken.

import type { pt_regs } from "asm/ptrace";
import { restore_all_regs, save_all_regs } from "asm/save-regs";
import { trampoline_handler } from "../../../../kernel/kretprobe";

const PT_REGS = 168;

/** Saves the registers as the handler shall see them and returns to where trampoline_handler says. */
export const __kretprobe_trampoline = asm<() => void>(
  "__kretprobe_trampoline",
  () => {
    lea(rsp, mem(rsp, -8));
    lea(rsp, mem(rsp, -PT_REGS));
    save_all_regs();
    lea(rax, mem(rsp, PT_REGS + 8));
    mov(mem(rsp, offsetof<pt_regs>("sp")), rax);
    mov(rdi, rsp);
    call(trampoline_handler);
    mov(mem(rsp, PT_REGS), rax);
    restore_all_regs();
    lea(rsp, mem(rsp, PT_REGS));
    ret();
  },
  { section: ".kprobes.text" },
);
