// The host's terminal in raw mode, and its way back: restored on every way out, also by an exception or a signal.

import { constants } from "node:os";

const FATAL_SIGNALS = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"] as const;
/** Attributes off, cursor shown, bracketed paste off: what a guest program may have left. */
const RESET = "\x1b[0m\x1b[?25h\x1b[?2004l";

export class RawTerminal {
  private raw = false;
  /** The last byte printed was \r. */
  private returned = false;
  private readonly undo: (() => void)[] = [];

  constructor(
    private readonly input: NodeJS.ReadStream,
    private readonly output: NodeJS.WriteStream,
  ) {}

  /** @param onHangUp the terminal has gone. */
  enter(onData: (bytes: Buffer) => void, onHangUp: () => void): void {
    this.setRaw(true);
    this.listen(process, "exit", () => this.leave());
    for (const signal of FATAL_SIGNALS) {
      this.listen(process, signal, () => {
        this.leave();
        process.exit(128 + constants.signals[signal]);
      });
    }
    // Stopped from outside and continued: the shell has set its own mode meanwhile.
    this.listen(process, "SIGCONT", () => this.setRaw(true));
    this.input.on("data", onData);
    this.undo.push(() => this.input.off("data", onData));
    for (const event of ["end", "error"] as const) {
      this.input.on(event, onHangUp);
      this.undo.push(() => this.input.off(event, onHangUp));
    }
    this.input.resume();
  }

  /**
   * The guest's bytes as its terminal sent them. Node's raw mode keeps ONLCR, so a line end is printed as \n alone, and a line feed
   * that shall not return the carriage as \v, which terminals take for the same.
   */
  print(bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString("latin1");
    const converted = text.replace(/\r?\n/g, (end, at) => (end.length === 2 || (at === 0 && this.returned) ? "\n" : "\v"));
    this.returned = text.endsWith("\r");
    this.output.write(Buffer.from(converted, "latin1"));
  }

  leave(): void {
    if (!this.raw) return;
    for (const step of this.undo.splice(0)) step();
    this.setRaw(false);
    this.input.pause();
    this.output.write(RESET);
  }

  private setRaw(raw: boolean): void {
    this.raw = raw;
    this.input.setRawMode(raw);
  }

  private listen(target: NodeJS.Process, event: string, listener: () => void): void {
    target.on(event, listener);
    this.undo.push(() => target.off(event, listener));
  }
}

/** Finds Ctrl-A x among the typed bytes; Ctrl-A Ctrl-A is one Ctrl-A, any other pair is passed on as it is. */
export class EscapeKey {
  private escaped = false;

  /** Bytes for the guest, and whether the user wants to leave. */
  feed(bytes: Uint8Array): { bytes: Uint8Array; leave: boolean } {
    const out: number[] = [];
    for (const byte of bytes) {
      if (this.escaped) {
        this.escaped = false;
        if (byte === 0x78) return { bytes: Uint8Array.from(out), leave: true };
        out.push(0x01);
        if (byte !== 0x01) out.push(byte);
      } else if (byte === 0x01) this.escaped = true;
      else out.push(byte);
    }
    return { bytes: Uint8Array.from(out), leave: false };
  }
}
