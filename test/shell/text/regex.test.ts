// POSIX regular expressions against JavaScript's, where the two mean the same, and against trying every end for the longest match.
import test from "ava";
import fc from "fast-check";
import { Regex, RegexError } from "../../../src/shell/text/regex.js";

/** Patterns that both read alike: letters, ., sets, groups, alternatives, repeats of single items. */
const item = fc.oneof(
  fc.constantFrom("a", "b", "c", ".", "[ab]", "[^a]", "(a|b)", "(ab|a)", "(b|bc|c)"),
  fc.tuple(fc.constantFrom("a", "b", ".", "[bc]", "(ab)", "(a|bc)"), fc.constantFrom("*", "+", "?", "{2}", "{1,2}")).map(([a, b]) => a + b),
);
const patterns = fc
  .tuple(fc.constantFrom("", "^"), fc.array(item, { minLength: 1, maxLength: 5 }), fc.constantFrom("", "$"))
  .map(([a, b, c]) => a + b.join("") + c);
const texts = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 9 });

test("finds the leftmost of the longest matches", (t) => {
  const property = fc.property(patterns, texts, (pattern, text) => {
    const found = new Regex(pattern, { extended: true }).exec(text);
    const first = new RegExp(pattern).exec(text);
    if (!first) return found === undefined;
    // The longest match that begins there: one whose whole text the pattern matches.
    let end = first.index;
    const inner = pattern.replace(/^\^/, "").replace(/\$$/, "");
    for (let at = text.length; at >= first.index; at--) {
      if (pattern.endsWith("$") && at !== text.length) continue;
      if (new RegExp(`^(?:${inner})$`).test(text.slice(first.index, at))) {
        end = at;
        break;
      }
    }
    return found?.start === first.index && found.end === end;
  });
  t.notThrows(() => fc.assert(property, { numRuns: 3000 }));
});

test("basic expressions write their operators with backslashes", (t) => {
  const cases: [string, string, boolean][] = [
    ["a+", "aa", false],
    ["a+", "a+", true],
    ["a\\+", "aa", true],
    ["\\(ab\\)*c", "ababc", true],
    ["a\\{2\\}", "aa", true],
    ["^*x", "*x", true],
    ["*x", "*x", true],
    ["a|b", "b", false],
    ["a\\|b", "b", true],
    ["x$", "x", true],
    ["a$b", "a$b", true],
    ["\\<foo\\>", "a foo b", true],
    ["\\<foo\\>", "afoo b", false],
    ["[]a]", "]", true],
    ["[[:upper:]]", "a", false],
  ];
  t.deepEqual(
    cases.map(([pattern, text]) => new Regex(pattern).test(text)),
    cases.map(([, , expected]) => expected),
  );
});

test("groups are remembered for expr", (t) => {
  const match = new Regex("\\([a-z]*\\)-\\([0-9]*\\)").exec("x abc-42 y");
  t.deepEqual([match?.group(1), match?.group(2), match?.group(3)], ["abc", "42", undefined]);
});

test("upper and lower case can be the same", (t) => {
  t.true(new Regex("HeLLo [A-C]", { ignoreCase: true }).test("hello b"));
});

test("a back-reference is the group's text, as JavaScript finds it where the longest match is the first one", (t) => {
  const cases: [string, string][] = [
    ["(a|b)c\\1", "acbbcb"],
    ["^(.+)\\1$", "abcabc"],
    ["(x*)y\\1z", "xxyxz"],
    ["((a)(b))\\3\\2", "abba"],
    ["(a*)*\\1b", "aaab"],
  ];
  for (const [pattern, text] of cases) {
    const [found, theirs] = [new Regex(pattern, { extended: true }).exec(text), new RegExp(pattern).exec(text)];
    t.deepEqual([found?.start, found?.end], [theirs?.index, theirs && theirs.index + theirs[0].length], pattern);
  }
  t.is(new Regex("\\(a*\\)\\1").exec("aaaaa")?.end, 4);
});

test("a search with back-references has an end, too", (t) => {
  const start = process.cpuUsage();
  t.false(new Regex("(a*)(a*)(a*)(a*)(a*)\\1\\2\\3b", { extended: true }).test("a".repeat(2000)));
  t.true(process.cpuUsage(start).user < 5_000_000);
});

test("what cannot be read is refused", (t) => {
  for (const pattern of ["[", "a\\(b", "[[:nosuch:]]", "a\\{2", "\\", "\\(a\\)\\2"])
    t.throws(() => new Regex(pattern), { instanceOf: RegexError }, pattern);
  for (const pattern of ["(", "a)", "(((", "a{3,1}", "(a{1000}){1000}"])
    t.throws(() => new Regex(pattern, { extended: true }), { instanceOf: RegexError }, pattern);
});

test("nested repeats on a long text take no time worth naming", (t) => {
  const start = process.cpuUsage();
  t.false(new Regex("(a*)*(a*)*(a|aa)+b", { extended: true }).test("a".repeat(3000)));
  t.true(process.cpuUsage(start).user < 5_000_000);
});
