// Per-CPU variables of other CPUs. This CPU's own: this_cpu_read() and its family (kcc.d.ts).

import { __per_cpu_offset } from "../../arch/x86/kernel/setup_percpu";

export { __per_cpu_offset } from "../../arch/x86/kernel/setup_percpu";
export { alloc_percpu, free_percpu } from "../../mm/percpu";

/** Address of cpu's instance of the per-CPU variable at `address` (u64(addr(x)), or u64(x) for an embedded one). */
export function per_cpu_address(address: u64, cpu: int): u64 {
  return address + __per_cpu_offset[cpu];
}
inline(per_cpu_address);
