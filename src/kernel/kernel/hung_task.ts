// khungtaskd: tells of tasks that have been in uninterruptible sleep, and not switched once, for hung_task_timeout_secs. Its own wake-up comes
// from the tick; an idle CPU is woken for it only while there is such a sleeper, so that a machine with nothing to do can stand still.

import { HZ, jiffies } from "linux/jiffies";
import { kthread_run } from "linux/kthread";
import {
  init_task,
  set_current_state,
  TASK_INTERRUPTIBLE,
  TASK_NOLOAD,
  TASK_UNINTERRUPTIBLE,
  TASK_WAKEKILL,
  type task_struct,
  tasklist_lock,
} from "linux/sched";
import { smp_processor_id } from "linux/smp";
import { read_lock, read_unlock } from "linux/spinlock";
import { utsname } from "linux/utsname";
import { sched_clock } from "../arch/x86/kernel/tsc";
import { trigger_all_cpu_backtrace } from "../lib/nmi_backtrace";
import { first_process_thread, next_process_thread } from "./livepatch/objects";
import { panic, print_tainted, test_taint } from "./panic";
import { console_verbose } from "./printk/printk";
import { schedule, wake_up_process } from "./sched/core";
import { sched_show_task } from "./sched/show-state";

const NEVER = 0x7fffffffffffffff;
const NSEC_PER_SEC = 1000000000;
const TAINT_DIE = 7;

/** /proc/sys/kernel/hung_task_* */
export let sysctl_hung_task_timeout_secs: u64 = 120;
export let sysctl_hung_task_check_interval_secs: u64 = 0;
export let sysctl_hung_task_check_count: int = 4194304;
export let sysctl_hung_task_warnings: int = 10;
export let sysctl_hung_task_panic: int = 0;
export let sysctl_hung_task_all_cpu_backtrace: int = 0;

let watchdog_task: task_struct = null;
/** Absolute ns of the next look; NEVER: looking is switched off. */
let next_check: u64 = NEVER;
/** The time has come: the thread is to look. */
let check_due = false;
let call_panic = false;
let show_all_bt = false;

/** Asleep so that only what it waits for can wake it, and counted as load: nobody's way of just being idle. */
function is_blocked(t: task_struct): bool {
  return (READ_ONCE(t.__state) & (TASK_UNINTERRUPTIBLE | TASK_WAKEKILL | TASK_NOLOAD)) === TASK_UNINTERRUPTIBLE;
}

function check_hung_task(t: task_struct, timeout: u64): void {
  const switch_count = t.nvcsw + t.nivcsw;
  // Just forked: it has not left its CPU yet.
  if (switch_count === 0) return;
  if (switch_count !== t.last_switch_count) {
    t.last_switch_count = switch_count;
    t.last_switch_time = jiffies;
    return;
  }
  if (jiffies < t.last_switch_time + timeout * HZ) return;
  if (sysctl_hung_task_panic !== 0) {
    console_verbose();
    call_panic = true;
  }
  if (sysctl_hung_task_warnings === 0) return;
  if (sysctl_hung_task_warnings > 0) sysctl_hung_task_warnings--;
  const uts = utsname();
  pr_err("INFO: task %s:%d blocked for more than %ld seconds.\n", t.comm, t.pid, (jiffies - t.last_switch_time) / HZ);
  pr_err("      %s %s %.2s\n", print_tainted(), uts.release, uts.version);
  pr_err('"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.\n');
  sched_show_task(t);
  if (sysctl_hung_task_all_cpu_backtrace !== 0) show_all_bt = true;
  if (sysctl_hung_task_warnings === 0) {
    pr_info("Future hung task reports are suppressed, see sysctl kernel.hung_task_warnings\n");
  }
}

function check_hung_uninterruptible_tasks(timeout: u64): void {
  // After an oops tasks wait for locks that nobody gives back: that has been told.
  if (test_taint(TAINT_DIE)) return;
  call_panic = false;
  let left = sysctl_hung_task_check_count;
  read_lock(tasklist_lock);
  for (let t = first_process_thread(); t !== null && left > 0; t = next_process_thread(t)) {
    if (is_blocked(t)) check_hung_task(t, timeout);
    left--;
  }
  read_unlock(tasklist_lock);
  if (show_all_bt) {
    show_all_bt = false;
    trigger_all_cpu_backtrace();
  }
  if (call_panic) panic("hung_task: blocked tasks");
}

function set_next_check(): void {
  const timeout = sysctl_hung_task_timeout_secs;
  let interval = sysctl_hung_task_check_interval_secs;
  if (interval === 0 || interval > timeout) interval = timeout;
  next_check = timeout === 0 ? u64(NEVER) : sched_clock() + interval * NSEC_PER_SEC;
}

function watchdog(_dummy: ptr): int {
  for (;;) {
    set_current_state(TASK_INTERRUPTIBLE);
    if (!READ_ONCE(check_due)) {
      schedule();
      continue;
    }
    set_current_state(0);
    check_due = false;
    check_hung_uninterruptible_tasks(sysctl_hung_task_timeout_secs);
    set_next_check();
  }
}

/** From a CPU's tick or first interrupt after idle. */
export function hung_task_tick(now: u64): void {
  if (now < READ_ONCE(next_check) || smp_processor_id() !== 0 || watchdog_task === null) return;
  // Once: an event that stayed in the past would let the CPU do nothing else.
  next_check = NEVER;
  check_due = true;
  wake_up_process(watchdog_task);
}

/** For CPU 0 when it goes idle: absolute ns at which it must be up again for this, or NEVER. Interrupts off. */
export function hung_task_next_event(sleep_until: u64): u64 {
  const when = READ_ONCE(next_check);
  if (when >= sleep_until) return NEVER;
  let blocked = false;
  // Idle counts as a quiet state for RCU, so that only the lock keeps the list's tasks. Its writers run with interrupts off, as we do.
  read_lock(tasklist_lock);
  for (let p = init_task.tasks.next; p !== init_task.tasks && !blocked; p = p.next)
    blocked = is_blocked(container_of<task_struct>(p, "tasks"));
  read_unlock(tasklist_lock);
  return blocked ? when : NEVER;
}

/** After a change of the settings: the time begins anew. */
export function hung_task_restart(): void {
  set_next_check();
}

export function hung_task_init(): void {
  set_next_check();
  watchdog_task = kthread_run(watchdog, null, "khungtaskd");
}
init(hung_task_init);
