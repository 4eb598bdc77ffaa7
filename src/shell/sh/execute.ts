// The executor: walks the syntax tree and runs it. `last` means that the process ends with this command, so it need not be forked.
import { strerror } from "../../abi/errno.js";
import { close, dup2, fork, pipe, setpgid, work } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { matchGlob } from "../text/glob.js";
import type { Command, CompoundCommand, Pipeline } from "./ast.js";
import { runInChild } from "./child.js";
import { LoopExit, ShellError, ShellExit } from "./control-flow.js";
import { expandToPattern, expandToText, expandWords } from "./expand.js";
import type { Job } from "./job-table.js";
import { redirect, restore, type SavedDescriptor } from "./redirect.js";
import { commandText } from "./render.js";
import type { Shell } from "./shell.js";
import { executeSimple } from "./simple-command.js";
import { ERR_TRAP, handleSignals, runTrap } from "./traps.js";
import { waitForJob } from "./wait.js";

/** Guest loop turns (2 instructions each) that a command and a turn of a loop take: a shell is not free. */
const COMMAND_WORK = 200;
const LOOP_WORK = 50;

/** So many commands nested in each other share one host stack. */
const NEST_EVERY = 32;

export function* execute(sh: Shell, command: Command, last = false): Sys<number> {
  sh.depth++;
  try {
    if (sh.depth % NEST_EVERY === 0) return (yield { kind: "nest", body: executeHere(sh, command, last) }).value;
    return yield* executeHere(sh, command, last);
  } finally {
    sh.depth--;
  }
}

function* executeHere(sh: Shell, command: Command, last: boolean): Sys<number> {
  if (sh.process.signals.length > 0) yield* handleSignals(sh);
  if (sh.options.has("n") && !sh.interactive) return sh.status;
  switch (command.kind) {
    case "simple":
      yield* work(COMMAND_WORK);
      sh.status = yield* executeSimple(sh, command, last);
      break;
    case "sequence":
      yield* execute(sh, command.left);
      return yield* execute(sh, command.right, last);
    case "and":
    case "or": {
      const status = yield* condition(sh, command.left);
      if ((status === 0) !== (command.kind === "and")) return status;
      return yield* execute(sh, command.right, last);
    }
    case "not":
      sh.status = (yield* condition(sh, command.body)) === 0 ? 1 : 0;
      return sh.status;
    case "pipeline":
      sh.status = yield* executePipeline(sh, command);
      break;
    case "background":
      yield* executeBackground(sh, command.body);
      sh.status = 0;
      return 0;
    case "function":
      sh.functions.set(command.name, command.body);
      sh.status = 0;
      return 0;
    default:
      return yield* executeCompound(sh, command, last);
  }
  if (sh.process.signals.length > 0) yield* handleSignals(sh);
  return yield* checkError(sh);
}

/** A failure that is no answer: the trap on ERR, and set -e. */
function* checkError(sh: Shell): Sys<number> {
  if (sh.status === 0 || sh.conditionDepth > 0) return sh.status;
  const action = sh.traps.get(ERR_TRAP);
  if (action && !sh.inErrTrap && (sh.functionDepth === 0 || sh.options.has("E"))) {
    sh.inErrTrap = true;
    try {
      yield* runTrap(sh, action);
    } finally {
      sh.inErrTrap = false;
    }
  }
  if (sh.options.has("e")) throw new ShellExit(sh.status);
  return sh.status;
}

/** A command whose failure is an answer. */
function* condition(sh: Shell, command: Command): Sys<number> {
  sh.conditionDepth++;
  try {
    return yield* execute(sh, command);
  } finally {
    sh.conditionDepth--;
  }
}

function* executeCompound(sh: Shell, command: CompoundCommand, last: boolean): Sys<number> {
  if (sh.tellsLine) sh.line = command.line;
  if (command.kind === "subshell") {
    sh.status = yield* executeSubshell(sh, command, last);
    return yield* checkError(sh);
  }
  if (command.redirects.length === 0) return yield* executeBody(sh, command, last);
  const saved: SavedDescriptor[] = [];
  try {
    try {
      yield* redirect(sh, command.redirects, saved);
    } catch (error) {
      if (!(error instanceof ShellError)) throw error;
      sh.status = error.status;
      return yield* checkError(sh);
    }
    return yield* executeBody(sh, command, false);
  } finally {
    yield* restore(saved);
  }
}

function* executeBody(sh: Shell, command: Exclude<CompoundCommand, { kind: "subshell" }>, last: boolean): Sys<number> {
  switch (command.kind) {
    case "group":
      return yield* execute(sh, command.body, last);
    case "if": {
      const status = yield* condition(sh, command.test);
      if (status === 0) return yield* execute(sh, command.then, last);
      if (command.otherwise) return yield* execute(sh, command.otherwise, last);
      sh.status = 0;
      return 0;
    }
    case "loop":
      return yield* executeLoop(sh, command);
    case "for":
      return yield* executeFor(sh, command);
    case "case":
      return yield* executeCase(sh, command, last);
  }
}

