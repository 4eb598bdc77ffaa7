// vi's motions: where a command leads, and what an operator in front of it takes.
import type { Key } from "../full-screen/screen.js";
import { work } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { Regex, RegexError } from "../text/regex.js";
import type { ViState } from "./state.js";
import {
  columnOf,
  firstNonBlank,
  lastOn,
  lineEnd,
  lineStart,
  nextLine,
  partner,
  placeAtColumn,
  previousLine,
  startOfLine,
  wordBack,
  wordEnd,
  wordForward,
} from "./text.js";

export interface Motion {
  to: number;
  /** An operator takes whole lines. */
  lines?: boolean;
  /** An operator takes the character at the end, too. */
  inclusive?: boolean;
}

function vertical(vi: ViState, count: number, step: (text: string, at: number) => number | undefined): number | undefined {
  let at = vi.dot;
  for (let n = 0; n < count; n++) {
    const next = step(vi.text, at);
    if (next === undefined) return n === 0 ? undefined : at;
    at = next;
  }
  return at;
}

/** Up and down in the column of the first of several such motions. */
function inColumn(vi: ViState, count: number, step: (text: string, at: number) => number | undefined): Motion | undefined {
  const wanted = vi.wantedColumn ?? columnOf(vi.text, vi.dot);
  const line = vertical(vi, count, step);
  if (line === undefined) return undefined;
  vi.wantedColumn = wanted;
  return { to: placeAtColumn(vi.text, line, wanted), lines: true };
}

function repeated(vi: ViState, count: number, step: (at: number) => number): number {
  let at = vi.dot;
  for (let n = 0; n < count; n++) at = step(at);
  return at;
}

function findCharacter(vi: ViState, command: string, char: string, count: number, again = false): Motion | undefined {
  const { text } = vi;
  const forward = command === "f" || command === "t";
  const [first, end] = [lineStart(text, vi.dot), lineEnd(text, vi.dot)];
  let at = vi.dot;
  // Repeated, t does not find the character in front of which it stands.
  if (again && command === "t") at++;
  if (again && command === "T") at--;
  for (let n = 0; n < count; n++) {
    at = forward ? text.indexOf(char, at + 1) : text.lastIndexOf(char, at - 1);
    if (at < first || at >= end) return undefined;
  }
  return { to: command === "t" ? at - 1 : command === "T" ? at + 1 : at, inclusive: forward };
}

/** The next match of the last pattern; the search goes round the end. */
export function* searchNext(vi: ViState, opposite: boolean): Sys<number | undefined> {
  const { search, text } = vi;
  if (!search) return undefined;
  let regex: Regex;
  try {
    regex = new Regex(search.pattern, { ignoreCase: vi.options.has("ignorecase") });
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    vi.complain(`bad search pattern '${search.pattern}': ${error.message}`);
    return undefined;
  }
  const places: number[] = [];
  for (let start = 0; start < text.length; start = lineEnd(text, start) + 1) {
    const line = text.slice(start, lineEnd(text, start));
    yield* work(1 + (line.length >> 5));
    for (let at = 0; at <= line.length; ) {
      const match = regex.exec(line, at);
      if (!match) break;
      places.push(start + match.start);
      at = Math.max(match.end, match.start + 1);
    }
  }
  if (search.backwards !== opposite) return places.findLast((place) => place < vi.dot - 1) ?? places.at(-1);
  return places.find((place) => place > vi.dot) ?? places[0];
}

/** What is typed behind a prompt on the last line; undefined if it was given up. */
export function* typedLine(vi: ViState, prompt: string): Sys<string | undefined> {
  let text = "";
  for (;;) {
    if (!vi.replaying) yield* vi.screen.put(`\x1b[${vi.screen.rows};1H\x1b[K${prompt}${text}`);
    const key = yield* vi.key();
    if (key === "\r" || key === "\n") return text;
    if (key === "\x1b" || key === "\x03" || key === "end") return undefined;
    if (key === "\x7f" || key === "\b") {
      if (text === "") return undefined;
      text = text.slice(0, -1);
    } else if (key === "\x15") text = "";
    else if (key.length === 1) text += key;
  }
}

function* search(vi: ViState, backwards: boolean): Sys<Motion | undefined> {
  const typed = yield* typedLine(vi, backwards ? "?" : "/");
  if (typed === undefined) return undefined;
  const pattern = typed || vi.search?.pattern;
  if (pattern === undefined) return undefined;
  vi.search = { pattern, backwards };
  return yield* found(vi, false);
}

function* found(vi: ViState, opposite: boolean): Sys<Motion | undefined> {
  if (!vi.search) {
    vi.complain("No previous search");
    return undefined;
  }
  const to = yield* searchNext(vi, opposite);
  if (to === undefined && vi.message === "") vi.complain("Pattern not found");
  return to === undefined ? undefined : { to };
}

