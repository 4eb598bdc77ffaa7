// Places in the text that vi edits: one byte string in which every line ends with a newline.

export const lineStart = (text: string, at: number): number => (at <= 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1);

/** The newline that ends the line. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** The last character of the line on which a command may stand. */
export const lastOn = (text: string, at: number): number => Math.max(lineStart(text, at), lineEnd(text, at) - 1);

/** The next line's start; undefined on the last line. */
export function nextLine(text: string, at: number): number | undefined {
  const next = lineEnd(text, at) + 1;
  return next < text.length ? next : undefined;
}

export function previousLine(text: string, at: number): number | undefined {
  const start = lineStart(text, at);
  return start === 0 ? undefined : lineStart(text, start - 1);
}

export function countLines(text: string, from = 0, to = text.length): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

/** The start of line `number`, counted from 1; undefined beyond the end. */
export function startOfLine(text: string, number: number): number | undefined {
  let at = 0;
  for (let n = 1; n < number; n++) {
    const next = nextLine(text, at);
    if (next === undefined) return undefined;
    at = next;
  }
  return number < 1 ? undefined : at;
}

export const isBlank = (char: string | undefined): boolean => char === " " || char === "\t";

export function firstNonBlank(text: string, at: number): number {
  let place = lineStart(text, at);
  while (isBlank(text[place])) place++;
  return place < lineEnd(text, at) ? place : lastOn(text, at);
}

const TAB = 8;

/** Columns that a character takes when it begins at `column`. */
export function widthOf(char: string, column: number): number {
  if (char === "\t") return TAB - (column % TAB);
  if (char < " " || char === "\x7f") return 2;
  return (char.charCodeAt(0) & 0xc0) === 0x80 ? 0 : 1;
}

/** The screen column at which a place stands, and the one behind it. */
export function columnOf(text: string, at: number): number {
  let column = 0;
  for (let n = lineStart(text, at); n < at; n++) column += widthOf(text[n] ?? "", column);
  return column;
}

/** The place on the line of `at` that stands at a screen column, or the last one before it. */
export function placeAtColumn(text: string, at: number, wanted: number): number {
  let column = 0;
  const last = lastOn(text, at);
  for (let n = lineStart(text, at); n < last; n++) {
    column += widthOf(text[n] ?? "", column);
    if (column > wanted) return n;
  }
  return last;
}

/** A line as it is shown: tabs as blanks, control characters as ^X. */
export function shownLine(line: string): string {
  let out = "";
  let column = 0;
  for (const char of line) {
    const width = widthOf(char, column);
    if (char === "\t") out += " ".repeat(width);
    else if (char < " " || char === "\x7f") out += `^${String.fromCharCode(char.charCodeAt(0) ^ 64)}`;
    else out += char;
    column += width;
  }
  return out;
}

type Class = "blank" | "word" | "other";

function classOf(char: string | undefined, big: boolean): Class {
  if (char === undefined || isBlank(char) || char === "\n") return "blank";
  return big || /[A-Za-z0-9_]/.test(char) || char >= "\x80" ? "word" : "other";
}

/** w, W: the next word's beginning. */
export function wordForward(text: string, from: number, big: boolean): number {
  let at = from;
  const here = classOf(text[at], big);
  if (here !== "blank") while (at < text.length && classOf(text[at], big) === here) at++;
  while (at < text.length && classOf(text[at], big) === "blank") {
    // An empty line is a word.
    if (text[at] === "\n" && text[at - 1] === "\n" && at > from) break;
    at++;
  }
  return Math.min(at, Math.max(0, text.length - 2));
}

/** e, E: the end of this word or, from there, of the next. */
export function wordEnd(text: string, from: number, big: boolean): number {
  let at = from + 1;
  while (at < text.length && classOf(text[at], big) === "blank") at++;
  const here = classOf(text[at], big);
  while (at + 1 < text.length && classOf(text[at + 1], big) === here) at++;
  return Math.min(at, Math.max(0, text.length - 2));
}

/** b, B: the beginning of this word or, from there, of the one before. */
export function wordBack(text: string, from: number, big: boolean): number {
  let at = from - 1;
  while (at > 0 && classOf(text[at], big) === "blank") at--;
  const here = classOf(text[at], big);
  while (at > 0 && classOf(text[at - 1], big) === here) at--;
  return Math.max(0, at);
}

const PAIRS = "()[]{}<>";

/** %: the partner of the first bracket from here on. */
export function partner(text: string, from: number): number | undefined {
  let at = from;
  const end = lineEnd(text, from);
  while (at < end && !"()[]{}".includes(text[at] ?? "")) at++;
  if (at >= end) return undefined;
  const open = text[at] ?? "";
  const which = PAIRS.indexOf(open);
  const close = PAIRS[which ^ 1] ?? "";
  const step = which % 2 === 0 ? 1 : -1;
  let depth = 0;
  for (let n = at; n >= 0 && n < text.length; n += step) {
    if (text[n] === open) depth++;
    else if (text[n] === close && --depth === 0) return n;
  }
  return undefined;
}
