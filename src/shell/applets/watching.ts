// Screens that are drawn again and again: top and watch.

import { read } from "../sys/calls.js";
import { readFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { CLOCK_REALTIME, clockGettime, nanosleep, pollIn } from "../sys/system.js";
import { rawInput, type Termios, tcgetattr, tcsetattr, windowSize } from "../sys/terminal.js";
import { parseDecimal } from "../text/numbers.js";
import { accountName, accounts } from "./accounts.js";
import type { AppletTable, Io } from "./applet.js";
import { formatTime } from "./format.js";
import { linesOf } from "./input.js";
import { allProcesses, type ProcessInfo } from "./processes.js";
import { runAndWait } from "./programs.js";

const HOME_CLEAR = "\x1b[H\x1b[J";

/** user, nice, system, idle, iowait, irq, softirq, steal: /proc/stat's first line. */
function* cpuTicks(): Sys<number[]> {
  const text = yield* readFile("/proc/stat");
  const line = typeof text === "number" ? "" : (linesOf(text)[0] ?? "");
  return line.trim().split(/ +/).slice(1, 9).map(Number);
}

interface Sample {
  cpu: number[];
  processes: ProcessInfo[];
}

function* sample(): Sys<Sample> {
  return { cpu: yield* cpuTicks(), processes: yield* allProcesses() };
}

const percent = (part: number, whole: number): number => (whole > 0 ? Math.min(100, Math.round((part * 100) / whole)) : 0);
const size = (kib: number): string => (kib >= 100_000 ? `${Math.round(kib / 1024)}m` : String(kib));

function* memoryLine(): Sys<{ text: string; total: number }> {
  const text = yield* readFile("/proc/meminfo");
  const values = new Map<string, number>();
  for (const line of typeof text === "number" ? [] : linesOf(text)) {
    const [name = "", rest = "0"] = line.split(":");
    values.set(name, Number.parseInt(rest.trim(), 10));
  }
  const of = (name: string): number => values.get(name) ?? 0;
  const total = of("MemTotal");
  return {
    text: `Mem: ${total - of("MemFree")}K used, ${of("MemFree")}K free, ${of("Shmem")}K shrd, ${of("Buffers")}K buff, ${of("Cached") + of("SReclaimable")}K cached`,
    total,
  };
}

/** A screen's text, from two samples: the shares are those of the time between. */
function* topScreen(before: Sample, now: Sample, rows: number, columns: number): Sys<string> {
  const ticks = now.cpu.map((value, n) => value - (before.cpu[n] ?? 0));
  const whole = ticks.reduce((sum, value) => sum + value, 0);
  const share = (n: number): string => `${String(percent(ticks[n] ?? 0, whole)).padStart(3)}%`;
  const memory = yield* memoryLine();
  const load = yield* readFile("/proc/loadavg");
  const lines = [
    memory.text,
    `CPU: ${share(0)} usr ${share(2)} sys ${share(1)} nic ${share(3)} idle ${share(4)} io ${share(5)} irq ${share(6)} sirq`,
    `Load average: ${typeof load === "number" ? "" : load.trim()}`,
    "  PID  PPID USER     STAT   VSZ %VSZ %CPU COMMAND",
  ];
  const users = yield* accounts("/etc/passwd");
  const earlier = new Map(before.processes.map((process) => [process.pid, process.ticks]));
  const listed = now.processes.map((process) => ({ process, used: process.ticks - (earlier.get(process.pid) ?? 0) }));
  listed.sort((a, b) => b.used - a.used || b.process.vsz - a.process.vsz || a.process.pid - b.process.pid);
  for (const { process, used } of listed) {
    lines.push(
      `${String(process.pid).padStart(5)} ${String(process.ppid).padStart(5)} ${accountName(users, process.uid).slice(0, 8).padEnd(8)} ` +
        `${process.state.padEnd(4)}${size(process.vsz).padStart(6)} ${`${percent(process.vsz, memory.total)}%`.padStart(4)} ` +
        `${`${percent(used, whole)}%`.padStart(4)} ${process.args}`,
    );
  }
  return lines
    .slice(0, rows)
    .map((line) => line.slice(0, columns))
    .join("\n");
}

/** How long the first sample is, in seconds: there is nothing before it to compare with. */
const FIRST_SAMPLE = 0.1;

function* top(io: Io): Sys<number> {
  const options = yield* io.options("bHmn:d:");
  const batch = options.has("b");
  const times = parseDecimal(options.value("n") ?? "") ?? Number.POSITIVE_INFINITY;
  const delay = Number(options.value("d") ?? 5);
  if (!(delay >= 0)) return yield* io.die(`invalid number '${options.value("d")}'`);
  const saved: Termios | number = batch ? -1 : yield* tcgetattr(0);
  if (typeof saved !== "number") yield* tcsetattr(0, rawInput(saved));
  let before = yield* sample();
  yield* nanosleep(FIRST_SAMPLE);
  for (let n = 0; ; ) {
    const now = yield* sample();
    const screen = yield* windowSize(1);
    const rows = batch ? Number.POSITIVE_INFINITY : (screen?.rows || 24) - 1;
    const text = yield* topScreen(before, now, rows, screen ? screen.columns || 80 : 512);
    yield* io.put(batch ? `${text}\n` : `${HOME_CLEAR}${text}\r\n`);
    yield* io.flush();
    before = now;
    if (++n >= times) break;
    if (typeof saved === "number") {
      if ((yield* nanosleep(delay)) < 0) break;
      continue;
    }
    if ((yield* pollIn(0, Math.round(delay * 1000))) <= 0) continue;
    const key = yield* read(0, 1);
    if (key === "q" || key === "\x03" || key === "" || typeof key === "number") break;
  }
  if (typeof saved !== "number") yield* tcsetattr(0, saved);
  return 0;
}

function* watch(io: Io): Sys<number> {
  const options = yield* io.options("+n:t");
  const argv = options.operands;
  if (argv.length === 0) return yield* io.showUsage();
  const period = Number(options.value("n") ?? 2);
  if (!(period >= 0)) return yield* io.die(`invalid number '${options.value("n")}'`);
  const command = argv.join(" ");
  for (;;) {
    const columns = (yield* windowSize(1))?.columns || 80;
    yield* io.put(HOME_CLEAR);
    if (!options.has("t")) {
      const time = formatTime("%Y-%m-%d %H:%M:%S", yield* clockGettime(CLOCK_REALTIME));
      const head = `Every ${period.toFixed(1)}s: ${command}`;
      yield* io.put(`${head.slice(0, Math.max(0, columns - time.length - 1)).padEnd(columns - time.length)}${time}\n\n`);
    }
    yield* io.flush();
    yield* runAndWait(io, ["sh", "-c", command]);
    if ((yield* nanosleep(period)) < 0) return 0;
  }
}

export const WATCHING: AppletTable = {
  top: {
    usage:
      "[-b] [-n COUNT] [-d SECONDS]\n\nShow which processes use the CPUs\n\n\t-b\tOne text after another, not a screen\n\t-n N\tEnd after N\n\t-d N\tSeconds between them\n\nKeys: Q, ^C: end; others: draw again",
    run: top,
  },
  watch: { usage: "[-n SEC] [-t] PROG ARGS\n\nRun PROG again and again\n\n\t-n SEC\tEvery SEC seconds (2)\n\t-t\tNo header", run: watch },
};
