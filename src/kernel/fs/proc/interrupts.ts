// /proc/interrupts and /proc/softirqs: how often each has been served, by CPU.

import { per_cpu_address } from "linux/percpu";
import { proc_create_single } from "linux/proc_fs";
import { type seq_file, seq_printf, seq_puts } from "linux/seq_file";
import { cpu_online, nr_cpu_ids } from "linux/smp";
import {
  apic_timer_irqs,
  irq_call_count,
  irq_err_count,
  irq_nmi_count,
  irq_resched_count,
  irq_spurious_count,
  irq_tlb_count,
} from "../../arch/x86/kernel/irq";
import { irq_desc_table, NR_IRQS } from "../../kernel/irq/manage";
import { NR_SOFTIRQS, softirq_counts } from "../../kernel/softirq";

export function per_cpu_u64(variable: u64[], cpu: int): u64 {
  return at<u64[]>(per_cpu_address(u64(variable), cpu))[0];
}

/** All that the CPU has served but lines. */
export function arch_irq_stat_cpu(cpu: int): u64 {
  return (
    per_cpu_u64(addr(irq_nmi_count), cpu) +
    per_cpu_u64(addr(apic_timer_irqs), cpu) +
    per_cpu_u64(addr(irq_spurious_count), cpu) +
    per_cpu_u64(addr(irq_resched_count), cpu) +
    per_cpu_u64(addr(irq_call_count), cpu)
  );
}

/** One line of what is counted per CPU. */
function show_arch_irq(m: seq_file, name: cstr, counter: u64[], text: cstr): void {
  seq_printf(m, "%3s: ", name);
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    if (cpu_online(cpu)) seq_printf(m, "%10lu ", per_cpu_u64(counter, cpu));
  }
  seq_printf(m, "  %s\n", text);
}

function show_interrupts(m: seq_file, v: ptr): int {
  seq_puts(m, "           ");
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    if (cpu_online(cpu)) seq_printf(m, "CPU%-8d", cpu);
  }
  seq_puts(m, "\n");
  for (let i: int = 0; i < NR_IRQS; i++) {
    const d = irq_desc_table[i];
    if (d.action === null) continue;
    seq_printf(m, "%3d: ", i);
    for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
      if (cpu_online(cpu)) seq_printf(m, "%10u ", d.counts[cpu]);
    }
    seq_printf(m, "  IO-APIC  %2d-edge      %s", i, d.action.name);
    for (let a = d.action.next; a !== null; a = a.next) seq_printf(m, ", %s", a.name);
    seq_puts(m, "\n");
  }
  show_arch_irq(m, "NMI", addr(irq_nmi_count), "Non-maskable interrupts");
  show_arch_irq(m, "LOC", addr(apic_timer_irqs), "Local timer interrupts");
  show_arch_irq(m, "SPU", addr(irq_spurious_count), "Spurious interrupts");
  show_arch_irq(m, "RES", addr(irq_resched_count), "Rescheduling interrupts");
  show_arch_irq(m, "CAL", addr(irq_call_count), "Function call interrupts");
  show_arch_irq(m, "TLB", addr(irq_tlb_count), "TLB shootdowns");
  seq_printf(m, "ERR: %10u\nMIS: %10u\n", irq_err_count, u32(0));
  return 0;
}

const softirq_to_name: array<cstr, 10> = ["HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER", "RCU"];

function show_softirqs(m: seq_file, v: ptr): int {
  seq_puts(m, "                    ");
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) seq_printf(m, "CPU%-8d", cpu);
  seq_puts(m, "\n");
  for (let i: int = 0; i < NR_SOFTIRQS; i++) {
    seq_printf(m, "%12s:", softirq_to_name[i]);
    for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
      seq_printf(m, " %10u", at<u32[]>(per_cpu_address(u64(softirq_counts), cpu))[i]);
    }
    seq_puts(m, "\n");
  }
  return 0;
}

export function proc_interrupts_init(): void {
  proc_create_single("interrupts", 0, null, show_interrupts);
  proc_create_single("softirqs", 0, null, show_softirqs);
}
init(proc_interrupts_init);
