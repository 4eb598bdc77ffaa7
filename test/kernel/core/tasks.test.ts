// Tasks as the shell sees them: signals, stops, waits, preemption. Exit codes and texts are POSIX's and busybox's.

import test from "ava";
import { runInGuest } from "../guest.js";

test("signals reach handlers, stop and continue processes, and end them with their number in the status", (t) => {
  const { output } = runInGuest(`trap 'echo got usr1' USR1; kill -USR1 $$; echo after
    sleep 100 & p=$!
    kill -STOP $p; grep State /proc/$p/status; kill -CONT $p; grep State /proc/$p/status
    kill $p; wait $p; echo $?
    sleep 100 & kill -9 $!; wait $!; echo $?
    sh -c 'trap "" TERM; kill -TERM $$; echo survived'
    sh -c 'trap "echo bye" EXIT; exit 3'; echo $?
    sh -c 'kill -SEGV $$'; echo $?
    kill -0 $p; echo $?`);
  t.is(
    output,
    `got usr1
after
State:	T (stopped)
State:	S (sleeping)
Terminated
143
Killed
137
survived
bye
3
Segmentation fault
139
sh: can't kill pid 6: No such process
1
`.replace("pid 6", /pid \d+/.exec(output)?.[0] ?? "pid"),
  );
});

test("busy processes share the processor in equal parts, and a sleeper among them wakes in time", (t) => {
  const { output } = runInGuest(
    `(while :; do :; done) & a=$!
    (while :; do :; done) & b=$!
    sleep 2
    cut -d' ' -f14 /proc/$a/stat; cut -d' ' -f14 /proc/$b/stat; cut -d. -f1 /proc/uptime
    kill -9 $a $b`,
    ["--cpus", "1"],
  );
  const [first, second, uptime] = output.split("\n").map(Number);
  // Two seconds are 200 clock ticks of user and system time together, for two processes.
  t.true(Math.abs(first - second) <= 4, output);
  t.true(first > 60 && first <= 102, output);
  t.is(uptime, 2, output);
});

test("no memory is lost over hundreds of processes and module loads", (t) => {
  const { output } = runInGuest(`free() { grep MemFree /proc/meminfo; }
    many() { i=0; while [ $i -lt $1 ]; do true | cat > /dev/null; i=$((i+1)); done; i=0; while [ $i -lt 10 ]; do insmod hello.ko; rmmod hello; i=$((i+1)); done; }
    many 100; free; many 200; free`);
  const [before, after] = [...output.matchAll(/(\d+) kB/g)].map((match) => Number(match[1]));
  // The log and the shell's own history may take a page or two.
  t.true(before - after <= 64, output);
});

test("the same script takes the same number of instructions and prints the same, twice", (t) => {
  const script = "for i in 1 2 3; do echo $i | cat; done; sleep 1; cat /proc/uptime; cat /proc/interrupts; dmesg | tail -3";
  t.deepEqual(runInGuest(script), runInGuest(script));
});

test("a process costs what its own work costs: dead tasks share grace periods", (t) => {
  // ns of the guest's clock, ten to an instruction.
  const cost = (command: string): number => {
    const { output } = runInGuest(command, ["--cpus", "1"]);
    const [, count, ns] = /end \w+ (\d+) processes (\d+) ns/.exec(output) ?? [];
    return Number(ns) / Number(count) / 10;
  };
  const fork = cost("bench-exec fork 400");
  t.true(fork > 5_000 && fork < 28_000, `${fork} instructions for fork, exit and wait`);
  const exec = cost("bench-exec 100");
  t.true(exec > fork && exec < 85_000, `${exec} instructions for fork, exec, exit and wait`);
});
