// The syntax of POSIX regular expressions, basic and extended, with GNU's additions: text to tree. Matched by ./regex.ts.
import { characterClass } from "./glob.js";
import { RegexError } from "./regex-error.js";

export type Assertion = "begin" | "end" | "word-begin" | "word-end" | "word-edge" | "no-word-edge";

export type Tree =
  | { kind: "empty" }
  | { kind: "test"; has: (code: number) => boolean }
  | { kind: "assert"; assertion: Assertion }
  | { kind: "join"; items: Tree[] }
  | { kind: "either"; items: Tree[] }
  | { kind: "repeat"; item: Tree; least: number; most: number }
  /** \\1 to \\9: the text of that group again. */
  | { kind: "back"; group: number }
  | { kind: "group"; item: Tree; number: number };

/** glibc's RE_DUP_MAX is larger; a bigger automaton than this serves no one. */
const MAX_REPEAT = 1000;
const MAX_DEPTH = 200;

export const isWord = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);

export class RegexParser {
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
    if (char >= "1" && char <= "9") {
      const group = Number(char);
      if (group > this.#groups) throw new RegexError(this.text, "Invalid back reference");
      return { kind: "back", group };
    }
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
