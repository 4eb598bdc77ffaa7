// What belongs to kelp and what to the guest, in the sequences that xterm (ctlseqs), rxvt and the Linux console send.
import test from "ava";
import { type InputEvent, InputParser } from "../../src/tui/input-parser.js";

function parse(...chunks: string[]): (InputEvent | string)[] {
  const events: (InputEvent | string)[] = [];
  const parser = new InputParser((event) => events.push(event.kind === "bytes" ? Buffer.from(event.bytes).toString("latin1") : event));
  for (const chunk of chunks) parser.feed(Buffer.from(chunk, "latin1"));
  parser.close();
  return events;
}

test("letters, control characters, arrows and UTF-8 go to the guest byte by byte", (t) => {
  t.deepEqual(parse("ls\r\x03\x1b[A\x1bOD\xc3\xa4"), ["ls\r\x03\x1b[A\x1bOD\xc3\xa4"]);
});

test("function keys are kelp's in every terminal's spelling, and what stands around them is not lost", (t) => {
  t.deepEqual(parse("a\x1bOPb\x1b[[Bc\x1b[13~\x1b[21~"), [
    "a",
    { kind: "key", name: "F1" },
    "b",
    { kind: "key", name: "F2" },
    "c",
    { kind: "key", name: "F3" },
    { kind: "key", name: "F10" },
  ]);
});

test("a sequence that comes in pieces is one key", (t) => {
  t.deepEqual(parse("\x1b", "[1", "5~"), [{ kind: "key", name: "F5" }]);
});

test("mouse reports never reach the guest: presses and the wheel are told, releases and other buttons dropped", (t) => {
  t.deepEqual(parse("\x1b[<0;12;7M\x1b[<0;12;7m\x1b[<2;1;1M\x1b[<64;3;4M\x1b[<65;3;4Mx"), [
    { kind: "mouse", action: "press", column: 11, row: 6 },
    { kind: "mouse", action: "wheel-up", column: 2, row: 3 },
    { kind: "mouse", action: "wheel-down", column: 2, row: 3 },
    "x",
  ]);
});

test("a lone Escape is given to the guest after a moment", async (t) => {
  const bytes: string[] = [];
  const parser = new InputParser((event) => {
    if (event.kind === "bytes") bytes.push(Buffer.from(event.bytes).toString("latin1"));
  });
  parser.feed(Uint8Array.of(0x1b));
  t.deepEqual(bytes, []);
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.deepEqual(bytes, ["\x1b"]);
});
