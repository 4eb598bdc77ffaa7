// The guest's terminal: an xterm without a screen that understands what the guest prints; its buffer is painted into a rectangle.

import xterm, { type IBufferCell, type Terminal } from "@xterm/headless";
import blessed from "blessed";
import { attribute, type Canvas, FLAG_BOLD, FLAG_INVERSE, FLAG_INVISIBLE, FLAG_UNDERLINE, type Rectangle } from "./canvas.js";

const SCROLLBACK = 5000;

export class GuestTerminal {
  private readonly terminal: Terminal;
  private cell: IBufferCell | undefined;
  private cursorHidden = false;

  /** @param onReply what is typed, and what the terminal answers to the guest's questions (cursor position, identity). */
  constructor(columns: number, rows: number, onReply: (bytes: Uint8Array) => void, onBell: () => void) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, scrollback: SCROLLBACK, allowProposedApi: true });
    this.terminal.onData((data) => onReply(Buffer.from(data, "latin1")));
    this.terminal.onBell(onBell);
    for (const [final, hidden] of [
      ["h", false],
      ["l", true],
    ] as const) {
      this.terminal.parser.registerCsiHandler({ prefix: "?", final }, (parameters) => {
        if (parameters.includes(25)) this.cursorHidden = hidden;
        return false;
      });
    }
  }

  /** `done` is called when the bytes have been understood. */
  write(bytes: Uint8Array, done: () => void): void {
    this.terminal.write(bytes, done);
  }

  /** What the user types goes to the guest by `onReply`. What the guest prints next is understood at once, not in a later turn of the event loop. */
  type(bytes: Uint8Array): void {
    this.terminal.input(Buffer.from(bytes).toString("latin1"), true);
  }

  resize(columns: number, rows: number): void {
    if (columns === this.terminal.cols && rows === this.terminal.rows) return;
    this.terminal.resize(Math.max(columns, 2), Math.max(rows, 1));
  }

  /** Looks back (negative) or forward in what has scrolled away. */
  scroll(lines: number): void {
    this.terminal.scrollLines(lines);
  }

  /** A full-screen program has nothing to look back to: as in other terminals its user turns the wheel for arrow keys. */
  wheel(lines: number): void {
    if (this.terminal.buffer.active.type === "normal") {
      this.scroll(lines);
      return;
    }
    const arrow = `${this.terminal.modes.applicationCursorKeysMode ? "\x1bO" : "\x1b["}${lines < 0 ? "A" : "B"}`;
    this.terminal.input(arrow.repeat(Math.abs(lines)), true);
  }

  scrollToEnd(): void {
    this.terminal.scrollToBottom();
  }

  get rows(): number {
    return this.terminal.rows;
  }

  /** Lines that lie between what is seen and the end. */
  get scrolledBack(): number {
    const { baseY, viewportY } = this.terminal.buffer.active;
    return baseY - viewportY;
  }

  /** Where the guest's cursor stands in the rectangle; undefined if it is hidden or scrolled out of sight. */
  cursor({ x, y, width, height }: Rectangle): { x: number; y: number } | undefined {
    const { cursorX, cursorY } = this.terminal.buffer.active;
    const row = cursorY + this.scrolledBack;
    if (this.cursorHidden || row >= height) return undefined;
    return { x: x + Math.min(cursorX, width - 1), y: y + row };
  }

  paint(canvas: Canvas, { x, y, width, height }: Rectangle): void {
    const buffer = this.terminal.buffer.active;
    const blank = attribute(0);
    for (let row = 0; row < height; row++) {
      const line = row < this.terminal.rows ? buffer.getLine(buffer.viewportY + row) : undefined;
      for (let column = 0; column < width; column++) {
        const cell = line?.getCell(column, this.cell);
        if (!cell) {
          canvas.put(x + column, y + row, blank, " ");
          continue;
        }
        this.cell = cell;
        // The right half of a wide character: blessed marks it by NUL.
        const character = cell.getWidth() === 0 ? "\x00" : cell.getChars() || " ";
        canvas.put(x + column, y + row, cellAttribute(cell), column === width - 1 && cell.getWidth() === 2 ? " " : character);
      }
    }
  }

  /** What stands on the guest's screen, without the blank lines at its end. */
  async text(): Promise<string> {
    await this.flushed();
    const buffer = this.terminal.buffer.active;
    const lines = Array.from({ length: this.terminal.rows }, (_, row) => buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? "");
    return lines.join("\n").trimEnd();
  }

  /** All that was written has been understood. */
  flushed(): Promise<void> {
    return new Promise((resolve) => this.terminal.write("", resolve));
  }

  close(): void {
    this.terminal.dispose();
  }
}

function cellAttribute(cell: IBufferCell): number {
  const flags =
    (cell.isBold() ? FLAG_BOLD : 0) |
    (cell.isUnderline() ? FLAG_UNDERLINE : 0) |
    (cell.isInverse() ? FLAG_INVERSE : 0) |
    (cell.isInvisible() ? FLAG_INVISIBLE : 0);
  const fg = cell.isFgDefault() ? undefined : cell.isFgRGB() ? nearest(cell.getFgColor()) : cell.getFgColor();
  const bg = cell.isBgDefault() ? undefined : cell.isBgRGB() ? nearest(cell.getBgColor()) : cell.getBgColor();
  return attribute(flags, fg, bg);
}

/** blessed knows 256 colours. */
function nearest(rgb: number): number {
  return Number(blessed.colors.match(`#${rgb.toString(16).padStart(6, "0")}`));
}
