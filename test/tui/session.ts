// kelp on a real pseudo-terminal, its output understood by an xterm: what a user would see.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { IPty } from "@lydell/node-pty";
import pty from "@lydell/node-pty";
import xterm, { type Terminal } from "@xterm/headless";
import type { ExecutionContext } from "ava";

const PATIENCE_MS = 60_000;

export class ScreenSession {
  readonly terminal: Terminal;
  /** Everything that kelp wrote. */
  raw = "";
  readonly exited: Promise<{ exitCode: number; signal?: number }>;
  private readonly pty: IPty;
  private writing: Promise<void> = Promise.resolve();

  constructor(columns: number, rows: number, ...args: string[]) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    const env = { ...process.env, TERM: "xterm-256color" };
    this.pty = pty.spawn(process.execPath, ["dist/src/cli/main.js", "--cpus", "1", ...args], { cols: columns, rows, env });
    this.pty.onData((data) => {
      this.raw += data;
      this.writing = new Promise((resolve) => this.terminal.write(data, resolve));
    });
    this.exited = new Promise((resolve) => this.pty.onExit(resolve));
  }

  type(text: string): void {
    this.pty.write(text);
  }

  resize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows);
    this.pty.resize(columns, rows);
  }

  kill(signal: string): void {
    this.pty.kill(signal);
  }

  lines(): string[] {
    const buffer = this.terminal.buffer.active;
    return Array.from({ length: this.terminal.rows }, (_, row) => buffer.getLine(row)?.translateToString(true) ?? "");
  }

  /** Until the screen shows it. */
  async sees(what: string | RegExp): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      await this.writing;
      const text = this.lines().join("\n");
      if (typeof what === "string" ? text.includes(what) : what.test(text)) return;
      if (Date.now() > end) throw new Error(`never seen: ${what}\n${text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Until nothing has changed for a while. */
  async settles(): Promise<void> {
    for (let before = ""; before !== this.raw; ) {
      before = this.raw;
      await new Promise((resolve) => setTimeout(resolve, 350));
    }
    await this.writing;
  }

  async end(): Promise<void> {
    this.type("\x01x");
    await this.exited;
  }
}

/** Addresses, times and counts differ from build to build. */
export function levelled(lines: readonly string[]): string[] {
  return lines.map((text) =>
    text
      .replace(/\b[0-9a-f]{8,16}\b/g, (address) => "x".repeat(address.length))
      .replace(/^ \d+\.\d\d s {2}[\d,]+ instr/, " #.## s  # instr")
      .replace(/\[ *\d+\.\d{6}\]/g, "[#.######]")
      .replace(/\[\d+\]/g, "[#]")
      .replace(/(seed \d+) {2,}/, "$1  ")
      .trimEnd(),
  );
}

/** Compares with test/tui/frames/NAME.txt: a frame that was looked at and found right. KELP_UPDATE_FRAMES=1 writes it, to be looked at. */
export function sameFrame(t: ExecutionContext, name: string, lines: readonly string[]): void {
  const file = `test/tui/frames/${name}.txt`;
  const frame = `${levelled(lines).join("\n")}\n`;
  if (process.env.KELP_UPDATE_FRAMES) writeFileSync(file, frame);
  if (!existsSync(file)) t.fail(`${file} is missing; the screen is:\n${frame}`);
  else t.is(frame, readFileSync(file, "utf8"));
}
