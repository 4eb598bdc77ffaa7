#!/usr/bin/env node
// Runs the recorded sessions of crash/*.txt (a real Linux 6.1 that warns, oopses or panics) in kelp and counts the kernel's lines that come
// in the same order (longest common subsequence) and the commands whose output and exit code are the same.
//
//   crash.mjs [--kelp "COMMAND"] [--show N] [--from DIR] [NAME…]
//
// The kernel's lines are the console's. Both sides are levelled by these rules, which know no session:
// - times, addresses, contents of registers, code bytes, sizes and offsets, pids, the number of the CPU, release, build and machine name;
//   C's file suffix and ours, line numbers, and into which files a folder of the kernel's is divided; how deep the page tables go at an address;
// - addresses on the stack that no frame leads to ("? name") are left out: they are what earlier calls have left there;
// - a frame of a call trace counts if it is a module's or if the other kernel has a function of that name: the functions between have other
//   seams in another kernel. Ours are in /proc/kallsyms; of the real one's it is known what all recordings together name on a stack.
//   How many of the real frames have a counterpart is printed;
// - the run of a recursion ("fn" again and again) counts once, since its depth is a matter of frame sizes.
// The recorded kernel does not preempt kernel code (preempt=voluntary), so ours is told not to.
// A command beside which a second shell was used runs in the background here. A session that unloads code in use runs on the image without
// the proof against it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const option = (name, fallback) => {
  const at = args.indexOf(name);
  return at < 0 ? fallback : args.splice(at, 2)[1];
};
const folder = option("--from", join(here, "crash"));
const kelp = option("--kelp", process.env.KELP) ?? `node ${join(process.cwd(), "dist/src/cli/main.js")}`;
const show = Number(option("--show", 3));
const all = readdirSync(folder)
  .filter((f) => f.endsWith(".txt"))
  .map((f) => f.slice(0, -4))
  .sort();
const names = args.length > 0 ? args : all;

const PREEMPT = " preempt=voluntary";
const TIME = /^\[ *\d+\.\d{6}\] ?/;
const FRAME = /^ (\? )?(?:(\S+?)\+0x[0-9a-f]+\/0x[0-9a-f]+|(0x[0-9a-f]+|0xADDR))(?: \[(\w+)\])?$/;

/** Commands with the terminal's lines, and exit status where it was recorded. */
function parse(text) {
  const cmdline = /^kernel cmdline: (.*)$/m.exec(text)[1];
  const steps = [];
  for (const line of text.split("\n").slice(2)) {
    const command = /^(\[second shell\] )?# (.+)$/.exec(line);
    const status = /^(?:\[rc=(\d+)\]|@@RC=(\d+)@@ # ?)$/.exec(line);
    const step = steps.at(-1);
    if (command) steps.push({ cmd: command[2], second: command[1] !== undefined, lines: [] });
    else if (step === undefined || line.startsWith("## ") || line.startsWith("  dmesg| ")) continue;
    else if (status) step.rc ??= Number(status[1] ?? status[2]);
    else if (line !== step.cmd) step.lines.push(line);
  }
  return { cmdline, steps };
}

/** The lines that the kernel has put on the console, without their times. */
const kernelLines = (lines) => lines.filter((l) => TIME.test(l)).map((l) => l.replace(TIME, ""));
/** What prints the log again shows the boot, which is another machine's. */
const printsLog = (cmd) => /\bdmesg\b/.test(cmd);
const ownLines = (lines) => lines.filter((l) => !TIME.test(l) && l !== "" && l !== "# ");

const rules = [
  [/\r/g, ""],
  [/^(\S*RIP: [0-9a-f]{4}:)0x[0-9a-f]+$/, "$10xADDR"],
  [/^(CPU: )\d+( PID: )\d+( Comm: \S+ )((?:Tainted: .{19}|Not tainted) ?).*$/, "$1N$2N$3$4RELEASE"],
  [/^(WARNING: CPU: )\d+( PID: )\d+/, "$1N$2N"],
  [/^Hardware name: .*/, "Hardware name: MACHINE"],
  [/^Code: (?:[0-9a-f]{2} )*<[0-9a-f]{2}>.*/, "Code: BYTES"],
  [/^(PGD) .*/, "$1 …"],
  [/\b(R[A-Z0-9]{2}|R8|R9|EFLAGS|ORIG_RAX|FS|GS|knlGS|CR[0234]): *[0-9a-f]+(\([0-9a-f]{4}\))?/g, "$1: REG"],
  [/\b(RSP: [0-9a-f]{4}:)[0-9a-f]{16}/g, "$1ADDR"],
  [/\b(0x)?[0-9a-f]{16}\b/gi, "0xADDR"],
  [/\bffff[0-9a-f]{12}\b/gi, "0xADDR"],
  [/\(____ptrval____\)|0xADDR/g, "ADDR"],
  [/\+0x[0-9a-f]+\/0x[0-9a-f]+/g, "+OFF/SIZE"],
  [/\b(modules\/[\w-]+)\.(?:c|ts):\d+/, "$1.SRC:LINE"],
  [/\b([a-z][\w/]*\/)[\w-]+\.(?:c|ts):\d+/, "$1FILE:LINE"],
  [/\[#\d+\]/, "[#N]"],
  [/(note: \w+)\[\d+\]/, "$1[PID]"],
  [/\[(\w+):\d+\]$/, "[$1:PID]"],
  [/\b6\.1\.0-[\w.-]+/g, "RELEASE"],
  [/\be9( [0-9a-f]{2}){4}/g, "e9 REL32"],
  [/\be9(:[0-9a-f]{2}){4}/g, "e9:REL32"],
  [/( at ADDR: (?:0f 1f 44 00 00|e9 REL32)) .*?(  \[|$)/, "$1 BODY$2"],
  [/^(\w[\w-]*) +\d{4,} +(\d+|-)/, "$1 SIZE $2"],
  [/[ \t]+$/, ""],
];
const level = (line) => rules.reduce((t, [from, to]) => t.replace(from, to), line);

const functionsOf = (lines) => new Set(lines.map((l) => FRAME.exec(l)).filter((m) => m?.[2] && !m[4]).map((m) => m[2]));
const recorded = functionsOf(all.flatMap((name) => kernelLines(readFileSync(join(folder, `${name}.txt`), "utf8").split("\n"))));

/** Levelled lines; of call traces what both kernels can have. */
function comparable(lines, known, frames) {
  const out = [];
  for (const line of lines) {
    const frame = FRAME.exec(line);
    if (frame) {
      if (frame[1]) continue;
      if (frame[2] && !frame[4]) {
        if (frames) frames.total++;
        if (!known.has(frame[2])) continue;
        if (frames) frames.known++;
      }
    }
    const text = level(line);
    if (!frame || text !== out.at(-1)) out.push(text);
  }
  return out;
}

/** The longest common subsequence: its length, and which lines of each side are not in it. */
function compare(a, b) {
  const table = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) table[i][j] = a[i] === b[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
  }
  const differs = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) [i, j] = [i + 1, j + 1];
    else if (j >= b.length || (i < a.length && table[i + 1][j] >= table[i][j + 1])) differs.push(`- ${a[i++]}`);
    else differs.push(`+ ${b[j++]}`);
  }
  return { same: table[0][0], differs };
}

function run(cmdline, lines, more) {
  const dir = mkdtempSync(join(tmpdir(), "crash-"));
  const script = join(dir, "session.txt");
  writeFileSync(script, lines.join("\n"));
  const [command, ...rest] = kelp.split(" ");
  const result = spawnSync(command, [...rest, "run", "--json", ...more, "--cmdline", cmdline, script], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    timeout: 300_000,
  });
  rmSync(dir, { recursive: true });
  return result.stdout.split("\n").filter((l) => l.startsWith("{")).map((l) => JSON.parse(l));
}

