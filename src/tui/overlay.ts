// What lies over the screen and takes the keys: the help text, or a chooser of functions or tasks.

import type { Canvas } from "./canvas.js";
import type { Chooser } from "./chooser.js";
import { HELP } from "./help.js";
import { BAR } from "./pane-area.js";
import { bold, line } from "./text.js";

const COLUMNS = 80;
const CHOOSER_ROWS = 16;
const ESCAPE = 0x1b;

export type Overlay = { kind: "help" } | { kind: "function"; chooser: Chooser<string> } | { kind: "task"; chooser: Chooser<bigint> };

/** One key closes the help; what was typed behind that is meant for the guest. */
export function behindHelp(bytes: Uint8Array): Uint8Array {
  return bytes[0] === ESCAPE ? new Uint8Array(0) : bytes.subarray(1);
}

/** Returns where the cursor stands; undefined where none is shown. */
export function paintOverlay(overlay: Overlay, canvas: Canvas): { x: number; y: number } | undefined {
  // No slivers of what lies beneath.
  const width = canvas.width < COLUMNS + 6 ? canvas.width : COLUMNS;
  const wanted = overlay.kind === "help" ? HELP.length + 1 : CHOOSER_ROWS;
  const height = canvas.height < wanted + 4 ? canvas.height - 1 : wanted;
  const place = { x: (canvas.width - width) >> 1, y: (canvas.height - 1 - height) >> 1, width, height };
  if (overlay.kind !== "help") return overlay.chooser.paint(canvas, place);
  canvas.text(place.x, place.y, width, line(bold(" Help")), BAR);
  for (let row = 1; row < height; row++) canvas.text(place.x, place.y + row, width, HELP[row - 1] ?? []);
  return undefined;
}
