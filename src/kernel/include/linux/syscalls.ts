// System calls are functions __x64_sys_NAME(regs: pt_regs): s64. Their arguments are regs.di, si, dx, r10, r8, r9; arch/x86/entry/syscalls/syscall_64.ts is the table.

export { do_syscall_64 } from "../../arch/x86/entry/common";
export { sys_call_table } from "../../arch/x86/entry/syscalls/syscall_64";
