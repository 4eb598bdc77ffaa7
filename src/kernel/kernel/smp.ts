// Functions on other CPUs. Each pair of CPUs has one request block; the target's queue strings together what waits for it, and its
// call-function interrupt runs it. Callers have interrupts on where they wait: a CPU that waits with interrupts off serves its own queue
// meanwhile, so that two that wait for each other go on.

import { preempt_disable, preempt_enable } from "linux/preempt";
import { NR_CPUS, smp_processor_id } from "linux/smp";
import type { spinlock_t } from "linux/spinlock";
import { irqs_disabled, spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import { apic_send_call_function } from "../arch/x86/kernel/apic/apic";
import { cpu_online, cpu_online_mask } from "./cpu";

interface call_single_data extends struct<"call_single_data"> {
  next?: call_single_data;
  func?: (info: ptr) => void;
  info?: ptr;
  /** 1 from the request until the function has returned. */
  pending?: u32;
}

interface call_queue extends struct<"call_queue"> {
  lock?: embed<spinlock_t>;
  first?: call_single_data;
  last?: call_single_data;
}

/** By source × NR_CPUS + target. */
let csd_data: array<call_single_data, 64>;
let queues: array<call_queue, 8>;

/** On the CPU that was asked. */
export function generic_smp_call_function_interrupt(): void {
  const q = queues[smp_processor_id()];
  for (;;) {
    const flags = spin_lock_irqsave(q.lock);
    const csd = q.first;
    if (csd !== null) {
      q.first = csd.next;
      if (q.first === null) q.last = null;
    }
    spin_unlock_irqrestore(q.lock, flags);
    if (csd === null) return;
    csd.func(csd.info);
    barrier();
    WRITE_ONCE(csd.pending, u32(0));
  }
}

function wait_for_csd(csd: call_single_data): void {
  while (READ_ONCE(csd.pending) !== 0) {
    if (irqs_disabled()) generic_smp_call_function_interrupt();
    cpu_relax();
  }
}

/** Preemption is off: the block belongs to this CPU. */
function queue_call(cpu: int, func: (info: ptr) => void, info: ptr): void {
  const csd = csd_data[smp_processor_id() * NR_CPUS + cpu];
  const q = queues[cpu];
  // An interrupt of this CPU may take the block between the look and the request: then once more.
  do {
    wait_for_csd(csd);
  } while (cmpxchg(addr(csd.pending), u32(0), u32(1)) !== 0);
  csd.func = func;
  csd.info = info;
  csd.next = null;
  const flags = spin_lock_irqsave(q.lock);
  const first = q.first === null;
  if (first) q.first = csd;
  else q.last.next = csd;
  q.last = csd;
  spin_unlock_irqrestore(q.lock, flags);
  if (first) apic_send_call_function(cpu);
}

/** On the CPUs of the mask but this one. wait 0: returns before they are done. */
export function smp_call_function_many(mask: u64, func: (info: ptr) => void, info: ptr, wait: int): void {
  preempt_disable();
  const self = smp_processor_id();
  const others = mask & READ_ONCE(cpu_online_mask) & ~(u64(1) << self);
  if (others !== 0) {
    for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
      if (((others >> cpu) & 1) !== 0) queue_call(cpu, func, info);
    }
    for (let cpu: int = 0; wait !== 0 && cpu < NR_CPUS; cpu++) {
      if (((others >> cpu) & 1) !== 0) wait_for_csd(csd_data[self * NR_CPUS + cpu]);
    }
  }
  preempt_enable();
}

/** On all other CPUs. */
export function smp_call_function(func: (info: ptr) => void, info: ptr, wait: int): void {
  smp_call_function_many(~u64(0), func, info, wait);
}

function call_here(func: (info: ptr) => void, info: ptr): void {
  const flags = read_rflags();
  cli();
  func(info);
  write_rflags(flags);
}

export function smp_call_function_single(cpu: int, func: (info: ptr) => void, info: ptr, wait: int): int {
  preempt_disable();
  if (cpu === smp_processor_id()) call_here(func, info);
  else if (cpu_online(cpu)) smp_call_function_many(u64(1) << cpu, func, info, wait);
  preempt_enable();
  return 0;
}

export function on_each_cpu_mask(mask: u64, func: (info: ptr) => void, info: ptr, wait: int): void {
  preempt_disable();
  smp_call_function_many(mask, func, info, wait);
  if (((mask >> smp_processor_id()) & 1) !== 0) call_here(func, info);
  preempt_enable();
}

export function on_each_cpu(func: (info: ptr) => void, info: ptr, wait: int): void {
  on_each_cpu_mask(~u64(0), func, info, wait);
}

function do_nothing(_info: ptr): void {}

export function kick_all_cpus_sync(): void {
  smp_call_function(do_nothing, null, 1);
}
EXPORT_SYMBOL(on_each_cpu);
EXPORT_SYMBOL(smp_call_function);
EXPORT_SYMBOL(smp_call_function_many);
EXPORT_SYMBOL(smp_call_function_single);
