// vi's commands that change the text: operators with motions, puts, joins, and the ways into insert mode.
import type { Key } from "../full-screen/screen.js";
import type { Sys } from "../sys/request.js";
import type { Display } from "./display.js";
import { insertText } from "./insert.js";
import { type Motion, motion } from "./motions.js";
import type { ViState } from "./state.js";
import { firstNonBlank, isBlank, lastOn, lineEnd, lineStart, nextLine } from "./text.js";

const SHIFT = "\t";
const TAB = 8;

interface Range {
  from: number;
  to: number;
  lines: boolean;
}

/** The whole lines that two places lie on. */
function lineRange(text: string, a: number, b: number): Range {
  return { from: lineStart(text, Math.min(a, b)), to: Math.min(text.length, lineEnd(text, Math.max(a, b)) + 1), lines: true };
}

function linesFrom(vi: ViState, count: number): Range {
  let last = vi.dot;
  for (let n = 1; n < count; n++) last = nextLine(vi.text, last) ?? last;
  return lineRange(vi.text, vi.dot, last);
}

function rangeOf(vi: ViState, { to, lines, inclusive }: Motion): Range {
  const { text } = vi;
  if (lines) return lineRange(text, vi.dot, to);
  const [from, end] = [Math.min(vi.dot, to), Math.max(vi.dot, to)];
  return { from, to: inclusive ? end + 1 : end, lines: false };
}

/** What an operator takes; undefined where its motion fails. */
function* operand(vi: ViState, display: Display, operator: Key, count: number | undefined): Sys<Range | undefined> {
  let key = yield* vi.key();
  let digits = "";
  while (/^[1-9]$/.test(key) || (digits !== "" && key === "0")) {
    digits += key;
    key = yield* vi.key();
  }
  const times = digits === "" ? count : (count ?? 1) * Number(digits);
  if (key === operator) return linesFrom(vi, times ?? 1);
  // cw on a word changes it up to its end, not the blanks behind it.
  const inWord = !isBlank(vi.text[vi.dot]) && vi.text[vi.dot] !== "\n";
  if (operator === "c" && inWord && (key === "w" || key === "W")) {
    const end = yield* wordToChange(vi, key, times, display);
    return end === undefined ? undefined : { from: vi.dot, to: end, lines: false };
  }
  const found = yield* motion(vi, key, times, display);
  if (found === undefined || found === "none") return undefined;
  const range = rangeOf(vi, found);
  // dw on a line's last word leaves the line end.
  if ((key === "w" || key === "W") && range.to > lineEnd(vi.text, range.from) && (times ?? 1) === 1)
    range.to = lineEnd(vi.text, range.from);
  // The last word of the text has no next one to stop before.
  else if ((key === "w" || key === "W") && range.to === vi.text.length - 2) range.to = vi.text.length - 1;
  return range;
}

function* wordToChange(vi: ViState, key: Key, count: number | undefined, display: Display): Sys<number | undefined> {
  const { text, dot } = vi;
  const single = (count ?? 1) === 1 && (isBlank(text[dot + 1]) || text[dot + 1] === "\n");
  if (single) return dot + 1;
  const found = yield* motion(vi, key === "w" ? "e" : "E", count, display);
  return found === undefined || found === "none" ? undefined : found.to + 1;
}

function remove(vi: ViState, { from, to, lines }: Range): void {
  const text = vi.text.slice(from, to);
  const name = vi.store(text, lines, "d");
  vi.replace(from, to, "");
  vi.dot = Math.min(from, vi.text.length - 1);
  if (lines) vi.dot = firstNonBlank(vi.text, Math.min(from, vi.text.length - 1));
  vi.tellRegister("Delete", { text, lines }, name);
}

function shift(vi: ViState, { from, to }: Range, right: boolean): void {
  let at = from;
  let end = to;
  while (at < end && at < vi.text.length) {
    const before = vi.text.length;
    if (right) {
      if (vi.text[at] !== "\n") vi.replace(at, at, SHIFT);
    } else if (vi.text[at] === "\t") vi.replace(at, at + 1, "");
    else {
      let blanks = 0;
      while (blanks < TAB && vi.text[at + blanks] === " ") blanks++;
      vi.replace(at, at + blanks, "");
    }
    end += vi.text.length - before;
    at = lineEnd(vi.text, at) + 1;
  }
  vi.dot = firstNonBlank(vi.text, from);
}

function* operate(vi: ViState, display: Display, operator: Key, count: number | undefined): Sys<void> {
  const range = yield* operand(vi, display, operator, count);
  if (!range || (range.from >= range.to && operator !== "c")) return vi.bell();
  switch (operator) {
    case "d":
      return remove(vi, range);
    case "y": {
      const text = vi.text.slice(range.from, range.to);
      const name = vi.store(text, range.lines, "d");
      vi.tellRegister("Yank", { text, lines: range.lines }, name);
      if (!range.lines) vi.dot = range.from;
      return;
    }
    case "c": {
      // Whole lines become one empty line.
      const to = range.lines ? lineEnd(vi.text, range.to - 1) : range.to;
      vi.store(vi.text.slice(range.from, range.to), range.lines, "d");
      vi.replace(range.from, to, "");
      vi.dot = range.from;
      return yield* insertText(vi, display, "insert");
    }
    default:
      return shift(vi, range, operator === ">");
  }
}

