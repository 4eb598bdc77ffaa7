// Reads one word of the shell language into its parts: quotes, parameters, substitutions. What ends it and what is special in it
// depends on where it stands (a word, double quotes, the braces of ${…}, arithmetic, a here-document).
import type { ParameterOperator, ParameterPart, Part } from "./ast.js";
import type { Lexer } from "./lexer.js";
import { ShellSyntaxError } from "./syntax-error.js";

/**
 * word: up to a blank or operator; quotes: up to the closing "; brace: up to }; brace-quoted: the same inside double quotes;
 * pattern: up to / or }; offset: up to : or }; arithmetic: up to )); document: all of it.
 */
export type Place = "word" | "quotes" | "brace" | "brace-quoted" | "pattern" | "offset" | "arithmetic" | "document";

const WORD_ENDS = new Set(" \t\n;&|<>()");
const SPECIAL_PARAMETERS = new Set("@*#?-$!0123456789");
const MAX_DEPTH = 200;

/** What a backslash quotes, by place; elsewhere it stays. Undefined: everything. */
const ESCAPABLE: Readonly<Partial<Record<Place, string>>> = {
  quotes: '$`"\\\n',
  "brace-quoted": '$`"\\}\n',
  arithmetic: '$`"\\\n',
  document: "$`\\\n",
};

const ENDS: Readonly<Record<Place, (char: string) => boolean>> = {
  word: (char) => WORD_ENDS.has(char),
  quotes: (char) => char === '"',
  brace: (char) => char === "}",
  "brace-quoted": (char) => char === "}",
  pattern: (char) => char === "}" || char === "/",
  offset: (char) => char === "}" || char === ":",
  arithmetic: () => false,
  document: () => false,
};

const isNameStart = (char: string | undefined): boolean => char !== undefined && /[A-Za-z_]/.test(char);
const isNameChar = (char: string | undefined): boolean => char !== undefined && /[A-Za-z0-9_]/.test(char);

export class WordReader {
  readonly #lexer: Lexer;
  #depth = 0;

  constructor(lexer: Lexer) {
    this.#lexer = lexer;
  }

  read(place: Place): Part[] {
    if (++this.#depth > MAX_DEPTH) throw new ShellSyntaxError("word nested too deeply", this.#lexer.line);
    const parts = new PartList();
    const lexer = this.#lexer;
    let parentheses = 0;
    for (;;) {
      const char = lexer.text[lexer.at];
      if (char === undefined) {
        if (place === "word" || place === "document") break;
        const missing = { quotes: "unterminated quoted string", arithmetic: "missing '))'" }[place as string];
        lexer.endsEarly(missing ?? "missing '}'");
      }
      if (ENDS[place](char)) break;
      if (place === "arithmetic") {
        if (char === "(") parentheses++;
        else if (char === ")") {
          if (parentheses === 0) {
            if (lexer.text[lexer.at + 1] === ")") break;
            if (lexer.at + 1 >= lexer.text.length) lexer.endsEarly("missing '))'");
            throw new ShellSyntaxError("missing '))'", lexer.line);
          }
          parentheses--;
        }
      }
      this.#piece(char, place, parts);
    }
    this.#depth--;
    return parts.done();
  }

  #piece(char: string, place: Place, parts: PartList): void {
    const lexer = this.#lexer;
    const double = place === "quotes" || place === "brace-quoted" || place === "arithmetic" || place === "document";
    if (char === "\\") this.#backslash(place, parts);
    else if (char === "$") {
      const part = this.#dollar(double);
      if (part) parts.push(part);
      else parts.text("$", false);
    } else if (char === "`") parts.push(this.#backquotes(place));
    else if (char === "'" && !double) {
      const end = lexer.text.indexOf("'", lexer.at + 1);
      if (end < 0) lexer.endsEarly("unterminated quoted string");
      const text = lexer.text.slice(lexer.at + 1, end);
      this.#count(text);
      parts.push({ kind: "quotes", parts: text === "" ? [] : [{ kind: "text", text, quoted: false }] });
      lexer.at = end + 1;
    } else if (char === '"' && place !== "document" && place !== "quotes" && place !== "arithmetic") {
      lexer.at++;
      parts.push({ kind: "quotes", parts: this.read("quotes") });
      lexer.at++;
    } else {
      if (char === "\n") lexer.line++;
      parts.text(char, false);
      lexer.at++;
    }
  }

  #backslash(place: Place, parts: PartList): void {
    const lexer = this.#lexer;
    const next = lexer.text[lexer.at + 1];
    if (next === undefined) {
      if (!lexer.options.final && place !== "document") lexer.endsEarly("");
      parts.text("\\", false);
      lexer.at++;
      return;
    }
    const escapable = ESCAPABLE[place];
    lexer.at += 2;
    if (next === "\n" && (!escapable || escapable.includes("\n"))) lexer.line++;
    else if (!escapable || escapable.includes(next)) parts.text(next, true);
    else {
      if (next === "\n") lexer.line++;
      parts.text("\\", true);
      parts.text(next, false);
    }
  }

