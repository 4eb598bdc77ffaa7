// Which CPUs there are and run.

import type { rw_semaphore } from "linux/rwsem";
import { down_read, up_read } from "./locking/rwsem";

const MACHINE_CPUID_LEAF = 0x40000101;

/** Bit n: CPU n runs. */
export let cpu_online_mask: u64 = 1;
export let nr_cpu_ids: u32 = 1;
let cpu_hotplug_lock: embed<rw_semaphore>;

export function cpu_online(cpu: int): bool {
  return ((cpu_online_mask >> cpu) & 1) !== 0;
}

export function num_online_cpus(): u32 {
  return u32(popcount64(cpu_online_mask));
}

export function num_possible_cpus(): u32 {
  return nr_cpu_ids;
}

export function cpus_read_lock(): void {
  down_read(cpu_hotplug_lock);
}

export function cpus_read_unlock(): void {
  up_read(cpu_hotplug_lock);
}

/** CPUs that the machine has: the others than the boot CPU stay parked so far. */
export function machine_cpu_count(): u32 {
  let regs: array<u32, 4>;
  cpuid(MACHINE_CPUID_LEAF, 0, regs);
  return regs[0];
}