const image = (text) => (/rmmod (?:rawpatch|hook_sleep); echo rc/.test(text) ? ["--image", "unsafe-unload"] : []);
const kallsyms = run("console=ttyS0 loglevel=1", ["cut -d' ' -f3 /proc/kallsyms"], [])[0]?.out ?? "";
const ours = new Set(kallsyms.split("\n").map((l) => l.split("\t")[0]));

for (const name of names) {
  const text = readFileSync(join(folder, `${name}.txt`), "utf8");
  const { cmdline, steps } = parse(text);
  const lines = steps.flatMap(({ cmd }, i) => [steps[i + 1]?.second && !steps[i].second ? `${cmd} &` : cmd, "@sleep 0.05"]);
  const got = run(cmdline + PREEMPT, lines, [...image(text), ...(/soft lockup/.test(text) ? ["--timeout", "30"] : [])]);
  let good = 0;
  let counted = 0;
  let at = 0;
  const report = [];
  for (const [i, step] of steps.entries()) {
    const cmd = lines[i * 2];
    const found = got.findIndex((g, k) => k >= at && g.cmd === cmd);
    if (found >= 0) at = found + 1;
    if (step.rc === undefined || cmd.endsWith(" &")) continue;
    counted++;
    const have = found < 0 ? { out: "(not run)" } : got[found];
    const [real, mine] = [step.lines, (have.out ?? "").replaceAll(PREEMPT, "").split("\n")].map((l) => ownLines(l).map(level).join("\n"));
    if (real === mine && (have.rc === step.rc || have.rc === undefined)) good++;
    else report.push(`  # ${cmd}\n    ${JSON.stringify(mine)} [${have.rc}]\n    real: ${JSON.stringify(real)} [${step.rc}]`);
  }
  const frames = { total: 0, known: 0 };
  const real = comparable(kernelLines(steps.flatMap((s) => (printsLog(s.cmd) ? [] : s.lines))), ours, frames);
  const mine = comparable(kernelLines(got.flatMap((g) => (printsLog(g.cmd ?? "") ? [] : (g.out ?? "").split("\n")))), recorded);
  const { same, differs } = compare(real, mine);
  console.log(
    `${name}: ${same} of ${Math.max(real.length, mine.length)} kernel lines, ${good} of ${counted} commands; ${frames.known} of ${frames.total} frames are ours too`,
  );
  for (const line of [...report, ...differs.map((l) => `  ${l}`)].slice(0, show)) console.log(line);
}
