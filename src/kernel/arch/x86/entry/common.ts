// System call dispatch, and the work that is done on each return to user mode.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { ENOSYS } from "linux/errno";
import { klp_update_patch_state } from "linux/livepatch";
import { _TIF_NEED_RESCHED, _TIF_NOTIFY_SIGNAL, _TIF_PATCH_PENDING, _TIF_SIGPENDING, EXIT_TO_USER_MODE_WORK, schedule } from "linux/sched";
import { raw_syscall_events, trace_sys_enter, trace_sys_exit } from "../../../kernel/trace/trace-events-signal";
import { syscall_events_wanted } from "../../../kernel/trace/trace-syscalls";
import { arch_do_signal_or_restart } from "../kernel/signal";
import { NR_syscalls, sys_call_table } from "./syscalls/syscall_64";

/** Interrupts are off at entry and at exit; on while the work is done. */
function exit_to_user_mode_loop(regs: pt_regs, flags: u64): void {
  const task = get_current();
  let work = flags;
  while ((work & EXIT_TO_USER_MODE_WORK) !== 0) {
    sti();
    if ((work & _TIF_NEED_RESCHED) !== 0) schedule();
    if ((work & _TIF_PATCH_PENDING) !== 0) klp_update_patch_state(task);
    if ((work & (_TIF_SIGPENDING | _TIF_NOTIFY_SIGNAL)) !== 0) arch_do_signal_or_restart(regs);
    cli();
    work = READ_ONCE(task.thread_info.flags);
  }
}

function exit_to_user_mode_prepare(regs: pt_regs): void {
  const work = READ_ONCE(get_current().thread_info.flags);
  if ((work & EXIT_TO_USER_MODE_WORK) !== 0) exit_to_user_mode_loop(regs, work);
}

export function syscall_exit_to_user_mode(regs: pt_regs): void {
  cli();
  exit_to_user_mode_prepare(regs);
}

/** After an interrupt or exception from user mode. */
export function irqentry_exit_to_user_mode(regs: pt_regs): void {
  cli();
  exit_to_user_mode_prepare(regs);
}

export function do_syscall_64(regs: pt_regs, nr: int): void {
  sti();
  if (READ_ONCE(syscall_events_wanted) !== 0 || READ_ONCE(raw_syscall_events[0].active) !== 0) trace_sys_enter(regs, nr);
  if (u32(nr) < NR_syscalls) regs.ax = u64(sys_call_table[nr](regs));
  else regs.ax = u64(s64(-ENOSYS));
  if (READ_ONCE(syscall_events_wanted) !== 0 || READ_ONCE(raw_syscall_events[1].active) !== 0) trace_sys_exit(regs, nr);
  cli();
  // Most calls leave nothing to be done.
  if ((READ_ONCE(get_current().thread_info.flags) & EXIT_TO_USER_MODE_WORK) !== 0) syscall_exit_to_user_mode(regs);
}
notrace(do_syscall_64);
inline(exit_to_user_mode_loop);
notrace(exit_to_user_mode_prepare);
notrace(syscall_exit_to_user_mode);
notrace(irqentry_exit_to_user_mode);
