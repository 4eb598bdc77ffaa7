// `kelp record OUT.cast`: kelp (or kelp with a command) on a pseudo-terminal, in this terminal's sight, and what it shows in a file; or a
// script typed for the user in the guest's own time.

import { accessSync, constants as fileModes, statSync } from "node:fs";
import { dirname } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { type Arguments, UsageError } from "../options.js";
import { HostError, projectFile } from "../project-files.js";
import { RawTerminal } from "../raw-terminal.js";
import { writeWholeFile } from "../whole-file.js";
import { type Cast, CastWriter, readInput } from "./asciicast.js";
import { type ScreenSize, scriptLines } from "./script-recording.js";

const SEE = "See 'kelp record --help'.";
const DEFAULT_SIZE: ScreenSize = { columns: 80, rows: 24 };
/** Options of the guest that --script boots. */
const GUEST_OPTIONS = ["image", "cmdline", "append", "mem", "cpus", "seed"];
const CTRL_D = "\x04";

export async function recordCommand(args: Arguments): Promise<number> {
  const { files, texts, numbers, flags } = args;
  const [path, ...command] = files;
  if (path === undefined) throw new UsageError("record needs the name of the recording", SEE);
  const script = texts.get("script");
  if (script !== undefined && command.length > 0) throw new UsageError("both --script and a command are given", SEE);
  const own = [...texts.keys(), ...numbers.keys()].find((name) => GUEST_OPTIONS.includes(name));
  if (script === undefined && own !== undefined) {
    throw new UsageError(`'--${own}' goes with --script; for a command write it behind '--'`, SEE);
  }
  const picture = texts.get("svg");
  if (flags.has("screen") && script === undefined)
    throw new UsageError("--screen goes with --script; without it kelp shows its screen anyway", SEE);
  if (flags.has("still") && picture === undefined) throw new UsageError("--still needs --svg", SEE);
  for (const file of [path, picture]) if (file !== undefined) checkWritable(file);

  const interactive = script === undefined && process.stdin.isTTY === true && process.stdout.isTTY === true;
  const here = interactive ? { columns: process.stdout.columns, rows: process.stdout.rows } : DEFAULT_SIZE;
  const size = { columns: numbers.get("columns") ?? here.columns, rows: numbers.get("rows") ?? here.rows };
  let cast: CastWriter;
  let status: number;
  if (script !== undefined) {
    const lines = scriptLines(readInput(script, SEE), flags.has("screen"));
    const { recordScript, SCRIPT_TERMINAL } = await import("./script-recording.js");
    cast = new CastWriter(path, { width: size.columns, height: size.rows, term: SCRIPT_TERMINAL });
    status = await recordScript(args, lines, size, cast);
  } else {
    const term = process.env.TERM ?? "xterm-256color";
    const pty = await loadPty();
    cast = new CastWriter(path, { width: size.columns, height: size.rows, timestamp: Math.floor(Date.now() / 1000), term });
    status = await recordTerminal(pty, command, size, term, cast);
  }
  const whole = cast.end();
  if (picture !== undefined) await writePicture(picture, whole, flags.has("still"));
  return status;
}

/** A recording that cannot be written is known before anything is run. */
function checkWritable(file: string): void {
  const folder = dirname(file);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`${folder}: no such folder`, SEE);
  const old = statSync(file, { throwIfNoEntry: false });
  if (old?.isDirectory()) throw new UsageError(`${file}: is a folder`, SEE);
  accessSync(old && !old.isFile() ? file : folder, fileModes.W_OK);
}

type Pty = typeof import("@lydell/node-pty");

async function loadPty(): Promise<Pty> {
  try {
    return await import("@lydell/node-pty");
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new HostError(`recording a terminal needs @lydell/node-pty, which cannot be loaded here (${why}); --script does without it`);
  }
}

async function recordTerminal(
  pty: Pty,
  command: readonly string[],
  { columns, rows }: ScreenSize,
  term: string,
  cast: CastWriter,
): Promise<number> {
  const { stdin, stdout } = process;
  const env = Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  const child = pty.spawn(process.execPath, [projectFile("dist/src/cli/main.js"), ...command], {
    cols: columns,
    rows,
    name: term,
    env,
    encoding: null,
  });
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  // With encoding null the data are bytes, whatever the types say.
  child.onData((data: string | Uint8Array) => {
    const bytes = Buffer.from(data);
    cast.output(seconds(), bytes);
    stdout.write(bytes);
  });
  const keys = new StringDecoder("utf8");
  const type = (data: Buffer): void => child.write(keys.write(data));
  const resize = (): void => {
    child.resize(stdout.columns, stdout.rows);
    cast.event(seconds(), "r", `${stdout.columns}x${stdout.rows}`);
  };
  const hangUp = (): void => child.kill("SIGHUP");
  const raw = stdin.isTTY === true && stdout.isTTY === true;
  // The recorded program restores its modes; what it leaves behind when it is cut off is switched off here.
  const terminal = raw ? new RawTerminal(stdin, stdout) : undefined;
  child.onData((data: string | Uint8Array) => terminal?.watch(Buffer.from(data)));
  if (terminal) {
    terminal.enter(type, hangUp, hangUp);
    stdout.on("resize", resize);
  } else {
    stdin.on("end", () => child.write(CTRL_D));
    stdin.on("data", type);
  }
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, hangUp);
  try {
    const { exitCode, signal } = await new Promise<{ exitCode: number; signal?: number }>((resolve) => child.onExit(resolve));
    return signal ? 128 + signal : exitCode;
  } finally {
    terminal?.leave();
    stdout.off("resize", resize);
    stdin.off("data", type);
    stdin.pause();
    for (const signal of ["SIGTERM", "SIGHUP"] as const) process.off(signal, hangUp);
  }
}

async function writePicture(file: string, cast: Cast, still: boolean): Promise<void> {
  const [{ screenFrames }, { svg }] = await Promise.all([import("./screen-frames.js"), import("./svg.js")]);
  writeWholeFile(file, svg(cast.header, await screenFrames(cast), still));
}
