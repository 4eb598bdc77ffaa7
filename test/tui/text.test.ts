import test from "ava";
import { bold, line, wrapLine } from "../../src/tui/text.js";

const texts = (content: string, width: number): string[] =>
  wrapLine(line(content), width).map((spans) => spans.map(({ text }) => text).join(""));

test("a line that fits is left as it is", (t) => {
  t.deepEqual(texts("patching lp_sleeper", 19), ["patching lp_sleeper"]);
});

test("a long line is broken at a blank, its rest two columns further in", (t) => {
  t.deepEqual(texts("  cat[8] sleeps in the old sleeper_wait", 20), ["  cat[8] sleeps in", "    the old", "    sleeper_wait"]);
});

test("a word that is too long is cut where the line ends", (t) => {
  t.deepEqual(texts("abcdefghijklmnop", 10), ["abcdefghij", "  klmnop"]);
});

test("styles stay with their characters", (t) => {
  const [first, second] = wrapLine(line("plain ", bold("bold and bold")), 11);
  t.true(
    first
      .filter(({ style }) => style?.bold)
      .map(({ text }) => text)
      .join("") === "bold",
  );
  t.is(
    second
      .filter(({ style }) => style?.bold)
      .map(({ text }) => text)
      .join(""),
    "and bold",
  );
});
