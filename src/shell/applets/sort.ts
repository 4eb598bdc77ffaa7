// sort and uniq.
import { strerror } from "../../abi/errno.js";
import { close, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY, open, work, writeAll } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import type { AppletTable, Io } from "./applet.js";
import { closeInput, LineReader, linesOf, openInput, readInput } from "./input.js";

interface SortKey {
  first: number;
  firstChar: number;
  last: number;
  lastChar: number;
  flags: string;
}

function parseKey(text: string): SortKey | undefined {
  const match = /^([0-9]+)(?:\.([0-9]+))?([a-zA-Z]*)(?:,([0-9]+)(?:\.([0-9]+))?([a-zA-Z]*))?$/.exec(text);
  if (!match) return undefined;
  return {
    first: Number(match[1]),
    firstChar: Number(match[2] ?? 1),
    last: Number(match[4] ?? 0),
    lastChar: Number(match[5] ?? 0),
    flags: (match[3] ?? "") + (match[6] ?? ""),
  };
}

/** Fields with the blanks before them, or cut at a separator. */
function fieldsOf(line: string, separator: string | undefined): string[] {
  if (separator !== undefined) return line.split(separator);
  return line.match(/[ \t]*[^ \t]+|[ \t]+$/g) ?? [];
}

function keyText(line: string, key: SortKey, separator: string | undefined): string {
  const fields = fieldsOf(line, separator);
  const joiner = separator ?? "";
  const last = key.last === 0 ? fields.length : key.last;
  const picked = fields.slice(key.first - 1, last);
  if (key.last > 0 && key.lastChar > 0 && picked.length > 0) picked[picked.length - 1] = (picked.at(-1) ?? "").slice(0, key.lastChar);
  return picked.join(joiner).slice(key.firstChar - 1);
}

const numberOf = (text: string): number => Number(/^[ \t]*(-?[0-9]*\.?[0-9]*)/.exec(text)?.[1] || 0) || 0;
const UNIT_POWERS = " KMGTPE";

function humanNumber(text: string): number {
  const unit = /^[ \t]*-?[0-9.]+([KMGTPEk]?)/.exec(text)?.[1]?.toUpperCase() ?? "";
  return numberOf(text) * 1024 ** Math.max(0, UNIT_POWERS.indexOf(unit || " "));
}

/** Digits by value, all else by bytes, as strverscmp(3) does but for zeros before numbers. */
export function compareVersions(a: string, b: string): number {
  const parts = (text: string): string[] => text.match(/[0-9]+|[^0-9]+/g) ?? [];
  const [left, right] = [parts(a), parts(b)];
  for (let n = 0; n < Math.max(left.length, right.length); n++) {
    const [one = "", other = ""] = [left[n], right[n]];
    const numbers = /^[0-9]/.test(one) && /^[0-9]/.test(other);
    const order = numbers ? Number(one) - Number(other) : one < other ? -1 : one > other ? 1 : 0;
    if (order !== 0) return order;
  }
  return 0;
}

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const monthOf = (text: string): number => MONTHS.indexOf(text.trimStart().slice(0, 3).toLowerCase());

function compareTexts(a: string, b: string, flags: string): number {
  if (flags.includes("M")) return monthOf(a) - monthOf(b);
  if (flags.includes("V")) return compareVersions(a, b);
  if (flags.includes("n") || flags.includes("g")) return numberOf(a) - numberOf(b);
  if (flags.includes("h")) return humanNumber(a) - humanNumber(b);
  let [left, right] = [a, b];
  if (flags.includes("b")) [left, right] = [left.trimStart(), right.trimStart()];
  if (flags.includes("f")) [left, right] = [left.toUpperCase(), right.toUpperCase()];
  if (flags.includes("i")) [left, right] = [left.replace(/[^ -~]/g, ""), right.replace(/[^ -~]/g, "")];
  if (flags.includes("d")) [left, right] = [left.replace(/[^\w \t]/g, ""), right.replace(/[^\w \t]/g, "")];
  return left < right ? -1 : left > right ? 1 : 0;
}

