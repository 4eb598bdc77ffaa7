// Tasks for SysRq-T and -W and for reports of hung ones: state, numbers, what a worker does, and the stack.

import type { task_struct } from "linux/sched";
import { TASK_IDLE, task_is_running, tasklist_lock } from "linux/sched";
import { read_lock, read_unlock } from "linux/spinlock";
import { show_stack } from "../../arch/x86/kernel/dumpstack";
import { first_process_thread, next_process_thread } from "../livepatch/objects";
import { print_stop_info } from "../stop_machine";
import { touch_all_softlockup_watchdogs } from "../watchdog";
import { print_worker_info } from "../workqueue-worker";
import { task_state_to_char } from "./stats";

const KERN_INFO = "\x016";

export function sched_show_task(t: task_struct): void {
  pr_info("task:%-15.15s state:%c", t.comm, u32(task_state_to_char(t)));
  if (task_is_running(t)) pr_cont("  running task    ");
  pr_cont(" stack:%-5lu pid:%-5d ppid:%-6d flags:0x%08lx\n", u64(0), t.pid, t.real_parent.pid, t.thread_info.flags);
  print_worker_info(KERN_INFO, t);
  print_stop_info(KERN_INFO, t);
  show_stack(t, 0, KERN_INFO);
}

/** state 0: all tasks. Else those in it; TASK_IDLE is uninterruptible in name only. */
export function show_state_filter(state: u32): void {
  read_lock(tasklist_lock);
  for (let t = first_process_thread(); t !== null; t = next_process_thread(t)) {
    touch_all_softlockup_watchdogs();
    const is = READ_ONCE(t.__state);
    if (state === 0 || ((is & state) !== 0 && is !== TASK_IDLE)) sched_show_task(t);
  }
  read_unlock(tasklist_lock);
}

export function show_state(): void {
  show_state_filter(0);
}
