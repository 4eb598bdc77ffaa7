// Applets that take text apart by lines: head tail wc sort uniq cut tr tee seq rev tac.
import { ERRNO, strerror } from "../../abi/errno.js";
import { close, O_APPEND, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY, open, read, work, writeAll } from "../sys/calls.js";
import { BUFFER, BUFFER_WORK } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { nanosleep } from "../sys/system.js";
import { formatFloat } from "../text/printf.js";
import type { AppletTable, Io } from "./applet.js";
import { closeInput, LineReader, linesOf, openInput, readInput } from "./input.js";

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
  const options = yield* withArgs(io, oldCount(io.args)).options("n:c:qv");
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

/** The same applet with other arguments: what an old spelling stands for. */
function withArgs(io: Io, args: readonly string[]): Io {
  return Object.assign(Object.create(Object.getPrototypeOf(io) as object) as Io, io, { args });
}

function* tail(io: Io): Sys<number> {
  const args = /^[-+][0-9]+/.test(io.args[0] ?? "") ? ["-n", (io.args[0] ?? "").replace(/^-/, ""), ...io.args.slice(1)] : io.args;
  const options = yield* withArgs(io, args).options("n:c:qvfFs:");
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

const WC_COLUMNS = ["l", "w", "m", "c", "L"] as const;

function* wc(io: Io): Sys<number> {
  const options = yield* io.options("lwmcL");
  let shown = WC_COLUMNS.filter((letter) => options.has(letter));
  if (shown.length === 0) shown = ["l", "w", "c"];
  const files = options.operands.length > 0 ? options.operands : ["-"];
  const total = new Map<string, number>();
  let status = 0;
  const line = (values: ReadonlyMap<string, number>, name: string): string => {
    // One figure stands bare, several in columns of nine.
    const texts = shown.map((letter) => String(values.get(letter) ?? 0));
    const figures = shown.length === 1 && files.length === 1 ? (texts[0] ?? "") : texts.map((text) => text.padStart(9)).join(" ");
    return `${figures}${name === "" ? "" : ` ${name}`}\n`;
  };
  for (const file of files) {
    const fd = file === "-" ? 0 : yield* open(file, O_RDONLY);
    if (fd < 0) {
      yield* io.error(`${file}: ${strerror(fd)}`);
      status = 1;
      continue;
    }
    const values = new Map<string, number>(WC_COLUMNS.map((letter) => [letter, 0]));
    const add = (letter: string, n: number): void => void values.set(letter, (values.get(letter) ?? 0) + n);
    const reader = new LineReader(fd);
    for (let text = yield* reader.next(); text !== undefined; text = yield* reader.next()) {
      if (text.endsWith("\n")) add("l", 1);
      add("w", text.split(/[ \t\n\v\f\r]+/).filter((word) => word !== "").length);
      add("m", text.length);
      add("c", text.length);
      values.set("L", Math.max(values.get("L") ?? 0, text.replace(/\n$/, "").length));
    }
    if (reader.failure < 0) {
      yield* io.error(`${file}: ${strerror(reader.failure)}`);
      status = 1;
    }
    yield* closeInput(fd);
    for (const [letter, n] of values)
      total.set(letter, letter === "L" ? Math.max(total.get(letter) ?? 0, n) : (total.get(letter) ?? 0) + n);
    yield* io.put(line(values, file === "-" ? "" : file));
  }
  if (files.length > 1) yield* io.put(line(total, "total"));
  return status;
}

interface SortKey {
  first: number;
  firstChar: number;
  last: number;
  lastChar: number;
  flags: string;
}

function parseKey(text: string): SortKey | undefined {
  const match = /^([0-9]+)(?:\.([0-9]+))?([a-zA-Z]*)(?:,([0-9]+)(?:\.([0-9]+))?([a-zA-Z]*))?$/.exec(text);
  if (!match) return undefined;
  return {
    first: Number(match[1]),
    firstChar: Number(match[2] ?? 1),
    last: Number(match[4] ?? 0),
    lastChar: Number(match[5] ?? 0),
    flags: (match[3] ?? "") + (match[6] ?? ""),
  };
}

/** Fields with the blanks before them, or cut at a separator. */
function fieldsOf(line: string, separator: string | undefined): string[] {
  if (separator !== undefined) return line.split(separator);
  return line.match(/[ \t]*[^ \t]+|[ \t]+$/g) ?? [];
}

function keyText(line: string, key: SortKey, separator: string | undefined): string {
  const fields = fieldsOf(line, separator);
  const joiner = separator ?? "";
  const last = key.last === 0 ? fields.length : key.last;
  const picked = fields.slice(key.first - 1, last);
  if (key.last > 0 && key.lastChar > 0 && picked.length > 0) picked[picked.length - 1] = (picked.at(-1) ?? "").slice(0, key.lastChar);
  return picked.join(joiner).slice(key.firstChar - 1);
}

const numberOf = (text: string): number => Number(/^[ \t]*(-?[0-9]*\.?[0-9]*)/.exec(text)?.[1] || 0) || 0;
const UNIT_POWERS = " KMGTPE";

function humanNumber(text: string): number {
  const unit = /^[ \t]*-?[0-9.]+([KMGTPEk]?)/.exec(text)?.[1]?.toUpperCase() ?? "";
  return numberOf(text) * 1024 ** Math.max(0, UNIT_POWERS.indexOf(unit || " "));
}

function compareTexts(a: string, b: string, flags: string): number {
  if (flags.includes("n") || flags.includes("g")) return numberOf(a) - numberOf(b);
  if (flags.includes("h")) return humanNumber(a) - humanNumber(b);
  let [left, right] = [a, b];
  if (flags.includes("b")) [left, right] = [left.trimStart(), right.trimStart()];
  if (flags.includes("f")) [left, right] = [left.toUpperCase(), right.toUpperCase()];
  if (flags.includes("d")) [left, right] = [left.replace(/[^\w \t]/g, ""), right.replace(/[^\w \t]/g, "")];
  return left < right ? -1 : left > right ? 1 : 0;
}

function* sort(io: Io): Sys<number> {
  const options = yield* io.options("ngMucszbrdfiho:k:t:");
  const keys: SortKey[] = [];
  for (const text of options.values("k")) {
    const key = parseKey(text);
    if (!key) return yield* io.die(`bad field specification '${text}'`, 2);
    keys.push(key);
  }
  const lines: string[] = [];
  for (const file of options.operands.length > 0 ? options.operands : ["-"]) {
    const fd = file === "-" ? 0 : yield* open(file, O_RDONLY);
    if (fd < 0) return yield* io.die(`${file}: ${strerror(fd)}`, 2);
    yield* closeInput(fd);
    const text = yield* readInput(io, file);
    if (text !== undefined) lines.push(...linesOf(text));
  }
  const global = "ngbfdh"
    .split("")
    .filter((letter) => options.has(letter))
    .join("");
  const reverse = options.has("r") ? -1 : 1;
  const separator = options.value("t");
  const byKeys = (a: string, b: string): number => {
    for (const key of keys) {
      const flags = key.flags === "" ? global : key.flags;
      const order = compareTexts(keyText(a, key, separator), keyText(b, key, separator), flags);
      if (order !== 0) return order * (key.flags === "" ? reverse : key.flags.includes("r") ? -1 : 1);
    }
    return keys.length > 0 ? 0 : compareTexts(a, b, global) * reverse;
  };
  const compare = (a: string, b: string): number =>
    byKeys(a, b) || (options.has("s") || options.has("u") ? 0 : (a < b ? -1 : a > b ? 1 : 0) * reverse);
  if (options.has("c")) {
    const at = lines.findIndex((line, n) => n > 0 && compare(lines[n - 1] ?? "", line) > 0);
    if (at < 0) return 0;
    yield* writeAll(2, `Check line ${at}\n`);
    return 1;
  }
  yield* work(lines.length * 16 + 1);
  lines.sort(compare);
  const kept = options.has("u") ? lines.filter((line, n) => n === 0 || byKeys(lines[n - 1] ?? "", line) !== 0) : lines;
  const text = kept.map((line) => `${line}\n`).join("");
  const out = options.value("o");
  if (out === undefined) yield* io.put(text);
  else {
    const fd = yield* open(out, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd < 0) return yield* io.die(`${out}: ${strerror(fd)}`, 2);
    yield* writeAll(fd, text);
    yield* close(fd);
  }
  return 0;
}

function* uniq(io: Io): Sys<number> {
  const options = yield* io.options("cduzf:s:w:i");
  const [from = "-", to] = options.operands;
  const fd = yield* openInput(io, from);
  if (fd === undefined) return 1;
  const skipFields = Number(options.value("f") ?? 0);
  const skipChars = Number(options.value("s") ?? 0);
  const width = Number(options.value("w") ?? Number.POSITIVE_INFINITY);
  const key = (line: string): string => {
    let text = line;
    for (let n = 0; n < skipFields; n++) text = text.replace(/^[ \t]*[^ \t]*/, "");
    text = text.slice(skipChars, skipChars + width);
    return options.has("i") ? text.toLowerCase() : text;
  };
  let out = -1;
  if (to !== undefined && to !== "-") {
    out = yield* open(to, O_WRONLY | O_CREAT | O_TRUNC);
    if (out < 0) return yield* io.die(`can't create '${to}': ${strerror(out)}`);
  }
  const reader = new LineReader(fd);
  let held: string | undefined;
  let count = 0;
  const show = function* (): Sys<void> {
    if (held === undefined || (options.has("d") && count < 2) || (options.has("u") && count > 1)) return;
    const text = `${options.has("c") ? `${String(count).padStart(7)} ` : ""}${held}\n`;
    if (out >= 0) yield* writeAll(out, text);
    else yield* io.put(text);
  };
  for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next()) {
    const text = line.replace(/\n$/, "");
    if (held !== undefined && key(held) === key(text)) {
      count++;
      continue;
    }
    yield* show();
    held = text;
    count = 1;
  }
  yield* show();
  yield* closeInput(fd);
  return 0;
}

