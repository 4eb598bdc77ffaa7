// The kernel's paths by the clock: context switches, processes, pipes, system calls and page faults a second, in kelp and, by the same
// program files, in a real Linux under qemu (no KVM) and on the host. `node dist/scripts/bench-systems.js [--cpus N] [--rounds N]
// [--linux FILE] [--against DIR] [--only WORDS]`; WORDS stand in the names of the figures that are wanted; DIR is another built checkout of kelp, to compare two states of it. Part of `npm run bench`.
// docs/performance.md tells how the figures are to be read.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { host, kelp, linux, linuxImage } from "./bench-systems/launch.js";
import { type Launch, System } from "./bench-systems/system.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const programs = join(root, "dist/guest/programs");

/** The least that kelp is to reach, as a share of what Linux does under qemu: an interpreter against a translator. */
const GOAL = 0.5;
/** A measured run takes about so long. */
const SECONDS = 0.4;
const KIB = 1024;

interface Workload {
  readonly figure: string;
  /** @param n how much of it is to be done. */
  readonly words: (n: number) => string;
  /** To start the calibration with. */
  readonly first: number;
  /** What a second's operations are divided by for printing. */
  readonly unit: number;
}

const pipe = (figure: string, write: number, read: number): Workload => ({
  figure,
  words: (n) => `bench-pipe ${write} ${read} ${n}`,
  first: 1024,
  unit: KIB * KIB,
});

const WORKLOADS: readonly Workload[] = [
  { figure: "system calls/s", words: (n) => `bench-kernel call ${n}`, first: 10_000, unit: 1 },
  { figure: "page faults/s", words: (n) => `bench-kernel fault ${n}`, first: 2_048, unit: 1 },
  { figure: "context switches/s, by two pipes", words: (n) => `bench-switch pipe ${n}`, first: 1_000, unit: 1 },
  { figure: "sched_yield/s, two tasks", words: (n) => `bench-switch yield ${n}`, first: 1_000, unit: 1 },
  { figure: "fork+exit+wait/s", words: (n) => `bench-exec fork ${n}`, first: 50, unit: 1 },
  { figure: "fork+exec+exit+wait/s", words: (n) => `bench-exec ${n}`, first: 50, unit: 1 },
  pipe("pipe MiB/s, 64 KiB writes, 4 KiB reads", 64 * KIB, 4 * KIB),
  pipe("pipe MiB/s, 4 KiB writes and reads", 4 * KIB, 4 * KIB),
];

export interface SystemsOptions {
  cpus: number;
  rounds: number;
  linux?: string | undefined;
  against?: string | undefined;
  only?: string | undefined;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** How much of the work fills a measured run. */
async function calibrate(system: System, { words, first }: Workload): Promise<number> {
  for (let n = first; ; n *= 8) {
    const { seconds } = await system.measure(words(n));
    if (seconds > SECONDS / 8) return Math.max(first, Math.round((n * SECONDS) / seconds));
  }
}

interface Series {
  /** Operations a second, a round each. */
  rates: number[];
  /** An operation's time by the program's own clock; in kelp that is 10 ns an instruction. */
  ns: number;
}

/** All systems in turn, round by round: what disturbs the host disturbs them alike. */
async function measure(systems: readonly System[], workload: Workload, { rounds, cpus }: SystemsOptions): Promise<Series[]> {
  const sizes: number[] = [];
  for (const system of systems) sizes.push(await calibrate(system, workload));
  const series = systems.map((): Series => ({ rates: [], ns: 0 }));
  for (let round = 0; round < rounds; round++) {
    for (const [i, system] of systems.entries()) {
      const { count, seconds, busy, ns } = await system.measure(workload.words(sizes[i]!));
      // With one processor always at work its time is the time; several may work side by side.
      series[i]!.rates.push(count / (cpus === 1 && busy !== undefined && busy > 0 ? busy : seconds));
      series[i]!.ns = ns / count;
    }
  }
  return series;
}

function rate(value: number, unit: number): string {
  const shown = value / unit;
  return shown >= 100 ? Math.round(shown).toLocaleString("en") : shown.toFixed(1);
}

const COLUMNS = [40, 14, 14, 12];

/** The table's lines, as they are measured. */
export async function benchSystems(options: SystemsOptions, print: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "kelp-bench-"));
  const { cpus, against, only = "" } = options;
  const wanted = [
    kelp(root, "kelp", cpus),
    ...(against === undefined ? [] : [kelp(against, "against", cpus)]),
    linux(linuxImage(options.linux), programs, folder, cpus),
    host(programs, cpus),
  ];
  const names = ["kelp", ...(against === undefined ? [] : ["against"]), "qemu", "host"];
  for (const [i, launch] of wanted.entries()) if (typeof launch === "string") print(`skipped: ${names[i]}: ${launch}`);
  const systems: System[] = [];
  try {
    for (const launch of wanted.filter((one): one is Launch => typeof one !== "string")) systems.push(await System.start(launch));
    const others = systems.slice(1);
    const goal = others.some(({ name }) => name === "qemu") ? [`goal: ≥ ${GOAL} × qemu`] : [];
    const line = (cells: readonly string[]): string =>
      cells
        .map((cell, i) => cell.padEnd(COLUMNS[Math.min(i, 3)]!))
        .join("")
        .trimEnd();
    print(
      line([
        `${cpus} CPU${cpus > 1 ? "s" : ""}, medians of ${options.rounds} rounds`,
        "kelp",
        "instructions",
        ...others.map(({ name }) => `÷ ${name}`),
        ...goal,
      ]),
    );
    for (const workload of WORKLOADS.filter(({ figure }) => figure.includes(only))) {
      const [own, ...rest] = await measure(systems, workload, options);
      if (!own) break;
      const ratios = rest.map(({ rates }) => median(rates.map((other, round) => own.rates[round]! / other)).toPrecision(2));
      const instructions = (own.ns / 10) * workload.unit;
      print(line([workload.figure, rate(median(own.rates), workload.unit), rate(instructions, 1), ...ratios]));
    }
  } finally {
    for (const system of systems) system.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The options of this file as they stand on a command line. */
export function systemsOptions(argv: string[]): SystemsOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ args: argv, options: { cpus: text, rounds: text, linux: text, against: text, only: text } });
  return {
    cpus: Number(values.cpus ?? 1),
    rounds: Number(values.rounds ?? 5),
    linux: values.linux,
    against: values.against,
    only: values.only,
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await benchSystems(systemsOptions(process.argv.slice(2)), (line) => console.log(line));
