// One guest run of a shell command with files of the test's own in /root, for the tests of user programs.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RUN_START_MARK } from "../../src/abi/run-protocol.js";
import { startSession } from "../../src/cli/session.js";
import { temporaryFolder } from "../temporary-folder.js";

/** Guest seconds after which a run counts as hung. */
const LIMIT = 300;
const TICKS_PER_SECOND = 100_000_000;

/** The mark that the command has ended, and what the kernel says of the power-off. */
const AFTER_COMMAND = /(?:\x1b\]133;D[^\x07]*\x07)?reboot: Power down\n?$/;

export interface GuestRun {
  /** What the console showed from the command's start to the machine's end, without carriage returns. */
  readonly out: string;
  /** How the run ended: "exit" if the guest powered off by itself. */
  readonly end: string;
}

export function runInGuest(command: string, files: Readonly<Record<string, Uint8Array>>): GuestRun {
  let console = "";
  const session = startSession(
    { command: "run", files: [], flags: new Set(), texts: new Map([["append", "printk.time=0"]]), numbers: new Map() },
    { mode: "command", text: command },
    {
      onConsole: (bytes) => {
        console += Buffer.from(bytes).toString("latin1");
      },
    },
  );
  for (const [name, bytes] of Object.entries(files)) session.volume.writeFileSync(`/root/${name}`, bytes, { mode: 0o755 });
  const result = session.machine.run({ until: LIMIT * TICKS_PER_SECOND });
  const at = console.indexOf(RUN_START_MARK);
  const shown = at < 0 ? console : console.slice(at + RUN_START_MARK.length);
  return { out: shown.replaceAll("\r", "").replace(AFTER_COMMAND, ""), end: result.kind };
}

export const hasGcc = spawnSync("gcc", ["--version"]).status === 0;

const flags = ["-nostdlib", "-ffreestanding", "-fno-stack-protector", "-mgeneral-regs-only", "-fcf-protection=none", "-w"];

/** Compiles test/user/cases/NAME.c with gcc; the path of the program. */
export function compileWithGcc(name: string, ...options: string[]): string {
  const program = join(temporaryFolder("kelp-user"), name);
  const { status, stderr } = spawnSync(
    "gcc",
    [
      ...flags,
      ...(options.includes("-static-pie") ? ["-O2", "-fPIE"] : ["-static"]),
      ...options,
      "-o",
      program,
      `test/user/cases/${name}.c`,
    ],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  return program;
}

export interface NativeRun {
  readonly out: string;
  readonly status: number | null;
}

export function runNatively(program: string): NativeRun {
  const { stdout, status } = spawnSync(`./${program.slice(program.lastIndexOf("/") + 1)}`, [], {
    cwd: program.slice(0, program.lastIndexOf("/")),
    encoding: "latin1",
    timeout: 60_000,
  });
  return { out: stdout, status };
}

export const bytesOf = (program: string): Uint8Array => readFileSync(program);
