// The answer to system calls that there are not.

import type { pt_regs } from "asm/ptrace";

export function sys_ni_syscall(_regs: pt_regs): s64 {
  return -38;
}
