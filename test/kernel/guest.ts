// Runs a shell script in the guest, as `kelp run` does, for the kernel's tests.

import { spawnSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** This file runs from dist/test/kernel. */
const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

export interface GuestRun {
  readonly output: string;
  readonly status: number | null;
}

/** The kernel's last word, on the console after the script's end. */
const FAREWELL = /reboot: Power down\n$/;

/**
 * Output and exit status of the script. Kernel messages are read with dmesg; their times are cut off. options: kelp's own;
 * parameters: for the kernel command line.
 */
export function runInGuest(script: string, options: readonly string[] = [], parameters = ""): GuestRun {
  const kelp = join(repository, "dist/src/cli/main.js");
  const append = `loglevel=1 ${parameters}`.trimEnd();
  const run = spawnSync(process.execPath, [kelp, "run", "--timeout", "600", "--append", append, ...options, "-c", script], {
    encoding: "utf8",
    timeout: 240_000,
  });
  const output = (run.stdout + run.stderr).replaceAll(/^\[ *\d+\.\d{6}\] /gm, "");
  return { output: output.replace(FAREWELL, ""), status: run.status };
}
