// The clocks: monotonic is the TSC, real time is the machine's wall clock at boot plus it.

import type { timespec64 } from "linux/types";
import { sched_clock } from "../../arch/x86/kernel/tsc";

const NSEC_PER_SEC = 1000000000;
const MACHINE_CPUID_LEAF = 0x40000101;

/** Wall clock at boot, ns since 1970; settimeofday moves it. */
export let wall_to_monotonic_ns: s64 = 0;

export function timekeeping_init(): void {
  let regs: array<u32, 4>;
  cpuid(MACHINE_CPUID_LEAF, 0, regs);
  const seconds = u64(regs[1]) | (u64(regs[2]) << 32);
  wall_to_monotonic_ns = s64(seconds * NSEC_PER_SEC);
}
init(timekeeping_init);

export function ktime_get(): s64 {
  return s64(sched_clock());
}

export function ktime_get_ns(): u64 {
  return sched_clock();
}

export function ktime_get_boottime(): s64 {
  return s64(sched_clock());
}

export function ktime_get_real(): s64 {
  return s64(sched_clock()) + wall_to_monotonic_ns;
}

export function ktime_get_real_ns(): u64 {
  return u64(ktime_get_real());
}

export function ktime_get_seconds(): s64 {
  return s64(sched_clock() / NSEC_PER_SEC);
}

export function ktime_get_real_seconds(): s64 {
  return ktime_get_real() / NSEC_PER_SEC;
}

export function ns_to_timespec64(ns: s64, ts: timespec64): void {
  ts.tv_sec = ns / NSEC_PER_SEC;
  ts.tv_nsec = ns % NSEC_PER_SEC;
}

export function ktime_get_ts64(ts: timespec64): void {
  ns_to_timespec64(ktime_get(), ts);
}

export function ktime_get_real_ts64(ts: timespec64): void {
  ns_to_timespec64(ktime_get_real(), ts);
}

export function ktime_get_coarse_real_ts64(ts: timespec64): void {
  ktime_get_real_ts64(ts);
}

export function do_settimeofday_ns(ns: s64): void {
  wall_to_monotonic_ns = ns - s64(sched_clock());
}
EXPORT_SYMBOL(ktime_get);
EXPORT_SYMBOL(ktime_get_ns);
EXPORT_SYMBOL(ktime_get_real);
EXPORT_SYMBOL(ktime_get_real_ts64);
EXPORT_SYMBOL(ktime_get_ts64);
EXPORT_SYMBOL(ktime_get_seconds);
EXPORT_SYMBOL(ktime_get_real_seconds);
