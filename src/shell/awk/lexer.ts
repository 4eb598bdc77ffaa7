// awk's tokens. Whether "/" begins a regular expression or divides is told by the token before it.
import { leadingNumber, NUMBER } from "./numbers.js";

/** A mistake of the program's: told with its place. */
export class AwkError extends Error {}

/** What has no place in the program. */
export class AwkFailure extends Error {}

export type TokenKind = "number" | "string" | "regex" | "name" | "call" | "builtin" | "keyword" | "operator" | "newline" | "end";

export interface Token {
  kind: TokenKind;
  text: string;
  /** A blank or the line's begin stands before it. */
  spaced: boolean;
  /** "file:line" of the program. */
  place: string;
}

const KEYWORDS: ReadonlySet<string> = new Set(
  "BEGIN END function func if else while for do break continue next nextfile exit return delete in getline print printf".split(" "),
);
export const BUILTINS: ReadonlySet<string> = new Set(
  "length substr index split sub gsub match sprintf sin cos atan2 exp log sqrt int rand srand tolower toupper system close fflush and or xor compl lshift rshift strtonum systime strftime gensub".split(
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

/** @param name of the program's file, for messages. */
export function tokenize(source: string, name: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let counted = 0;
  /** "file:line" of what is read now. */
  const place = (): string => {
    for (; counted < at; counted++) if (source[counted] === "\n") line++;
    return `${name}:${line}`;
  };
  const fail = (text: string): never => {
    throw new AwkError(`${place()}: ${text}`);
  };
  while (at < source.length) {
    const begin = at;
    while (" \t\r".includes(source[at] ?? "x") || source.startsWith("\\\n", at)) at += source[at] === "\\" ? 2 : 1;
    if (source[at] === "#") while (at < source.length && source[at] !== "\n") at++;
    if (at >= source.length) break;
    const spaced = at > begin;
    const char = source[at] ?? "";
    const add = (kind: TokenKind, text: string, length: number): void => {
      tokens.push({ kind, text, spaced, place: place() });
      at += length;
    };
    if (char === "\n") {
      add("newline", "\n", 1);
      continue;
    }
    const number = /[0-9.]/.test(char) ? NUMBER.exec(source.slice(at, at + 64))?.[0] : undefined;
    if (number !== undefined) {
      add("number", String(leadingNumber(number)), number.length);
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
        if (source[end] === "\n") fail("Unexpected end of string");
        end += source[end] === "\\" ? 2 : 1;
      }
      if (end >= source.length) fail("Unexpected end of string");
      add("string", unescapeAwk(source.slice(at + 1, end)), end + 1 - at);
      continue;
    }
    if (char === "/" && !endsOperand(tokens.at(-1))) {
      const found = regexText(source, at + 1) ?? fail("Unexpected end of string");
      add("regex", found.text, found.length + 1);
      continue;
    }
    const operator = OPERATORS.find((one) => source.startsWith(one, at));
    if (operator === undefined) fail("Unexpected token");
    else add("operator", operator, operator.length);
  }
  tokens.push({ kind: "end", text: "EOF", spaced: true, place: place() });
  return tokens;
}

function endsOperand(token: Token | undefined): boolean {
  if (!token) return false;
  if (token.kind === "number" || token.kind === "string" || token.kind === "name" || token.kind === "builtin") return true;
  return token.kind === "operator" && [")", "]", "$", "++", "--"].includes(token.text);
}

/** Up to the "/" that ends it; "\/" is a slash, brackets may hold one. */
function regexText(source: string, from: number): { text: string; length: number } | undefined {
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
  return undefined;
}
