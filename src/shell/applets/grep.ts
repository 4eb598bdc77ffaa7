// grep: lines that match.
import { strerror } from "../../abi/errno.js";
import { O_RDONLY, open, work } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { isDirectory, readDirectory, stat } from "../sys/stat.js";
import { parseDecimal } from "../text/numbers.js";
import { Regex, RegexError } from "../text/regex.js";
import type { AppletTable, Io, Options } from "./applet.js";
import { closeInput, LineReader, linesOf, readInput } from "./input.js";

type Found = { start: number; end: number } | undefined;
/** The first match at or behind a place. */
type Matcher = (line: string, from: number) => Found;

/** Lines between two bits of work. */
const LINES_PER_WORK = 64;

function literal(pattern: string, ignoreCase: boolean): Matcher {
  const wanted = ignoreCase ? pattern.toLowerCase() : pattern;
  return (line, from) => {
    const start = (ignoreCase ? line.toLowerCase() : line).indexOf(wanted, from);
    return start < 0 ? undefined : { start, end: start + wanted.length };
  };
}

const isWordChar = (char: string | undefined): boolean => char !== undefined && /\w/.test(char);

/** -w and -x: only matches that are whole words or lines. */
function restrict(matcher: Matcher, words: boolean, lines: boolean): Matcher {
  if (!words && !lines) return matcher;
  return (line, from) => {
    for (let at = from; at <= line.length; ) {
      const found = matcher(line, at);
      if (!found) return undefined;
      const whole = lines
        ? found.start === 0 && found.end === line.length
        : !isWordChar(line[found.start - 1]) && !isWordChar(line[found.end]);
      if (whole) return found;
      at = found.start + 1;
    }
    return undefined;
  };
}

function* makeMatcher(io: Io, patterns: readonly string[], options: Options): Sys<Matcher> {
  const ignoreCase = options.has("i");
  const fixed = options.has("F") || io.name === "fgrep";
  const extended = options.has("E") || io.name === "egrep";
  const matchers: Matcher[] = [];
  for (const pattern of patterns) {
    if (fixed || /^[\w /:,=@-]*$/.test(pattern)) {
      matchers.push(restrict(literal(pattern, ignoreCase), options.has("w"), options.has("x")));
      continue;
    }
    try {
      const text = options.has("x") ? (extended ? `^(${pattern})$` : `^\\(${pattern}\\)$`) : pattern;
      const regex = new Regex(text, { extended, ignoreCase });
      matchers.push(restrict((line, from) => regex.exec(line, from), options.has("w"), options.has("x")));
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      yield* io.die(`bad regex '${pattern}'`, 2);
    }
  }
  return (line, from) => {
    let best: Found;
    for (const matcher of matchers) {
      const found = matcher(line, from);
      if (found && (!best || found.start < best.start || (found.start === best.start && found.end > best.end))) best = found;
    }
    return best;
  };
}

interface Search {
  options: Options;
  matcher: Matcher;
  prefix: boolean;
  before: number;
  after: number;
  most: number;
  /** Something has been printed: the next group of context is set off from it. */
  printed: boolean;
}

function* searchFile(io: Io, search: Search, fd: number, name: string): Sys<number> {
  const { options, matcher } = search;
  const quiet = options.has("q") || options.has("l") || options.has("L") || options.has("c");
  const label = search.prefix ? name : "";
  const end = options.has("z") ? "\0" : "\n";
  const reader = new LineReader(fd, end);
  const waiting: string[] = [];
  let number = 0;
  let count = 0;
  let showUntil = 0;
  let lastShown = 0;
  const head = (mark: string, at: number): string => (label === "" ? "" : label + mark) + (options.has("n") ? `${at}${mark}` : "");
  for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next()) {
    number++;
    if (number % LINES_PER_WORK === 0) yield* work(LINES_PER_WORK * 4);
    const text = line.endsWith(end) ? line.slice(0, -1) : line;
    const found = matcher(text, 0);
    if ((found !== undefined) === options.has("v")) {
      if (!quiet && number <= showUntil) {
        yield* io.put(`${head("-", number)}${text}${end}`);
        lastShown = number;
      } else if (search.before > 0) {
        waiting.push(text);
        if (waiting.length > search.before) waiting.shift();
      }
      continue;
    }
    count++;
    if (options.has("q")) return 1;
    if (!quiet) {
      const first = number - waiting.length;
      if ((search.before > 0 || search.after > 0) && search.printed && first > lastShown + 1) yield* io.put("--\n");
      for (const [n, earlier] of waiting.entries()) yield* io.put(`${head("-", first + n)}${earlier}${end}`);
      waiting.length = 0;
      search.printed = true;
      lastShown = number;
      showUntil = number + search.after;
      if (options.has("o")) yield* showParts(io, matcher, text, found, head(":", number), end);
      else yield* io.put(`${head(":", number)}${text}${end}`);
    }
    if (options.has("l") || options.has("L") || count >= search.most) break;
  }
  if (reader.failure < 0 && !options.has("s") && strerror(reader.failure) !== "Is a directory")
    yield* io.error(`${name}: ${strerror(reader.failure)}`);
  if (options.has("c")) yield* io.put(`${label === "" ? "" : `${label}:`}${count}\n`);
  if ((options.has("l") && count > 0) || (options.has("L") && count === 0)) yield* io.put(`${name}\n`);
  return count;
}

