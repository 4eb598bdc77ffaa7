// Backtraces of other CPUs, also of one that has its interrupts off: each prints its own in the handler of a non-maskable interrupt.

import type { pt_regs } from "asm/ptrace";
import { user_mode } from "asm/ptrace";
import { preempt_disable, preempt_enable } from "linux/preempt";
import { smp_processor_id } from "linux/smp";
import { apic_send_nmi } from "../arch/x86/kernel/apic/apic";
import { show_regs } from "../arch/x86/kernel/dumpstack";
import { cpu_in_idle } from "../arch/x86/kernel/process";
import { mdelay } from "../arch/x86/lib/delay";
import { cpu_online_mask } from "../kernel/cpu";
import { touch_softlockup_watchdog } from "../kernel/watchdog";
import { dump_stack } from "./dump_stack";
import { scnprintf } from "./vsprintf";

const NR_CPUS = 8;
const WAIT_MS = 10000;

/** Bit 0: a request is under way. */
let backtrace_flag: u64 = 0;
/** CPUs that have not printed yet. */
let backtrace_mask: u64 = 0;

/** "0-2,5" */
function print_cpu_list(buf: u8[], size: u64, mask: u64): void {
  let n: u64 = 0;
  buf[0] = 0;
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    if (((mask >> cpu) & 1) === 0) continue;
    const first = cpu;
    while (cpu + 1 < NR_CPUS && ((mask >> (cpu + 1)) & 1) !== 0) cpu++;
    const comma: cstr = n === 0 ? "" : ",";
    if (cpu > first) n += u64(scnprintf(add(buf, n), size - n, "%s%d-%d", comma, first, cpu));
    else n += u64(scnprintf(add(buf, n), size - n, "%s%d", comma, first));
  }
}

/** This CPU's part, if it is asked. regs: what the NMI has interrupted, or null. */
export function nmi_cpu_backtrace(regs: pt_regs): bool {
  const cpu = smp_processor_id();
  const bit = u64(1) << cpu;
  if ((READ_ONCE(backtrace_mask) & bit) === 0) return false;
  if (regs !== null && !user_mode(regs) && cpu_in_idle(regs.ip)) {
    pr_warn("NMI backtrace for cpu %d skipped: idling at %pS\n", cpu, at<ptr>(regs.ip));
  } else {
    pr_warn("NMI backtrace for cpu %d\n", cpu);
    if (regs !== null) show_regs(regs);
    else dump_stack();
  }
  lock_and(addr(backtrace_mask), ~bit);
  return true;
}

export function nmi_trigger_cpumask_backtrace(mask: u64, exclude_self: bool): void {
  preempt_disable();
  const cpu = smp_processor_id();
  const self = u64(1) << cpu;
  // Somebody else is at it: two would print into each other.
  if (!test_and_set_bit(0, addr(backtrace_flag))) {
    WRITE_ONCE(backtrace_mask, exclude_self ? mask & ~self : mask);
    nmi_cpu_backtrace(null);
    const others = READ_ONCE(backtrace_mask) & ~self;
    if (others !== 0) {
      let list: array<u8, 32>;
      print_cpu_list(list, 32, others);
      pr_info("Sending NMI from CPU %d to CPUs %s:\n", cpu, list);
      for (let n: int = 0; n < NR_CPUS; n++) if (((others >> n) & 1) !== 0) apic_send_nmi(n);
    }
    for (let ms: int = 0; ms < WAIT_MS && READ_ONCE(backtrace_mask) !== 0; ms++) {
      mdelay(1);
      touch_softlockup_watchdog();
    }
    test_and_clear_bit(0, addr(backtrace_flag));
  }
  preempt_enable();
}

export function trigger_all_cpu_backtrace(): void {
  nmi_trigger_cpumask_backtrace(READ_ONCE(cpu_online_mask), false);
}
inline(trigger_all_cpu_backtrace);

export function trigger_allbutself_cpu_backtrace(): void {
  nmi_trigger_cpumask_backtrace(READ_ONCE(cpu_online_mask), true);
}
inline(trigger_allbutself_cpu_backtrace);
