// Applets that rearrange lines: paste expand unexpand shuf factor dos2unix unix2dos.
import { strerror } from "../../abi/errno.js";
import { close, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY, open, work, writeAll } from "../sys/calls.js";
import { readAll, writeFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { CLOCK_REALTIME, clockGettime } from "../sys/system.js";
import { parseDecimal } from "../text/numbers.js";
import type { AppletTable, Io } from "./applet.js";
import { closeInput, LineReader, linesOf } from "./input.js";

function* openNamed(io: Io, path: string): Sys<number> {
  const fd = path === "-" ? 0 : yield* open(path, O_RDONLY);
  if (fd < 0) return yield* io.die(`${path}: ${strerror(fd)}`);
  return fd;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", "\\": "\\", "0": "" };

function* paste(io: Io): Sys<number> {
  const options = yield* io.options("d:s");
  const text = options.value("d") ?? "\t";
  if (text === "") return yield* io.die("-d '' is not supported");
  const marks = [...text.matchAll(/\\([\s\S])|[\s\S]/g)].map(([whole, escaped]) =>
    escaped === undefined ? whole : (ESCAPES[escaped] ?? escaped),
  );
  const files = options.operands.length > 0 ? options.operands : ["-"];
  // Files named "-" share standard input line by line.
  const standard = new LineReader(0);
  const readers: LineReader[] = [];
  for (const file of files) readers.push(file === "-" ? standard : new LineReader(yield* openNamed(io, file)));
  if (options.has("s")) {
    for (const reader of readers) {
      let count = 0;
      for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next()) {
        yield* io.put((count > 0 ? (marks[(count - 1) % marks.length] ?? "") : "") + line.replace(/\n$/, ""));
        count++;
      }
      yield* io.put("\n");
    }
    return 0;
  }
  for (;;) {
    const row: (string | undefined)[] = [];
    for (const reader of readers) row.push(yield* reader.next());
    if (row.every((line) => line === undefined)) return 0;
    // As busybox: a file that has ended gives nothing, not even what would stand behind its line.
    const piece = (line: string | undefined, n: number): string =>
      line === undefined ? "" : line.replace(/\n$/, "") + (n + 1 < row.length ? (marks[n % marks.length] ?? "") : "\n");
    yield* io.put(row.map(piece).join(""));
  }
}

const DEFAULT_TAB = 8;

/** Runs a change of each line over all files. */
function* eachLine(io: Io, files: readonly string[], change: (line: string) => string): Sys<number> {
  let status = 0;
  for (const file of files.length > 0 ? files : ["-"]) {
    const fd = file === "-" ? 0 : yield* open(file, O_RDONLY);
    if (fd < 0) {
      yield* io.error(`${file}: ${strerror(fd)}`);
      status = 1;
      continue;
    }
    const reader = new LineReader(fd);
    for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next()) yield* io.put(change(line));
    yield* closeInput(fd);
  }
  return status;
}

function expandTabs(line: string, width: number, leading: boolean): string {
  let out = "";
  let column = 0;
  let inside = true;
  for (const char of line) {
    if (char === "\t" && (inside || !leading)) {
      const blanks = width - (column % width);
      out += " ".repeat(blanks);
      column += blanks;
      continue;
    }
    if (char !== " ") inside = false;
    out += char;
    column = char === "\b" ? Math.max(0, column - 1) : char === "\t" ? column + width - (column % width) : column + 1;
  }
  return out;
}

function foldBlanks(line: string, width: number, all: boolean): string {
  let out = "";
  let column = 0;
  for (let at = 0; at < line.length; ) {
    const blanks = /^[ \t]+/.exec(line.slice(at))?.[0];
    if (blanks === undefined || (!all && at > 0)) {
      if (blanks === undefined || !all) {
        const text = all ? (/^[^ \t]+/.exec(line.slice(at))?.[0] ?? "") : line.slice(at);
        out += text;
        column += text.length;
        at += text.length;
        continue;
      }
    }
    let end = column;
    for (const char of blanks) end += char === "\t" ? width - (end % width) : 1;
    at += blanks.length;
    // A single blank before a stop stays one.
    const tabs = Math.floor(end / width) - Math.floor(column / width);
    if (blanks === " ") out += " ";
    else if (tabs > 0) out += "\t".repeat(tabs) + " ".repeat(end % width);
    else out += " ".repeat(end - column);
    column = end;
  }
  return out;
}

