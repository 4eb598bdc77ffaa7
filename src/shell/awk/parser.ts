// awk's programs: rules, functions and statements.
import type { AwkProgram, Expr, FunctionTree, Redirection, Rule, Statement } from "./ast.js";
import { ExpressionParser, MAX_DEPTH } from "./expressions.js";

class Parser extends ExpressionParser {
  readonly program: AwkProgram = { begin: [], end: [], rules: [], functions: new Map(), places: new Map() };

  parse(): AwkProgram {
    for (this.ends(); this.token.kind !== "end"; this.ends()) this.item();
    return this.program;
  }

  protected item(): void {
    if (this.take("BEGIN")) this.program.begin.push(this.block());
    else if (this.take("END")) this.program.end.push(this.block());
    else if (this.take("function")) {
      const name = this.name();
      if (this.program.functions.has(name)) this.fail("Duplicate function");
      this.program.functions.set(name, this.function());
    } else {
      const rule: Rule = { pattern: undefined, last: undefined, body: undefined };
      if (!this.is("{")) {
        rule.pattern = this.expr();
        if (this.take(",")) {
          this.newlines();
          rule.last = this.expr();
        }
      }
      if (this.is("{")) rule.body = this.block();
      this.program.rules.push(rule);
    }
  }

  protected function(): FunctionTree {
    const parameters: string[] = [];
    this.expect("(");
    while (!this.is(")")) {
      parameters.push(this.name());
      if (!this.take(",")) break;
      this.newlines();
    }
    this.expect(")");
    this.newlines();
    return { parameters, body: this.block() };
  }

  protected block(): Statement {
    this.expect("{");
    const body: Statement[] = [];
    for (this.ends(); !this.is("}"); this.ends()) {
      if (this.token.kind === "end") this.fail();
      body.push(this.statement());
    }
    this.expect("}");
    return { kind: "block", body };
  }

  /** The body of a loop or an if: ";" alone is an empty one. */
  protected body(): Statement {
    this.newlines();
    if (this.take(";")) return { kind: "block", body: [] };
    return this.statement();
  }

  protected statement(): Statement {
    if (++this.depth > MAX_DEPTH) this.fail("Too deeply nested");
    const { place } = this.token;
    const statement = this.statementInner();
    this.program.places.set(statement, place);
    this.depth--;
    return statement;
  }

  protected statementInner(): Statement {
    if (this.is("{")) return this.block();
    if (this.take("if")) {
      this.expect("(");
      const test = this.expr();
      this.expect(")");
      const yes = this.body();
      const here = this.at;
      this.ends();
      if (this.take("else")) return { kind: "if", test, yes, no: this.body() };
      this.at = here;
      return { kind: "if", test, yes, no: undefined };
    }
    if (this.take("while")) {
      this.expect("(");
      const test = this.expr();
      this.expect(")");
      return { kind: "while", test, body: this.body() };
    }
    if (this.take("do")) {
      const body = this.body();
      this.ends();
      this.expect("while");
      this.expect("(");
      const test = this.expr();
      this.expect(")");
      return { kind: "do", test, body };
    }
    if (this.take("for")) return this.for();
    const statement = this.simple();
    if (!this.is("}") && this.token.kind !== "end") {
      if (this.token.kind !== "newline" && !this.is(";")) this.fail();
      this.at++;
    }
    return statement;
  }

  protected for(): Statement {
    this.expect("(");
    const [variable, word, array, close] = this.tokens.slice(this.at, this.at + 4);
    if (variable?.kind === "name" && word?.text === "in" && array?.kind === "name" && close?.text === ")") {
      this.at += 4;
      return { kind: "each", variable: variable.text, name: array.text, body: this.body() };
    }
    const first = this.is(";") ? undefined : this.simple();
    this.expect(";");
    this.newlines();
    const test = this.is(";") ? undefined : this.expr();
    this.expect(";");
    this.newlines();
    const step = this.is(")") ? undefined : this.simple();
    this.expect(")");
    return { kind: "for", first, test, step, body: this.body() };
  }

  protected atEnd(): boolean {
    return this.is(";") || this.is("}") || this.token.kind === "newline" || this.token.kind === "end";
  }

  protected simple(): Statement {
    for (const kind of ["break", "continue", "next", "nextfile"] as const) if (this.take(kind)) return { kind };
    for (const kind of ["exit", "return"] as const) if (this.take(kind)) return { kind, value: this.atEnd() ? undefined : this.expr() };
    if (this.take("delete")) {
      const name = this.name();
      return { kind: "delete", name, index: this.is("[") ? this.index() : undefined };
    }
    for (const kind of ["print", "printf"] as const) if (this.take(kind)) return this.print(kind);
    return { kind: "expression", value: this.expr() };
  }

  protected print(kind: "print" | "printf"): Statement {
    const outer = this.noGreater;
    this.noGreater = true;
    let args: Expr[] = [];
    if (!this.atEnd() && !this.is(">") && !this.is(">>") && !this.is("|")) args = this.list();
    this.noGreater = outer;
    // print (a, b): the parentheses are print's.
    const only = args[0];
    if (args.length === 1 && only?.kind === "builtin" && only.name === "(list)") args = only.args;
    let to: Redirection | undefined;
    for (const how of [">", ">>", "|"] as const) {
      if (to === undefined && this.take(how)) to = { how, target: this.concatenation(false) };
    }
    return { kind, args, to };
  }
}

/** Throws AwkError, with the place. */
export function parseAwk(pieces: readonly { name: string; text: string }[]): AwkProgram {
  return new Parser(pieces).parse();
}
