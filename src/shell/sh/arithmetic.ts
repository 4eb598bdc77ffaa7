// $((…)): C's integer expressions on 64 bits, with assignment to the shell's variables. Used by the expander and `let`.

export class ArithmeticError extends Error {}

export interface ArithmeticVariables {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}

type Value = { value: bigint; name?: string };

const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);
const truth = (value: boolean): bigint => (value ? 1n : 0n);

const BINARY: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<=", ">=", "<", ">"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
  ["**"],
];
/** Longest first, so that "<<=" is not read as "<<". */
const OPERATORS = "<<= >>= ** ++ -- += -= *= /= %= &= |= ^= << >> <= >= == != && || + - * / % & | ^ ~ ! < > = ? : ( ) ,".split(" ");
const ASSIGNMENTS = new Set("= += -= *= /= %= &= |= ^= <<= >>=".split(" "));
const MAX_DEPTH = 200;
/** How many variables may name each other in turn. */
const MAX_NAMES = 64;

export function evaluate(text: string, variables: ArithmeticVariables): bigint {
  return new Evaluation(text, variables, 0).whole();
}

class Evaluation {
  readonly #text: string;
  readonly #variables: ArithmeticVariables;
  readonly #names: number;
  #at = 0;
  #depth = 0;
  /** Above 0 in the branch of ?:, && or || that is not taken: nothing is assigned there. */
  #skipped = 0;

  constructor(text: string, variables: ArithmeticVariables, names: number) {
    this.#text = text;
    this.#variables = variables;
    this.#names = names;
  }

  whole(): bigint {
    if (this.#peek() === "") return 0n;
    const value = this.#comma();
    if (this.#peek() === ":") this.#malformed();
    if (this.#peek() !== "") this.#wrong();
    return value;
  }

  #wrong(): never {
    throw new ArithmeticError("arithmetic syntax error");
  }

  #malformed(): never {
    throw new ArithmeticError("malformed ?: operator");
  }

  #skipBlanks(): void {
    while (this.#at < this.#text.length && " \t\n".includes(this.#text[this.#at] ?? "")) this.#at++;
  }

  /** The operator at this place; "value" for a number or name, "" at the end. */
  #peek(): string {
    this.#skipBlanks();
    if (this.#at >= this.#text.length) return "";
    for (const operator of OPERATORS) if (this.#text.startsWith(operator, this.#at)) return operator;
    return "value";
  }

  #take(operator: string): void {
    if (this.#peek() !== operator) this.#wrong();
    this.#at += operator.length;
  }

  #comma(): bigint {
    let value = this.#assignment();
    while (this.#peek() === ",") {
      this.#take(",");
      value = this.#assignment();
    }
    return value;
  }

  #assignment(): bigint {
    if (++this.#depth > MAX_DEPTH) throw new ArithmeticError("expression recursion loop detected");
    const left = this.#conditional();
    const operator = this.#peek();
    let value = left.value;
    if (ASSIGNMENTS.has(operator)) {
      if (left.name === undefined) this.#wrong();
      this.#take(operator);
      const right = this.#assignment();
      value = operator === "=" ? right : this.#apply(operator.slice(0, -1), left.value, right);
      this.#assign(left.name, value);
    }
    this.#depth--;
    return value;
  }

  #assign(name: string, value: bigint): void {
    if (this.#skipped === 0) this.#variables.set(name, String(value));
  }

  #conditional(): Value {
    const test = this.#binary(0);
    if (this.#peek() !== "?") return test;
    this.#take("?");
    // As in ash, what stands between ? and : is neither an assignment nor a list nor another condition.
    const yes = this.#branch(test.value !== 0n, () => this.#binary(0).value);
    if (this.#peek() !== ":") this.#malformed();
    this.#take(":");
    const no = this.#branch(test.value === 0n, () => this.#conditional().value);
    return { value: test.value !== 0n ? yes : no };
  }

  #branch(taken: boolean, body: () => bigint): bigint {
    if (!taken) this.#skipped++;
    const value = body();
    if (!taken) this.#skipped--;
    return value;
  }

  #binary(level: number): Value {
    const operators = BINARY[level];
    if (!operators) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = this.#peek();
      if (!operators.includes(operator)) return left;
      this.#take(operator);
      if (operator === "&&" || operator === "||") {
        const decided = (left.value !== 0n) === (operator === "||");
        const right = this.#branch(!decided, () => this.#binary(level + 1).value);
        left = { value: decided ? truth(operator === "||") : truth(right !== 0n) };
      } else left = { value: this.#apply(operator, left.value, this.#binary(operator === "**" ? level : level + 1).value) };
    }
  }

