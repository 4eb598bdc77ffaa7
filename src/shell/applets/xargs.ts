// xargs: runs a program with arguments from its input.
import { ERRNO, strerror } from "../../abi/errno.js";
import { close, dup2, fork, O_RDONLY, open, read, wait4, writeAll } from "../sys/calls.js";
import { readAll } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { signalled, termSignal } from "../sys/signals.js";
import { parseDecimal } from "../text/numbers.js";
import type { AppletTable, Io, Options } from "./applet.js";
import { linesOf } from "./input.js";
import { execPath } from "./programs.js";

const STATUS_FAILED = 123;
const STATUS_255 = 124;
const STATUS_SIGNAL = 125;
/** The longest command line, as busybox has it on Linux. */
const MOST_BYTES = 32 * 1024 - 2048;

/** Words in lines: blanks separate, quotes and backslashes protect. A text says which quote has no end. */
function splitWords(text: string): string[][] | string {
  const lines: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === "'" || char === '"') {
      const end = text.indexOf(char, at + 1);
      if (end < 0 || text.slice(at, end).includes("\n")) return `unmatched ${char === "'" ? "single" : "double"} quote`;
      word = (word ?? "") + text.slice(at + 1, end);
      at = end;
    } else if (char === "\\") word = (word ?? "") + (text[++at] ?? "");
    else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      if (char !== "\n") continue;
      if (words.length > 0) lines.push(words);
      words = [];
    } else word = (word ?? "") + char;
  }
  if (word !== undefined) words.push(word);
  if (words.length > 0) lines.push(words);
  return lines;
}

/** Cuts items into groups of `most` that fit the command line beside `fixed` bytes; undefined where one item alone does not. */
function grouped(items: readonly string[], most: number, bytes: number): string[][] | undefined {
  const groups: string[][] = [];
  let size = 0;
  for (const item of items) {
    const last = groups.at(-1);
    const grown = size + item.length + 1;
    if (last && last.length < most && grown <= bytes) {
      last.push(item);
      size = grown;
      continue;
    }
    if (item.length + 1 > bytes) return undefined;
    groups.push([item]);
    size = item.length + 1;
  }
  return groups;
}

function* start(io: Io, argv: readonly string[]): Sys<number> {
  return yield* fork(function* () {
    const empty = yield* open("/dev/null", O_RDONLY);
    if (empty > 0) {
      yield* dup2(empty, 0);
      yield* close(empty);
    }
    const result = yield* execPath(argv, io.process.env);
    yield* writeAll(2, `${io.name}: ${argv[0]}: ${strerror(result)}\n`);
    return result === -ERRNO.ENOENT ? 127 : 126;
  });
}

/** -p: the answer comes from the terminal. */
function* asked(io: Io): Sys<boolean> {
  const fd = yield* open("/dev/tty", O_RDONLY);
  if (fd < 0) return yield* io.die(`can't open '/dev/tty': ${strerror(fd)}`);
  const answer = yield* read(fd, 256);
  yield* close(fd);
  return typeof answer === "string" && /^[yY]/.test(answer);
}

function* runs(io: Io, options: Options, program: readonly string[]): Sys<string[][]> {
  const file = options.value("a");
  const fd = file === undefined ? 0 : yield* open(file, O_RDONLY);
  if (fd < 0) return yield* io.die(`can't open '${file}': ${strerror(fd)}`);
  const input = yield* readAll(fd);
  if (typeof input === "number") return yield* io.die(`read error: ${strerror(input)}`);
  const replace = options.has("I") ? options.value("I") : options.has("i") ? options.value("i") || "{}" : undefined;
  const most = parseDecimal(options.value("n") ?? "") ?? Number.POSITIVE_INFINITY;
  const limit = parseDecimal(options.value("s") ?? "") ?? MOST_BYTES;
  const room = limit - program.reduce((sum, word) => sum + word.length + 1, 0);
  if (replace !== undefined) {
    const items = options.has("0") ? input.split("\0").filter((item) => item !== "") : linesOf(input).map((line) => line.trimStart());
    return items.filter((item) => item !== "").map((item) => program.map((word) => word.replaceAll(replace, item)));
  }
  let lines: string[][];
  if (options.has("0")) lines = [input.split("\0").filter((item, n, all) => item !== "" || n + 1 < all.length)];
  else {
    const words = splitWords(input);
    if (typeof words === "string") return yield* io.die(words);
    lines = words;
  }
  const end = options.value("E") ?? options.value("e");
  if (end !== undefined && end !== "") {
    const flat = lines.flat();
    const at = flat.indexOf(end);
    if (at >= 0) lines = [flat.slice(0, at)];
  }
  const perLines = parseDecimal(options.value("L") ?? "");
  const batches: string[][] = [];
  if (perLines !== undefined && perLines > 0)
    for (let at = 0; at < lines.length; at += perLines) batches.push(lines.slice(at, at + perLines).flat());
  else batches.push(lines.flat());
  const groups: string[][] = [];
  for (const batch of batches) {
    const cut = grouped(batch, most, room);
    if (!cut) return yield* io.die("can't fit single argument within argument list size limit");
    groups.push(...cut);
  }
  if (groups.length === 0 && !options.has("r")) groups.push([]);
  return groups.map((group) => [...program, ...group]);
}

