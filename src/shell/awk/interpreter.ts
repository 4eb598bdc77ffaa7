// Runs awk's trees: statements, expressions, variables and functions. Built-in functions are in ./builtins.ts.
import { strerror } from "../../abi/errno.js";
import { work } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { Regex, RegexError } from "../text/regex.js";
import { orderedKeys } from "./array-order.js";
import type { AwkProgram, Expr, LeftValue, Redirection, Statement } from "./ast.js";
import { callBuiltin } from "./builtins.js";
import { AwkError, AwkFailure } from "./lexer.js";
import { Record, splitText } from "./record.js";
import { type RecordReader, Streams } from "./streams.js";
import { arrayOf, binary, type Cell, fromInput, isTrue, newCell, sprintf, toNumber, toText, type Value } from "./values.js";

type Outcome = "break" | "continue" | "next" | "nextfile" | "exit" | "return" | undefined;

/** Statements between two bits of work, so that a loop without end can be interrupted. */
const STATEMENTS_PER_WORK = 64;
/** Calls of functions within one another. */
const MAX_CALLS = 2000;
/** So many of them share a stack. */
const CALLS_PER_STACK = 8;
const MAX_CACHED = 500;

/** The input's next record, and what the interpreter needs of the program around it. */
export interface Host {
  nextRecord(): Sys<string | undefined>;
  put(text: string): Sys<void>;
  flush(): Sys<void>;
  system(command: string): Sys<number>;
}

export class Interpreter {
  readonly globals = new Map<string, Cell>();
  readonly record: Record;
  readonly streams: Streams;
  status = 0;
  /** "file:line" of the statement that is run. */
  place = "cmd. line:1";
  #locals: Map<string, Cell> | undefined;
  #result: Value;
  #calls = 0;
  #steps = 0;
  readonly #active = new Set<number>();
  readonly #regexes = new Map<string, Regex>();
  /** rand's state. */
  seed = 1;

  constructor(
    readonly program: AwkProgram,
    readonly host: Host,
    env: readonly string[],
  ) {
    this.streams = new Streams(env);
    const initial = { FS: " ", OFS: " ", ORS: "\n", RS: "\n", SUBSEP: "\x1c", CONVFMT: "%.6g", OFMT: "%.6g", NR: 0, FNR: 0, RSTART: 0 };
    for (const [name, value] of Object.entries({ ...initial, RLENGTH: -1, FILENAME: "" })) this.globals.set(name, newCell(value));
    const environment = arrayOf(this.global("ENVIRON"));
    for (const entry of env) environment.set(entry.slice(0, entry.indexOf("=")), fromInput(entry.slice(entry.indexOf("=") + 1)));
    this.record = new Record(
      () => ({ separator: this.separator(this.global("FS").value), paragraphs: this.text(this.global("RS").value) === "" }),
      () => this.text(this.global("OFS").value),
      (value) => this.text(value),
    );
  }

  global(name: string): Cell {
    let cell = this.globals.get(name);
    if (!cell) {
      cell = newCell();
      this.globals.set(name, cell);
    }
    return cell;
  }

  cell(name: string): Cell {
    return this.#locals?.get(name) ?? this.global(name);
  }

  text(value: Value): string {
    return toText(value, toText(this.global("CONVFMT").value, "%.6g"));
  }