/** 1-3,5-: pairs of first and last, from 1. */
function parseList(text: string): [number, number][] | undefined {
  const list: [number, number][] = [];
  for (const piece of text.split(",")) {
    const match = /^([0-9]*)(-?)([0-9]*)$/.exec(piece);
    if (!match || piece === "" || piece === "-") return undefined;
    const first = Number(match[1] || 1);
    list.push([first, match[2] === "" ? first : Number(match[3] || Number.MAX_SAFE_INTEGER)]);
  }
  return list;
}

function* cut(io: Io): Sys<number> {
  const options = yield* io.options("b:c:f:d:snD");
  const kind = ["b", "c", "f"].find((letter) => options.has(letter));
  if (!kind) return yield* io.die("expected a list of bytes, characters, or fields");
  const list = parseList(options.value(kind) ?? "");
  if (!list) return yield* io.die(`invalid range '${options.value(kind)}'`);
  const inside = (n: number): boolean => list.some(([first, last]) => n >= first && n <= last);
  const delimiter = options.value("d") ?? "\t";
  let status = 0;
  for (const file of options.operands.length > 0 ? options.operands : ["-"]) {
    const fd = file === "-" ? 0 : yield* open(file, O_RDONLY);
    if (fd < 0) {
      yield* io.error(`${file}: ${strerror(fd)}`);
      status = 1;
      continue;
    }
    const reader = new LineReader(fd);
    for (let raw = yield* reader.next(); raw !== undefined; raw = yield* reader.next()) {
      const line = raw.replace(/\n$/, "");
      if (kind !== "f") yield* io.put(`${[...line].filter((_, n) => inside(n + 1)).join("")}\n`);
      else if (!line.includes(delimiter)) yield* io.put(options.has("s") ? "" : `${line}\n`);
      else
        yield* io.put(
          `${line
            .split(delimiter)
            .filter((_, n) => inside(n + 1))
            .join(delimiter)}\n`,
        );
    }
    yield* closeInput(fd);
  }
  return status;
}

