// awk's expressions, by precedence climbing: ?: || && in ~ < concatenation + * unary ^ ++ $. The statements are in ./parser.ts.
import type { Expr, LeftValue } from "./ast.js";
import { AwkError, type Token, tokenize } from "./lexer.js";

/** Deeper nesting than this nobody writes; it would fill the host's stack. */
export const MAX_DEPTH = 400;
const COMPARISONS = ["<", "<=", "==", "!=", ">", ">="];

export class ExpressionParser {
  protected readonly tokens: Token[];
  protected at = 0;
  protected depth = 0;
  /** Inside print's arguments ">" redirects. */
  protected noGreater = false;

  /** Several files are one program; one ends where its statement does. */
  constructor(pieces: readonly { name: string; text: string }[]) {
    this.tokens = pieces.flatMap(({ name, text }, n) => {
      const tokens = tokenize(text, name);
      const end = tokens.at(-1) as Token;
      return n + 1 < pieces.length ? [...tokens.slice(0, -1), { ...end, kind: "newline" as const }] : tokens;
    });
  }

  protected get token(): Token {
    return this.tokens[this.at] as Token;
  }

  protected is(text: string): boolean {
    const token = this.token;
    return (token.kind === "operator" || token.kind === "keyword") && token.text === text;
  }

  protected take(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  protected fail(text = "Unexpected token"): never {
    throw new AwkError(`${this.token.place}: ${text}`);
  }

  protected expect(text: string): void {
    if (!this.take(text)) this.fail();
  }

  protected newlines(): void {
    while (this.token.kind === "newline") this.at++;
  }

  protected ends(): void {
    while (this.token.kind === "newline" || this.is(";")) this.at++;
  }

  protected name(): string {
    const token = this.token;
    if (token.kind !== "name" && token.kind !== "call") this.fail();
    this.at++;
    return token.text;
  }

  protected list(): Expr[] {
    const list = [this.expr()];
    while (this.take(",")) {
      this.newlines();
      list.push(this.expr());
    }
    return list;
  }

  protected index(): Expr[] {
    this.expect("[");
    const outer = this.open();
    const list = this.list();
    this.close(outer);
    this.expect("]");
    return list;
  }

  /** Within brackets ">" means what it usually does. */
  protected open(): boolean {
    const outer = this.noGreater;
    this.noGreater = false;
    return outer;
  }

  protected close(outer: boolean): void {
    this.noGreater = outer;
  }

  protected expr(): Expr {
    if (++this.depth > MAX_DEPTH) this.fail("Too deeply nested");
    const result = this.assignment();
    this.depth--;
    return result;
  }

  protected assignment(): Expr {
    const left = this.condition();
    const token = this.token;
    if (token.kind !== "operator" || !/^([-+*/%^]|\*\*)?=$/.test(token.text)) return left;
    if (left.kind !== "variable" && left.kind !== "element" && left.kind !== "field") return this.fail();
    this.at++;
    this.newlines();
    return { kind: "assign", operator: token.text.slice(0, -1).replace("**", "^"), target: left, value: this.expr() };
  }

  protected condition(): Expr {
    const test = this.or();
    if (!this.take("?")) return test;
    this.newlines();
    const yes = this.expr();
    this.newlines();
    this.expect(":");
    this.newlines();
    return { kind: "condition", test, yes, no: this.expr() };
  }

  protected or(): Expr {
    let left = this.and();
    while (this.take("||")) {
      this.newlines();
      left = { kind: "or", left, right: this.and() };
    }
    return left;
  }

  protected and(): Expr {
    let left = this.in();
    while (this.take("&&")) {
      this.newlines();
      left = { kind: "and", left, right: this.in() };
    }
    return left;
  }

  protected in(): Expr {
    let left = this.match();
    while (this.take("in")) {
      const index = left.kind === "builtin" && left.name === "(list)" ? left.args : [left];
      left = { kind: "in", index, name: this.name() };
    }
    return left;
  }

  protected match(): Expr {
    let left = this.comparison();
    while (this.is("~") || this.is("!~")) {
      const negate = this.token.text === "!~";
      this.at++;
      left = { kind: "match", negate, left, right: this.comparison() };
    }
    return left;
  }

  protected comparison(): Expr {
    const left = this.concatenation(true);
    const operator = this.token.text;
    if (this.token.kind !== "operator" || !COMPARISONS.includes(operator) || (operator === ">" && this.noGreater)) return left;
    this.at++;
    this.newlines();
    return { kind: "binary", operator, left, right: this.concatenation(true) };
  }

  protected concatenation(pipes: boolean): Expr {
    let left = this.sum();
    for (;;) {
      if (pipes && this.is("|") && this.tokens[this.at + 1]?.text === "getline") {
        this.at += 2;
        left = { kind: "getline", target: this.optionalTarget(), from: "command", source: left };
      } else if (this.beginsOperand()) left = { kind: "binary", operator: " ", left, right: this.sum() };
      else return left;
    }
  }

  protected beginsOperand(): boolean {
    const token = this.token;
    if (token.kind === "keyword") return false;
    if (token.kind === "operator") return ["$", "(", "++", "--"].includes(token.text);
    return token.kind !== "newline" && token.kind !== "end";
  }

  protected binary(operators: readonly string[], next: () => Expr): Expr {
    let left = next();
    while (this.token.kind === "operator" && operators.includes(this.token.text)) {
      const operator = this.token.text;
      this.at++;
      this.newlines();
      left = { kind: "binary", operator, left, right: next() };
    }
    return left;
  }

  protected sum(): Expr {
    return this.binary(["+", "-"], () => this.binary(["*", "/", "%"], () => this.unary()));
  }

  protected unary(): Expr {
    if (++this.depth > MAX_DEPTH) this.fail("Too deeply nested");
    let result: Expr;
    const token = this.token;
    if (token.kind === "operator" && (token.text === "!" || token.text === "-" || token.text === "+")) {
      this.at++;
      result = { kind: "unary", operator: token.text, item: this.unary() };
    } else result = this.power();
    this.depth--;
    return result;
  }

  protected power(): Expr {
    const base = this.postfix();
    if (!this.take("^") && !this.take("**")) return base;
    return { kind: "binary", operator: "^", left: base, right: this.unary() };
  }

  protected postfix(): Expr {
    for (const [text, by] of [
      ["++", 1],
      ["--", -1],
    ] as const) {
      if (this.take(text)) {
        const target = this.postfix();
        if (target.kind !== "variable" && target.kind !== "element" && target.kind !== "field") this.fail();
        return { kind: "step", by, before: true, target };
      }
    }
    const item = this.primary();
    if (item.kind === "variable" || item.kind === "element" || item.kind === "field") {
      if (this.take("++")) return { kind: "step", by: 1, before: false, target: item };
      if (this.take("--")) return { kind: "step", by: -1, before: false, target: item };
    }
    return item;
  }

  protected optionalTarget(): LeftValue | undefined {
    if (this.token.kind !== "name" && !this.is("$")) return undefined;
    const target = this.primary();
    return target.kind === "variable" || target.kind === "element" || target.kind === "field" ? target : this.fail();
  }

  protected arguments(): Expr[] {
    this.expect("(");
    const outer = this.open();
    this.newlines();
    const args = this.is(")") ? [] : this.list();
    this.newlines();
    this.close(outer);
    this.expect(")");
    return args;
  }

  protected primary(): Expr {
    const token = this.token;
    switch (token.kind) {
      case "number":
        this.at++;
        return { kind: "number", value: Number(token.text) };
      case "string":
        this.at++;
        return { kind: "string", value: token.text };
      case "regex":
        this.at++;
        return { kind: "regex", pattern: token.text };
      case "call":
        this.at++;
        return { kind: "call", name: token.text, args: this.arguments() };
      case "builtin":
        this.at++;
        return { kind: "builtin", name: token.text, args: this.is("(") ? this.arguments() : [] };
      case "name":
        this.at++;
        return this.is("[") ? { kind: "element", name: token.text, index: this.index() } : { kind: "variable", name: token.text };
    }
    if (this.take("$")) {
      const index =
        this.is("-") || this.is("+") || this.is("!") ? this.unary() : this.is("++") || this.is("--") ? this.postfix() : this.primary();
      return { kind: "field", index };
    }
    if (this.take("getline")) {
      const target = this.optionalTarget();
      if (!this.take("<")) return { kind: "getline", target, from: "main", source: undefined };
      return { kind: "getline", target, from: "file", source: this.postfix() };
    }
    if (this.is("(")) {
      const list = this.arguments();
      const [only] = list;
      if (list.length === 1 && only) return { kind: "group", item: only };
      if (list.length > 1) return { kind: "builtin", name: "(list)", args: list };
    }
    return this.fail();
  }
}