function* tabWidth(io: Io, text: string | undefined): Sys<number> {
  const width = text === undefined ? DEFAULT_TAB : parseDecimal(text);
  return width === undefined || width === 0 || width > 4096 ? yield* io.die(`invalid number '${text}'`) : width;
}

function* expand(io: Io): Sys<number> {
  const options = yield* io.options("it:", { initial: "i", tabs: "t" });
  const width = yield* tabWidth(io, options.value("t"));
  return yield* eachLine(io, options.operands, (line) => expandTabs(line, width, options.has("i")));
}

function* unexpand(io: Io): Sys<number> {
  const options = yield* io.options("fat:", { "first-only": "f", all: "a", tabs: "t" });
  const width = yield* tabWidth(io, options.value("t"));
  const all = (options.has("a") || options.has("t")) && !options.has("f");
  return yield* eachLine(io, options.operands, (line) => foldBlanks(line, width, all));
}

function* shuf(io: Io): Sys<number> {
  const options = yield* io.options("ei:n:o:z");
  let lines: string[];
  const range = options.value("i");
  if (options.has("e")) lines = [...options.operands];
  else if (range !== undefined) {
    const [first, last] = /^([0-9]{1,15})-([0-9]{1,15})$/.exec(range)?.slice(1).map(Number) ?? [];
    if (first === undefined || last === undefined || first > last || last - first > 1e7) return yield* io.die(`bad range '${range}'`);
    lines = Array.from({ length: last - first + 1 }, (_, n) => String(first + n));
  } else {
    const fd = yield* openNamed(io, options.operands[0] ?? "-");
    const text = yield* readAll(fd);
    if (typeof text === "number") return yield* io.die(`read error: ${strerror(text)}`);
    lines = options.has("z") ? text.split("\0").filter((line, n, all) => line !== "" || n + 1 < all.length) : linesOf(text);
  }
  // xorshift, from the guest's clock.
  let state = Math.floor((yield* clockGettime(CLOCK_REALTIME)) * 1e6) >>> 0 || 1;
  for (let n = lines.length - 1; n > 0; n--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    const other = state % (n + 1);
    [lines[n], lines[other]] = [lines[other] ?? "", lines[n] ?? ""];
  }
  yield* work(lines.length + 1);
  const wanted = parseDecimal(options.value("n") ?? "") ?? lines.length;
  const out = lines
    .slice(0, wanted)
    .map((line) => line + (options.has("z") ? "\0" : "\n"))
    .join("");
  const file = options.value("o");
  if (file === undefined) yield* io.put(out);
  else {
    const result = yield* writeFile(file, out);
    if (result < 0) return yield* io.die(`${file}: ${strerror(result)}`);
  }
  return 0;
}

/** Divisors below this are tried one after the other, larger ones are found by Pollard's rho. */
const SMALL = 1n << 12n;
/** Steps between two bits of work. */
const STEPS_PER_WORK = 256;
const MOST = (1n << 64n) - 1n;
/** Witnesses that decide for all numbers below 2^64 (Sinclair). */
const WITNESSES = [2n, 325n, 9375n, 28178n, 450775n, 9780504n, 1795265022n];

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let factor = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return result;
}

/** Miller and Rabin's test of an odd number. */
function isPrime(number: bigint): boolean {
  let odd = number - 1n;
  let twos = 0;
  for (; odd % 2n === 0n; twos++) odd /= 2n;
  return WITNESSES.every((witness) => {
    let value = power(witness, odd, number);
    if (value === 0n || value === 1n || value === number - 1n) return true;
    for (let n = 1; n < twos; n++) {
      value = (value * value) % number;
      if (value === number - 1n) return true;
    }
    return false;
  });
}

const divisorOf = (a: bigint, b: bigint): bigint => (b === 0n ? a : divisorOf(b, a % b));

