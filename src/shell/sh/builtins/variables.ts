// export readonly local unset read let: the shell's variables.
import { ERRNO } from "../../../abi/errno.js";
import { read as readFd, writeAll } from "../../sys/calls.js";
import type { Sys } from "../../sys/request.js";
import { pollIn } from "../../sys/system.js";
import { isatty, tcgetattr, tcsetattr, withoutEcho } from "../../sys/terminal.js";
import { parseDecimal, parseDuration } from "../../text/numbers.js";
import { arithmeticText } from "../expand.js";
import { DEFAULT_IFS } from "../fields.js";
import type { Shell } from "../shell.js";
import { handleSignals } from "../traps.js";
import { NAME, singleQuote } from "../variables.js";
import { options, print } from "./output.js";
import type { BuiltinTable } from "./table.js";

function* declare(sh: Shell, argv: readonly string[]): Sys<number> {
  const kind = argv[0] === "export" ? "exported" : "readonly";
  const { given, rest } = yield* options(sh, argv, kind === "exported" ? "np" : "p");
  if (rest.length === 0) {
    const lines = sh.variables.names().flatMap((name) => {
      const variable = sh.variables.find(name);
      if (!variable?.[kind]) return [];
      return [`${argv[0]} ${name}${variable.value === undefined ? "" : `=${singleQuote(variable.value)}`}\n`];
    });
    return yield* print(sh, lines.join(""));
  }
  for (const arg of rest) {
    const at = arg.indexOf("=");
    const name = at < 0 ? arg : arg.slice(0, at);
    if (!NAME.test(name)) yield* sh.fail(`${name}: bad variable name`);
    if (at >= 0) yield* sh.setVariable(name, arg.slice(at + 1));
    sh.variables.mark(name, kind, !given.has("n"));
  }
  return 0;
}

function* local(sh: Shell, argv: readonly string[]): Sys<number> {
  if (!sh.variables.inFunction) yield* sh.fail("not in a function");
  for (const arg of argv.slice(1)) {
    if (arg === "-") {
      sh.keepOptions();
      continue;
    }
    const at = arg.indexOf("=");
    const name = at < 0 ? arg : arg.slice(0, at);
    if (!NAME.test(name)) yield* sh.fail(`${name}: bad variable name`);
    sh.variables.makeLocal(name);
    if (at >= 0) yield* sh.setVariable(name, arg.slice(at + 1));
  }
  return 0;
}

function* unset(sh: Shell, argv: readonly string[]): Sys<number> {
  const { given, rest } = yield* options(sh, argv, "vf");
  for (const name of rest) {
    if (given.has("f")) {
      sh.functions.delete(name);
      continue;
    }
    if (!NAME.test(name)) yield* sh.fail(`${name}: bad variable name`);
    if (name === "RANDOM") sh.random = undefined;
    if (!sh.variables.unset(name)) yield* sh.fail(`${name}: is read only`);
  }
  return 0;
}

function* letBuiltin(sh: Shell, argv: readonly string[]): Sys<number> {
  if (argv.length < 2) return yield* sh.fail("expression expected");
  let value = 0n;
  for (const text of argv.slice(1)) value = yield* arithmeticText(sh, text);
  return value === 0n ? 1 : 0;
}

interface Line {
  /** Characters, with a mark for each whether a backslash quoted it. */
  text: string;
  quoted: boolean[];
  status: number;
}

