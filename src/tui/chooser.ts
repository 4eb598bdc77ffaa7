// The overlay in which a function or a task is chosen: typed text narrows the list, Tab completes it as far as it is unambiguous.

import type { Canvas, Rectangle } from "./canvas.js";
import { type Overlay, PAPER } from "./overlay.js";
import { type OverlayKey, overlayKeys } from "./overlay-keys.js";
import { BAR } from "./pane-area.js";
import { bold, dim, line } from "./text.js";

export interface Candidate<T> {
  readonly text: string;
  readonly value: T;
}

const ROWS = 18;
/** Title and typed text above the list, the keys below it. */
const ABOVE = 2;
const WITH_KEYS_FROM = 6;
const KEYS = " Enter or click chooses  Tab completes  Up, Down, PgUp, PgDn  Esc leaves";

/** The keys of a line that is typed, as shells have them. */
const EDITS: Readonly<Record<string, (typed: string) => string>> = {
  "\x08": (typed) => typed.slice(0, -1),
  "\x7f": (typed) => typed.slice(0, -1),
  "\x15": () => "",
  "\x17": (typed) => typed.replace(/\S*\s*$/, ""),
};
const ENTERS: readonly string[] = ["\r", "\n"];
const LEAVES: readonly string[] = ["\x1b", "\x03", "\x07"];
const MOVES: Readonly<Record<string, Exclude<OverlayKey, object>>> = { "\x0e": "down", "\x10": "up" };

export class Chooser<T> implements Overlay {
  private typed = "";
  private selected = 0;
  private first = 0;
  private listRows = 1;
  private found: readonly Candidate<T>[] = [];

  /** @param done gets the choice, or undefined when the user has changed his mind. */
  constructor(
    private readonly title: string,
    private readonly candidates: readonly Candidate<T>[],
    private readonly done: (choice: T | undefined) => void,
  ) {
    this.narrow();
  }

  rows(): number {
    return ROWS;
  }

  feed(bytes: Uint8Array): void {
    for (const { key } of overlayKeys(bytes)) {
      if (typeof key === "string") this.moveBy(key);
      else if (LEAVES.includes(key.character)) {
        this.done(undefined);
        return;
      } else if (ENTERS.includes(key.character)) {
        if (this.take(this.selected)) return;
      } else if (MOVES[key.character]) this.moveBy(MOVES[key.character]);
      else this.edit(key.character);
    }
  }

  wheel(lines: number): void {
    this.move(lines);
  }

  press(row: number | undefined): void {
    if (row === undefined) this.done(undefined);
    else if (row >= ABOVE && row < ABOVE + this.listRows) this.take(this.first + row - ABOVE);
  }

  /** False where there is nothing to take: the user can correct what he has typed. */
  private take(index: number): boolean {
    const candidate = this.found[index];
    if (candidate) this.done(candidate.value);
    return candidate !== undefined;
  }

  private edit(character: string): void {
    if (character === "\t") this.complete();
    else if (EDITS[character]) this.typed = EDITS[character](this.typed);
    else if (character >= " " && character < "\x7f") this.typed += character;
    else return;
    this.narrow();
  }

  private moveBy(key: Exclude<OverlayKey, object>): void {
    if (key === "up" || key === "down") this.move(key === "up" ? -1 : 1);
    else if (key === "page-up" || key === "page-down") this.move((key === "page-up" ? -1 : 1) * Math.max(this.listRows - 1, 1));
    else if (key === "home" || key === "end") this.move((key === "home" ? -1 : 1) * this.found.length);
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
    canvas.text(x, y, width, line(bold(` ${this.title}`), `  ${this.found.length} of ${this.candidates.length}`), BAR);
    canvas.text(x, y + 1, width, line(" > ", this.typed), PAPER);
    const withKeys = height >= WITH_KEYS_FROM;
    this.listRows = Math.max(height - ABOVE - Number(withKeys), 1);
    this.first = Math.min(Math.max(this.first, this.selected - this.listRows + 1), this.selected);
    for (let row = 0; row < height - ABOVE - Number(withKeys); row++) {
      const candidate = this.found[this.first + row];
      const chosen = this.first + row === this.selected;
      const content = candidate ? line(` ${candidate.text}`) : line(row === 0 ? dim(" nothing has this name") : "");
      canvas.text(x, y + ABOVE + row, width, content, chosen && candidate ? { inverse: true } : PAPER);
    }
    if (withKeys) canvas.text(x, y + height - 1, width, line(dim(KEYS)), PAPER);
    return { x: Math.min(x + 3 + this.typed.length, x + width - 1), y: y + 1 };
  }
}