/** Some divisor of a number that is not prime. */
function* someDivisor(number: bigint): Sys<bigint> {
  for (let increment = 1n; ; increment++) {
    let [slow, fast] = [2n, 2n];
    const next = (value: bigint): bigint => (value * value + increment) % number;
    for (let steps = 1; ; steps++) {
      if (steps % STEPS_PER_WORK === 0) yield* work(STEPS_PER_WORK * 8);
      slow = next(slow);
      fast = next(next(fast));
      const found = divisorOf(slow > fast ? slow - fast : fast - slow, number);
      if (found === number) break;
      if (found > 1n) return found;
    }
  }
}

function* factors(number: bigint): Sys<bigint[]> {
  const found: bigint[] = [];
  let rest = number;
  for (let divisor = 2n; divisor < SMALL && divisor * divisor <= rest; divisor += divisor === 2n ? 1n : 2n) {
    for (; rest % divisor === 0n; rest /= divisor) found.push(divisor);
  }
  const open = rest > 1n ? [rest] : [];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (one < SMALL * SMALL || isPrime(one)) found.push(one);
    else {
      const divisor = yield* someDivisor(one);
      open.push(divisor, one / divisor);
    }
  }
  return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function* factor(io: Io): Sys<number> {
  let numbers = [...io.args];
  if (numbers.length === 0) {
    const text = yield* readAll(0);
    numbers = typeof text === "string" ? text.split(/\s+/).filter((word) => word !== "") : [];
  }
  for (const text of numbers) {
    if (!/^\+?[0-9]{1,20}$/.test(text) || BigInt(text) > MOST) return yield* io.showUsage();
    const found = BigInt(text) < 2n ? [] : yield* factors(BigInt(text));
    yield* io.put(`${BigInt(text)}:${found.map((one) => ` ${one}`).join("")}\n`);
  }
  return 0;
}

function* lineEnds(io: Io): Sys<number> {
  const options = yield* io.options("du");
  const toDos = options.has("d") || (io.name === "unix2dos" && !options.has("u"));
  const change = (text: string): string => (toDos ? text.replace(/\r?\n/g, "\r\n") : text.replace(/\r\n/g, "\n"));
  const [file] = options.operands;
  const fd = file === undefined ? 0 : yield* open(file, O_RDONLY);
  if (fd < 0) return yield* io.die(`can't open '${file}': ${strerror(fd)}`);
  const text = yield* readAll(fd);
  if (typeof text === "number") return yield* io.die(`read error: ${strerror(text)}`);
  if (file === undefined) {
    yield* io.put(change(text));
    return 0;
  }
  yield* close(fd);
  const out = yield* open(file, O_WRONLY | O_CREAT | O_TRUNC);
  if (out < 0) return yield* io.die(`can't create '${file}': ${strerror(out)}`);
  yield* writeAll(out, change(text));
  yield* close(out);
  return 0;
}

export const ROWS: AppletTable = {
  paste: {
    usage:
      "[-s] [-d LIST] [FILE]...\n\nPut lines of FILEs side by side\n\n\t-d LIST\tWhat stands between, in turns\n\t-s\tOne file after the other",
    run: paste,
  },
  expand: {
    usage: "[-i] [-t N] [FILE]...\n\nTabs become blanks\n\n\t-i\tOnly at lines' beginnings\n\t-t N\tA stop each N columns",
    run: expand,
  },
  unexpand: {
    usage:
      "[-fa] [-t N] [FILE]...\n\nBlanks become tabs\n\n\t-a\tAll of them\n\t-f\tOnly at lines' beginnings\n\t-t N\tA stop each N columns",
    run: unexpand,
  },
  shuf: {
    usage:
      "[-n N] [-o FILE] [-z] [FILE | -e ARG... | -i FIRST-LAST]\n\nLines in another order\n\n\t-n N\tOnly N of them\n\t-o FILE\tInto FILE\n\t-z\tNUL ends lines\n\t-e\tARGs are the lines\n\t-i F-L\tNumbers are",
    run: shuf,
  },
  factor: { usage: "[NUMBER]...\n\nPrint prime factors", run: factor },
  dos2unix: { usage: "[-ud] [FILE]\n\nLine ends become \\n\n\n\t-d\t...\\r\\n\n\t-u\t...\\n", run: lineEnds },
  unix2dos: { usage: "[-ud] [FILE]\n\nLine ends become \\r\\n\n\n\t-d\t...\\r\\n\n\t-u\t...\\n", run: lineEnds },
};
