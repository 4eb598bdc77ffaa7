// The switch from task to task beyond the stack, and the start of a user program.

import { __USER_CS, __USER_DS, X86_EFLAGS_IF } from "asm/processor";
import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EINVAL, EPERM } from "linux/errno";
import { TASK_SIZE } from "linux/mm";
import type { task_struct } from "linux/sched";
import { THREAD_SIZE } from "linux/thread_info";
import { current_task } from "../../../kernel/sched/core";
import { put_user_u64 } from "../lib/usercopy";
import { cpu_current_top_of_stack, load_sp0 } from "./cpu/common";

const MSR_FS_BASE = 0xc0000100;
const MSR_KERNEL_GS_BASE = 0xc0000102;
const ARCH_SET_GS = 0x1001;
const ARCH_SET_FS = 0x1002;
const ARCH_GET_FS = 0x1003;
const ARCH_GET_GS = 0x1004;

/** On next's stack already; interrupts off. Returns prev, for the code that next had been switched away in. */
export function __switch_to(prev: task_struct, next: task_struct): task_struct {
  const top = next.stack + THREAD_SIZE;
  load_sp0(top);
  this_cpu_write(cpu_current_top_of_stack, top);
  this_cpu_write(current_task, next);
  if (prev.thread.fsbase !== next.thread.fsbase) wrmsr(MSR_FS_BASE, next.thread.fsbase);
  if (prev.thread.gsbase !== next.thread.gsbase) wrmsr(MSR_KERNEL_GS_BASE, next.thread.gsbase);
  return prev;
}
notrace(__switch_to);

/** After exec: the registers with which the new program begins. */
export function start_thread(regs: pt_regs, ip: u64, sp: u64): void {
  const t = get_current();
  t.thread.fsbase = 0;
  t.thread.gsbase = 0;
  wrmsr(MSR_FS_BASE, 0);
  wrmsr(MSR_KERNEL_GS_BASE, 0);
  regs.r15 = 0;
  regs.r14 = 0;
  regs.r13 = 0;
  regs.r12 = 0;
  regs.bp = 0;
  regs.bx = 0;
  regs.r11 = 0;
  regs.r10 = 0;
  regs.r9 = 0;
  regs.r8 = 0;
  regs.ax = 0;
  regs.cx = 0;
  regs.dx = 0;
  regs.si = 0;
  regs.di = 0;
  regs.orig_ax = 0xffffffffffffffff;
  regs.ip = ip;
  regs.sp = sp;
  regs.cs = __USER_CS;
  regs.ss = __USER_DS;
  regs.flags = X86_EFLAGS_IF;
}

export function __x64_sys_arch_prctl(regs: pt_regs): s64 {
  const t = get_current();
  const address = regs.si;
  switch (u32(regs.di)) {
    case ARCH_SET_FS:
      if (address >= TASK_SIZE) return -EPERM;
      t.thread.fsbase = address;
      wrmsr(MSR_FS_BASE, address);
      return 0;
    case ARCH_SET_GS:
      if (address >= TASK_SIZE) return -EPERM;
      t.thread.gsbase = address;
      wrmsr(MSR_KERNEL_GS_BASE, address);
      return 0;
    case ARCH_GET_FS:
      return s64(put_user_u64(t.thread.fsbase, at<ptr>(address)));
    case ARCH_GET_GS:
      return s64(put_user_u64(t.thread.gsbase, at<ptr>(address)));
  }
  return -EINVAL;
}
