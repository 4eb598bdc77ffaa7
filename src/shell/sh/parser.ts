// The grammar: reads one complete command after another from a text and gives syntax trees. Messages are busybox ash's.
import type { Assignment, CaseItem, Command, CompoundCommand, Part, Redirect, SimpleCommand, Word } from "./ast.js";
import { Lexer, type Token } from "./lexer.js";
import { ShellSyntaxError } from "./syntax-error.js";

/** Words that the grammar knows where a command may begin. */
const RESERVED = new Set("! case do done elif else esac fi for function if in then until while { }".split(" "));
/** Those that end a list. */
const LIST_ENDS = new Set(["do", "done", "elif", "else", "esac", "fi", "then", "}"]);

/** Deeper nesting than any script has; keeps the parser's own recursion small. */
const MAX_DEPTH = 500;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The text of a word of one unquoted piece; undefined for any other. */
export function plainText(word: Word): string | undefined {
  const part = word.parts[0];
  return word.parts.length === 1 && part?.kind === "text" && !part.quoted ? part.text : undefined;
}

/** A parser for a text. `final`: no more of it will come, so an end inside a command is an error. */
export function parserFor(text: string, options: { final: boolean; aliases: ReadonlyMap<string, string>; line: number }): Parser {
  return new Parser(new Lexer(text, { ...options, substitution: (lexer) => new Parser(lexer).substitution(), whole: parseWhole }));
}

/** All commands of a text, in sequence: what backquotes hold. */
function parseWhole(text: string, aliases: ReadonlyMap<string, string>, line: number): Command | undefined {
  const parser = parserFor(text, { final: true, aliases, line });
  let whole: Command | undefined;
  for (let command = parser.next(); command !== undefined; command = parser.next()) {
    if (command) whole = whole ? { kind: "sequence", left: whole, right: command } : command;
  }
  return whole;
}

export class Parser {
  readonly #lexer: Lexer;
  #depth = 0;

  constructor(lexer: Lexer) {
    this.#lexer = lexer;
  }

  /** Characters of the text (alias texts included) that have been read, and the line where it stands. */
  get rest(): { text: string; line: number } {
    return { text: this.#lexer.rest, line: this.#lexer.line };
  }

  /** The next line's command; null for an empty line, undefined at the end of the text. */
  next(): Command | null | undefined {
    const first = this.#lexer.peek("command");
    if (first.kind === "eof") return undefined;
    if (first.kind === "newline") {
      this.#lexer.take();
      return null;
    }
    const command = this.#list(true);
    const end = this.#lexer.peek("command");
    if (end.kind === "newline") this.#lexer.take();
    else if (end.kind !== "eof") this.#unexpected(end);
    return command;
  }

  #keyword(token: Token): string | undefined {
    if (token.kind !== "word") return undefined;
    const text = plainText(token.word);
    return text !== undefined && RESERVED.has(text) ? text : undefined;
  }

  #unexpected(token: Token, expecting?: string): never {
    const keyword = this.#keyword(token);
    let name = token.kind === "operator" ? `"${token.text}"` : token.kind === "eof" ? "end of file" : token.kind;
    if (keyword) name = `"${keyword}"`;
    if (token.kind === "redirect") name = "redirection";
    throw new ShellSyntaxError(`unexpected ${name}${expecting ? ` (expecting ${expecting})` : ""}`, this.#lexer.line);
  }