/** Runs one turn of a loop; true where the loop ends (the turn says so, or break). */
function* loopTurn(body: () => Sys<boolean>): Sys<boolean> {
  yield* work(LOOP_WORK);
  try {
    return yield* body();
  } catch (error) {
    if (!(error instanceof LoopExit)) throw error;
    if (--error.levels > 0) throw error;
    return error.kind === "break";
  }
}

function* executeLoop(sh: Shell, command: { until: boolean; test: Command; body: Command }): Sys<number> {
  let status = 0;
  const turn = function* (): Sys<boolean> {
    if (((yield* condition(sh, command.test)) === 0) === command.until) return true;
    status = 0;
    status = yield* execute(sh, command.body);
    return false;
  };
  sh.loopDepth++;
  try {
    while (!(yield* loopTurn(turn)));
  } finally {
    sh.loopDepth--;
  }
  sh.status = status;
  return status;
}

function* executeFor(
  sh: Shell,
  command: { name: string; words: Parameters<typeof expandWords>[1] | undefined; body: Command },
): Sys<number> {
  const values = command.words ? yield* expandWords(sh, command.words) : [...sh.positional];
  let status = 0;
  sh.loopDepth++;
  try {
    for (const value of values) {
      yield* sh.setVariable(command.name, value);
      const ended = yield* loopTurn(function* () {
        status = 0;
        status = yield* execute(sh, command.body);
        return false;
      });
      if (ended) break;
    }
  } finally {
    sh.loopDepth--;
  }
  sh.status = status;
  return status;
}

function* executeCase(sh: Shell, command: CompoundCommand & { kind: "case" }, last: boolean): Sys<number> {
  const subject = yield* expandToText(sh, command.subject.parts);
  for (const item of command.items) {
    for (const word of item.patterns) {
      const pattern = yield* expandToPattern(sh, word.parts);
      if (!matchGlob(pattern, subject)) continue;
      if (item.body) return yield* execute(sh, item.body, last);
      sh.status = 0;
      return 0;
    }
  }
  sh.status = 0;
  return 0;
}

/** Forks a child for a command of a job; the parent puts it into its group as the child does itself. */
function* forkInto(sh: Shell, job: Job, body: Command, background: boolean, prepare: () => Sys<void>): Sys<number> {
  const child = sh.clone(sh.process);
  const group = job.controlled ? (job.processes[0]?.pid ?? 0) : undefined;
  const keepsInput = job.processes.length > 0;
  const pid = yield* fork(function* (process) {
    yield* prepare();
    return yield* runInChild(child, process, body, { background, group, keepsInput });
  });
  if (pid < 0) return yield* sh.fail(`can't fork: ${strerror(pid)}`);
  if (job.controlled) yield* setpgid(pid, group || pid);
  job.processes.push({ pid, status: undefined, text: sh.jobControl ? commandText(body) : "" });
  return pid;
}

function* nothing(): Sys<void> {}

function newJob(sh: Shell, background: boolean): Job {
  return sh.jobs.add({ controlled: sh.jobControl, background, pipefail: sh.options.has("P") });
}

function* executeSubshell(sh: Shell, command: CompoundCommand & { kind: "subshell" }, last: boolean): Sys<number> {
  if (last && sh.traps.size === 0) {
    sh.isSubshell = true;
    yield* redirect(sh, command.redirects, undefined);
    return yield* execute(sh, command.body, true);
  }
  const job = newJob(sh, false);
  yield* forkInto(sh, job, command, false, nothing);
  return yield* waitForJob(sh, job);
}

function* executeBackground(sh: Shell, body: Command): Sys<void> {
  const job = newJob(sh, true);
  if (body.kind === "pipeline") yield* startPipeline(sh, job, body, true);
  else yield* forkInto(sh, job, body, true, nothing);
  sh.lastBackground = job.processes.at(-1)?.pid;
}

function* startPipeline(sh: Shell, job: Job, command: Pipeline, background: boolean): Sys<void> {
  let input = -1;
  for (const [n, body] of command.commands.entries()) {
    let ends: [number, number] | undefined;
    if (n + 1 < command.commands.length) {
      const made = yield* pipe();
      if (typeof made === "number") return yield* sh.fail(`can't create pipe: ${strerror(made)}`);
      ends = made;
    }
    const from = input;
    yield* forkInto(sh, job, body, background, function* () {
      if (ends) yield* close(ends[0]);
      if (from > 0) {
        yield* dup2(from, 0);
        yield* close(from);
      }
      if (ends && ends[1] > 1) {
        yield* dup2(ends[1], 1);
        yield* close(ends[1]);
      }
    });
    if (from >= 0) yield* close(from);
    if (ends) yield* close(ends[1]);
    input = ends ? ends[0] : -1;
  }
}

function* executePipeline(sh: Shell, command: Pipeline): Sys<number> {
  const job = newJob(sh, false);
  yield* startPipeline(sh, job, command, false);
  return yield* waitForJob(sh, job);
}
