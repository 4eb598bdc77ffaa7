// Architecture state of a task, and what a CPU is.

export interface thread_struct extends struct<"thread_struct"> {
  /** Kernel stack pointer while the task does not run: an inactive_task_frame. */
  sp?: u64;
  fsbase?: u64;
  gsbase?: u64;
  cr2?: u64;
  trap_nr?: u64;
  error_code?: u64;
  /** Where a fault outside the exception table shall continue (text_poke and friends), or 0. */
  fault_resume?: u64;
}

/** What __switch_to_asm leaves on a sleeping task's stack. */
export interface inactive_task_frame extends struct<"inactive_task_frame"> {
  r15?: u64;
  r14?: u64;
  r13?: u64;
  r12?: u64;
  bx?: u64;
  bp?: u64;
  ret_addr?: u64;
}

export const X86_EFLAGS_CF = 0x1;
export const X86_EFLAGS_FIXED = 0x2;
export const X86_EFLAGS_TF = 0x100;
export const X86_EFLAGS_IF = 0x200;
export const X86_EFLAGS_DF = 0x400;

export const __KERNEL_CS = 0x10;
export const __KERNEL_DS = 0x18;
export const __USER_DS = 0x2b;
export const __USER_CS = 0x33;

export { start_thread } from "../../arch/x86/kernel/process_64";
