// The input ring of a terminal while several processes type, erase words, flush and switch between lines and raw input on eight CPUs.

import test from "ava";
import { complaints, runOnCpus } from "./several-cpus.js";

for (const seed of [1, 2, 3]) {
  test(`a terminal's input adds up whoever types, erases, flushes and changes its mode at once, seed ${seed}`, (t) => {
    const run = runOnCpus(8, seed, "tty-stress 200", 60, "debug");
    t.deepEqual(complaints(run), []);
    t.is(run.output, "the ring adds up\n");
    t.true(run.ended);
  });
}
