// What a session depends on beside its options and input, as hashes: the kernel, the root volume, and kelp's own machine and host
// programs. Used by the session log and by replay, which refuses where one differs.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Volume } from "memfs";
import { projectFile } from "./project-files.js";
import type { Fingerprints } from "./session-log.js";

/** Code that the guest's behaviour depends on. */
const HOST_PARTS = ["abi", "vm", "shell"];

export function fingerprints(image: Uint8Array, volume: Volume): Fingerprints {
  return { image: createHash("sha256").update(image).digest("hex"), volume: volumeHash(volume), host: hostHash() };
}

function volumeHash(volume: Volume): string {
  const hash = createHash("sha256");
  const visit = (folder: string): void => {
    for (const name of volume.readdirSync(folder).map(String).sort()) {
      const path = folder === "/" ? `/${name}` : `${folder}/${name}`;
      const stat = volume.lstatSync(path);
      hash.update(`${path}\0${stat.mode}\0`);
      if (stat.isDirectory()) visit(path);
      else if (stat.isSymbolicLink()) hash.update(String(volume.readlinkSync(path)));
      else hash.update(volume.readFileSync(path));
      hash.update("\0");
    }
  };
  visit("/");
  return hash.digest("hex");
}

function hostHash(): string {
  const hash = createHash("sha256");
  for (const part of HOST_PARTS) {
    const folder = projectFile(`dist/src/${part}`);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
    for (const name of files.sort()) hash.update(`${part}/${name}\0`).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex");
}
