// Cuts a text into the shell's tokens: operators, redirections, words (./word-reader.ts), newlines with their here-documents, and puts
// aliases in. The parser asks for one token at a time and says whether a command may begin there.
import type { Command, Part, Redirect, RedirectOperator, Word } from "./ast.js";
import { IncompleteInput, ShellSyntaxError } from "./syntax-error.js";
import { WordReader } from "./word-reader.js";

export type Token = { line: number } & (
  | { kind: "eof" | "newline" }
  | { kind: "operator"; text: string }
  | { kind: "redirect"; operator: RedirectOperator; fd: number; stripTabs: boolean }
  | { kind: "word"; word: Word }
);

export interface LexerOptions {
  final: boolean;
  aliases: ReadonlyMap<string, string>;
  line: number;
  /** Parses what stands between "$(" and ")" with this very lexer. */
  substitution(lexer: Lexer): Command | undefined;
  /** Parses a whole text of its own (backquotes). */
  whole(text: string, aliases: ReadonlyMap<string, string>, line: number): Command | undefined;
}

const OPERATORS = ["&&", "||", ";;", ";", "&", "|", "(", ")"];
const REDIRECTS: readonly RedirectOperator[] = ["<<", "<&", "<>", "<", ">>", ">&", ">|", ">"];
/** An alias text may hold this many aliases that came from aliases; more is a loop of some kind. */
const MAX_ALIASES = 100;
const RESERVED = new Set("! case do done elif else esac fi for function if in then until while { }".split(" "));

const isDigit = (char: string | undefined): boolean => char !== undefined && char >= "0" && char <= "9";

/** The delimiter of a here-document: its word with the quotes taken off. */
function delimiterOf(parts: readonly Part[]): { text: string; quoted: boolean } {
  let text = "";
  let quoted = false;
  for (const part of parts) {
    if (part.kind === "text") {
      text += part.text;
      quoted ||= part.quoted;
    } else if (part.kind === "quotes") {
      text += delimiterOf(part.parts).text;
      quoted = true;
    } else if (part.kind === "parameter") text += `$${part.name}`;
  }
  return { text, quoted };
}

export class Lexer {
  text: string;
  at = 0;
  line: number;
  readonly options: LexerOptions;
  readonly #words: WordReader;
  #token: { token: Token; start: number; aliasChecked: boolean } | undefined;
  #documents: { redirect: Redirect; stripTabs: boolean }[] = [];
  /** Aliases whose text is being read: each ends where so many characters of the text are left. */
  #active: { name: string; left: number }[] = [];
  /** Behind an alias text that ends in a blank the next word is looked up too: where that word may begin. */
  #alsoAt = -1;

  constructor(text: string, options: LexerOptions) {
    this.text = text;
    this.options = options;
    this.line = options.line;
    this.#words = new WordReader(this);
  }

  /** What has not been read. Only between commands. */
  get rest(): string {
    return this.text.slice(this.#token ? this.#token.start : this.at);
  }

  /** The text ends here although something is open. */
  endsEarly(message: string): never {
    if (!this.options.final) throw new IncompleteInput();
    throw new ShellSyntaxError(message, this.line);
  }

  expectHereDocument(redirect: Redirect, stripTabs: boolean): void {
    this.#documents.push({ redirect, stripTabs });
  }

  take(): void {
    this.#token = undefined;
  }

  /** Runs `body` with no token in hand: for what lies inside a word. */
  nested<T>(body: () => T): T {
    const held = this.#token;
    this.#token = undefined;
    const value = body();
    this.#token = held;
    return value;
  }

  peek(place: "command" | "argument"): Token {
    for (let count = 0; ; count++) {
      this.#token ??= this.#read();
      const held = this.#token;
      const wanted = place === "command" || held.start === this.#alsoAt;
      if (!wanted || held.aliasChecked || count > MAX_ALIASES || !this.#putAlias(held.token, held.start)) {
        if (wanted) held.aliasChecked = true;
        return held.token;
      }
      this.#token = undefined;
    }
  }

  /** Replaces a word that is an alias by its text; false where it is none. */
  #putAlias(token: Token, start: number): boolean {
    if (token.kind !== "word") return false;
    const part = token.word.parts[0];
    if (token.word.parts.length !== 1 || part?.kind !== "text" || part.quoted || RESERVED.has(part.text)) return false;
    const value = this.options.aliases.get(part.text);
    this.#active = this.#active.filter((alias) => this.text.length - start > alias.left);
    if (value === undefined || this.#active.some((alias) => alias.name === part.text)) return false;
    const left = this.text.length - this.at;
    this.text = this.text.slice(0, start) + value + this.text.slice(this.at);
    this.at = start;
    this.#active.push({ name: part.text, left });
    if (/[ \t]$/.test(value)) this.#alsoAt = this.#skipBlanks(start + value.length);
    return true;
  }

  #skipBlanks(at: number): number {
    for (;;) {
      if (this.text[at] === " " || this.text[at] === "\t") at++;
      else if (this.text[at] === "\\" && this.text[at + 1] === "\n") at += 2;
      else return at;
    }
  }

