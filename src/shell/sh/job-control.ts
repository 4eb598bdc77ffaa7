// Job control (set -m): the shell leads a group in the terminal's foreground and survives what stops its jobs.
import { close, dupAbove, getpgrp, kill, O_RDWR, open, setpgid, writeAll } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { SIGTSTP, SIGTTIN, SIGTTOU, sigaction } from "../sys/signals.js";
import { tcgetpgrp, tcsetpgrp } from "../sys/terminal.js";
import type { Shell } from "./shell.js";

/** The shell's own descriptor of its terminal lies above those of scripts. */
const FIRST_PRIVATE = 10;

/** With a terminal of its own from here on; without one the option is off again, and that is said. */
export function* startJobControl(sh: Shell): Sys<void> {
  if (sh.terminal !== undefined || sh.isSubshell) return;
  const opened = yield* open("/dev/tty", O_RDWR);
  const terminal = yield* dupAbove(Math.max(opened, 0), FIRST_PRIVATE);
  if (opened >= 0) yield* close(opened);
  if (terminal >= 0 && (yield* takeTerminal(sh, terminal))) {
    sh.terminal = terminal;
    sh.options.add("m");
    return;
  }
  if (terminal >= 0) yield* close(terminal);
  sh.options.delete("m");
  yield* writeAll(2, `${sh.name}: can't access tty; job control turned off\n`);
}

/** Waits until the shell is in the foreground, then leads a group of its own there. */
function* takeTerminal(sh: Shell, terminal: number): Sys<boolean> {
  for (;;) {
    const foreground = yield* tcgetpgrp(terminal);
    if (foreground < 0) return false;
    const group = yield* getpgrp();
    if (foreground === group) break;
    yield* kill(0, SIGTTIN);
  }
  for (const signal of [SIGTSTP, SIGTTOU, SIGTTIN]) yield* sigaction(signal, "ignore");
  yield* setpgid(0, sh.pid);
  yield* tcsetpgrp(terminal, sh.pid);
  return true;
}
