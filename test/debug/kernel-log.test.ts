import test from "ava";
import { dmesgLines } from "../../src/debug/kernel-log.js";

// The form is that of the recordings in test/oracle (dmesg of Linux 6.1).
test("records print as dmesg prints them, each line with its stamp", (t) => {
  t.deepEqual(dmesgLines({ sequence: 0n, time: 2_870_802_999n, level: 6, text: "livepatch: enabling patch" }), [
    "[    2.870802] livepatch: enabling patch",
  ]);
  t.deepEqual(dmesgLines({ sequence: 1n, time: 12_345_000_007_000n, level: 4, text: "a\nb" }), ["[12345.000007] a", "[12345.000007] b"]);
});
