// `kelp objdump FILE [SYMBOL]`.

import { ElfError, ElfFile } from "../debug/elf-file.js";
import { objdump } from "../debug/objdump.js";
import { type Arguments, UsageError } from "./options.js";
import { HostError, readUserFile } from "./project-files.js";

/** Lines are joined before they are written: a kernel has half a million. */
const LINES_AT_ONCE = 1000;

export function objdumpCommand({ files }: Arguments): number {
  const [file, symbol] = files;
  if (file === undefined) throw new UsageError("objdump needs a file", "See 'kelp objdump --help'.");
  if (files.length > 2) throw new UsageError(`unexpected argument '${files[2]}'`, "See 'kelp objdump --help'.");
  try {
    let lines: string[] = [];
    for (const line of objdump(new ElfFile(readUserFile(file)), file, symbol)) {
      lines.push(line);
      if (lines.length < LINES_AT_ONCE) continue;
      process.stdout.write(`${lines.join("\n")}\n`);
      lines = [];
    }
    process.stdout.write(`${lines.join("\n")}\n`);
  } catch (error) {
    if (error instanceof ElfError) throw new HostError(`${file}: ${error.message}`);
    throw error;
  }
  return 0;
}
