// The host's loop around a machine: runs it in slices short enough that keys and signals are answered at once, gives it its input,
// and decides what happens while it is idle: time jumps, passes with the wall clock, or the host waits for input.

import type { Machine, RunResult } from "../vm/machine.js";
import { Pace } from "./pace.js";

// Short: a key that comes while the guest computes waits for the end of the slice.
const SLICE_MS = 4;
const FIRST_SLICE = 500_000;
const SHORTEST_SLICE = 10_000;
const LONGEST_SLICE = 50_000_000;
/** A guest that runs this far ahead of the wall clock is held back. */
const AHEAD_MS = 20;

/** Where a session's input comes from. */
export interface Input {
  /** What is to be typed now, whatever the guest does. */
  take(): Uint8Array[];
  /** The guest is idle until its next timer (undefined: for ever): may type; true if it did. */
  offer(machine: Machine, nextEvent: number | undefined): boolean;
  /** Whether anything can still come. */
  readonly open: boolean;
  /** Set by the loop while it waits: called when something has come. */
  wake: () => void;
  /** Something else than the guest ends the session. */
  readonly left?: boolean;
  /** The machine stands still until this is fulfilled. */
  readonly held?: Promise<void> | undefined;
}

export type Outcome = RunResult | { kind: "left" } | { kind: "timeout" };

export interface DriveOptions {
  /** Whether virtual time is held to the wall clock just now. */
  paced(): boolean;
  /** Tick at which the run ends. */
  deadline?: number;
}

export async function drive(
  machine: Machine,
  input: Input,
  { paced, deadline = Number.POSITIVE_INFINITY }: DriveOptions,
): Promise<Outcome> {
  const pace = new Pace(machine);
  let instructions = FIRST_SLICE;
  let yieldedAt = performance.now();
  for (;;) {
    if (input.left) return { kind: "left" };
    if (input.held) {
      await input.held;
      pace.reset();
      continue;
    }
    for (const bytes of input.take()) machine.input(bytes);
    const before = performance.now();
    const startedAt = machine.now;
    const result = machine.run({ instructions, until: deadline, stopWhenIdle: true });
    if (result.kind === "exit" || result.kind === "reset") return result;
    if (machine.now >= deadline) return { kind: "timeout" };
    if (result.kind === "idle") {
      if (!input.offer(machine, result.nextEvent) && !(await passIdleTime(machine, input, pace, paced(), result.nextEvent, deadline)))
        return result;
    } else {
      const took = performance.now() - before;
      if (took > 0)
        instructions = Math.min(Math.max(Math.round(((machine.now - startedAt) / took) * SLICE_MS), SHORTEST_SLICE), LONGEST_SLICE);
      if (paced() && pace.ahead() > AHEAD_MS) await wait(input, pace.ahead());
    }
    if (performance.now() - yieldedAt > SLICE_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      yieldedAt = performance.now();
    }
  }
}

/** False if nothing will ever happen again. */
async function passIdleTime(
  machine: Machine,
  input: Input,
  pace: Pace,
  paced: boolean,
  nextEvent: number | undefined,
  deadline: number,
): Promise<boolean> {
  const next = Math.min(nextEvent ?? Number.POSITIVE_INFINITY, deadline);
  if (!paced) {
    pace.reset();
    if (next !== Number.POSITIVE_INFINITY && nextEvent !== undefined) {
      machine.skipTo(next);
      return true;
    }
    if (!input.open) return false;
    await wait(input, undefined);
    return true;
  }
  if (nextEvent === undefined && !input.open) return false;
  pace.ahead();
  const delay = next === Number.POSITIVE_INFINITY ? undefined : pace.until(next);
  if (delay === undefined || delay > 0) await wait(input, delay);
  // Time that passed while waiting for a key is the guest's too.
  pace.catchUp();
  return true;
}

/** Until something comes in, at most for `ms`. */
async function wait(input: Input, ms: number | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    input.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  input.wake = () => undefined;
}
