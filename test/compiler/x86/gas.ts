// Runs GNU as for the tests that compare with it.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ObjectFile } from "../../../src/compiler/elf/object.js";
import { readRelocatable } from "../../../src/compiler/elf/read.js";

const ASSEMBLER = "as";

/** Whether the program can be run here. */
export function hasProgram(name: string): boolean {
  try {
    execFileSync(name, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Runs `body` with a new folder that is removed afterwards. */
export function inFolder<T>(body: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "kelp-"));
  try {
    return body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The first errors of as, each with its line. */
function complaints(stderr: string, lines: readonly string[]): string {
  const found = [...stderr.matchAll(/:(\d+): Error: (.*)/g)];
  const shown = found.slice(0, 20).map(([, line, message]) => `${lines[Number(line) - 1]}: ${message}`);
  return `${found.length} errors\n${shown.join("\n")}`;
}

/** Assembles Intel syntax; the object as our reader sees it. */
export function assemble(source: string): ObjectFile {
  return inFolder((folder) => {
    const text = `.intel_syntax noprefix\n${source}\n`;
    writeFileSync(join(folder, "a.s"), text);
    const run = spawnSync(ASSEMBLER, ["--no-warn", "-o", "a.o", "a.s"], { encoding: "utf8", maxBuffer: 1 << 26, cwd: folder });
    if (run.status !== 0) throw new Error(complaints(run.stderr, text.split("\n")));
    const object = readRelocatable(readFileSync(join(folder, "a.o")), "a.o");
    if ("error" in object) throw new Error(object.error);
    return object;
  });
}

export function hex(bytes: ArrayLike<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
