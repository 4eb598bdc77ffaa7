// 64 tasks at a time on eight CPUs: fork, exec, exit and wait, copy-on-write, pipes, sleeps, signals, stops. Each program checks its own results;
// the kernel's complaints are read from its log. The debug image checks lists, locks and memory meanwhile. KELP_SEEDS=20 takes the seeds 0 to 19,
// KELP_SEEDS=3-3,12-19 those, each with a minute of the guest's time.

import test from "ava";
import { complaints, runOnCpus } from "./several-cpus.js";

const SCRIPT = `cd /tmp
  i=0
  while [ $i -lt 3 ]; do
    fork-stress 64 2 > fork$i &
    pipe-ring 8 40 > ring$i &
    (j=0; while [ $j -lt 5 ]; do sleep 0.3; echo $j; j=$((j+1)); done | cat | wc -l > sleep$i) &
    (sleep 100 & p=$!; sleep 0.1; kill -STOP $p; sleep 0.5; kill -CONT $p; kill $p; wait $p; echo $? > kill$i) 2>/dev/null &
    i=$((i+1))
  done
  wait
  cat fork* ring* sleep* kill* | sort | uniq -c | while read n rest; do echo $n: $rest; done`;

/** The seeds that "20" (the first 20) or "3-3,12-19" (ranges, both ends included) name. */
function seedsOf(text: string): number[] {
  return text.split(",").flatMap((part) => {
    const range = /^(?:(\d+)-)?(\d+)$/.exec(part);
    if (range === null) throw new Error(`KELP_SEEDS: "${part}" is neither a count nor a range`);
    const first = Number(range[1] ?? 0);
    const end = range[1] === undefined ? Number(range[2]) : Number(range[2]) + 1;
    return Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index);
  });
}

const asked = process.env.KELP_SEEDS;
for (const seed of seedsOf(asked ?? "3")) {
  for (const cpus of seed === 0 ? [1, 2, 8] : [8]) {
    test(`64 tasks on ${cpus} CPUs keep their results, seed ${seed}`, (t) => {
      const run = runOnCpus(cpus, seed, SCRIPT, 60, "debug");
      t.deepEqual(complaints(run), []);
      t.is(run.output.replaceAll("Terminated\n", ""), "3: 143\n3: 5\n3: 64 tasks, 2 rounds, 0 faults\n3: 8 tasks, 40 laps, token 320\n");
      t.true(run.ended);
    });
  }
}

const seconds = asked === undefined ? 4 : 60;
for (const seed of seedsOf(asked ?? "1")) {
  test(`64 tasks with pipes, signals, timers, forks and mappings find nothing wrong in ${seconds} guest seconds on 8 CPUs, seed ${seed}`, (t) => {
    const run = runOnCpus(8, seed, `stress 64 ${seconds}`, seconds + 20, "debug");
    t.deepEqual(complaints(run), []);
    t.is(run.output, `64 tasks, ${seconds} seconds, 0 faults\n`);
    t.true(run.ended);
  });
}

test("a spinlock taken twice by its CPU is told and ends the run, instead of standing still", (t) => {
  const run = runOnCpus(2, 0, "cd /root; insmod spin-twice.ko");
  t.regex(
    run.console,
    /BUG: spinlock recursion on CPU#[01], insmod\/\d+\r\n.* lock: twice\+0x0\/0x\w+ \[spin_twice\], \.magic: 0000000[12], \.owner: <none>\/-1, \.owner_cpu: [01]\r\n/,
  );
  t.regex(run.console, /Kernel panic - not syncing: spinlock recursion/);
});
