// kelp on a real pseudo-terminal, its output understood by an xterm: what a user would see.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { IPty } from "@lydell/node-pty";
import pty from "@lydell/node-pty";
import xterm, { type Terminal } from "@xterm/headless";
import type { ExecutionContext } from "ava";

const PATIENCE_MS = 30_000;

const KELP = ["dist/src/cli/main.js", "--cpus", "1"];
/** A shell around kelp, as a user has it: says how kelp ended and whether the terminal's settings are what they were. */
const AROUND = `set -m; before=$(stty -g); look() { [ "$before" = "$(stty -g)" ] && echo "$* clean" || echo "$* changed"; }
"$@"; status=$?; while [ $status = 147 ] || [ $status = 148 ]; do look stopped; read -r go; fg > /dev/null; status=$?; done
look "ended $status"; exec cat`;

/** What a terminal keeps beside its text and settings. */
export interface TerminalState {
  readonly alternate: boolean;
  readonly cursorShown: boolean;
  readonly modes: object;
}

export function stateOf({ buffer, modes }: Terminal, cursorShown: boolean): TerminalState {
  return { alternate: buffer.active.type === "alternate", cursorShown, modes: { ...modes } };
}

export class ScreenSession {
  readonly terminal: Terminal;
  /** Everything that kelp wrote. */
  raw = "";
  readonly exited: Promise<{ exitCode: number; signal?: number }>;
  private readonly pty: IPty;
  private writing: Promise<void> = Promise.resolve();
  private cursorShown = true;

  constructor(columns: number, rows: number, args: readonly string[] = [], variables: NodeJS.ProcessEnv = {}) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    for (const [final, shown] of [
      ["h", true],
      ["l", false],
    ] as const) {
      this.terminal.parser.registerCsiHandler({ prefix: "?", final }, (parameters) => {
        if (parameters.includes(25)) this.cursorShown = shown;
        return false;
      });
    }
    const [file, rest] = this.command(args);
    this.pty = pty.spawn(file, rest, { cols: columns, rows, env: { ...process.env, TERM: "xterm-256color", ...variables } });
    this.pty.onData((data) => {
      this.raw += data;
      this.writing = new Promise((resolve) => this.terminal.write(data, resolve));
    });
    this.exited = new Promise((resolve) => this.pty.onExit(resolve));
  }

  protected command(args: readonly string[]): [file: string, rest: string[]] {
    return [process.execPath, [...KELP, ...args]];
  }

  get pid(): number {
    return this.pty.pid;
  }

  async state(): Promise<TerminalState> {
    await this.writing;
    return stateOf(this.terminal, this.cursorShown);
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
    return Array.from({ length: this.terminal.rows }, (_, row) => buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? "");
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

  /** At once, also where it has ended already. */
  close(): void {
    try {
      this.kill("SIGKILL");
    } catch {
      // It had.
    }
  }

  /** What was typed and shown up to now, and what comes within so many milliseconds. */
  async settlesFor(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    await this.writing;
  }

  async end(): Promise<void> {
    this.type("\x01x");
    await this.exited;
  }
}

/** Any command of kelp's. */
const commandLine = (args: readonly string[]): string[] =>
  args[0] === undefined || args[0].startsWith("-") ? [...KELP, ...args] : [KELP[0], ...args];

/** The same within a shell, which goes on when kelp is done with the terminal. */
export class SessionInShell extends ScreenSession {
  protected override command(args: readonly string[]): [file: string, rest: string[]] {
    return ["/bin/sh", ["-c", AROUND, "sh", process.execPath, ...commandLine(args)]];
  }

  /** kelp itself, not the shell. */
  get kelp(): number {
    return Number(readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, "utf8").trim().split(" ")[0]);
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
      .replace(/\d+ of \d+ tasks/, "# of # tasks")
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
