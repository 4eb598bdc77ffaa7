// Mounts on one place that come and go on eight CPUs, with path walks through them.

import test from "ava";
import { complaints, runOnCpus } from "./several-cpus.js";

for (const seed of [1, 2, 3]) {
  test(`each mount comes off once, whoever mounts, unmounts and walks there, seed ${seed}`, (t) => {
    const run = runOnCpus(8, seed, "mkdir /tmp/m; mount-stress 100 /tmp/m", 60, "debug");
    t.deepEqual(complaints(run), []);
    t.is(run.output, "every mount came off once\n");
    t.true(run.ended);
  });
}
