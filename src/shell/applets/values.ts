// Applets that show or compute values: expr.
import type { Sys } from "../sys/request.js";
import { parseInteger } from "../text/numbers.js";
import { Regex, RegexError } from "../text/regex.js";
import { AppletExit, type AppletTable, type Io } from "./applet.js";

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

export const VALUES: AppletTable = {
  expr: {
    usage: "EXPRESSION\n\nPrint the value of an expression: | & < <= = != >= > + - * / % : match substr index length quote ( )",
    run: expr,
  },
};
