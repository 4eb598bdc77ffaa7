// `kelp run`: boots, runs a script or commands, prints the console from the script's start on, exits with its status.

import { basename } from "node:path";
import { TICKS_PER_SECOND } from "../vm/machine.js";
import { ScriptOutput } from "./console-output.js";
import { drive } from "./drive.js";
import type { FirstProgram } from "./guest-volume.js";
import { type Arguments, UsageError } from "./options.js";
import { readUserFile } from "./project-files.js";
import { beginLog, bootSetup, endSession, powerOn, type Session } from "./session.js";
import { StandardInput } from "./standard-input.js";
import { WholeFile } from "./whole-file.js";

const SEE = "See 'kelp run --help'.";
const STATUS_SIGINT = 130;

export async function runCommand(args: Arguments): Promise<number> {
  const { files, texts, flags, numbers } = args;
  const command = texts.get("command");
  if (files.length > 1) throw new UsageError(`unexpected argument '${files[1]}'`, SEE);
  if (command === undefined && files.length === 0) throw new UsageError("run needs -c CMDS or a FILE", SEE);
  if (command !== undefined && files.length > 0) throw new UsageError(`both -c and a file, '${files[0]}', are given`, SEE);
  if (flags.has("json")) {
    if (files.length === 0) throw new UsageError("--json needs a FILE", SEE);
    for (const name of ["log", "profile"]) if (texts.has(name)) throw new UsageError(`'--${name}' does not go with '--json'`, SEE);
    return (await import("./json-run.js")).jsonRun(args, readUserFile(files[0]).toString("utf8"));
  }
  const first: FirstProgram =
    command !== undefined
      ? { mode: "command", text: command }
      : { mode: "script", name: basename(files[0]), bytes: readUserFile(files[0]) };

  // The terminal before the host's standard output is no terminal of the guest's: it must not repeat what is typed.
  const setup = bootSetup(args, first, "-echo");
  const input = new StandardInput(process.stdin);
  const output = new ScriptOutput(
    (bytes) => process.stdout.write(bytes),
    () => input.admitInterrupts(),
  );
  const { log, volume } = await beginLog(texts.get("log"), setup, "script");
  const onConsole = (bytes: Uint8Array): void => {
    input.heard(session.machine);
    output.write(bytes);
  };
  const session = powerOn(setup, { onConsole }, log, volume);
  const writeProfile = await beginProfile(texts.get("profile"), session);
  const stopListening = forwardInterrupts(input);
  const timeout = numbers.get("timeout");
  try {
    const outcome = await drive(session.machine, input, {
      paced: () => flags.has("realtime"),
      ...(timeout === undefined ? {} : { deadline: Math.round(timeout * TICKS_PER_SECOND) }),
    });
    return await endSession(session, outcome, output);
  } finally {
    writeProfile();
    stopListening();
    input.close();
  }
}

/** Fails before anything has been run where the file cannot be written. Returns what writes it at the end. */
async function beginProfile(file: string | undefined, { machine, image }: Session): Promise<() => void> {
  if (file === undefined) return () => undefined;
  const { Profile } = await import("../debug/profile.js");
  const profile = new Profile(machine.cores, image);
  const output = new WholeFile(file);
  return () => {
    output.write([...profile.report(), ""].join("\n"));
    output.commit();
  };
}

/** Ctrl-C goes to the guest; a second one, before the guest has ended of it, ends kelp. */
function forwardInterrupts(input: StandardInput): () => void {
  let interrupted = false;
  const onInterrupt = () => {
    if (interrupted) process.exit(STATUS_SIGINT);
    interrupted = true;
    input.interrupt();
  };
  process.on("SIGINT", onInterrupt);
  return () => process.off("SIGINT", onInterrupt);
}
