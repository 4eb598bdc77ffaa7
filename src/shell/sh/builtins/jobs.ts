// Job control: jobs fg bg wait kill.
import { ERRNO, strerror } from "../../../abi/errno.js";
import { kill } from "../../sys/calls.js";
import type { Sys } from "../../sys/request.js";
import { SIGCONT, SIGNAL_NAMES, SIGTERM, signalNumber } from "../../sys/signals.js";
import { tcsetpgrp } from "../../sys/terminal.js";
import { parseDecimal } from "../../text/numbers.js";
import type { Job } from "../job-table.js";
import type { Shell } from "../shell.js";
import { handleSignals } from "../traps.js";
import { collectChildren, jobStatus, waitForAny, waitForJob } from "../wait.js";
import { options, print } from "./output.js";
import type { BuiltinTable } from "./table.js";

/** The job that `%n`, `%+`, `%-`, `%text`, `%?text` or a pid means. A wrong one is told and thrown. */
function* findJob(sh: Shell, spec: string | undefined, needsControl: boolean): Sys<Job> {
  const { jobs } = sh;
  let job: Job | undefined;
  let wrong = `${spec}: no such job`;
  if (spec === undefined || spec === "%" || spec === "%%" || spec === "%+") {
    job = jobs.current;
    wrong = "No current job";
  } else if (spec === "%-") {
    job = jobs.previous;
    wrong = "No previous job";
  } else if (/^%[0-9]+$/.test(spec)) job = jobs.byNumber(Number(spec.slice(1)));
  else if (spec.startsWith("%")) {
    const anywhere = spec.startsWith("%?");
    const text = spec.slice(anywhere ? 2 : 1);
    const found = jobs.all.filter((one) => {
      const command = one.processes[0]?.text ?? "";
      return anywhere ? command.includes(text) : command.startsWith(text);
    });
    if (found.length > 1) wrong = `${spec}: ambiguous`;
    job = found.length === 1 ? found[0] : undefined;
  } else if (/^[0-9]+$/.test(spec)) job = jobs.byPid(Number(spec));
  if (!job) return yield* sh.fail(wrong);
  if (needsControl && !job.controlled) return yield* sh.fail(`job ${spec ?? "(null)"} not created under job control`);
  return job;
}

function* jobs(sh: Shell, argv: readonly string[]): Sys<number> {
  const { given, rest } = yield* options(sh, argv, "lp");
  yield* collectChildren(sh);
  const list: Job[] = [];
  if (rest.length === 0) list.push(...sh.jobs.all);
  else for (const spec of rest) list.push(yield* findJob(sh, spec, false));
  let text = "";
  for (const job of list) {
    // Those that are done go one by one: the next one may become the current or the previous job by it.
    text += `${given.has("p") ? job.processes[0]?.pid : sh.jobs.describe(job, given.has("l"))}\n`;
    job.changed = false;
    if (job.state === "done") sh.jobs.remove(job);
  }
  return yield* print(sh, text);
}

function* resume(sh: Shell, argv: readonly string[]): Sys<number> {
  const foreground = argv[0] === "fg";
  let status = 0;
  for (const spec of argv.length > 1 ? argv.slice(1) : [undefined]) {
    const job = yield* findJob(sh, spec, true);
    const text = job.processes.map((process) => process.text).join(" | ");
    if (!foreground) sh.jobs.makeCurrent(job);
    yield* print(sh, foreground ? `${text}\n` : `[${job.number}] ${text}\n`);
    const group = job.processes[0]?.pid ?? 0;
    job.background = !foreground;
    if (job.state === "stopped") {
      job.state = "running";
      for (const process of job.processes) if (process.status !== undefined && (process.status & 0xff) === 0x7f) process.status = undefined;
    }
    if (foreground && sh.terminal !== undefined) yield* tcsetpgrp(sh.terminal, group);
    yield* kill(-group, SIGCONT);
    if (foreground) status = yield* waitForJob(sh, job);
  }
  return status;
}

/** Waits for one job or, with undefined, for all; 128 + the signal where a trapped one came, also if it came with a child's end. */
function* waitUntil(sh: Shell, done: () => boolean, job?: Job): Sys<number | undefined> {
  while (!done()) {
    const before = yield* trappedSignal(sh);
    if (before !== undefined) return before;
    if ((yield* waitForAny(sh, job)) === -ERRNO.ECHILD) return undefined;
    const during = yield* trappedSignal(sh);
    if (during !== undefined) return during;
  }
  return undefined;
}