const TR_CLASSES: Readonly<Record<string, string>> = {
  lower: "a-z",
  upper: "A-Z",
  digit: "0-9",
  alpha: "A-Za-z",
  alnum: "0-9A-Za-z",
  space: "\\t-\\r ",
  blank: "\\t ",
  xdigit: "0-9A-Fa-f",
  punct: "!-/:-@[-`{-~",
};
const TR_ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", a: "\x07", b: "\b", f: "\f", v: "\v" };

/** The characters of a tr set, ranges and classes written out. */
function expandSet(text: string): string {
  const plain = text.replace(/\[:(\w+):\]/g, (whole, name: string) => TR_CLASSES[name] ?? whole);
  let out = "";
  let at = 0;
  const one = (): number => {
    const octal = /^\\[0-7]{1,3}/.exec(plain.slice(at, at + 4))?.[0];
    if (octal !== undefined) {
      at += octal.length;
      return Number.parseInt(octal.slice(1), 8) & 0xff;
    }
    if (plain[at] === "\\" && at + 1 < plain.length) {
      at += 2;
      const char = plain[at - 1] ?? "";
      return (TR_ESCAPES[char] ?? char).charCodeAt(0);
    }
    return plain.charCodeAt(at++);
  };
  while (at < plain.length) {
    const low = one();
    if (plain[at] === "-" && at + 1 < plain.length) {
      at++;
      const high = one();
      for (let code = low; code <= high; code++) out += String.fromCharCode(code);
    } else out += String.fromCharCode(low);
  }
  return out;
}

