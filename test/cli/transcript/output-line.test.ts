// Expectations are cram's documentation (bitheap.org/cram): annotations behind a line, exit statuses, escapes.
import test from "ava";
import fc from "fast-check";
import { matcher, type OutputLine, outputLines, show } from "../../../src/cli/transcript/output-line.js";

const text = (bytes: string): OutputLine => ({ bytes, kind: "text" });
const fits = (expected: string, bytes: string): boolean => matcher(expected, false)(text(bytes));

test("output is shown line by line, with the status of a command that fails", (t) => {
  t.deepEqual(outputLines("a\nb\n", 0).map(show), ["a", "b"]);
  t.deepEqual(outputLines("a\nb", 3).map(show), ["a", "b (no-eol)", "[3]"]);
  t.deepEqual(outputLines("", undefined).map(show), []);
});

test("control characters and bytes that are no UTF-8 are escaped, text is not", (t) => {
  t.deepEqual(
    ["tab\there", "\x1b[0m", "b\\s", "\xff", "\xe2\x80\xa6x"].map((bytes) => show(text(bytes))),
    ["tab\\there (esc)", "\\x1b[0m (esc)", "b\\s", "\\xff (esc)", "…x"],
  );
});

test("output that would be read as something else is escaped", (t) => {
  for (const bytes of ["$ x", "> x", "< x", "$", "[1]", "x (re)", "x (esc)", "x (no-eol)", "```", "\xe2\x80\xa6"]) {
    const shown = show(text(bytes));
    t.regex(shown, /^\\x.* \(esc\)$/);
    t.true(fits(shown, bytes), shown);
  }
});

test("a regular expression must match the whole line, a glob too", (t) => {
  t.true(fits("a+b (re)", "aaab"));
  t.false(fits("a+b (re)", "aaabc"));
  t.false(fits("a|b (re)", "ac"));
  t.true(fits("a*c? (glob)", "a.b.c1"));
  t.false(fits("a*c? (glob)", "a.b.c"));
  t.true(fits("\\*a.b\\? (glob)", "*a.b?"));
  t.false(fits("\\*a.b\\? (glob)", "xa.bx"));
});

test("an annotation may also be the output itself", (t) => {
  t.true(fits("x (re)", "x (re)"));
  t.true(fits("x (glob)", "x (glob)"));
});

test("a missing line end is asked for and must be there", (t) => {
  const unfinished: OutputLine = { bytes: "x", kind: "no-eol" };
  t.true(matcher("x (no-eol)", true)(unfinished));
  t.false(matcher("x", true)(unfinished));
  t.false(matcher("x (no-eol)", true)(text("x")));
});

test("[1] is a status at the end only", (t) => {
  const status: OutputLine = { bytes: "[1]", kind: "status" };
  t.true(matcher("[1]", true)(status));
  t.false(matcher("[2]", true)(status));
  t.false(matcher("[1]", true)(text("[1]")));
  t.false(matcher("[1]", false)(status));
});

test("whatever a command prints, the line that shows it matches it", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      for (const line of outputLines(Buffer.from(bytes).toString("latin1"), undefined)) {
        t.true(matcher(show(line), false)(line), show(line));
      }
    }),
  );
});
