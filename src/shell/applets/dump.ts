// Bytes as text: xxd (and back again), hexdump, od. hexdump and od show lines of units; ./dump-units.ts has the units' forms.
import { strerror } from "../../abi/errno.js";
import { O_RDONLY, open } from "../sys/calls.js";
import { readAll } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { parseInteger } from "../text/numbers.js";
import type { AppletTable, Io, Options } from "./applet.js";
import { type DumpFormat, FormatError, formatEnd, formatRow, parseFormat } from "./dump-formats.js";
import { DUMP_UNITS, odUnit, type Unit } from "./dump-units.js";
import { closeInput, linesOf, readInput } from "./input.js";

const UNPRINTABLE = /[^\x20-\x7e]/g;

const hex = (value: number, width: number): string => value.toString(16).padStart(width, "0");

/** A byte count as these applets take it: decimal, 0x or 0 before it. */
function* count(io: Io, text: string | undefined, otherwise: number): Sys<number> {
  if (text === undefined) return otherwise;
  const scale = { b: 512, k: 1024, m: 1048576 }[/^0[xX]/.test(text) ? "" : text.slice(-1)] ?? 1;
  const value = parseInteger(scale === 1 ? text : text.slice(0, -1), true);
  if (value === undefined || value < 0n) return yield* io.die(`invalid number '${text}'`);
  return Number(value) * scale;
}

/** All of the files one behind another; what cannot be read is told. `failed`: one could not. */
function* readJoined(io: Io, files: readonly string[]): Sys<{ data: string; failed: boolean }> {
  const pieces: string[] = [];
  let failed = false;
  for (const file of files.length > 0 ? files : ["-"]) {
    const fd = file === "-" ? 0 : yield* open(file, O_RDONLY);
    const text = fd < 0 ? fd : yield* readAll(fd);
    if (typeof text === "string") pieces.push(text);
    else {
      failed = true;
      yield* io.error(`${file}: ${strerror(text)}`);
    }
    if (fd >= 0) yield* closeInput(fd);
  }
  return { data: pieces.join(""), failed };
}

/** xxd -r: lines "offset: hex  text", or with `plain` nothing but digits. */
function fromHex(text: string, plain: boolean): string {
  let out = "";
  for (const line of text.split("\n")) {
    let rest = line;
    if (!plain) {
      const head = /^\s*([0-9A-Fa-f]+):? /.exec(line);
      if (!head) continue;
      const offset = Number.parseInt(head[1] ?? "0", 16);
      // A gap is filled with zeros, as a write behind the end of a file would.
      if (offset > out.length && offset - out.length < 1 << 24) out = out.padEnd(offset, "\0");
      rest = line.slice(head[0].length).split("  ")[0] ?? "";
    }
    const digits = /^[0-9A-Fa-f\s]*/.exec(rest)?.[0].replace(/\s/g, "") ?? "";
    for (let at = 0; at + 1 < digits.length; at += 2) out += String.fromCharCode(Number.parseInt(digits.slice(at, at + 2), 16));
  }
  return out;
}

function* includeStyle(io: Io, data: string, file: string): Sys<void> {
  const named = file !== "-";
  const name = file.replace(/[^A-Za-z0-9]/g, "_");
  const rows: string[] = [];
  for (let at = 0; at < data.length; at += 12)
    rows.push(`  ${[...data.slice(at, at + 12)].map((char) => `0x${hex(char.charCodeAt(0), 2)},`).join(" ")}\n`);
  yield* io.put(named ? `unsigned char ${name}[] = {\n` : "");
  yield* io.put(rows.join(""));
  yield* io.put(named ? `};\nunsigned int ${name}_len = ${data.length};\n` : "");
}

function* xxd(io: Io): Sys<number> {
  const options = yield* io.options("pril:c:g:s:o:");
  const file = options.operands[0] ?? "-";
  const { data: all, failed } = yield* readJoined(io, [file]);
  if (failed) return 1;
  const plain = options.has("p");
  if (options.has("r")) {
    yield* io.put(fromHex(all, plain));
    return 0;
  }
  const skip = yield* count(io, options.value("s"), 0);
  const data = all.slice(skip, skip + (yield* count(io, options.value("l"), all.length)));
  const base = skip + (yield* count(io, options.value("o"), 0));
  if (options.has("i")) {
    yield* includeStyle(io, data, file);
    return 0;
  }
  const columns = (yield* count(io, options.value("c"), 0)) || (plain ? 30 : 16);
  const group = plain ? columns : (yield* count(io, options.value("g"), 2)) || columns;
  const width = columns * 2 + Math.ceil(columns / group) - 1;
  for (let at = 0; at < data.length; at += columns) {
    const row = data.slice(at, at + columns);
    let text = "";
    for (let n = 0; n < row.length; n++) text += (n > 0 && n % group === 0 ? " " : "") + hex(row.charCodeAt(n), 2);
    yield* io.put(plain ? `${text}\n` : `${hex(base + at, 8)}: ${text.padEnd(width)}  ${row.replace(UNPRINTABLE, ".")}\n`);
  }
  return 0;
}

