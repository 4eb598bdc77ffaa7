// Where the guest spends its instructions: a sample of the running function every so many instructions, counted by task and symbol.
// Sampling changes nothing in the run, and equal runs give equal profiles.

import type { Cores } from "../vm/cpu/cpu-api.js";
import { placeOf } from "./inspect/names.js";
import { currentTask } from "./inspect/tasks.js";
import { KernelView } from "./kernel-view.js";

/** A prime, so that a loop's length does not fall into step with it. */
const PERIOD = 10_007;
const RING_USER = 3;

export class Profile {
  private readonly view: KernelView;
  private readonly counts = new Map<string, { command: string; symbol: string; samples: number }>();
  private total = 0;

  /** Begins at once and goes on while these cores run. */
  constructor(
    private readonly cores: Cores,
    image: Uint8Array,
  ) {
    this.view = new KernelView(cores, image);
    cores.sampleEvery(PERIOD, (cpu) => this.sample(cpu));
  }

  private sample(cpu: number): void {
    this.view.refresh();
    const { rip, cpl } = this.cores.registers[cpu];
    const task = currentTask(this.view, cpu);
    const command = task === undefined ? "-" : task.idle ? "swapper" : task.name;
    const symbol = cpl === RING_USER ? "[.] user code" : `[k] ${this.kernelSymbol(rip)}`;
    const key = `${command}\0${symbol}`;
    const entry = this.counts.get(key);
    if (entry) entry.samples++;
    else this.counts.set(key, { command, symbol, samples: 1 });
    this.total++;
  }

  private kernelSymbol(rip: bigint): string {
    const place = placeOf(this.view, rip);
    if (!place) return `0x${rip.toString(16)}`;
    return place.module === undefined ? place.name : `${place.name} [${place.module}]`;
  }

  /** A table as perf report prints it: most samples first, [k] for the kernel's code, [.] for a program's. */
  *report(): Generator<string> {
    yield `# Samples: ${this.total}, one every ${PERIOD} instructions`;
    yield "#";
    yield "# Overhead  Samples  Command          Symbol";
    const sorted = [...this.counts.values()].sort(
      (a, b) => b.samples - a.samples || compare(a.command, b.command) || compare(a.symbol, b.symbol),
    );
    for (const { command, symbol, samples } of sorted) {
      const share = `${((100 * samples) / this.total).toFixed(2)}%`;
      yield `${share.padStart(10)}${String(samples).padStart(9)}  ${command.padEnd(15)}  ${symbol}`;
    }
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
