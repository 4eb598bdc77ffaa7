// POSIX regular expressions (basic and extended, with GNU's \+ \? \| \< \> \b \w \s), matched by running all threads of an automaton at
// once: time text × pattern whatever a guest user writes. Back-references need another method: one thread after the other, as far as a
// budget goes. Used by grep, expr, sed, awk.
import { RegexError } from "./regex-error.js";
import { type Assertion, isWord, RegexParser, type Tree } from "./regex-parser.js";

export { RegexError };

type Instruction =
  | { op: "test"; has: (code: number) => boolean }
  /** `loops`: leads back here. */
  | { op: "split"; first: number; second: number; loops?: boolean }
  | { op: "jump"; to: number }
  | { op: "assert"; kind: Assertion }
  | { op: "save"; slot: number }
  | { op: "back"; group: number; ignoreCase: boolean }
  | { op: "match" };

const MAX_INSTRUCTIONS = 50_000;
/** Steps of a search with back-references. */
const MAX_STEPS = 500_000;
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

class Compiler {
  readonly program: Instruction[] = [];

  constructor(readonly ignoreCase: boolean) {}

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
      case "back":
        this.#emit({ op: "back", group: tree.group, ignoreCase: this.ignoreCase });
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
      const split = { op: "split" as const, first: this.program.length + 1, second: 0, loops: true };
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
  readonly #backtracks: boolean;

  constructor(pattern: string, options: RegexOptions = {}) {
    const compiler = new Compiler(options.ignoreCase === true);
    compiler.tree(new RegexParser(pattern, options.extended === true, options.ignoreCase === true).parse());
    compiler.program.push({ op: "match" });
    this.#program = compiler.program;
    this.#backtracks = this.#program.some(({ op }) => op === "back");
  }

  test(text: string): boolean {
    return this.exec(text) !== undefined;
  }

  /** The leftmost match from `from` on, the longest of those that begin there. `anchored`: only one that begins at `from`. */
  exec(text: string, from = 0, anchored = false): Match | undefined {
    const saved = this.#backtracks ? this.#backtrack(text, from, anchored) : this.#run(text, from, anchored);
    if (!saved) return undefined;
    return {
      start: saved[0] ?? 0,
      end: saved[1] ?? 0,
      group: (n) => (n * 2 + 1 < SLOTS ? saidBy(saved, n, text) : undefined),
    };
  }

  /** All threads at once. */
  #run(text: string, from: number, anchored: boolean): number[] | undefined {
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
    return best;
  }

  /** One thread after the other, each to its end: the longest match of the first beginning that has one. */
  #backtrack(text: string, from: number, anchored: boolean): number[] | undefined {
    let steps = 0;
    for (let start = from; start <= (anchored ? from : text.length) && steps < MAX_STEPS; start++) {
      let best: number[] | undefined;
      const stack: Path[] = [{ pc: 0, at: start, saved: [start, -1], entered: undefined }];
      for (let path = stack.pop(); path && steps < MAX_STEPS; path = stack.pop()) {
        for (let alive = true; alive && ++steps < MAX_STEPS; ) {
          const { at } = path;
          const instruction = this.#program[path.pc++] as Instruction;
          switch (instruction.op) {
            case "test":
              alive = at < text.length && instruction.has(text.charCodeAt(path.at++));
              break;
            case "jump":
              path.pc = instruction.to;
              break;
            case "split":
              // A loop's body that has read nothing is not entered again.
              if (instruction.loops && hasEntered(path, path.pc)) {
                path.pc = instruction.second;
                break;
              }
              stack.push({ ...path, pc: instruction.second, saved: [...path.saved] });
              if (instruction.loops) path.entered = { pc: path.pc, at, before: path.entered };
              path.pc = instruction.first;
              break;
            case "assert":
              alive = holds(instruction.kind, text, at);
              break;
            case "save":
              if (instruction.slot < SLOTS) path.saved[instruction.slot] = at;
              break;
            case "back": {
              const wanted = saidBy(path.saved, instruction.group, text);
              const there = wanted === undefined ? "" : text.slice(at, at + wanted.length);
              alive = wanted !== undefined && (instruction.ignoreCase ? there.toLowerCase() === wanted.toLowerCase() : there === wanted);
              path.at += there.length;
              break;
            }
            case "match":
              if (!best || at > (best[1] ?? 0)) best = [start, at, ...path.saved.slice(2)];
              alive = false;
          }
        }
      }
      if (best) return best;
    }
    return undefined;
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

/** A place of the pattern and of the text, with the loops entered on the way. */
interface Path {
  pc: number;
  at: number;
  saved: number[];
  entered: Entered | undefined;
}

interface Entered {
  pc: number;
  at: number;
  before: Entered | undefined;
}

function hasEntered({ entered, at }: Path, pc: number): boolean {
  for (let one = entered; one && one.at === at; one = one.before) if (one.pc === pc) return true;
  return false;
}

/** The text of a group. */
function saidBy(saved: readonly number[], group: number, text: string): string | undefined {
  const [begin, end] = [saved[group * 2] ?? -1, saved[group * 2 + 1] ?? -1];
  return begin >= 0 && end >= begin ? text.slice(begin, end) : undefined;
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
