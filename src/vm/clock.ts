// The machine's one clock: 10 ns for each instruction that any CPU retires, plus idle time that was skipped. All CPUs, timers
// and devices read it; it never depends on the host.

import { NS_PER_TICK } from "../abi/machine.js";

/** When something came into the machine: enough to bring it in again at the same moment. */
export interface Stamp {
  /** Instructions that all CPUs had retired. */
  retired: bigint;
  skippedNs: number;
  /** Turns that had been given; several that retire nothing may follow each other at one time. */
  turn: number;
}

export class Clock {
  private skippedTicks = 0;

  /**
   * @param retired instructions that all CPUs together have retired.
   * @param bootTime wall clock at power-on, seconds since 1970.
   */
  constructor(
    private readonly retired: () => bigint,
    readonly bootTime: number,
  ) {}

  /** Ticks of 10 ns since power-on. A double counts them exactly for 2.8 years. */
  now(): number {
    return Number(this.retired()) + this.skippedTicks;
  }

  skipTo(tick: number): void {
    const now = this.now();
    if (tick > now) this.skippedTicks += tick - now;
  }

  /** ns since 1970. */
  wall(): bigint {
    return BigInt(this.bootTime) * 1_000_000_000n + BigInt(this.now()) * BigInt(NS_PER_TICK);
  }

  /** Idle time that was skipped, in ticks: for saving and restoring only. */
  get skipped(): number {
    return this.skippedTicks;
  }
  set skipped(ticks: number) {
    this.skippedTicks = ticks;
  }

  /** Idle time that was skipped, in ns. */
  get skippedNs(): number {
    return this.skippedTicks * NS_PER_TICK;
  }
}
