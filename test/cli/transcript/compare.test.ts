import test from "ava";
import { compare } from "../../../src/cli/transcript/compare.js";
import { parseCram } from "../../../src/cli/transcript/cram.js";
import { fileSteps, newText, unifiedDiff } from "../../../src/cli/transcript/file-steps.js";
import { parseMarkdown } from "../../../src/cli/transcript/markdown.js";
import { outputLines } from "../../../src/cli/transcript/output-line.js";
import { keyBytes, type Transcript, TranscriptError } from "../../../src/cli/transcript/transcript.js";

/** A transcript's file after --update, given each command's output and status. */
function updated(transcript: Transcript, ...results: [output: string, status: number][]): string {
  return newText(steps(transcript, results));
}

function steps(transcript: Transcript, results: readonly [output: string, status: number][]): ReturnType<typeof fileSteps> {
  const { commands, dialect } = transcript;
  return fileSteps(
    transcript,
    commands.map((command, i) => results[i] && compare(command, outputLines(...results[i]), dialect)),
  );
}

const STORY = `Title

# kelp: --cpus 2 --append "a=1 b='2 3'"

  $ one
  old
  kept.* (re)
  $ for x in 1
  > do
  > done
  < ^C
  [1]

End
`;

test("commands, continuations, keys, options and expected output are read from where they stand", (t) => {
  const { commands, options, optionsLine } = parseCram(STORY);
  t.deepEqual(
    commands.map(({ line, text, keys, outputAt, expected }) => ({ line, text, keys, outputAt, expected })),
    [
      { line: 5, text: ["one"], keys: [], outputAt: 5, expected: ["old", "kept.* (re)"] },
      { line: 8, text: ["for x in 1", "do", "done"], keys: ["^C"], outputAt: 11, expected: ["[1]"] },
    ],
  );
  t.deepEqual([options, optionsLine], [["--cpus", "2", "--append", "a=1 b='2 3'"], 3]);
});

test("an update replaces what differs and keeps patterns that match, commentary and blank lines", (t) => {
  const transcript = parseCram(STORY);
  t.is(
    updated(transcript, ["new\nkept 7\nmore\n", 0], ["^C\n", 130]),
    STORY.replace("  old\n", "  new\n").replace("(re)\n", "(re)\n  more\n").replace("  [1]\n", "  ^C\n  [130]\n"),
  );
  t.is(updated(transcript, ["old\nkept\n", 0], ["", 1]), STORY);
});

test("a difference is told as diff -u tells it", (t) => {
  const text = `${[..."abcdefg"].map((c) => `comment ${c}`).join("\n")}\n  $ echo\n  x\n  y\n  z\n\nend\n`;
  t.is(
    unifiedDiff("story.t", steps(parseCram(text), [["x\nY\nz\n", 0]])),
    `--- story.t
+++ story.t (in the guest)
@@ -7,7 +7,7 @@
 comment g
   $ echo
   x
-  y
+  Y
   z
 
 end
`,
  );
});

test("a command that was not run keeps its lines", (t) => {
  t.is(updated(parseCram(STORY), ["old\nkept\n", 0]), STORY);
});

test("in Markdown only console blocks count, an ellipsis stands for any lines, a status may be left out", (t) => {
  const text = `<!-- kelp: --mem 64 -->
\`\`\`sh
$ not this
\`\`\`
  \`\`\`console
  $ three
  a
  …
  z
  $ fails
  \`\`\`
~~~~console
$ fails
[2]
~~~~
`;
  const transcript = parseMarkdown(text);
  t.deepEqual(
    transcript.commands.map((command) => command.text[0]),
    ["three", "fails", "fails"],
  );
  t.deepEqual(transcript.options, ["--mem", "64"]);
  t.is(updated(transcript, ["a\nb\nc\nz\n", 0], ["", 1], ["", 2]), text);
  t.is(updated(transcript, ["a\nz\n", 0], ["", 1], ["", 2]), text);
  t.is(updated(transcript, ["a\nb\nq\n", 0], ["", 1], ["", 3]), text.replace("  z\n", "").replace("[2]", "[3]"));
});

test("what cannot be a transcript is named with its line", (t) => {
  const cases: [string, number, RegExp][] = [
    ["text\n  output\n", 2, /output without a command/],
    ["  $ a\n\n  late\n", 3, /output without a command/],
    ["  $ a\n# kelp: --cpus 2\n", 2, /above the first command/],
    ['# kelp: --append "x\n  $ a\n', 1, /quote/],
    ["  $ echo\ta\n", 1, /tab/],
  ];
  for (const [text, line, message] of cases) {
    const error = t.throws(() => parseCram(text), { instanceOf: TranscriptError, message });
    t.is(error?.line, line);
  }
  t.throws(() => updated(parseCram("  $ a\n  (x (re)\n"), ["x\n", 0]), { instanceOf: TranscriptError, message: /regular expression/i });
});

test("a long difference is replaced whole rather than searched", (t) => {
  const lines = Array.from({ length: 3000 }, (_, i) => `${i}`);
  const transcript = parseCram(`  $ x\n${lines.map((line) => `  a${line}\n`).join("")}`);
  const output = lines.map((line) => `b${line}\n`).join("");
  t.is(updated(transcript, [output, 0]), `  $ x\n${lines.map((line) => `  b${line}\n`).join("")}`);
});

test("keys are written in caret notation", (t) => {
  t.is(Buffer.from(keyBytes("a^C^M^[^?^ é")).toString("utf8"), "a\x03\r\x1b\x7f^ é");
});
