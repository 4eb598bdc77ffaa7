// A machine at rest as plain data (Machine.save, Machine.restore): it can be kept, cloned by structuredClone, and put back any number
// of times. RAM is kept by its pages that are not all zero.

import type { Stamp } from "./clock.js";
import type { CoresState } from "./cpu/cpu-api.js";
import type { MachineInput } from "./machine.js";
import type { BusState } from "./machine-bus.js";

const PAGE = 4096;

/** Parked: waits for its mailbox. Halted: waits for an interrupt. */
export type CpuState = "parked" | "running" | "halted";

export interface Snapshot {
  readonly memoryMiB: number;
  readonly seed: number;
  readonly bootTime: number;
  readonly gate: boolean;
  readonly stamp: Stamp;
  readonly pages: readonly (readonly [number: number, bytes: Uint8Array])[];
  readonly cores: CoresState;
  readonly bus: BusState;
  readonly turns: readonly [last: number, state: number];
  readonly states: readonly CpuState[];
  readonly woken: readonly boolean[];
  readonly skippedTicks: number;
  readonly exitValue: number | undefined;
  /** Input that had not reached its device. */
  readonly waiting: readonly MachineInput[];
}

/** A snapshot cannot be taken, or not be put back here: told to the caller's user. */
export class SnapshotError extends Error {}

export function savePages(ram: Uint8Array): [number, Uint8Array][] {
  const words = new BigUint64Array(ram.buffer, ram.byteOffset, ram.length / 8);
  const pages: [number, Uint8Array][] = [];
  for (let number = 0; number < ram.length / PAGE; number++) {
    const end = ((number + 1) * PAGE) / 8;
    let at = (number * PAGE) / 8;
    while (at < end && words[at] === 0n) at++;
    if (at < end) pages.push([number, ram.slice(number * PAGE, (number + 1) * PAGE)]);
  }
  return pages;
}

export function restorePages(ram: Uint8Array, pages: Snapshot["pages"]): void {
  ram.fill(0);
  for (const [number, bytes] of pages) ram.set(bytes, number * PAGE);
}