  regex(pattern: string): Regex {
    let regex = this.#regexes.get(pattern);
    if (!regex) {
      const plain = pattern.replace(/\\([ntrfvab"/])/g, (whole, char: string) =>
        char === "b" ? whole : ({ n: "\n", t: "\t", r: "\r", f: "\f", v: "\v", a: "\x07" }[char] ?? char),
      );
      regex = this.#compile(plain);
      if (this.#regexes.size >= MAX_CACHED) this.#regexes.clear();
      this.#regexes.set(pattern, regex);
    }
    return regex;
  }

  /** What is no extended expression may be a basic one: /(/ is. */
  #compile(pattern: string): Regex {
    const ignoreCase = isTrue(this.global("IGNORECASE").value);
    for (const extended of [true, false]) {
      try {
        return new Regex(pattern, { extended, ignoreCase });
      } catch (error) {
        if (!(error instanceof RegexError)) throw error;
        if (!extended) throw new AwkFailure(`bad regex '${pattern}': Invalid regular expression`);
      }
    }
    throw new AwkFailure(`bad regex '${pattern}'`);
  }

  separator(value: Value): string | Regex {
    const text = this.text(value);
    if (text.length <= 1) return text;
    return this.regex(text);
  }

  split(text: string, separator: string | Regex): string[] {
    return splitText(text, separator);
  }

  assign(name: string, value: Value): void {
    if (name === "NF" && !this.#locals?.has(name)) {
      if (toNumber(value) < 0) throw new AwkError("NF set to negative value");
      this.record.count = toNumber(value);
    } else this.cell(name).value = value;
  }

  /** BEGIN, the rules for each record, END. */
  *run(): Sys<number> {
    let ended = false;
    for (const block of this.program.begin) {
      ended = (yield* this.#run(block)) === "exit";
      if (ended) break;
    }
    if (!ended && (this.program.rules.length > 0 || this.program.end.length > 0)) {
      for (let text = yield* this.host.nextRecord(); text !== undefined; text = yield* this.host.nextRecord()) {
        this.record.set(text);
        ended = (yield* this.#rules()) === "exit";
        if (ended) break;
      }
    }
    for (const block of this.program.end) if ((yield* this.#run(block)) === "exit") break;
    yield* this.host.flush();
    yield* this.streams.closeAll();
    return this.status;
  }

  *#rules(): Sys<Outcome> {
    for (const [n, { pattern, last, body }] of this.program.rules.entries()) {
      if (!this.#active.has(n)) {
        if (pattern && !isTrue(yield* this.value(pattern))) continue;
        if (last) this.#active.add(n);
      }
      if (last && isTrue(yield* this.value(last))) this.#active.delete(n);
      if (!body) {
        yield* this.host.put(this.record.text + this.text(this.global("ORS").value));
        continue;
      }
      const outcome = yield* this.#run(body);
      if (outcome === "exit") return outcome;
      if (outcome === "next" || outcome === "nextfile") break;
    }
    return undefined;
  }

  *#run(statement: Statement): Sys<Outcome> {
    this.place = this.program.places.get(statement) ?? this.place;
    if (++this.#steps % STATEMENTS_PER_WORK === 0) yield* work(STATEMENTS_PER_WORK * 4);
    switch (statement.kind) {
      case "block":
        for (const inner of statement.body) {
          const outcome = yield* this.#run(inner);
          if (outcome) return outcome;
        }
        return undefined;
      case "expression":
        yield* this.value(statement.value);
        return undefined;
      case "print":
      case "printf":
        yield* this.#print(statement);
        return undefined;
      case "if":
        if (isTrue(yield* this.value(statement.test))) return yield* this.#run(statement.yes);
        return statement.no ? yield* this.#run(statement.no) : undefined;
      case "while":
        return yield* this.#loop(statement.test, undefined, statement.body);
      case "do": {
        const outcome = yield* this.#run(statement.body);
        if (outcome === "break") return undefined;
        if (outcome && outcome !== "continue") return outcome;
        return yield* this.#loop(statement.test, undefined, statement.body);
      }
      case "for":
        if (statement.first) yield* this.#run(statement.first);
        return yield* this.#loop(statement.test, statement.step, statement.body);
      case "each": {
        for (const key of orderedKeys(arrayOf(this.cell(statement.name)))) {
          this.assign(statement.variable, fromInput(key));
          const outcome = yield* this.#run(statement.body);
          if (outcome === "break") break;
          if (outcome && outcome !== "continue") return outcome;
        }
        return undefined;
      }
      case "delete": {
        const array = arrayOf(this.cell(statement.name));
        if (statement.index) array.delete(yield* this.#key(statement.index));
        else array.clear();
        return undefined;
      }
      case "exit":
        if (statement.value) this.status = toNumber(yield* this.value(statement.value)) & 0xff;
        return "exit";
      case "return":
        this.#result = statement.value ? yield* this.value(statement.value) : undefined;
        return "return";
      default:
        return statement.kind;
    }
  }

  *#loop(test: Expr | undefined, step: Statement | undefined, body: Statement): Sys<Outcome> {
    while (!test || isTrue(yield* this.value(test))) {
      const outcome = yield* this.#run(body);
      if (outcome === "break") break;
      if (outcome && outcome !== "continue") return outcome;
      if (step) yield* this.#run(step);
    }
    return undefined;
  }

  *#print(statement: { kind: "print" | "printf"; args: readonly Expr[]; to: Redirection | undefined }): Sys<void> {
    const values: Value[] = [];
    for (const arg of statement.args) values.push(yield* this.value(arg));
    let text: string;
    if (statement.kind === "printf") text = sprintf(this.text(values[0]), values.slice(1), this.text(this.global("CONVFMT").value));
    else {
      const format = this.text(this.global("OFMT").value);
      const pieces = values.length === 0 ? [this.record.text] : values.map((value) => toText(value, format));
      text = pieces.join(this.text(this.global("OFS").value)) + this.text(this.global("ORS").value);
    }
    if (!statement.to) return yield* this.host.put(text);
    const name = this.text(yield* this.value(statement.to.target));
    yield* this.host.flush();
    const fd = yield* this.streams.output(statement.to.how, name);
    if (fd < 0) throw new AwkFailure(`can't open '${name}': ${strerror(fd)}`);
    yield* this.streams.write(fd, text);
  }

  *#key(index: readonly Expr[]): Sys<string> {
    const parts: string[] = [];
    for (const item of index) parts.push(this.text(yield* this.value(item)));
    return parts.join(this.text(this.global("SUBSEP").value));
  }

  *#fieldIndex(expr: Expr): Sys<number> {
    const index = Math.trunc(toNumber(yield* this.value(expr)));
    if (index < 0) throw new AwkError("Access to negative field");
    return index;
  }

  *store(target: LeftValue, value: Value): Sys<void> {
    if (target.kind === "variable") this.assign(target.name, value);
    else if (target.kind === "field") this.record.put(yield* this.#fieldIndex(target.index), value);
    else arrayOf(this.cell(target.name)).set(yield* this.#key(target.index), value);
  }

  *value(expr: Expr): Sys<Value> {
    switch (expr.kind) {
      case "number":
      case "string":
        return expr.value;
      case "group":
        return yield* this.value(expr.item);
      case "regex":
        return this.regex(expr.pattern).test(this.record.text) ? 1 : 0;
      case "variable":
        if (expr.name === "NF" && !this.#locals?.has("NF")) return this.record.count;
        return this.cell(expr.name).value;
      case "field":
        return this.record.get(yield* this.#fieldIndex(expr.index));
      case "element": {
        const array = arrayOf(this.cell(expr.name));
        const key = yield* this.#key(expr.index);
        if (!array.has(key)) array.set(key, undefined);
        return array.get(key);
      }
      case "in":
        return arrayOf(this.cell(expr.name)).has(yield* this.#key(expr.index)) ? 1 : 0;
      case "and":
        return isTrue(yield* this.value(expr.left)) && isTrue(yield* this.value(expr.right)) ? 1 : 0;
      case "or":
        return isTrue(yield* this.value(expr.left)) || isTrue(yield* this.value(expr.right)) ? 1 : 0;
      case "condition":
        return yield* this.value(isTrue(yield* this.value(expr.test)) ? expr.yes : expr.no);
      case "unary": {
        const value = yield* this.value(expr.item);
        if (expr.operator === "!") return isTrue(value) ? 0 : 1;
        return expr.operator === "-" ? -toNumber(value) : toNumber(value);
      }
      case "match": {
        const text = this.text(yield* this.value(expr.left));
        return (yield* this.pattern(expr.right)).test(text) === expr.negate ? 0 : 1;
      }
      case "binary":
        return this.#binary(expr.operator, yield* this.value(expr.left), yield* this.value(expr.right));
      case "assign": {
        let value = yield* this.value(expr.value);
        if (expr.operator !== "") value = this.#binary(expr.operator, yield* this.value(expr.target), value);
        yield* this.store(expr.target, value);
        return value;
      }
      case "step": {
        const before = toNumber(yield* this.value(expr.target));
        yield* this.store(expr.target, before + expr.by);
        return expr.before ? before + expr.by : before;
      }
      case "getline":
        return yield* this.#getline(expr.target, expr.from, expr.source);
      case "builtin":
        return yield* callBuiltin(this, expr.name, expr.args);
      case "call":
        return yield* this.#call(expr.name, expr.args);
    }
  }

  /** A regular expression stands for itself, anything else for the expression in its text. */
  *pattern(expr: Expr): Sys<Regex> {
    return this.regex(expr.kind === "regex" ? expr.pattern : this.text(yield* this.value(expr)));
  }

  #binary(operator: string, left: Value, right: Value): Value {
    return binary(operator, left, right, this.text(this.global("CONVFMT").value), isTrue(this.global("IGNORECASE").value));
  }

  *#getline(target: LeftValue | undefined, from: "main" | "file" | "command", source: Expr | undefined): Sys<Value> {
    let text: string | undefined;
    if (from === "main" || !source) text = yield* this.host.nextRecord();
    else {
      const name = this.text(yield* this.value(source));
      yield* this.host.flush();
      const reader: RecordReader | undefined = yield* this.streams.input(from, name);
      if (!reader) return -1;
      text = yield* this.nextRecord(reader);
    }
    if (text === undefined) return 0;
    if (target) yield* this.store(target, fromInput(text));
    else this.record.set(text);
    return 1;
  }

  /** A record up to RS; RT is what ended it. */
  *nextRecord(reader: RecordReader): Sys<string | undefined> {
    const text = yield* reader.next(this.separator(this.global("RS").value));
    if (text !== undefined) this.global("RT").value = reader.terminator;
    return text;
  }

  count(name: string): void {
    const cell = this.global(name);
    cell.value = toNumber(cell.value) + 1;
  }

  *#call(name: string, args: readonly Expr[]): Sys<Value> {
    const tree = this.program.functions.get(name);
    if (!tree) throw new AwkError("Call to undefined function");
    if (this.#calls >= MAX_CALLS) throw new AwkError("too many nested calls");
    const locals = new Map<string, Cell>();
    for (const [n, parameter] of tree.parameters.entries()) {
      const arg = args[n];
      // An array goes by reference; so does a variable that may yet become one.
      const given = arg?.kind === "variable" && arg.name !== "NF" ? this.cell(arg.name) : undefined;
      if (given?.array || given?.origin?.array) locals.set(parameter, given.array ? given : (given.origin ?? given));
      else locals.set(parameter, newCell(arg ? yield* this.value(arg) : undefined, given?.value === undefined ? given : undefined));
    }
    for (const extra of args.slice(tree.parameters.length)) yield* this.value(extra);
    const outer = this.#locals;
    this.#locals = locals;
    this.#calls++;
    this.#result = undefined;
    if (this.#calls % CALLS_PER_STACK === 0) {
      const body = this.#run(tree.body);
      yield {
        kind: "nest",
        body: (function* (): Sys<number> {
          yield* body;
          return 0;
        })(),
      };
    } else yield* this.#run(tree.body);
    this.#calls--;
    this.#locals = outer;
    const result = this.#result;
    this.#result = undefined;
    return result;
  }
}
