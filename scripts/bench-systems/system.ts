// A system that runs benchmark programs: a child process at whose other end bench-serve (src/user/programs) reads commands. The
// programs print a line when their work begins and one when it ends; the time between the two is taken here, by the host's clock, so
// that it means the same for a machine whose own clock counts instructions. Beside it stands the processor time that the system used
// for the command, which others at work on the host disturb less.

import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** The most that a command may take. */
const LIMIT_MS = 120_000;

interface Measure {
  seconds: number;
  /** Processor time from the command to its end; undefined where the host does not tell. */
  busy: number | undefined;
  /** Operations done. */
  count: number;
  /** By the program's own clock. */
  ns: number;
}

/** Seconds that a process has used, all its threads and the children that it has waited for. Linux only. */
function processorTime(pid: number): number | undefined {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const ns = tasks.map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]));
    // cutime and cstime, in ticks of 10 ms: the 14th and 15th field behind the name.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return ns.reduce((sum, n) => sum + n, 0) / 1e9 + (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return undefined;
  }
}

export interface Launch {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Folder of the programs, as the system sees it. */
  readonly programs: string;
}

export class System {
  readonly name: string;
  private readonly child: ChildProcess;
  private readonly programs: string;
  private rest = "";
  private complaint = "";
  private heard: (line: string, at: number) => void = () => undefined;
  private failed: (error: Error) => void = () => undefined;

  private constructor({ name, command, args, programs }: Launch) {
    this.name = name;
    this.programs = programs;
    this.child = spawn(command, args, { stdio: "pipe" });
    this.child.stdout?.on("data", (data: Buffer) => this.receive(data.toString("latin1")));
    this.child.stderr?.on("data", (data: Buffer) => {
      this.complaint += data.toString("latin1");
    });
    this.child.on("error", (error) => this.failed(error));
    this.child.on("exit", (status) => this.failed(new Error(`${name} ended with status ${status}: ${this.rest}${this.complaint}`)));
    this.child.stdin?.on("error", () => undefined);
    // A machine outlives its standard input.
    process.on("exit", () => this.child.kill("SIGKILL"));
  }

  static async start(launch: Launch): Promise<System> {
    const system = new System(launch);
    await system.lines((line) => line === "ready");
    return system;
  }

  /** Notes what is printed, line by line. */
  private receive(text: string): void {
    const at = performance.now();
    const lines = (this.rest + text).split(/\r*\n/);
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.heard(line, at);
  }

  /** Until `last` says so of a line. */
  private lines(last: (line: string, at: number) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.name} does not answer: ${this.rest}`)), LIMIT_MS);
      this.failed = reject;
      this.heard = (line, at) => {
        if (!last(line, at)) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** @param words a program of src/user/programs and its arguments. */
  async measure(words: string): Promise<Measure> {
    let began = 0;
    let measure: Measure | undefined;
    let status = "";
    const pid = this.child.pid ?? 0;
    const before = processorTime(pid);
    this.child.stdin?.write(`${this.programs}/${words}\n`);
    await this.lines((line, at) => {
      if (line.startsWith("begin ")) began = at;
      const end = /^end \S+ (\d+) \S+ (\d+) ns/.exec(line);
      if (end) measure = { seconds: (at - began) / 1000, busy: undefined, count: Number(end[1]), ns: Number(end[2]) };
      status = /^done (-?\d+)$/.exec(line)?.[1] ?? "";
      return status !== "";
    });
    if (!measure || status !== "0") throw new Error(`${this.name}: '${words}' failed with status ${status}`);
    const after = processorTime(pid);
    if (before !== undefined && after !== undefined) measure.busy = after - before;
    return measure;
  }

  stop(): void {
    this.failed = () => undefined;
    this.child.kill("SIGKILL");
  }
}
