// ksoftirqd/N: serves the softirqs of its CPU that came back again and again, or were raised in process context.

import { per_cpu_address } from "linux/percpu";
import { __set_current_state, set_current_state, TASK_INTERRUPTIBLE, TASK_RUNNING, type task_struct } from "linux/sched";
import { nr_cpu_ids } from "./cpu";
import { kthread_create_on_cpu } from "./kthread";
import { cond_resched, schedule, wake_up_process } from "./sched/core";
import { handle_softirqs, softirq_pending } from "./softirq";

/** This CPU's; null before there are threads. */
let ksoftirqd: task_struct = null;
percpu(ksoftirqd);

/** Interrupts or preemption are off. */
export function wakeup_softirqd(): void {
  const t = this_cpu_read(ksoftirqd);
  if (t !== null) wake_up_process(t);
}

function run_ksoftirqd(_arg: ptr): int {
  for (;;) {
    set_current_state(TASK_INTERRUPTIBLE);
    if (this_cpu_read(softirq_pending) === 0) schedule();
    __set_current_state(TASK_RUNNING);
    cli();
    // It is on a stack of its own already, and a task: the interrupt stack stays free for what interrupts it.
    if (this_cpu_read(softirq_pending) !== 0) handle_softirqs();
    sti();
    cond_resched();
  }
}

export function spawn_ksoftirqd(): void {
  for (let cpu: u32 = 0; cpu < nr_cpu_ids; cpu++) {
    const t = kthread_create_on_cpu(run_ksoftirqd, null, cpu, "ksoftirqd/%u");
    at<u64[]>(per_cpu_address(u64(addr(ksoftirqd)), int(cpu)))[0] = u64(t);
    wake_up_process(t);
  }
}
init(spawn_ksoftirqd);
