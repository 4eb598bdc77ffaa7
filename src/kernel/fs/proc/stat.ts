// /proc/stat: where the CPUs' time went, and counts since the boot. Times are in ticks of a hundredth of a second.

import { ktime_get_boottime, ktime_get_real_ns, NSEC_PER_SEC } from "linux/ktime";
import { per_cpu_address } from "linux/percpu";
import { proc_create_single } from "linux/proc_fs";
import { nr_context_switches, nr_running, total_forks } from "linux/sched";
import { type seq_file, seq_printf } from "linux/seq_file";
import { cpu_online, nr_cpu_ids } from "linux/smp";
import { irq_desc_table, NR_IRQS } from "../../kernel/irq/manage";
import { get_cpu_idle_time } from "../../kernel/sched/stats";
import { NR_SOFTIRQS, softirq_counts } from "../../kernel/softirq";
import { cpustat_irq, cpustat_nice, cpustat_softirq, cpustat_system, cpustat_user } from "../../kernel/time/tick";
import { arch_irq_stat_cpu, per_cpu_u64 } from "./interrupts";

const NSEC_PER_TICK = 10000000;

interface cpu_times extends struct<"cpu_times"> {
  user?: u64;
  nice?: u64;
  system?: u64;
  idle?: u64;
  irq?: u64;
  softirq?: u64;
}

/** Adds up what the CPU has done: by the tasks that ticks have met, but for idle, which is measured. */
function add_cpu(times: cpu_times, cpu: int): void {
  const user = per_cpu_u64(addr(cpustat_user), cpu);
  const nice = per_cpu_u64(addr(cpustat_nice), cpu);
  const system = per_cpu_u64(addr(cpustat_system), cpu);
  const irq = per_cpu_u64(addr(cpustat_irq), cpu);
  const softirq = per_cpu_u64(addr(cpustat_softirq), cpu);
  times.user += user;
  times.nice += nice;
  times.system += system;
  times.irq += irq;
  times.softirq += softirq;
  times.idle += get_cpu_idle_time(cpu);
}

function show_times(m: seq_file, t: cpu_times): void {
  seq_printf(m, " %lu %lu %lu %lu 0", t.user / NSEC_PER_TICK, t.nice / NSEC_PER_TICK, t.system / NSEC_PER_TICK, t.idle / NSEC_PER_TICK);
  seq_printf(m, " %lu %lu 0 0 0\n", t.irq / NSEC_PER_TICK, t.softirq / NSEC_PER_TICK);
}

/** Of one line on all CPUs. */
function kstat_irqs(irq: int): u64 {
  let n: u64 = 0;
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) n += irq_desc_table[irq].counts[cpu];
  return n;
}

function show_softirqs(m: seq_file): void {
  let total: u64 = 0;
  let sums: array<u64, 10>;
  for (let i: int = 0; i < NR_SOFTIRQS; i++) {
    sums[i] = 0;
    for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) sums[i] += at<u32[]>(per_cpu_address(u64(softirq_counts), cpu))[i];
    total += sums[i];
  }
  seq_printf(m, "softirq %lu", total);
  for (let i: int = 0; i < NR_SOFTIRQS; i++) seq_printf(m, " %lu", sums[i]);
  seq_printf(m, "\n");
}

function show_stat(m: seq_file, v: ptr): int {
  const all: cpu_times = {};
  let irqs: u64 = 0;
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    if (cpu_online(cpu)) add_cpu(all, cpu);
    irqs += arch_irq_stat_cpu(cpu);
  }
  seq_printf(m, "cpu ");
  show_times(m, all);
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    if (!cpu_online(cpu)) continue;
    const one: cpu_times = {};
    add_cpu(one, cpu);
    seq_printf(m, "cpu%d", cpu);
    show_times(m, one);
  }
  for (let i: int = 0; i < NR_IRQS; i++) irqs += kstat_irqs(i);
  seq_printf(m, "intr %lu", irqs);
  for (let i: int = 0; i < NR_IRQS; i++) seq_printf(m, " %lu", kstat_irqs(i));
  const boot: u64 = (ktime_get_real_ns() - u64(ktime_get_boottime())) / NSEC_PER_SEC;
  seq_printf(
    m,
    "\nctxt %lu\nbtime %lu\nprocesses %lu\nprocs_running %u\nprocs_blocked 0\n",
    nr_context_switches(),
    boot,
    total_forks,
    nr_running(),
  );
  show_softirqs(m);
  return 0;
}

export function proc_stat_init(): void {
  proc_create_single("stat", 0, null, show_stat);
}
init(proc_stat_init);
