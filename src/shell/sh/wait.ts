// Waiting for children: the foreground job, `wait`, and the quiet look before a prompt.
import { ERRNO } from "../../abi/errno.js";
import { type Waited, WNOHANG, WUNTRACED, wait4, writeAll } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { SIGINT, SIGPIPE, shellStatus, signalled, signalText, termSignal } from "../sys/signals.js";
import { tcsetpgrp } from "../sys/terminal.js";
import { Interrupted } from "./control-flow.js";
import type { Job } from "./job-table.js";
import type { Shell } from "./shell.js";

function* waitOnce(sh: Shell, flags: number): Sys<Waited | number> {
  const waited = yield* wait4(-1, flags | (sh.jobControl ? WUNTRACED : 0));
  if (typeof waited !== "number" && waited.pid > 0) sh.jobs.update(waited.pid, waited.status);
  return waited;
}

/** The job's exit status as $? tells it. */
export function jobStatus(job: Job): number {
  if (job.state === "stopped") return shellStatus(job.stopStatus);
  if (job.pipefail) {
    const failed = job.processes.filter((process) => process.status !== undefined && process.status !== 0).at(-1);
    return failed ? shellStatus(failed.status ?? 0) : 0;
  }
  return shellStatus(job.processes.at(-1)?.status ?? 0);
}

/** Waits until a foreground job has ended or stopped. A process killed by a signal is told, as ash does. */
export function* waitForJob(sh: Shell, job: Job): Sys<number> {
  while (job.state === "running") {
    const waited = yield* waitOnce(sh, 0);
    if (waited === -ERRNO.EINTR) continue;
    if (typeof waited === "number") {
      // ECHILD: someone else has collected them.
      for (const process of job.processes) process.status ??= 0;
      job.state = "done";
      break;
    }
    if (job.processes.some((process) => process.pid === waited.pid)) yield* tellSignal(waited.status);
  }
  const status = jobStatus(job);
  if (job.controlled && sh.jobControl && sh.terminal !== undefined) yield* tcsetpgrp(sh.terminal, sh.pid);
  if (job.state === "done") {
    sh.jobs.remove(job);
    const interrupted = job.processes.some((process) => process.status !== undefined && termSignal(process.status) === SIGINT);
    if (interrupted && sh.jobControl && job.controlled) {
      // The terminal's group was the job's: what its user meant for it counts for the shell, too.
      if (sh.traps.has(SIGINT)) sh.process.signals.push(SIGINT);
      else {
        sh.status = status;
        throw new Interrupted();
      }
    }
  }
  return status;
}

function* tellSignal(status: number): Sys<void> {
  if (!signalled(status)) return;
  const signal = termSignal(status);
  if (signal === SIGINT || signal === SIGPIPE) return;
  yield* writeAll(2, signalText(signal) + (status & 0x80 ? " (core dumped)" : "") + "\n");
}

/** Waits for any child to change and tells of a signal that killed one of the job's; a negative errno when there is none or a signal came. */
export function* waitForAny(sh: Shell, told: Job | undefined): Sys<number> {
  const waited = yield* waitOnce(sh, 0);
  if (typeof waited === "number") return waited;
  if (told?.processes.some((process) => process.pid === waited.pid)) yield* tellSignal(waited.status);
  return waited.pid;
}

/** Takes in what children have done without waiting. */
export function* collectChildren(sh: Shell): Sys<void> {
  for (;;) {
    const waited = yield* waitOnce(sh, WNOHANG);
    if (typeof waited === "number" || waited.pid === 0) return;
  }
}

/** Before a prompt: tells of background jobs whose state has changed, and forgets those that are done. */
export function* tellChangedJobs(sh: Shell): Sys<void> {
  if (sh.jobs.all.length === 0) return;
  yield* collectChildren(sh);
  // Those that are done go one by one: the next one may become the current or the previous job by it.
  for (const job of sh.jobs.all.filter((one) => one.changed)) {
    yield* writeAll(2, `${sh.jobs.describe(job, false)}\n`);
    job.changed = false;
    if (job.state === "done") sh.jobs.remove(job);
  }
}
