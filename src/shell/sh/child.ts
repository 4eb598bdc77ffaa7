// What a forked part of the shell does first, and how it ends.
import { close, dup2, getpid, O_RDONLY, open, setpgid } from "../sys/calls.js";
import type { Process, Sys } from "../sys/request.js";
import { SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, sigaction } from "../sys/signals.js";
import { tcsetpgrp } from "../sys/terminal.js";
import type { Command } from "./ast.js";
import { execute } from "./execute.js";
import { finish } from "./finish.js";
import { plainText } from "./parser.js";
import type { Shell } from "./shell.js";
import { ERR_TRAP } from "./traps.js";

export interface ChildOptions {
  background: boolean;
  /** Job control: the group to join; 0 makes this child its leader. undefined: no job control. */
  group?: number | undefined;
  /** Its standard input is a pipe of its job's: it stays in the background, too. */
  keepsInput?: boolean;
  /** It is to tell of the shell's jobs. */
  keepsJobs?: boolean;
}

/** Signals and groups of a fresh child. `sh` is its own clone already. */
export function* becomeChild(sh: Shell, process: Process, options: ChildOptions): Sys<void> {
  const { terminal } = sh;
  const controlled = options.group !== undefined;
  const wasTop = !sh.isSubshell;
  sh.process = process;
  sh.isSubshell = true;
  if (!options.keepsJobs) sh.jobs.clear();
  if (controlled) {
    const pid = yield* getpid();
    yield* setpgid(0, options.group ?? 0);
    if (!options.background && terminal !== undefined) yield* tcsetpgrp(terminal, options.group || pid);
  } else if (options.background) {
    yield* sigaction(SIGINT, "ignore");
    yield* sigaction(SIGQUIT, "ignore");
    sh.ignoredAtStart.add(SIGINT).add(SIGQUIT);
    if (!options.keepsInput) yield* nullInput();
  }
  for (const [signal, action] of sh.traps) {
    if (action === "") continue;
    sh.traps.delete(signal);
    if (signal > 0 && signal !== ERR_TRAP) yield* sigaction(signal, "default");
  }
  if (wasTop && (sh.interactive || terminal !== undefined)) {
    const changed = [SIGTSTP, SIGTTIN, SIGTTOU];
    if (sh.interactive) changed.push(SIGTERM);
    if (sh.interactive && (controlled || !options.background)) changed.push(SIGINT, SIGQUIT);
    for (const signal of changed) if (!sh.ignoredAtStart.has(signal)) yield* sigaction(signal, "default");
  }
}

function* nullInput(): Sys<void> {
  const fd = yield* open("/dev/null", O_RDONLY);
  if (fd < 0) return;
  yield* dup2(fd, 0);
  if (fd !== 0) yield* close(fd);
}

/** A whole child that runs a command and ends with its status. */
export function* runInChild(sh: Shell, process: Process, body: Command, options: ChildOptions): Sys<number> {
  return yield* finish(sh, function* () {
    const first = body.kind === "simple" ? body.words[0] : undefined;
    yield* becomeChild(sh, process, { ...options, keepsJobs: first !== undefined && plainText(first) === "jobs" });
    return yield* execute(sh, body, true);
  });
}
