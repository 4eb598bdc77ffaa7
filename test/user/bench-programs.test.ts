// The programs of the benchmark (scripts/bench-systems.ts): each does its work without a fault and says how much it has done, in the
// guest and on the host.
import { spawnSync } from "node:child_process";
import test from "ava";
import { runInGuest } from "./guest.js";

/** Command → its unit and how many of it there must be. */
const work: Readonly<Record<string, string>> = {
  "bench-kernel call 500": "call 500 calls",
  // In pieces of 256 pages.
  "bench-kernel fault 300": "fault 512 pages",
  "bench-switch pipe 100": "pipe-switch 200 switches",
  "bench-switch yield 100": "yield 200 yields",
  "bench-exec fork 5": "fork 5 processes",
  "bench-exec 5": "exec 5 processes",
  "bench-pipe": "pipe 4194304 bytes",
  "bench-pipe 4096 4096 100": "pipe 102400 bytes",
  // Neither a divisor of the other nor of the whole.
  "bench-pipe 5000 777 33": "pipe 33792 bytes",
};
const commands = Object.keys(work);
const served = (folder: string): string => commands.map((command) => `${folder}/${command}\n`).join("");
const answers = `ready\n${commands.map((command) => `begin ${work[command]!.split(" ")[0]}\nend ${work[command]} T\ndone 0\n`).join("")}`;
const withoutTimes = (text: string): string => text.replace(/ \d+ ns \d+\/s$/gm, " T");

test("bench-serve runs the programs that it is told, and each does all of its work", (t) => {
  const { out, end } = runInGuest(`bench-serve <<'E'\n${served("/usr/bin")}E`, {});
  t.is(end, "exit");
  t.is(withoutTimes(out), answers);
});

test("the programs do the same on the host", (t) => {
  if (process.platform !== "linux" || process.arch !== "x64") {
    t.log("skipped: the host is not x86-64 Linux");
    t.pass();
    return;
  }
  const programs = `${process.cwd()}/dist/guest/programs`;
  const { stdout } = spawnSync(`${programs}/bench-serve`, { input: served(programs), encoding: "utf8", timeout: 60_000 });
  t.is(withoutTimes(stdout), answers);
});

test("a wrong word is answered with the usage and status 2, a program that is not there with status 127", (t) => {
  const { out } = runInGuest(
    "bench-switch x; echo $?; bench-kernel; echo $?; bench-pipe 0; echo $?; echo /none a | bench-serve; bench-exec nothing; echo $?; bench-exec 3 | grep -c failed",
    {},
  );
  t.is(
    out,
    "usage: bench-switch pipe|yield [N]\n2\nusage: bench-kernel call|fault [N]\n2\nbench-pipe: pieces have 1 to 65536 bytes\n2\n" +
      "ready\ncannot run /none\ndone 32512\n0\n0\n",
  );
});
