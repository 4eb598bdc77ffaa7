// A grace period that does not end: told by the CPU that holds it up, from its tick, or by another one if that CPU has none.

import type { pt_regs } from "asm/ptrace";
import { HZ, jiffies } from "linux/jiffies";
import { per_cpu_address } from "linux/percpu";
import { smp_processor_id } from "linux/smp";
import { show_regs } from "../../arch/x86/kernel/dumpstack";
import { get_irq_regs } from "../../arch/x86/kernel/irq";
import { dump_stack } from "../../lib/dump_stack";
import { kstrtoint } from "../../lib/kstrtox";
import { nmi_trigger_cpumask_backtrace } from "../../lib/nmi_backtrace";
import { cpu_online, nr_cpu_ids, num_online_cpus } from "../cpu";
import { panic } from "../panic";
import { resched_cpu } from "../sched/core";
import { sched_show_task } from "../sched/show-state";
import { RCU_SOFTIRQ, softirq_counts } from "../softirq";
import {
  rcu_callbacks_queued,
  rcu_cpu_is_idle,
  rcu_gp_activity,
  rcu_gp_fqs,
  rcu_gp_kthread_task,
  rcu_gp_qsmask,
  rcu_gp_seq,
  rcu_gp_start,
  rcu_qs_count,
  rcu_ticks,
} from "./tree";

const pr_fmt = "rcu: ";

/** rcupdate.rcu_cpu_stall_timeout (seconds) and rcu_cpu_stall_suppress; kernel.panic_on_rcu_stall, max_rcu_stall_to_panic. */
export let rcu_cpu_stall_timeout: int = 21;
export let rcu_cpu_stall_suppress: int = 0;
export let sysctl_panic_on_rcu_stall: int = 0;
export let sysctl_max_rcu_stall_to_panic: int = 0;

/** Jiffies for which the CPU itself has the word. */
const RCU_STALL_RAT_DELAY = 2;
const MIN_TIMEOUT = 3;
const MAX_TIMEOUT = 300;
/** Linux's depth of interrupts in a CPU that is not idle. */
const DYNTICK_IRQ_NONIDLE = 0x4000000000000000;

/** When this grace period has been under way for too long. */
let jiffies_stall: u64 = 0;
/** Taken by whoever reports. */
let reporting: u32 = 0;
let stalls: int = 0;
/** Of each CPU when the grace period began. */
let ticks_snap: array<u64, 8>;
let softirq_snap: array<u32, 8>;

function stall_jiffies(): u64 {
  if (rcu_cpu_stall_timeout < MIN_TIMEOUT) rcu_cpu_stall_timeout = MIN_TIMEOUT;
  else if (rcu_cpu_stall_timeout > MAX_TIMEOUT) rcu_cpu_stall_timeout = MAX_TIMEOUT;
  return u64(rcu_cpu_stall_timeout) * HZ;
}

function ticks_of(cpu: int): u64 {
  return at<u64[]>(per_cpu_address(u64(addr(rcu_ticks)), cpu))[0];
}

function softirqs_of(cpu: int): u32 {
  return at<u32[]>(per_cpu_address(u64(softirq_counts), cpu))[RCU_SOFTIRQ];
}

export function record_gp_stall_check_time(): void {
  jiffies_stall = jiffies + stall_jiffies();
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    ticks_snap[cpu] = ticks_of(cpu);
    softirq_snap[cpu] = softirqs_of(cpu);
  }
}

function print_cpu_stall_info(cpu: int): void {
  const idle = rcu_cpu_is_idle(cpu);
  const passed = at<u64[]>(per_cpu_address(u64(addr(rcu_qs_count)), cpu))[0];
  pr_err(
    "\t%d-%c..%c: (%lu ticks this GP) idle=%04x/%d/0x%lx softirq=%u/%u fqs=%ld%s\n",
    cpu,
    cpu_online(cpu) ? 0x2e : 0x4f,
    ticks_of(cpu) === ticks_snap[cpu] ? 0x21 : 0x2e,
    ticks_of(cpu) - ticks_snap[cpu],
    u32(passed & 0xffff),
    idle ? 0 : 1,
    idle ? u64(0) : u64(DYNTICK_IRQ_NONIDLE),
    softirq_snap[cpu],
    softirqs_of(cpu),
    rcu_gp_fqs,
    idle ? " (false positive?)" : "",
  );
}

