// find's expression: tests and actions as a tree, parsed from arguments by busybox's grammar (-a binds tighter than -o, ! and ( ) ).
import { strerror } from "../../abi/errno.js";
import type { Io } from "../applets/applet.js";
import { parseMode } from "../applets/mode.js";
import type { Sys } from "../sys/request.js";
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK, type Stat, stat } from "../sys/stat.js";
import { parseDecimal } from "../text/numbers.js";
import { Regex, RegexError } from "../text/regex.js";

/** How a number in an argument compares: +N more, -N less, N equal. */
export interface Count {
  sign: "+" | "-" | "";
  value: number;
}

export interface Program {
  argv: readonly string[];
  /** With "+": the files come together, in as few runs as possible. */
  many: boolean;
}

export type Expression =
  | { kind: "and" | "or"; items: Expression[] }
  | { kind: "not"; item: Expression }
  | { kind: "name" | "path"; pattern: string; ignoreCase: boolean }
  | { kind: "regex"; regex: Regex }
  | { kind: "type"; bits: number }
  | { kind: "mode"; how: "any" | "all" | "exact"; bits: number }
  | { kind: "time"; field: "atime" | "mtime" | "ctime"; unit: number; count: Count }
  | { kind: "newer"; than: Stat }
  | { kind: "number"; field: "ino" | "nlink" | "uid" | "gid"; count: Count }
  | { kind: "same"; as: Stat }
  | { kind: "size"; unit: number; count: Count }
  | { kind: "exec"; program: Program; ok: boolean }
  | { kind: "empty" | "executable" | "prune" | "print" | "print0" | "delete" | "quit" | "true" };

export interface Limits {
  least: number;
  most: number;
  depthFirst: boolean;
  oneFileSystem: boolean;
  follow: boolean;
}

const TYPES: Readonly<Record<string, number>> = {
  f: S_IFREG,
  d: S_IFDIR,
  l: S_IFLNK,
  b: S_IFBLK,
  c: S_IFCHR,
  s: S_IFSOCK,
  p: S_IFIFO,
};

const DAY = 86400;
const TIMES: Readonly<Record<string, { field: "atime" | "mtime" | "ctime"; unit: number }>> = {
  "-atime": { field: "atime", unit: DAY },
  "-mtime": { field: "mtime", unit: DAY },
  "-ctime": { field: "ctime", unit: DAY },
  "-amin": { field: "atime", unit: 60 },
  "-mmin": { field: "mtime", unit: 60 },
  "-cmin": { field: "ctime", unit: 60 },
};

const NUMBERS = { "-inum": "ino", "-links": "nlink", "-user": "uid", "-group": "gid" } as const;
const SIMPLE = { "-empty": "empty", "-executable": "executable", "-prune": "prune", "-quit": "quit" } as const;
const ACTIONS = { "-print": "print", "-print0": "print0", "-delete": "delete" } as const;
const SIZE_UNITS: Readonly<Record<string, number>> = { "": 512, b: 512, c: 1, w: 2, k: 1024 };

/** Deeper parentheses than this nobody writes; they would fill the host's stack. */
const MAX_DEPTH = 100;

export interface NameTables {
  users: ReadonlyMap<string, number>;
  groups: ReadonlyMap<string, number>;
}

export class ExpressionParser {
  #at = 0;
  #depth = 0;
  /** An action stands somewhere: -print is not added. */
  acts = false;

  constructor(
    readonly io: Io,
    readonly args: readonly string[],
    readonly limits: Limits,
    readonly names: NameTables,
  ) {}

  *parse(): Sys<Expression> {
    const tree = yield* this.#either();
    if (this.#at < this.args.length) return yield* this.#unknown(this.args[this.#at] ?? "");
    return this.acts ? tree : { kind: "and", items: [tree, { kind: "print" }] };
  }

  *#unknown(word: string): Sys<never> {
    yield* this.io.error(`unrecognized: ${word}`);
    return yield* this.io.showUsage();
  }

