// Assembles test/vm/cpu/programs.s with GNU as into test/vm/cpu/programs.json (name → hex), so that the tests themselves
// need no assembler. A program starts at a line `@name`; its code is position independent.
// Run after changing the source: node dist/scripts/vectors/assemble.js

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "programs-"));
const programs: Record<string, string> = {};
for (const part of readFileSync("test/vm/cpu/programs.s", "utf8").split(/^@/m).slice(1)) {
  const newline = part.indexOf("\n");
  const name = part.slice(0, newline).trim();
  const object = join(folder, "program.o");
  const binary = join(folder, "program.bin");
  execFileSync("as", ["-o", object, "-"], { input: `.intel_syntax noprefix\n${part.slice(newline)}` });
  execFileSync("objcopy", ["-O", "binary", "-j", ".text", object, binary]);
  programs[name] = readFileSync(binary).toString("hex");
}
writeFileSync("test/vm/cpu/programs.json", `${JSON.stringify(programs, null, 2)}\n`);
