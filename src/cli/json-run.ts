// `kelp run --json FILE`: types each line of FILE at the prompt of one interactive shell, through the UART as a user would, and
// prints one JSON object a line: what the terminal showed, the exit status, the kernel messages. `@sleep N` waits N guest seconds.

import { MARKS_VARIABLE } from "../abi/run-protocol.js";
import { ElfFile } from "../debug/elf-file.js";
import { KernelLog } from "../debug/kernel-log.js";
import { SymbolTable } from "../debug/symbols.js";
import { STATUS_FAILED, STATUS_TIMEOUT } from "./exit-status.js";
import { hostLine } from "./host-lines.js";
import { type Arguments, UsageError } from "./options.js";
import { PromptMarks } from "./prompt-marks.js";
import { endStatus, type Session, startSession } from "./session.js";
import { type End, Typist } from "./typist.js";

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
  const typist = new Typist(session.machine, marks, { commandLimit: COMMAND_LIMIT, timeout: args.numbers.get("timeout") });
  const log = new KernelLog(session.machine.cores.ram, new SymbolTable(new ElfFile(session.image)));

  let ended = await typist.waitForPrompt();
  log.takeNew(); // the boot's messages belong to no command
  for (const [i, line] of lines.entries()) {
    if (ended) return report(session, ended, `before '${line}' could be typed`);
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
  return ended ? report(session, ended, "at the end") : 0;
}

function print(step: object): void {
  process.stdout.write(`${JSON.stringify(step)}\n`);
}

function report(session: Session, end: End, when: string): number {
  if (end.kind === "hangs") {
    hostLine(`no prompt came ${when}`);
    return STATUS_FAILED;
  }
  if (end.kind === "timeout") {
    hostLine(`stopped on --timeout ${when}`);
    return STATUS_TIMEOUT;
  }
  hostLine(`the guest ended ${when}`);
  return endStatus(session, end) || STATUS_FAILED;
}
