// Keeps a machine's clock in step with the wall clock: an idle second takes a second. Pacing only delays; what happens and in which
// order does not depend on it.

import { NS_PER_TICK } from "../abi/machine.js";
import type { Machine } from "../vm/machine.js";

/** Virtual and wall time may drift apart by this much before the pace is set anew; timers late by less are caught up. */
const DRIFT_MS = 50;
const MS_PER_TICK = NS_PER_TICK / 1e6;
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export class Pace {
  /** Wall time (ms) at which the machine's clock stood at 0, as the pace sees it. */
  private origin = 0;

  constructor(private readonly machine: Machine) {
    this.reset();
  }

  /** From now on virtual time runs as wall time does. */
  reset(): void {
    this.origin = performance.now() - this.machine.now * MS_PER_TICK;
  }

  /** Called when the machine is idle or has run a slice: ms that it is ahead of the wall clock. */
  ahead(): number {
    const drift = this.machine.now * MS_PER_TICK - (performance.now() - this.origin);
    // Behind: the host is too slow for the guest, or slept. Far ahead: the host's clock was set.
    if (drift < -DRIFT_MS) this.reset();
    return Math.max(0, drift);
  }

  /** ms until the wall clock reaches a tick. */
  until(tick: number): number {
    return Math.min(tick * MS_PER_TICK - (performance.now() - this.origin), LONGEST_TIMEOUT_MS);
  }

  /** Lets as much idle time pass for the guest as has passed on the wall clock. */
  catchUp(): void {
    this.machine.skipTo(Math.max(this.machine.now, Math.floor((performance.now() - this.origin) / MS_PER_TICK)));
  }
}
