// Processors: this one's number, which there are, and functions on the others.

import { cpu_number } from "../../arch/x86/kernel/setup_percpu";

export const NR_CPUS = 8;

export function smp_processor_id(): int {
  return this_cpu_read(cpu_number);
}
inline(smp_processor_id);

export function raw_smp_processor_id(): int {
  return this_cpu_read(cpu_number);
}
inline(raw_smp_processor_id);

export {
  cpu_online,
  cpu_possible_mask,
  cpus_read_lock,
  cpus_read_unlock,
  nr_cpu_ids,
  num_online_cpus,
  num_possible_cpus,
} from "../../kernel/cpu";
export {
  kick_all_cpus_sync,
  on_each_cpu,
  on_each_cpu_mask,
  smp_call_function,
  smp_call_function_many,
  smp_call_function_single,
} from "../../kernel/smp";
