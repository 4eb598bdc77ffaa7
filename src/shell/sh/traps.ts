// Caught signals: the shell looks at them between commands, runs their traps, and at an interactive prompt gives up the line on SIGINT.
import type { Sys } from "../sys/request.js";
import { SIGCHLD, SIGINT } from "../sys/signals.js";
import { Interrupted } from "./control-flow.js";
import { runText } from "./run-text.js";
import type { Shell } from "./shell.js";

/** Behind the numbers of all signals: the trap for a command that fails. */
export const ERR_TRAP = 65;

/** Runs a trap's commands; $? is afterwards what it was. */
export function* runTrap(sh: Shell, action: string): Sys<void> {
  const status = sh.status;
  yield* runText(sh, action);
  sh.status = status;
}

/** Takes the signals that have come since the last look. */
export function* handleSignals(sh: Shell): Sys<void> {
  while (sh.process.signals.length > 0) {
    const signal = sh.process.signals.shift() ?? 0;
    const action = sh.traps.get(signal);
    if (action !== undefined) {
      if (action !== "") yield* runTrap(sh, action);
    } else if (signal === SIGINT && sh.interactive) throw new Interrupted();
    else if (signal === SIGCHLD) continue;
  }
}
