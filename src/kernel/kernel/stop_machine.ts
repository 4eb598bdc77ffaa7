// stop_machine: a function runs while no other CPU does anything. With one CPU online that is: with interrupts off and without preemption.
// Further CPUs will each run a stopper at the highest priority that takes part in the same steps.

import { local_irq_restore, local_irq_save } from "linux/irqflags";
import { preempt_disable, preempt_enable } from "linux/preempt";
import { cpus_read_lock, cpus_read_unlock, num_online_cpus, on_each_cpu, smp_processor_id } from "linux/smp";

const MULTI_STOP_PREPARE = 1; // every CPU has arrived
const MULTI_STOP_DISABLE_IRQ = 2;
const MULTI_STOP_RUN = 3;
const MULTI_STOP_EXIT = 4;

/** What the CPUs that take part agree on. */
interface multi_stop_data extends struct<"multi_stop_data"> {
  fn?: (arg: ptr) => int;
  data?: ptr;
  num_threads?: int;
  active_cpu?: int;
  state?: int;
  /** CPUs that have yet to acknowledge the present state. */
  thread_ack?: int;
  ret?: int;
}

function set_state(msdata: multi_stop_data, state: int): void {
  msdata.thread_ack = msdata.num_threads;
  barrier();
  WRITE_ONCE(msdata.state, state);
}

function ack_state(msdata: multi_stop_data): void {
  if (lock_dec_and_test(addr(msdata.thread_ack))) set_state(msdata, msdata.state + 1);
}

/** Each CPU's part: goes through the states together with the others; one of them calls the function. */
function multi_cpu_stop(data: ptr): void {
  const msdata = data as multi_stop_data;
  const is_active = smp_processor_id() === msdata.active_cpu;
  let curstate: int = 0;
  const flags = local_irq_save();
  do {
    cpu_relax();
    const state = READ_ONCE(msdata.state);
    if (state !== curstate) {
      curstate = state;
      if (curstate === MULTI_STOP_RUN && is_active) msdata.ret = msdata.fn(msdata.data);
      ack_state(msdata);
    }
  } while (curstate !== MULTI_STOP_EXIT);
  local_irq_restore(flags);
}
notrace(multi_cpu_stop);

export function stop_machine_cpuslocked(fn: (arg: ptr) => int, data: ptr, _cpus: ptr): int {
  preempt_disable();
  const msdata: multi_stop_data = { fn, data, num_threads: int(num_online_cpus()), active_cpu: smp_processor_id() };
  set_state(msdata, MULTI_STOP_PREPARE);
  on_each_cpu(multi_cpu_stop, msdata, 1);
  preempt_enable();
  return msdata.ret;
}
EXPORT_SYMBOL_GPL(stop_machine_cpuslocked);

/** cpus null: the function runs on this CPU, the others spin. */
export function stop_machine(fn: (arg: ptr) => int, data: ptr, cpus: ptr): int {
  cpus_read_lock();
  const ret = stop_machine_cpuslocked(fn, data, cpus);
  cpus_read_unlock();
  return ret;
}
EXPORT_SYMBOL_GPL(stop_machine);
