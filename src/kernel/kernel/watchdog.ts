// The soft-lockup detector: a CPU that has not let its stopper run for twice watchdog_thresh seconds is stuck in kernel code. Linux samples
// by a high-resolution timer of its own; here the tick does it, which a busy CPU always has. An idle CPU is not stuck, and a timer that
// went off in it would keep a machine with nothing to do from standing still.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { KERN_EMERG } from "linux/kern_levels";
import { print_modules } from "linux/module";
import { LOCKDEP_STILL_OK, TAINT_SOFTLOCKUP } from "linux/panic";
import { per_cpu_address } from "linux/percpu";
import { smp_processor_id } from "linux/smp";
import { show_regs } from "../arch/x86/kernel/dumpstack";
import { sched_clock } from "../arch/x86/kernel/tsc";
import { kstrtoint } from "../lib/kstrtox";
import { trigger_allbutself_cpu_backtrace } from "../lib/nmi_backtrace";
import { cpu_online } from "./cpu";
import { add_taint, panic } from "./panic";
import { _printk } from "./printk/printk";
import { type cpu_stop_work, stop_one_cpu_nowait } from "./stop_machine";

const NSEC_PER_SEC = 1000000000;
const NR_CPUS = 8;
/** watchdog_report_ts of a CPU that was touched: its interval begins anew at the next sample. */
const SOFTLOCKUP_DELAY_REPORT = 0xffffffffffffffff;

const NMI_WATCHDOG_ENABLED = 1;
const SOFT_WATCHDOG_ENABLED = 2;

/** /proc/sys/kernel/watchdog, nmi_watchdog, soft_watchdog, watchdog_thresh (seconds), watchdog_cpumask. */
export let watchdog_user_enabled: int = 1;
export let nmi_watchdog_user_enabled: int = 0;
export let soft_watchdog_user_enabled: int = 1;
export let watchdog_thresh: int = 10;
export let watchdog_cpumask: u64 = 0xff;
export let softlockup_panic: int = 0;
export let softlockup_all_cpu_backtrace: int = 0;

let watchdog_enabled: u32 = SOFT_WATCHDOG_ENABLED;
/** ns between samples: five in the time after which a CPU counts as stuck. */
let sample_period: u64 = 4000000000;
/** When the stopper last ran here, and from when the next report's interval counts; in units of 2^30 ns. */
let watchdog_touch_ts: u64 = 0;
let watchdog_report_ts: u64 = 0;
/** Absolute ns of the next sample; 0: this CPU has none yet. */
let next_sample: u64 = 0;
let stop_pending: u32 = 0;
let softlockup_stop_work: embed<cpu_stop_work>;
percpu(watchdog_touch_ts);
percpu(watchdog_report_ts);
percpu(next_sample);
percpu(stop_pending);
percpu(softlockup_stop_work);
/** Bit 0: a CPU is having all others print. */
let soft_lockup_nmi_warn: u64 = 0;

function get_softlockup_thresh(): u64 {
  return u64(watchdog_thresh) * 2;
}

/** Not seconds but nearly: a shift is cheaper than a division, and the reports' numbers are Linux's. */
function get_timestamp(): u64 {
  return sched_clock() >> 30;
}

function update_report_ts(): void {
  this_cpu_write(watchdog_report_ts, get_timestamp());
}

function update_touch_ts(): void {
  this_cpu_write(watchdog_touch_ts, get_timestamp());
  update_report_ts();
}

/** In the stopper: the CPU schedules. */
function softlockup_fn(_arg: ptr): int {
  update_touch_ts();
  WRITE_ONCE(at<u32[]>(u64(this_cpu_ptr(stop_pending)))[0], u32(0));
  return 0;
}

/** Code that is known to keep its CPU says that it does. */
export function touch_softlockup_watchdog(): void {
  this_cpu_write(watchdog_report_ts, u64(SOFTLOCKUP_DELAY_REPORT));
}

export function touch_all_softlockup_watchdogs(): void {
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    if (cpu_online(cpu)) WRITE_ONCE(at<u64[]>(per_cpu_address(u64(addr(watchdog_report_ts)), cpu))[0], u64(SOFTLOCKUP_DELAY_REPORT));
  }
}

/** Units for which the CPU has been stuck, or 0. */
function is_softlockup(touch_ts: u64, period_ts: u64, now: u64): u32 {
  if ((watchdog_enabled & SOFT_WATCHDOG_ENABLED) === 0 || watchdog_thresh === 0) return 0;
  return now > period_ts + get_softlockup_thresh() ? u32(now - touch_ts) : u32(0);
}

