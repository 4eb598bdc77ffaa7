// diff: unified differences of two files or of two folders.
import { ERRNO, strerror } from "../../abi/errno.js";
import type { AppletTable, Io, Options } from "../applets/applet.js";
import { readAll, readFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { fileType, isDirectory, readDirectory, S_IFREG, stat } from "../sys/stat.js";
import { parseDecimal } from "../text/numbers.js";
import { type Comparison, unified } from "./unified.js";

const DEFAULT_CONTEXT = 3;
const TAB = 8;

/** Exit statuses. */
const SAME = 0;
const DIFFERENT = 1;
const TROUBLE = 2;

/** What is compared: a name, and its text ("" and absent where -N takes a missing file for an empty one). */
interface Side {
  name: string;
  text: string;
  absent?: boolean;
}

function comparisonOf(options: Options, context: number): Comparison {
  const [all, some, caseless] = [options.has("w"), options.has("b"), options.has("i")];
  return {
    context,
    ignoreBlank: options.has("B"),
    key: (line) => {
      let text = line;
      if (all) text = text.replace(/[ \t\r\f\v\n]+/g, "");
      // A blank in front, so that white space at the end is like none.
      else if (some) text = `${text} `.replace(/[ \t\r\f\v\n]+/g, " ");
      return caseless ? text.toLowerCase() : text;
    },
    show: (line) => {
      const shown = options.has("t") ? expandTabs(line) : line;
      return options.has("T") ? `\t${shown}` : shown;
    },
  };
}

function expandTabs(line: string): string {
  let out = "";
  for (const char of line) out += char === "\t" ? " ".repeat(TAB - (out.length % TAB)) : char;
  return out;
}

class Diff {
  status = SAME;
  readonly #comparison: Comparison;

  constructor(
    readonly io: Io,
    readonly options: Options,
    context: number,
  ) {
    this.#comparison = comparisonOf(options, context);
  }

  #result(status: number): void {
    this.status = Math.max(this.status, status);
  }

  *texts(left: Side, right: Side): Sys<void> {
    const { io, options } = this;
    const same = left.text === right.text;
    const binary = !options.has("a") && (left.text.includes("\0") || right.text.includes("\0"));
    const hunks = same || binary ? "" : yield* unified(left.text, right.text, this.#comparison);
    if (same || (!binary && hunks === "")) {
      if (options.has("s")) yield* io.put(`Files ${left.name} and ${right.name} are identical\n`);
      return;
    }
    this.#result(DIFFERENT);
    if (options.has("q") || binary) return yield* io.put(`Files ${left.name} and ${right.name} differ\n`);
    const labels = options.values("L");
    const name = (side: Side, n: number): string => labels[n] ?? (side.absent ? "/dev/null" : side.name);
    yield* io.put(`--- ${name(left, 0)}\n+++ ${name(right, 1)}\n${hunks}`);
  }

  /** A file's text; undefined after a message. */
  *#text(path: string): Sys<string | undefined> {
    const text = path === "-" ? yield* readAll(0) : yield* readFile(path);
    if (typeof text !== "number") return text;
    yield* this.io.error(`can't open '${path}': ${strerror(text)}`);
    this.#result(TROUBLE);
    return undefined;
  }

  *files(left: string, right: string): Sys<void> {
    const a = yield* this.#text(left);
    const b = yield* this.#text(right);
    if (a !== undefined && b !== undefined) yield* this.texts({ name: left, text: a }, { name: right, text: b });
  }

  /** All names below a folder: with -r those of all files, "sub/name", else its own entries. */
  *#names(folder: string, below = ""): Sys<string[]> {
    const entries = yield* readDirectory(`${folder}${below === "" ? "" : `/${below}`}`);
    if (typeof entries === "number") {
      yield* this.io.error(`can't open '${folder}': ${strerror(entries)}`);
      this.#result(TROUBLE);
      return [];
    }
    const names: string[] = [];
    for (const { name } of entries) {
      if (name === "." || name === "..") continue;
      const path = below === "" ? name : `${below}/${name}`;
      const info = yield* stat(`${folder}/${path}`);
      if (this.options.has("r") && typeof info !== "number" && isDirectory(info)) names.push(...(yield* this.#names(folder, path)));
      else names.push(path);
    }
    return names;
  }

  *folders(left: string, right: string): Sys<void> {
    const { io, options } = this;
    const [lefts, rights] = [new Set(yield* this.#names(left)), new Set(yield* this.#names(right))];
    const first = options.value("S");
    for (const name of [...new Set([...lefts, ...rights])].sort()) {
      if (first !== undefined && name < first) continue;
      const [inLeft, inRight] = [lefts.has(name), rights.has(name)];
      if (inLeft !== inRight && !options.has("N")) {
        yield* io.put(`Only in ${inLeft ? left : right}: ${name}\n`);
        this.#result(DIFFERENT);
      } else yield* this.#pair(`${left}/${name}`, `${right}/${name}`, inLeft, inRight);
    }
  }

  *#pair(left: string, right: string, inLeft: boolean, inRight: boolean): Sys<void> {
    const { io } = this;
    const [a, b] = [inLeft ? yield* stat(left) : -ERRNO.ENOENT, inRight ? yield* stat(right) : -ERRNO.ENOENT];
    const folders = [a, b].map((info) => typeof info !== "number" && isDirectory(info));
    if (folders[0] && folders[1]) return yield* io.put(`Common subdirectories: ${left} and ${right}\n`);
    if (folders[0] !== folders[1] && inLeft && inRight) {
      this.#result(DIFFERENT);
      const kind = (folder: boolean | undefined): string => (folder ? "directory" : "regular file");
      return yield* io.put(`File ${left} is a ${kind(folders[0])} while file ${right} is a ${kind(folders[1])}\n`);
    }
    if (folders[0] || folders[1]) return;
    for (const [info, path] of [
      [a, left],
      [b, right],
    ] as const) {
      if (typeof info === "number" || fileType(info) === S_IFREG) continue;
      return yield* io.put(`File ${path} is not a regular file or directory and was skipped\n`);
    }
    const leftText = inLeft ? yield* this.#text(left) : "";
    const rightText = inRight ? yield* this.#text(right) : "";
    if (leftText === undefined || rightText === undefined) return;
    yield* this.texts({ name: left, text: leftText, absent: !inLeft }, { name: right, text: rightText, absent: !inRight });
  }
}

/** diff's context argument. */
function* contextOf(io: Io, text: string | undefined): Sys<number> {
  if (text === undefined) return DEFAULT_CONTEXT;
  return parseDecimal(text) ?? (yield* io.die(`invalid number '${text}'`));
}

function* diff(io: Io): Sys<number> {
  const options = yield* io.options("abdiL:NqrsS:tTU:wuB", LONG);
  const [left, right] = options.operands;
  if (left === undefined || right === undefined || options.operands.length > 2) return yield* io.showUsage(TROUBLE);
  const run = new Diff(io, options, yield* contextOf(io, options.value("U")));
  const missing: boolean[] = [];
  const folder: boolean[] = [];
  for (const path of [left, right]) {
    const info = path === "-" ? undefined : yield* stat(path);
    const gone = typeof info === "number";
    if (gone && !(info === -ERRNO.ENOENT && options.has("N"))) return yield* io.die(`can't stat '${path}': ${strerror(info)}`, TROUBLE);
    missing.push(gone);
    folder.push(!gone && info !== undefined && isDirectory(info));
  }
  if ((left === "-" && folder[1]) || (right === "-" && folder[0])) return yield* io.die("can't compare stdin to a directory");
  if (folder[0] && folder[1]) yield* run.folders(left, right);
  else if (missing[0] || missing[1]) {
    const [a, b] = [missing[0] ? "" : yield* readFile(left), missing[1] ? "" : yield* readFile(right)];
    yield* run.texts({ name: left, text: typeof a === "number" ? "" : a }, { name: right, text: typeof b === "number" ? "" : b });
  } else {
    // A folder beside a file stands for the file of that name in it.
    const within = (path: string, other: string): string => `${path}/${other.slice(other.lastIndexOf("/") + 1)}`;
    yield* run.files(folder[0] ? within(left, right) : left, folder[1] ? within(right, left) : right);
  }
  return run.status;
}

const LONG = {
  "ignore-space-change": "b",
  "ignore-blank-lines": "B",
  "ignore-case": "i",
  "ignore-all-space": "w",
  "new-file": "N",
  brief: "q",
  recursive: "r",
  "report-identical-files": "s",
  "starting-file": "S",
  text: "a",
  unified: "U",
  label: "L",
  "expand-tabs": "t",
  "initial-tab": "T",
};

export const DIFF: AppletTable = {
  diff: {
    usage:
      "[-abBdiNqrTstw] [-L LABEL] [-S FILE] [-U LINES] FILE1 FILE2\n\nCompare files or folders line by line; what differs is printed in the unified format\n\n\t-a\tAll files are text\n\t-b\tIgnore how much white space there is\n\t-B\tIgnore changes of blank lines\n\t-i\tIgnore case\n\t-L\tLABEL instead of a name\n\t-N\tMissing files are empty\n\t-q\tOnly whether files differ\n\t-r\tFolders within folders\n\t-S\tBegin with FILE\n\t-s\tTell of files that are the same\n\t-t\tTabs as blanks\n\t-T\tA tab before each line\n\t-U\tSo many lines around a change\n\t-w\tIgnore all white space",
    run: diff,
  },
};
