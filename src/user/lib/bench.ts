// The frame of a benchmark program. It prints a line when the measured work starts and one when it ends, so that whoever reads its
// output can time the work by a clock of the host's; the second line also tells the time by the program's own clock.

import { printf } from "./stdio";
import { clock_gettime, type timespec } from "./unistd";

const CLOCK_MONOTONIC = 1;
const NS_PER_SECOND: s64 = 1000000000;

let started: embed<timespec>;

export function begin(name: cstr): void {
  printf("begin %s\n", name);
  clock_gettime(CLOCK_MONOTONIC, started);
}

/** what: the unit of `count`. */
export function finish(name: cstr, count: u64, what: cstr): void {
  let ended: embed<timespec>;
  clock_gettime(CLOCK_MONOTONIC, ended);
  const ns = u64((ended.tv_sec - started.tv_sec) * NS_PER_SECOND + ended.tv_nsec - started.tv_nsec);
  // A product with 10^9 does not fit 64 bits: 10^6 is divided by the time in µs.
  const us = ns / 1000;
  printf("end %s %lu %s %lu ns %lu/s\n", name, count, what, ns, us > 0 ? (count * 1000000) / us : u64(0));
}
