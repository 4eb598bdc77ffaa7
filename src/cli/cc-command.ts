// `kelp cc FILE… [-o OUT]`: compiles kernel TypeScript to modules, and files that export main() to user programs.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Arguments, UsageError } from "./options.js";
import { MODULES, projectFile, readUserFile } from "./project-files.js";
import { writeWholeFile } from "./whole-file.js";

const SEE = "See 'kelp cc --help'.";

export async function ccCommand({ files, texts }: Arguments): Promise<number> {
  const output = texts.get("output");
  if (files.length === 0) throw new UsageError("cc needs a file", SEE);
  if (output !== undefined && files.length > 1) throw new UsageError("-o goes with one file", SEE);
  for (const file of files) {
    if (!file.endsWith(".ts")) throw new UsageError(`'${file}' is no TypeScript file (.ts)`, SEE);
    // The compiler takes what it cannot read for absent.
    readUserFile(file);
  }
  const { Compiler, userStart } = await import("../compiler/driver.js");
  const kernelRoot = projectFile("src/kernel");
  const compiler = new Compiler(kernelRoot, [...files, userStart(kernelRoot)]);
  const others = builtModules();
  let failed = false;
  for (const file of files) {
    const isProgram = compiler.isProgram(file);
    const built = isProgram ? compiler.userProgram(file) : compiler.module({ files: [file], others });
    const bytes = "ko" in built ? built.ko : built.program;
    const { diagnostics } = built;
    for (const text of diagnostics) process.stderr.write(text.endsWith("\n") ? text : `${text}\n`);
    if (diagnostics.length > 0) failed = true;
    else writeWholeFile(output ?? `${basename(file, ".ts")}${isProgram ? "" : ".ko"}`, bytes, isProgram ? 0o777 : 0o666);
  }
  return failed ? 1 : 0;
}

/** kelp's own modules: what a new one may depend on. */
function builtModules(): { name: string; ko: Uint8Array }[] {
  if (!existsSync(MODULES)) return [];
  return readdirSync(MODULES)
    .filter((file) => file.endsWith(".ko"))
    .map((file) => ({ name: file.replace(/\.ko$/, "").replaceAll("-", "_"), ko: readFileSync(join(MODULES, file)) }));
}
