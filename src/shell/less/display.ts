// A file's lines as rows of the screen: wrapped or cut, numbered, with control characters and what was searched for in reverse video.
import type { Regex } from "../text/regex.js";

const TAB = 8;
const NUMBER_WIDTH = 8;
const REVERSE = "\x1b[7m";
const NORMAL = "\x1b[m";
const COLOUR = /\x1b\[[0-9;]*m/g;

export interface View {
  columns: number;
  /** -S */
  cut: boolean;
  /** -N */
  numbers: boolean;
  /** -R: colours in the text are left out. */
  plain: boolean;
  pattern: Regex | undefined;
}

export interface Row {
  /** The line's number from 0. */
  line: number;
  text: string;
}

/** A line's rows; one that fills its last row to the end has an empty one behind it. */
export function rowsOf(text: string, line: number, view: View): Row[] {
  const room = Math.max(1, view.columns - (view.numbers ? NUMBER_WIDTH : 0));
  const shown = view.plain ? text.replace(COLOUR, "") : text;
  const pieces: string[] = [];
  let start = 0;
  let column = 0;
  for (let at = 0; at < shown.length; at++) {
    const width = shown[at] === "\t" ? TAB - (column % TAB) : 1;
    if (column + width > room) {
      pieces.push(shown.slice(start, at));
      start = at;
      column = 0;
    }
    column += width;
    if (column >= room) {
      pieces.push(shown.slice(start, at + 1));
      start = at + 1;
      column = 0;
    }
    if (view.cut && pieces.length > 0) break;
  }
  if (!view.cut || pieces.length === 0) pieces.push(shown.slice(start));
  return pieces.map((piece) => ({ line, text: piece }));
}

/** What is written for a row. */
export function rowText(row: Row, view: View): string {
  const number = view.numbers ? `${String(row.line + 1).padStart(NUMBER_WIDTH - 1)} ` : "";
  return number + (view.pattern ? marked(row.text, view.pattern) : visible(row.text));
}

export const tildeText = (view: View): string => `${view.numbers ? " ".repeat(NUMBER_WIDTH) : ""}~`;

const isControl = (char: string): boolean => (char < " " && char !== "\t") || char === "\x7f";

/** Control characters as the letter that is typed for them. */
function visible(text: string): string {
  let out = "";
  for (const char of text) {
    out += isControl(char) ? `${REVERSE}${char === "\x7f" ? "?" : String.fromCharCode(char.charCodeAt(0) + 64)}${NORMAL}` : char;
  }
  return out;
}

function marked(text: string, pattern: Regex): string {
  const plain = [...text].map((char) => (isControl(char) ? "." : char)).join("");
  let out = "";
  let at = 0;
  while (at < plain.length) {
    const match = pattern.exec(plain, at);
    if (!match) break;
    if (match.end === match.start) {
      out += plain.slice(at, match.end + 1);
      at = match.end + 1;
      continue;
    }
    out += `${plain.slice(at, match.start)}${REVERSE}${plain.slice(match.start, match.end)}${NORMAL}`;
    at = match.end;
  }
  return out + plain.slice(at);
}

export const reverse = (text: string): string => `${REVERSE}${text}${NORMAL}`;