  #isOperator(token: Token, text: string): boolean {
    return token.kind === "operator" && token.text === text;
  }

  /** Takes a reserved word or complains. */
  #expect(keyword: string): void {
    const token = this.#skipNewlines();
    if (this.#keyword(token) !== keyword) this.#unexpected(token, `"${keyword}"`);
    this.#lexer.take();
  }

  #skipNewlines(): Token {
    for (;;) {
      const token = this.#lexer.peek("command");
      if (token.kind !== "newline") return token;
      this.#lexer.take();
    }
  }

  /** What stands between "$(" and its ")", which is left. */
  substitution(): Command | undefined {
    const first = this.#skipNewlines();
    const body = this.#isOperator(first, ")") ? undefined : this.#list(false);
    const end = this.#skipNewlines();
    if (!this.#isOperator(end, ")")) this.#unexpected(end, '")"');
    return body;
  }

  /** Commands separated by ; & and, except on the top level (`line`), newlines. */
  #list(line: boolean): Command {
    if (++this.#depth > MAX_DEPTH) throw new ShellSyntaxError("commands nested too deeply", this.#lexer.line);
    let whole: Command | undefined;
    for (;;) {
      if (!line) this.#skipNewlines();
      const start = this.#lexer.peek("command");
      if (whole && this.#endsList(start, line)) break;
      // The end of the text is left to whoever wants the list: it knows what is missing.
      if (!whole && start.kind === "eof") break;
      let command = this.#andOr();
      const separator = this.#lexer.peek("command");
      if (this.#isOperator(separator, "&")) command = { kind: "background", body: command, line: start.line };
      whole = whole ? { kind: "sequence", left: whole, right: command } : command;
      if (this.#isOperator(separator, ";") || this.#isOperator(separator, "&")) this.#lexer.take();
      else if (separator.kind !== "newline" || line) break;
    }
    this.#depth--;
    return whole ?? { kind: "simple", line: this.#lexer.line, assignments: [], words: [], redirects: [] };
  }

  #endsList(token: Token, line: boolean): boolean {
    if (token.kind === "eof" || (line && token.kind === "newline")) return true;
    if (token.kind === "operator") return token.text === ")" || token.text === ";;";
    const keyword = this.#keyword(token);
    return keyword !== undefined && LIST_ENDS.has(keyword);
  }

  #andOr(): Command {
    let left = this.#pipeline();
    for (;;) {
      const token = this.#lexer.peek("command");
      const kind = this.#isOperator(token, "&&") ? "and" : this.#isOperator(token, "||") ? "or" : undefined;
      if (!kind) return left;
      this.#lexer.take();
      this.#skipNewlines();
      left = { kind, left, right: this.#pipeline() };
    }
  }

  #pipeline(): Command {
    const negate = this.#keyword(this.#lexer.peek("command")) === "!";
    if (negate) this.#lexer.take();
    const commands = [this.#command()];
    while (this.#isOperator(this.#lexer.peek("command"), "|")) {
      this.#lexer.take();
      this.#skipNewlines();
      commands.push(this.#command());
    }
    const first = commands[0] as Command;
    const body: Command = commands.length > 1 ? { kind: "pipeline", commands } : first;
    return negate ? { kind: "not", body } : body;
  }

  #command(): Command {
    const token = this.#lexer.peek("command");
    const line = token.line;
    const compound = this.#compound(token);
    if (compound) {
      this.#redirects(compound.redirects);
      return compound;
    }
    if (token.kind === "word" && this.#keyword(token) === "function") {
      this.#lexer.take();
      const name = this.#lexer.peek("argument");
      if (name.kind !== "word") this.#unexpected(name);
      this.#lexer.take();
      if (this.#isOperator(this.#lexer.peek("argument"), "(")) this.#parentheses();
      return this.#functionBody(plainText(name.word) ?? "", line);
    }
    if (token.kind === "word" && this.#keyword(token) === undefined) return this.#simple();
    if (token.kind === "redirect") return this.#simple();
    return this.#unexpected(token);
  }

  #compound(token: Token): CompoundCommand | undefined {
    const redirects: Redirect[] = [];
    const line = token.line;
    if (this.#isOperator(token, "(")) {
      this.#lexer.take();
      const body = this.#list(false);
      const end = this.#lexer.peek("command");
      if (!this.#isOperator(end, ")")) this.#unexpected(end, '")"');
      this.#lexer.take();
      return { kind: "subshell", line, redirects, body };
    }
    const keyword = this.#keyword(token);
    switch (keyword) {
      case "{": {
        this.#lexer.take();
        const body = this.#list(false);
        this.#expect("}");
        return { kind: "group", line, redirects, body };
      }
      case "if":
        this.#lexer.take();
        return { ...this.#if(), line, redirects };
      case "while":
      case "until": {
        this.#lexer.take();
        const test = this.#list(false);
        const body = this.#doGroup();
        return { kind: "loop", line, redirects, until: keyword === "until", test, body };
      }
      case "for":
        this.#lexer.take();
        return this.#for(line, redirects);
      case "case":
        this.#lexer.take();
        return this.#case(line, redirects);
      default:
        return undefined;
    }
  }

  #doGroup(): Command {
    this.#expect("do");
    const body = this.#list(false);
    this.#expect("done");
    return body;
  }

  #if(): { kind: "if"; test: Command; then: Command; otherwise: Command | undefined } {
    const test = this.#list(false);
    this.#expect("then");
    const then = this.#list(false);
    const token = this.#skipNewlines();
    const keyword = this.#keyword(token);
    if (keyword === "elif") {
      this.#lexer.take();
      return { kind: "if", test, then, otherwise: { ...this.#if(), line: token.line, redirects: [] } };
    }
    let otherwise: Command | undefined;
    if (keyword === "else") {
      this.#lexer.take();
      otherwise = this.#list(false);
    }
    this.#expect("fi");
    return { kind: "if", test, then, otherwise };
  }

  #for(line: number, redirects: Redirect[]): CompoundCommand {
    const token = this.#lexer.peek("argument");
    const name = token.kind === "word" ? plainText(token.word) : undefined;
    if (name === undefined || !NAME.test(name)) throw new ShellSyntaxError("bad for loop variable", this.#lexer.line);
    this.#lexer.take();
    let words: Word[] | undefined;
    let next = this.#skipNewlines();
    if (next.kind === "word" && plainText(next.word) === "in") {
      this.#lexer.take();
      words = [];
      for (next = this.#lexer.peek("argument"); next.kind === "word"; next = this.#lexer.peek("argument")) {
        words.push(next.word);
        this.#lexer.take();
      }
      if (next.kind !== "newline" && !this.#isOperator(next, ";")) this.#unexpected(next);
      this.#lexer.take();
    } else if (this.#isOperator(next, ";")) this.#lexer.take();
    return { kind: "for", line, redirects, name, words, body: this.#doGroup() };
  }

  #case(line: number, redirects: Redirect[]): CompoundCommand {
    const token = this.#lexer.peek("argument");
    if (token.kind !== "word") this.#unexpected(token, "word");
    this.#lexer.take();
    const opening = this.#skipNewlines();
    if (opening.kind !== "word" || plainText(opening.word) !== "in") this.#unexpected(opening, '"in"');
    this.#lexer.take();
    const items: CaseItem[] = [];
    for (;;) {
      let next = this.#skipNewlines();
      if (this.#keyword(next) === "esac") break;
      if (this.#isOperator(next, "(")) {
        this.#lexer.take();
        next = this.#lexer.peek("argument");
      }
      const patterns: Word[] = [];
      for (;;) {
        const pattern = this.#lexer.peek("argument");
        if (pattern.kind !== "word") this.#unexpected(pattern, pattern.kind === "eof" ? '")"' : undefined);
        patterns.push(pattern.word);
        this.#lexer.take();
        if (!this.#isOperator(this.#lexer.peek("argument"), "|")) break;
        this.#lexer.take();
      }
      const close = this.#lexer.peek("argument");
      if (!this.#isOperator(close, ")")) this.#unexpected(close, '")"');
      this.#lexer.take();
      const body = this.#caseBody();
      items.push({ patterns, body });
      const end = this.#skipNewlines();
      if (this.#keyword(end) === "esac") break;
      if (!this.#isOperator(end, ";;")) this.#unexpected(end, '";;"');
      this.#lexer.take();
    }
    this.#lexer.take();
    return { kind: "case", line, redirects, subject: token.word, items };
  }

  #caseBody(): Command | undefined {
    const first = this.#skipNewlines();
    if (this.#isOperator(first, ";;") || this.#keyword(first) === "esac") return undefined;
    return this.#list(false);
  }

  #redirects(list: Redirect[]): void {
    for (let token = this.#lexer.peek("argument"); token.kind === "redirect"; token = this.#lexer.peek("argument")) {
      this.#redirect(list, token);
    }
  }

  #redirect(list: Redirect[], token: Token & { kind: "redirect" }): void {
    this.#lexer.take();
    const target = this.#lexer.peek("argument");
    if (target.kind !== "word") this.#unexpected(target);
    this.#lexer.take();
    const redirect: Redirect = { operator: token.operator, fd: token.fd, target: target.word };
    if (token.operator === "<<") this.#lexer.expectHereDocument(redirect, token.stripTabs);
    list.push(redirect);
  }

  #parentheses(): void {
    this.#lexer.take();
    const close = this.#lexer.peek("argument");
    if (!this.#isOperator(close, ")")) this.#unexpected(close, '")"');
    this.#lexer.take();
  }

  #functionBody(name: string, line: number): Command {
    this.#skipNewlines();
    return { kind: "function", name, line, body: this.#command() };
  }

  #simple(): Command {
    const line = this.#lexer.peek("command").line;
    const command: SimpleCommand = { kind: "simple", line, assignments: [], words: [], redirects: [] };
    for (;;) {
      const token = this.#lexer.peek(command.words.length === 0 ? "command" : "argument");
      if (token.kind === "redirect") {
        this.#redirect(command.redirects, token);
        continue;
      }
      if (token.kind === "operator" && token.text === "(" && command.words.length === 1 && command.assignments.length === 0) {
        const name = plainText(command.words[0] as Word);
        if (command.redirects.length > 0) this.#unexpected(token);
        if (name === undefined || !NAME.test(name)) {
          this.#parentheses();
          throw new ShellSyntaxError("bad function name", this.#lexer.line);
        }
        this.#parentheses();
        return this.#functionBody(name, line);
      }
      const joint = token.kind === "operator" ? TEST_OPERATORS[token.text] : undefined;
      if (joint !== undefined && isOpenTest(command.words)) {
        command.words.push({ parts: [{ kind: "text", text: joint, quoted: false }] });
        this.#lexer.take();
        continue;
      }
      if (token.kind !== "word") break;
      const assignment = command.words.length === 0 ? asAssignment(token.word) : undefined;
      if (assignment) command.assignments.push(assignment);
      else command.words.push(token.word);
      this.#lexer.take();
    }
    const next = this.#lexer.peek("argument");
    if (this.#isOperator(next, "(")) this.#unexpected(next);
    return command;
  }
}

/** Within [[ ]] these do not end the command. */
const TEST_OPERATORS: Readonly<Record<string, string>> = { "&&": "-a", "||": "-o" };

function isOpenTest(words: readonly Word[]): boolean {
  const [first, last] = [words[0], words.at(-1)];
  return first !== undefined && plainText(first) === "[[" && last !== undefined && plainText(last) !== "]]";
}

const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)=/;

/** `name=value` as an assignment; undefined for any other word. */
export function asAssignment(word: Word): Assignment | undefined {
  const first: Part | undefined = word.parts[0];
  if (first?.kind !== "text" || first.quoted) return undefined;
  const found = ASSIGNMENT.exec(first.text);
  if (!found) return undefined;
  const rest = first.text.slice(found[0].length);
  const parts = word.parts.slice(1);
  if (rest !== "") parts.unshift({ kind: "text", text: rest, quoted: false });
  return { name: found[1] ?? "", value: { parts } };
}
