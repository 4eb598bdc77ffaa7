// Bringing up the other CPUs: each gets an idle task, its per-CPU area and, through the machine's mailbox, its first instruction.

import { __pa, __va } from "asm/page";
import { per_cpu_address } from "linux/percpu";
import type { task_struct } from "linux/sched";
import { THREAD_SIZE } from "linux/sched";
import { smp_processor_id } from "linux/smp";
import { cpu_online, nr_cpu_ids, num_online_cpus, set_cpu_online, setup_max_cpus } from "../../../kernel/cpu";
import { fork_idle } from "../../../kernel/fork";
import { current_task, init_rq } from "../../../kernel/sched/core";
import { cpu_startup_entry } from "../../../kernel/sched/idle";
import { hrtimers_prepare_cpu } from "../../../kernel/time/hrtimer";
import { tick_init } from "../../../kernel/time/tick";
import { snprintf } from "../../../lib/vsprintf";
import { swapper_pg_dir } from "../mm/init_64";
import { setup_local_apic } from "./apic/apic";
import { cpu_init, cpu_init_gdt } from "./cpu/common";
import { ap_startup_64 } from "./head_64";
import { load_idt } from "./idt";
import { sched_clock, tsc_khz } from "./tsc";

/** Physical; for CPU n at MAILBOX + 32 n: entry (written last), cr3, rsp, rdi. */
const MAILBOX = 0x1000;
const NSEC_PER_SEC = 1000000000;

/** First function of a further CPU, on its idle task's stack with interrupts off. Its frame stays the last one of that stack. */
export function start_secondary(): never {
  const idle = this_cpu_read(current_task);
  cpu_init_gdt();
  load_idt();
  cpu_init(idle.stack + THREAD_SIZE);
  setup_local_apic();
  set_cpu_online(smp_processor_id(), true);
  sti();
  tick_init();
  cpu_startup_entry();
}

/** 0, or -1 if the CPU does not answer. */
function do_boot_cpu(cpu: int, idle: task_struct): int {
  at<u64[]>(per_cpu_address(u64(addr(current_task)), cpu))[0] = u64(idle);
  const slot = at<u64[]>(__va(MAILBOX + 32 * u64(cpu)));
  slot[1] = __pa(u64(swapper_pg_dir));
  slot[2] = idle.stack + THREAD_SIZE;
  slot[3] = per_cpu_address(0, cpu);
  barrier();
  WRITE_ONCE(slot[0], u64(ap_startup_64));
  const start = sched_clock();
  while (!cpu_online(cpu)) {
    if (sched_clock() - start > NSEC_PER_SEC) return -1;
    cpu_relax();
  }
  return 0;
}
init(do_boot_cpu);

function smp_cpus_done(): void {
  // Two loops of the delay loop a tick, HZ ticks a second: as many BogoMIPS as twice the TSC's MHz.
  const bogo = u64(num_online_cpus()) * u64(tsc_khz) * 2;
  pr_info("smp: Brought up 1 node, %u CPU%s\n", num_online_cpus(), num_online_cpus() === 1 ? "" : "s");
  pr_info("smpboot: Max logical packages: 1\n");
  pr_info("smpboot: Total of %u processors activated (%lu.%02lu BogoMIPS)\n", num_online_cpus(), bogo / 1000, (bogo / 10) % 100);
}
init(smp_cpus_done);

/** In pid 1, with one CPU. */
export function smp_init(): void {
  let line: array<u8, 64>;
  let n: int = 0;
  pr_info("smp: Bringing up secondary CPUs ...\n");
  if (nr_cpu_ids > 1 && setup_max_cpus > 1) pr_info("x86: Booting SMP configuration:\n");
  line[0] = 0;
  for (let cpu: int = 1; cpu < int(nr_cpu_ids); cpu++) {
    const idle = fork_idle(cpu);
    if (idle === null) break;
    init_rq(cpu, idle);
    hrtimers_prepare_cpu(cpu);
    // One that stays down has its idle task all the same, as every possible CPU has.
    if (num_online_cpus() >= setup_max_cpus) {
      idle.on_cpu = 0;
      continue;
    }
    if (do_boot_cpu(cpu, idle) !== 0) {
      pr_err("smpboot: do_boot_cpu failed(-1) to wakeup CPU#%u\n", u32(cpu));
      continue;
    }
    n += snprintf(add(line, n), 64 - u64(n), " #%d", cpu);
  }
  if (n > 0) pr_info(".... node  #0, CPUs:     %s\n", line);
  smp_cpus_done();
}
init(smp_init);