function* tr(io: Io): Sys<number> {
  const options = yield* io.options("+cCdst");
  const [first, second] = options.operands;
  if (first === undefined) return yield* io.showUsage();
  let from = expandSet(first);
  if (options.has("c") || options.has("C")) {
    const given = new Set(from);
    from = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))
      .filter((char) => !given.has(char))
      .join("");
  }
  const to = second === undefined ? "" : expandSet(second);
  const drop = new Set(options.has("d") ? from : "");
  const map = new Map<string, string>();
  if (!options.has("d") && to !== "") for (const [n, char] of [...from].entries()) map.set(char, to[n] ?? to.at(-1) ?? "");
  const squeeze = new Set(options.has("s") ? (second === undefined ? from : to) : "");
  let last = "";
  for (;;) {
    const block = yield* read(0, BUFFER);
    if (block === -ERRNO.EINTR) continue;
    if (typeof block === "number") return yield* io.die(`read error: ${strerror(block)}`);
    if (block === "") return 0;
    let out = "";
    for (const char of block) {
      if (drop.has(char)) continue;
      const mapped = map.get(char) ?? char;
      if (squeeze.has(mapped) && mapped === last) continue;
      last = mapped;
      out += mapped;
    }
    yield* work(BUFFER_WORK);
    yield* io.put(out);
  }
}

function* tee(io: Io): Sys<number> {
  const options = yield* io.options("ai");
  const outputs: { fd: number; name: string }[] = [{ fd: 1, name: "standard output" }];
  let status = 0;
  for (const name of options.operands) {
    const fd = yield* open(name, O_WRONLY | O_CREAT | (options.has("a") ? O_APPEND : O_TRUNC));
    if (fd < 0) {
      yield* io.error(`${name}: ${strerror(fd)}`);
      status = 1;
    } else outputs.push({ fd, name });
  }
  for (;;) {
    const block = yield* read(0, BUFFER);
    if (block === -ERRNO.EINTR) continue;
    if (typeof block === "number" || block === "") return status;
    for (const { fd, name } of outputs) {
      const result = yield* writeAll(fd, block);
      if (result >= 0) continue;
      yield* io.error(`${name}: ${strerror(result)}`);
      status = 1;
    }
    yield* work(BUFFER_WORK);
  }
}

const decimals = (text: string): number => /\.([0-9]*)/.exec(text)?.[1]?.length ?? 0;

