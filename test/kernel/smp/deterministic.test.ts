// The order of the CPUs' turns is a function of the seed: equal runs are equal in every byte and to the instruction.

import test from "ava";
import { runOnCpus } from "./several-cpus.js";

const SCRIPT = `fork-stress 16 2; pipe-ring 6 20
  (echo a; sleep 0.01; echo b) | cat & ls /proc | wc -l > /dev/null & wait
  grep -E 'ctxt|processes' /proc/stat; cat /proc/uptime; ps | wc -l`;

for (const [cpus, seed] of [
  [2, 0],
  [2, 7],
  [8, 0],
  [8, 7],
]) {
  test(`two runs on ${cpus} CPUs with seed ${seed} agree in every byte, each time stamp and the number of instructions`, (t) => {
    const first = runOnCpus(cpus, seed, SCRIPT);
    const second = runOnCpus(cpus, seed, SCRIPT);
    t.true(first.ended);
    t.is(first.console, second.console);
    t.is(first.instructions, second.instructions);
  });
}

test("other seeds are other runs: the number of instructions differs", (t) => {
  const counts = [0, 1, 2, 3].map((seed) => runOnCpus(2, seed, SCRIPT).instructions);
  t.is(new Set(counts).size, 4);
});
