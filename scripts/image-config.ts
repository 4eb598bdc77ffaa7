// Reads images/NAME.config: Kconfig-style fragments over mainline.config. scripts/build-guest.ts gives them to the compiler.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const DEFAULT_IMAGE = "mainline";

export interface Image {
  readonly name: string;
  /** CONFIG_ names with their values; y is 1. What is "not set" is absent. */
  readonly config: ReadonlyMap<string, bigint>;
}

/** Adds a fragment's settings to those before it. Throws an Error that names the line where it is none. */
export function applyFragment(config: Map<string, bigint>, file: string, text: string): void {
  text.split("\n").forEach((line, index) => {
    const unset = /^# (CONFIG_\w+) is not set$/.exec(line);
    if (unset) config.delete(unset[1]);
    if (line === "" || line.startsWith("#")) return;
    const set = /^(CONFIG_\w+)=(y|-?\d+|0x[0-9a-fA-F]+)$/.exec(line);
    if (!set) throw new Error(`${file}:${index + 1}: neither CONFIG_NAME=VALUE nor a comment: ${line}`);
    config.set(set[1], set[2] === "y" ? 1n : BigInt(set[2]));
  });
}

/** All images, the default one first. */
export function readImages(folder: string): Image[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".config"))
    .map((name) => name.slice(0, -".config".length))
    .sort((a, b) => Number(b === DEFAULT_IMAGE) - Number(a === DEFAULT_IMAGE) || (a < b ? -1 : 1));
  return names.map((name) => {
    const config = new Map<string, bigint>();
    for (const part of new Set([DEFAULT_IMAGE, name])) {
      applyFragment(config, join(folder, `${part}.config`), readFileSync(join(folder, `${part}.config`), "utf8"));
    }
    return { name, config };
  });
}
