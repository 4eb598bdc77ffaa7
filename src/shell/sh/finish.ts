// The end of a shell process: what its last command, exit, an error or a stray break leads to, and the EXIT trap.
import { getpid, kill } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { SIGINT, sigaction } from "../sys/signals.js";
import { FunctionReturn, Interrupted, LoopExit, ShellError, ShellExit } from "./control-flow.js";
import type { Shell } from "./shell.js";
import { runTrap } from "./traps.js";

/** 128 + SIGINT */
const INTERRUPTED_STATUS = 130;

/** Runs the shell's work to its end, whatever ends it, then the EXIT trap; the process's exit status. */
export function* finish(sh: Shell, work: () => Sys<number>): Sys<number> {
  sh.status = yield* outcome(sh, work);
  const action = sh.traps.get(0);
  if (action !== undefined && action !== "") {
    sh.traps.delete(0);
    const status = sh.status;
    sh.status = yield* outcome(sh, function* () {
      yield* runTrap(sh, action);
      return status;
    });
  }
  return sh.status;
}

function* outcome(sh: Shell, work: () => Sys<number>): Sys<number> {
  try {
    return yield* work();
  } catch (error) {
    if (error instanceof ShellExit || error instanceof ShellError || error instanceof FunctionReturn) return error.status;
    if (error instanceof LoopExit) return sh.status;
    if (!(error instanceof Interrupted)) throw error;
    // Not a prompt's shell: it dies of the signal, so that its parent sees an interrupted child.
    yield* sigaction(SIGINT, "default");
    yield* kill(yield* getpid(), SIGINT);
    return INTERRUPTED_STATUS;
  }
}
