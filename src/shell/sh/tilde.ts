// ~ and ~user: home directories.

import { readFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import type { Shell } from "./shell.js";

/** $HOME for the empty name, else the user's home of /etc/passwd; undefined where there is none. */
export function* homeOf(sh: Shell, user: string): Sys<string | undefined> {
  if (user === "") return sh.variables.get("HOME");
  const text = yield* readFile("/etc/passwd");
  if (typeof text === "number") return undefined;
  for (const line of text.split("\n")) {
    const fields = line.split(":");
    if (fields[0] === user) return fields[5];
  }
  return undefined;
}
