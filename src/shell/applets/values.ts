// Applets that show or compute values: expr stat xxd.
import { strerror } from "../../abi/errno.js";
import { readlink } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { fileType, lstat, modeText, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFSOCK, type Stat, stat } from "../sys/stat.js";
import { parseInteger } from "../text/numbers.js";
import { Regex, RegexError } from "../text/regex.js";
import { accountName, accounts } from "./accounts.js";
import { AppletExit, type AppletTable, type Io } from "./applet.js";
import { formatTime } from "./format.js";

class ExprError extends Error {}

/** Operators by how tightly they bind, loosest first. */
const EXPR_LEVELS: readonly (readonly string[])[] = [
  ["|"],
  ["&"],
  ["<", "<=", "=", "==", "!=", ">=", ">"],
  ["+", "-"],
  ["*", "/", "%"],
  [":"],
];
const EXPR_DEPTH = 200;

class Expression {
  #at = 0;
  #depth = 0;

  constructor(readonly args: readonly string[]) {}

  whole(): string {
    const value = this.#level(0);
    if (this.#at < this.args.length) throw new ExprError("syntax error");
    return value;
  }

  #level(level: number): string {
    const operators = EXPR_LEVELS[level];
    if (!operators) return this.#primary();
    let left = this.#level(level + 1);
    for (let operator = this.args[this.#at]; operator !== undefined && operators.includes(operator); operator = this.args[this.#at]) {
      this.#at++;
      left = apply(operator, left, this.#level(level + 1));
    }
    return left;
  }

  #next(): string {
    const arg = this.args[this.#at++];
    if (arg === undefined) throw new ExprError("syntax error");
    return arg;
  }

  #primary(): string {
    if (++this.#depth > EXPR_DEPTH) throw new ExprError("syntax error");
    const value = this.#value();
    this.#depth--;
    return value;
  }

  #value(): string {
    const arg = this.#next();
    switch (arg) {
      case "(": {
        const value = this.#level(0);
        if (this.#next() !== ")") throw new ExprError("syntax error");
        return value;
      }
      case ")":
        throw new ExprError("syntax error");
      case "quote":
        return this.#next();
      case "length":
        return String(this.#primary().length);
      case "match": {
        const text = this.#primary();
        return matchText(text, this.#primary());
      }
      case "index": {
        const text = this.#primary();
        const chars = this.#primary();
        return String([...text].findIndex((char) => chars.includes(char)) + 1);
      }
      case "substr": {
        const text = this.#primary();
        const from = Number(this.#primary());
        const length = Number(this.#primary());
        return from > 0 && length > 0 ? text.slice(from - 1, from - 1 + length) : "";
      }
    }
    return arg;
  }
}

const isTrue = (text: string): boolean => text !== "" && parseInteger(text) !== 0n;

function matchText(text: string, pattern: string): string {
  try {
    const match = new Regex(pattern).exec(text, 0, true);
    const hasGroup = /\\\(/.test(pattern);
    if (!match) return hasGroup ? "" : "0";
    return hasGroup ? (match.group(1) ?? "") : String(match.end);
  } catch (error) {
    if (error instanceof RegexError) throw new ExprError(`bad regex '${pattern}'`);
    throw error;
  }
}

function apply(operator: string, left: string, right: string): string {
  if (operator === "|") return isTrue(left) ? left : right;
  if (operator === "&") return isTrue(left) && isTrue(right) ? left : "0";
  if (operator === ":") return matchText(left, right);
  const [a, b] = [parseInteger(left), parseInteger(right)];
  const numbers = a !== undefined && b !== undefined;
  const order = numbers ? (a < b ? -1 : a > b ? 1 : 0) : left < right ? -1 : left > right ? 1 : 0;
  switch (operator) {
    case "<":
      return order < 0 ? "1" : "0";
    case "<=":
      return order <= 0 ? "1" : "0";
    case "=":
    case "==":
      return order === 0 ? "1" : "0";
    case "!=":
      return order !== 0 ? "1" : "0";
    case ">=":
      return order >= 0 ? "1" : "0";
    case ">":
      return order > 0 ? "1" : "0";
  }
  if (!numbers) throw new ExprError("non-numeric argument");
  if ((operator === "/" || operator === "%") && b === 0n) throw new ExprError("division by zero");
  const value = operator === "+" ? a + b : operator === "-" ? a - b : operator === "*" ? a * b : operator === "/" ? a / b : a % b;
  return String(BigInt.asIntN(64, value));
}

function* expr(io: Io): Sys<number> {
  if (io.args.length === 0) return yield* io.die("too few arguments", 2);
  try {
    const value = new Expression(io.args).whole();
    yield* io.put(`${value}\n`);
    return isTrue(value) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    yield* io.error(error.message);
  }
  throw new AppletExit(2);
}

const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [S_IFDIR, "directory"],
  [S_IFCHR, "character special file"],
  [S_IFBLK, "block special file"],
  [S_IFIFO, "fifo"],
  [S_IFLNK, "symbolic link"],
  [S_IFSOCK, "socket"],
]);

function typeName(file: Stat): string {
  return TYPE_NAMES.get(fileType(file)) ?? (file.size === 0 ? "regular empty file" : "regular file");
}

const fullTime = (seconds: number, ns: number): string =>
  `${formatTime("%Y-%m-%d %H:%M:%S", seconds)}.${String(ns).padStart(9, "0")} +0000`;
const octalMode = (file: Stat): string => (file.mode & 0o7777).toString(8);

function* statApplet(io: Io): Sys<number> {
  const options = yield* io.options("c:Lft");
  if (options.operands.length === 0) return yield* io.showUsage();
  const users = yield* accounts("/etc/passwd");
  const groups = yield* accounts("/etc/group");
  let status = 0;
  for (const path of options.operands) {
    const file = options.has("L") ? yield* stat(path) : yield* lstat(path);
    if (typeof file === "number") {
      yield* io.error(`can't stat '${path}': ${strerror(file)}`);
      status = 1;
      continue;
    }
    const target = fileType(file) === S_IFLNK ? yield* readlink(path) : undefined;
    const quoted = typeof target === "string" ? `'${path}' -> '${target}'` : `'${path}'`;
    const user = accountName(users, file.uid);
    const group = accountName(groups, file.gid);
    const values: Readonly<Record<string, string>> = {
      n: path,
      N: quoted,
      s: String(file.size),
      b: String(file.blocks),
      B: "512",
      o: String(file.blksize),
      F: typeName(file),
      f: file.mode.toString(16),
      a: octalMode(file),
      A: modeText(file.mode),
      u: String(file.uid),
      U: user,
      g: String(file.gid),
      G: group,
      h: String(file.nlink),
      i: String(file.ino),
      d: String(file.dev),
      D: file.dev.toString(16),
      t: (file.rdev >> 8).toString(16),
      T: (file.rdev & 0xff).toString(16),
      X: String(file.atime),
      Y: String(file.mtime),
      Z: String(file.ctime),
      x: fullTime(file.atime, 0),
      y: fullTime(file.mtime, file.mtimeNs),
      z: fullTime(file.ctime, 0),
    };
    const format = options.value("c");
    if (format !== undefined) {
      yield* io.put(`${format.replace(/%([a-zA-Z%])/g, (whole, letter: string) => (letter === "%" ? "%" : (values[letter] ?? whole)))}\n`);
      continue;
    }
    yield* io.put(`  File: ${typeof target === "string" ? `${path} -> ${target}` : path}\n`);
    yield* io.put(
      `  Size: ${String(file.size).padEnd(10)}\tBlocks: ${String(file.blocks).padEnd(10)} IO Block: ${String(file.blksize).padEnd(6)} ${typeName(file)}\n`,
    );
    yield* io.put(`Device: ${file.dev.toString(16)}h/${file.dev}d\tInode: ${String(file.ino).padEnd(10)}  Links: ${file.nlink}\n`);
    const owner = (number: number, name: string): string => `(${String(number).padStart(5)}/${name.padStart(8)})`;
    yield* io.put(
      `Access: (${octalMode(file).padStart(4, "0")}/${modeText(file.mode)})  Uid: ${owner(file.uid, user)}   Gid: ${owner(file.gid, group)}\n`,
    );
    yield* io.put(`Access: ${values["x"]}\nModify: ${values["y"]}\nChange: ${values["z"]}\n`);
  }
  return status;
}

export const VALUES: AppletTable = {
  expr: {
    usage: "EXPRESSION\n\nPrint the value of an expression: | & < <= = != >= > + - * / % : match substr index length quote ( )",
    run: expr,
  },
  stat: {
    usage:
      "[-L] [-c FORMAT] FILE...\n\nShow what is known of files\n\n\t-c\tOnly that: %n name, %s size, %a mode, %F type, %i inode, ...\n\t-L\tFollow links",
    run: statApplet,
  },
};
