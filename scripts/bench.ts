// `npm run bench`: the figures that the README promises, measured here and now, as a plain table.

import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const main = join(root, "dist/src/cli/main.js");
const ROUNDS = 5;

interface Row {
  figure: string;
  value: string;
  goal: string;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1];

/** Process start to first prompt, and the memory that is resident then (Linux only). */
async function boot(): Promise<{ seconds: number; residentMiB: number | undefined }> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [main], { stdio: ["pipe", "pipe", "inherit"] });
  const result = await new Promise<{ seconds: number; residentMiB: number | undefined }>((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (data: Buffer) => {
      text += data.toString("latin1");
      if (!text.endsWith("# ")) return;
      resolve({ seconds: (performance.now() - startedAt) / 1000, residentMiB: resident(child.pid) });
    });
    child.on("exit", (status) => reject(new Error(`kelp ended with ${status} before its prompt: ${text.slice(-500)}`)));
  });
  child.removeAllListeners("exit");
  child.kill();
  return result;
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

async function bootInstructions(): Promise<number> {
  const { parseArguments } = await import("../src/cli/options.js");
  const { startSession } = await import("../src/cli/session.js");
  const { PromptMarks } = await import("../src/cli/prompt-marks.js");
  const marks = new PromptMarks();
  const { machine } = startSession(
    parseArguments([]),
    { mode: "console", environment: ["KELP_MARKS=1"] },
    { onConsole: (b) => marks.write(b) },
  );
  for (;;) {
    const result = machine.run({ instructions: 5_000_000, stopWhenIdle: true });
    if (result.kind === "idle" && marks.prompts > 0) return Number(machine.cores.retiredTotal());
    if (result.kind === "idle" && result.nextEvent !== undefined) machine.skipTo(result.nextEvent);
    else if (result.kind !== "slice") throw new Error(`the boot ended: ${result.kind}`);
  }
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

function nothingToBuild(): number {
  const startedAt = performance.now();
  spawnSync(process.execPath, [join(root, "scripts/build.mjs")]);
  return (performance.now() - startedAt) / 1000;
}

const boots = [];
for (let i = 0; i < ROUNDS; i++) boots.push(await boot());
const memory = boots.map(({ residentMiB }) => residentMiB).filter((value) => value !== undefined);
const rows: Row[] = [
  { figure: "process start to first prompt", value: `${median(boots.map(({ seconds }) => seconds)).toFixed(2)} s`, goal: "≤ 0.6 s" },
  { figure: "instructions to first prompt", value: `${((await bootInstructions()) / 1e6).toFixed(1)} M`, goal: "" },
  { figure: "interpreter", value: `${(await interpreter()).toFixed(0)} M instructions/s`, goal: "≥ 80" },
  {
    figure: "resident memory at the prompt",
    value: memory.length > 0 ? `${median(memory).toFixed(0)} MiB` : "unknown here",
    goal: "≤ 350 MiB",
  },
  { figure: "kernel and modules, cold build", value: `${kernelBuild().toFixed(1)} s`, goal: "≤ 6 s" },
  { figure: "build with nothing to do", value: `${nothingToBuild().toFixed(2)} s`, goal: "≤ 0.3 s" },
];
for (const { figure, value, goal } of rows) console.log(`${figure.padEnd(34)}${value.padEnd(28)}${goal}`);
