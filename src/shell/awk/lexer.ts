// awk's tokens. Whether "/" begins a regular expression or divides is told by the token before it.
export class AwkError extends Error {}

export type TokenKind = "number" | "string" | "regex" | "name" | "call" | "builtin" | "keyword" | "operator" | "newline" | "end";

export interface Token {
  kind: TokenKind;
  text: string;
  /** A blank or the line's begin stands before it. */
  spaced: boolean;
}

const KEYWORDS: ReadonlySet<string> = new Set(
  "BEGIN END function func if else while for do break continue next nextfile exit return delete in getline print printf".split(" "),
);
export const BUILTINS: ReadonlySet<string> = new Set(
  "length substr index split sub gsub match sprintf sin cos atan2 exp log sqrt int rand srand tolower toupper system close fflush and or xor compl lshift rshift strtonum systime strftime".split(
    " ",
  ),
);

/** Longest first. */
const OPERATORS = "**= && || ++ -- += -= *= /= %= ^= ** == <= >= != !~ >> { } ( ) [ ] ; , + - * / % ^ ! > < | ? : ~ $ =".split(" ");

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "/": "/",
};

/** Escapes of strings and of values given on the command line. */
export function unescapeAwk(text: string): string {
  return text.replace(/\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|\n|[\s\S])/g, (_, body: string) => {
    if (body === "\n") return "";
    if (/^[0-7]/.test(body)) return String.fromCharCode(Number.parseInt(body, 8) & 0xff);
    if (/^x./.test(body)) return String.fromCharCode(Number.parseInt(body.slice(1), 16));
    return ESCAPES[body] ?? `\\${body}`;
  });
}

export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const begin = at;
    while (" \t\r".includes(source[at] ?? "x") || source.startsWith("\\\n", at)) at += source[at] === "\\" ? 2 : 1;
    if (source[at] === "#") while (at < source.length && source[at] !== "\n") at++;
    if (at >= source.length) break;
    const spaced = at > begin;
    const char = source[at] ?? "";
    const add = (kind: TokenKind, text: string, length: number): void => {
      tokens.push({ kind, text, spaced });
      at += length;
    };
    if (char === "\n") {
      add("newline", "\n", 1);
      continue;
    }
    const number = /^(?:0[xX][0-9A-Fa-f]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)/.exec(source.slice(at, at + 64));
    if (number) {
      add("number", number[0], number[0].length);
      continue;
    }
    const name = /^[A-Za-z_][A-Za-z_0-9]*/.exec(source.slice(at, at + 256))?.[0];
    if (name !== undefined) {
      if (KEYWORDS.has(name)) add("keyword", name === "func" ? "function" : name, name.length);
      else if (BUILTINS.has(name)) add("builtin", name, name.length);
      else add(source[at + name.length] === "(" ? "call" : "name", name, name.length);
      continue;
    }
    if (char === '"') {
      let end = at + 1;
      while (end < source.length && source[end] !== '"') {
        if (source[end] === "\n") throw new AwkError("Unexpected end of string");
        end += source[end] === "\\" ? 2 : 1;
      }
      if (end >= source.length) throw new AwkError("Unexpected end of string");
      add("string", unescapeAwk(source.slice(at + 1, end)), end + 1 - at);
      continue;
    }
    if (char === "/" && !endsOperand(tokens.at(-1))) {
      const { text, length } = regexText(source, at + 1);
      add("regex", text, length + 1);
      continue;
    }
    const operator = OPERATORS.find((one) => source.startsWith(one, at));
    if (operator === undefined) throw new AwkError("Unexpected token");
    add("operator", operator, operator.length);
  }
  tokens.push({ kind: "end", text: "EOF", spaced: true });
  return tokens;
}

function endsOperand(token: Token | undefined): boolean {
  if (!token) return false;
  if (token.kind === "number" || token.kind === "string" || token.kind === "name" || token.kind === "builtin") return true;
  return token.kind === "operator" && [")", "]", "$", "++", "--"].includes(token.text);
}

/** Up to the "/" that ends it; "\/" is a slash, brackets may hold one. */
function regexText(source: string, from: number): { text: string; length: number } {
  let text = "";
  for (let at = from; at < source.length; at++) {
    const char = source[at] ?? "";
    if (char === "/") return { text, length: at + 1 - from };
    if (char === "\n") break;
    if (char === "\\") {
      const next = source[++at] ?? "";
      text += next === "/" ? "/" : `\\${next}`;
    } else text += char;
  }
  throw new AwkError("Unexpected end of regex");
}
