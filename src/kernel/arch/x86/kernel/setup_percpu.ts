// Where each CPU's copies of the per-CPU variables lie. CPU 0 uses the linked section itself.

import { NR_CPUS } from "linux/smp";

declare const __per_cpu_start: u8[];
declare const __per_cpu_end: u8[];

/** To be added to a variable's address: the CPU's gs base. */
export let __per_cpu_offset: array<u64, 8>;

/** This CPU's own gs base, which this_cpu_ptr() adds: read through gs. */
export let this_cpu_off: u64 = 0;
percpu(this_cpu_off);
EXPORT_SYMBOL(this_cpu_off);

export let cpu_number: int = 0;
percpu(cpu_number);

export function per_cpu_size(): u64 {
  return u64(__per_cpu_end) - u64(__per_cpu_start);
}

export function setup_per_cpu_areas(): void {
  __per_cpu_offset[0] = 0;
  pr_info("setup_percpu: NR_CPUS:%d nr_cpumask_bits:%d nr_cpu_ids:1 nr_node_ids:1\n", NR_CPUS, NR_CPUS);
}
init(setup_per_cpu_areas);
EXPORT_SYMBOL(cpu_number);
EXPORT_SYMBOL(__per_cpu_offset);