/** { and }: empty lines. */
function paragraph(vi: ViState, count: number, step: (text: string, at: number) => number | undefined): number {
  const { text } = vi;
  let at = lineStart(text, vi.dot);
  for (let n = 0; n < count; n++) {
    let next = step(text, at);
    while (next !== undefined && text[at] === "\n" && text[next] === "\n") {
      at = next;
      next = step(text, at);
    }
    while (next !== undefined && text[next] !== "\n") {
      at = next;
      next = step(text, at);
    }
    if (next === undefined) return step === nextLine ? lastOn(text, text.length - 1) : 0;
    at = next;
  }
  return at;
}

function lineOf(vi: ViState, number: number): Motion {
  const { text } = vi;
  const start = startOfLine(text, Math.max(1, number)) ?? lineStart(text, text.length - 1);
  return { to: firstNonBlank(text, start), lines: true };
}

/** The first line on the screen; set by the display. */
export interface Window {
  top: number;
}

/** undefined: not possible. "none": the key is no motion. */
export function* motion(vi: ViState, key: Key, count: number | undefined, window: Window): Sys<Motion | undefined | "none"> {
  const { text } = vi;
  const times = count ?? 1;
  if (!"jk\n\x0e\x10<up><down>".includes(key)) vi.wantedColumn = undefined;
  switch (key) {
    case "h":
    case "<left>":
    case "\b":
    case "\x7f":
      return { to: Math.max(lineStart(text, vi.dot), vi.dot - times) };
    case "l":
    case " ":
    case "<right>":
      return { to: Math.min(lineEnd(text, vi.dot), vi.dot + times) };
    case "j":
    case "\n":
    case "\x0e":
    case "<down>":
      return inColumn(vi, times, nextLine);
    case "k":
    case "\x10":
    case "<up>":
      return inColumn(vi, times, previousLine);
    case "+":
    case "\r": {
      const line = vertical(vi, times, nextLine);
      return line === undefined ? undefined : { to: firstNonBlank(text, line), lines: true };
    }
    case "-": {
      const line = vertical(vi, times, previousLine);
      return line === undefined ? undefined : { to: firstNonBlank(text, line), lines: true };
    }
    case "0":
    case "<home>":
      return { to: lineStart(text, vi.dot) };
    case "^":
      return { to: firstNonBlank(text, vi.dot) };
    case "$":
    case "<end>": {
      const line = times > 1 ? (vertical(vi, times - 1, nextLine) ?? vi.dot) : vi.dot;
      vi.wantedColumn = Number.POSITIVE_INFINITY;
      return { to: lastOn(text, line), inclusive: lineEnd(text, line) > lineStart(text, line) };
    }
    case "|":
      return { to: placeAtColumn(text, vi.dot, times - 1) };
    case "w":
    case "W":
      return { to: repeated(vi, times, (at) => wordForward(text, at, key === "W")) };
    case "e":
    case "E":
      return { to: repeated(vi, times, (at) => wordEnd(text, at, key === "E")), inclusive: true };
    case "b":
    case "B":
      return { to: repeated(vi, times, (at) => wordBack(text, at, key === "B")) };
    case "G":
      return lineOf(vi, count ?? Number.POSITIVE_INFINITY);
    case "g":
      return (yield* vi.key()) === "g" ? lineOf(vi, times) : undefined;
    case "H":
      return lineOf(vi, window.top + times - 1);
    case "M":
      return lineOf(vi, window.top + ((vi.screen.rows - 1) >> 1));
    case "L":
      return lineOf(vi, Math.min(vi.lineCount, window.top + vi.screen.rows - 2) - times + 1);
    case "f":
    case "F":
    case "t":
    case "T": {
      const char = yield* vi.key();
      vi.find = { command: key, char };
      return findCharacter(vi, key, char, times);
    }
    case ";":
    case ",": {
      const { find } = vi;
      if (!find) return undefined;
      const swapped = { f: "F", F: "f", t: "T", T: "t" }[find.command] ?? "f";
      return findCharacter(vi, key === ";" ? find.command : swapped, find.char, times, true);
    }
    case "%": {
      const to = partner(text, vi.dot);
      return to === undefined ? undefined : { to, inclusive: true };
    }
    case "{":
      return { to: paragraph(vi, times, previousLine) };
    case "}":
      return { to: paragraph(vi, times, nextLine) };
    case "/":
    case "?":
      return yield* search(vi, key === "?");
    case "n":
    case "N":
      return yield* found(vi, key === "N");
    case "'":
    case "`": {
      const name = yield* vi.key();
      const place = vi.marks.get(name === "`" ? "'" : name);
      if (place === undefined) {
        vi.complain("Mark not set");
        return undefined;
      }
      return key === "'" ? { to: firstNonBlank(text, place), lines: true } : { to: place };
    }
  }
  return "none";
}
