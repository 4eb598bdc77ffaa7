// vi's colon commands: addresses, files, substitutions, settings.
import { strerror } from "../../abi/errno.js";
import { execve, fork, wait4, work } from "../sys/calls.js";
import { readFile, writeFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { Regex, RegexError } from "../text/regex.js";
import type { Display } from "./display.js";
import { searchNext } from "./motions.js";
import type { ViState } from "./state.js";
import { countLines, firstNonBlank, lineEnd, lineStart, startOfLine } from "./text.js";

const OPTIONS: Readonly<Record<string, string>> = { ai: "autoindent", ic: "ignorecase", nu: "number" };

interface Lines {
  first: number;
  last: number;
}

class Addresses {
  at = 0;

  constructor(
    readonly vi: ViState,
    readonly text: string,
  ) {}

  *#one(): Sys<number | undefined> {
    const { vi, text } = this;
    const rest = text.slice(this.at);
    const number = /^[0-9]+/.exec(rest)?.[0];
    let line: number | undefined;
    if (number !== undefined) {
      line = Number(number);
      this.at += number.length;
    } else if (rest[0] === ".") {
      line = vi.lineNumber;
      this.at++;
    } else if (rest[0] === "$") {
      line = vi.lineCount;
      this.at++;
    } else if (rest[0] === "'") {
      const place = vi.marks.get(rest[1] ?? "");
      this.at += 2;
      if (place === undefined) throw new RangeError("Mark not set");
      line = countLines(vi.text, 0, place) + 1;
    } else if (rest[0] === "/" || rest[0] === "?") {
      const close = rest.indexOf(rest[0], 1);
      const pattern = rest.slice(1, close < 0 ? undefined : close);
      this.at += close < 0 ? rest.length : close + 1;
      vi.search = { pattern: pattern || (vi.search?.pattern ?? ""), backwards: rest[0] === "?" };
      const place = yield* searchNext(vi, false);
      if (place === undefined) throw new RangeError("Pattern not found");
      line = countLines(vi.text, 0, place) + 1;
    }
    for (;;) {
      const offset = /^([-+])([0-9]*)/.exec(text.slice(this.at));
      if (!offset) return line;
      line = (line ?? vi.lineNumber) + (offset[1] === "-" ? -1 : 1) * Number(offset[2] || 1);
      this.at += offset[0].length;
    }
  }

  *range(): Sys<Lines | undefined> {
    if (this.text[this.at] === "%") {
      this.at++;
      return { first: 1, last: this.vi.lineCount };
    }
    const first = yield* this.#one();
    if (this.text[this.at] !== ",") return first === undefined ? undefined : { first, last: first };
    this.at++;
    const last = yield* this.#one();
    return { first: first ?? this.vi.lineNumber, last: last ?? this.vi.lineNumber };
  }
}

/** The text of lines, as places. */
function placesOf(vi: ViState, { first, last }: Lines): [number, number] {
  const from = startOfLine(vi.text, first);
  const to = startOfLine(vi.text, last);
  if (from === undefined || to === undefined || last < first) throw new RangeError("Invalid range");
  return [from, lineEnd(vi.text, to) + 1];
}

function* write(vi: ViState, name: string | undefined, lines: Lines | undefined, force: boolean): Sys<boolean> {
  const file = name || vi.file;
  if (file === undefined) {
    vi.complain("No current filename");
    return false;
  }
  if (vi.readOnly && !force && file === vi.file) {
    vi.complain(`'${file}' is read only`);
    return false;
  }
  const text = lines ? vi.text.slice(...placesOf(vi, lines)) : vi.text;
  const result = yield* writeFile(file, text);
  if (result < 0) {
    vi.complain(`'${file}' ${strerror(result)}`);
    return false;
  }
  if (!lines && (file === vi.file || vi.file === undefined)) {
    vi.saved = vi.text;
    vi.file ??= file;
  }
  vi.message = `'${file}' ${countLines(text)}L, ${text.length}C`;
  return true;
}

