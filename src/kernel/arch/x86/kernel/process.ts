// Tasks as the architecture sees them: registers at the stack's top, birth, idle.

import type { inactive_task_frame } from "asm/processor";
import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { kallsyms_lookup_size_offset } from "linux/kallsyms";
import type { task_struct } from "linux/sched";
import { CLONE_SETTLS } from "linux/sched";
import { THREAD_SIZE } from "linux/thread_info";
import { memset } from "../../../lib/string";
import { syscall_exit_to_user_mode } from "../entry/common";
import { ret_from_fork } from "../entry/entry_64";

export { schedule_tail } from "../../../kernel/sched/core";

export function task_pt_regs(t: task_struct): pt_regs {
  return at<pt_regs>(t.stack + THREAD_SIZE - sizeof<pt_regs>());
}

export function current_pt_regs(): pt_regs {
  return task_pt_regs(get_current());
}

/** Gives the child its registers and the frame by which the first switch to it ends in ret_from_fork. fn: a kernel thread's function. */
export function copy_thread(p: task_struct, clone_flags: u64, sp: u64, fn_: u64, arg: u64, tls: u64): int {
  const regs = task_pt_regs(p);
  const frame = at<inactive_task_frame>(u64(regs) - sizeof<inactive_task_frame>());
  memset(frame, 0, sizeof<inactive_task_frame>());
  frame.bp = u64(regs) + 1;
  frame.ret_addr = u64(ret_from_fork);
  p.thread.sp = u64(frame);
  if (fn_ !== 0) {
    memset(regs, 0, sizeof<pt_regs>());
    frame.bx = fn_;
    frame.r12 = arg;
    p.thread.fsbase = 0;
    p.thread.gsbase = 0;
    return 0;
  }
  copy(regs, current_pt_regs());
  regs.ax = 0;
  if (sp !== 0) regs.sp = sp;
  const parent = get_current();
  p.thread.fsbase = parent.thread.fsbase;
  p.thread.gsbase = parent.thread.gsbase;
  if ((clone_flags & CLONE_SETTLS) !== 0) p.thread.fsbase = tls;
  return 0;
}

/** The child's way to user mode. */
export function ret_from_fork_c(regs: pt_regs): void {
  syscall_exit_to_user_mode(regs);
}

/** Sleeps until an interrupt; returns with interrupts on. */
function native_safe_halt(): void {
  sti_hlt();
}
notrace(native_safe_halt);

export function arch_cpu_idle(): void {
  native_safe_halt();
}

/** Does the address lie where an idle CPU stands? */
export function cpu_in_idle(ip: u64): bool {
  let size: u64 = 0;
  let offset: u64 = 0;
  return kallsyms_lookup_size_offset(ip, addr(size), addr(offset)) && ip - offset === u64(native_safe_halt);
}
notrace(ret_from_fork_c);
notrace(task_pt_regs);
notrace(current_pt_regs);