function* trappedSignal(sh: Shell): Sys<number | undefined> {
  if (sh.process.signals.length === 0) return undefined;
  const signal = sh.process.signals.find((one) => sh.traps.has(one));
  yield* handleSignals(sh);
  return signal === undefined ? undefined : 128 + signal;
}

function* wait(sh: Shell, argv: readonly string[]): Sys<number> {
  if (argv.length < 2) {
    const interrupted = yield* waitUntil(sh, () => sh.jobs.all.every((job) => job.state !== "running"));
    if (interrupted !== undefined) return interrupted;
    for (const job of sh.jobs.all) job.waited = job.state === "done";
    return 0;
  }
  let status = 0;
  for (const spec of argv.slice(1)) {
    let job: Job | undefined;
    if (/^[0-9]+$/.test(spec)) job = sh.jobs.byPid(Number(spec));
    else if (spec.startsWith("%")) job = yield* findJob(sh, spec, false);
    else yield* sh.fail(`Illegal number: ${spec}`);
    status = 127;
    if (!job) continue;
    const target = job;
    const interrupted = yield* waitUntil(sh, () => target.state !== "running", target);
    if (interrupted !== undefined) return interrupted;
    status = jobStatus(job);
    job.waited = job.state === "done";
  }
  return status;
}

/** `kill -l`: all as a table, or names of numbers and numbers of names. */
function* listSignals(sh: Shell, names: readonly string[]): Sys<number> {
  if (names.length === 0) {
    return yield* print(sh, SIGNAL_NAMES.map((name, n) => (n === 0 ? "" : `${String(n).padStart(2)}) ${name}\n`)).join(""));
  }
  let text = "";
  for (const name of names) {
    const signal = /^[0-9]+$/.test(name) ? Number(name) & 0x7f : signalNumber(name);
    if (signal < 0) {
      yield* sh.appletMessage(`unknown signal '${name}'`);
      return 1;
    }
    text += /^[0-9]+$/.test(name) ? `${SIGNAL_NAMES[signal] ?? signal}\n` : `${signal}\n`;
  }
  return yield* print(sh, text);
}

function* killJobs(sh: Shell, argv: readonly string[]): Sys<number> {
  let args = argv.slice(1);
  let signal = SIGTERM;
  if (args[0] === "-l") return yield* listSignals(sh, args.slice(1));
  const first = args[0] ?? "";
  if (first === "-s" || first === "-n") {
    signal = signalNumber(args[1] ?? "");
    if (signal < 0) {
      yield* sh.appletMessage(`bad signal name '${args[1] ?? ""}'`);
      return 1;
    }
    args = args.slice(2);
  } else if (first.startsWith("-") && first !== "--" && first.length > 1) {
    signal = signalNumber(first.slice(1));
    if (signal < 0) {
      yield* sh.appletMessage(`bad signal name '${first.slice(1)}'`);
      return 1;
    }
    args = args.slice(1);
  }
  if (args[0] === "--") args = args.slice(1);
  if (args.length === 0) {
    yield* sh.appletMessage("you need to specify whom to kill");
    return 1;
  }
  // ash looks all jobs up before it sends anything.
  const targets: (number | undefined)[] = [];
  for (const spec of args) {
    if (!spec.startsWith("%")) targets.push(undefined);
    else {
      const job = yield* findJob(sh, spec, false);
      const pid = job.processes[0]?.pid ?? 0;
      targets.push(job.controlled ? -pid : pid);
    }
  }
  let failures = 0;
  for (const [n, spec] of args.entries()) {
    const plain = parseDecimal(spec.replace(/^-/, ""));
    const pid = targets[n] ?? (plain === undefined ? undefined : spec.startsWith("-") ? -plain : plain);
    if (pid === undefined) {
      yield* sh.appletMessage(`invalid number '${spec}'`);
      failures++;
      continue;
    }
    const result = yield* kill(pid, signal);
    if (result < 0) {
      yield* sh.appletMessage(`can't kill pid ${pid}: ${strerror(result)}`);
      failures++;
    }
  }
  return failures > 0 ? 1 : 0;
}

export const JOBS: BuiltinTable = {
  jobs: { run: jobs },
  fg: { run: resume },
  bg: { run: resume },
  wait: { run: wait },
  kill: { run: killJobs },
};
