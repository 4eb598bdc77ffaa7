// `npm run bench`: the figures that the README promises, measured here and now, as plain tables. The second table's options
// (`npm run bench -- --linux FILE`) stand in bench-systems.ts.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchSystems, systemsOptions } from "./bench-systems.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const main = join(root, "dist/src/cli/main.js");
const ROUNDS = 7;
const SOURCES = ["src", "scripts", "test", "rootfs", "images", "package.json", "package-lock.json", "tsconfig.json"];

interface Row {
  figure: string;
  value: string;
  goal: string;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1];

/** Process start to first prompt on a real terminal, and the memory that is resident then (Linux only). */
async function boot(...mode: string[]): Promise<{ seconds: number; residentMiB: number | undefined }> {
  const { spawn: spawnOnTerminal } = await import("@lydell/node-pty");
  const startedAt = performance.now();
  const child = spawnOnTerminal(process.execPath, [main, ...mode], { cols: 80, rows: 24 });
  return new Promise((resolve, reject) => {
    let text = "";
    const exit = child.onExit(({ exitCode }) => reject(new Error(`kelp ended with ${exitCode} before its prompt: ${text.slice(-500)}`)));
    child.onData((data) => {
      text += data;
      if (!text.endsWith("# ")) return;
      exit.dispose();
      resolve({ seconds: (performance.now() - startedAt) / 1000, residentMiB: resident(child.pid) });
      child.kill("SIGKILL");
    });
  });
}

function resident(pid: number | undefined): number | undefined {
  try {
    const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return match ? Number(match[1]) / 1024 : undefined;
  } catch {
    return undefined;
  }
}

/** A loop of the mix that kernel code has: loads, stores, arithmetic, a compare and a branch. */
async function interpreter(): Promise<number> {
  const { Machine } = await import("../src/vm/machine.js");
  const { createCores } = await import("../src/vm/cpu/cores.js");
  const { Volume } = await import("memfs");
  const { elfImage } = await import("./bench-program.js");
  const machine = new Machine({
    memoryMiB: 32,
    cpus: 1,
    seed: 0,
    image: elfImage(),
    commandLine: "",
    volume: new Volume(),
    createCores,
    onConsole: () => undefined,
    onHostLine: () => undefined,
  });
  machine.run({ instructions: 20_000_000 });
  const startedAt = performance.now();
  const before = machine.cores.retiredTotal();
  machine.run({ instructions: 200_000_000 });
  return Number(machine.cores.retiredTotal() - before) / (performance.now() - startedAt) / 1000;
}

/** The main job, live-patching /proc/cmdline, as one script. */
const STORY =
  "cat /proc/cmdline; insmod livepatch-sample.ko; cat /proc/cmdline; echo 0 > /sys/kernel/livepatch/livepatch_sample/enabled; " +
  "sleep 3; cat /proc/cmdline; rmmod livepatch_sample; lsmod; dmesg | tail -n 4";

/** One run of the story, told by how it ends and by everything that it printed. */
async function story(): Promise<{ instructions: number; seconds: number; guestSeconds: number; console: string }> {
  const { parseArguments } = await import("../src/cli/options.js");
  const { startSession } = await import("../src/cli/session.js");
  const startedAt = performance.now();
  let console = "";
  const { machine } = startSession(
    parseArguments(["run", "--seed", "7", "-c", STORY]),
    { mode: "command", text: STORY },
    {
      onConsole: (bytes) => {
        console += Buffer.from(bytes).toString("latin1");
      },
    },
  );
  const result = machine.run();
  if (result.kind !== "exit") throw new Error(`the story ended: ${result.kind}`);
  const seconds = (performance.now() - startedAt) / 1000;
  return { instructions: Number(machine.stamp.retired), seconds, guestSeconds: machine.now / 1e8, console };
}

/** In a process of its own, so that nothing is warm. */
function kernelBuild(): number {
  const out = join(tmpdir(), `kelp-bench-${process.pid}`);
  const code = `import { buildGuestFiles } from ${JSON.stringify(new URL("build-guest.js", import.meta.url).href)};
    const startedAt = performance.now();
    if (!buildGuestFiles(${JSON.stringify(root)}, ${JSON.stringify(out)})) process.exit(1);
    console.log((performance.now() - startedAt) / 1000);`;
  const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  rmSync(out, { recursive: true, force: true });
  if (status !== 0) throw new Error("the kernel build failed");
  return Number(stdout);
}

/** Compiler and kernel from nothing, as after `npm ci` in a fresh clone. */
function freshBuild(): number {
  const folder = join(tmpdir(), `kelp-bench-clone-${process.pid}`);
  mkdirSync(folder);
  try {
    for (const name of SOURCES.filter((name) => existsSync(join(root, name))))
      cpSync(join(root, name), join(folder, name), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const startedAt = performance.now();
    const { status } = spawnSync(process.execPath, [join(folder, "scripts/build.mjs")]);
    if (status !== 0) throw new Error("the fresh build failed");
    return (performance.now() - startedAt) / 1000;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function nothingToBuild(): number {
  const startedAt = performance.now();
  spawnSync(process.execPath, [join(root, "scripts/build.mjs")]);
  return (performance.now() - startedAt) / 1000;
}

const systems = systemsOptions(process.argv.slice(2));
const boots = [];
for (let i = 0; i < ROUNDS; i++) boots.push(await boot("--plain"));
const memory = boots.map(({ residentMiB }) => residentMiB).filter((value) => value !== undefined);
const [once, twice] = [await story(), await story()];
const alike = once.instructions === twice.instructions && once.guestSeconds === twice.guestSeconds && once.console === twice.console;
const rows: Row[] = [
  { figure: "process start to first prompt", value: `${median(boots.map(({ seconds }) => seconds)).toFixed(2)} s`, goal: "≤ 0.6 s" },
  {
    figure: "boot, patch, unpatch, power off",
    value: `${twice.seconds.toFixed(2)} s, ${(once.instructions / 1e6).toFixed(1)} M instructions`,
    goal: "",
  },
  { figure: "same seed, same script, twice", value: alike ? "the same to the instruction and byte" : "DIFFERENT", goal: "the same" },
  { figure: "interpreter", value: `${(await interpreter()).toFixed(0)} M instructions/s`, goal: "≥ 80" },
  {
    figure: "resident memory at the prompt",
    value: memory.length > 0 ? `${median(memory).toFixed(0)} MiB` : "unknown here",
    goal: "≤ 350 MiB",
  },
  { figure: "all kernels and modules, cold", value: `${kernelBuild().toFixed(1)} s`, goal: "≤ 6 s" },
  { figure: "fresh clone's build, after npm ci", value: `${freshBuild().toFixed(1)} s`, goal: "≤ 90 s with npm ci" },
  { figure: "build with nothing to do", value: `${nothingToBuild().toFixed(2)} s`, goal: "≤ 0.3 s" },
];
for (const { figure, value, goal } of rows) console.log(`${figure.padEnd(34)}${value.padEnd(44)}${goal}`);
console.log();
await benchSystems(systems, (line) => console.log(line));
if (!alike) process.exitCode = 1;
