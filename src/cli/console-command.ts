// `kelp` without a command: the guest's serial console on this terminal, paced to the wall clock. Where standard input is no
// terminal its lines are typed for the user, each when the guest waits for input.

import { EXIT_REBOOT, NS_PER_TICK } from "../abi/machine.js";
import { MARKS_VARIABLE } from "../abi/run-protocol.js";
import { type Machine, type RunResult, TICKS_PER_SECOND } from "../vm/machine.js";
import type { FirstProgram } from "./guest-volume.js";
import type { Arguments } from "./options.js";
import { PromptMarks } from "./prompt-marks.js";
import { EscapeKey, RawTerminal } from "./raw-terminal.js";
import { endStatus, startSession } from "./session.js";

/** A slice lasts about this long, so that keys are answered at once. */
const SLICE_MS = 10;
const FIRST_SLICE = 500_000;
/** Virtual and wall time may drift apart by this much before the pace is set anew; timers late by less are caught up. */
const DRIFT_MS = 50;
const CTRL_D = 0x04;
const MS_PER_TICK = NS_PER_TICK / 1e6;

export async function consoleCommand(args: Arguments): Promise<number> {
  const { stdin, stdout } = process;
  const interactive = stdin.isTTY === true && stdout.isTTY === true;
  const environment = [`TERM=${(interactive && process.env.TERM) || "dumb"}`];
  if (interactive) environment.push(`COLUMNS=${stdout.columns}`, `LINES=${stdout.rows}`);
  else environment.push(`${MARKS_VARIABLE}=1`);
  const first: FirstProgram = { mode: "console", environment };
  for (;;) {
    // Without a terminal the prompt marks tell when the next line may be typed; they are not shown.
    const marks = new PromptMarks((text) => stdout.write(Buffer.from(text.replaceAll("\r", ""), "latin1")));
    const session = startSession(args, first, { onConsole: (bytes) => (interactive ? stdout.write(bytes) : marks.write(bytes)) });
    const console = new ConsoleSession(session.machine, marks);
    const result = interactive ? await console.interactive() : await console.typed();
    if (result === "left") return 0;
    if (result.kind === "exit" && result.value === EXIT_REBOOT && interactive) continue;
    return endStatus(session, result);
  }
}

class ConsoleSession {
  private readonly waiting: Uint8Array[] = [];
  private left = false;
  private inputEnded = false;
  private wake: () => void = () => undefined;
  /** Wall time (ms) at which the machine's clock stood at 0, as the pace sees it. */
  private origin = 0;
  /** Prompts that have been answered with a line, and when (tick) the last line was typed. */
  private answered = 0;
  private typedAt = 0;

  constructor(
    private readonly machine: Machine,
    private readonly marks: PromptMarks,
  ) {}

  async interactive(): Promise<RunResult | "left"> {
    const terminal = new RawTerminal(process.stdin, process.stdout);
    const leaveKey = new EscapeKey();
    terminal.enter((data) => {
      const { bytes, leave } = leaveKey.feed(data);
      if (bytes.length > 0) this.waiting.push(bytes);
      this.left ||= leave;
      this.wake();
    });
    try {
      return await this.paced();
    } finally {
      terminal.leave();
      if (this.left) process.stdout.write("\r\n");
    }
  }

  /** Standard input is a file or a pipe: one line at a time, as soon as the guest waits; Ctrl-D at its end. */
  async typed(): Promise<RunResult | "left"> {
    let text = Buffer.alloc(0);
    process.stdin.on("data", (data: Buffer) => {
      text = Buffer.concat([text, data]);
      for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10)) {
        this.waiting.push(Buffer.from(text.subarray(0, end + 1)));
        text = text.subarray(end + 1);
      }
      this.wake();
    });
    process.stdin.on("end", () => {
      if (text.length > 0) this.waiting.push(text);
      this.inputEnded = true;
      this.wake();
    });
    try {
      return await this.paced();
    } finally {
      process.stdin.pause();
    }
  }

  private async paced(): Promise<RunResult | "left"> {
    let instructions = FIRST_SLICE;
    this.setPace();
    for (;;) {
      if (this.left) return "left";
      if (process.stdin.isTTY) for (const bytes of this.waiting.splice(0)) this.machine.input(bytes);
      const before = performance.now();
      const startedAt = this.machine.now;
      const result = this.machine.run({ instructions, stopWhenIdle: true });
      if (result.kind === "idle") {
        if (!this.typeWaiting()) await this.idle(result.nextEvent);
      } else if (result.kind !== "slice") return result;
      else {
        const took = performance.now() - before;
        const ran = this.machine.now - startedAt;
        if (took > 0) instructions = Math.min(Math.max(Math.round((ran / took) * SLICE_MS), 10_000), 50_000_000);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Types the next waiting line where a prompt waits for it, or a program seems to (nothing else happened for a guest second). */
  private typeWaiting(): boolean {
    if ((this.waiting.length === 0 && !this.inputEnded) || this.machine.inputPending > 0) return false;
    if (this.marks.prompts <= this.answered && this.machine.now - this.typedAt < TICKS_PER_SECOND) return false;
    this.answered = this.marks.prompts;
    this.typedAt = this.machine.now;
    this.machine.input(this.waiting.shift() ?? Uint8Array.of(CTRL_D));
    return true;
  }

  /** The machine waits for `nextEvent` or for a key, whichever comes first on the wall clock. */
  private async idle(nextEvent: number | undefined): Promise<void> {
    if (this.waiting.length > 0 || this.inputEnded) {
      // Lines from a file are typed in guest time: nobody watches the clock.
      this.machine.skipTo(nextEvent ?? this.typedAt + TICKS_PER_SECOND);
      this.setPace();
      return;
    }
    const drift = this.wallTick() - this.machine.now;
    if (Math.abs(drift) * MS_PER_TICK > DRIFT_MS) this.setPace();
    const delay = nextEvent === undefined ? undefined : (nextEvent - this.wallTick()) * MS_PER_TICK;
    if (delay === undefined || delay > 0) {
      await new Promise<void>((resolve) => {
        const timer = delay === undefined ? undefined : setTimeout(resolve, Math.min(delay, 2 ** 31 - 1));
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = () => undefined;
    }
    // Time that passed while waiting for a key is the guest's too.
    const now = Math.floor(this.wallTick());
    this.machine.skipTo(nextEvent === undefined ? now : Math.min(nextEvent, Math.max(now, this.machine.now)));
  }

  private setPace(): void {
    this.origin = performance.now() - this.machine.now * MS_PER_TICK;
  }

  private wallTick(): number {
    return ((performance.now() - this.origin) / 1000) * TICKS_PER_SECOND;
  }
}
