// Where each CPU's copies of the per-CPU variables lie. CPU 0 uses the linked section itself.

import { per_cpu_address } from "linux/percpu";
import { NR_CPUS } from "linux/smp";
import { nr_cpu_ids, setup_nr_cpu_ids } from "../../../kernel/cpu";
import { memcpy } from "../../../lib/string";
import { __get_free_pages } from "../../../mm/page_alloc";

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

/** Each further CPU's copies, as the variables are now: nothing but the boot CPU's own state has been put into them yet. */
export function setup_per_cpu_areas(): void {
  setup_nr_cpu_ids();
  let order: u32 = 0;
  while (u64(4096) << order < per_cpu_size()) order++;
  for (let cpu: int = 1; cpu < int(nr_cpu_ids); cpu++) {
    const area = __get_free_pages(0, order);
    memcpy(at<ptr>(area), at<ptr>(u64(__per_cpu_start)), per_cpu_size());
    const offset = area - u64(__per_cpu_start);
    __per_cpu_offset[cpu] = offset;
    at<u64[]>(per_cpu_address(u64(addr(this_cpu_off)), cpu))[0] = offset;
    at<int[]>(per_cpu_address(u64(addr(cpu_number)), cpu))[0] = cpu;
  }
  pr_info("setup_percpu: NR_CPUS:%d nr_cpumask_bits:%d nr_cpu_ids:%u nr_node_ids:1\n", NR_CPUS, NR_CPUS, nr_cpu_ids);
}
init(setup_per_cpu_areas);
EXPORT_SYMBOL(cpu_number);
EXPORT_SYMBOL(__per_cpu_offset);
