// Registers saved at entry to the kernel, in the order in which entry code pushes them (r15 last).

export interface pt_regs extends struct<"pt_regs"> {
  r15?: u64;
  r14?: u64;
  r13?: u64;
  r12?: u64;
  bp?: u64;
  bx?: u64;
  r11?: u64;
  r10?: u64;
  r9?: u64;
  r8?: u64;
  ax?: u64;
  cx?: u64;
  dx?: u64;
  si?: u64;
  di?: u64;
  /** System call number, or the exception's error code, or the interrupt's vector; -1: no system call to restart. */
  orig_ax?: u64;
  ip?: u64;
  cs?: u64;
  flags?: u64;
  sp?: u64;
  ss?: u64;
}

export function user_mode(regs: pt_regs): bool {
  return (regs.cs & 3) === 3;
}
inline(user_mode);

export function instruction_pointer(regs: pt_regs): u64 {
  return regs.ip;
}
inline(instruction_pointer);

export function instruction_pointer_set(regs: pt_regs, ip: u64): void {
  regs.ip = ip;
}
inline(instruction_pointer_set);

export function kernel_stack_pointer(regs: pt_regs): u64 {
  return regs.sp;
}
inline(kernel_stack_pointer);

export function regs_return_value(regs: pt_regs): u64 {
  return regs.ax;
}
inline(regs_return_value);

export { current_pt_regs, task_pt_regs } from "../../arch/x86/kernel/process";
