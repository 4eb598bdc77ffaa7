// Busy waiting by the TSC.

import { tsc_khz } from "../kernel/tsc";

function delay_tsc(cycles: u64): void {
  const start = rdtsc();
  while (rdtsc() - start < cycles) cpu_relax();
}

export function udelay(usecs: u64): void {
  delay_tsc((usecs * u64(tsc_khz)) / 1000);
}

export function ndelay(nsecs: u64): void {
  delay_tsc((nsecs * u64(tsc_khz)) / 1000000);
}

export function mdelay(msecs: u64): void {
  delay_tsc(msecs * u64(tsc_khz));
}
EXPORT_SYMBOL(udelay);
EXPORT_SYMBOL(ndelay);
EXPORT_SYMBOL(mdelay);