function putRegister(vi: ViState, before: boolean, count: number): void {
  const name = (vi.register ?? "d").toLowerCase();
  const register = vi.registers.get(name);
  if (!register) {
    vi.complain(`Nothing in register ${name}`);
    return;
  }
  const { lines } = register;
  const text = register.text.repeat(count);
  let at = vi.dot;
  if (lines) at = before ? lineStart(vi.text, vi.dot) : lineEnd(vi.text, vi.dot) + 1;
  else if (!before && vi.dot < lineEnd(vi.text, vi.dot)) at = vi.dot + 1;
  vi.replace(at, at, text);
  vi.dot = lines ? firstNonBlank(vi.text, at) : text.includes("\n") ? at : at + text.length - 1;
  vi.tellRegister("Put", { text, lines }, vi.register ?? "D");
}

function join(vi: ViState, count: number): void {
  for (let n = 0; n < Math.max(1, count - 1); n++) {
    const end = lineEnd(vi.text, vi.dot);
    vi.dot = end;
    if (end + 1 >= vi.text.length) return;
    let next = end + 1;
    while (isBlank(vi.text[next])) next++;
    vi.replace(end, next, " ");
    vi.dot = end + 1;
  }
}

function swapCase(vi: ViState, count: number): void {
  for (let n = 0; n < count && vi.dot < lineEnd(vi.text, vi.dot); n++) {
    const char = vi.text[vi.dot] ?? "";
    const swapped = /[a-z]/.test(char) ? char.toUpperCase() : /[A-Z]/.test(char) ? char.toLowerCase() : char;
    vi.replace(vi.dot, vi.dot + 1, swapped);
    vi.dot++;
  }
}

function* replaceCharacters(vi: ViState, count: number): Sys<void> {
  const key = yield* vi.key();
  if (key === "\x1b" || key.length > 1 || vi.dot + count > lineEnd(vi.text, vi.dot)) return vi.bell();
  const char = key === "\r" ? "\n" : key;
  vi.replace(vi.dot, vi.dot + count, char === "\n" ? char : char.repeat(count));
  vi.dot += char === "\n" ? 1 : count - 1;
}

function erase(vi: ViState, from: number, to: number): void {
  if (from >= to) {
    vi.bell();
    return;
  }
  vi.store(vi.text.slice(from, to), false, "d");
  vi.replace(from, to, "");
  vi.dot = from;
}

/** Commands that the dot repeats. Each is told whether it was one. */
export function* change(vi: ViState, display: Display, key: Key, count: number | undefined): Sys<boolean> {
  const times = count ?? 1;
  const { text, dot } = vi;
  const insert = (at: number): Sys<void> => {
    vi.dot = at;
    return insertText(vi, display, "insert");
  };
  switch (key) {
    case "d":
    case "c":
    case "y":
    case "<":
    case ">":
      yield* operate(vi, display, key, count);
      return key !== "y";
    case "Y": {
      const range = linesFrom(vi, times);
      const taken = text.slice(range.from, range.to);
      vi.tellRegister("Yank", { text: taken, lines: true }, vi.store(taken, true, "d"));
      return false;
    }
    case "x":
    case "<delete>":
      erase(vi, dot, Math.min(dot + times, lineEnd(text, dot)));
      break;
    case "X":
      erase(vi, Math.max(lineStart(text, dot), dot - times), dot);
      break;
    case "D":
      erase(vi, dot, lineEnd(text, dot));
      break;
    case "C":
      erase(vi, dot, lineEnd(text, dot));
      yield* insert(vi.dot);
      break;
    case "s":
      erase(vi, dot, Math.min(dot + times, lineEnd(text, dot)));
      yield* insertText(vi, display, "insert");
      break;
    case "S": {
      const { from, to } = linesFrom(vi, times);
      erase(vi, from, lineEnd(text, to - 1));
      yield* insertText(vi, display, "insert");
      break;
    }
    case "r":
      yield* replaceCharacters(vi, times);
      break;
    case "R":
      yield* insertText(vi, display, "replace");
      break;
    case "J":
      join(vi, times);
      break;
    case "~":
      swapCase(vi, times);
      break;
    case "p":
    case "P":
      putRegister(vi, key === "P", times);
      break;
    case "i":
    case "<insert>":
      yield* insert(dot);
      break;
    case "a":
      yield* insert(dot < lineEnd(text, dot) ? dot + 1 : dot);
      break;
    case "I":
      yield* insert(lineStart(text, dot) === lineEnd(text, dot) ? dot : firstNonBlank(text, dot));
      break;
    case "A":
      yield* insert(lineEnd(text, dot));
      break;
    case "o":
    case "O": {
      const indent = vi.options.has("autoindent") ? (/^[ \t]*/.exec(text.slice(lineStart(text, dot), lastOn(text, dot)))?.[0] ?? "") : "";
      const at = key === "o" ? lineEnd(text, dot) : lineStart(text, dot);
      vi.replace(at, at, key === "o" ? `\n${indent}` : `${indent}\n`);
      vi.commit();
      yield* insert(key === "o" ? at + 1 + indent.length : at + indent.length);
      break;
    }
    default:
      return false;
  }
  return true;
}