function report_softlockup(duration: u32, regs: pt_regs): void {
  const t = get_current();
  if (softlockup_all_cpu_backtrace !== 0 && test_and_set_bit(0, addr(soft_lockup_nmi_warn))) return;
  update_report_ts();
  _printk(KERN_EMERG + "watchdog: BUG: soft lockup - CPU#%d stuck for %us! [%s:%d]\n", smp_processor_id(), duration, t.comm, t.pid);
  print_modules();
  show_regs(regs);
  if (softlockup_all_cpu_backtrace !== 0) {
    trigger_allbutself_cpu_backtrace();
    test_and_clear_bit(0, addr(soft_lockup_nmi_warn));
  }
  add_taint(TAINT_SOFTLOCKUP, LOCKDEP_STILL_OK);
  if (softlockup_panic !== 0) panic("softlockup: hung tasks");
}
inline(report_softlockup);

/** From the tick of a busy CPU, in its interrupt. */
export function watchdog_timer_fn(now: u64, regs: pt_regs): void {
  if (watchdog_enabled === 0 || now < this_cpu_read(next_sample)) return;
  const cpu = smp_processor_id();
  if (((watchdog_cpumask >> cpu) & 1) === 0) return;
  const first = this_cpu_read(next_sample) === 0;
  this_cpu_write(next_sample, first ? now + sample_period : this_cpu_read(next_sample) + sample_period);
  if (this_cpu_read(stop_pending) === 0) {
    this_cpu_write(stop_pending, u32(1));
    if (!stop_one_cpu_nowait(cpu, softlockup_fn, null, this_cpu_struct(softlockup_stop_work))) {
      // Early in the boot: without a stopper nothing can be told from what it does.
      this_cpu_write(stop_pending, u32(0));
      update_touch_ts();
    }
  }
  if (first || this_cpu_read(watchdog_report_ts) === u64(SOFTLOCKUP_DELAY_REPORT)) {
    if (first) update_touch_ts();
    update_report_ts();
    return;
  }
  const duration = is_softlockup(this_cpu_read(watchdog_touch_ts), this_cpu_read(watchdog_report_ts), get_timestamp());
  if (duration !== 0) report_softlockup(duration, regs);
}
notrace(watchdog_timer_fn);

/** A CPU that has idled could have run its stopper at each sample since: as if it had. Interrupts are off. */
export function watchdog_idle_exit(): void {
  const next = this_cpu_read(next_sample);
  const now = sched_clock();
  if (next === 0 || now < next) return;
  const last = next + ((now - next) / sample_period) * sample_period;
  this_cpu_write(next_sample, last + sample_period);
  this_cpu_write(watchdog_touch_ts, last >> 30);
  this_cpu_write(watchdog_report_ts, last >> 30);
}
notrace(watchdog_idle_exit);

/** After a change of the settings: all intervals begin anew. */
export function lockup_detector_update(): void {
  watchdog_enabled = 0;
  if (watchdog_user_enabled !== 0 && watchdog_thresh !== 0) {
    if (soft_watchdog_user_enabled !== 0) watchdog_enabled |= SOFT_WATCHDOG_ENABLED;
    // No performance counter counts cycles here, so nothing would raise its interrupt.
    if (nmi_watchdog_user_enabled !== 0) watchdog_enabled |= NMI_WATCHDOG_ENABLED;
  }
  sample_period = get_softlockup_thresh() * (NSEC_PER_SEC / 5);
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    if (cpu_online(cpu)) WRITE_ONCE(at<u64[]>(per_cpu_address(u64(addr(next_sample)), cpu))[0], u64(0));
  }
}

/** nosoftlockup, watchdog_thresh=, softlockup_panic= */
export function nosoftlockup_setup(_val: u8[]): void {
  soft_watchdog_user_enabled = 0;
  lockup_detector_update();
}

export function watchdog_thresh_setup(val: u8[]): void {
  let n: int = 0;
  if (val === null || kstrtoint(val, 0, addr(n)) !== 0) return;
  watchdog_thresh = n;
  lockup_detector_update();
}

export function softlockup_panic_setup(val: u8[]): void {
  let n: int = 0;
  if (val !== null && kstrtoint(val, 0, addr(n)) === 0) softlockup_panic = n !== 0 ? 1 : 0;
}
EXPORT_SYMBOL(touch_softlockup_watchdog);
