// Shell patterns against a brute-force matcher written from POSIX's words.
import test from "ava";
import fc from "fast-check";
import { compileGlob, escapeGlob, matchGlob, prefixLength, suffixLength } from "../../../src/shell/text/glob.js";

/** Tries everything; patterns of letters, *, ? and backslashes. */
function brute(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  const rest = pattern.slice(1);
  if (pattern[0] === "*") return brute(rest, text) || (text !== "" && brute(pattern, text.slice(1)));
  if (pattern[0] === "?") return text !== "" && brute(rest, text.slice(1));
  if (pattern[0] === "\\" && pattern.length > 1) return text[0] === pattern[1] && brute(pattern.slice(2), text.slice(1));
  return text[0] === pattern[0] && brute(rest, text.slice(1));
}

const patterns = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "\\"), maxLength: 7 });
const texts = fc.string({ unit: fc.constantFrom("a", "b", "*", "\\"), maxLength: 8 });

test("matches what trying everything matches", (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => matchGlob(pattern, text) === brute(pattern, text)),
      { numRuns: 3000 },
    ),
  );
});

test("the shortest and longest prefix and suffix are those of trying every length", (t) => {
  const property = fc.property(patterns, texts, (pattern, text) => {
    const lengths = Array.from({ length: text.length + 1 }, (_, n) => n);
    const prefixes = lengths.filter((n) => brute(pattern, text.slice(0, n)));
    const suffixes = lengths.filter((n) => brute(pattern, text.slice(text.length - n)));
    return (
      prefixLength(pattern, text, false) === (prefixes[0] ?? -1) &&
      prefixLength(pattern, text, true) === (prefixes.at(-1) ?? -1) &&
      suffixLength(pattern, text, false) === (suffixes[0] ?? -1) &&
      suffixLength(pattern, text, true) === (suffixes.at(-1) ?? -1)
    );
  });
  t.notThrows(() => fc.assert(property, { numRuns: 2000 }));
});

test("brackets hold sets, ranges, classes and their negation, and stand for themselves when they never end", (t) => {
  const cases: [string, string, boolean][] = [
    ["[abc]", "b", true],
    ["[a-c]x", "bx", true],
    ["[!a-c]", "b", false],
    ["[^a-c]", "d", true],
    ["[]]", "]", true],
    ["[!]]", "x", true],
    ["[a-]", "-", true],
    ["[[:digit:]]", "7", true],
    ["[[:alpha:]_]", "_", true],
    ["[abc", "[abc", true],
    ["[\\]]", "]", true],
    ["a[b]c", "abc", true],
  ];
  t.deepEqual(
    cases.map(([pattern, text]) => matchGlob(pattern, text)),
    cases.map(([, , expected]) => expected),
  );
});

test("an escaped text matches itself alone", (t) => {
  const any = fc.string({ unit: fc.constantFrom("a", "*", "?", "[", "]", "\\", "!", "-", "^"), maxLength: 8 });
  t.notThrows(() => fc.assert(fc.property(any, any, (text, other) => matchGlob(escapeGlob(text), other) === (text === other))));
  t.true(compileGlob(escapeGlob("*[a]?")).every((token) => token.kind === "char"));
});

test("many stars on a long text take no time worth naming", (t) => {
  const start = process.cpuUsage().user;
  t.false(matchGlob(`${"*a".repeat(50)}b`, "a".repeat(20_000)));
  t.is(prefixLength(`${"*a".repeat(50)}b`, "a".repeat(20_000), true), -1);
  t.true(process.cpuUsage(undefined).user - start < 5_000_000);
});
