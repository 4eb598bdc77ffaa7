// `kelp run`: boots, runs a script or commands, prints the console from the script's start on, exits with its status.

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { RUN_START_MARK } from "../abi/run-protocol.js";
import { TICKS_PER_SECOND } from "../vm/machine.js";
import { STATUS_TIMEOUT } from "./exit-status.js";
import type { FirstProgram } from "./guest-volume.js";
import { hostLine } from "./host-lines.js";
import { type Arguments, UsageError } from "./options.js";
import { endStatus, runToEnd, startSession } from "./session.js";

const SEE = "See 'kelp run --help'.";

export async function runCommand(args: Arguments): Promise<number> {
  const { files, texts, flags } = args;
  const command = texts.get("command");
  if (files.length > 1) throw new UsageError(`unexpected argument '${files[1]}'`, SEE);
  if (command === undefined && files.length === 0) throw new UsageError("run needs -c CMDS or a FILE", SEE);
  if (command !== undefined && files.length > 0) throw new UsageError(`both -c and a file, '${files[0]}', are given`, SEE);
  if (flags.has("json")) {
    if (files.length === 0) throw new UsageError("--json needs a FILE", SEE);
    return (await import("./json-run.js")).jsonRun(args, readFileSync(files[0], "utf8"));
  }
  const first: FirstProgram =
    command !== undefined
      ? { mode: "command", text: command }
      : { mode: "script", name: basename(files[0]), bytes: readFileSync(files[0]) };

  const console = new ScriptConsole((text) => process.stdout.write(text));
  const session = startSession(args, first, { onConsole: (bytes) => console.write(bytes) });
  const timeout = args.numbers.get("timeout");
  const limit = timeout === undefined ? {} : { until: Math.round(timeout * TICKS_PER_SECOND) };
  const result = await runToEnd(session.machine, limit);
  // A guest that never came to its script died in the boot: then the boot log is what matters.
  console.end();
  if (result.kind === "slice") {
    hostLine(`stopped after ${timeout} guest seconds`);
    return STATUS_TIMEOUT;
  }
  return endStatus(session, result);
}

/** Holds the boot log back until init's start mark has passed, and turns the terminal's line ends into the host's. */
class ScriptConsole {
  private held = "";
  private started = false;

  constructor(private readonly print: (bytes: Uint8Array) => void) {}

  write(bytes: Uint8Array): void {
    // latin1 keeps every byte; the guest's encoding is none of our business.
    this.held += Buffer.from(bytes).toString("latin1");
    if (!this.started) {
      const at = this.held.indexOf(RUN_START_MARK);
      if (at < 0) return;
      this.started = true;
      this.held = this.held.slice(at + RUN_START_MARK.length);
    }
    // A carriage return at the end may be half of a line end.
    const ready = this.held.endsWith("\r") ? this.held.length - 1 : this.held.length;
    this.emit(this.held.slice(0, ready));
    this.held = this.held.slice(ready);
  }

  end(): void {
    this.emit(this.held);
    this.held = "";
  }

  private emit(text: string): void {
    if (text !== "") this.print(Buffer.from(text.replaceAll("\r\n", "\n"), "latin1"));
  }
}