/** Reads a file into the text; a new one begins with an empty line. */
export function* edit(vi: ViState, file: string): Sys<void> {
  const text = yield* readFile(file);
  vi.file = file;
  vi.text = typeof text === "number" || text === "" ? "\n" : text.endsWith("\n") ? text : `${text}\n`;
  vi.saved = vi.text;
  vi.dot = 0;
  vi.marks.clear();
}

function* readInto(vi: ViState, name: string | undefined, after: number | undefined): Sys<void> {
  const file = name || vi.file || "";
  const text = yield* readFile(file);
  if (typeof text === "number") return vi.complain(`'${file}' ${strerror(text)}`);
  const line = after === 0 ? undefined : startOfLine(vi.text, after ?? vi.lineNumber);
  const at = line === undefined ? 0 : lineEnd(vi.text, line) + 1;
  const whole = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  vi.replace(at, at, whole);
  vi.dot = Math.min(at, vi.text.length - 1);
  vi.message = `'${file}' ${countLines(whole)}L, ${whole.length}C`;
}

function* substitute(vi: ViState, argument: string, lines: Lines): Sys<void> {
  const delimiter = argument[0] ?? "/";
  const parts: string[] = [""];
  for (let at = 1; at < argument.length; at++) {
    const char = argument[at] ?? "";
    if (char === delimiter) parts.push("");
    else if (char === "\\" && at + 1 < argument.length) {
      at++;
      parts[parts.length - 1] += argument[at] === delimiter ? delimiter : `\\${argument[at]}`;
    } else parts[parts.length - 1] += char;
  }
  const [find = "", by = "", flags = ""] = parts;
  const pattern = find || vi.search?.pattern;
  if (!pattern) return vi.complain("No previous search");
  vi.search = { pattern, backwards: false };
  const regex = new Regex(pattern, { ignoreCase: vi.options.has("ignorecase") || flags.includes("i") });
  const [from, to] = placesOf(vi, lines);
  const out: string[] = [];
  let count = 0;
  let changedLines = 0;
  let last: number | undefined;
  let place = from;
  for (const line of vi.text.slice(from, to - 1).split("\n")) {
    yield* work(1 + (line.length >> 4));
    const { text, hits } = substituteLine(line, regex, by, flags.includes("g"));
    if (hits > 0) {
      last = place;
      changedLines++;
    }
    count += hits;
    place += text.length + 1;
    out.push(text);
  }
  if (last === undefined) return vi.complain(`No match`);
  vi.replace(from, to, `${out.join("\n")}\n`);
  vi.dot = firstNonBlank(vi.text, last);
  if (count > 1) vi.message = `${count} substitutions on ${changedLines} lines`;
}

function substituteLine(line: string, regex: Regex, by: string, all: boolean): { text: string; hits: number } {
  let text = "";
  let hits = 0;
  let at = 0;
  while (at <= line.length) {
    const match = regex.exec(line, at);
    if (!match) break;
    hits++;
    text += line.slice(at, match.start);
    text += by.replace(/\\(.)|&/g, (whole, escaped: string | undefined) => {
      if (whole === "&") return line.slice(match.start, match.end);
      if (/[0-9]/.test(escaped ?? "")) return match.group(Number(escaped)) ?? "";
      return escaped === "n" ? "\n" : (escaped ?? "");
    });
    at = match.end;
    if (match.end === match.start) text += line[at++] ?? "";
    if (!all) break;
  }
  return { text: text + line.slice(at), hits };
}

function set(vi: ViState, argument: string): void {
  for (const word of argument.split(/\s+/)) {
    if (word === "" || word === "all") {
      const shown = Object.values(OPTIONS).map((name) => `${vi.options.has(name) ? "" : "no"}${name}`);
      vi.message = shown.join(" ");
      continue;
    }
    const off = word.startsWith("no");
    const name = off ? word.slice(2) : word;
    const option = OPTIONS[name] ?? (Object.values(OPTIONS).includes(name) ? name : undefined);
    if (option === undefined) vi.complain(`bad option: ${name}`);
    else if (off) vi.options.delete(option);
    else vi.options.add(option);
  }
}

