// Jobs of a shell: what it has forked, in which state it is, and how `jobs` and the notices before a prompt tell of it.
import { exited, exitStatus, signalText, stopped, stopSignal, termSignal } from "../sys/signals.js";

export interface JobProcess {
  pid: number;
  /** Wait status; undefined while it runs. */
  status: number | undefined;
  text: string;
}

export type JobState = "running" | "stopped" | "done";

export interface Job {
  number: number;
  /** Its processes form a group of their own, led by the first. */
  controlled: boolean;
  background: boolean;
  processes: JobProcess[];
  state: JobState;
  /** Its state has changed since it was last told. */
  changed: boolean;
  /** The wait status with which a process of it stopped. */
  stopStatus: number;
  /** pipefail was on when it began. */
  pipefail: boolean;
  /** `wait` has had its status: it may go when its place is wanted. */
  waited: boolean;
}

/** What a wait status is called: Done, Done(3), Terminated, Stopped. */
export function statusText(status: number): string {
  if (exited(status)) return exitStatus(status) === 0 ? "Done" : `Done(${exitStatus(status)})`;
  if (stopped(status)) return signalText(stopSignal(status));
  return signalText(termSignal(status)) + (status & 0x80 ? " (core dumped)" : "");
}

/** Column at which `jobs` prints the command. */
const COMMAND_COLUMN = 33;

export class JobTable {
  /** Current job first, then the one before it. */
  #order: Job[] = [];

  get all(): readonly Job[] {
    return this.#order;
  }

  get current(): Job | undefined {
    return this.#order[0];
  }

  get previous(): Job | undefined {
    return this.#order[1];
  }

  add(options: { controlled: boolean; background: boolean; pipefail: boolean }): Job {
    // With job control a finished job stays until it has been told of.
    if (!options.controlled) this.#order = this.#order.filter((job) => job.state !== "done" || !job.waited);
    let number = 1;
    while (this.#order.some((job) => job.number === number)) number++;
    const job: Job = { ...options, number, processes: [], state: "running", changed: false, stopStatus: 0, waited: false };
    this.#order.unshift(job);
    return job;
  }

  remove(job: Job): void {
    this.#order = this.#order.filter((other) => other !== job);
  }

  makeCurrent(job: Job): void {
    this.remove(job);
    this.#order.unshift(job);
  }

  byNumber(number: number): Job | undefined {
    return this.#order.find((job) => job.number === number);
  }

  byPid(pid: number): Job | undefined {
    return this.#order.find((job) => job.processes.some((process) => process.pid === pid));
  }

  /** Takes a wait status in; the job whose process it was. */
  update(pid: number, status: number): Job | undefined {
    const job = this.#order.find((other) => other.processes.some((process) => process.pid === pid && running(process)));
    const process = job?.processes.find((one) => one.pid === pid && running(one));
    if (!job || !process) return undefined;
    process.status = status;
    const state = stateOf(job);
    if (stopped(status)) job.stopStatus = status;
    // Told again where a job that went on unnoticed (SIGCONT from elsewhere) stops once more, as ash does.
    job.changed = state !== "running";
    if (state !== job.state) {
      job.state = state;
      if (state === "stopped") this.makeCurrent(job);
    }
    return job;
  }

  /** What `jobs` in a pipe or a substitution tells of: not the command that it is part of. */
  copy(): JobTable {
    const copy = new JobTable();
    const told = this.#order.filter((job) => job.background || job.state !== "running");
    copy.#order = told.map((job) => ({ ...job, processes: job.processes.map((process) => ({ ...process })) }));
    return copy;
  }

  clear(): void {
    this.#order = [];
  }

  /** `[1]+  Running                    sleep 100` */
  describe(job: Job, withPids: boolean): string {
    const mark = job === this.current ? "+" : job === this.previous ? "-" : " ";
    let head = `[${job.number}]${mark}  `;
    const indent = head.length;
    if (withPids) head += `${job.processes[0]?.pid ?? 0} `;
    const last = job.processes.at(-1)?.status ?? 0;
    head += job.state === "running" ? "Running" : statusText(job.state === "stopped" ? job.stopStatus : last);
    let text = "";
    job.processes.forEach((process, n) => {
      if (n > 0) head = withPids ? `\n${" ".repeat(indent)}${process.pid} ` : " ";
      if (n === 0 || withPids) {
        const column = n === 0 ? head.length : head.length - 1;
        text += head + " ".repeat(Math.max(1, COMMAND_COLUMN - column));
      } else text += head;
      text += (n > 0 ? "| " : "") + process.text;
    });
    return text;
  }
}

const running = (process: JobProcess): boolean => process.status === undefined || stopped(process.status);

function stateOf(job: Job): JobState {
  if (job.processes.some((process) => process.status === undefined)) return "running";
  return job.processes.some((process) => process.status !== undefined && stopped(process.status)) ? "stopped" : "done";
}
