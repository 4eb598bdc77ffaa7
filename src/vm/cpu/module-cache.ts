// The core's wasm code, built once: in memory for this process, and in a file beside the compiled sources for the next
// one. The file counts only while every compiled source here has the size and time that it had when the file was made.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildCoreModule } from "./core-module.js";

const folder = dirname(fileURLToPath(import.meta.url));
const file = join(folder, "core.wasm.cache");
const DIGEST_BYTES = 32;

let compiled: WebAssembly.Module | undefined;

/** Told by names, sizes and times of the sources, so that an edited core never runs old code. */
function digest(): Buffer {
  const hash = createHash("sha256").update(process.version);
  for (const sub of ["", "meaning", "wasm"])
    for (const name of readdirSync(join(folder, sub)).sort())
      if (name.endsWith(".js")) {
        const { size, mtimeMs } = statSync(join(folder, sub, name));
        hash.update(`${sub}/${name}\0${size}\0${mtimeMs}\n`);
      }
  return hash.digest();
}

function load(): Uint8Array<ArrayBuffer> {
  let wanted: Buffer | undefined;
  try {
    wanted = digest();
    const cached = readFileSync(file);
    if (cached.subarray(0, DIGEST_BYTES).equals(wanted)) return Uint8Array.from(cached.subarray(DIGEST_BYTES));
  } catch {
    // No file yet, or no folder of sources (a bundle): build.
  }
  const code = buildCoreModule();
  try {
    // Renamed into place: another process must not read half of it.
    const temporary = `${file}.${process.pid}`;
    if (wanted) {
      writeFileSync(temporary, Buffer.concat([wanted, code]));
      renameSync(temporary, file);
    }
  } catch {
    // A read-only installation builds each time.
  }
  return code;
}

export function coreModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(load());
  return compiled;
}
