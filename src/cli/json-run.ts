// `kelp run --json FILE`: types each line of FILE at the prompt of one interactive shell, through the UART as a user would, and
// prints one JSON object a line: what the terminal showed, the exit status, the kernel messages. `@sleep N` waits N guest seconds.

import { MARKS_VARIABLE } from "../abi/run-protocol.js";
import { ElfFile } from "../debug/elf-file.js";
import { KernelLog } from "../debug/kernel-log.js";
import { SymbolTable } from "../debug/symbols.js";
import { type RunResult, TICKS_PER_SECOND } from "../vm/machine.js";
import { STATUS_FAILED, STATUS_TIMEOUT } from "./exit-status.js";
import { hostLine } from "./host-lines.js";
import { type Arguments, UsageError } from "./options.js";
import { PromptMarks } from "./prompt-marks.js";
import { endStatus, type Session, startSession } from "./session.js";

const SLICE = 5_000_000;
/** A shell that a background job keeps from ever being idle gets its next line this many instructions after its prompt. */
const BUSY_PROMPT = 20_000_000;
/** A command that takes longer than this (guest seconds) hangs. */
const COMMAND_LIMIT = 600;

const SLEEP = /^@sleep\s+(\d+(?:\.\d+)?)\s*$/;

export async function jsonRun(args: Arguments, text: string): Promise<number> {
  const lines = text.split("\n").filter((line) => line !== "");
  const malformed = lines.find((line) => line.startsWith("@") && !SLEEP.test(line));
  if (malformed !== undefined) throw new UsageError(`'${malformed}' is no step`, "A step is a command line or '@sleep SECONDS'.");
  const marks = new PromptMarks();
  const session = startSession(
    args,
    { mode: "console", environment: [`${MARKS_VARIABLE}=1`] },
    { onConsole: (bytes) => marks.write(bytes) },
  );
  const typist = new Typist(session, marks, args.numbers.get("timeout"));
  const log = new KernelLog(session.machine.cores.ram, new SymbolTable(new ElfFile(session.image)));

  let ended = await typist.waitForPrompt();
  log.takeNew(); // the boot's messages belong to no command
  for (const [i, line] of lines.entries()) {
    if (ended) return typist.report(ended, `before '${line}' could be typed`);
    const sleep = SLEEP.exec(line);
    if (sleep) {
      ended = await typist.sleep(Number(sleep[1]));
      print({ sleep: Number(sleep[1]), out: marks.take(), dmesg: log.takeNew() });
    } else {
      ended = await typist.type(line);
      print({ cmd: line, out: marks.take(), rc: marks.status ?? null, dmesg: log.takeNew() });
    }
    if (ended && i === lines.length - 1 && ended.kind === "exit") return 0;
  }
  return ended ? typist.report(ended, "at the end") : 0;
}

function print(step: object): void {
  process.stdout.write(`${JSON.stringify(step)}\n`);
}

/** The machine has ended, or hangs. */
type End = RunResult | { kind: "hangs" } | { kind: "timeout" };

/** The user at the keyboard: waits for prompts, types, sleeps. Each method returns undefined as long as the guest lives. */
class Typist {
  private readonly deadline: number;

  constructor(
    private readonly session: Session,
    private readonly marks: PromptMarks,
    timeout: number | undefined,
  ) {
    this.deadline = timeout === undefined ? Number.POSITIVE_INFINITY : timeout * TICKS_PER_SECOND;
  }

  async type(line: string): Promise<End | undefined> {
    this.marks.typing();
    this.session.machine.input(Buffer.from(`${line}\r`, "utf8"));
    return this.waitForPrompt();
  }

  async sleep(seconds: number): Promise<End | undefined> {
    const { machine } = this.session;
    const until = Math.round(machine.now + seconds * TICKS_PER_SECOND);
    this.marks.listening = true;
    for (;;) {
      const result = machine.run({ instructions: SLICE, until: Math.min(until, this.deadline) });
      if (machine.now >= until) return undefined;
      if (machine.now >= this.deadline) return { kind: "timeout" };
      if (result.kind === "idle") {
        machine.skipTo(until);
        return undefined;
      }
      if (result.kind !== "slice") return result;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Until one more prompt stands there and the shell waits for a line. */
  async waitForPrompt(): Promise<End | undefined> {
    const { machine } = this.session;
    const { marks } = this;
    const wanted = marks.prompts + 1;
    const limit = Math.min(machine.now + COMMAND_LIMIT * TICKS_PER_SECOND, this.deadline);
    let busy = 0;
    for (;;) {
      const result = machine.run({ instructions: SLICE, until: limit, stopWhenIdle: true });
      const prompted = marks.prompts >= wanted;
      if (result.kind === "idle") {
        if (prompted) return undefined;
        if (result.nextEvent === undefined) return { kind: "hangs" };
        machine.skipTo(Math.min(result.nextEvent, limit));
      } else if (result.kind === "slice") {
        if (prompted && (busy += SLICE) >= BUSY_PROMPT) return undefined;
        await new Promise((resolve) => setImmediate(resolve));
      } else return result;
      if (machine.now >= limit) return machine.now >= this.deadline ? { kind: "timeout" } : { kind: "hangs" };
    }
  }

  report(end: End, when: string): number {
    if (end.kind === "hangs") {
      hostLine(`no prompt came ${when}`);
      return STATUS_FAILED;
    }
    if (end.kind === "timeout") {
      hostLine(`stopped on --timeout ${when}`);
      return STATUS_TIMEOUT;
    }
    hostLine(`the guest ended ${when}`);
    return endStatus(this.session, end) || STATUS_FAILED;
  }
}