/** What -e, -i and -l mean where they stand alone. */
const SOLE: Readonly<Record<string, readonly string[]>> = { "-e": ["-E", ""], "-i": ["-I{}"], "-l": ["-L1"] };

function* xargs(io: Io): Sys<number> {
  // -e, -i and -l may have a value in the same word only.
  const own: string[] = [];
  let rest = 0;
  for (; rest < io.args.length; rest++) {
    const arg = io.args[rest] ?? "";
    if (arg === "--" || !/^-./.test(arg)) break;
    own.push(...(SOLE[arg] ?? [arg]));
    if (/^-[0rtpx]*[nIsELPa]$/.test(arg)) own.push(...io.args.slice(++rest, rest + 1));
  }
  const options = yield* io.optionsOf([...own, ...io.args.slice(rest)], "+0rtpxn:I:i:s:E:e:L:l:P:a:", {
    null: "0",
    "no-run-if-empty": "r",
    "max-args": "n",
    "max-procs": "P",
    verbose: "t",
  });
  const program = options.operands.length > 0 ? [...options.operands] : ["echo"];
  const parallel = Math.max(1, parseDecimal(options.value("P") ?? "") ?? 1);
  let status = 0;
  let running = 0;
  /** Waits for one; true ends everything. */
  const collect = function* (): Sys<boolean> {
    for (;;) {
      const waited = yield* wait4(-1, 0);
      if (waited === -ERRNO.EINTR) continue;
      running--;
      if (typeof waited === "number") return true;
      const code = (waited.status >> 8) & 0xff;
      if (signalled(waited.status)) {
        yield* io.error(`'${program[0]}' terminated by signal ${termSignal(waited.status)}`);
        status = STATUS_SIGNAL;
        return true;
      }
      if (code === 126 || code === 127) status = code;
      else if (code === 255) {
        yield* io.error(`${program[0]}: exited with status 255; aborting`);
        status = STATUS_255;
      } else {
        if (code !== 0) status = STATUS_FAILED;
        return false;
      }
      return true;
    }
  };
  for (const argv of yield* runs(io, options, program)) {
    if (options.has("t") || options.has("p")) yield* writeAll(2, argv.join(" ") + (options.has("p") ? "?..." : "\n"));
    if (options.has("p") && !(yield* asked(io))) continue;
    const child = yield* start(io, argv);
    if (child < 0) return yield* io.die(`fork: ${strerror(child)}`);
    running++;
    if (running >= parallel && (yield* collect())) return status;
  }
  while (running > 0) if (yield* collect()) return status;
  return status;
}

export const XARGS: AppletTable = {
  xargs: {
    usage:
      "[-0rtpx] [-a FILE] [-n N] [-L N] [-s N] [-P N] [-E STR] [-I STR] [PROG ARGS]\n\nRun PROG with arguments from standard input\n\n\t-0\tNUL ends each\n\t-a FILE\tArguments from FILE\n" +
      "\t-r\tNot without any\n\t-t, -p\tPrint commands, and ask\n\t-n, -L N\tAt most N arguments, lines a run\n\t-s N\tAt most N bytes a run\n\t-P N\tN runs at a time\n" +
      "\t-E STR\tSTR ends the input\n\t-I STR\tA line for each STR in ARGS",
    run: xargs,
  },
};
