// Recursion protection of callbacks: one bit per context and family in the task, so that a callback that calls a traced function does not
// come back to itself. Also keeps preemption off while a callback runs.

import { get_current } from "linux/current";
import { HARDIRQ_MASK, NMI_MASK, preempt_count, preempt_disable_notrace, preempt_enable_notrace, SOFTIRQ_MASK } from "linux/preempt";

notrace_file();

/** Families: first bit of each. */
export const TRACE_FTRACE_START = 8; // within callbacks (livepatch, kprobes)
export const TRACE_LIST_START = 16; // list and assist functions

const TRACE_CTX_NMI = 0;
const TRACE_CTX_IRQ = 1;
const TRACE_CTX_SOFTIRQ = 2;
const TRACE_CTX_NORMAL = 3;
/** Once per family: an interrupt may come before the preemption counter tells that it is one. */
const TRACE_CTX_TRANSITION = 4;

function trace_get_context_bit(): int {
  const pc = preempt_count();
  if (pc & NMI_MASK) return TRACE_CTX_NMI;
  if (pc & HARDIRQ_MASK) return TRACE_CTX_IRQ;
  if (pc & SOFTIRQ_MASK) return TRACE_CTX_SOFTIRQ;
  return TRACE_CTX_NORMAL;
}

/** The bit that was taken, or -1: already running in this context. */
export function trace_test_and_set_recursion(start: int): int {
  const task = get_current();
  const val = READ_ONCE(task.trace_recursion);
  let bit = start + trace_get_context_bit();
  if ((val >> bit) & u64(1)) {
    bit = start + TRACE_CTX_TRANSITION;
    if ((val >> bit) & u64(1)) return -1;
  }
  task.trace_recursion = val | (u64(1) << bit);
  barrier();
  preempt_disable_notrace();
  return bit;
}

export function trace_clear_recursion(bit: int): void {
  preempt_enable_notrace();
  barrier();
  const task = get_current();
  task.trace_recursion &= ~(u64(1) << bit);
}

export function ftrace_test_recursion_trylock(_ip: u64, _parent_ip: u64): int {
  return trace_test_and_set_recursion(TRACE_FTRACE_START);
}

export function ftrace_test_recursion_unlock(bit: int): void {
  trace_clear_recursion(bit);
}
