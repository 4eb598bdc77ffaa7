// What vi knows: the text and the place in it, registers, marks, what can be undone, options, the message at the bottom.
import type { Key, Screen } from "../full-screen/screen.js";
import type { Process, Sys } from "../sys/request.js";
import { countLines, lastOn, lineEnd, lineStart } from "./text.js";

export interface Register {
  text: string;
  /** Whole lines. */
  lines: boolean;
}

interface Moment {
  text: string;
  dot: number;
}

const UNDO_LIMIT = 256;

export class ViState {
  text = "\n";
  dot = 0;
  mode: "command" | "insert" | "replace" = "command";
  file: string | undefined;
  readOnly = false;
  saved = "\n";
  readonly registers = new Map<string, Register>();
  readonly marks = new Map<string, number>();
  readonly options = new Set<string>();
  /** The register that the next command names with ". */
  register: string | undefined;
  search: { pattern: string; backwards: boolean } | undefined;
  /** The last f F t T. */
  find: { command: string; char: string } | undefined;
  /** Where up and down try to stay. */
  wantedColumn: number | undefined;
  /** Shown until the next key. */
  message = "";
  done = false;
  readonly #undo: Moment[] = [];
  #line: Moment | undefined;
  /** Keys of the change that is being made, and of the last one, for the dot. */
  #recorded: Key[] = [];
  lastChange: readonly Key[] = [];
  #replayed: Key[] = [];

  constructor(
    readonly process: Process,
    readonly screen: Screen,
  ) {}

  get modified(): boolean {
    return this.text !== this.saved;
  }

  /** As the status line tells it: what is being typed counts from its first line end on. */
  shownModified = false;

  commit(): void {
    this.shownModified = this.modified;
  }

  complain(text: string): void {
    this.message = `\x1b[7m${text}\x1b[m`;
  }

  bell(): void {
    this.message ||= "\x07";
  }

  // ---- keys ----

  *key(): Sys<Key> {
    const replayed = this.#replayed.shift();
    const key = replayed ?? (yield* this.screen.key());
    if (key !== "<resize>") this.#recorded.push(key);
    return key;
  }

  get replaying(): boolean {
    return this.#replayed.length > 0;
  }

  startRecording(): void {
    this.#recorded = [];
  }

  keepRecording(): void {
    this.lastChange = [...this.#recorded];
  }

  replay(keys: readonly Key[]): void {
    this.#replayed.push(...keys);
  }

  // ---- changes ----

  /** Replaces the text between two places. Marks behind them move along. */
  replace(from: number, to: number, by: string): void {
    this.text = this.text.slice(0, from) + by + this.text.slice(to);
    if (!this.text.endsWith("\n")) this.text += "\n";
    for (const [name, place] of this.marks) {
      if (place >= to) this.marks.set(name, place + by.length - (to - from));
      else if (place > from) this.marks.set(name, from);
    }
  }

  /** Keeps what was there before a command, if it has changed anything. */
  remember(before: Moment): void {
    if (before.text === this.text) return;
    this.#undo.push(before);
    if (this.#undo.length > UNDO_LIMIT) this.#undo.shift();
  }

  undo(): void {
    const count = this.#undo.length;
    const before = this.#undo.pop();
    if (!before) {
      this.message = "Already at oldest change";
      return;
    }
    const [old, now] = [before.text, this.text];
    let start = 0;
    while (start < old.length && start < now.length && old[start] === now[start]) start++;
    let tail = 0;
    while (tail < Math.min(old.length, now.length) - start && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
    const restored = old.length - start - tail;
    const what = restored > 0 ? `restored ${restored}` : `deleted ${now.length - start - tail}`;
    this.message = `Undo [${count}] ${what} chars at position ${start}`;
    this.text = old;
    this.dot = before.dot;
    this.settle();
  }

  /** The line that is being worked on, for U. */
  watchLine(): void {
    const start = lineStart(this.text, this.dot);
    const line = this.text.slice(start, lineEnd(this.text, this.dot));
    if (this.#line?.dot !== start) this.#line = { text: line, dot: start };
  }

  undoLine(): void {
    const line = this.#line;
    if (!line || line.dot > this.text.length) return;
    this.replace(line.dot, lineEnd(this.text, line.dot), line.text);
    this.dot = line.dot;
  }

  // ---- registers ----

  /** @param letter where it goes if none was named. */
  store(text: string, lines: boolean, letter: string): string {
    const name = this.register ?? letter;
    const old = this.registers.get(name.toLowerCase());
    const appended = /[A-Z]/.test(this.register ?? "") && old ? old.text + text : text;
    this.registers.set(name.toLowerCase(), { text: appended, lines });
    return this.register ?? letter.toUpperCase();
  }

  tellRegister(verb: string, register: Register, name: string, copied = false): void {
    const place = copied ? `into [${name}]` : `from [${name}]`;
    this.message = `${verb} ${countLines(register.text)} lines (${register.text.length} chars) ${place}`;
  }

  /** In command mode the cursor stands on a character, not behind the last. */
  settle(): void {
    this.dot = Math.max(0, Math.min(this.dot, this.text.length - 1));
    if (this.mode === "command") this.dot = Math.min(this.dot, lastOn(this.text, this.dot));
  }

  get lineNumber(): number {
    return countLines(this.text, 0, this.dot) + 1;
  }

  get lineCount(): number {
    return countLines(this.text);
  }
}
