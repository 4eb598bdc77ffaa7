// A host program whose texts outgrow what the host's engine can hold ends as a busybox one whose malloc(3) fails.
import { writeAll } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";

/** V8's words; other RangeErrors are faults of the program. */
const LIMITS = /^(Invalid string length|Array buffer allocation failed|(Map|Set) maximum size exceeded)/;

export function isMemoryExhausted(error: unknown): boolean {
  return error instanceof RangeError && LIMITS.test(error.message);
}

export function* memoryExhausted(name: string): Sys<number> {
  yield* writeAll(2, `${name}: out of memory\n`);
  return 1;
}
