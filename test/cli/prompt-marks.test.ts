import test from "ava";
import { MARK_COMMAND_START, MARK_PROMPT_END, MARK_PROMPT_START, markCommandEnd } from "../../src/abi/run-protocol.js";
import { PromptMarks } from "../../src/cli/prompt-marks.js";

const PROMPT = `${MARK_PROMPT_START}~ # ${MARK_PROMPT_END}`;
const command = (typed: string, output: string, status: number): string =>
  `${typed}\r\n${MARK_COMMAND_START}${output}${markCommandEnd(status)}${PROMPT}`;

/** Feeds a terminal's bytes in pieces of a size: marks may be torn anywhere. */
function feed(marks: PromptMarks, text: string, size: number): void {
  const bytes = Buffer.from(text, "utf8");
  for (let at = 0; at < bytes.length; at += size) marks.write(bytes.subarray(at, at + size));
}

for (const size of [1, 2, 7, 4096]) {
  test(`a command's output is what stands between its marks (pieces of ${size} bytes)`, (t) => {
    const marks = new PromptMarks();
    feed(marks, `[    0.1] boot\r\n${PROMPT}`, size);
    t.deepEqual([marks.prompts, marks.take()], [1, ""]);
    marks.typing();
    feed(marks, command("echo grün", "grün\r\n\x1b[1mx\x1b[0m\r\n", 0), size);
    t.deepEqual([marks.prompts, marks.status, marks.take()], [2, 0, "grün\n\x1b[1mx\x1b[0m\n"]);
  });
}

test("job notices between the end mark and the next prompt belong to the command", (t) => {
  const marks = new PromptMarks();
  feed(marks, PROMPT, 99);
  marks.typing();
  feed(marks, `false\r\n${MARK_COMMAND_START}${markCommandEnd(1)}[1]+  Done\r\n${PROMPT}`, 99);
  t.deepEqual([marks.status, marks.take()], [1, "[1]+  Done\n"]);
});

test("text at the prompt is kept only while listening", (t) => {
  const marks = new PromptMarks();
  feed(marks, `${PROMPT}early`, 99);
  t.is(marks.take(), "");
  marks.listening = true;
  feed(marks, "late", 99);
  t.is(marks.take(), "late");
});

test("the text callback sees everything but the marks", (t) => {
  const seen: string[] = [];
  const marks = new PromptMarks((text) => seen.push(text));
  feed(marks, `${PROMPT}${command("true", "out\r\n", 0)}`, 5);
  t.is(seen.join(""), "~ # true\r\nout\r\n~ # ");
});
