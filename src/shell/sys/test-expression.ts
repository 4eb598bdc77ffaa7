// test(1)'s expressions, evaluated with system calls for the file tests. Used by the applet and by sh's builtin.

import { matchGlob } from "../text/glob.js";
import { parseInteger } from "../text/numbers.js";
import { access, R_OK, W_OK, X_OK } from "./calls.js";
import type { Sys } from "./request.js";
import { fileType, lstat, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK, type Stat, stat } from "./stat.js";
import { isatty } from "./terminal.js";

/** A malformed expression: status 2 and this message. */
export class TestError extends Error {}

const FILE_TYPES: Readonly<Record<string, number>> = {
  "-b": S_IFBLK,
  "-c": S_IFCHR,
  "-d": S_IFDIR,
  "-f": S_IFREG,
  "-p": S_IFIFO,
  "-S": S_IFSOCK,
};
const UNARY = new Set("-b -c -d -e -f -g -G -h -k -L -n -N -O -p -r -s -S -t -u -w -x -z".split(" "));
const BINARY = new Set("= == != < > -eq -ne -lt -le -gt -ge -nt -ot -ef".split(" "));
const MAX_DEPTH = 200;

/** 0 true, 1 false; `patterns`: what stands right of = is one, as in [[ ]]. Throws a TestError. */
export function* testExpression(args: readonly string[], patterns = false): Sys<number> {
  return (yield* new Expression(args, patterns).whole()) ? 0 : 1;
}

class Expression {
  #at = 0;
  #depth = 0;

  constructor(
    readonly args: readonly string[],
    readonly patterns: boolean,
  ) {}

  *whole(): Sys<boolean> {
    if (this.args.length === 0) return false;
    const value = yield* this.#or();
    const rest = this.args[this.#at];
    if (rest !== undefined) throw new TestError(`${rest}: unknown operand`);
    return value;
  }

  *#or(): Sys<boolean> {
    let value = yield* this.#and();
    while (this.args[this.#at] === "-o") {
      this.#at++;
      const right = yield* this.#and();
      value = value || right;
    }
    return value;
  }

  *#and(): Sys<boolean> {
    let value = yield* this.#not();
    while (this.args[this.#at] === "-a") {
      this.#at++;
      const right = yield* this.#not();
      value = value && right;
    }
    return value;
  }

  *#not(): Sys<boolean> {
    if (++this.#depth > MAX_DEPTH) throw new TestError("too many arguments");
    const left = this.args.length - this.#at;
    if (this.args[this.#at] === "!" && left > 1 && !(left > 2 && BINARY.has(this.args[this.#at + 1] ?? ""))) {
      this.#at++;
      const value = !(yield* this.#not());
      this.#depth--;
      return value;
    }
    const value = yield* this.#primary();
    this.#depth--;
    return value;
  }

  *#primary(): Sys<boolean> {
    const first = this.args[this.#at];
    if (first === undefined) throw new TestError("argument expected");
    const second = this.args[this.#at + 1];
    const left = this.args.length - this.#at;
    if (second !== undefined && BINARY.has(second) && (left > 2 || !UNARY.has(first))) {
      const third = this.args[this.#at + 2];
      if (third === undefined) throw new TestError(`${second}: argument expected`);
      this.#at += 3;
      if (this.patterns && /^(=|==|!=)$/.test(second)) return matchGlob(third, first) === (second !== "!=");
      return yield* binary(first, second, third);
    }
    if (first === "(" && left > 1) {
      this.#at++;
      const value = yield* this.#or();
      if (this.args[this.#at] !== ")") throw new TestError("closing paren expected");
      this.#at++;
      return value;
    }
    if (UNARY.has(first) && left > 1) {
      this.#at += 2;
      return yield* unary(first, second ?? "");
    }
    this.#at++;
    return first !== "";
  }
}

function integer(text: string): bigint {
  const value = parseInteger(text.trim());
  if (value === undefined) throw new TestError(`${text}: bad number`);
  return value;
}

function* binary(left: string, operator: string, right: string): Sys<boolean> {
  switch (operator) {
    case "=":
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return left < right;
    case ">":
      return left > right;
    case "-nt":
    case "-ot":
    case "-ef": {
      const a = yield* stat(left);
      const b = yield* stat(right);
      if (typeof a === "number" || typeof b === "number")
        return operator === "-nt" ? typeof a !== "number" : operator === "-ot" && typeof b !== "number";
      if (operator === "-ef") return a.dev === b.dev && a.ino === b.ino;
      const difference = a.mtime - b.mtime || a.mtimeNs - b.mtimeNs;
      return operator === "-nt" ? difference > 0 : difference < 0;
    }
  }
  const a = integer(left);
  const b = integer(right);
  switch (operator) {
    case "-eq":
      return a === b;
    case "-ne":
      return a !== b;
    case "-lt":
      return a < b;
    case "-le":
      return a <= b;
    case "-gt":
      return a > b;
    default:
      return a >= b;
  }
}

function* unary(operator: string, operand: string): Sys<boolean> {
  switch (operator) {
    case "-n":
      return operand !== "";
    case "-z":
      return operand === "";
    case "-t":
      return yield* isatty(Number(integer(operand)));
    case "-r":
      return (yield* access(operand, R_OK)) === 0;
    case "-w":
      return (yield* access(operand, W_OK)) === 0;
    case "-x":
      return (yield* access(operand, X_OK)) === 0;
    case "-h":
    case "-L": {
      const found = yield* lstat(operand);
      return typeof found !== "number" && fileType(found) === S_IFLNK;
    }
  }
  const found = yield* stat(operand);
  return typeof found !== "number" && fileTest(operator, found);
}

function fileTest(operator: string, file: Stat): boolean {
  const type = FILE_TYPES[operator];
  if (type !== undefined) return fileType(file) === type;
  switch (operator) {
    case "-s":
      return file.size > 0;
    case "-u":
      return (file.mode & 0o4000) !== 0;
    case "-g":
      return (file.mode & 0o2000) !== 0;
    case "-k":
      return (file.mode & 0o1000) !== 0;
    case "-N":
      return file.mtime > file.atime;
    default:
      // -e, and -O and -G: everything here is root's.
      return true;
  }
}