  #count(text: string): void {
    for (const char of text) if (char === "\n") this.#lexer.line++;
  }

  /** At a "$": the part that it begins; undefined where it stands for itself. */
  #dollar(double: boolean): Part | undefined {
    const lexer = this.#lexer;
    const next = lexer.text[++lexer.at];
    if (next === "(") {
      if (lexer.text[lexer.at + 1] === "(") {
        lexer.at += 2;
        const parts = this.read("arithmetic");
        lexer.at += 2;
        return { kind: "arithmetic", parts };
      }
      lexer.at++;
      const body = lexer.nested(() => lexer.options.substitution(lexer));
      return { kind: "command", body };
    }
    if (next === "{") {
      lexer.at++;
      return this.#braces(double);
    }
    if (next === "'" && !double) return this.#ansiQuotes();
    const name = this.#name();
    return name === "" ? undefined : plain(name);
  }

  /** A parameter's name without braces; "" where there is none. */
  #name(): string {
    const lexer = this.#lexer;
    const first = lexer.text[lexer.at];
    if (isNameStart(first)) {
      const start = lexer.at;
      while (isNameChar(lexer.text[lexer.at])) lexer.at++;
      return lexer.text.slice(start, lexer.at);
    }
    if (first === undefined || !SPECIAL_PARAMETERS.has(first)) return "";
    lexer.at++;
    return first;
  }

  #braces(double: boolean): Part {
    const lexer = this.#lexer;
    const at = lexer.at;
    if (lexer.text[at] === "#" && lexer.text[at + 1] !== "}" && !/^#[-+=?:#%/](?!\})/.test(lexer.text.slice(at, at + 3))) {
      lexer.at++;
      const name = this.#bracedName();
      const closed = lexer.text[lexer.at] === "}";
      return this.#close({ ...plain(name), operator: name && closed ? "length" : "bad" });
    }
    const name = this.#bracedName();
    const part: ParameterPart = plain(name);
    if (lexer.at >= lexer.text.length) lexer.endsEarly("missing '}'");
    if (lexer.text[lexer.at] === "}") return this.#close(name ? part : { ...part, operator: "bad" });
    if (name === "") return this.#close({ ...part, operator: "bad" });
    return this.#close(this.#operation(part, double));
  }

  #bracedName(): string {
    const lexer = this.#lexer;
    if (!/[0-9]/.test(lexer.text[lexer.at] ?? "")) return this.#name();
    const start = lexer.at;
    while (/[0-9]/.test(lexer.text[lexer.at] ?? "")) lexer.at++;
    return lexer.text.slice(start, lexer.at);
  }

  #operation(part: ParameterPart, double: boolean): ParameterPart {
    const lexer = this.#lexer;
    const text = lexer.text;
    if (text[lexer.at] === ":" && /[-+=?]/.test(text[lexer.at + 1] ?? "")) {
      part.colon = true;
      lexer.at++;
    }
    const char = text[lexer.at] ?? "";
    if (/[-+=?]/.test(char)) {
      lexer.at++;
      part.operator = char as ParameterOperator;
      part.word = this.read(double ? "brace-quoted" : "brace");
    } else if (char === "#" || char === "%") {
      const operator = text[lexer.at + 1] === char ? char + char : char;
      lexer.at += operator.length;
      part.operator = operator as ParameterOperator;
      part.word = this.read("brace");
    } else if (char === ":") {
      lexer.at++;
      part.operator = "substring";
      part.word = this.read("offset");
      if (text[lexer.at] === ":") {
        lexer.at++;
        part.second = this.read("brace");
      }
    } else if (char === "/") {
      const operator = text[lexer.at + 1] === "/" ? "//" : "/";
      lexer.at += operator.length;
      part.operator = operator;
      part.word = this.read("pattern");
      if (text[lexer.at] === "/") {
        lexer.at++;
        part.second = this.read("brace");
      }
    } else part.operator = "bad";
    return part;
  }

  /** Up to the closing brace of ${…}. */
  #close(part: ParameterPart): Part {
    const lexer = this.#lexer;
    if (part.operator === "bad") {
      if (lexer.text.indexOf("}", lexer.at) < 0) lexer.endsEarly("missing '}'");
      throw new ShellSyntaxError("bad substitution", lexer.line);
    }
    lexer.at++;
    return part;
  }

  /** Backquotes hold a text of their own, in which a backslash quotes $ ` \ (and " inside double quotes). */
  #backquotes(place: Place): Part {
    const lexer = this.#lexer;
    let text = "";
    const line = lexer.line;
    for (lexer.at++; ; lexer.at++) {
      let char = lexer.text[lexer.at];
      if (char === undefined) lexer.endsEarly("EOF in backquote substitution");
      if (char === "`") break;
      if (char === "\\") {
        const next = lexer.text[lexer.at + 1];
        if (next === "\n") {
          lexer.at++;
          lexer.line++;
          continue;
        }
        if (next !== undefined && ("$`\\".includes(next) || (next === '"' && place === "quotes"))) {
          char = next;
          lexer.at++;
        }
      }
      if (char === "\n") lexer.line++;
      text += char;
    }
    lexer.at++;
    return { kind: "command", body: lexer.options.whole(text, lexer.options.aliases, line) };
  }

  /** $'…' with C's escapes. */
  #ansiQuotes(): Part {
    const lexer = this.#lexer;
    let raw = "";
    for (lexer.at++; ; lexer.at++) {
      const char = lexer.text[lexer.at];
      if (char === undefined) lexer.endsEarly("unterminated quoted string");
      if (char === "'") break;
      raw += char;
      if (char === "\\") raw += lexer.text[++lexer.at] ?? "";
    }
    lexer.at++;
    this.#count(raw);
    return { kind: "text", text: unescapeC(raw), quoted: true };
  }
}

const C_ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "?": "?",
};

function unescapeC(raw: string): string {
  return raw.replace(/\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|[\s\S])/g, (whole, code: string) => {
    if (/^x[0-9A-Fa-f]/.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
    return C_ESCAPES[code] ?? whole;
  });
}

function plain(name: string): ParameterPart {
  return { kind: "parameter", name, operator: "plain", colon: false, word: [], second: undefined };
}

/** Parts in the making: neighbouring pieces of text with the same quoting become one. */
class PartList {
  readonly #parts: Part[] = [];
  #text: string[] = [];
  #quoted = false;
  #open = false;

  text(text: string, quoted: boolean): void {
    if (this.#open && this.#quoted !== quoted) this.#flush();
    this.#open = true;
    this.#quoted = quoted;
    this.#text.push(text);
  }

  push(part: Part): void {
    this.#flush();
    this.#parts.push(part);
  }

  done(): Part[] {
    this.#flush();
    return this.#parts;
  }

  #flush(): void {
    if (this.#open) this.#parts.push({ kind: "text", text: this.#text.join(""), quoted: this.#quoted });
    this.#open = false;
    this.#text = [];
  }
}
