// The programs that kcc builds from src/user: what they print, in the guest and, being Linux programs, on the host.
import { spawnSync } from "node:child_process";
import test from "ava";
import { runInGuest } from "./guest.js";

const expected: Readonly<Record<string, string>> = {
  "hello 'live patch' x": "Hello from user mode: hello, 2 arguments\n  1: live patch\n  2: x\n",
  sigdemo:
    "SIGUSR1 (10) from itself\nSIGUSR1 (10) from its child\nSIGCHLD, code 1\nthe child's status: 3\nSIGALRM\n" +
    "nanosleep: -4\nSIGSEGV at 0xdead000, code 1: 4 signals before it\n",
  "fork-stress 12 3": "12 tasks, 3 rounds, 0 faults\n",
  "pipe-ring 6 50": "6 tasks, 50 laps, token 300\n",
  "mem-stress 300": "300 rounds, 0 faults\n",
  "spin 1000": "",
};

test("the built programs print what they promise and end with status 0", (t) => {
  const commands = Object.keys(expected);
  const { out, end } = runInGuest(commands.map((command) => `echo "- ${command}"; ${command}; echo "status $?"`).join("\n"), {});
  t.is(end, "exit");
  t.is(out, commands.map((command) => `- ${command}\n${expected[command]}status 0\n`).join(""));
});

test("getpid-hammer counts its calls and finds none wrong", (t) => {
  const { out } = runInGuest("getpid-hammer 2000", {});
  t.regex(out, /^2000 calls, 0 wrong, \d+ ns each\n$/);
});

const isLinux = process.platform === "linux" && process.arch === "x64";

test("a kcc-built program is a Linux program: the host runs it too", (t) => {
  if (!isLinux) {
    t.log("skipped: the host is not x86-64 Linux");
    t.pass();
    return;
  }
  for (const [command, out] of Object.entries(expected)) {
    const [name = "", ...args] = command.replaceAll("'", "").split(" ");
    const words = name === "hello" ? ["live patch", "x"] : args;
    const run = spawnSync(`dist/guest/programs/${name}`, words, { argv0: name, encoding: "utf8", timeout: 60_000 });
    t.deepEqual([run.stdout, run.status], [out, 0], command);
  }
});

test("a fault ends in the signal's status and in the kernel's line about it, as Linux words it", (t) => {
  const kinds = ["read", "write", "jump", "text", "ud", "div", "gp", "int3"];
  const { out } = runInGuest(`for f in ${kinds.join(" ")}; do nullderef $f 2>/dev/null; echo "$f $?"; done; dmesg | grep nullderef`, {});
  const lines = out.split("\n").filter((line) => line !== "" && !/^[A-Z]/.test(line));
  t.deepEqual(lines.slice(0, 8), ["read 139", "write 139", "jump 139", "text 139", "ud 132", "div 136", "gp 139", "int3 133"]);
  const shape = lines
    .slice(8)
    .map((line) => line.replace(/nullderef\[\d+\]/, "nullderef[N]").replace(/\b(ip|sp)([ :])[0-9a-f]+/g, "$1$2X"))
    // Which CPU it was depends on where the scheduler had put the program; its core is the same number.
    .map((line) => line.replace(/CPU (\d) \(core \1,/, "CPU C (core C,"));
  const where = "in nullderef[401000+1000]";
  const cpu = "likely on CPU C (core C, socket 0)";
  t.deepEqual(shape, [
    `nullderef[N]: segfault at 0 ip X sp X error 4 ${where} ${cpu}`,
    `nullderef[N]: segfault at 0 ip X sp X error 6 ${where} ${cpu}`,
    `nullderef[N]: segfault at 0 ip X sp X error 14 ${cpu}`,
    `nullderef[N]: segfault at 401000 ip X sp X error 7 ${where} ${cpu}`,
    `traps: nullderef[N] trap invalid opcode ip:X sp:X error:0 ${where}`,
    `traps: nullderef[N] trap divide error ip:X sp:X error:0 ${where}`,
    `traps: nullderef[N] general protection fault ip:X sp:X error:0 ${where}`,
    `traps: nullderef[N] trap int3 ip:X sp:X error:0 ${where}`,
  ]);
});

test("the Code: line shows the faulting instruction's bytes in angle brackets", (t) => {
  const { out } = runInGuest("nullderef write 2>/dev/null; dmesg | grep -A 1 segfault", {});
  const code = /^Code:((?: [0-9a-f]{2})*) <([0-9a-f]{2})>((?: [0-9a-f]{2})*)$/m.exec(out);
  t.is(code?.[1]?.trim().split(" ").length, 42);
  t.is(code?.[3]?.trim().split(" ").length, 21);
});
