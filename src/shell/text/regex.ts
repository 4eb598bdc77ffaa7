// POSIX regular expressions (basic and extended, with GNU's \+ \? \| \< \> \b \w \s), matched by running all threads of an automaton at
// once: time text × pattern whatever a guest user writes. Back-references need another method and are refused. Used by grep, expr, sed, awk.
import { characterClass } from "./glob.js";
import { RegexError } from "./regex-error.js";

export { RegexError };

type Assertion = "begin" | "end" | "word-begin" | "word-end" | "word-edge" | "no-word-edge";

type Instruction =
  | { op: "test"; has: (code: number) => boolean }
  | { op: "split"; first: number; second: number }
  | { op: "jump"; to: number }
  | { op: "assert"; kind: Assertion }
  | { op: "save"; slot: number }
  | { op: "match" };

type Tree =
  | { kind: "empty" }
  | { kind: "test"; has: (code: number) => boolean }
  | { kind: "assert"; assertion: Assertion }
  | { kind: "join"; items: Tree[] }
  | { kind: "either"; items: Tree[] }
  | { kind: "repeat"; item: Tree; least: number; most: number }
  | { kind: "group"; item: Tree; number: number };

/** glibc's RE_DUP_MAX is larger; a bigger automaton than this serves no one. */
const MAX_REPEAT = 1000;
const MAX_INSTRUCTIONS = 50_000;
const MAX_DEPTH = 200;
/** Slots of a match: its own two ends and those of the first nine groups. */
const SLOTS = 20;

export interface RegexOptions {
  extended?: boolean;
  ignoreCase?: boolean;
}

export interface Match {
  start: number;
  end: number;
  /** Text of group n (from 1), undefined where it took no part. */
  group(n: number): string | undefined;
}

const isWord = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);

class RegexParser {
  #at = 0;
  #groups = 0;
  #depth = 0;

  constructor(
    readonly text: string,
    readonly extended: boolean,
    readonly ignoreCase: boolean,
  ) {}

  parse(): Tree {
    const tree = this.#either();
    if (this.#at < this.text.length) throw new RegexError(this.text, "Unmatched ) or \\)");
    return tree;
  }

  /** Is the operator written at this place? In basic expressions ( ) { } | + ? take a backslash, in extended ones none. */
  #operator(char: string): boolean {
    return this.extended ? this.text[this.#at] === char : this.text[this.#at] === "\\" && this.text[this.#at + 1] === char;
  }

  #skip(): void {
    this.#at += this.extended ? 1 : 2;
  }

