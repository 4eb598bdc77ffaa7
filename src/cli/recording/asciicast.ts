// asciicast v2 (docs.asciinema.org): a header line of JSON, then one line an event, [seconds, "o", text]. Written by `kelp record`, read by
// `kelp play` and the SVG writer.

import { readFileSync, statSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { UsageError } from "../options.js";
import { WholeFile } from "../whole-file.js";

export interface CastHeader {
  readonly width: number;
  readonly height: number;
  /** Seconds since 1970; a recording that is made twice with the same bytes has none. */
  readonly timestamp?: number;
  readonly title?: string;
  readonly term: string;
}

export interface CastEvent {
  /** Seconds since the beginning. */
  readonly time: number;
  /** "o" output, "i" input, "r" the new size as 80x24, "m" marker. */
  readonly kind: string;
  readonly text: string;
}

export interface Cast {
  readonly header: CastHeader;
  readonly events: readonly CastEvent[];
}

/** An old recording is lost only to a whole new one. */
export class CastWriter {
  readonly events: CastEvent[] = [];
  private readonly file: WholeFile;
  /** A character's bytes may come in two pieces. */
  private readonly decoder = new StringDecoder("utf8");
  private open = true;

  constructor(
    path: string,
    private readonly header: CastHeader,
  ) {
    const { width, height, timestamp, title, term } = header;
    this.file = new WholeFile(path);
    this.line({ version: 2, width, height, timestamp, title, env: { TERM: term } });
  }

  output(time: number, bytes: Uint8Array): void {
    const text = this.decoder.write(Buffer.from(bytes));
    if (text !== "") this.event(time, "o", text);
  }

  event(time: number, kind: string, text: string): void {
    if (!this.open) return;
    const rounded = Number(time.toFixed(6));
    this.events.push({ time: rounded, kind, text });
    this.line([rounded, kind, text]);
  }

  end(): Cast {
    this.open = false;
    this.file.commit();
    return { header: this.header, events: this.events };
  }

  private line(value: object): void {
    this.file.write(`${JSON.stringify(value)}\n`);
  }
}

/** A file that the user has named. */
export function readInput(path: string, see: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new UsageError(`${path}: no such file`, see);
  if (stat.isDirectory()) throw new UsageError(`${path}: is a folder`, see);
  return readFileSync(path, "utf8");
}

export function readCast(path: string): Cast {
  const bad = (line: number, what: string): UsageError => new UsageError(`${path}:${line}: ${what}`, "See 'kelp play --help'.");
  const [first, ...rest] = readInput(path, "See 'kelp play --help'.").split("\n");
  const head = parseLine(first);
  if (!isRecord(head) || head.version === undefined) throw bad(1, "not a recording (asciicast)");
  if (head.version !== 2) throw bad(1, `asciicast version ${JSON.stringify(head.version)}; only 2 is read`);
  const { width, height } = head;
  if (!isSize(width) || !isSize(height)) throw bad(1, "width and height must be whole numbers from 1 to 1000");
  const events: CastEvent[] = [];
  for (const [index, line] of rest.entries()) {
    if (line.trim() === "") continue;
    const event = parseLine(line);
    if (!Array.isArray(event)) throw bad(index + 2, "not an event ([seconds, kind, text])");
    const [time, kind, text]: unknown[] = event;
    if (!isTime(time) || typeof kind !== "string" || typeof text !== "string") {
      throw bad(index + 2, "not an event ([seconds, kind, text])");
    }
    if (time < (events.at(-1)?.time ?? 0)) throw bad(index + 2, "the time runs backwards");
    events.push({ time, kind, text });
  }
  return { header: { width, height, term: "xterm-256color" }, events };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const isSize = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 1000;
/** JSON has no infinity, but a number too large for a double becomes one. */
const isTime = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Events with every pause cut down to the limit (seconds). */
export function limitIdle(events: readonly CastEvent[], limit: number): CastEvent[] {
  let cut = 0;
  let last = 0;
  return events.map(({ time, kind, text }) => {
    cut += Math.max(time - last - limit, 0);
    last = time;
    return { time: time - cut, kind, text };
  });
}
