// awk's built-in functions.
import { formatTime } from "../applets/format.js";
import type { Sys } from "../sys/request.js";
import { CLOCK_REALTIME, clockGettime } from "../sys/system.js";
import type { Regex } from "../text/regex.js";
import type { Expr, LeftValue } from "./ast.js";
import type { Interpreter } from "./interpreter.js";
import { AwkError } from "./lexer.js";
import { arrayOf, fromInput, sprintf, toNumber, toText, type Value } from "./values.js";

const MATH: Readonly<Record<string, (x: number, y: number) => number>> = {
  sin: Math.sin,
  cos: Math.cos,
  atan2: Math.atan2,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  int: Math.trunc,
};

const bits = (value: Value): bigint => BigInt.asUintN(64, BigInt(Math.trunc(toNumber(value)) || 0));
const BITS: Readonly<Record<string, (x: bigint, y: bigint) => bigint>> = {
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  lshift: (x, y) => (y < 64n ? x << y : 0n),
  rshift: (x, y) => x >> y,
  compl: (x) => BigInt.asUintN(64, ~x),
};

const isLeft = (expr: Expr): expr is LeftValue => expr.kind === "variable" || expr.kind === "element" || expr.kind === "field";

/** The replacement of sub and gsub: & is the match, \\& an ampersand. */
function replaced(template: string, match: string): string {
  return template.replace(/\\\\|\\&|&/g, (mark) => (mark === "&" ? match : mark.slice(1)));
}

/** The replacement of gensub: & and \\0 are the match, \\1 to \\9 its groups. */
function generated(template: string, match: Match): string {
  return template.replace(/\\([\s\S])|&/g, (mark, char?: string) => {
    if (mark === "&" || char === "0") return match.text;
    return char !== undefined && /[1-9]/.test(char) ? (match.group(Number(char)) ?? "") : (char ?? "");
  });
}

interface Match {
  text: string;
  group(n: number): string | undefined;
}

/** Replaces the n-th match (from 1), or all; undefined where there is none. */
function substituteText(text: string, regex: Regex, which: number | "all", replacement: (match: Match) => string): [string, number] {
  let out = "";
  let copied = 0;
  let count = 0;
  let seen = 0;
  let previousEnd = -1;
  for (let from = 0; from <= text.length; ) {
    const found = regex.exec(text, from);
    if (!found) break;
    if (found.end > found.start || found.start !== previousEnd) {
      seen++;
      previousEnd = found.end;
      if (which === "all" || seen === which) {
        out += text.slice(copied, found.start) + replacement({ text: text.slice(found.start, found.end), group: (n) => found.group(n) });
        copied = found.end;
        count++;
      }
      if (seen === which) break;
    }
    from = found.end > found.start ? found.end : found.end + 1;
  }
  return [out + text.slice(copied), count];
}

const WHOLE_RECORD: LeftValue = { kind: "field", index: { kind: "number", value: 0 } };

function* substitute(awk: Interpreter, args: readonly Expr[], all: boolean): Sys<number> {
  const [pattern, replacement, target = WHOLE_RECORD] = args as [Expr, Expr, Expr?];
  const regex = yield* awk.pattern(pattern);
  const template = awk.text(yield* awk.value(replacement));
  const text = awk.text(yield* awk.value(target));
  const [result, count] = substituteText(text, regex, all ? "all" : 1, (match) => replaced(template, match.text));
  if (count > 0 && isLeft(target)) yield* awk.store(target, result);
  return count;
}

function* gensub(awk: Interpreter, args: readonly Expr[]): Sys<string> {
  const [pattern, replacement, how, target = WHOLE_RECORD] = args as [Expr, Expr, Expr, Expr?];
  const regex = yield* awk.pattern(pattern);
  const template = awk.text(yield* awk.value(replacement));
  const which = yield* awk.value(how);
  const all = /^[gG]/.test(awk.text(which));
  const text = awk.text(yield* awk.value(target));
  return substituteText(text, regex, all ? "all" : Math.max(1, Math.trunc(toNumber(which))), (match) => generated(template, match))[0];
}

/** How many arguments a function has to get; no bound where it is not here. */
const LEAST: Readonly<Record<string, number>> = {
  sub: 2,
  gsub: 2,
  gensub: 3,
  split: 2,
  match: 2,
  substr: 2,
  index: 2,
  sprintf: 1,
  atan2: 2,
  and: 2,
  or: 2,
  xor: 2,
  lshift: 2,
  rshift: 2,
};

