// Foreign programs for the ELF tests: found or not, run in a folder, complaints collected.

import { spawnSync } from "node:child_process";
import type { ExecutionContext } from "ava";
import { hasProgram } from "../x86/gas.js";

/** Whether all programs are here; else logs which test is skipped and passes it. */
export function available(t: ExecutionContext, ...programs: string[]): boolean {
  const missing = programs.filter((name) => !hasProgram(name));
  if (missing.length === 0) return true;
  t.log(`skipped: ${missing.join(", ")} not installed`);
  t.pass();
  return false;
}

export interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
}

export function run(folder: string, program: string, ...args: string[]): Run {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 26 });
  return { status, stdout, stderr };
}
