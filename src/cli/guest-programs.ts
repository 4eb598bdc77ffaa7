// The user programs that kelp has built from kernel TypeScript (src/user), for the guest's /usr/bin. guest-volume.ts adds them.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Volume } from "memfs";
import { projectFile } from "./project-files.js";

/** Built by scripts/build.mjs. */
const PROGRAMS = projectFile("dist/guest/programs");

export function addPrograms(volume: Volume): void {
  if (!existsSync(PROGRAMS)) return;
  for (const name of readdirSync(PROGRAMS).sort()) {
    volume.writeFileSync(`/usr/bin/${name}`, readFileSync(join(PROGRAMS, name)), { mode: 0o755 });
  }
}
