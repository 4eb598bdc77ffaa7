// Tasklets: functions that run as softirqs on the CPU that scheduled them, each on one CPU at a time and once however often it was scheduled.

import { TASKLET_STATE_RUN, TASKLET_STATE_SCHED, type tasklet_struct } from "linux/interrupt";
import { local_irq_restore, local_irq_save } from "linux/irqflags";
import { type module, within_module } from "linux/module";
import { per_cpu_address } from "linux/percpu";
import { nr_cpu_ids } from "./cpu";
import { __raise_softirq_irqoff, HI_SOFTIRQ, open_softirq, raise_softirq_irqoff, TASKLET_SOFTIRQ } from "./softirq";
import { schedule_timeout_uninterruptible } from "./time/timer";

interface tasklet_head extends struct<"tasklet_head"> {
  head?: tasklet_struct;
  tail?: tasklet_struct;
}

/** Scheduled on this CPU and not begun. Touched with interrupts off. */
let tasklet_vec: embed<tasklet_head>;
let tasklet_hi_vec: embed<tasklet_head>;
percpu(tasklet_vec);
percpu(tasklet_hi_vec);

function append(list: tasklet_head, t: tasklet_struct): void {
  t.next = null;
  if (list.head === null) list.head = t;
  else list.tail.next = t;
  list.tail = t;
}

function schedule_on(list: tasklet_head, t: tasklet_struct, nr: u32): void {
  append(list, t);
  raise_softirq_irqoff(nr);
}

export function __tasklet_schedule(t: tasklet_struct): void {
  const flags = local_irq_save();
  schedule_on(this_cpu_struct(tasklet_vec), t, TASKLET_SOFTIRQ);
  local_irq_restore(flags);
}

export function __tasklet_hi_schedule(t: tasklet_struct): void {
  const flags = local_irq_save();
  schedule_on(this_cpu_struct(tasklet_hi_vec), t, HI_SOFTIRQ);
  local_irq_restore(flags);
}

/** The tasklet's function, if it may run here now; false if it is to be tried again. */
function tasklet_run(t: tasklet_struct): bool {
  if (test_and_set_bit(TASKLET_STATE_RUN, addr(t.state))) return false;
  const disabled = READ_ONCE(t.count) !== 0;
  if (!disabled) {
    test_and_clear_bit(TASKLET_STATE_SCHED, addr(t.state));
    if (t.use_callback) t.call.callback(t);
    else t.call.func(t.data);
  }
  test_and_clear_bit(TASKLET_STATE_RUN, addr(t.state));
  return !disabled;
}
inline(tasklet_run);

function tasklet_action_common(vec: tasklet_head, nr: u32): void {
  cli();
  let list = vec.head;
  vec.head = null;
  sti();
  while (list !== null) {
    const t = list;
    list = list.next;
    if (tasklet_run(t)) continue;
    cli();
    append(vec, t);
    __raise_softirq_irqoff(nr);
    sti();
  }
}

function tasklet_action(): void {
  tasklet_action_common(this_cpu_struct(tasklet_vec), TASKLET_SOFTIRQ);
}

function tasklet_hi_action(): void {
  tasklet_action_common(this_cpu_struct(tasklet_hi_vec), HI_SOFTIRQ);
}

export function tasklet_setup(t: tasklet_struct, callback: (t: tasklet_struct) => void): void {
  t.next = null;
  t.state = 0;
  t.count = 0;
  t.call.callback = callback;
  t.use_callback = true;
  t.data = 0;
}

export function tasklet_init(t: tasklet_struct, func: (data: u64) => void, data: u64): void {
  t.next = null;
  t.state = 0;
  t.count = 0;
  t.call.func = func;
  t.use_callback = false;
  t.data = data;
}

export function tasklet_unlock_wait(t: tasklet_struct): void {
  while ((READ_ONCE(t.state) & (1 << TASKLET_STATE_RUN)) !== 0) cpu_relax();
}

/** Waits until it is neither scheduled nor running. It must not schedule itself for ever. May sleep. */
export function tasklet_kill(t: tasklet_struct): void {
  while (test_and_set_bit(TASKLET_STATE_SCHED, addr(t.state))) {
    while ((READ_ONCE(t.state) & (1 << TASKLET_STATE_SCHED)) !== 0) schedule_timeout_uninterruptible(1);
  }
  tasklet_unlock_wait(t);
  test_and_clear_bit(TASKLET_STATE_SCHED, addr(t.state));
}

function list_in_module(list: tasklet_head, mod: module): u64 {
  for (let t = list.head; t !== null; t = t.next) {
    if (within_module(u64(t), mod) || within_module(u64(t.call.callback), mod)) return u64(t.call.callback);
  }
  return 0;
}

/** For unload, while all CPUs stand still: the function of a scheduled tasklet that lies in the module, with its function or itself; 0 if none. */
export function tasklet_in_module(mod: module): u64 {
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    const func = list_in_module(at<tasklet_head>(per_cpu_address(u64(tasklet_hi_vec), cpu)), mod);
    if (func !== 0) return func;
    const other = list_in_module(at<tasklet_head>(per_cpu_address(u64(tasklet_vec), cpu)), mod);
    if (other !== 0) return other;
  }
  return 0;
}

export function softirq_init(): void {
  open_softirq(TASKLET_SOFTIRQ, tasklet_action);
  open_softirq(HI_SOFTIRQ, tasklet_hi_action);
}
init(softirq_init);
EXPORT_SYMBOL(__tasklet_schedule);
EXPORT_SYMBOL(__tasklet_hi_schedule);
EXPORT_SYMBOL(tasklet_setup);
EXPORT_SYMBOL(tasklet_init);
EXPORT_SYMBOL(tasklet_unlock_wait);
EXPORT_SYMBOL(tasklet_kill);
