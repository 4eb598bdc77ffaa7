// insmod contexts.ko run=FUNCTION in=CONTEXT: a function in the context that is named, once. Functions: stack prints the trace, null writes to address 0,
// recurse never ends, spin keeps the CPU for `seconds` with preemption off, irqsoff with interrupts off. Contexts: timer, tasklet, bh (a softirq that local_bh_enable lets in),
// storm (a tasklet that a timer begins and that calls for itself again, a thousand times), thread (on the last CPU), work, unbound, ordered, reclaim (a queue with a rescuer).

import { mdelay } from "linux/delay";
import { EINVAL, ENOMEM } from "linux/errno";
import { local_bh_disable, local_bh_enable, tasklet_kill, tasklet_schedule, tasklet_setup, type tasklet_struct } from "linux/interrupt";
import { local_irq_restore, local_irq_save } from "linux/irqflags";
import { jiffies } from "linux/jiffies";
import { kthread_bind, kthread_create, kthread_should_stop, kthread_stop } from "linux/kthread";
import { preempt_disable, preempt_enable } from "linux/preempt";
import { dump_stack } from "linux/printk";
import { schedule, set_current_state, TASK_INTERRUPTIBLE, TASK_RUNNING, type task_struct, wake_up_process } from "linux/sched";
import { num_online_cpus } from "linux/smp";
import { strcmp } from "linux/string";
import { del_timer_sync, mod_timer, type timer_list, timer_setup } from "linux/timer";
import {
  alloc_ordered_workqueue,
  alloc_workqueue,
  destroy_workqueue,
  INIT_WORK,
  queue_work,
  schedule_work,
  system_unbound_wq,
  WQ_MEM_RECLAIM,
  WQ_UNBOUND,
  type work_struct,
  type workqueue_struct,
} from "linux/workqueue";

let run: cstr = "stack";
let in_: cstr = "timer";
let seconds: int = 30;
module_param(run, "charp", 0);
module_param_named("in", in_, "charp", 0);
module_param(seconds, "int", 0);

let timer: embed<timer_list>;
let tasklet: embed<tasklet_struct>;
let work: embed<work_struct>;
let thread: task_struct = null;
let wq: workqueue_struct = null;
let zero: int[] = null;
let func: () => void = null;
let rounds: int = 0;
const STORM_ROUNDS = 1000;

function recurse(depth: int): int {
  let frame: array<u8, 64>;
  frame[0] = u8(depth);
  return recurse(depth + 1) + int(frame[0]);
}
noinline(recurse);

function run_recurse(): void {
  recurse(0);
}

function run_null(): void {
  zero[0] = 1;
}

function run_spin(): void {
  preempt_disable();
  for (let i: int = 0; i < seconds; i++) mdelay(1000);
  preempt_enable();
}

function run_irqsoff(): void {
  const flags = local_irq_save();
  for (let i: int = 0; i < seconds; i++) mdelay(1000);
  local_irq_restore(flags);
}

function run_stack(): void {
  dump_stack();
}

function timer_fn(_t: timer_list): void {
  func();
}

function storm_fn(t: tasklet_struct): void {
  rounds++;
  if (rounds < STORM_ROUNDS) tasklet_schedule(t);
  else func();
}

function storm_timer_fn(_t: timer_list): void {
  tasklet_schedule(tasklet);
}

function tasklet_fn(_t: tasklet_struct): void {
  func();
}

function work_fn(_w: work_struct): void {
  func();
}

function thread_fn(_arg: ptr): int {
  func();
  while (!kthread_should_stop()) {
    set_current_state(TASK_INTERRUPTIBLE);
    if (!kthread_should_stop()) schedule();
  }
  set_current_state(TASK_RUNNING);
  return 0;
}

function named(text: cstr, name: cstr): bool {
  return strcmp(text, name) === 0;
}

function start(): int {
  if (named(in_, "timer")) mod_timer(timer, jiffies + 2);
  else if (named(in_, "storm")) {
    timer_setup(timer, storm_timer_fn, 0);
    tasklet_setup(tasklet, storm_fn);
    mod_timer(timer, jiffies + 2);
  } else if (named(in_, "tasklet")) tasklet_schedule(tasklet);
  else if (named(in_, "bh")) {
    local_bh_disable();
    tasklet_schedule(tasklet);
    local_bh_enable();
  } else if (named(in_, "thread")) {
    thread = kthread_create(thread_fn, null, "contexts");
    kthread_bind(thread, num_online_cpus() - 1);
    wake_up_process(thread);
  } else if (named(in_, "work")) schedule_work(work);
  else if (named(in_, "unbound")) queue_work(system_unbound_wq, work);
  else {
    if (named(in_, "ordered")) wq = alloc_ordered_workqueue("ctx_%s", 0, "ordered");
    else if (named(in_, "reclaim")) wq = alloc_workqueue("ctx_reclaim", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
    else return -EINVAL;
    if (wq === null) return -ENOMEM;
    queue_work(wq, work);
  }
  return 0;
}

function contexts_init(): int {
  if (named(run, "stack")) func = run_stack;
  else if (named(run, "null")) func = run_null;
  else if (named(run, "recurse")) func = run_recurse;
  else if (named(run, "spin")) func = run_spin;
  else if (named(run, "irqsoff")) func = run_irqsoff;
  else return -EINVAL;
  timer_setup(timer, timer_fn, 0);
  tasklet_setup(tasklet, tasklet_fn);
  INIT_WORK(work, work_fn);
  return start();
}
init(contexts_init);

function contexts_exit(): void {
  del_timer_sync(timer);
  tasklet_kill(tasklet);
  if (thread !== null) kthread_stop(thread);
  if (wq !== null) destroy_workqueue(wq);
}
exit(contexts_exit);

module_init(contexts_init);
module_exit(contexts_exit);
MODULE_LICENSE("GPL");
