// vi's screen: the lines around the cursor, the status line, and only what has changed since the last time.
import type { Sys } from "../sys/request.js";
import type { Window } from "./motions.js";
import type { ViState } from "./state.js";
import { columnOf, lineEnd, lineStart, nextLine, shownLine, startOfLine } from "./text.js";

const NUMBER_WIDTH = 8;
const CONTINUE = "\x1b[7m[Hit return to continue]\x1b[m";
const LETTERS = { command: "-", insert: "I", replace: "R" };

export class Display implements Window {
  /** Number of the first line shown, from 1. */
  top = 1;
  /** Columns scrolled away on the left. */
  #left = 0;
  #shown: string[] = [];

  constructor(readonly vi: ViState) {}

  /** Everything is drawn anew the next time. */
  forget(): void {
    this.#shown = [];
  }

  get #page(): number {
    return Math.max(1, this.vi.screen.rows - 1);
  }

  /** Moves the window so that the cursor is in it: by as much as needed, or to its middle if that is far. */
  #follow(line: number, column: number, room: number): void {
    if (line < this.top) this.top = this.top - line > this.#page >> 1 ? Math.max(1, line - (this.#page >> 1)) : line;
    const bottom = this.top + this.#page - 1;
    if (line > bottom) this.top = line - bottom > this.#page >> 1 ? Math.max(1, line - (this.#page >> 1)) : line - this.#page + 1;
    if (column < this.#left) this.#left = column;
    if (column >= this.#left + room) this.#left = column - room + 1;
  }

  *draw(): Sys<void> {
    const { vi } = this;
    const { screen, text } = vi;
    const numbers = vi.options.has("number") ? NUMBER_WIDTH : 0;
    const room = Math.max(1, screen.columns - numbers);
    const line = vi.lineNumber;
    const character = text[vi.dot];
    // On a tab the cursor stands at its end, but where text is inserted before it.
    const wide = vi.mode === "command" && character === "\t" ? 7 - (columnOf(text, vi.dot) % 8) : 0;
    const column = columnOf(text, vi.dot) + wide;
    this.#follow(line, column, room);
    let out = this.#shown.length === 0 ? "\x1b[H\x1b[J" : "";
    let at: number | undefined = startOfLine(text, this.top);
    for (let row = 0; row < this.#page; row++) {
      const number = numbers && at !== undefined ? `${String(this.top + row).padStart(NUMBER_WIDTH - 1)} ` : "";
      const shown =
        at === undefined
          ? "~"
          : number + shownLine(text.slice(lineStart(text, at), lineEnd(text, at))).slice(this.#left, this.#left + room);
      if (this.#shown[row] !== shown) out += `\x1b[${row + 1};1H${shown}\x1b[K`;
      this.#shown[row] = shown;
      at = at === undefined ? undefined : nextLine(text, at);
    }
    this.#shown.length = this.#page;
    const cursor = `\x1b[${line - this.top + 1};${numbers + column - this.#left + 1}H`;
    out += `\x1b[${screen.rows};1H\x1b[K`;
    yield* screen.put(this.#tooLong(vi.message) ? out : `${out}${this.#status(line)}${cursor}`);
    if (this.#tooLong(vi.message)) {
      yield* screen.put(vi.message + CONTINUE);
      for (let key = ""; key !== "\r" && key !== "\n" && key !== "end"; ) key = yield* screen.key();
      vi.message = "";
      this.forget();
      yield* this.draw();
    }
    vi.message = "";
  }

  #tooLong(message: string): boolean {
    return message.replace("\x1b[7m", "").replace("\x1b[m", "").length >= this.vi.screen.columns;
  }

  #status(line: number): string {
    const { vi } = this;
    if (vi.message !== "" && vi.message !== "\x07") return vi.message;
    const total = vi.lineCount;
    const marks = `${vi.readOnly ? " [Readonly]" : ""}${vi.shownModified ? " [Modified]" : ""}`;
    return `${vi.message}${LETTERS[vi.mode]} ${vi.file ?? "No file"}${marks} ${line}/${total} ${Math.floor((100 * line) / total)}%`;
  }
}