/** -o */
function* showParts(io: Io, matcher: Matcher, text: string, first: Found, head: string, end: string): Sys<void> {
  for (let found = first; found; ) {
    if (found.end > found.start) yield* io.put(`${head}${text.slice(found.start, found.end)}${end}`);
    const next = found.end > found.start ? found.end : found.end + 1;
    found = next <= text.length ? matcher(text, next) : undefined;
  }
}

/** -r: files below a folder, in the directory's order. */
function* filesBelow(path: string): Sys<string[]> {
  const found = yield* stat(path);
  if (typeof found === "number" || !isDirectory(found)) return [path];
  const entries = yield* readDirectory(path);
  const files: string[] = [];
  for (const { name } of typeof entries === "number" ? [] : entries) {
    if (name !== "." && name !== "..") files.push(...(yield* filesBelow(path.endsWith("/") ? path + name : `${path}/${name}`)));
  }
  return files;
}

function* grep(io: Io): Sys<number> {
  const options = yield* io.options("HhnlLoqvsriRwFEe:f:m:A:B:C:xcz", { color: "z", "ignore-case": "i", "line-number": "n", count: "c" });
  let operands = [...options.operands];
  const patterns = options.values("e").flatMap((text) => text.split("\n"));
  for (const file of options.values("f")) patterns.push(...linesOf((yield* readInput(io, file)) ?? ""));
  if (!options.has("e") && !options.has("f")) {
    const pattern = operands.shift();
    if (pattern === undefined) return yield* io.showUsage(2);
    patterns.push(...pattern.split("\n"));
  }
  const context = parseDecimal(options.value("C") ?? "0") ?? 0;
  const recurse = options.has("r") || options.has("R");
  if (operands.length === 0) operands = recurse ? ["."] : ["-"];
  const search: Search = {
    options,
    matcher: yield* makeMatcher(io, patterns, options),
    prefix: (operands.length > 1 || recurse || options.has("H")) && !options.has("h"),
    before: parseDecimal(options.value("B") ?? "") ?? context,
    after: parseDecimal(options.value("A") ?? "") ?? context,
    most: parseDecimal(options.value("m") ?? "") ?? Number.POSITIVE_INFINITY,
    printed: false,
  };
  let any = false;
  let failed = false;
  const files: string[] = [];
  for (const operand of operands) files.push(...(recurse && operand !== "-" ? yield* filesBelow(operand) : [operand]));
  for (const file of files) {
    const fd = file === "-" ? 0 : yield* open(file, O_RDONLY);
    if (fd < 0) {
      failed = true;
      if (!options.has("s")) yield* io.error(`${file}: ${strerror(fd)}`);
      continue;
    }
    const count = yield* searchFile(io, search, fd, file === "-" ? "(standard input)" : file);
    yield* closeInput(fd);
    if (options.has("L") ? count === 0 : count > 0) any = true;
    if (any && options.has("q")) return 0;
  }
  return failed ? 2 : any ? 0 : 1;
}

const USAGE =
  "[-HhnlLoqvsrRiwxFE] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]...\n\nPrint lines of FILEs (or standard input) that match PATTERN\n\n" +
  "\t-H, -h\tFile names before lines, or none\n\t-n\tLine numbers\n\t-l, -L\tOnly names of files that match, that do not\n\t-c\tOnly counts\n" +
  "\t-o\tOnly the part that matches\n\t-q\tNothing: the exit code tells\n\t-v\tLines that do not match\n\t-s\tNo messages about files\n" +
  "\t-r\tFolders with all that is below\n\t-i\tUpper and lower case are the same\n\t-w, -x\tWhole words, whole lines\n\t-F\tPATTERN is plain text\n" +
  "\t-E\tPATTERN is an extended regular expression\n\t-m N\tAt most N lines a file\n\t-A, -B, -C N\tN lines after, before, around";

export const GREP: AppletTable = {
  grep: { usage: USAGE, failure: 2, run: grep },
  egrep: { usage: USAGE, failure: 2, run: grep },
  fgrep: { usage: USAGE, failure: 2, run: grep },
};