function* split(awk: Interpreter, args: readonly Expr[]): Sys<number> {
  const [source, into, by] = args;
  if (!source || into?.kind !== "variable") throw new AwkError("Not an array");
  const text = awk.text(yield* awk.value(source));
  const separator = by?.kind === "regex" ? awk.regex(by.pattern) : awk.separator(by ? yield* awk.value(by) : awk.global("FS").value);
  const array = arrayOf(awk.cell(into.name));
  array.clear();
  const pieces = awk.split(text, separator);
  for (const [n, piece] of pieces.entries()) array.set(String(n + 1), fromInput(piece));
  return pieces.length;
}

export function* callBuiltin(awk: Interpreter, name: string, args: readonly Expr[]): Sys<Value> {
  if (args.length < (LEAST[name] ?? 0)) throw new AwkError("Too few arguments");
  if (name === "length" && args.length > 1) throw new AwkError("Too many arguments");
  switch (name) {
    case "gensub":
      return yield* gensub(awk, args);
    case "sub":
    case "gsub":
      return yield* substitute(awk, args, name === "gsub");
    case "split":
      return yield* split(awk, args);
    case "match": {
      const [source, pattern] = args as [Expr, Expr];
      const text = awk.text(yield* awk.value(source));
      const found = (yield* awk.pattern(pattern)).exec(text);
      awk.global("RSTART").value = found ? found.start + 1 : 0;
      awk.global("RLENGTH").value = found ? found.end - found.start : -1;
      return awk.global("RSTART").value;
    }
    case "length": {
      const [only] = args;
      if (only?.kind === "variable" && awk.cell(only.name).array) return arrayOf(awk.cell(only.name)).size;
      return only ? awk.text(yield* awk.value(only)).length : awk.record.text.length;
    }
  }
  const values: Value[] = [];
  for (const arg of args) values.push(yield* awk.value(arg));
  const [first, second] = values;
  const math = MATH[name];
  if (math) return math(toNumber(first), toNumber(second));
  const bit = BITS[name];
  if (bit) return Number(bit(bits(first), bits(second)));
  switch (name) {
    case "substr": {
      const text = awk.text(first);
      // As busybox: whole numbers by cutting, and a beginning before the text's does not make the piece shorter.
      const from = Math.min(Math.max(Math.trunc(toNumber(second)) - 1, 0), text.length);
      const length = values.length > 2 ? Math.max(0, Math.trunc(toNumber(values[2]))) : text.length;
      return text.slice(from, from + length);
    }
    case "index":
      return awk.text(second) === "" ? 0 : awk.text(first).indexOf(awk.text(second)) + 1;
    case "sprintf":
      return sprintf(awk.text(first), values.slice(1), toText(awk.global("CONVFMT").value, "%.6g"));
    case "tolower":
      return awk.text(first).replace(/[A-Z]/g, (char) => char.toLowerCase());
    case "toupper":
      return awk.text(first).replace(/[a-z]/g, (char) => char.toUpperCase());
    case "strtonum": {
      const text = awk.text(first);
      return /^0[xX][0-9A-Fa-f]+/.test(text)
        ? Number.parseInt(text, 16)
        : /^0[0-7]+/.test(text)
          ? Number.parseInt(text, 8)
          : toNumber(first);
    }
    case "rand":
      // A linear congruence: the same numbers in each run, as with C's random() unseeded.
      awk.seed = (Math.imul(awk.seed, 1103515245) + 12345) & 0x7fffffff;
      return awk.seed / 0x80000000;
    case "srand": {
      const before = awk.seed;
      awk.seed = Math.trunc(args.length > 0 ? toNumber(first) : yield* clockGettime(CLOCK_REALTIME)) & 0x7fffffff;
      return before;
    }
    case "system":
      yield* awk.host.flush();
      return yield* awk.host.system(awk.text(first));
    case "close":
      yield* awk.host.flush();
      return yield* awk.streams.close(awk.text(first));
    case "fflush":
      yield* awk.host.flush();
      return 0;
    case "systime":
      return Math.floor(yield* clockGettime(CLOCK_REALTIME));
    case "strftime":
      return formatTime(
        args.length > 0 ? awk.text(first) : "%a %b %e %H:%M:%S %Z %Y",
        args.length > 1 ? toNumber(second) : yield* clockGettime(CLOCK_REALTIME),
      );
    default:
      throw new AwkError("Unexpected token");
  }
}
