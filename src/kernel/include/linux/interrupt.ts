// Interrupt lines: device handlers by I/O APIC pin. A handler runs with interrupts off. And what it leaves for later: softirqs and tasklets.

import { __local_bh_enable_ip } from "../../kernel/softirq";
import { __tasklet_hi_schedule, __tasklet_schedule, tasklet_unlock_wait } from "../../kernel/tasklet";

export const IRQ_NONE = 0;
export const IRQ_HANDLED = 1;
export const IRQF_SHARED = 0x80;

export type irq_handler_t = (irq: int, dev_id: ptr) => int;

export interface irqaction extends struct<"irqaction"> {
  handler?: (irq: int, dev_id: ptr) => int;
  dev_id?: ptr;
  next?: irqaction;
  irq?: u32;
  flags?: u32;
  name?: cstr;
}

export const TASKLET_STATE_SCHED = 0;
export const TASKLET_STATE_RUN = 1;

interface tasklet_functions extends union<"tasklet_functions"> {
  func?: (data: u64) => void;
  callback?: (t: tasklet_struct) => void;
}

export interface tasklet_struct extends struct<"tasklet_struct"> {
  next?: tasklet_struct;
  /** Bits TASKLET_STATE_ */
  state?: u64;
  /** tasklet_disable depth. */
  count?: u32;
  /** call.callback is asked, not call.func. */
  use_callback?: bool;
  call?: embed<tasklet_functions>;
  data?: u64;
}

export function tasklet_schedule(t: tasklet_struct): void {
  if (!test_and_set_bit(TASKLET_STATE_SCHED, addr(t.state))) __tasklet_schedule(t);
}
inline(tasklet_schedule);

export function tasklet_hi_schedule(t: tasklet_struct): void {
  if (!test_and_set_bit(TASKLET_STATE_SCHED, addr(t.state))) __tasklet_hi_schedule(t);
}
inline(tasklet_hi_schedule);

/** Afterwards its function does not run until tasklet_enable. */
export function tasklet_disable(t: tasklet_struct): void {
  fetch_add(addr(t.count), u32(1));
  tasklet_unlock_wait(t);
}
inline(tasklet_disable);

export function tasklet_enable(t: tasklet_struct): void {
  fetch_add(addr(t.count), u32(0xffffffff));
}
inline(tasklet_enable);

export function local_bh_enable(): void {
  __local_bh_enable_ip();
}
inline(local_bh_enable);

export { do_softirq } from "../../arch/x86/entry/irq-stack";
export { disable_irq, enable_irq, free_irq, request_irq, synchronize_irq } from "../../kernel/irq/manage";
export { local_bh_disable, raise_softirq, raise_softirq_irqoff } from "../../kernel/softirq";
export { tasklet_init, tasklet_kill, tasklet_setup } from "../../kernel/tasklet";
