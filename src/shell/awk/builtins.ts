// awk's built-in functions.
import { formatTime } from "../applets/format.js";
import type { Sys } from "../sys/request.js";
import { CLOCK_REALTIME, clockGettime } from "../sys/system.js";
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
  compl: (x) => ~x & 0xffffffffn,
};

const isLeft = (expr: Expr): expr is LeftValue => expr.kind === "variable" || expr.kind === "element" || expr.kind === "field";

/** The replacement of sub and gsub: & is the match, \\& an ampersand. */
function replaced(template: string, match: string): string {
  return template.replace(/\\\\|\\&|&/g, (mark) => (mark === "&" ? match : mark.slice(1)));
}

function* substitute(awk: Interpreter, args: readonly Expr[], all: boolean): Sys<number> {
  const [pattern, replacement, given] = args;
  if (!pattern || !replacement) throw new AwkError("Too few arguments");
  const target: Expr = given ?? { kind: "field", index: { kind: "number", value: 0 } };
  const regex = yield* awk.pattern(pattern);
  const template = awk.text(yield* awk.value(replacement));
  const text = awk.text(yield* awk.value(target));
  let out = "";
  let copied = 0;
  let count = 0;
  let previousEnd = -1;
  for (let from = 0; from <= text.length; ) {
    const found = regex.exec(text, from);
    if (!found) break;
    if (found.end > found.start || found.start !== previousEnd) {
      out += text.slice(copied, found.start) + replaced(template, text.slice(found.start, found.end));
      copied = found.end;
      previousEnd = found.end;
      count++;
      if (!all) break;
    }
    from = found.end > found.start ? found.end : found.end + 1;
  }
  if (count > 0 && isLeft(target)) yield* awk.store(target, out + text.slice(copied));
  return count;
}

function* split(awk: Interpreter, args: readonly Expr[]): Sys<number> {
  const [source, into, by] = args;
  if (!source || into?.kind !== "variable") throw new AwkError("Too few arguments");
  const text = awk.text(yield* awk.value(source));
  const separator = by?.kind === "regex" ? awk.regex(by.pattern) : awk.separator(by ? yield* awk.value(by) : awk.global("FS").value);
  const array = arrayOf(awk.cell(into.name));
  array.clear();
  const pieces = awk.split(text, separator);
  for (const [n, piece] of pieces.entries()) array.set(String(n + 1), fromInput(piece));
  return pieces.length;
}

export function* callBuiltin(awk: Interpreter, name: string, args: readonly Expr[]): Sys<Value> {
  switch (name) {
    case "sub":
    case "gsub":
      return yield* substitute(awk, args, name === "gsub");
    case "split":
      return yield* split(awk, args);
    case "match": {
      const [source, pattern] = args;
      if (!source || !pattern) throw new AwkError("Too few arguments");
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
      // As busybox: a beginning before the text's does not make the piece shorter.
      const from = Math.min(Math.max(Math.round(toNumber(second)) - 1, 0), text.length);
      const length = values.length > 2 ? Math.max(0, Math.round(toNumber(values[2]))) : text.length;
      return text.slice(from, from + length);
    }
    case "index":
      return awk.text(first).indexOf(awk.text(second)) + 1;
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
