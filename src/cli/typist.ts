// The user at the keyboard of an interactive shell: waits for prompts, types lines and keys, sleeps. Used wherever commands are
// typed for somebody: `run --json`, `test`, `record --script`.

import { type Machine, type RunResult, TICKS_PER_SECOND } from "../vm/machine.js";
import type { PromptMarks } from "./prompt-marks.js";

const SLICE = 5_000_000;
/** A shell that a background job keeps from ever being idle gets its next line this many instructions after its prompt. */
const BUSY_PROMPT = 20_000_000;
/** A user presses the next key this long (guest seconds) after the command's line or the key before. */
const KEY_DELAY = 0.25;

/** The machine has ended, or no prompt comes, or the run's time is over. */
export type End = RunResult | { kind: "hangs" } | { kind: "timeout" };

export interface TypistLimits {
  /** A command that takes longer than this (guest seconds) hangs. */
  commandLimit: number;
  /** The whole run's limit (guest seconds since power-on). */
  timeout?: number;
}

/** Who looks on while the guest works. */
export interface Onlooker {
  /** Guest seconds between two looks. */
  readonly interval: number;
  look(): Promise<void>;
  /** Takes what is typed to the guest. */
  send(bytes: Uint8Array): void;
}

/** What a typed line is answered with: a prompt, or (`continuation`) the secondary prompt for the rest of the command. */
type Answer = "prompt" | "continuation";

/** Each method returns undefined (or its answer) as long as the guest lives. */
export class Typist {
  private readonly deadline: number;
  private readonly commandTicks: number;

  constructor(
    private readonly machine: Machine,
    private readonly marks: PromptMarks,
    { commandLimit, timeout }: TypistLimits,
    private readonly onlooker?: Onlooker,
  ) {
    this.deadline = timeout === undefined ? Number.POSITIVE_INFINITY : timeout * TICKS_PER_SECOND;
    this.commandTicks = commandLimit * TICKS_PER_SECOND;
  }

  /** Types one line and waits for the next prompt. */
  async type(line: string): Promise<End | undefined> {
    this.marks.typing();
    this.enter(line);
    return this.waitForPrompt();
  }

  /**
   * Types a command of one or more lines, each when the shell asks for it, then the keys, each some time after what came
   * before, and waits for the prompt. "early": the prompt came before all keys were typed.
   */
  async typeCommand(lines: readonly string[], keys: readonly Uint8Array[]): Promise<End | "early" | undefined> {
    const { machine, marks } = this;
    marks.typing();
    for (const line of lines.slice(0, -1)) {
      this.enter(line);
      const answer = await this.waitForAnswer();
      if (typeof answer === "object") return answer;
    }
    const wanted = marks.prompts + 1;
    this.enter(lines.at(-1) ?? "");
    for (const bytes of keys) {
      const ended = await this.pass(KEY_DELAY);
      if (ended) return ended;
      if (marks.prompts >= wanted) return "early";
      machine.input(bytes);
    }
    return this.waitForPrompt();
  }

  /** One key, and guest seconds until the next. */
  press(key: string, seconds: number): Promise<End | undefined> {
    this.send(key);
    return this.pass(seconds);
  }

  private enter(line: string): void {
    this.send(`${line}\r`);
  }

  private send(text: string): void {
    const bytes = Buffer.from(text, "utf8");
    if (this.onlooker) this.onlooker.send(bytes);
    else this.machine.input(bytes);
  }

  /** The tick of the next look; `limit` if that comes first. */
  private nextLook(limit: number): number {
    return this.onlooker ? Math.min(limit, Math.round(this.machine.now + this.onlooker.interval * TICKS_PER_SECOND)) : limit;
  }

  /** Guest seconds at the prompt; what is printed meanwhile is kept. */
  sleep(seconds: number): Promise<End | undefined> {
    this.marks.listening = true;
    return this.pass(seconds);
  }

  private async pass(seconds: number): Promise<End | undefined> {
    const { machine } = this;
    const until = Math.round(machine.now + seconds * TICKS_PER_SECOND);
    for (;;) {
      const look = this.nextLook(Math.min(until, this.deadline));
      const result = machine.run({ instructions: SLICE, until: look });
      await this.onlooker?.look();
      if (machine.now >= until) return undefined;
      if (machine.now >= this.deadline) return { kind: "timeout" };
      if (result.kind === "idle") {
        machine.skipTo(look);
        if (look === until) return undefined;
        continue;
      }
      if (result.kind !== "slice") return result;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Until one more prompt stands there and the shell waits for a line. */
  async waitForPrompt(): Promise<End | undefined> {
    for (;;) {
      const answer = await this.waitForAnswer();
      if (answer === "prompt") return undefined;
      if (answer !== "continuation") return answer;
    }
  }

  private async waitForAnswer(): Promise<End | Answer> {
    const { machine, marks } = this;
    const wanted = marks.prompts + 1;
    const more = marks.continuations + 1;
    const limit = Math.min(machine.now + this.commandTicks, this.deadline);
    let busy = 0;
    for (;;) {
      const look = this.nextLook(limit);
      const result = machine.run({ instructions: SLICE, until: look, stopWhenIdle: true });
      await this.onlooker?.look();
      const answer = marks.prompts >= wanted ? "prompt" : marks.continuations >= more ? "continuation" : undefined;
      if (result.kind === "idle") {
        if (answer) return answer;
        if (result.nextEvent === undefined) return { kind: "hangs" };
        machine.skipTo(Math.min(result.nextEvent, look));
      } else if (result.kind === "slice") {
        if (answer && (busy += SLICE) >= BUSY_PROMPT) return answer;
        await new Promise((resolve) => setImmediate(resolve));
      } else return result;
      if (machine.now >= limit) return machine.now >= this.deadline ? { kind: "timeout" } : { kind: "hangs" };
    }
  }
}