/** The thread that waits for the CPUs has not run itself. */
function check_gp_kthread_starvation(): void {
  const t = rcu_gp_kthread_task();
  const idle = jiffies - rcu_gp_activity;
  if (t === null || idle <= 2 * HZ) return;
  const cpu = int(t.thread_info.cpu);
  pr_err(
    "rcu_preempt kthread starved for %lu jiffies! g%ld f0x0 RCU_GP_WAIT_FQS(5) ->state=0x%x ->cpu=%d\n",
    idle,
    rcu_gp_seq,
    READ_ONCE(t.__state),
    cpu,
  );
  pr_err("\tUnless rcu_preempt kthread gets sufficient CPU time, OOM is now expected behavior.\n");
  pr_err("RCU grace-period kthread stack dump:\n");
  sched_show_task(t);
  if (rcu_cpu_is_idle(cpu)) return;
  pr_err("Stack dump where RCU GP kthread last ran:\n");
  if (cpu === smp_processor_id()) dump_here();
  else nmi_trigger_cpumask_backtrace(u64(1) << cpu, false);
}

function panic_on_rcu_stall(): void {
  stalls++;
  if (stalls < sysctl_max_rcu_stall_to_panic) return;
  if (sysctl_panic_on_rcu_stall !== 0) panic("RCU Stall\n");
}

function dump_here(): void {
  const regs: pt_regs = get_irq_regs();
  if (regs !== null) show_regs(regs);
  else dump_stack();
}

function print_cpu_stall(): void {
  const cpu = smp_processor_id();
  pr_err("INFO: rcu_preempt self-detected stall on CPU\n");
  print_cpu_stall_info(cpu);
  pr_cont("\t(t=%lu jiffies g=%ld q=%lu ncpus=%d)\n", jiffies - rcu_gp_start, rcu_gp_seq, rcu_callbacks_queued(), num_online_cpus());
  check_gp_kthread_starvation();
  const others = READ_ONCE(rcu_gp_qsmask) & ~(u64(1) << cpu);
  dump_here();
  if (others !== 0) nmi_trigger_cpumask_backtrace(others, false);
  panic_on_rcu_stall();
  // A switch, if it can be had, ends it.
  resched_cpu(cpu);
}

function print_other_cpu_stall(): void {
  const mask = READ_ONCE(rcu_gp_qsmask);
  pr_err("INFO: rcu_preempt detected stalls on CPUs/tasks:\n");
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) if (((mask >> cpu) & 1) !== 0) print_cpu_stall_info(cpu);
  pr_cont(
    "\t(detected by %d, t=%lu jiffies, g=%ld, q=%lu ncpus=%d)\n",
    smp_processor_id(),
    jiffies - rcu_gp_start,
    rcu_gp_seq,
    rcu_callbacks_queued(),
    num_online_cpus(),
  );
  if (mask !== 0) nmi_trigger_cpumask_backtrace(mask, false);
  else pr_err("INFO: Stall ended before state dump start\n");
  check_gp_kthread_starvation();
  panic_on_rcu_stall();
}

/** From the tick while a grace period waits. */
export function check_cpu_stall(): void {
  const late = s64(jiffies - jiffies_stall);
  if (late < 0 || rcu_cpu_stall_suppress !== 0) return;
  const mine = ((READ_ONCE(rcu_gp_qsmask) >> smp_processor_id()) & 1) !== 0;
  if (!mine && late < RCU_STALL_RAT_DELAY) return;
  if (xchg(addr(reporting), u32(1)) !== 0) return;
  // The next report comes after three times as long; another CPU may have been first.
  if (s64(jiffies - jiffies_stall) >= 0) {
    jiffies_stall = jiffies + MAX_TIMEOUT * HZ;
    if (mine) print_cpu_stall();
    else print_other_cpu_stall();
    jiffies_stall = jiffies + 3 * stall_jiffies() + 3;
  }
  WRITE_ONCE(reporting, u32(0));
}

/** rcupdate.rcu_cpu_stall_timeout=, rcupdate.rcu_cpu_stall_suppress= */
export function rcu_cpu_stall_timeout_setup(val: u8[]): void {
  if (val !== null) kstrtoint(val, 0, addr(rcu_cpu_stall_timeout));
}

export function rcu_cpu_stall_suppress_setup(val: u8[]): void {
  if (val !== null) kstrtoint(val, 0, addr(rcu_cpu_stall_suppress));
}
