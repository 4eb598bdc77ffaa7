// kelp on a real pseudo-terminal, for the tests of the interactive console: types, waits for text, and reads the terminal's settings
// behind the program's back.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type IPty, spawn } from "@lydell/node-pty";

export const KELP = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

const LIMIT_MS = 20_000;

/** What the shell around kelp writes: the terminal's settings before and after, and kelp's status. */
const AROUND = `before=$(stty -g); "$@"; status=$?; after=$(stty -g); [ "$before" = "$after" ] && clean=clean || clean=changed; echo "ended $status $clean"; exec cat`;

export class Terminal {
  /** All that was printed. */
  screen = "";
  private read = 0;
  private readonly pty: IPty;
  private gone = false;
  private changed: () => void = () => undefined;

  /** @param shell whether a shell around kelp keeps the terminal alive after it and reports how it ended. */
  constructor(args: readonly string[] = [], shell = true) {
    const [file, rest] = shell ? ["/bin/sh", ["-c", AROUND, "sh", process.execPath, KELP, ...args]] : [process.execPath, [KELP, ...args]];
    const env = Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
    this.pty = spawn(file, rest, { cols: 90, rows: 30, name: "xterm", env });
    this.pty.onData((data) => {
      this.screen += data;
      this.changed();
    });
    this.pty.onExit(() => {
      this.gone = true;
      this.changed();
    });
  }

  get pid(): number {
    return this.pty.pid;
  }

  type(text: string): void {
    this.pty.write(text);
  }

  /** Drags the window to another size: SIGWINCH to what runs on it. */
  resize(columns: number, rows: number): void {
    this.pty.resize(columns, rows);
  }

  /** Closes the terminal: SIGHUP to what runs on it. */
  close(): void {
    this.pty.kill("SIGHUP");
  }

  /** Text since the last call, up to what is waited for. */
  async until(pattern: RegExp): Promise<string> {
    const deadline = performance.now() + LIMIT_MS;
    for (;;) {
      const text = this.screen.slice(this.read);
      const match = pattern.exec(text);
      if (match) {
        const end = match.index + match[0].length;
        this.read += end;
        return text.slice(0, end);
      }
      if (this.gone || performance.now() > deadline) throw new Error(`${pattern} did not come: ${JSON.stringify(text)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async untilGone(): Promise<void> {
    const deadline = performance.now() + LIMIT_MS;
    while (!this.gone && performance.now() < deadline) await pause(20);
    if (!this.gone) throw new Error("the process does not end");
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The only child of a process (Linux). */
export function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** User and system time that a process has used, in ms (Linux). */
export function cpuTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
