// One shell's state, and what every part of it needs: messages, status, output, the parameters. Parsing, expansion, execution and
// builtins work on it from their own files. fork gives the child a clone.

import { writeAll } from "../sys/calls.js";
import type { Process, Sys } from "../sys/request.js";
import type { Command } from "./ast.js";
import { ShellError } from "./control-flow.js";
import { JobTable } from "./job-table.js";
import { Variables } from "./variables.js";

/** Letters of `set -x` and `sh -x`, with the names of `set -o`, in the order that `set -o` prints. */
export const OPTION_NAMES: readonly (readonly [string, string])[] = [
  ["e", "errexit"],
  ["f", "noglob"],
  ["I", "ignoreeof"],
  ["i", "interactive"],
  ["m", "monitor"],
  ["n", "noexec"],
  ["s", "stdin"],
  ["c", "command"],
  ["x", "xtrace"],
  ["v", "verbose"],
  ["C", "noclobber"],
  ["a", "allexport"],
  ["b", "notify"],
  ["u", "nounset"],
  ["E", "errtrace"],
  ["V", "vi"],
  ["P", "pipefail"],
];

export const DEFAULT_PATH = "/sbin:/usr/sbin:/bin:/usr/bin";

export class Shell {
  /** Signals caught since the program last looked; a forked child has its own. */
  process: Process;
  pid: number;
  variables = new Variables();
  functions = new Map<string, Command>();
  aliases = new Map<string, string>();
  positional: string[] = [];
  /** $0. */
  name = "sh";
  /** Options that are on, by letter. */
  options = new Set<string>();
  /** $? */
  status = 0;
  /** $! */
  lastBackground: number | undefined;
  traps = new Map<number, string>();
  jobs = new JobTable();
  /** The builtin or script that messages name behind $0; see message(). */
  commandName: string | undefined;
  line = 0;
  /** Commands come from a script file or -c, not from a terminal: messages tell the line. */
  tellsLine = true;
  /** Signals that were ignored when the shell started: traps cannot change them. */
  ignoredAtStart = new Set<number>();
  /** The terminal of an interactive shell with job control. */
  terminal: number | undefined;
  /** A forked part of a shell: it has no job control and does not print job notices. */
  isSubshell = false;
  loopDepth = 0;
  /** The trap on ERR runs: a failure in it is not told again. */
  inErrTrap = false;
  functionDepth = 0;
  /** How deep commands are nested in each other, functions included. */
  depth = 0;
  /** set -e does not count here: conditions of if and while, && and ||, behind !. */
  conditionDepth = 0;
  /** Lines typed at the prompt, oldest first. */
  history: string[] = [];
  /** Position of getopts within a bundle of letters. */
  optionOffset = 0;
  /** State of $RANDOM, deterministic by the shell's pid or what was assigned; undefined once it was unset. */
  random: number | undefined = 1;
  /** For each function that runs: the options to go back to, where it said `local -`. */
  readonly keptOptions: (ReadonlySet<string> | undefined)[] = [];
  /** Whether standard output was a terminal when a builtin first printed (stdio asks once). */
  lineBuffered: boolean | undefined;
  /** Logical working directory, $PWD. */
  directory = "/";
  /** Names that busybox knows as its own applets: `command -v` gives them without their place. */
  applets: ReadonlySet<string> = new Set();

  constructor(process: Process, pid: number) {
    this.process = process;
    this.pid = pid;
    this.random = pid;
  }

  get interactive(): boolean {
    return this.options.has("i");
  }

  get jobControl(): boolean {
    return this.terminal !== undefined && this.options.has("m") && !this.isSubshell;
  }

  /** A copy for a forked child: its changes stay its own. */
  clone(process: Process): Shell {
    const copy = Object.assign(Object.create(Shell.prototype) as Shell, this);
    copy.process = process;
    copy.variables = this.variables.clone();
    copy.functions = new Map(this.functions);
    copy.aliases = new Map(this.aliases);
    copy.positional = [...this.positional];
    copy.options = new Set(this.options);
    copy.traps = new Map(this.traps);
    copy.jobs = this.jobs.copy();
    copy.history = this.history;
    copy.depth = 0;
    return copy;
  }

  /** How ash begins a message: `sh: `, and in a builtin or a script `sh: cd: line 3: `. */
  prefix(): string {
    let text = `${this.name}: `;
    if (this.commandName !== undefined) {
      if (this.commandName !== this.name) text += `${this.commandName}: `;
      if (this.tellsLine) text += `line ${this.line}: `;
    }
    return text;
  }

  /** `local -`: the options are the function's own. */
  keepOptions(): void {
    this.keptOptions[this.keptOptions.length - 1] ??= new Set(this.options);
  }

  *message(text: string): Sys<void> {
    yield* writeAll(2, `${this.prefix()}${text}\n`);
  }

  /** Prints a message and gives up the command. */
  *fail(text: string, status = 2): Sys<never> {
    yield* this.message(text);
    this.status = status;
    throw new ShellError(status);
  }

  /** What busybox's own applets say when they run inside the shell: the applet's name is the shell's. */
  *appletMessage(text: string): Sys<void> {
    yield* writeAll(2, `sh: ${text}\n`);
  }

  *setVariable(name: string, value: string): Sys<void> {
    if (!this.variables.set(name, value)) yield* this.fail(`${name}: is read only`);
    if (this.options.has("a")) this.variables.mark(name, "exported");
    if (name === "OPTIND") this.optionOffset = 0;
    if (name === "RANDOM" && this.random !== undefined) this.random = (Number.parseInt(value, 10) || 0) >>> 0;
  }

  /** A parameter by name or number; undefined where it is unset. $@ and $* are the expander's. */
  parameter(name: string): string | undefined {
    switch (name) {
      case "?":
        return String(this.status);
      case "$":
        return String(this.pid);
      case "!":
        return this.lastBackground === undefined ? undefined : String(this.lastBackground);
      case "#":
        return String(this.positional.length);
      case "-":
        return this.optionLetters();
      case "0":
        return this.name;
      case "LINENO":
        return String(this.line);
      case "RANDOM":
        if (this.random === undefined) break;
        this.random = (Math.imul(this.random, 1103515245) + 12345) >>> 0;
        return String((this.random >>> 16) & 0x7fff);
    }
    if (/^[1-9][0-9]*$/.test(name)) return this.positional[Number(name) - 1];
    return this.variables.get(name);
  }

  optionLetters(): string {
    let letters = "";
    for (const [letter] of OPTION_NAMES) if (this.options.has(letter) && letter >= "a") letters += letter;
    // ash keeps them in the order of its option table read backwards: "smi".
    return [...letters].sort((a, b) => LETTER_ORDER.indexOf(a) - LETTER_ORDER.indexOf(b)).join("");
  }
}

const LETTER_ORDER = "ubavxcsnmife";
