// Programs that fill the screen: what stands on it after each step, in busybox 1.35.0 on a pseudo-terminal and in ours at the fake
// kernel's console. Both terminals are read by the same emulator.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { Console } from "../fake-kernel/console.js";

export interface Session {
  readonly name: string;
  readonly command: string;
  /** What is typed, one step after the other. */
  readonly keys: readonly string[];
}

export interface RecordedSession extends Session {
  /** The screen at the beginning and after each step, rows joined by newlines; the cursor's place behind it. */
  readonly frames: readonly string[];
}

export const ROWS = 10;
export const COLUMNS = 40;

const numbered = (count: number): string => Array.from({ length: count }, (_, n) => `${n + 1}\n`).join("");

export const FILES: Readonly<Record<string, string>> = {
  sixty: numbered(60),
  five: numbered(5),
  odd: `a\tb\n\x01ctl\x1b[31mred\x1b[m\n${"7".padStart(120, "0")}\nlast`,
  words: "alpha beta gamma\n  delta(one, two)\n\nint main() {\n  return foo[3];\n}\nomega end\n",
};

class Emulator {
  readonly #terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });

  write(data: string): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(Buffer.from(data, "latin1"), resolve));
  }

  get frame(): string {
    const buffer = this.#terminal.buffer.active;
    const rows = Array.from({ length: ROWS }, (_, y) => {
      let text = "";
      let reversed = false;
      const line = buffer.getLine(buffer.baseY + y);
      for (let x = 0; x < COLUMNS; x++) {
        const cell = line?.getCell(x);
        const inverse = cell?.isInverse() === 1;
        if (inverse !== reversed) text += inverse ? "{{" : "}}";
        reversed = inverse;
        text += cell?.getChars() || " ";
      }
      return (reversed ? `${text}}}` : text).trimEnd();
    });
    return `${rows.join("\n")}\n@${buffer.cursorY},${buffer.cursorX}`;
  }
}

/** In ours. */
export async function runOurs(session: Session): Promise<RecordedSession> {
  const emulator = new Emulator();
  const files = Object.fromEntries(Object.entries(FILES).map(([name, text]) => [`/work/${name}`, text]));
  const screen = new Console({ files });
  screen.kernel.terminal.rows = ROWS;
  screen.kernel.terminal.columns = COLUMNS;
  screen.type("cd /work\r");
  screen.take();
  const frames: string[] = [];
  for (const keys of [`${session.command}\r`, ...session.keys]) {
    await emulator.write(cooked(screen.type(keys)));
    frames.push(emulator.frame);
  }
  return { ...session, frames };
}

/** The fake console does not turn line feeds into new lines. */
const cooked = (text: string): string => text.replace(/\r?\n/g, "\r\n");

const STEP_MS = 250;

/** In busybox; `bin` is a folder with its links. */
export async function runBusybox(bin: string, session: Session): Promise<RecordedSession> {
  const folder = mkdtempSync(join(tmpdir(), "kelp-frames-"));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text, "latin1");
  const emulator = new Emulator();
  const pty = spawn(join(bin, "sh"), ["-c", session.command], {
    cols: COLUMNS,
    rows: ROWS,
    name: "xterm",
    cwd: folder,
    env: { PATH: bin, HOME: folder },
    encoding: null,
  });
  let data = "";
  pty.onData((bytes: string | Uint8Array) => {
    data += Buffer.from(bytes).toString("latin1");
  });
  const frames: string[] = [];
  for (const keys of ["", ...session.keys]) {
    if (keys !== "") pty.write(keys);
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    const text = data;
    data = "";
    await emulator.write(text);
    frames.push(emulator.frame);
  }
  pty.kill();
  rmSync(folder, { recursive: true });
  return { ...session, frames };
}