interface Dump {
  io: Io;
  /** The first byte's address. */
  base: number;
  width: number;
  /** Show lines that are like the one before. */
  all: boolean;
  address(at: number): string;
  /** One line of output for each. */
  rows: readonly ((row: string) => string)[];
}

/** Lines of `width` bytes; runs of the same line become "*"; behind all the end's address. */
function* dump(data: string, { io, base, width, all, address, rows }: Dump): Sys<void> {
  let before: string | undefined;
  let starred = false;
  for (let at = 0; at < data.length; at += width) {
    const row = data.slice(at, at + width);
    if (!all && row === before) {
      if (!starred) yield* io.put("*\n");
      starred = true;
      continue;
    }
    before = row;
    starred = false;
    for (const [n, format] of rows.entries()) {
      const head = address(base + at);
      yield* io.put(`${n === 0 ? head : " ".repeat(head.length)}${format(row)}\n`);
    }
  }
  const end = address(base + data.length);
  if (data.length > 0 && end !== "") yield* io.put(`${end}\n`);
}

const unitRow =
  (unit: Unit, padTo: number) =>
  (row: string): string => {
    let text = "";
    for (let at = 0; at < row.length; at += unit.size) text += unit.text(row.slice(at, at + unit.size).padEnd(unit.size, "\0"));
    return text.padEnd(padTo);
  };

function canonical(row: string): string {
  const bytes = [...row].map((char) => hex(char.charCodeAt(0), 2));
  return `  ${bytes.slice(0, 8).join(" ").padEnd(23)}  ${bytes.slice(8).join(" ").padEnd(23)}  |${row.replace(UNPRINTABLE, ".")}|`;
}

const HEXDUMP_WIDTH = 16;