function* sort(io: Io): Sys<number> {
  const options = yield* io.options("ngMucszbrdfihVo:k:t:");
  const keys: SortKey[] = [];
  for (const text of options.values("k")) {
    const key = parseKey(text);
    if (!key) return yield* io.die(`bad field specification '${text}'`, 2);
    keys.push(key);
  }
  const lines: string[] = [];
  for (const file of options.operands.length > 0 ? options.operands : ["-"]) {
    const fd = file === "-" ? 0 : yield* open(file, O_RDONLY);
    if (fd < 0) return yield* io.die(`${file}: ${strerror(fd)}`, 2);
    yield* closeInput(fd);
    const text = yield* readInput(io, file);
    if (text !== undefined)
      lines.push(...(options.has("z") ? text.split("\0").filter((line, n, all) => line !== "" || n + 1 < all.length) : linesOf(text)));
  }
  const global = "ngbfdhMVi"
    .split("")
    .filter((letter) => options.has(letter))
    .join("");
  const reverse = options.has("r") ? -1 : 1;
  const separator = options.value("t");
  const byKeys = (a: string, b: string): number => {
    for (const key of keys) {
      const flags = key.flags === "" ? global : key.flags;
      const order = compareTexts(keyText(a, key, separator), keyText(b, key, separator), flags);
      if (order !== 0) return order * (key.flags === "" ? reverse : key.flags.includes("r") ? -1 : 1);
    }
    return keys.length > 0 ? 0 : compareTexts(a, b, global) * reverse;
  };
  const compare = (a: string, b: string): number =>
    byKeys(a, b) || (options.has("s") || options.has("u") ? 0 : (a < b ? -1 : a > b ? 1 : 0) * reverse);
  if (options.has("c")) {
    const at = lines.findIndex((line, n) => n > 0 && compare(lines[n - 1] ?? "", line) > 0);
    if (at < 0) return 0;
    yield* writeAll(2, `Check line ${at}\n`);
    return 1;
  }
  yield* work(lines.length * 16 + 1);
  lines.sort(compare);
  const kept = options.has("u") ? lines.filter((line, n) => n === 0 || byKeys(lines[n - 1] ?? "", line) !== 0) : lines;
  const text = kept.map((line) => line + (options.has("z") ? "\0" : "\n")).join("");
  const out = options.value("o");
  if (out === undefined) yield* io.put(text);
  else {
    const fd = yield* open(out, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd < 0) return yield* io.die(`${out}: ${strerror(fd)}`, 2);
    yield* writeAll(fd, text);
    yield* close(fd);
  }
  return 0;
}

function* uniq(io: Io): Sys<number> {
  const options = yield* io.options("cduzf:s:w:i");
  const [from = "-", to] = options.operands;
  const fd = yield* openInput(io, from);
  if (fd === undefined) return 1;
  const skipFields = Number(options.value("f") ?? 0);
  const skipChars = Number(options.value("s") ?? 0);
  const width = Number(options.value("w") ?? Number.POSITIVE_INFINITY);
  const key = (line: string): string => {
    let text = line;
    for (let n = 0; n < skipFields; n++) text = text.replace(/^[ \t]*[^ \t]*/, "");
    text = text.slice(skipChars, skipChars + width);
    return options.has("i") ? text.toLowerCase() : text;
  };
  let out = -1;
  if (to !== undefined && to !== "-") {
    out = yield* open(to, O_WRONLY | O_CREAT | O_TRUNC);
    if (out < 0) return yield* io.die(`can't create '${to}': ${strerror(out)}`);
  }
  const reader = new LineReader(fd);
  let held: string | undefined;
  let count = 0;
  const show = function* (): Sys<void> {
    if (held === undefined || (options.has("d") && count < 2) || (options.has("u") && count > 1)) return;
    const text = `${options.has("c") ? `${String(count).padStart(7)} ` : ""}${held}\n`;
    if (out >= 0) yield* writeAll(out, text);
    else yield* io.put(text);
  };
  for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next()) {
    const text = line.replace(/\n$/, "");
    if (held !== undefined && key(held) === key(text)) {
      count++;
      continue;
    }
    yield* show();
    held = text;
    count = 1;
  }
  yield* show();
  yield* closeInput(fd);
  return 0;
}

export const SORT: AppletTable = {
  sort: {
    usage:
      "[-nrugMVbfdihszc] [-o FILE] [-k FIRST[.CHAR][FLAGS][,LAST]] [-t CHAR] [FILE]...\n\nSort lines\n\n\t-n, -g, -h\tBy number, by number with unit\n\t-M, -V\tBy month, by version\n\t-r\tBackwards\n\t-u\tEqual lines once\n\t-b\tWithout blanks before\n\t-f\tUpper and lower case are the same\n\t-d\tOnly letters, digits and blanks count\n\t-s\tEqual lines stay as they are\n\t-z\tNUL ends lines\n\t-c\tOnly check\n\t-k, -t\tSort key, separator of fields",
    failure: 2,
    run: sort,
  },
  uniq: {
    usage:
      "[-cdui] [-f N] [-s N] [-w N] [FILE [OUTFILE]]\n\nDrop lines that repeat the one before\n\n\t-c\tCount them\n\t-d\tOnly repeated ones\n\t-u\tOnly others\n\t-i\tUpper and lower case are the same\n\t-f, -s N\tSkip N fields, characters\n\t-w N\tCompare N characters",
    run: uniq,
  },
};
