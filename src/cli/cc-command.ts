// `kelp cc FILE… [-o OUT]`: compiles kernel TypeScript to modules.

import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import { type Arguments, UsageError } from "./options.js";

const SEE = "See 'kelp cc --help'.";

export async function ccCommand({ files, texts }: Arguments): Promise<number> {
  const output = texts.get("output");
  if (files.length === 0) throw new UsageError("cc needs a file", SEE);
  if (output !== undefined && files.length > 1) throw new UsageError("-o goes with one file", SEE);
  const foreign = files.find((file) => !file.endsWith(".ts"));
  if (foreign !== undefined) throw new UsageError(`'${foreign}' is no TypeScript file (.ts)`, SEE);
  const { buildModule } = await import("../compiler/driver.js");
  let failed = false;
  for (const file of files) {
    const result = buildModule(file);
    for (const diagnostic of result.diagnostics) process.stderr.write(`${diagnostic}\n`);
    if (result.bytes) writeFileSync(output ?? `${basename(file, ".ts")}.ko`, result.bytes);
    else failed = true;
  }
  return failed ? 1 : 0;
}
