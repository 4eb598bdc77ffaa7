// Tab: what the word before the cursor could become. Commands where a command begins, paths elsewhere.

import { accounts } from "../../applets/accounts.js";
import type { Sys } from "../../sys/request.js";
import { isDirectory, readDirectory, stat } from "../../sys/stat.js";
import { builtinNames } from "../builtins/table.js";
import { DEFAULT_PATH, type Shell } from "../shell.js";

export interface Completion {
  /** What can be put in at once. */
  insert: string;
  /** Where nothing can: what there is to choose from. */
  choices: string[];
}

const SPECIAL = /[ \t\n"'\\$`&|;<>()*?[\]#~!{}]/g;

/** `text` is the line up to the cursor. */
export function* complete(sh: Shell, text: string): Sys<Completion> {
  const word = /(?:[^ \t\n"'|&;<>()`$]|\\.)*$/.exec(text)?.[0] ?? "";
  const before = text.slice(0, text.length - word.length).trimEnd();
  const plain = word.replace(/\\(.)/g, "$1");
  const first = before === "" || /[|&;(`]$/.test(before) || /(^|[;&|(\s])(do|then|else|elif|if|while|until|!|\{)$/.test(before);
  const user = /^~[^/]*$/.test(plain);
  const found = user
    ? yield* users(plain)
    : first && !plain.includes("/")
      ? yield* commands(sh, plain)
      : yield* paths(sh, plain, /(^|\s)cd$/.test(before));
  const names = [...new Set(found.names)].sort();
  const only = names[0];
  if (only === undefined) return { insert: "", choices: [] };
  const common = names.reduce(commonPrefix);
  let insert = common.slice(found.typed.length).replace(user ? /(?!)/g : SPECIAL, "\\$&");
  if (names.length === 1 && !only.endsWith("/")) insert += " ";
  return { insert, choices: names };
}

interface Found {
  names: string[];
  /** What of each name has been typed. */
  typed: string;
}

function commonPrefix(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}

function* commands(sh: Shell, typed: string): Sys<Found> {
  const names = [...builtinNames(), ...sh.aliases.keys(), ...sh.functions.keys()];
  for (const directory of (sh.variables.get("PATH") ?? DEFAULT_PATH).split(":")) {
    const entries = yield* readDirectory(directory || ".");
    if (typeof entries !== "number") names.push(...entries.map((entry) => entry.name).filter((name) => name !== "." && name !== ".."));
  }
  return { names: names.filter((name) => name.startsWith(typed)), typed };
}

/** ~name: users' folders. */
function* users(typed: string): Sys<Found> {
  const names = [...(yield* accounts("/etc/passwd")).values()].map((name) => `~${name}/`);
  return { names: names.filter((name) => name.startsWith(typed)), typed };
}

function* paths(sh: Shell, typed: string, onlyDirectories: boolean): Sys<Found> {
  const slash = typed.lastIndexOf("/") + 1;
  const prefix = typed.slice(slash);
  let directory = typed.slice(0, slash);
  if (directory.startsWith("~/")) directory = (sh.variables.get("HOME") ?? "") + directory.slice(1);
  const entries = yield* readDirectory(directory || ".");
  if (typeof entries === "number") return { names: [], typed: prefix };
  const names: string[] = [];
  for (const { name } of entries) {
    if (name === "." || name === ".." || !name.startsWith(prefix)) continue;
    const there = yield* stat(`${directory}${name}`);
    const folder = typeof there !== "number" && isDirectory(there);
    if (folder || !onlyDirectories) names.push(folder ? `${name}/` : name);
  }
  return { names, typed: prefix };
}
