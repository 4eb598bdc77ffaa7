// `kelp` without a command: the screen on a terminal; with --plain the guest's serial console on it, paced to the wall clock. Where
// standard input is no terminal its lines are typed for the user, each when the guest waits for input.

import { constants } from "node:os";
import { EXIT_REBOOT } from "../abi/machine.js";
import { MARKS_VARIABLE } from "../abi/run-protocol.js";
import { type Machine, TICKS_PER_SECOND } from "../vm/machine.js";
import { consoleOutput, DialogueOutput } from "./console-output.js";
import { drive, type Input } from "./drive.js";
import type { FirstProgram } from "./guest-volume.js";
import { hostLine } from "./host-lines.js";
import type { Arguments } from "./options.js";
import type { PromptMarks } from "./prompt-marks.js";
import { EscapeKey, RawTerminal } from "./raw-terminal.js";
import { beginLog, bootSetup, endSession, followChanges, panicked, powerOn } from "./session.js";

const CTRL_D = 0x04;

export async function consoleCommand(args: Arguments): Promise<number> {
  const { stdin, stdout, env } = process;
  if (stdin.isTTY !== true || stdout.isTTY !== true) return dialogue(args);
  if (args.flags.has("plain") || env.TERM === "dumb") return terminalConsole(args);
  return (await import("./screen-command.js")).screenCommand(args);
}

async function terminalConsole(args: Arguments): Promise<number> {
  const { stdin, stdout } = process;
  const first: FirstProgram = { mode: "console", environment: [`TERM=${process.env.TERM || "linux"}`] };
  const setup = bootSetup(args, first);
  const { log, volume } = await beginLog(args.texts.get("log"), setup, "terminal");
  const unfollow = followChanges(setup, volume, log);
  const keys = new Keyboard();
  const terminal = new RawTerminal(stdin, stdout);
  const output = consoleOutput("terminal", (bytes) => terminal.print(bytes));
  let machine: Machine | undefined;
  const onResize = () => {
    machine?.resize({ rows: stdout.rows, columns: stdout.columns });
    keys.wake();
  };
  terminal.enter(
    (data) => {
      if (keys.press(data)) terminal.suspend();
    },
    () => keys.hangUp(),
  );
  stdout.on("resize", onResize);
  try {
    for (;;) {
      const session = powerOn(setup, { onConsole: (bytes) => output.write(bytes) }, log, volume);
      ({ machine } = session);
      onResize();
      const outcome = await drive(session.machine, keys, { paced: () => !args.flags.has("warp") });
      const reset = (outcome.kind === "exit" && outcome.value === EXIT_REBOOT) || outcome.kind === "reset";
      if (reset && outcome.kind === "exit") {
        log?.end({ kind: "reboot" });
        if (await panicked(session)) stdout.write("\r\n");
        continue;
      }
      terminal.leave();
      if (outcome.kind === "left") stdout.write("\n");
      const status = await endSession(session, outcome, output);
      return keys.hungUp ? 128 + constants.signals.SIGHUP : status;
    }
  } finally {
    unfollow();
    stdout.off("resize", onResize);
    terminal.leave();
  }
}

/** The user's keys go to the guest as they come, all but the escape sequence. */
class Keyboard implements Input {
  wake: () => void = () => undefined;
  left = false;
  hungUp = false;
  readonly open = true;
  private readonly escape = new EscapeKey();
  private readonly waiting: Uint8Array[] = [];

  /** True if the user wants to stop kelp for a while. */
  press(data: Uint8Array): boolean {
    const { bytes, leave, suspend } = this.escape.feed(data);
    if (bytes.length > 0) this.waiting.push(bytes);
    this.left ||= leave;
    this.wake();
    return suspend;
  }

  hangUp(): void {
    this.left = this.hungUp = true;
    this.wake();
  }

  take(): Uint8Array[] {
    return this.waiting.splice(0);
  }

  offer(): boolean {
    return this.waiting.length > 0;
  }
}

async function dialogue(args: Arguments): Promise<number> {
  const first: FirstProgram = { mode: "console", environment: ["TERM=dumb", `${MARKS_VARIABLE}=1`] };
  const setup = bootSetup(args, first);
  const { log, volume } = await beginLog(args.texts.get("log"), setup, "dialogue");
  const unfollow = followChanges(setup, volume, log);
  const output = new DialogueOutput((bytes) => process.stdout.write(bytes));
  const session = powerOn(setup, { onConsole: (bytes) => output.write(bytes) }, log, volume);
  const lines = new Lines(process.stdin, output.marks);
  try {
    const realtime = args.flags.has("realtime");
    const outcome = await drive(session.machine, lines, { paced: () => realtime || (lines.idle && !args.flags.has("warp")) });
    if (outcome.kind === "exit" && outcome.value === EXIT_REBOOT && !(await panicked(session))) hostLine("the guest asked for a reboot");
    return await endSession(session, outcome, output);
  } finally {
    unfollow();
    lines.close();
  }
}

/** Standard input is a file or a pipe: one line at a time, as soon as the guest waits; Ctrl-D at its end. */
class Lines implements Input {
  wake: () => void = () => undefined;
  readonly open = true;
  private readonly waiting: Uint8Array[] = [];
  private text: Buffer = Buffer.alloc(0);
  private inputEnded = false;
  /** Prompts that have been answered with a line, and when (tick) the last line was typed. */
  private answered = 0;
  private typedAt = 0;

  constructor(
    private readonly stream: NodeJS.ReadStream,
    private readonly marks: PromptMarks,
  ) {
    stream.on("data", (data: Buffer) => this.read(data));
    stream.on("end", () => this.end());
    stream.on("error", () => this.end());
  }

  /** Nothing is there to be typed, so the guest has the time that its user has. */
  get idle(): boolean {
    return this.waiting.length === 0 && !this.inputEnded;
  }

  close(): void {
    this.stream.removeAllListeners("data");
    this.stream.pause();
    this.stream.unref?.();
  }

  take(): Uint8Array[] {
    return [];
  }

  /** Types the next line where a prompt waits for it, or a program seems to (nothing else happened for a guest second). */
  offer(machine: Machine, nextEvent: number | undefined): boolean {
    if (this.idle || machine.inputPending > 0) return false;
    const waits = nextEvent === undefined || machine.now - this.typedAt >= TICKS_PER_SECOND;
    if (this.marks.prompts <= this.answered && !waits) return false;
    this.answered = this.marks.prompts;
    this.typedAt = machine.now;
    machine.input(this.waiting.shift() ?? Uint8Array.of(CTRL_D));
    return true;
  }

  private read(data: Buffer): void {
    this.text = Buffer.concat([this.text, data]);
    for (let end = this.text.indexOf(10); end >= 0; end = this.text.indexOf(10)) {
      this.waiting.push(this.text.subarray(0, end + 1));
      this.text = this.text.subarray(end + 1);
    }
    this.wake();
  }

  private end(): void {
    if (this.text.length > 0) this.waiting.push(this.text);
    this.text = Buffer.alloc(0);
    this.inputEnded = true;
    this.wake();
  }
}
