// Builtins that steer the shell: break continue return exit eval . exec : trap command.
import { strerror } from "../../../abi/errno.js";
import { close, O_RDONLY, open, work } from "../../sys/calls.js";
import { readAll } from "../../sys/files.js";
import type { Sys } from "../../sys/request.js";
import { SIGINT, SIGNAL_NAMES, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, sigaction, signalNumber } from "../../sys/signals.js";
import { fileType, S_IFREG, stat } from "../../sys/stat.js";
import { parseDecimal } from "../../text/numbers.js";
import { FunctionReturn, LoopExit, ShellExit } from "../control-flow.js";
import { execCommand } from "../find-command.js";
import { runText } from "../run-text.js";
import { DEFAULT_PATH, type Shell } from "../shell.js";
import { environment } from "../simple-command.js";
import { ERR_TRAP } from "../traps.js";
import { singleQuote } from "../variables.js";
import { describeNames } from "./names.js";
import { options, print } from "./output.js";
import type { BuiltinTable } from "./table.js";

function* number(sh: Shell, text: string): Sys<number> {
  const value = parseDecimal(text);
  if (value === undefined) return yield* sh.fail(`Illegal number: ${text}`);
  return value;
}

function* loopExit(sh: Shell, argv: readonly string[]): Sys<number> {
  const levels = argv[1] === undefined ? 1 : yield* number(sh, argv[1]);
  if (levels < 1) yield* sh.fail(`Illegal number: ${argv[1]}`);
  sh.status = 0;
  if (sh.loopDepth > 0) throw new LoopExit(argv[0] === "break" ? "break" : "continue", Math.min(levels, sh.loopDepth));
  return 0;
}

function* returnFrom(sh: Shell, argv: readonly string[]): Sys<number> {
  throw new FunctionReturn(argv[1] === undefined ? sh.status : (yield* number(sh, argv[1])) & 0xff);
}

function* exit(sh: Shell, argv: readonly string[]): Sys<number> {
  throw new ShellExit(argv[1] === undefined ? sh.status : (yield* number(sh, argv[1])) & 0xff);
}

function* evaluate(sh: Shell, argv: readonly string[]): Sys<number> {
  const text = argv.slice(1).join(" ");
  if (text === "") return 0;
  return yield* runText(sh, text);
}

/** The file that `.` means: with a slash as it is, else in PATH. */
function* findSource(sh: Shell, name: string): Sys<string> {
  if (name.includes("/")) return name;
  for (const directory of (sh.variables.get("PATH") ?? DEFAULT_PATH).split(":")) {
    const file = directory === "" ? name : `${directory}/${name}`;
    const found = yield* stat(file);
    if (typeof found !== "number" && fileType(found) === S_IFREG) return file;
  }
  return yield* sh.fail(`${name}: not found`);
}

function* source(sh: Shell, argv: readonly string[]): Sys<number> {
  const name = argv[1];
  if (name === undefined) return 2;
  const file = yield* findSource(sh, name);
  const fd = yield* open(file, O_RDONLY);
  const text = fd < 0 ? fd : yield* readAll(fd);
  if (fd >= 0) yield* close(fd);
  if (typeof text === "number") return yield* sh.fail(`can't open '${name}': ${strerror(text)}`);
  const outer = { positional: sh.positional, name: sh.commandName, line: sh.line, loopDepth: sh.loopDepth, tellsLine: sh.tellsLine };
  if (argv.length > 2) sh.positional = argv.slice(2);
  sh.commandName = file;
  sh.loopDepth = 0;
  sh.tellsLine = true;
  try {
    return yield* runText(sh, text, { line: 1 });
  } catch (error) {
    if (!(error instanceof FunctionReturn)) throw error;
    return error.status;
  } finally {
    if (argv.length > 2) sh.positional = outer.positional;
    sh.commandName = outer.name;
    sh.line = outer.line;
    sh.loopDepth = outer.loopDepth;
    sh.tellsLine = outer.tellsLine;
  }
}

function* exec(sh: Shell, argv: readonly string[], assigned: readonly (readonly [string, string])[]): Sys<number> {
  if (argv.length < 2) return 0;
  if (sh.interactive) for (const signal of [SIGTERM, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGINT]) yield* sigaction(signal, "default");
  throw new ShellExit(yield* execCommand(sh, argv.slice(1), environment(sh, assigned)));
}

function* setTrap(sh: Shell, signal: number, action: string | undefined): Sys<void> {
  if (signal > 0 && sh.ignoredAtStart.has(signal)) return;
  if (action === undefined) sh.traps.delete(signal);
  else sh.traps.set(signal, action);
  if (signal === 0 || signal === ERR_TRAP) return;
  // What an interactive shell catches or ignores for itself comes back when the trap goes.
  const own = sh.interactive && !sh.isSubshell;
  const usual = own && signal === SIGINT ? "catch" : own && (signal === SIGQUIT || signal === SIGTERM) ? "ignore" : "default";
  yield* sigaction(signal, action === undefined ? usual : action === "" ? "ignore" : "catch");
}

function* trap(sh: Shell, argv: readonly string[]): Sys<number> {
  let args = argv.slice(1);
  if (args[0] === "--") args = args.slice(1);
  else if (/^-./.test(args[0] ?? "")) yield* sh.fail(`illegal option ${args[0]?.slice(0, 2)}`);
  if (args.length === 0) {
    const lines = [...sh.traps]
      .sort(([a], [b]) => a - b)
      .map(([signal, action]) => `trap -- ${singleQuote(action)} ${signal === ERR_TRAP ? "ERR" : SIGNAL_NAMES[signal]}\n`);
    return yield* print(sh, lines.join(""));
  }
  let action: string | undefined;
  if (args.length > 1 && !/^[0-9]+$/.test(args[0] ?? "")) {
    action = args[0] === "-" ? undefined : args[0];
    args = args.slice(1);
  }
  let status = 0;
  for (const name of args) {
    const signal = name.toUpperCase() === "ERR" ? ERR_TRAP : signalNumber(name);
    if (signal < 0) {
      yield* sh.message(`${name}: invalid signal specification`);
      status = 1;
    } else yield* setTrap(sh, signal, action);
  }
  return status;
}

/** Only `command -v` and `-V` come here, and look at one name; the executor itself takes a plain `command` off (../simple-command.ts). */
function* command(sh: Shell, argv: readonly string[]): Sys<number> {
  const { given, rest } = yield* options(sh, argv, "pvV");
  const path = given.has("p") ? DEFAULT_PATH : sh.variables.get("PATH");
  if (!given.has("v") && !given.has("V")) return 0;
  return yield* describeNames(sh, rest.slice(0, 1), given.has("V"), path);
}

function* nothing(): Sys<number> {
  yield* work(1);
  return 0;
}

export const FLOW: BuiltinTable = {
  ":": { special: true, run: nothing },
  ".": { special: true, run: source },
  source: { special: true, run: source },
  break: { special: true, run: loopExit },
  continue: { special: true, run: loopExit },
  return: { special: true, run: returnFrom },
  exit: { special: true, run: exit },
  eval: { special: true, run: evaluate },
  exec: { special: true, run: exec },
  trap: { special: true, run: trap },
  command: { run: command },
};
