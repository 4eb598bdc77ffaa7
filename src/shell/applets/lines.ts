// Applets that take text apart: wc cut tr tee seq tac rev.
import { ERRNO, strerror } from "../../abi/errno.js";
import { O_APPEND, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY, open, read, work, writeAll } from "../sys/calls.js";
import { BUFFER, BUFFER_WORK } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { formatFloat } from "../text/printf.js";
import type { AppletTable, Io } from "./applet.js";
import { closeInput, LineReader, linesOf, readInput } from "./input.js";

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
    yield* io.put(line(values, options.operands.length === 0 ? "" : file));
  }
  if (files.length > 1) yield* io.put(line(total, "total"));
  return status;
}

/** 1-3,5-: pairs of first and last, from 1. A text says what is wrong. */
function parseList(text: string): [number, number][] | string {
  const list: [number, number][] = [];
  for (const piece of text.split(",")) {
    if (piece === "") continue;
    const match = /^([^-]*)(-?)([\s\S]*)$/.exec(piece) ?? [];
    const [first, last] = [match[1] || "1", match[2] === "" ? match[1] : match[3]];
    const wrong = [first, last].find((number) => number && !/^[0-9]+$/.test(number));
    if (wrong !== undefined) return `invalid number '${wrong}'`;
    const [from, to] = [Number(first), Number(last || Number.MAX_SAFE_INTEGER)];
    if (to < from) return `${to}<${from - 1}`;
    list.push([from, to]);
  }
  return list;
}

function* cut(io: Io): Sys<number> {
  const options = yield* io.options("b:c:f:d:snD");
  const kind = ["b", "c", "f"].find((letter) => options.has(letter));
  if (!kind) return yield* io.die("expected a list of bytes, characters, or fields");
  const list = parseList(options.value(kind) ?? "");
  if (typeof list === "string") return yield* io.die(list);
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
      else if (delimiter === "" || !line.includes(delimiter)) yield* io.put(options.has("s") ? "" : `${line}\n`);
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
  wc: {
    usage:
      "[-cmlwL] [FILE]...\n\nCount lines, words and bytes\n\n\t-c, -m\tBytes, characters\n\t-l\tLines\n\t-w\tWords\n\t-L\tThe longest line",
    run: wc,
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