  #either(): Tree {
    if (++this.#depth > MAX_DEPTH) throw new RegexError(this.text);
    const items = [this.#join()];
    while (this.#operator("|")) {
      this.#skip();
      items.push(this.#join());
    }
    this.#depth--;
    return items.length === 1 ? (items[0] as Tree) : { kind: "either", items };
  }

  #join(): Tree {
    const items: Tree[] = [];
    for (;;) {
      if (this.#at >= this.text.length || this.#operator("|") || this.#operator(")")) break;
      let item = this.#atom(items.length === 0);
      for (let repeat = this.#repeat(); repeat; repeat = this.#repeat()) item = { kind: "repeat", item, ...repeat };
      items.push(item);
    }
    return { kind: "join", items };
  }

  #repeat(): { least: number; most: number } | undefined {
    const char = this.text[this.#at];
    if (char === "*") {
      this.#at++;
      return { least: 0, most: Number.POSITIVE_INFINITY };
    }
    if (this.#operator("+") || this.#operator("?")) {
      const plus = this.#operator("+");
      this.#skip();
      return plus ? { least: 1, most: Number.POSITIVE_INFINITY } : { least: 0, most: 1 };
    }
    if (!this.#operator("{")) return undefined;
    const close = this.extended ? "}" : "\\}";
    const start = this.#at + (this.extended ? 1 : 2);
    const end = this.text.indexOf(close, start);
    const bounds = /^([0-9]*)(,?)([0-9]*)$/.exec(end < 0 ? "x" : this.text.slice(start, end));
    if (!bounds || (bounds[1] === "" && bounds[2] === "")) {
      if (this.extended && end < 0) return undefined;
      throw new RegexError(this.text);
    }
    const least = Number(bounds[1] || 0);
    const most = bounds[2] === "" ? least : bounds[3] === "" ? Number.POSITIVE_INFINITY : Number(bounds[3]);
    if (least > MAX_REPEAT || (most > MAX_REPEAT && most !== Number.POSITIVE_INFINITY) || most < least) throw new RegexError(this.text);
    this.#at = end + close.length;
    return { least, most };
  }

  #char(char: string): Tree {
    const code = char.charCodeAt(0);
    if (!this.ignoreCase) return { kind: "test", has: (other) => other === code };
    const [lower, upper] = [char.toLowerCase().charCodeAt(0), char.toUpperCase().charCodeAt(0)];
    return { kind: "test", has: (other) => other === lower || other === upper };
  }

  #atom(first: boolean): Tree {
    if (this.#operator("(")) {
      this.#skip();
      const number = ++this.#groups;
      const item = this.#either();
      if (!this.#operator(")")) throw new RegexError(this.text, "Unmatched ( or \\(");
      this.#skip();
      return { kind: "group", item, number };
    }
    const char = this.text[this.#at] ?? "";
    this.#at++;
    if (char === ".") return { kind: "test", has: () => true };
    if (char === "[") return this.#set();
    if (char === "^" && (this.extended || first)) return { kind: "assert", assertion: "begin" };
    if (char === "$" && (this.extended || this.#atEnd())) return { kind: "assert", assertion: "end" };
    if (this.extended && "*+?".includes(char) && first) return this.#char(char);
    if (char === "*" && !first) throw new RegexError(this.text);
    return char === "\\" ? this.#escaped() : this.#char(char);
  }

  #atEnd(): boolean {
    return this.#at >= this.text.length || this.#operator(")") || this.#operator("|");
  }

  #escaped(): Tree {
    const char = this.text[this.#at];
    if (char === undefined) throw new RegexError(this.text, "Trailing backslash");
    this.#at++;
    switch (char) {
      case "<":
        return { kind: "assert", assertion: "word-begin" };
      case ">":
        return { kind: "assert", assertion: "word-end" };
      case "b":
        return { kind: "assert", assertion: "word-edge" };
      case "B":
        return { kind: "assert", assertion: "no-word-edge" };
      case "w":
        return { kind: "test", has: isWord };
      case "W":
        return { kind: "test", has: (code) => !isWord(code) };
      case "s":
        return { kind: "test", has: (code) => code === 32 || (code >= 9 && code <= 13) };
      case "S":
        return { kind: "test", has: (code) => code !== 32 && (code < 9 || code > 13) };
    }
    if (char >= "1" && char <= "9") throw new RegexError(`${this.text} (back-references are not supported)`);
    return this.#char(char);
  }

  #set(): Tree {
    let negate = false;
    if (this.text[this.#at] === "^") {
      negate = true;
      this.#at++;
    }
    const tests: ((code: number) => boolean)[] = [];
    for (let first = true; first || this.text[this.#at] !== "]"; first = false) {
      if (this.#at >= this.text.length) throw new RegexError(this.text, "Unmatched [, [^, [:, [., or [=");
      const kind = this.text[this.#at] === "[" ? this.text[this.#at + 1] : undefined;
      if (kind === ":" || kind === "." || kind === "=") {
        const end = this.text.indexOf(`${kind}]`, this.#at + 2);
        if (end < 0) throw new RegexError(this.text);
        const name = this.text.slice(this.#at + 2, end);
        const code = name.charCodeAt(0);
        const test = kind === ":" ? characterClass(name) : name.length === 1 ? (other: number) => other === code : undefined;
        if (!test) throw new RegexError(this.text);
        tests.push(test);
        this.#at = end + 2;
        continue;
      }
      const low = this.text.charCodeAt(this.#at++);
      let high = low;
      if (this.text[this.#at] === "-" && this.#at + 1 < this.text.length && this.text[this.#at + 1] !== "]") {
        high = this.text.charCodeAt(this.#at + 1);
        this.#at += 2;
        if (high < low) throw new RegexError(this.text);
      }
      tests.push((code) => code >= low && code <= high);
    }
    this.#at++;
    const plain = (code: number): boolean => tests.some((test) => test(code));
    const folded = (code: number): boolean => {
      const char = String.fromCharCode(code);
      return plain(char.toLowerCase().charCodeAt(0)) || plain(char.toUpperCase().charCodeAt(0));
    };
    const has = this.ignoreCase ? folded : plain;
    return { kind: "test", has: (code) => has(code) !== negate };
  }
}

class Compiler {
  readonly program: Instruction[] = [];

  #emit(instruction: Instruction): number {
    if (this.program.length >= MAX_INSTRUCTIONS) throw new RegexError("too large");
    return this.program.push(instruction) - 1;
  }

  tree(tree: Tree): void {
    switch (tree.kind) {
      case "empty":
        return;
      case "test":
        this.#emit({ op: "test", has: tree.has });
        return;
      case "assert":
        this.#emit({ op: "assert", kind: tree.assertion });
        return;
      case "join":
        for (const item of tree.items) this.tree(item);
        return;
      case "group":
        this.#emit({ op: "save", slot: tree.number * 2 });
        this.tree(tree.item);
        this.#emit({ op: "save", slot: tree.number * 2 + 1 });
        return;
      case "either":
        this.#either(tree.items);
        return;
      case "repeat":
        this.#repeat(tree);
    }
  }

  #either(items: readonly Tree[]): void {
    const jumps: { op: "jump"; to: number }[] = [];
    for (const item of items.slice(0, -1)) {
      const split = { op: "split" as const, first: this.program.length + 1, second: 0 };
      this.#emit(split);
      this.tree(item);
      const jump = { op: "jump" as const, to: 0 };
      this.#emit(jump);
      jumps.push(jump);
      split.second = this.program.length;
    }
    this.tree(items.at(-1) ?? { kind: "empty" });
    for (const jump of jumps) jump.to = this.program.length;
  }

  #repeat(tree: { item: Tree; least: number; most: number }): void {
    for (let n = 0; n < tree.least; n++) this.tree(tree.item);
    if (tree.most === Number.POSITIVE_INFINITY) {
      const split = { op: "split" as const, first: this.program.length + 1, second: 0 };
      const at = this.#emit(split);
      this.tree(tree.item);
      this.#emit({ op: "jump", to: at });
      split.second = this.program.length;
      return;
    }
    const splits: { op: "split"; first: number; second: number }[] = [];
    for (let n = tree.least; n < tree.most; n++) {
      const split = { op: "split" as const, first: this.program.length + 1, second: 0 };
      this.#emit(split);
      splits.push(split);
      this.tree(tree.item);
    }
    for (const split of splits) split.second = this.program.length;
  }
}

/** A thread: where it is in the program and what it has saved. */
interface Thread {
  at: number;
  saved: number[];
}

export class Regex {
  readonly #program: Instruction[];

  constructor(pattern: string, options: RegexOptions = {}) {
    const compiler = new Compiler();
    compiler.tree(new RegexParser(pattern, options.extended === true, options.ignoreCase === true).parse());
    compiler.program.push({ op: "match" });
    this.#program = compiler.program;
  }

  test(text: string): boolean {
    return this.exec(text) !== undefined;
  }

  /** The leftmost match from `from` on, the longest of those that begin there. `anchored`: only one that begins at `from`. */
  exec(text: string, from = 0, anchored = false): Match | undefined {
    let threads: Thread[] = [];
    let best: number[] | undefined;
    const mark = new Int32Array(this.#program.length).fill(-1);
    for (let at = from; ; at++) {
      const start: Thread[] = [];
      for (const thread of threads) this.#follow(thread, text, at, start, mark);
      if (!best && (!anchored || at === from)) this.#follow({ at: 0, saved: [at, -1] }, text, at, start, mark);
      const next: Thread[] = [];
      const code = text.charCodeAt(at);
      for (const thread of start) {
        const instruction = this.#program[thread.at];
        if (instruction?.op === "match") {
          if (!best || (thread.saved[0] ?? 0) < (best[0] ?? 0) || (thread.saved[0] === best[0] && at > (best[1] ?? 0))) {
            best = [...thread.saved];
            best[1] = at;
          }
        } else if (at < text.length && instruction?.op === "test" && instruction.has(code))
          next.push({ at: thread.at + 1, saved: thread.saved });
      }
      // Only threads that began where the best match did can still better it.
      const begun = best?.[0];
      threads = begun === undefined ? next : next.filter((thread) => (thread.saved[0] ?? 0) <= begun);
      if (at >= text.length || (threads.length === 0 && (best || anchored))) break;
    }
    if (!best) return undefined;
    const saved = best;
    return {
      start: saved[0] ?? 0,
      end: saved[1] ?? 0,
      group: (n) => {
        const [begin, end] = [saved[n * 2] ?? -1, saved[n * 2 + 1] ?? -1];
        return n * 2 + 1 < SLOTS && begin >= 0 && end >= begin ? text.slice(begin, end) : undefined;
      },
    };
  }

  /** Adds a thread and all it reaches without reading; each place is reached once a step, by the thread that comes first. */
  #follow(first: Thread, text: string, at: number, list: Thread[], mark: Int32Array): void {
    const stack = [first];
    for (let thread = stack.pop(); thread; thread = stack.pop()) {
      if (mark[thread.at] === at) continue;
      mark[thread.at] = at;
      const instruction = this.#program[thread.at] as Instruction;
      switch (instruction.op) {
        case "jump":
          stack.push({ at: instruction.to, saved: thread.saved });
          break;
        case "split":
          stack.push({ at: instruction.second, saved: thread.saved }, { at: instruction.first, saved: thread.saved });
          break;
        case "assert":
          if (holds(instruction.kind, text, at)) stack.push({ at: thread.at + 1, saved: thread.saved });
          break;
        case "save": {
          const saved = [...thread.saved];
          if (instruction.slot < SLOTS) saved[instruction.slot] = at;
          stack.push({ at: thread.at + 1, saved });
          break;
        }
        default:
          list.push(thread);
      }
    }
  }
}

function holds(kind: Assertion, text: string, at: number): boolean {
  if (kind === "begin") return at === 0;
  if (kind === "end") return at === text.length;
  const before = at > 0 && isWord(text.charCodeAt(at - 1));
  const after = at < text.length && isWord(text.charCodeAt(at));
  switch (kind) {
    case "word-begin":
      return !before && after;
    case "word-end":
      return before && !after;
    case "word-edge":
      return before !== after;
    case "no-word-edge":
      return before === after;
  }
}
