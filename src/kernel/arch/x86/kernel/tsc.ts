// The TSC is the clock: 100 MHz, the same on all CPUs.

export let tsc_khz: u32 = 100000;
const NS_PER_TSC_TICK = 10;

/** ns since power-on. */
export function sched_clock(): u64 {
  return rdtsc() * NS_PER_TSC_TICK;
}

export function local_clock(): u64 {
  return rdtsc() * NS_PER_TSC_TICK;
}

export function tsc_init(): void {
  pr_info("tsc: Detected %lu.%03lu MHz processor\n", u64(tsc_khz) / 1000, u64(tsc_khz) % 1000);
}
init(tsc_init);
notrace(sched_clock);
notrace(local_clock);