  *#either(): Sys<Expression> {
    if (++this.#depth > MAX_DEPTH) return yield* this.io.die("too many parentheses");
    const items = [yield* this.#join()];
    while (this.args[this.#at] === "-o" || this.args[this.#at] === "-or") {
      this.#at++;
      items.push(yield* this.#join());
    }
    this.#depth--;
    return items.length === 1 ? (items[0] as Expression) : { kind: "or", items };
  }

  *#join(): Sys<Expression> {
    const items: Expression[] = [];
    for (;;) {
      const word = this.args[this.#at];
      if (word === "-a" || word === "-and") this.#at++;
      else if (word === undefined || word === ")" || word === "-o" || word === "-or") break;
      else items.push(yield* this.#item());
    }
    return { kind: "and", items };
  }

  *#item(): Sys<Expression> {
    const word = this.args[this.#at++] ?? "";
    if (word === "!" || word === "-not") {
      let negations = 1;
      while (this.args[this.#at] === "!" || this.args[this.#at] === "-not") {
        negations++;
        this.#at++;
      }
      if (this.args[this.#at] === undefined) return { kind: "true" };
      const item = yield* this.#item();
      return negations % 2 === 1 ? { kind: "not", item } : item;
    }
    if (word === "(") {
      const tree = yield* this.#either();
      if (this.args[this.#at] !== ")") return yield* this.io.die("unpaired '('");
      this.#at++;
      return tree;
    }
    if (Object.hasOwn(SIMPLE, word)) {
      if (word === "-quit") this.acts = true;
      return { kind: SIMPLE[word as keyof typeof SIMPLE] };
    }
    if (Object.hasOwn(ACTIONS, word)) {
      this.acts = true;
      if (word === "-delete") this.limits.depthFirst = true;
      return { kind: ACTIONS[word as keyof typeof ACTIONS] };
    }
    switch (word) {
      case "-depth":
        this.limits.depthFirst = true;
        return { kind: "true" };
      case "-xdev":
      case "-mount":
        this.limits.oneFileSystem = true;
        return { kind: "true" };
      case "-follow":
        this.limits.follow = true;
        return { kind: "true" };
      case "-true":
        return { kind: "true" };
      case "-exec":
      case "-ok":
        this.acts = true;
        return yield* this.#program(word);
    }
    if (!/^-(i?(name|path)|regex|type|perm|[amc](time|min)|newer|samefile|inum|links|user|group|size|(min|max)depth)$/.test(word))
      return yield* this.#unknown(word);
    const value = this.args[this.#at++];
    if (value === undefined) return yield* this.io.die(`${word} requires an argument`);
    return yield* this.#test(word, value);
  }

  *#program(word: string): Sys<Expression> {
    const argv: string[] = [];
    for (;;) {
      const arg = this.args[this.#at++];
      if (arg === undefined || (arg === ";" && argv.length === 0)) return yield* this.io.die(`${word} requires an argument`);
      if (arg === ";") return { kind: "exec", program: { argv, many: false }, ok: word === "-ok" };
      if (arg === "+" && argv.at(-1) === "{}") return { kind: "exec", program: { argv, many: true }, ok: false };
      argv.push(arg);
    }
  }

  *#count(text: string, names?: ReadonlyMap<string, number>): Sys<Count> {
    const id = names?.get(text);
    if (id !== undefined) return { sign: "", value: id };
    const sign = text.startsWith("+") ? "+" : text.startsWith("-") ? "-" : "";
    const value = parseDecimal(text.slice(sign.length));
    if (value === undefined) return yield* this.io.die(names ? `unknown user ${text}` : `invalid number '${text}'`);
    return { sign, value };
  }

  *#reference(path: string): Sys<Stat> {
    const found = yield* stat(path);
    return typeof found === "number" ? yield* this.io.die(`can't stat '${path}': ${strerror(found)}`) : found;
  }

  *#test(word: string, value: string): Sys<Expression> {
    const time = TIMES[word];
    if (time) return { kind: "time", ...time, count: yield* this.#count(value) };
    switch (word) {
      case "-name":
      case "-iname":
        return { kind: "name", pattern: value, ignoreCase: word === "-iname" };
      case "-path":
      case "-ipath":
        return { kind: "path", pattern: value, ignoreCase: word === "-ipath" };
      case "-regex":
        try {
          return { kind: "regex", regex: new Regex(value) };
        } catch (error) {
          if (!(error instanceof RegexError)) throw error;
          return yield* this.io.die(`bad regex '${value}': ${error.reason}`);
        }
      case "-type": {
        const bits = TYPES[value];
        return bits === undefined ? yield* this.io.die(`invalid argument '${value}' to '-type'`) : { kind: "type", bits };
      }
      case "-perm": {
        const how = value.startsWith("-") ? "all" : value.startsWith("+") || value.startsWith("/") ? "any" : "exact";
        const bits = parseMode(how === "exact" ? value : value.slice(1), 0, 0);
        return bits === undefined ? yield* this.io.die(`invalid mode '${value}'`) : { kind: "mode", how, bits };
      }
      case "-newer":
        return { kind: "newer", than: yield* this.#reference(value) };
      case "-samefile":
        return { kind: "same", as: yield* this.#reference(value) };
      case "-size": {
        const unit = SIZE_UNITS[/[a-zA-Z]*$/.exec(value)?.[0] ?? ""];
        if (unit === undefined) return yield* this.io.die(`invalid number '${value}'`);
        return { kind: "size", unit, count: yield* this.#count(value.replace(/[bcwk]$/, "")) };
      }
      case "-mindepth":
      case "-maxdepth": {
        const depth = parseDecimal(value);
        if (depth === undefined) return yield* this.io.die(`invalid number '${value}'`);
        if (word === "-mindepth") this.limits.least = depth;
        else this.limits.most = depth;
        return { kind: "true" };
      }
    }
    const field = NUMBERS[word as keyof typeof NUMBERS];
    const names = field === "uid" ? this.names.users : field === "gid" ? this.names.groups : undefined;
    return { kind: "number", field, count: yield* this.#count(value, names) };
  }
}
