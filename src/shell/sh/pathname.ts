// Pathname expansion: which files a pattern names.

import type { Sys } from "../sys/request.js";
import { lstat, readDirectory } from "../sys/stat.js";
import { compileGlob, isPattern, matchTokens, unescapeGlob } from "../text/glob.js";

/** Sorted names, undefined where the pattern has nothing special or names no file. */
export function* expandPathname(pattern: string): Sys<string[] | undefined> {
  if (!/[*?[]/.test(pattern) || !isPattern(pattern)) return undefined;
  const components = pattern.split("/");
  let found = [""];
  for (const [n, component] of components.entries()) {
    const next: string[] = [];
    const slash = n + 1 < components.length ? "/" : "";
    for (const base of found) {
      if (!isPattern(component)) next.push(base + unescapeGlob(component) + slash);
      else for (const name of yield* matching(base === "" ? "." : base, component)) next.push(base + name + slash);
    }
    found = next;
    if (found.length === 0) return undefined;
  }
  // Components without special characters have not been looked at.
  if (!isPattern(components.at(-1) ?? "")) found = yield* existing(found);
  return found.length > 0 ? found.sort() : undefined;
}

function* matching(directory: string, pattern: string): Sys<string[]> {
  const entries = yield* readDirectory(directory);
  if (typeof entries === "number") return [];
  const tokens = compileGlob(pattern);
  const hidden = pattern.startsWith(".") || pattern.startsWith("\\.");
  return entries.map((entry) => entry.name).filter((name) => (hidden || !name.startsWith(".")) && matchTokens(tokens, name));
}

function* existing(paths: readonly string[]): Sys<string[]> {
  const found: string[] = [];
  for (const path of paths) if (typeof (yield* lstat(path)) !== "number") found.push(path);
  return found;
}
