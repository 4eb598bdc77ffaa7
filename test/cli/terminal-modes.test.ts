// Sequences and their opposites are xterm's (ctlseqs).
import test from "ava";
import { TerminalModes } from "../../src/cli/terminal-modes.js";

const USUAL = "\x1b[0m\x1b[?25h\x1b[?2004l";

function restored(...pieces: string[]): string {
  const modes = new TerminalModes();
  for (const piece of pieces) modes.watch(piece);
  return modes.restore();
}

test("what a program switches on and off again needs nothing more", (t) => {
  t.is(restored("text \x1b[31m\x1b[?1049h\x1b[?1h\x1b=\x1b[?1000;1006h\x1b[?7l…\x1b[?1049l\x1b[?1l\x1b>\x1b[?1006;1000l\x1b[?7h"), USUAL);
});

test("what it leaves on is switched off, the alternate buffer last; also where a sequence comes in two pieces", (t) => {
  t.is(
    restored("\x1b[?1049h\x1b[?10", "06h\x1b", "=\x1b[2;10r\x1b(0\x0e\x1b[?7l"),
    `\x0f\x1b(B\x1b>\x1b7\x1b[r\x1b8\x1b[?1006l\x1b[?7h\x1b[?1049l${USUAL}`,
  );
});

test("a terminal that the program has reset is as it was", (t) => {
  t.is(restored("\x1b[?1049h\x1b[?1000h\x1bc"), USUAL);
});