function* shell(vi: ViState, display: Display, command: string): Sys<void> {
  const { screen } = vi;
  yield* screen.close();
  yield* screen.put(`\x1b[${screen.rows};1H\x1b[K`);
  const { env } = vi.process;
  const pid = yield* fork(function* () {
    const result = yield* execve("/bin/sh", ["sh", "-c", command], env);
    return result < 0 ? 127 : 0;
  });
  if (pid > 0) yield* wait4(pid, 0);
  yield* screen.put("\x1b[7m[Hit return to continue]\x1b[m");
  yield* screen.reopen();
  for (let key = ""; key !== "\r" && key !== "\n" && key !== "end"; ) key = yield* screen.key();
  display.forget();
}

function* named(vi: ViState, display: Display, name: string, force: boolean, argument: string, lines: Lines | undefined): Sys<void> {
  const here = lines ?? { first: vi.lineNumber, last: vi.lineNumber };
  const is = (full: string, shortest: number): boolean => name.length >= shortest && full.startsWith(name);
  if (is("write", 1)) yield* write(vi, argument, lines, force);
  else if (name === "wq" || name === "x" || name === "wn") {
    if (name === "x" && !vi.modified) vi.done = true;
    else if (yield* write(vi, argument, lines, force)) vi.done = true;
  } else if (is("quit", 1) || name === "qa") {
    if (vi.modified && !force) vi.complain("No write since last change (:q! overrides)");
    else vi.done = true;
  } else if (is("edit", 1)) {
    if (vi.modified && !force) return vi.complain("No write since last change (:e! overrides)");
    yield* edit(vi, argument || (vi.file ?? ""));
    display.forget();
    vi.message = `'${vi.file}' ${vi.lineCount}L, ${vi.text.length}C`;
  } else if (is("read", 1)) yield* readInto(vi, argument, lines?.last);
  else if (is("file", 1)) {
    if (argument !== "") vi.file = argument;
  } else if (is("delete", 1)) {
    const [from, to] = placesOf(vi, here);
    vi.store(vi.text.slice(from, to), true, "d");
    vi.replace(from, to, "");
    vi.dot = firstNonBlank(vi.text, Math.min(from, vi.text.length - 1));
  } else if (is("yank", 1)) {
    const [from, to] = placesOf(vi, here);
    const text = vi.text.slice(from, to);
    vi.tellRegister("Yank", { text, lines: true }, vi.store(text, true, "d"), true);
  } else if (is("set", 2)) {
    set(vi, argument);
    display.forget();
  } else if (name === "=") vi.message = String(lines?.last ?? vi.lineCount);
  else if (is("version", 1)) vi.message = "vi of kelp, after busybox's";
  else vi.complain(`'${name}' is not implemented`);
}

/** One line behind the colon. */
export function* colon(vi: ViState, display: Display, typed: string): Sys<void> {
  const text = typed.trim();
  try {
    const addresses = new Addresses(vi, text);
    const lines = yield* addresses.range();
    const rest = text.slice(addresses.at).trimStart();
    if (rest === "") {
      if (!lines) return;
      const start = startOfLine(vi.text, Math.max(1, lines.last));
      if (start === undefined) vi.complain("Invalid range");
      else vi.dot = firstNonBlank(vi.text, start);
      return;
    }
    if (rest.startsWith("!")) return yield* shell(vi, display, rest.slice(1));
    if (/^s[^A-Za-z0-9\s]/.test(rest)) {
      return yield* substitute(vi, rest.slice(1), lines ?? { first: vi.lineNumber, last: vi.lineNumber });
    }
    const [, name = "", bang = "", argument = ""] = /^([a-zA-Z]+|=|[^a-zA-Z\s]+)(!?)\s*(.*)$/.exec(rest) ?? [];
    yield* named(vi, display, name, bang === "!", argument, lines);
  } catch (error) {
    if (error instanceof RangeError) vi.complain(error.message);
    else if (error instanceof RegexError) vi.complain(`bad search pattern: ${error.message}`);
    else throw error;
  }
  vi.dot = Math.min(vi.dot, lineStart(vi.text, vi.text.length - 1) + lineEnd(vi.text, vi.text.length - 1));
}
