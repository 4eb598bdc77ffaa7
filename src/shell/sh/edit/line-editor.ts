// Line editing at a terminal, as busybox does it: raw input, the editor's own echo, history, completion. Text is bytes; a UTF-8
// character of several bytes moves and vanishes as one.
import { ERRNO } from "../../../abi/errno.js";
import { read, writeAll } from "../../sys/calls.js";
import type { Sys } from "../../sys/request.js";
import { rawInput, type Termios, tcgetattr, tcsetattr, windowSize } from "../../sys/terminal.js";
import { Interrupted } from "../control-flow.js";
import type { Shell } from "../shell.js";
import { type Completion, complete } from "./completion.js";
import { type Key, KeyReader } from "./keys.js";

const HISTORY_LIMIT = 500;
const DEFAULT_COLUMNS = 80;

/** What takes no room on the screen: escape sequences of the prompt. */
const INVISIBLE = /\x1b\][^\x07]*\x07|\x1b\[[0-9;?]*[A-Za-z]/g;

const isContinuation = (char: string | undefined): boolean => char !== undefined && (char.charCodeAt(0) & 0xc0) === 0x80;

/** Columns of a byte text: UTF-8 characters count once. */
function width(text: string): number {
  let count = 0;
  for (const char of text) if (!isContinuation(char)) count++;
  return count;
}

export class LineEditor {
  readonly #sh: Shell;
  readonly #keys = new KeyReader();
  #prompt = "";
  #line = "";
  #cursor = 0;
  #columns = DEFAULT_COLUMNS;
  /** Where the screen's cursor is, in columns from the prompt's beginning. */
  #shownAt = 0;
  /** Which line of the history is shown; its length: the new one, kept in #draft. */
  #historyAt = 0;
  #draft = "";
  #killed = "";
  /** The key before was a Tab: one more lists what there is to choose from. */
  #tabbed = false;

  constructor(sh: Shell) {
    this.#sh = sh;
  }

  /** A line without its newline; undefined at the end of input. Ctrl-C throws Interrupted. */
  *readLine(prompt: string): Sys<string | undefined> {
    const mode = yield* tcgetattr(0);
    if (typeof mode === "number") return yield* this.#readPlain(prompt);
    yield* tcsetattr(0, rawInput(mode));
    try {
      return yield* this.#edit(prompt);
    } finally {
      yield* this.#restoreMode(mode);
    }
  }

  *#restoreMode(mode: Termios): Sys<void> {
    yield* tcsetattr(0, mode);
  }

  /** Input that is no terminal (sh -i with a pipe). */
  *#readPlain(prompt: string): Sys<string | undefined> {
    yield* writeAll(1, prompt);
    for (let line = ""; ; ) {
      const char = yield* read(0, 1);
      if (char === -ERRNO.EINTR) throw new Interrupted();
      if (typeof char === "number" || char === "") return line === "" ? undefined : line;
      if (char === "\n") return line;
      line += char;
    }
  }

  *#edit(prompt: string): Sys<string | undefined> {
    const size = yield* windowSize(0);
    this.#columns = size?.columns || DEFAULT_COLUMNS;
    // What stands on the prompt's earlier lines is printed once; only its last line is redrawn.
    const break_ = prompt.lastIndexOf("\n") + 1;
    this.#prompt = prompt.slice(break_);
    this.#line = "";
    this.#cursor = 0;
    this.#historyAt = this.#sh.history.length;
    this.#draft = "";
    this.#shownAt = width(this.#prompt.replace(INVISIBLE, ""));
    yield* writeAll(1, prompt);
    for (;;) {
      const key = yield* this.#keys.next();
      if (key === "end" || (key.name === "ctrl-d" && this.#line === "")) return undefined;
      if (key.name === "enter") {
        yield* this.#moveTo(this.#line.length);
        yield* writeAll(1, "\n");
        this.#remember();
        return this.#line;
      }
      if (key.name === "ctrl-c") {
        yield* this.#moveTo(this.#line.length);
        yield* writeAll(1, "^C");
        throw new Interrupted();
      }
      yield* this.#apply(key);
      this.#tabbed = key.name === "tab";
    }
  }

  #remember(): void {
    const { history } = this.#sh;
    if (this.#line.trim() === "" || history.at(-1) === this.#line) return;
    history.push(this.#line);
    if (history.length > HISTORY_LIMIT) history.shift();
  }

  *#apply(key: Key): Sys<void> {
    switch (key.name) {
      case "text":
        return yield* this.#insert(key.text);
      case "backspace":
        return yield* this.#delete(this.#left(), this.#cursor);
      case "delete":
      case "ctrl-d":
        return yield* this.#delete(this.#cursor, this.#right());
      case "left":
        return yield* this.#moveTo(this.#left());
      case "right":
        return yield* this.#moveTo(this.#right());
      case "home":
        return yield* this.#moveTo(0);
      case "end":
        return yield* this.#moveTo(this.#line.length);
      case "word-left":
        return yield* this.#moveTo(this.#wordLeft(/\w/));
      case "word-right":
        return yield* this.#moveTo(this.#wordRight());
      case "kill-to-end":
        return yield* this.#kill(this.#cursor, this.#line.length);
      case "kill-to-start":
        return yield* this.#kill(0, this.#cursor);
      case "kill-word":
        return yield* this.#kill(this.#wordLeft(/\S/), this.#cursor);
      case "yank":
        return yield* this.#insert(this.#killed);
      case "up":
        return yield* this.#showHistory(this.#historyAt - 1);
      case "down":
        return yield* this.#showHistory(this.#historyAt + 1);
      case "clear":
        yield* writeAll(1, "\x1b[H\x1b[J");
        return yield* this.#redrawPrompt();
      case "search":
        return yield* this.#search();
      case "tab":
        return yield* this.#complete();
    }
  }

  #left(): number {
    let at = Math.max(0, this.#cursor - 1);
    while (at > 0 && isContinuation(this.#line[at])) at--;
    return at;
  }

  #right(): number {
    let at = Math.min(this.#line.length, this.#cursor + 1);
    while (isContinuation(this.#line[at])) at++;
    return at;
  }

  #wordLeft(inside: RegExp): number {
    let at = this.#cursor;
    while (at > 0 && !inside.test(this.#line[at - 1] ?? "")) at--;
    while (at > 0 && inside.test(this.#line[at - 1] ?? "")) at--;
    return at;
  }

  #wordRight(): number {
    let at = this.#cursor;
    while (at < this.#line.length && !/\w/.test(this.#line[at] ?? "")) at++;
    while (at < this.#line.length && /\w/.test(this.#line[at] ?? "")) at++;
    return at;
  }

  *#insert(text: string): Sys<void> {
    const atEnd = this.#cursor === this.#line.length;
    this.#line = this.#line.slice(0, this.#cursor) + text + this.#line.slice(this.#cursor);
    this.#cursor += text.length;
    if (!atEnd) return yield* this.#redraw();
    this.#shownAt += width(text);
    // A full screen line: the cursor goes to the next one now, as busybox does, so that the next key finds it there.
    const wrap = this.#shownAt % this.#columns === 0 ? " \b" : "";
    yield* writeAll(1, text + wrap);
  }

  *#delete(from: number, to: number): Sys<void> {
    if (from >= to) return;
    this.#line = this.#line.slice(0, from) + this.#line.slice(to);
    yield* this.#moveTo(from);
    yield* this.#redraw();
  }

  *#kill(from: number, to: number): Sys<void> {
    if (from < to) this.#killed = this.#line.slice(from, to);
    yield* this.#delete(from, to);
  }

  /** Column of a place in the line, counted from the prompt's beginning. */
  #column(at: number): number {
    return width(this.#prompt.replace(INVISIBLE, "")) + width(this.#line.slice(0, at));
  }

  /** The escape sequences that bring the screen's cursor to a column. */
  #travel(target: number): string {
    const rows = Math.floor(this.#shownAt / this.#columns) - Math.floor(target / this.#columns);
    const column = target % this.#columns;
    const same = rows === 0 ? this.#shownAt - target : -1;
    this.#shownAt = target;
    if (same === 0) return "";
    if (same > 0 && same < 4) return "\b".repeat(same);
    let text = rows > 0 ? `\x1b[${rows}A` : rows < 0 ? `\x1b[${-rows}B` : "";
    text += "\r";
    if (column > 0) text += `\x1b[${column}C`;
    return text;
  }

  *#moveTo(at: number): Sys<void> {
    this.#cursor = at;
    const text = this.#travel(this.#column(at));
    if (text !== "") yield* writeAll(1, text);
  }

  /** Draws the line anew from the prompt's end and puts the cursor where it belongs. */
  *#redraw(): Sys<void> {
    let text = `${this.#travel(this.#column(0))}\x1b[J${this.#line}`;
    this.#shownAt = this.#column(this.#line.length);
    if (this.#shownAt % this.#columns === 0) text += " \b";
    text += this.#travel(this.#column(this.#cursor));
    yield* writeAll(1, text);
  }

  *#redrawPrompt(): Sys<void> {
    yield* writeAll(1, this.#prompt);
    this.#shownAt = this.#column(0);
    yield* this.#redraw();
  }

  *#show(line: string): Sys<void> {
    this.#line = line;
    this.#cursor = line.length;
    yield* this.#redraw();
  }

  *#showHistory(at: number): Sys<void> {
    const { history } = this.#sh;
    if (at < 0 || at > history.length) return;
    if (this.#historyAt === history.length) this.#draft = this.#line;
    this.#historyAt = at;
    yield* this.#show(at === history.length ? this.#draft : (history[at] ?? ""));
  }

  /** Ctrl-R: looks backwards through the history for what is typed, until another key takes the line found. */
  *#search(): Sys<void> {
    const prompt = this.#prompt;
    let wanted = "";
    let at = this.#sh.history.length;
    for (;;) {
      this.#travelHome();
      this.#prompt = `(reverse-i-search)'${wanted}': `;
      yield* writeAll(1, `\r\x1b[J${this.#prompt}`);
      this.#shownAt = this.#column(0);
      yield* this.#redraw();
      const key = yield* this.#keys.next();
      if (key === "end") break;
      if (key.name === "text") wanted += key.text;
      else if (key.name === "backspace") wanted = wanted.slice(0, -1);
      else if (key.name === "search") at--;
      else {
        if (key.name !== "ctrl-c" && key.name !== "escape") this.#keys.putBack(key);
        break;
      }
      let found = Math.min(at, this.#sh.history.length - 1);
      while (found >= 0 && !this.#sh.history[found]?.includes(wanted)) found--;
      if (found >= 0) {
        at = found;
        this.#line = this.#sh.history[found] ?? "";
        this.#cursor = this.#line.length;
      }
    }
    this.#prompt = prompt;
    yield* writeAll(1, "\r\x1b[J");
    yield* this.#redrawPrompt();
  }

  #travelHome(): void {
    this.#shownAt %= this.#columns;
  }

  *#complete(): Sys<void> {
    const found: Completion = yield* complete(this.#sh, this.#line.slice(0, this.#cursor));
    if (found.insert !== "") yield* this.#insert(found.insert);
    else if (found.choices.length > 1 && this.#tabbed) {
      const at = this.#cursor;
      yield* this.#moveTo(this.#line.length);
      yield* writeAll(1, `\n${columns(found.choices, this.#columns)}`);
      this.#cursor = at;
      yield* this.#redrawPrompt();
    } else yield* writeAll(1, "\x07");
  }
}

/** Names in columns, downwards, as busybox shows what a Tab could mean. */
function columns(names: readonly string[], screen: number): string {
  const widest = Math.max(...names.map(width)) + 2;
  const perRow = Math.max(1, Math.floor(screen / widest));
  const rows = Math.ceil(names.length / perRow);
  let text = "";
  for (let row = 0; row < rows; row++) {
    let line = "";
    for (let n = row; n < names.length; n += rows) {
      const name = names[n] ?? "";
      line += n + rows < names.length ? name + " ".repeat(widest - width(name)) : name;
    }
    text += `${line}\n`;
  }
  return text;
}
