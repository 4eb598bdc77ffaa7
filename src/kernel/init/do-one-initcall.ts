// Running an init function: the kernel is told when it comes back with preemption or interrupts off, and puts that right.

import { WARN } from "linux/bug";
import { irqs_disabled } from "linux/irqflags";
import { preempt_count, preempt_count_add } from "linux/preempt";
import { strlcat } from "linux/string";

export function do_one_initcall(fn: () => int): int {
  const count = preempt_count();
  const ret = fn();
  let msgbuf: array<u8, 64>;
  msgbuf[0] = 0;
  if (preempt_count() !== count) {
    strlcat(msgbuf, "preemption imbalance ", 64);
    preempt_count_add(count - preempt_count());
  }
  if (irqs_disabled()) {
    strlcat(msgbuf, "disabled interrupts ", 64);
    sti();
  }
  WARN(msgbuf[0] !== 0, "initcall %pS returned with %s\n", fn, msgbuf);
  return ret;
}
