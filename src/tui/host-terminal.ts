// The host's terminal while the screen is open: alternate buffer, raw mode, mouse reports; given back as it was on every way out.

import { constants } from "node:os";
import blessed from "blessed";
import { Canvas, type CellScreen } from "./canvas.js";
import { TerminalGuard } from "./terminal-guard.js";

/** Button presses and wheel, in SGR coordinates. */
const MOUSE_ON = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF = "\x1b[?1006l\x1b[?1000l";
const RESET = "\x1b[0m\x1b[?25h\x1b[?2004l";

export interface HostTerminalEvents {
  onInput(bytes: Uint8Array): void;
  onResize(): void;
}

export class HostTerminal {
  readonly canvas: Canvas;
  private readonly screen: blessed.Widgets.Screen;
  private readonly cells: CellScreen;
  private readonly undo: (() => void)[] = [];
  private readonly guard: TerminalGuard;
  /** The terminal is ours just now. */
  private open = true;
  private closed = false;

  constructor(
    private readonly input: NodeJS.ReadStream,
    private readonly output: NodeJS.WriteStream,
    events: HostTerminalEvents,
  ) {
    // Without this blessed draws lines by the terminal's alternate character set.
    process.env.NCURSES_NO_UTF8_ACS = "1";
    this.screen = blessed.screen({ input, output, terminal: "xterm-256color", smartCSR: true, fullUnicode: true });
    this.cells = this.screen as unknown as CellScreen;
    this.canvas = new Canvas(this.cells);
    this.write(MOUSE_ON);
    this.setRaw(true);
    const onData = (bytes: Buffer) => events.onInput(bytes);
    // Not through blessed's keys: they report Enter twice and drop what they do not know.
    input.on("data", onData);
    this.undo.push(() => input.off("data", onData));
    input.resume();
    this.screen.on("resize", () => events.onResize());
    this.guard = new TerminalGuard({ enter: () => this.reenter(events), leave: () => this.giveBack() }, input, output);
    this.guard.arm(() => process.exit(128 + constants.signals.SIGHUP));
  }

  /** Shows what has been painted, and the cursor where the guest's is. */
  show(cursor: { x: number; y: number } | undefined): void {
    if (!this.open) return;
    const { program } = this.screen;
    this.canvas.show();
    if (cursor) {
      program.cursorPos(cursor.y, cursor.x);
      program.showCursor();
    } else program.hideCursor();
    program.flush();
  }

  bell(): void {
    this.write("\x07");
  }

  /** Stops kelp until the shell continues it. */
  suspend(): void {
    this.guard.suspend();
  }

  close(): void {
    this.guard.release();
    if (this.closed) return;
    this.closed = true;
    for (const step of this.undo.splice(0)) step();
    this.screen.destroy();
    this.input.pause();
  }

  private giveBack(): void {
    if (!this.open) return;
    this.open = false;
    this.write(MOUSE_OFF);
    this.cells.leave();
    if (this.input.isRaw) this.setRaw(false);
    this.output.write(RESET);
  }

  private reenter(events: HostTerminalEvents): void {
    this.open = true;
    // Node forgets that somebody else may have changed the mode: setting what it believes to be set does nothing.
    this.setRaw(false);
    this.setRaw(true);
    // Stopped without warning (SIGSTOP) we never left; what the terminal shows now is not known.
    if (this.cells.program.isAlt) this.screen.program.alternateBuffer();
    else this.cells.enter();
    this.write(MOUSE_ON);
    this.cells.alloc();
    this.screen.program.clear();
    events.onResize();
  }

  private setRaw(raw: boolean): void {
    // A terminal that has gone away cannot be set any more.
    try {
      this.input.setRawMode(raw);
    } catch {
      this.open = false;
    }
  }

  private write(text: string): void {
    this.screen.program.flush();
    this.output.write(text);
  }
}
