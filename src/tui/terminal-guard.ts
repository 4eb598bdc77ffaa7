// Every way out of a program that has changed its terminal's settings leads through here: exit, signals, exceptions, a terminal that
// goes away, and the stop and continuation of job control. Used by the screen and by the plain console.

import { constants } from "node:os";

const FATAL_SIGNALS = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"] as const;
/** An exception in kelp itself: a bug, or a disc that is full. */
const STATUS_FAILED = 125;

export interface GuardedTerminal {
  /** Puts the terminal back as it was found; called once for each time that it was taken. */
  leave(): void;
  /** Takes it again, whatever the shell or another program has done with it. */
  enter(): void;
}

export class TerminalGuard {
  private readonly undo: (() => void)[] = [];
  private armed = false;

  constructor(
    private readonly terminal: GuardedTerminal,
    private readonly input: NodeJS.ReadStream,
    private readonly output: NodeJS.WriteStream,
  ) {}

  /**
   * @param onHangUp the terminal has gone away: nothing can be restored.
   * @param onSignal ends the program in its own way; by default it exits with the signal's status.
   */
  arm(onHangUp: () => void, onSignal = (signal: NodeJS.Signals): void => this.exit(signal)): void {
    this.armed = true;
    this.listen("exit", () => this.release());
    for (const signal of FATAL_SIGNALS) {
      this.listen(signal, () => onSignal(signal));
    }
    for (const event of ["uncaughtException", "unhandledRejection"]) this.listen(event, (error) => this.fail(error));
    this.listenForStop();
    this.listen("SIGCONT", () => this.terminal.enter());
    for (const stream of [this.input, this.output]) {
      stream.on("error", onHangUp);
      this.undo.push(() => stream.off("error", onHangUp));
    }
    this.input.on("end", onHangUp);
    this.undo.push(() => this.input.off("end", onHangUp));
  }

  /** The program is done with the terminal. */
  release(): void {
    if (!this.armed) return;
    this.armed = false;
    for (const step of this.undo.splice(0)) step();
    this.terminal.leave();
  }

  /** As Ctrl-Z does it to programs that leave their terminal alone: the whole job stops, `./kelp` and npm too. */
  suspend(): void {
    this.stop(0);
  }

  private stop(group: number): void {
    if (!this.armed) return;
    this.terminal.leave();
    process.removeAllListeners("SIGTSTP");
    // Comes back when the job is continued; at once where there is no shell that could do that, and the kernel ignores the signal.
    process.kill(group, "SIGTSTP");
    this.listenForStop();
    this.terminal.enter();
  }

  private listenForStop(): void {
    this.listen("SIGTSTP", () => this.stop(process.pid));
  }

  private exit(signal: NodeJS.Signals): void {
    this.release();
    process.exit(128 + constants.signals[signal]);
  }

  private fail(error: unknown): void {
    this.release();
    const expected = error instanceof Error && "code" in error;
    process.stderr.write(`kelp: ${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(STATUS_FAILED);
  }

  private listen(event: string, listener: (argument: unknown) => void): void {
    process.on(event, listener);
    this.undo.push(() => process.off(event, listener));
  }
}