/** Reads a line byte by byte, because what follows belongs to whoever reads next. */
function* readLine(sh: Shell, fd: number, given: ReadonlyMap<string, string>): Sys<Line> {
  const raw = given.has("r");
  const delimiter = given.has("d") ? (given.get("d") || "\0")[0] : "\n";
  const limit = given.has("n") ? (parseDecimal(given.get("n") ?? "") ?? 0) : Number.POSITIVE_INFINITY;
  const timeout = given.has("t") ? (parseDuration(given.get("t") ?? "") ?? 0) : undefined;
  const line: Line = { text: "", quoted: [], status: 0 };
  let escaped = false;
  while (line.text.length < limit) {
    if (timeout !== undefined && (yield* pollIn(fd, Math.round(timeout * 1000))) === 0) return { ...line, status: 1 };
    const char = yield* readFd(fd, 1);
    if (char === -ERRNO.EINTR) {
      yield* handleSignals(sh);
      continue;
    }
    if (typeof char === "number" || char === "") return { ...line, status: 1 };
    if (char === "\0" && delimiter !== "\0") continue;
    if (escaped) {
      escaped = false;
      if (char === "\n") continue;
      line.text += char;
      line.quoted.push(true);
      continue;
    }
    if (char === "\\" && !raw) {
      escaped = true;
      continue;
    }
    if (char === delimiter) break;
    line.text += char;
    line.quoted.push(false);
  }
  return line;
}

/** Cuts a line at IFS into `count` pieces; the last gets the rest without the white space at its end. */
function cut(line: Line, ifs: string, count: number): string[] {
  const { text, quoted } = line;
  const separates = (at: number): boolean => !quoted[at] && ifs.includes(text[at] ?? "");
  const blank = (at: number): boolean => at < text.length && separates(at) && DEFAULT_IFS.includes(text[at] ?? "");
  const pieces: string[] = [];
  let at = 0;
  while (blank(at)) at++;
  while (pieces.length < count - 1 && at < text.length) {
    const start = at;
    while (at < text.length && !separates(at)) at++;
    pieces.push(text.slice(start, at));
    while (blank(at)) at++;
    if (at < text.length && separates(at) && !(at > start && blank(at - 1) && blank(at))) {
      at++;
      while (blank(at)) at++;
    }
  }
  if (pieces.length < count) {
    let end = text.length;
    while (end > at && blank(end - 1)) end--;
    // One delimiter at the very end ends the last field and does not belong to it.
    const inner = text.slice(at, end);
    const lastSeparates = end > at && separates(end - 1);
    const others = [...inner.slice(0, -1)].some((_, n) => separates(at + n));
    pieces.push(lastSeparates && !others ? inner.slice(0, -1) : inner);
  }
  while (pieces.length < count) pieces.push("");
  return pieces;
}

function* read(sh: Shell, argv: readonly string[]): Sys<number> {
  const { given, rest } = yield* options(sh, argv, "p:u:rt:n:sd:");
  for (const name of rest) {
    if (NAME.test(name)) continue;
    yield* sh.appletMessage(`read: '${name}': bad variable name`);
    return 1;
  }
  if (given.has("n") && parseDecimal(given.get("n") ?? "") === undefined) yield* sh.fail("invalid count");
  if (given.has("t") && parseDuration(given.get("t") ?? "") === undefined) yield* sh.fail("invalid timeout");
  const fd = parseDecimal(given.get("u") ?? "0") ?? 0;
  const terminal = yield* isatty(fd);
  if (given.has("p") && terminal) yield* writeAll(2, given.get("p") ?? "");
  const mode = given.has("s") && terminal ? yield* tcgetattr(fd) : undefined;
  if (mode !== undefined && typeof mode !== "number") yield* tcsetattr(fd, withoutEcho(mode));
  // Without time only whether there is input, or an end of it.
  if (given.has("t") && parseDuration(given.get("t") ?? "") === 0) return (yield* pollIn(fd, 0)) > 0 ? 0 : 1;
  let line: Line;
  try {
    line = yield* readLine(sh, fd, given);
  } finally {
    if (mode !== undefined && typeof mode !== "number") yield* tcsetattr(fd, mode);
  }
  if (rest.length === 0) yield* sh.setVariable("REPLY", line.text);
  else {
    const pieces = cut(line, sh.variables.get("IFS") ?? DEFAULT_IFS, rest.length);
    for (const [n, name] of rest.entries()) yield* sh.setVariable(name, pieces[n] ?? "");
  }
  return line.status;
}

export const VARIABLES: BuiltinTable = {
  export: { special: true, run: declare },
  readonly: { special: true, run: declare },
  local: { special: true, run: local },
  unset: { special: true, run: unset },
  let: { run: letBuiltin },
  read: { run: read },
};
