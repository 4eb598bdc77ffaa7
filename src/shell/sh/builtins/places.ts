// cd, pwd, umask, ulimit: where and how the shell's process works.
import { strerror } from "../../../abi/errno.js";
import { chdir, getcwd, umask } from "../../sys/calls.js";
import type { Sys } from "../../sys/request.js";
import { isDirectory, stat } from "../../sys/stat.js";
import { getrlimit, setrlimit } from "../../sys/system.js";
import { parseDecimal } from "../../text/numbers.js";
import type { Shell } from "../shell.js";
import { options, print } from "./output.js";
import type { BuiltinTable } from "./table.js";

/** The path from `base` to `path` with "." and ".." resolved by their names alone. */
export function logicalPath(base: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${base}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function* enter(sh: Shell, path: string, physical: boolean): Sys<number> {
  const target = physical ? path : logicalPath(sh.directory, path);
  const result = yield* chdir(target);
  if (result < 0) return result;
  const now = physical ? yield* getcwd() : target;
  const old = sh.variables.get("PWD");
  if (old !== undefined) yield* sh.setVariable("OLDPWD", old);
  sh.directory = typeof now === "number" ? target : now;
  yield* sh.setVariable("PWD", sh.directory);
  sh.variables.mark("PWD", "exported");
  sh.variables.mark("OLDPWD", "exported");
  return 0;
}

function* cd(sh: Shell, argv: readonly string[]): Sys<number> {
  const { given, rest } = yield* options(sh, argv, "LP");
  let target = rest[0] ?? sh.variables.get("HOME") ?? "";
  let show = false;
  if (target === "-") {
    target = sh.variables.get("OLDPWD") ?? "";
    show = true;
  }
  if (target === "") target = ".";
  const places = /^(\/|\.\.?(\/|$))/.test(target) ? [""] : (sh.variables.get("CDPATH") ?? "").split(":");
  let result = 0;
  for (const place of [...places, ""]) {
    const path = place === "" ? target : `${place}/${target}`;
    const there = yield* stat(path);
    if (place !== "" && (typeof there === "number" || !isDirectory(there))) continue;
    result = yield* enter(sh, path, given.has("P"));
    if (result === 0) {
      if (show || place !== "") yield* print(sh, `${sh.directory}\n`);
      return 0;
    }
  }
  return yield* sh.fail(`can't cd to ${target}: ${strerror(result)}`);
}

function* pwd(sh: Shell, argv: readonly string[]): Sys<number> {
  const { given } = yield* options(sh, argv, "LP");
  if (!given.has("P")) return yield* print(sh, `${sh.directory}\n`);
  const now = yield* getcwd();
  return yield* print(sh, `${typeof now === "number" ? sh.directory : now}\n`);
}

const CLASSES = [
  ["u", 6],
  ["g", 3],
  ["o", 0],
] as const;

/** `u=rwx,g=rx,o=rx`: what the mask leaves. */
function maskText(mask: number): string {
  return CLASSES.map(([who, shift]) => {
    const bits = ~(mask >> shift) & 7;
    return `${who}=${bits & 4 ? "r" : ""}${bits & 2 ? "w" : ""}${bits & 1 ? "x" : ""}`;
  }).join(",");
}

/** A symbolic mode of umask: which permissions to leave. */
function applySymbolic(mask: number, text: string): number | undefined {
  let allowed = ~mask & 0o777;
  for (const clause of text.split(",")) {
    const match = /^([ugoa]*)([-+=])([rwx]*)$/.exec(clause);
    if (!match) return undefined;
    const who = match[1] === "" || match[1]?.includes("a") ? "ugo" : (match[1] ?? "");
    let bits = 0;
    for (const letter of match[3] ?? "") bits |= { r: 4, w: 2, x: 1 }[letter] ?? 0;
    for (const [name, shift] of CLASSES) {
      if (!who.includes(name)) continue;
      if (match[2] === "=") allowed &= ~(7 << shift);
      if (match[2] === "-") allowed &= ~(bits << shift);
      else allowed |= bits << shift;
    }
  }
  return ~allowed & 0o777;
}

function* setUmask(sh: Shell, argv: readonly string[]): Sys<number> {
  const { given, rest } = yield* options(sh, argv, "S");
  const old = yield* umask(0);
  yield* umask(old);
  const wanted = rest[0];
  if (wanted === undefined) return yield* print(sh, given.has("S") ? `${maskText(old)}\n` : `${old.toString(8).padStart(4, "0")}\n`);
  if (/^[0-9]/.test(wanted)) {
    const mask = /^[0-7]{1,4}$/.test(wanted) ? Number.parseInt(wanted, 8) : undefined;
    if (mask === undefined || mask > 0o777) return yield* sh.fail(`illegal mode: ${wanted}`);
    yield* umask(mask);
    return 0;
  }
  const mask = applySymbolic(old, wanted);
  if (mask === undefined) return yield* sh.fail(`illegal mode: ${wanted}`);
  yield* umask(mask);
  return 0;
}

/** Option letter, RLIMIT_ number, unit in bytes, and the words of `ulimit -a`. */
const LIMITS: readonly (readonly [string, number, number, string])[] = [
  ["c", 4, 512, "core file size (blocks)"],
  ["d", 2, 1024, "data seg size (kb)"],
  ["e", 13, 1, "scheduling priority"],
  ["f", 1, 512, "file size (blocks)"],
  ["i", 11, 1, "pending signals"],
  ["l", 8, 1024, "max locked memory (kb)"],
  ["m", 5, 1024, "max memory size (kb)"],
  ["n", 7, 1, "open files"],
  ["q", 12, 1, "POSIX message queues (bytes)"],
  ["r", 14, 1, "real-time priority"],
  ["s", 3, 1024, "stack size (kb)"],
  ["t", 0, 1, "cpu time (seconds)"],
  ["u", 6, 1, "max user processes"],
  ["v", 9, 1024, "virtual memory (kb)"],
  ["x", 10, 1, "file locks"],
];
const RLIM_INFINITY = 0xffffffffffffffffn;

function* ulimit(sh: Shell, argv: readonly string[]): Sys<number> {
  const { given, rest } = yield* options(sh, argv, `HSa${LIMITS.map(([letter]) => letter).join("")}`);
  const hard = given.has("H");
  const value = function* (resource: number, unit: number): Sys<string> {
    const limits = yield* getrlimit(resource);
    const limit = typeof limits === "number" ? RLIM_INFINITY : limits[hard ? 1 : 0];
    return limit === RLIM_INFINITY ? "unlimited" : String(limit / BigInt(unit));
  };
  if (given.has("a")) {
    let text = "";
    for (const [letter, resource, unit, words] of LIMITS) text += `${words.padEnd(32)}(-${letter}) ${yield* value(resource, unit)}\n`;
    return yield* print(sh, text);
  }
  const chosen = LIMITS.find(([letter]) => given.has(letter)) ?? LIMITS.find(([letter]) => letter === "f");
  if (!chosen) return 0;
  const [, resource, unit] = chosen;
  const wanted = rest[0];
  if (wanted === undefined) return yield* print(sh, `${yield* value(resource, unit)}\n`);
  const number = parseDecimal(wanted);
  if (number === undefined && wanted !== "unlimited") {
    yield* sh.appletMessage(`invalid number '${wanted}'`);
    return 1;
  }
  const limit = number === undefined ? RLIM_INFINITY : BigInt(number) * BigInt(unit);
  const old = yield* getrlimit(resource);
  const [soft, top] = typeof old === "number" ? [limit, limit] : old;
  const onlyHard = hard && !given.has("S");
  const onlySoft = given.has("S") && !hard;
  const result = yield* setrlimit(resource, onlyHard ? soft : limit, onlySoft ? top : limit);
  if (result >= 0) return 0;
  yield* sh.appletMessage(`error setting limit: ${strerror(result)}`);
  return 1;
}

export const PLACES: BuiltinTable = {
  cd: { run: cd },
  chdir: { run: cd },
  pwd: { run: pwd },
  umask: { run: setUmask },
  ulimit: { run: ulimit },
};
