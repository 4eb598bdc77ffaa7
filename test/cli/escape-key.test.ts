import test from "ava";
import { EscapeKey } from "../../src/cli/raw-terminal.js";

const feed = (...pieces: string[]): { sent: string; leave: boolean } => {
  const key = new EscapeKey();
  let sent = "";
  let leave = false;
  for (const piece of pieces) {
    const result = key.feed(Buffer.from(piece, "latin1"));
    sent += Buffer.from(result.bytes).toString("latin1");
    leave ||= result.leave;
  }
  return { sent, leave };
};

test("Ctrl-C, Ctrl-D and Ctrl-Z go to the guest", (t) => {
  t.deepEqual(feed("\x03\x04\x1a"), { sent: "\x03\x04\x1a", leave: false });
});

test("Ctrl-A x leaves, also when the keys come apart, and sends what was typed before", (t) => {
  t.deepEqual(feed("ls\x01x"), { sent: "ls", leave: true });
  t.deepEqual(feed("\x01", "x"), { sent: "", leave: true });
});

test("Ctrl-A Ctrl-A is one Ctrl-A, another pair is passed on", (t) => {
  t.deepEqual(feed("\x01\x01x"), { sent: "\x01x", leave: false });
  t.deepEqual(feed("\x01k"), { sent: "\x01k", leave: false });
});

test("Ctrl-A z asks for a stop, and what stands around it is sent", (t) => {
  const { bytes, leave, suspend } = new EscapeKey().feed(Buffer.from("a\x01zb"));
  t.deepEqual([Buffer.from(bytes).toString(), leave, suspend], ["ab", false, true]);
});
