// /proc/sleeper: a read sleeps in sleeper_wait() for `secs` seconds (interruptible); thread=1 adds a kthread that sleeps in sleeper_kwait().

import { msleep_interruptible } from "linux/delay";
import { HZ } from "linux/jiffies";
import { kthread_run, kthread_should_stop, kthread_stop } from "linux/kthread";
import { proc_create_single, remove_proc_entry } from "linux/proc_fs";
import { __set_current_state, schedule_timeout, TASK_IDLE, type task_struct } from "linux/sched";
import { type seq_file, seq_printf } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

let secs: int = 40;
module_param(secs, "int", 0o644);
let thread: int = 0;
module_param(thread, "int", 0o444);
let task: task_struct = null;

function sleeper_wait(s: int): int {
  for (let i: int = 0; i < s * 10; i++) {
    if (msleep_interruptible(100) !== u64(0)) return 1;
  }
  return 0;
}
noinline(sleeper_wait);

function sleeper_kwait(s: int): int {
  for (let i: int = 0; i < s * 10 && !kthread_should_stop(); i++) {
    __set_current_state(TASK_IDLE);
    schedule_timeout(HZ / 10);
  }
  return 0;
}
noinline(sleeper_kwait);

function sleeper_show(m: seq_file, _v: ptr): int {
  const interrupted = sleeper_wait(secs);
  seq_printf(m, "sleeper: original, %s\n", interrupted ? "interrupted" : "slept");
  return 0;
}
noinline(sleeper_show);

function sleeper_thread(_data: ptr): int {
  while (!kthread_should_stop()) sleeper_kwait(secs);
  return 0;
}

function sleeper_init(): int {
  proc_create_single("sleeper", 0o444, null, sleeper_show);
  if (thread) task = kthread_run(sleeper_thread, null, "sleeper_kthread");
  return 0;
}
init(sleeper_init);

function sleeper_exit(): void {
  if (task !== null) kthread_stop(task);
  remove_proc_entry("sleeper", null);
}
exit(sleeper_exit);

module_init(sleeper_init);
module_exit(sleeper_exit);
MODULE_LICENSE("GPL");