  #apply(operator: string, a: bigint, b: bigint): bigint {
    switch (operator) {
      case "+":
        return wrap(a + b);
      case "-":
        return wrap(a - b);
      case "*":
        return wrap(a * b);
      case "/":
      case "%":
        if (b === 0n) {
          if (this.#skipped > 0) return 0n;
          throw new ArithmeticError("divide by zero");
        }
        return wrap(operator === "/" ? a / b : a % b);
      case "**":
        return power(a, b);
      case "<<":
        return wrap(a << (b & 63n));
      case ">>":
        return a >> (b & 63n);
      case "&":
        return a & b;
      case "|":
        return a | b;
      case "^":
        return a ^ b;
      case "==":
        return truth(a === b);
      case "!=":
        return truth(a !== b);
      case "<=":
        return truth(a <= b);
      case ">=":
        return truth(a >= b);
      case "<":
        return truth(a < b);
      case ">":
        return truth(a > b);
    }
    return this.#wrong();
  }

  #unary(): Value {
    if (++this.#depth > MAX_DEPTH) throw new ArithmeticError("expression recursion loop detected");
    const value = this.#unaryBody();
    this.#depth--;
    return value;
  }

  #unaryBody(): Value {
    const operator = this.#peek();
    switch (operator) {
      case "+":
      case "-":
      case "!":
      case "~": {
        this.#take(operator);
        const { value } = this.#unary();
        if (operator === "+") return { value };
        if (operator === "-") return { value: wrap(-value) };
        return { value: operator === "!" ? truth(value === 0n) : ~value };
      }
      case "++":
      case "--": {
        this.#take(operator);
        const target = this.#unary();
        if (target.name === undefined) return { value: target.value };
        const value = wrap(target.value + (operator === "++" ? 1n : -1n));
        this.#assign(target.name, value);
        return { value };
      }
      case "(": {
        this.#take("(");
        const value = this.#comma();
        this.#take(")");
        return { value };
      }
      case "value":
        return this.#postfix(this.#primary());
    }
    return this.#wrong();
  }

  #postfix(target: Value): Value {
    const operator = this.#peek();
    if ((operator !== "++" && operator !== "--") || target.name === undefined) return target;
    this.#take(operator);
    this.#assign(target.name, wrap(target.value + (operator === "++" ? 1n : -1n)));
    return { value: target.value };
  }

  #primary(): Value {
    const start = this.#at;
    while (/[A-Za-z0-9_#@]/.test(this.#text[this.#at] ?? "")) this.#at++;
    const text = this.#text.slice(start, this.#at);
    if (text === "") this.#wrong();
    if (/^[A-Za-z_]/.test(text)) {
      if (!/^\w+$/.test(text)) this.#wrong();
      return { value: this.#variable(text), name: text };
    }
    const value = parseNumber(text);
    if (value === undefined) this.#wrong();
    return { value };
  }

  /** A variable's value is itself an expression. */
  #variable(name: string): bigint {
    const text = this.#variables.get(name);
    if (text === undefined || text.trim() === "") return 0n;
    const value = parseNumber(text.trim());
    if (value !== undefined) return value;
    if (this.#names >= MAX_NAMES) throw new ArithmeticError("expression recursion loop detected");
    return new Evaluation(text, this.#variables, this.#names + 1).whole();
  }
}

function power(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) throw new ArithmeticError("exponent less than 0");
  let result = 1n;
  let square = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = wrap(result * square);
    square = wrap(square * square);
  }
  return result;
}

/** Decimal, 0octal, 0xhex and base#digits; undefined for anything else. */
function parseNumber(text: string): bigint | undefined {
  const based = /^([0-9]{1,2})#([0-9A-Za-z_@]+)$/.exec(text);
  if (based) return parseBased(Number(based[1]), based[2] ?? "");
  if (/^0[xX][0-9A-Fa-f]+$/.test(text)) return wrap(BigInt(text));
  if (/^0[0-7]*$/.test(text)) return text === "0" ? 0n : wrap(BigInt(`0o${text.slice(1) || "0"}`));
  return /^[1-9][0-9]*$/.test(text) ? wrap(BigInt(text)) : undefined;
}

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@_";

function parseBased(base: number, digits: string): bigint | undefined {
  if (base < 2 || base > 64) return undefined;
  let value = 0n;
  for (const char of digits) {
    const digit = DIGITS.indexOf(base <= 36 ? char.toLowerCase() : char);
    if (digit < 0 || digit >= base) return undefined;
    value = wrap(value * BigInt(base) + BigInt(digit));
  }
  return value;
}
