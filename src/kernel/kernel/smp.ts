// Functions on other CPUs. Each online CPU has one slot for a request; its interrupt runs it.

import { preempt_disable, preempt_enable } from "linux/preempt";
import { NR_CPUS, smp_processor_id } from "linux/smp";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock, spin_unlock } from "linux/spinlock";
import { apic_send_call_function } from "../arch/x86/kernel/apic/apic";
import { cpu_online } from "./cpu";

interface call_slot extends struct<"call_slot"> {
  func?: (info: ptr) => void;
  info?: ptr;
  /** 1 from the request until the function has returned. */
  pending?: u32;
}

let slots: array<call_slot, 8>;
let call_lock: embed<spinlock_t>;

/** On the CPU that was asked. */
export function generic_smp_call_function_interrupt(): void {
  const s = slots[smp_processor_id()];
  if (READ_ONCE(s.pending) === 0) return;
  s.func(s.info);
  WRITE_ONCE(s.pending, u32(0));
}

function call_cpu(cpu: int, func: (info: ptr) => void, info: ptr): void {
  const s = slots[cpu];
  while (READ_ONCE(s.pending) !== 0) cpu_relax();
  s.func = func;
  s.info = info;
  WRITE_ONCE(s.pending, u32(1));
  apic_send_call_function(cpu);
}

/** On all other CPUs; always waits. */
export function smp_call_function(func: (info: ptr) => void, info: ptr, _wait: int): void {
  preempt_disable();
  const self = smp_processor_id();
  spin_lock(call_lock);
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    if (cpu !== self && cpu_online(cpu)) call_cpu(cpu, func, info);
  }
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    while (cpu !== self && READ_ONCE(slots[cpu].pending) !== 0) cpu_relax();
  }
  spin_unlock(call_lock);
  preempt_enable();
}

export function smp_call_function_single(cpu: int, func: (info: ptr) => void, info: ptr, _wait: int): int {
  preempt_disable();
  if (cpu === smp_processor_id()) {
    const flags = read_rflags();
    cli();
    func(info);
    write_rflags(flags);
  } else if (cpu_online(cpu)) {
    spin_lock(call_lock);
    call_cpu(cpu, func, info);
    while (READ_ONCE(slots[cpu].pending) !== 0) cpu_relax();
    spin_unlock(call_lock);
  }
  preempt_enable();
  return 0;
}

export function on_each_cpu(func: (info: ptr) => void, info: ptr, wait: int): void {
  preempt_disable();
  smp_call_function(func, info, wait);
  const flags = read_rflags();
  cli();
  func(info);
  write_rflags(flags);
  preempt_enable();
}

function do_nothing(_info: ptr): void {}

export function kick_all_cpus_sync(): void {
  smp_call_function(do_nothing, null, 1);
}
EXPORT_SYMBOL(on_each_cpu);
EXPORT_SYMBOL(smp_call_function);
EXPORT_SYMBOL(smp_call_function_single);