/** hexdump -e FORMAT and -f FILE; rows that repeat are one "*". */
function* dumpByFormats(io: Io, options: Options, data: string, base: number): Sys<number> {
  const texts: string[] = [];
  for (const { letter, value } of options.order) {
    if (letter === "e") texts.push(value);
    else if (letter === "f") texts.push(...linesOf((yield* readInput(io, value)) ?? "").filter((line) => /^\s*[^#\s]/.test(line)));
  }
  let formats: DumpFormat[];
  try {
    formats = texts.map(parseFormat);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return yield* io.die(error.message);
  }
  const width = Math.max(...formats.map(({ size }) => size));
  if (width === 0) return 0;
  let [previous, starred] = ["", false];
  for (let at = 0; at < data.length; at += width) {
    const row = data.slice(at, at + width);
    if (row === previous && row.length === width && !options.has("v")) {
      if (!starred) yield* io.put("*\n");
      starred = true;
      continue;
    }
    [previous, starred] = [row, false];
    for (const format of formats) yield* io.put(formatRow(format, row, base + at));
  }
  for (const format of formats) yield* io.put(formatEnd(format, base + data.length));
  return 0;
}

function* hexdump(io: Io): Sys<number> {
  const options = yield* io.options("bcdoxCe:f:n:s:v");
  const skip = yield* count(io, options.value("s"), 0);
  const { data: all, failed } = yield* readJoined(io, options.operands);
  const data = all.slice(skip, skip + (yield* count(io, options.value("n"), all.length)));
  if (options.has("e") || options.has("f")) return (yield* dumpByFormats(io, options, data, skip)) || (failed ? 1 : 0);
  const letters = options.order.map(({ letter }) => letter).filter((letter) => "bcdoxC".includes(letter));
  const canon = io.name === "hd" || letters.includes("C");
  const rows = letters
    .filter((letter) => letter !== "C")
    .map((letter) => DUMP_UNITS[letter])
    .filter((unit) => unit !== undefined)
    .map((unit) => unitRow(unit, unit.width * (HEXDUMP_WIDTH / unit.size)));
  if (canon) rows.unshift(canonical);
  const usual = DUMP_UNITS[""] as Unit;
  if (rows.length === 0) rows.push(unitRow(usual, usual.width * (HEXDUMP_WIDTH / usual.size)));
  const address = (at: number): string => hex(at, canon ? 8 : 7);
  yield* dump(data, { io, base: skip, width: HEXDUMP_WIDTH, all: options.has("v"), address, rows });
  return failed ? 1 : 0;
}

/** The types behind od's old options. */
const OD_TYPES: Readonly<Record<string, string>> = {
  b: "o1",
  c: "c",
  d: "u2",
  o: "o2",
  x: "x2",
  h: "x2",
  i: "d4",
  l: "d8",
  s: "d2",
  a: "a",
};

function* od(io: Io): Sys<number> {
  const options = yield* io.options("aA:bcdhij:lN:ost:vw:xBDeFHILOSX");
  const types: string[] = [];
  for (const { letter, value } of options.order) {
    const old = OD_TYPES[letter];
    if (letter === "t") types.push(...(value.match(/[a-zA-Z][0-9]*z?/g) ?? [value]));
    else if (old !== undefined) types.push(old);
  }
  if (types.length === 0) types.push("o2");
  const rows: ((row: string) => string)[] = [];
  let largest = 1;
  for (const type of types) {
    const unit = odUnit(type);
    if (!unit) return yield* io.die(`invalid type string '${type}'`);
    largest = Math.max(largest, unit.size);
    rows.push(unitRow(unit, 0));
  }
  const radix = options.value("A") ?? "o";
  const base = { o: 8, d: 10, x: 16, n: 0 }[radix];
  if (base === undefined) return yield* io.die(`bad output address radix '${radix}' (must be [doxn])`);
  const skip = yield* count(io, options.value("j"), 0);
  const { data: all, failed } = yield* readJoined(io, options.operands);
  if (skip > all.length) return yield* io.die("can't skip past end of combined input");
  const data = all.slice(skip, skip + (yield* count(io, options.value("N"), all.length)));
  const given = yield* count(io, options.value("w"), 16);
  const width = given > 0 && given % largest === 0 ? given : 16;
  const address = (at: number): string => (base === 0 ? "" : at.toString(base).padStart(radix === "x" ? 6 : 7, "0"));
  yield* dump(data, { io, base: skip, width, all: options.has("v"), address, rows });
  return failed ? 1 : 0;
}

/** strings: runs of printable characters. */
function* strings(io: Io): Sys<number> {
  const options = yield* io.options("afon:t:");
  const least = yield* count(io, options.value("n"), 4);
  const radix = options.has("o") ? "o" : options.value("t");
  const base = radix === undefined ? 0 : ({ o: 8, d: 10, x: 16 }[radix] ?? 0);
  let status = 0;
  for (const file of options.operands.length > 0 ? options.operands : ["-"]) {
    const { data: text, failed } = yield* readJoined(io, [file]);
    if (failed) status = 1;
    for (const found of text.matchAll(/[\x20-\x7e\t]+/g)) {
      if (found[0].length < least) continue;
      const name = options.has("f") ? `${file === "-" ? "{standard input}" : file}: ` : "";
      yield* io.put(`${name}${base === 0 ? "" : `${found.index.toString(base).padStart(7)} `}${found[0]}\n`);
    }
  }
  return status;
}

const HEXDUMP: AppletTable[string] = {
  usage:
    "[-bcdoxCv] [-n LEN] [-s OFS] [FILE]...\n\nShow bytes\n\n\t-b, -c\tIn octal, as characters\n\t-d, -o, -x\tTwo at a time, decimal, octal, hexadecimal\n\t-C\tHexadecimal with the text beside it\n\t-v\tAll lines\n\t-n LEN, -s OFS\tHow many, from where",
  run: hexdump,
};

export const DUMP: AppletTable = {
  xxd: {
    usage:
      "[-pri] [-g N] [-c N] [-l LEN] [-s OFS] [-o OFS] [FILE]\n\nShow bytes in hexadecimal\n\n\t-g N, -c N\tBytes a group, a line\n\t-p\tNothing else\n\t-i\tAs C\n\t-l LEN, -s OFS\tHow many, from where\n\t-o OFS\tAdd OFS to what is shown\n\t-r\tBack again",
    run: xxd,
  },
  hexdump: HEXDUMP,
  hd: HEXDUMP,
  od: {
    usage:
      "[-abcdosxv] [-A RADIX] [-t TYPE] [-j SKIP] [-N COUNT] [-w WIDTH] [FILE]...\n\nShow bytes\n\n\t-A RADIX\tAddresses: o, d, x or n\n\t-t TYPE\tc, or d, o, u, x with a size of 1, 2, 4 or 8\n\t-j SKIP, -N COUNT\tFrom where, how many",
    run: od,
  },
  strings: {
    usage:
      "[-fo] [-t o|d|x] [-n LEN] [FILE]...\n\nShow text in binary files\n\n\t-f\tFile names before it\n\t-o, -t\tOffsets before it\n\t-n LEN\tAt least LEN characters (4)",
    run: strings,
  },
};
