// The overlay in which a function or a task is chosen: typed text narrows the list, Tab completes it as far as it is unambiguous.

import type { Canvas, Rectangle } from "./canvas.js";
import { bold, dim, line } from "./text.js";

export interface Candidate<T> {
  readonly text: string;
  readonly value: T;
}

const ENTER = 0x0d;
const ESCAPE = 0x1b;
const TAB = 0x09;
const CTRL_C = 0x03;
const CTRL_U = 0x15;
const BACKSPACES: readonly number[] = [0x08, 0x7f];

export class Chooser<T> {
  private typed = "";
  private selected = 0;
  private found: readonly Candidate<T>[] = [];

  /** @param done gets the choice, or undefined when the user has changed his mind. */
  constructor(
    private readonly title: string,
    private readonly candidates: readonly Candidate<T>[],
    private readonly done: (choice: T | undefined) => void,
  ) {
    this.narrow();
  }

  feed(bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString("latin1");
    if (text === "\x1b[A" || text === "\x1bOA") this.move(-1);
    else if (text === "\x1b[B" || text === "\x1bOB") this.move(1);
    else this.keys(bytes);
  }

  private keys(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === ENTER || byte === ESCAPE || byte === CTRL_C) {
        this.done(byte === ENTER ? this.found[this.selected]?.value : undefined);
        return;
      }
      if (byte === TAB) this.complete();
      else if (byte === CTRL_U) this.typed = "";
      else if (BACKSPACES.includes(byte)) this.typed = this.typed.slice(0, -1);
      else if (byte >= 0x20 && byte < 0x7f) this.typed += String.fromCharCode(byte);
      this.narrow();
    }
  }

  private move(by: number): void {
    this.selected = Math.min(Math.max(this.selected + by, 0), Math.max(this.found.length - 1, 0));
  }

  /** Those that begin with the text, then those that hold it. */
  private narrow(): void {
    const starts = this.candidates.filter(({ text }) => text.startsWith(this.typed));
    const holds = this.candidates.filter(({ text }) => !text.startsWith(this.typed) && text.includes(this.typed));
    this.found = [...starts, ...holds];
    this.selected = 0;
  }

  private complete(): void {
    const starts = this.candidates.filter(({ text }) => text.startsWith(this.typed)).map(({ text }) => text);
    let common = starts[0] ?? this.typed;
    for (const text of starts) while (!text.startsWith(common)) common = common.slice(0, -1);
    this.typed = common;
  }

  paint(canvas: Canvas, { x, y, width, height }: Rectangle): { x: number; y: number } {
    const bar = { bg: 25, fg: 15 };
    canvas.text(x, y, width, line(bold(` ${this.title}`)), bar);
    canvas.text(x, y + 1, width, line(" > ", this.typed));
    const rows = Math.max(height - 2, 0);
    const first = Math.max(0, this.selected - rows + 1);
    for (let row = 0; row < rows; row++) {
      const candidate = this.found[first + row];
      const chosen = first + row === this.selected;
      const content = candidate ? line(` ${candidate.text}`) : line(row === 0 ? dim(" nothing has this name") : "");
      canvas.text(x, y + 2 + row, width, content, chosen && candidate ? { inverse: true } : undefined);
    }
    return { x: Math.min(x + 3 + this.typed.length, x + width - 1), y: y + 1 };
  }
}
