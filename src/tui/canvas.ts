// Paints into blessed's cell buffer. blessed keeps the cells that the terminal shows and writes the difference; its widgets are
// not used, since panes repaint often and a guest's output must be on the screen within a frame.

import type { Line, Style } from "./text.js";

/** A cell of blessed's screen: attribute word and character. */
export type Cell = [attribute: number, character: string];
export type CellLine = Cell[] & { dirty: boolean };

/** The part of blessed's screen that its type declarations leave out. */
export interface CellScreen {
  readonly lines: CellLine[];
  readonly width: number;
  readonly height: number;
  draw(start: number, end: number): void;
  alloc(): void;
  /** Takes the alternate buffer; nothing if that is shown already. */
  enter(): void;
  leave(): void;
  readonly program: { readonly isAlt: boolean };
}

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const DEFAULT_COLOUR = 0x1ff;
export const FLAG_BOLD = 1;
export const FLAG_UNDERLINE = 2;
export const FLAG_INVERSE = 8;
export const FLAG_INVISIBLE = 16;

/** blessed's attribute word: flags, then nine bits each of foreground and background. */
export function attribute(flags: number, fg = DEFAULT_COLOUR, bg = DEFAULT_COLOUR): number {
  return (flags << 18) | (fg << 9) | bg;
}

function styleAttribute(style: Style | undefined): number {
  if (!style) return attribute(0);
  const flags = (style.bold ? FLAG_BOLD : 0) | (style.underline ? FLAG_UNDERLINE : 0) | (style.inverse ? FLAG_INVERSE : 0);
  return attribute(flags, style.fg, style.bg);
}

export class Canvas {
  constructor(private readonly screen: CellScreen) {}

  get width(): number {
    return this.screen.width;
  }

  get height(): number {
    return this.screen.height;
  }

  put(x: number, y: number, attr: number, character: string): void {
    const row = this.screen.lines[y];
    const cell = row?.[x];
    if (!row || !cell || (cell[0] === attr && cell[1] === character)) return;
    cell[0] = attr;
    cell[1] = character;
    row.dirty = true;
  }

  /** One line of text, cut at the rectangle's width, the rest of it in the same background. */
  text(x: number, y: number, width: number, content: Line, rest?: Style): void {
    const end = Math.min(x + width, this.width);
    let at = x;
    for (const { text, style } of content) {
      const attr = styleAttribute(style && rest ? { ...rest, ...style } : (style ?? rest));
      // Pane texts are addresses, names and words: one column a character.
      for (const character of text) {
        if (at >= end) return;
        this.put(at++, y, attr, character);
      }
    }
    const blank = styleAttribute(rest);
    while (at < end) this.put(at++, y, blank, " ");
  }

  fill({ x, y, width, height }: Rectangle, style?: Style): void {
    for (let row = y; row < y + height; row++) this.text(x, row, width, [], style);
  }

  /** Writes what has changed to the terminal. */
  show(): void {
    if (this.height > 0) this.screen.draw(0, this.height - 1);
  }
}
