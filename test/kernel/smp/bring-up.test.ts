// CPUs come up, are seen by user space and take work. The messages are those of Linux 6.1 on as many CPUs.

import test from "ava";
import { runOnCpus } from "./several-cpus.js";

const messages = (console: string): string[] =>
  console
    .replaceAll("\r", "")
    .split("\n")
    .map((line) => line.replace(/^\[ *\d+\.\d{6}\] /, ""))
    .filter((line) => /^(smp|x86|smpboot|\.\.\.\. node)/.test(line));

test("the boot tells of the CPUs that it brings up", (t) => {
  t.deepEqual(messages(runOnCpus(4, 0, "true").console), [
    "smp: Bringing up secondary CPUs ...",
    "x86: Booting SMP configuration:",
    ".... node  #0, CPUs:      #1 #2 #3",
    "smp: Brought up 1 node, 4 CPUs",
    "smpboot: Max logical packages: 1",
    "smpboot: Total of 4 processors activated (800.00 BogoMIPS)",
  ]);
});

test("one CPU boots without the others' messages", (t) => {
  t.deepEqual(messages(runOnCpus(1, 0, "true").console), [
    "smp: Bringing up secondary CPUs ...",
    "smp: Brought up 1 node, 1 CPU",
    "smpboot: Max logical packages: 1",
    "smpboot: Total of 1 processors activated (200.00 BogoMIPS)",
  ]);
});

test("user space sees eight CPUs, and each has its stopper and its workers", (t) => {
  const script = `nproc; grep -c ^processor /proc/cpuinfo; grep -c ^cpu[0-9] /proc/stat; head -1 /proc/interrupts
    ps | grep -o 'migration/[0-9]' | wc -l; ps | grep -o 'kworker/[0-9]:[01]' | wc -l`;
  t.is(
    runOnCpus(8, 0, script).output,
    `8
8
8
           CPU0       CPU1       CPU2       CPU3       CPU4       CPU5       CPU6       CPU7       
8
16
`,
  );
});

test("work that would take one CPU twice as long runs on both at the same time", (t) => {
  // The shell's own time: busy loops of two subshells. The clock counts all CPUs' instructions, so it is the sum of turns that shows it.
  const run = runOnCpus(
    2,
    0,
    "(i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done) & (i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done); wait; grep ^cpu[01] /proc/stat",
  );
  const busy = [...run.output.matchAll(/^cpu\d (\d+) 0 (\d+)/gm)].map(([, user, system]) => Number(user) + Number(system));
  t.is(busy.length, 2);
  t.true(Math.min(...busy) * 3 > Math.max(...busy), run.output);
});

test("idle CPUs cost nothing: an hour's sleep takes few instructions and the same on eight CPUs as on two", (t) => {
  const cost = (cpus: number, script: string) => Number(runOnCpus(cpus, 0, script, 8000).instructions);
  const two = cost(2, "sleep 3600") - cost(2, "true");
  const eight = cost(8, "sleep 3600") - cost(8, "true");
  t.true(two < 1_000_000, `${two}`);
  t.true(eight < 1_000_000, `${eight}`);
});
