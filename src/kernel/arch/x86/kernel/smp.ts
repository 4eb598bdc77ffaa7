// The end of the other CPUs: each is told by an interrupt to halt for good.

import type { pt_regs } from "asm/ptrace";
import { udelay } from "linux/delay";
import { smp_processor_id } from "linux/smp";
import { cpu_online_mask, set_cpu_online } from "../../../kernel/cpu";
import { apic_eoi, apic_send_stop } from "./apic/apic";

const STOP_TIMEOUT_US = 1000000;

/** On the CPU that is told. */
export function sysvec_reboot(_regs: pt_regs): never {
  apic_eoi();
  cli();
  set_cpu_online(smp_processor_id(), false);
  for (;;) hlt();
}

/** Waits a second for CPUs that have interrupts off; those that never come are left as they are. */
export function smp_send_stop(): void {
  const self = u64(1) << smp_processor_id();
  const others = READ_ONCE(cpu_online_mask) & ~self;
  for (let cpu: int = 0; cpu < 8; cpu++) if (((others >> cpu) & 1) !== 0) apic_send_stop(cpu);
  for (let us: int = 0; us < STOP_TIMEOUT_US && (READ_ONCE(cpu_online_mask) & ~self) !== 0; us++) udelay(1);
}
