// The first part of task_struct, which entry code reads: flags and the CPU the task runs on.

import type { task_struct } from "linux/sched";
import { current_task } from "../../kernel/sched/core";

export interface thread_info extends struct<"thread_info"> {
  flags?: u64;
  syscall_work?: u64;
  status?: u32;
  cpu?: u32;
}

export const TIF_NOTIFY_RESUME = 1;
export const TIF_SIGPENDING = 2;
export const TIF_NEED_RESCHED = 3;
export const TIF_SINGLESTEP = 4;
export const TIF_PATCH_PENDING = 13;
export const TIF_NOTIFY_SIGNAL = 17;

export const _TIF_NOTIFY_RESUME = 0x2;
export const _TIF_SIGPENDING = 0x4;
export const _TIF_NEED_RESCHED = 0x8;
export const _TIF_PATCH_PENDING = 0x2000;
export const _TIF_NOTIFY_SIGNAL = 0x20000;
export const EXIT_TO_USER_MODE_WORK = 0x2200e;

export const THREAD_SIZE = 16384;
export const THREAD_SIZE_ORDER = 2;

export function test_ti_thread_flag(ti: thread_info, flag: int): bool {
  return ((READ_ONCE(ti.flags) >> flag) & 1) !== 0;
}
inline(test_ti_thread_flag);

export function this_cpu_need_resched(): bool {
  return (READ_ONCE(this_cpu_read(current_task).thread_info.flags) & _TIF_NEED_RESCHED) !== 0;
}
inline(this_cpu_need_resched);

export function test_tsk_thread_flag(t: task_struct, flag: int): bool {
  return ((READ_ONCE(t.thread_info.flags) >> flag) & 1) !== 0;
}
inline(test_tsk_thread_flag);

export function set_tsk_thread_flag(t: task_struct, flag: int): void {
  lock_or(addr(t.thread_info.flags), u64(1) << flag);
}
inline(set_tsk_thread_flag);

export function clear_tsk_thread_flag(t: task_struct, flag: int): void {
  lock_and(addr(t.thread_info.flags), ~(u64(1) << flag));
}
inline(clear_tsk_thread_flag);

export function test_and_clear_tsk_thread_flag(t: task_struct, flag: int): bool {
  return test_and_clear_bit(flag, addr(t.thread_info.flags));
}
inline(test_and_clear_tsk_thread_flag);

export function test_and_set_tsk_thread_flag(t: task_struct, flag: int): bool {
  return test_and_set_bit(flag, addr(t.thread_info.flags));
}
inline(test_and_set_tsk_thread_flag);

export function test_thread_flag(flag: int): bool {
  return test_tsk_thread_flag(this_cpu_read(current_task), flag);
}
inline(test_thread_flag);

export function set_thread_flag(flag: int): void {
  set_tsk_thread_flag(this_cpu_read(current_task), flag);
}
inline(set_thread_flag);

export function clear_thread_flag(flag: int): void {
  clear_tsk_thread_flag(this_cpu_read(current_task), flag);
}
inline(clear_thread_flag);
