// The help that F1 shows: scrolled where it does not fit, closed by any other key.

import type { Canvas, Rectangle } from "./canvas.js";
import { type Overlay, PAPER } from "./overlay.js";
import { type OverlayKey, overlayKeys } from "./overlay-keys.js";
import { BAR } from "./pane-area.js";
import { bold, changed, cyan, type Line, line, wrapLine, yellow } from "./text.js";

const KEYS: readonly (readonly [key: string, what: string])[] = [
  ["F1", "this help"],
  ["F2 … F7", "the panes Function to Log; again: more room, then none"],
  ["F8", "choose the function, or in the Stack pane the task"],
  ["F9", "stop the machine, let it go on"],
  ["F10, Ctrl-A s", "one instruction of the machine that stands still"],
  ["F11, Ctrl-A n", "the same, but a call as a whole"],
  ["Ctrl-A f, Ctrl-A b", "on to the function's return; to the shown function's entry"],
  ["Shift-Up, -Down", "scroll the pane; or the mouse wheel over it"],
  ["Shift-Right, -Left", "follow the call at the function's entry, and back"],
  ["Shift-PgUp, -PgDn", "scroll the terminal; or the mouse wheel over it"],
  ["click", "choose a pane (with Shift the terminal marks text)"],
  ["Ctrl-A x, Ctrl-A z", "leave kelp; stop it until the shell's fg"],
  ["Ctrl-A Ctrl-A", "type a Ctrl-A; Ctrl-A 1 … 9, 0 are F1 … F10"],
];

const HELP: readonly Line[] = [
  line(bold(" kelp: a machine whose kernel is patched while it runs")),
  line(),
  ...KEYS.map(([key, what]) => line("  ", cyan(key.padEnd(20)), what)),
  line(),
  line("  ", changed(" e8 "), " bytes, stack slots and registers that were changed; ", yellow("yellow"), ": in transition"),
  line(),
  line("  All other keys go to the guest. Try:"),
  line(bold("    insmod livepatch-sample.ko; cat /proc/cmdline")),
  line("  and look at the Function pane: five bytes have changed."),
];
const ANY_KEY = " Help: any key closes it";
const CUT = " Help: Up, Down scroll; any other ends";

/** Lines that a key moves the text by, of a window of some height. */
const MOVES: Readonly<Partial<Record<Exclude<OverlayKey, object>, (height: number) => number>>> = {
  up: () => -1,
  down: () => 1,
  "page-up": (height) => 1 - height,
  "page-down": (height) => height - 1,
  home: () => -HELP.length * HELP.length,
  end: () => HELP.length * HELP.length,
};

export class Help implements Overlay {
  private first = 0;
  private height = HELP.length;
  private last = 0;

  /** @param done gets what was typed behind the key that closes the help: it is meant for the guest. */
  constructor(private readonly done: (rest: Uint8Array) => void) {}

  rows(width: number): number {
    return wrapped(width).length + 1;
  }

  feed(bytes: Uint8Array): void {
    let at = 0;
    for (const { key, length } of overlayKeys(bytes)) {
      at += length;
      const move = typeof key === "object" ? undefined : MOVES[key];
      if (this.last === 0 || !move) {
        this.done(bytes.subarray(at));
        return;
      }
      this.wheel(move(this.height));
    }
  }

  wheel(lines: number): void {
    this.first = Math.min(Math.max(this.first + lines, 0), this.last);
  }

  press(): void {
    this.done(new Uint8Array(0));
  }

  paint(canvas: Canvas, { x, y, width, height }: Rectangle): undefined {
    const lines = wrapped(width);
    this.height = Math.max(height - 1, 1);
    this.last = Math.max(lines.length - this.height, 0);
    this.wheel(0);
    canvas.text(x, y, width, line(bold(this.last > 0 ? CUT : ANY_KEY)), BAR);
    for (let row = 1; row < height; row++) canvas.text(x, y + row, width, lines[this.first + row - 1] ?? [], PAPER);
  }
}

const wrapped = (width: number): Line[] => HELP.flatMap((one) => wrapLine(one, width));
