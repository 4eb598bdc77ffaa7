// head and tail: the beginning and the end of files.
import { ERRNO, strerror } from "../../abi/errno.js";
import { O_RDONLY, open, read } from "../sys/calls.js";
import { BUFFER } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { nanosleep } from "../sys/system.js";
import type { AppletTable, Io } from "./applet.js";
import { closeInput, LineReader, openInput } from "./input.js";

const SUFFIXES: Readonly<Record<string, number>> = { "": 1, b: 512, k: 1024, K: 1024, m: 1048576, M: 1048576, G: 1073741824 };

/** A count with one of busybox's suffixes; ends the applet on anything else. */
function* count(io: Io, text: string): Sys<number> {
  const match = /^([0-9]{1,15})([bkKmMG]?)$/.exec(text);
  if (!match) return yield* io.die(`invalid number '${text}'`);
  return Number(match[1]) * (SUFFIXES[match[2] ?? ""] ?? 1);
}

/** `-5` of old: as `-n 5`. */
const oldCount = (args: readonly string[]): string[] =>
  /^-[0-9]+[bkm]?$/.test(args[0] ?? "") ? ["-n", (args[0] ?? "").slice(1), ...args.slice(1)] : [...args];

function title(name: string, first: boolean): string {
  return `${first ? "" : "\n"}==> ${name === "-" ? "standard input" : name} <==\n`;
}

function* head(io: Io): Sys<number> {
  const options = yield* io.optionsOf(oldCount(io.args), "n:c:qv");
  const text = options.value("c") ?? options.value("n") ?? "10";
  const fromEnd = text.startsWith("-");
  const limit = yield* count(io, fromEnd ? text.slice(1) : text);
  const bytes = options.has("c");
  const files = options.operands.length > 0 ? options.operands : ["-"];
  const titles = options.has("v") || (files.length > 1 && !options.has("q"));
  let status = 0;
  let first = true;
  for (const file of files) {
    const fd = file === "-" ? 0 : yield* open(file, O_RDONLY);
    if (fd < 0) {
      yield* io.error(`${file}: ${strerror(fd)}`);
      status = 1;
      continue;
    }
    if (titles) yield* io.put(title(file, first));
    first = false;
    if (!(yield* headOf(io, fd, file, { limit, bytes, fromEnd }))) status = 1;
    yield* closeInput(fd);
  }
  return status;
}

function* headOf(io: Io, fd: number, name: string, what: { limit: number; bytes: boolean; fromEnd: boolean }): Sys<boolean> {
  if (what.fromEnd) {
    const held: string[] = [];
    const reader = new LineReader(fd);
    for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next()) {
      held.push(...(what.bytes ? line : [line]));
      while (held.length > what.limit) yield* io.put(held.shift() ?? "");
    }
    return true;
  }
  if (what.bytes) {
    for (let left = what.limit; left > 0; ) {
      const block = yield* read(fd, Math.min(left, BUFFER));
      if (block === -ERRNO.EINTR) continue;
      if (typeof block === "number") return yield* failed(io, name, block);
      if (block === "") break;
      yield* io.put(block);
      left -= block.length;
    }
    return true;
  }
  const reader = new LineReader(fd);
  for (let left = what.limit; left > 0; left--) {
    const line = yield* reader.next();
    if (line === undefined) break;
    yield* io.put(line);
  }
  return reader.failure === 0 || (yield* failed(io, name, reader.failure));
}

function* failed(io: Io, name: string, error: number): Sys<boolean> {
  yield* io.error(`${name}: ${strerror(error)}`);
  return false;
}

function* tail(io: Io): Sys<number> {
  const args = /^[-+][0-9]+/.test(io.args[0] ?? "") ? ["-n", (io.args[0] ?? "").replace(/^-/, ""), ...io.args.slice(1)] : io.args;
  const options = yield* io.optionsOf(args, "n:c:qvfFs:");
  const text = options.value("c") ?? options.value("n") ?? "10";
  const fromStart = text.startsWith("+");
  const limit = yield* count(io, text.replace(/^[-+]/, ""));
  const files = options.operands.length > 0 ? options.operands : ["-"];
  let status = 0;
  const opened: { fd: number; file: string }[] = [];
  for (const file of files) {
    const fd = yield* openInput(io, file);
    if (fd === undefined) status = 1;
    else opened.push({ fd, file });
  }
  if (opened.length === 0) return yield* io.die("no files");
  const titles = options.has("v") || (opened.length > 1 && !options.has("q"));
  for (const [n, { fd, file }] of opened.entries()) {
    if (titles) yield* io.put(title(file, n === 0));
    yield* tailOf(io, fd, limit, options.has("c"), fromStart);
  }
  const last = opened.at(-1);
  if ((options.has("f") || options.has("F")) && last) yield* followFile(io, last.fd);
  for (const { fd } of opened) yield* closeInput(fd);
  return status;
}

function* tailOf(io: Io, fd: number, limit: number, bytes: boolean, fromStart: boolean): Sys<void> {
  const reader = new LineReader(fd);
  const held: string[] = [];
  let size = 0;
  let skipped = 0;
  for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next()) {
    if (fromStart) {
      const start = bytes ? Math.max(0, limit - 1 - skipped) : skipped < limit - 1 ? line.length : 0;
      skipped += bytes ? line.length : 1;
      yield* io.put(line.slice(start));
      continue;
    }
    held.push(line);
    size += line.length;
    while (held.length > 0 && (bytes ? size - (held[0]?.length ?? 0) >= limit : held.length > limit)) size -= held.shift()?.length ?? 0;
  }
  const text = held.join("");
  if (!fromStart && limit > 0) yield* io.put(bytes ? text.slice(-limit) : text);
}

/** tail -f: looks each second. */
function* followFile(io: Io, fd: number): Sys<void> {
  for (;;) {
    yield* io.flush();
    const block = yield* read(fd, BUFFER);
    if (typeof block === "number" && block !== -ERRNO.EINTR) return;
    if (typeof block === "string" && block !== "") yield* io.put(block);
    else yield* nanosleep(1);
  }
}

export const HEAD_TAIL: AppletTable = {
  head: {
    usage:
      "[-n N] [-c N] [-qv] [FILE]...\n\nPrint the first 10 lines of FILEs\n\n\t-n N\tThe first N lines, with -N all but the last N\n\t-c N\tThe first N bytes\n\t-q, -v\tNever, always print names",
    run: head,
  },
  tail: {
    usage:
      "[-n N] [-c N] [-qvf] [FILE]...\n\nPrint the last 10 lines of FILEs\n\n\t-n N\tThe last N lines, with +N all from the Nth\n\t-c N\tThe last N bytes\n\t-f\tGo on as the file grows\n\t-q, -v\tNever, always print names",
    run: tail,
  },
};
