// Which CPUs there are and run.

import type { rw_semaphore } from "linux/rwsem";
import { NR_CPUS } from "linux/smp";
import { down_read, up_read } from "./locking/rwsem";

const MACHINE_CPUID_LEAF = 0x40000101;

/** Bit n: CPU n runs. */
export let cpu_online_mask: u64 = 1;
/** CPUs that this boot may bring up: 0 … nr_cpu_ids − 1. */
export let nr_cpu_ids: u32 = 1;
/** CPUs that the boot brings up: maxcpus=, and one of them with nosmp. */
export let setup_max_cpus: u32 = NR_CPUS;
let cpu_hotplug_lock: embed<rw_semaphore>;

export function cpu_online(cpu: int): bool {
  return ((READ_ONCE(cpu_online_mask) >> cpu) & 1) !== 0;
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

/** CPUs that the machine has; where the leaf is unknown (another machine), the boot CPU alone. */
function machine_cpu_count(): u32 {
  let regs: array<u32, 4>;
  cpuid(MACHINE_CPUID_LEAF, 0, regs);
  return regs[0] === 0 || regs[0] > NR_CPUS ? u32(1) : regs[0];
}
init(machine_cpu_count);

export function setup_nr_cpu_ids(): void {
  nr_cpu_ids = machine_cpu_count();
}
init(setup_nr_cpu_ids);

export function limit_cpus(n: u32): void {
  setup_max_cpus = n;
}
init(limit_cpus);

export function set_cpu_online(cpu: int, online: bool): void {
  if (online) lock_or(addr(cpu_online_mask), u64(1) << cpu);
  else lock_and(addr(cpu_online_mask), ~(u64(1) << cpu));
}

/** Bits of all CPUs that may ever run. */
export function cpu_possible_mask(): u64 {
  return (u64(1) << int(nr_cpu_ids)) - 1;
}
EXPORT_SYMBOL(num_online_cpus);
