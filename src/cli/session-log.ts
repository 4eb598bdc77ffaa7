// A session's own log (`--log FILE`): boot options, seed, fingerprints and stamped input as NDJSON. Because the machine is
// deterministic, that is all that `kelp replay` needs to give the session again, byte for byte.

import { closeSync, openSync, writeSync } from "node:fs";
import type { Stamp } from "../vm/clock.js";
import type { InputRecord, Machine } from "../vm/machine.js";
import type { OutputKind } from "./console-output.js";
import type { FirstProgram } from "./guest-volume.js";
import { HostError, hostReason, readUserFile } from "./project-files.js";
import type { Share } from "./share.js";

const FORMAT = 1;

/** Everything that decides what a machine does, but its input. */
export interface BootSetup {
  memoryMiB: number;
  cpus: number;
  seed: number;
  commandLine: string;
  /** Seconds since 1970; the machine's own constant where absent. */
  bootTime?: number;
  /** A kernel image's name; the default one where absent. */
  image?: string;
  share?: Share;
  first: FirstProgram;
  /** Words for RUN_TERMINAL. */
  terminal: string;
}

/** What must be the same for a replay: SHA-256 in hex. */
export interface Fingerprints {
  /** vmlinux. */
  image: string;
  /** The root volume at power-on. */
  volume: string;
  /** kelp's machine and host programs. */
  host: string;
}

/** How a session ended, or that its machine was reset and booted again. */
export type LoggedEnd = { kind: "exit"; value: number } | { kind: "crash" | "idle" | "timeout" | "left" | "reboot" };

interface Moment<T> {
  stamp: Stamp;
  what: T;
}

export interface LoggedSession {
  setup: BootSetup;
  output: OutputKind;
  fingerprints: Fingerprints;
  /** One for each power-on: its input, and how it ended (undefined: the log breaks off). */
  boots: { inputs: InputRecord[]; end: Moment<LoggedEnd> | undefined }[];
}

/** [instructions retired, ns skipped, turns given]. */
type StampJson = [number, number, number];
type FirstJson =
  | { mode: "console"; environment: readonly string[] }
  | { mode: "command"; text: string }
  | { mode: "script"; name: string; base64: string };
type Line =
  | { kelp: number; setup: Omit<BootSetup, "first">; first: FirstJson; output: OutputKind; fingerprints: Fingerprints }
  | { at: StampJson; input: string }
  | { at: StampJson; size: [rows: number, columns: number] }
  | { at: StampJson; end: LoggedEnd };

const stampJson = ({ retired, skippedNs, turn }: Stamp): StampJson => [Number(retired), skippedNs, turn];
const stampOf = ([retired, skippedNs, turn]: StampJson): Stamp => ({ retired: BigInt(retired), skippedNs, turn });

/** Each line is written at once: a killed session's log can be replayed as far as it goes. */
export class SessionLog {
  private readonly file: number;
  private machine: Machine | undefined;

  constructor(path: string) {
    try {
      this.file = openSync(path, "w");
    } catch (error) {
      throw new HostError(`the log cannot be written: ${hostReason(error, path) ?? String(error)}`);
    }
    process.on("exit", this.onExit);
  }

  begin(setup: BootSetup, output: OutputKind, fingerprints: Fingerprints): void {
    const { first, ...rest } = setup;
    this.line({
      kelp: FORMAT,
      setup: rest,
      first: first.mode === "script" ? { mode: "script", name: first.name, base64: Buffer.from(first.bytes).toString("base64") } : first,
      output,
      fingerprints,
    });
  }

  /** The machine whose end must be told even if the process is made to exit. */
  watch(machine: Machine): void {
    this.machine = machine;
  }

  input(record: InputRecord): void {
    const at = stampJson(record.stamp);
    if ("bytes" in record) this.line({ at, input: Buffer.from(record.bytes).toString("latin1") });
    else this.line({ at, size: [record.size.rows, record.size.columns] });
  }

  end(end: LoggedEnd): void {
    if (this.machine) this.line({ at: stampJson(this.machine.stamp), end });
    this.machine = undefined;
  }

  close(): void {
    process.off("exit", this.onExit);
    closeSync(this.file);
  }

  private readonly onExit = (): void => {
    try {
      this.end({ kind: "left" });
    } catch {
      // The disc is full: a log that breaks off can be replayed as far as it goes.
    }
  };

  private line(line: Line): void {
    writeSync(this.file, `${JSON.stringify(line)}\n`);
  }
}

export function readLog(path: string): LoggedSession {
  const text = readUserFile(path).toString("utf8");
  // What a killed session wrote of its last line does not count.
  const complete = text.slice(0, text.lastIndexOf("\n") + 1);
  const [header, ...lines] = complete
    .split("\n")
    .filter((line) => line !== "")
    .map((line, i) => parseLine(path, line, i + 1));
  if (header === undefined || !("kelp" in header)) throw new HostError(`${path}: not a log of kelp's`);
  if (header.kelp !== FORMAT) throw new HostError(`${path}: a log of format ${header.kelp}; this kelp reads format ${FORMAT}`);
  const { setup, first, output, fingerprints } = header;
  const session: LoggedSession = {
    setup: { ...setup, first: firstOf(first) },
    output,
    fingerprints,
    boots: [{ inputs: [], end: undefined }],
  };
  for (const line of lines) {
    const boot = session.boots[session.boots.length - 1];
    if ("input" in line) boot.inputs.push({ stamp: stampOf(line.at), bytes: Buffer.from(line.input, "latin1") });
    else if ("size" in line) boot.inputs.push({ stamp: stampOf(line.at), size: { rows: line.size[0], columns: line.size[1] } });
    else if ("end" in line) {
      boot.end = { stamp: stampOf(line.at), what: line.end };
      if (line.end.kind === "reboot") session.boots.push({ inputs: [], end: undefined });
    } else throw new HostError(`${path}: a second header`);
  }
  return session;
}

function firstOf(first: FirstJson): FirstProgram {
  return first.mode === "script" ? { mode: "script", name: first.name, bytes: Buffer.from(first.base64, "base64") } : first;
}

function parseLine(path: string, text: string, number: number): Line {
  const broken = new HostError(`${path}: line ${number} is no line of a log of kelp's`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw broken;
  }
  if (!isObject(value)) throw broken;
  if (typeof value.kelp === "number") {
    if (value.kelp === FORMAT && !(isObject(value.setup) && isObject(value.first) && isObject(value.fingerprints) && "output" in value))
      throw broken;
  } else {
    const { at } = value;
    if (!Array.isArray(at) || at.length !== 3 || !at.every((part) => Number.isSafeInteger(part) && part >= 0)) throw broken;
    const known = typeof value.input === "string" || isSize(value.size) || (isObject(value.end) && typeof value.end.kind === "string");
    if (!known) throw broken;
  }
  return value as Line;
}

function isSize(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((part) => Number.isInteger(part) && part >= 0 && part < 65536);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
