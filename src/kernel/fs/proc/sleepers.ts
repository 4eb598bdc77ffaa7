// Where a task sleeps: its stack without the scheduler's own functions, for /proc/<pid>/stack and wchan. Linux tells them by the section
// .sched.text; here they are told by name.
import { get_current } from "linux/current";
import { kallsyms_lookup } from "linux/kallsyms";
import type { task_struct } from "linux/sched";
import { stack_trace_save_tsk } from "linux/stacktrace";
import { strcmp } from "linux/string";
import { core_kernel_text } from "../../kernel/extable";

const sched_functions: array<cstr, 26> = [
  "context_switch",
  "__schedule",
  "schedule",
  "schedule_preempt_disabled",
  "preempt_schedule",
  "preempt_schedule_irq",
  "io_schedule",
  "io_schedule_timeout",
  "schedule_timeout",
  "schedule_timeout_interruptible",
  "schedule_timeout_uninterruptible",
  "schedule_timeout_killable",
  "schedule_hrtimeout",
  "do_nanosleep",
  "wait_common",
  "wait_for_completion",
  "wait_for_completion_interruptible",
  "wait_for_completion_timeout",
  "lock_slow",
  "down_common",
  // Macros in Linux: whoever waits has the loop itself.
  "wait_event",
  "wait_event_interruptible",
  "wait_event_killable",
  "wait_event_timeout",
  "wait_event_interruptible_timeout",
  "wait_for_record",
];

function in_sched_functions(address: u64): bool {
  if (!core_kernel_text(address)) return false;
  const name = kallsyms_lookup(address, null, null, null);
  for (let i = 0; i < 26; i++) if (strcmp(name, sched_functions[i]) === 0) return true;
  return false;
}

/** At most `size` return addresses, innermost first; how many. */
export function sleep_stack(task: task_struct, store: u64[], size: u32): u32 {
  // The caller's own frame and this one are not its sleep.
  const n = stack_trace_save_tsk(task, store, size, task === get_current() ? 1 : 0);
  let kept: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (in_sched_functions(store[i])) continue;
    store[kept] = store[i];
    kept += 1;
  }
  return kept;
}

/** The function that put the task to sleep; 0 if it does not sleep. */
export function get_wchan(task: task_struct): u64 {
  let store: array<u64, 16>;
  return sleep_stack(task, store, 16) === 0 ? u64(0) : store[0];
}
