// What lies over the screen and takes keys and mouse: the help text, or a chooser of functions or tasks. One at a time.

import type { Canvas, Rectangle } from "./canvas.js";
import { contains } from "./layout.js";
import type { Style } from "./text.js";

const COLUMNS = 80;
/** Told apart from the panes on dark and on light ground. */
export const PAPER: Style = { fg: 252, bg: 236 };

export interface Overlay {
  /** Rows that it would like to have at a width. */
  rows(width: number): number;
  feed(bytes: Uint8Array): void;
  /** A turn of the mouse wheel, in lines. */
  wheel(lines: number): void;
  /** A click on a row of it; undefined: beside it. */
  press(row: number | undefined): void;
  /** Returns where the cursor stands; undefined where none is shown. */
  paint(canvas: Canvas, place: Rectangle): { x: number; y: number } | undefined;
}

export class OverlayArea {
  private shown: Overlay | undefined;
  private place: Rectangle = { x: 0, y: 0, width: 0, height: 0 };

  constructor(private readonly canvas: Canvas) {}

  /** The overlay that takes the keys now. */
  get open(): Overlay | undefined {
    return this.shown;
  }

  show(overlay: Overlay): void {
    this.shown = overlay;
  }

  close(): void {
    this.shown = undefined;
  }

  mouse(action: "press" | "wheel-up" | "wheel-down", column: number, row: number, wheelLines: number): void {
    if (action === "press") this.shown?.press(contains(this.place, column, row) ? row - this.place.y : undefined);
    else this.shown?.wheel(action === "wheel-up" ? -wheelLines : wheelLines);
  }

  paint(): { x: number; y: number } | undefined {
    if (!this.shown) return undefined;
    const { canvas } = this;
    // No slivers of what lies beneath.
    const width = canvas.width < COLUMNS + 6 ? canvas.width : COLUMNS;
    const wanted = this.shown.rows(width);
    const height = canvas.height < wanted + 4 ? canvas.height - 1 : wanted;
    this.place = { x: (canvas.width - width) >> 1, y: (canvas.height - 1 - height) >> 1, width, height };
    return this.shown.paint(canvas, this.place);
  }
}
