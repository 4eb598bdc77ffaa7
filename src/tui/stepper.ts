// Stops the machine, lets it go on, and moves it by single instructions while it stands still.

import { changedRegisters, registerValues } from "../debug/inspect/registers.js";
import type { Machine } from "../vm/machine.js";
import type { Goal } from "./goals.js";

/** Single steps in a row before the host's events are looked at. */
const STEPS_PER_SLICE = 20_000;
/** How often an idle machine is asked whether something has been typed. */
const IDLE_MS = 10;

/** The CPU that has moved, or why none has. */
type Move = number | "ended" | "idle";

export interface StepperEvents {
  /** What the user has typed meanwhile. */
  takeInput(): Uint8Array[];
  /** The machine has stopped, moved or gone on; `cpu` is the one that has moved. */
  onMove(cpu: number | undefined): void;
  onNews(text: string): void;
  /** The session's loop may have to look at `held`. */
  wake(): void;
}

export class Stepper {
  /** Unfulfilled while the machine stands still. */
  held: Promise<void> | undefined;
  private release: () => void = () => undefined;
  /** On its way to a place. */
  running = false;
  /** The CPU that has moved last, and which of its registers its last instruction has changed. */
  last: { cpu: number; changed: ReadonlySet<string> } | undefined;

  constructor(
    private readonly machine: () => Machine | undefined,
    private readonly events: StepperEvents,
  ) {}

  get stopped(): boolean {
    return this.held !== undefined;
  }

  stop(): void {
    if (!this.held) {
      this.held = new Promise((resolve) => {
        this.release = resolve;
      });
    }
    this.running = false;
    this.events.wake();
    this.events.onMove(undefined);
  }

  goOn(): void {
    this.held = undefined;
    this.running = false;
    this.last = undefined;
    this.release();
    this.events.onMove(undefined);
  }

  /** One instruction of whichever CPU's turn it is; stops a machine that runs. */
  step(): void {
    const machine = this.machine();
    if (!machine) return;
    this.running = false;
    if (!this.held) {
      this.stop();
      return;
    }
    const before = machine.cores.registers.map(registerValues);
    const moved = this.move(machine);
    if (typeof moved === "number") {
      this.last = { cpu: moved, changed: changedRegisters(before[moved], registerValues(machine.cores.registers[moved])) };
    }
    if (moved === "idle") this.events.onNews("every CPU is idle: type for the guest, or F9");
    else if (moved !== "ended") this.events.onMove(moved);
  }

  /** On until a CPU that has just moved is where it shall be; the machine then stands still. */
  async runTo({ arrived, name }: Goal): Promise<void> {
    const machine = this.machine();
    if (!machine) return;
    this.stop();
    this.running = true;
    this.events.onNews(`runs to ${name}; F9 stops`);
    while (this.running) {
      let idle = false;
      for (let i = 0; i < STEPS_PER_SLICE && this.running && !idle; i++) {
        const moved = this.move(machine);
        if (moved === "ended") return;
        idle = moved === "idle";
        if (moved !== "idle" && arrived(moved)) {
          this.running = false;
          this.last = { cpu: moved, changed: new Set() };
          this.events.onMove(moved);
          this.events.onNews(`CPU ${moved} is at ${name}`);
        }
      }
      if (this.running) await new Promise((resolve) => (idle ? setTimeout(resolve, IDLE_MS) : setImmediate(resolve)));
    }
  }

  private move(machine: Machine): Move {
    const { registers } = machine.cores;
    const counts = registers.map(({ retired }) => retired);
    for (const bytes of this.events.takeInput()) machine.input(bytes);
    const result = machine.run({ stopAt: machine.stamp.retired + 1n });
    if (result.kind === "exit" || result.kind === "reset") {
      // The session's loop meets the same end.
      this.goOn();
      return "ended";
    }
    if (result.kind === "idle") return "idle";
    return Math.max(
      registers.findIndex(({ retired }, i) => retired !== counts[i]),
      0,
    );
  }
}
