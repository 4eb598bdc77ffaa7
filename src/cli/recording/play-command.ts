// `kelp play IN.cast`: a recording on this terminal, in its own time or faster.

import { constants } from "node:os";
import { TerminalGuard } from "../../tui/terminal-guard.js";
import { type Arguments, UsageError } from "../options.js";
import { TerminalModes } from "../terminal-modes.js";
import { limitIdle, readCast } from "./asciicast.js";

const SEE = "See 'kelp play --help'.";
const STATUS_INTERRUPTED = 128 + constants.signals.SIGINT;
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
/** Reports that the player would be typed: mouse, focus, pasted text, answers to questions. */
const REPORTS = /\x1b\[\?(?:9|100[0-6]|1015|1016|2004)(?:;\d+)*[hl]|\x1b\[(?:[56]|\?6)n|\x1b\[[>=]?0?c/g;

export async function playCommand({ files, numbers }: Arguments): Promise<number> {
  if (files.length === 0) throw new UsageError("play needs a recording", SEE);
  if (files.length > 1) throw new UsageError(`unexpected argument '${files[1]}'`, SEE);
  const { events } = readCast(files[0]);
  const limited = limitIdle(events, numbers.get("idle-limit") ?? Number.POSITIVE_INFINITY);
  const player = new Player(numbers.get("speed") ?? 1);
  player.begin();
  try {
    for (const { time, kind, text } of limited) {
      if (!(await player.until(time))) return STATUS_INTERRUPTED;
      if (kind === "o") await player.print(text);
    }
    return 0;
  } finally {
    player.end();
  }
}

/** The clock of a recording, and the keys that stop it: Space for a while, q and Ctrl-C for good. */
class Player {
  private readonly modes = new TerminalModes();
  private readonly guard = new TerminalGuard({ enter: () => this.take(), leave: () => this.giveBack() }, process.stdin, process.stdout);
  private readonly interactive = process.stdin.isTTY === true && process.stdout.isTTY === true;
  private start = performance.now();
  private pausedAt: number | undefined;
  private stopped = false;
  private wake: () => void = () => undefined;

  constructor(private readonly speed: number) {}

  begin(): void {
    process.once("SIGINT", this.stop);
    if (!this.interactive) return;
    process.off("SIGINT", this.stop);
    this.guard.arm(() => process.exit(128 + constants.signals.SIGHUP));
    process.stdin.on("data", this.key);
    this.take();
    process.stdin.resume();
  }

  end(): void {
    process.off("SIGINT", this.stop);
    if (!this.interactive) return;
    this.guard.release();
    process.stdin.off("data", this.key);
    process.stdin.pause();
  }

  /** Waits for a moment of the recording; false if the user has had enough. */
  async until(seconds: number): Promise<boolean> {
    for (;;) {
      if (this.stopped) return false;
      const left = this.pausedAt === undefined ? (seconds / this.speed) * 1000 - (performance.now() - this.start) : LONGEST_TIMEOUT_MS;
      if (left <= 0) return true;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, LONGEST_TIMEOUT_MS));
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async print(text: string): Promise<void> {
    const shown = this.interactive ? text.replace(REPORTS, "") : text;
    this.modes.watch(shown);
    if (!process.stdout.write(shown)) await new Promise((resolve) => process.stdout.once("drain", resolve));
  }

  private readonly stop = (): void => {
    this.stopped = true;
    this.wake();
  };

  private readonly key = (bytes: Buffer): void => {
    for (const letter of bytes.toString("latin1")) {
      if (letter === "\x03" || letter === "q") this.stop();
      else if (letter === "\x1a") this.guard.suspend();
      else if (letter === " ") this.pause();
    }
  };

  private pause(): void {
    if (this.pausedAt === undefined) this.pausedAt = performance.now();
    else {
      this.start += performance.now() - this.pausedAt;
      this.pausedAt = undefined;
    }
    this.wake();
  }

  private take(): void {
    process.stdin.setRawMode(false);
    process.stdin.setRawMode(true);
  }

  private giveBack(): void {
    process.stdin.setRawMode(false);
    process.stdout.write(`${this.modes.restore()}${this.stopped ? "\r\n" : ""}`);
  }
}
