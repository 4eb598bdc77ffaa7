// Runs kcc's output natively: kernel TypeScript compiled to an object, linked by gcc with a driver in C. For hosts that are
// x86-64 and have gcc.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Compiler } from "../../src/compiler/driver.js";
import { writeRelocatable } from "../../src/compiler/elf/write.js";

/** The repository: this file runs from dist/test/compiler. */
export const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
export const kernelRoot = join(repository, "src/kernel");

export function findTool(name: string): boolean {
  try {
    execFileSync(name, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export const canRunNatively = process.arch === "x64" && process.platform === "linux" && findTool("gcc");

/** A directory that is removed when `work` is over. */
export function withDirectory<T>(work: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), "kcc-test-"));
  try {
    mkdirSync(directory, { recursive: true });
    return work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Object of one file of kernel TypeScript; faults are thrown as text. */
export function compileToObject(file: string, check: boolean): Uint8Array {
  const compiler = new Compiler(kernelRoot, [file], dirname(file));
  const errors = check ? compiler.check([file]) : [];
  const built = compiler.object([file]);
  const all = [...errors, ...built.diagnostics];
  if (all.length > 0) throw new Error(all.join(""));
  return writeRelocatable(built.object);
}

/** __fentry__ as a kernel without tracing has it. */
const fentry = ".globl __fentry__\n.type __fentry__, @function\n__fentry__: ret\n.section .note.GNU-stack\n";
const flags = ["-O1", "-fwrapv", "-w", "-fno-strict-aliasing", "-no-pie", "-fno-pie", "-mno-red-zone", "-z", "noexecstack"];

/** Builds driver + object and returns what the program prints. */
export function runWith(directory: string, name: string, inputs: readonly string[]): string {
  const stub = join(directory, "fentry.s");
  writeFileSync(stub, fentry);
  const program = join(directory, name);
  execFileSync("gcc", [...flags, "-o", program, ...inputs, stub], { stdio: ["ignore", "inherit", "inherit"] });
  return execFileSync(program, { encoding: "utf8", timeout: 20_000, maxBuffer: 1 << 26 });
}
