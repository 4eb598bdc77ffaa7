// Shell patterns (* ? [set], \ quotes), matched in time pattern × text whatever a guest user writes. Used by sh's case, ${x#pat} and
// pathname expansion, and by applets that take patterns.

export type GlobToken =
  | { kind: "char"; char: string }
  | { kind: "any" }
  | { kind: "star" }
  | { kind: "set"; has: (char: string) => boolean };

const CLASSES: Readonly<Record<string, (c: number) => boolean>> = {
  alnum: (c) => isAlpha(c) || isDigit(c),
  alpha: (c) => isAlpha(c),
  blank: (c) => c === 32 || c === 9,
  cntrl: (c) => c < 32 || c === 127,
  digit: (c) => isDigit(c),
  graph: (c) => c > 32 && c < 127,
  lower: (c) => c >= 97 && c <= 122,
  print: (c) => c >= 32 && c < 127,
  punct: (c) => c > 32 && c < 127 && !isAlpha(c) && !isDigit(c),
  space: (c) => c === 32 || (c >= 9 && c <= 13),
  upper: (c) => c >= 65 && c <= 90,
  xdigit: (c) => isDigit(c) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102),
};

function isAlpha(c: number): boolean {
  return (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

/** A named character class of POSIX brackets, undefined where there is none of the name. */
export function characterClass(name: string): ((code: number) => boolean) | undefined {
  return Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
}

/** Reads a bracket expression at `at` (behind the "["); undefined where it never ends. */
function readSet(pattern: string, at: number): { token: GlobToken; end: number } | undefined {
  let negate = false;
  if (pattern[at] === "!" || pattern[at] === "^") {
    negate = true;
    at++;
  }
  const tests: ((code: number) => boolean)[] = [];
  let first = true;
  const readChar = (): number | undefined => {
    if (pattern[at] === "\\" && at + 1 < pattern.length) at++;
    const code = at < pattern.length ? pattern.charCodeAt(at) : undefined;
    at++;
    return code;
  };
  for (;;) {
    if (at >= pattern.length) return undefined;
    if (pattern[at] === "]" && !first) break;
    first = false;
    if (pattern.startsWith("[:", at)) {
      const end = pattern.indexOf(":]", at + 2);
      const test = end < 0 ? undefined : characterClass(pattern.slice(at + 2, end));
      if (test) {
        tests.push(test);
        at = end + 2;
        continue;
      }
    }
    const low = readChar();
    if (low === undefined) return undefined;
    let high: number | undefined = low;
    if (pattern[at] === "-" && at + 1 < pattern.length && pattern[at + 1] !== "]") {
      at++;
      high = readChar();
      if (high === undefined) return undefined;
    }
    const top = high;
    tests.push((code) => code >= low && code <= top);
  }
  const has = (char: string): boolean => tests.some((test) => test(char.charCodeAt(0))) !== negate;
  return { token: { kind: "set", has }, end: at + 1 };
}

export function compileGlob(pattern: string): GlobToken[] {
  const tokens: GlobToken[] = [];
  for (let at = 0; at < pattern.length; ) {
    const char = pattern[at] ?? "";
    if (char === "*") {
      if (tokens.at(-1)?.kind !== "star") tokens.push({ kind: "star" });
      at++;
    } else if (char === "?") {
      tokens.push({ kind: "any" });
      at++;
    } else if (char === "[") {
      const set = readSet(pattern, at + 1);
      tokens.push(set ? set.token : { kind: "char", char });
      at = set ? set.end : at + 1;
    } else if (char === "\\" && at + 1 < pattern.length) {
      tokens.push({ kind: "char", char: pattern[at + 1] ?? "" });
      at += 2;
    } else {
      tokens.push({ kind: "char", char });
      at++;
    }
  }
  return tokens;
}

const one = (token: GlobToken, char: string): boolean =>
  token.kind === "char" ? token.char === char : token.kind === "any" || (token.kind === "set" && token.has(char));

/** Does the pattern match the whole text? Only the last star is ever tried again, which is enough for globs. */
export function matchTokens(tokens: readonly GlobToken[], text: string): boolean {
  let at = 0;
  let token = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const now = tokens[token];
    if (now?.kind === "star") {
      star = token++;
      starAt = at;
    } else if (now && one(now, text[at] ?? "")) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (tokens[token]?.kind === "star") token++;
  return token === tokens.length;
}

export function matchGlob(pattern: string, text: string): boolean {
  return matchTokens(compileGlob(pattern), text);
}

/** Where a match that begins at `start` can end: the first or the last such place, -1 for none. A set of states, one pass over the text. */
export function matchEnd(tokens: readonly GlobToken[], text: string, start: number, longest: boolean): number {
  const count = tokens.length;
  let states = new Uint8Array(count + 1);
  let next = new Uint8Array(count + 1);
  states[0] = 1;
  let found = -1;
  for (let at = start; ; at++) {
    for (let n = 0; n < count; n++) if (states[n] && tokens[n]?.kind === "star") states[n + 1] = 1;
    if (states[count]) {
      found = at;
      if (!longest) return found;
    }
    if (at >= text.length) return found;
    const char = text[at] ?? "";
    let alive = false;
    next.fill(0);
    for (let n = 0; n < count; n++) {
      const token = tokens[n];
      if (!states[n] || !token) continue;
      if (token.kind === "star") next[n] = 1;
      else if (one(token, char)) next[n + 1] = 1;
      else continue;
      alive = true;
    }
    if (!alive) return found;
    [states, next] = [next, states];
  }
}

/** Length of the prefix that matches (shortest or longest), -1 for none. */
export function prefixLength(pattern: string, text: string, longest: boolean): number {
  return matchEnd(compileGlob(pattern), text, 0, longest);
}

/** Length of the suffix that matches: the same from the other end. */
export function suffixLength(pattern: string, text: string, longest: boolean): number {
  const tokens = compileGlob(pattern).reverse();
  return matchEnd(tokens, text.split("").reverse().join(""), 0, longest);
}

/** Has the pattern anything but plain characters? A bracket that never ends is plain. */
export function isPattern(pattern: string): boolean {
  return compileGlob(pattern).some((token) => token.kind !== "char");
}

/** The characters that a pattern without special ones stands for. */
export function unescapeGlob(pattern: string): string {
  let text = "";
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === "\\" && at + 1 < pattern.length) at++;
    text += pattern[at];
  }
  return text;
}

/** Quotes what would be special. */
export function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]!^-]/g, "\\$&");
}
