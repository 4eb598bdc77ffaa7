// The host's terminal while the screen is open: alternate buffer, raw mode, mouse reports; given back as it was on every way out.

import { constants } from "node:os";
import blessed from "blessed";
import { Canvas, type CellScreen } from "./canvas.js";

const FATAL_SIGNALS = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"] as const;
/** Button presses and wheel, in SGR coordinates. */
const MOUSE_ON = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF = "\x1b[?1006l\x1b[?1000l";
const RESET = "\x1b[0m\x1b[?25h\x1b[?2004l";
const STATUS_BUG = 125;

export interface HostTerminalEvents {
  onInput(bytes: Uint8Array): void;
  onResize(): void;
}

export class HostTerminal {
  readonly canvas: Canvas;
  private readonly screen: blessed.Widgets.Screen;
  private readonly cells: CellScreen;
  private readonly undo: (() => void)[] = [];
  private open = true;

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
    this.listen("exit", () => this.close());
    for (const signal of FATAL_SIGNALS) {
      this.listen(signal, () => {
        this.close();
        process.exit(128 + constants.signals[signal]);
      });
    }
    this.listen("uncaughtException", (error) => this.fail(error));
    this.listen("unhandledRejection", (error) => this.fail(error));
    // Stopped from outside and continued: the shell has had the terminal meanwhile.
    this.listen("SIGCONT", () => this.reenter(events));
    // The terminal has gone away: nothing can be restored.
    const onError = () => process.exit(128 + constants.signals.SIGHUP);
    for (const stream of [input, output]) {
      stream.on("error", onError);
      this.undo.push(() => stream.off("error", onError));
    }
    input.on("end", onError);
    this.undo.push(() => input.off("end", onError));
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

  close(): void {
    if (!this.open) return;
    this.open = false;
    for (const step of this.undo.splice(0)) step();
    this.write(MOUSE_OFF);
    this.screen.destroy();
    if (this.input.isRaw) this.setRaw(false);
    this.input.pause();
    this.output.write(RESET);
  }

  private fail(error: unknown): void {
    this.close();
    process.stderr.write(`kelp: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(STATUS_BUG);
  }

  private reenter(events: HostTerminalEvents): void {
    this.setRaw(true);
    const { program } = this.screen;
    program.alternateBuffer();
    this.write(MOUSE_ON);
    this.cells.alloc();
    program.clear();
    events.onResize();
  }

  private setRaw(raw: boolean): void {
    // A terminal that has gone away cannot be set any more.
    try {
      this.input.setRawMode(raw);
    } catch {
      this.undo.length = 0;
    }
  }

  private write(text: string): void {
    this.screen.program.flush();
    this.output.write(text);
  }

  private listen(event: string, listener: (argument: unknown) => void): void {
    process.on(event, listener);
    this.undo.push(() => process.off(event, listener));
  }
}