function* seq(io: Io): Sys<number> {
  const options = yield* io.options("+ws:");
  const { operands } = options;
  const separator = options.value("s") ?? "\n";
  const pad = options.has("w");
  if (operands.length < 1 || operands.length > 3 || operands.some((text) => Number.isNaN(Number(text)) || text === ""))
    return yield* io.showUsage();
  const [first, step, last] =
    operands.length === 1
      ? ["1", "1", operands[0] ?? ""]
      : operands.length === 2
        ? [operands[0] ?? "", "1", operands[1] ?? ""]
        : (operands as [string, string, string]);
  const places = Math.max(decimals(first), decimals(step));
  const show = (value: number): string => formatFloat(Math.abs(value), "f", places);
  const width = pad ? Math.max(show(Number(first)).length, show(Number(last)).length) : 0;
  const increment = Number(step);
  let any = false;
  for (let n = 0; ; n++) {
    const value = Number(first) + n * increment;
    if (increment >= 0 ? value > Number(last) + 1e-9 : value < Number(last) - 1e-9) break;
    yield* io.put(`${any ? separator : ""}${value < 0 ? "-" : ""}${show(value).padStart(width, "0")}`);
    any = true;
  }
  if (any) yield* io.put("\n");
  return 0;
}

function* tac(io: Io): Sys<number> {
  let status = 0;
  for (const file of io.args.length > 0 ? io.args : ["-"]) {
    const text = yield* readInput(io, file);
    if (text === undefined) status = 1;
    else for (const line of linesOf(text).reverse()) yield* io.put(`${line}\n`);
  }
  return status;
}

function* rev(io: Io): Sys<number> {
  let status = 0;
  for (const file of io.args.length > 0 ? io.args : ["-"]) {
    const text = yield* readInput(io, file);
    if (text === undefined) status = 1;
    else yield* io.put(text.replace(/[^\n]+/g, (line) => [...line].reverse().join("")));
  }
  return status;
}

export const LINES: AppletTable = {
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
  wc: {
    usage:
      "[-cmlwL] [FILE]...\n\nCount lines, words and bytes\n\n\t-c, -m\tBytes, characters\n\t-l\tLines\n\t-w\tWords\n\t-L\tThe longest line",
    run: wc,
  },
  sort: {
    usage:
      "[-nrugbfdhsc] [-o FILE] [-k FIRST[.CHAR][FLAGS][,LAST]] [-t CHAR] [FILE]...\n\nSort lines\n\n\t-n, -g, -h\tBy number, by number with unit\n\t-r\tBackwards\n\t-u\tEqual lines once\n\t-b\tWithout blanks before\n\t-f\tUpper and lower case are the same\n\t-d\tOnly letters, digits and blanks count\n\t-s\tEqual lines stay as they are\n\t-c\tOnly check\n\t-k, -t\tSort key, separator of fields",
    run: sort,
  },
  uniq: {
    usage:
      "[-cdui] [-f N] [-s N] [-w N] [FILE [OUTFILE]]\n\nDrop lines that repeat the one before\n\n\t-c\tCount them\n\t-d\tOnly repeated ones\n\t-u\tOnly others\n\t-i\tUpper and lower case are the same\n\t-f, -s N\tSkip N fields, characters\n\t-w N\tCompare N characters",
    run: uniq,
  },
  cut: {
    usage:
      "{-b|-c LIST | -f LIST [-d CHAR] [-s]} [FILE]...\n\nPrint pieces of lines\n\n\t-b, -c\tBytes, characters\n\t-f\tFields\n\t-d CHAR\tWhat separates fields (a tab)\n\t-s\tOnly lines with CHAR in them",
    run: cut,
  },
  tr: {
    usage:
      "[-cds] STRING1 [STRING2]\n\nTranslate or delete characters of standard input\n\n\t-c\tAll but STRING1's\n\t-d\tDelete\n\t-s\tRuns of one character become one",
    run: tr,
  },
  tee: { usage: "[-ai] [FILE]...\n\nCopy standard input to FILEs and to standard output\n\n\t-a\tAppend", run: tee },
  seq: {
    usage:
      "[-w] [-s SEP] [FIRST [INC]] LAST\n\nPrint numbers from FIRST to LAST by INC\n\n\t-w\tSame width, with zeros\n\t-s SEP\tWhat stands between",
    run: seq,
  },
  tac: { usage: "[FILE]...\n\nPrint lines last first", run: tac },
  rev: { usage: "[FILE]...\n\nPrint lines backwards", run: rev },
};