  #read(): { token: Token; start: number; aliasChecked: boolean } {
    const before = this.at;
    this.at = this.#skipBlanks(this.at);
    for (let n = before; n < this.at; n++) if (this.text[n] === "\n") this.line++;
    if (this.text[this.at] === "#") while (this.at < this.text.length && this.text[this.at] !== "\n") this.at++;
    const start = this.at;
    return { token: { ...this.#tokenAt(), line: this.line }, start, aliasChecked: false };
  }

  #tokenAt(): Token {
    const line = this.line;
    const char = this.text[this.at];
    if (char === undefined || (char === "\\" && this.at + 1 === this.text.length && !this.options.final)) {
      if (!this.options.final) throw new IncompleteInput();
      this.#readDocuments();
      return { kind: "eof", line };
    }
    if (char === "\n") {
      this.at++;
      this.line++;
      this.#readDocuments();
      return { kind: "newline", line };
    }
    const redirect = this.#redirectAt(line);
    if (redirect) return redirect;
    for (const text of OPERATORS) {
      if (this.text.startsWith(text, this.at)) {
        this.at += text.length;
        return { kind: "operator", text, line };
      }
    }
    return { kind: "word", word: { parts: this.#words.read("word") }, line };
  }

  #redirectAt(line: number): Token | undefined {
    if (this.text.startsWith("&>", this.at)) {
      this.at += 2;
      return { kind: "redirect", operator: "&>", fd: 1, stripTabs: false, line };
    }
    let end = this.at;
    while (isDigit(this.text[end])) end++;
    const operator = REDIRECTS.find((text) => this.text.startsWith(text, end));
    if (!operator) return undefined;
    const fd = end > this.at ? Number(this.text.slice(this.at, end)) : operator.startsWith("<") ? 0 : 1;
    this.at = end + operator.length;
    const stripTabs = operator === "<<" && this.text[this.at] === "-";
    if (stripTabs) this.at++;
    return { kind: "redirect", operator, fd, stripTabs, line };
  }

  #readDocuments(): void {
    for (const { redirect, stripTabs } of this.#documents) {
      const delimiter = delimiterOf(redirect.target.parts);
      let body = "";
      const firstLine = this.line;
      for (;;) {
        if (this.at >= this.text.length) {
          if (!this.options.final) throw new IncompleteInput();
          break;
        }
        const newline = this.text.indexOf("\n", this.at);
        const end = newline < 0 ? this.text.length : newline;
        let line = this.text.slice(this.at, end);
        this.at = newline < 0 ? end : end + 1;
        this.line++;
        if (stripTabs) line = line.replace(/^\t+/, "");
        if (line === delimiter.text) break;
        body += newline < 0 ? line : line + "\n";
      }
      if (delimiter.quoted) redirect.body = [{ kind: "text", text: body, quoted: true }];
      else redirect.body = new Lexer(body, { ...this.options, final: true, line: firstLine }).#words.read("document");
    }
    this.#documents = [];
  }
}
