// The host's terminal in raw mode, and its way back: restored on every way out, also by an exception or a signal.

import { TerminalGuard } from "../tui/terminal-guard.js";
import { TerminalModes } from "./terminal-modes.js";

export class RawTerminal {
  private taken = false;
  /** The last byte printed was \r. */
  private returned = false;
  private readonly modes = new TerminalModes();
  private readonly guard: TerminalGuard;
  private onData: ((bytes: Buffer) => void) | undefined;

  constructor(
    private readonly input: NodeJS.ReadStream,
    private readonly output: NodeJS.WriteStream,
  ) {
    this.guard = new TerminalGuard({ enter: () => this.take(), leave: () => this.giveBack() }, input, output);
  }

  /** @param onHangUp the terminal has gone. */
  enter(onData: (bytes: Buffer) => void, onHangUp: () => void, onSignal?: () => void): void {
    this.onData = onData;
    this.guard.arm(onHangUp, onSignal);
    this.input.on("data", onData);
    this.take();
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
    this.watch(bytes);
    this.output.write(Buffer.from(converted, "latin1"));
  }

  /** Something else prints this: what it switches on is to be switched off at the end. */
  watch(bytes: Uint8Array): void {
    this.modes.watch(Buffer.from(bytes).toString("latin1"));
  }

  /** Stops kelp until the shell continues it. */
  suspend(): void {
    this.guard.suspend();
  }

  leave(): void {
    this.guard.release();
    if (this.onData) this.input.off("data", this.onData);
    this.input.pause();
  }

  private take(): void {
    this.taken = true;
    // Node forgets that somebody else may have changed the mode: setting what it believes to be set does nothing.
    this.setRaw(false);
    this.setRaw(true);
  }

  private giveBack(): void {
    if (!this.taken) return;
    this.taken = false;
    this.setRaw(false);
    this.output.write(this.modes.restore());
  }

  private setRaw(raw: boolean): void {
    // A terminal that has gone away cannot be set any more.
    try {
      this.input.setRawMode(raw);
    } catch {
      this.taken = false;
    }
  }
}

/** Finds Ctrl-A x and Ctrl-A z among the typed bytes; Ctrl-A Ctrl-A is one Ctrl-A, any other pair is passed on as it is. */
export class EscapeKey {
  private escaped = false;

  /** Bytes for the guest, and whether the user wants to leave or to stop kelp. */
  feed(bytes: Uint8Array): { bytes: Uint8Array; leave: boolean; suspend: boolean } {
    const out: number[] = [];
    let suspend = false;
    for (const byte of bytes) {
      if (this.escaped) {
        this.escaped = false;
        if (byte === 0x78) return { bytes: Uint8Array.from(out), leave: true, suspend };
        if (byte === 0x7a) {
          suspend = true;
          continue;
        }
        out.push(0x01);
        if (byte !== 0x01) out.push(byte);
      } else if (byte === 0x01) this.escaped = true;
      else out.push(byte);
    }
    return { bytes: Uint8Array.from(out), leave: false, suspend };
  }
}
