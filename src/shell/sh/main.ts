// sh: reads its arguments, then a command text, a script, its standard input, or a terminal.
import { ERRNO, strerror } from "../../abi/errno.js";
import { close, getcwd, getpid, getppid, O_RDONLY, open, read, writeAll } from "../sys/calls.js";
import { readAll } from "../sys/files.js";
import type { Process, Sys } from "../sys/request.js";
import { isIgnored, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU } from "../sys/signals.js";
import { uname } from "../sys/system.js";
import { isatty } from "../sys/terminal.js";
import { takeOptions } from "./builtins/options.js";
import { ShellError } from "./control-flow.js";
import { execute } from "./execute.js";
import { finish } from "./finish.js";
import { interactiveLoop, startInteractive } from "./interactive.js";
import { startJobControl } from "./job-control.js";
import { parserFor } from "./parser.js";
import { parse, runText } from "./run-text.js";
import { DEFAULT_PATH, Shell } from "./shell.js";
import { IncompleteInput } from "./syntax-error.js";
import { NAME } from "./variables.js";

/** `applets`: the names of all applets, which busybox's shell knows to be its own. */
export function* shMain(process: Process, applets: ReadonlySet<string>): Sys<number> {
  const sh = new Shell(process, yield* getpid());
  sh.applets = applets;
  yield* importEnvironment(sh, process.env);
  let source: Source;
  try {
    source = yield* readArguments(sh, process.argv);
  } catch (error) {
    if (error instanceof ShellError) return error.status;
    throw error;
  }
  return yield* finish(sh, () => run(sh, source));
}

interface Source {
  login: boolean;
  /** -c */
  command: string | undefined;
  script: string | undefined;
}

function* importEnvironment(sh: Shell, env: readonly string[]): Sys<void> {
  const { variables } = sh;
  for (const entry of env) {
    const at = entry.indexOf("=");
    const name = entry.slice(0, at);
    if (at < 1 || !NAME.test(name) || name === "OPTIND" || name === "IFS") continue;
    variables.set(name, entry.slice(at + 1));
    variables.mark(name, "exported");
  }
  variables.set("IFS", " \t\n");
  variables.set("OPTIND", "1");
  variables.set("PS2", "> ");
  variables.set("PS4", "+ ");
  if (variables.get("PS1") === undefined) variables.set("PS1", "\\w \\$ ");
  if (variables.get("PATH") === undefined) variables.set("PATH", DEFAULT_PATH);
  variables.set("PPID", String(yield* getppid()));
  variables.set("FUNCNAME", "");
  const name = yield* uname();
  if (typeof name !== "number" && variables.get("HOSTNAME") === undefined) variables.set("HOSTNAME", name.nodename);
  const level = Number.parseInt(variables.get("SHLVL") ?? "0", 10) || 0;
  variables.set("SHLVL", String(level + 1));
  variables.mark("SHLVL", "exported");
  const directory = yield* getcwd();
  sh.directory = typeof directory === "number" ? "/" : directory;
  variables.set("PWD", sh.directory);
  variables.mark("PWD", "exported");
}

/** Takes -c, -i, -l, -s out of the option words and leaves the rest to set's. */
function* readArguments(sh: Shell, argv: readonly string[]): Sys<Source> {
  const source: Source = { login: argv[0]?.startsWith("-") === true, command: undefined, script: undefined };
  sh.name = argv[0] ?? "sh";
  let wantsCommand = false;
  let at = 1;
  for (; at < argv.length; at++) {
    const arg = argv[at] ?? "";
    if (!/^[-+]./.test(arg) || arg === "--") {
      if (arg === "--" || arg === "-") at++;
      break;
    }
    let rest = arg[0] as string;
    for (const letter of arg.slice(1)) {
      if (letter === "c") {
        wantsCommand = true;
        sh.options.add("c");
      } else if (letter === "l") source.login = true;
      else if (letter === "i" || letter === "s") {
        if (arg.startsWith("-")) sh.options.add(letter);
        else sh.options.delete(letter);
      } else rest += letter;
    }
    if (rest.length === 1) continue;
    const { next, bad } = yield* takeOptions(sh, rest.endsWith("o") ? [rest, argv[++at] ?? ""] : [rest]);
    if (bad) throw new ShellError(0);
    if (next === 0) break;
  }
  const operands = argv.slice(at);
  if (wantsCommand) {
    source.command = operands.shift();
    if (source.command === undefined) yield* sh.fail("-c requires an argument");
    sh.line = 0;
    if (operands.length > 0) {
      sh.name = operands.shift() ?? sh.name;
      sh.commandName = sh.name;
    }
  } else if (operands.length > 0 && !sh.options.has("s")) {
    source.script = operands.shift();
    sh.name = source.script ?? sh.name;
    sh.commandName = sh.name;
  } else sh.options.add("s");
  sh.positional = operands;
  const bare = source.command === undefined && source.script === undefined;
  if (bare && !sh.options.has("i") && (yield* isatty(0)) && (yield* isatty(1))) sh.options.add("i");
  return source;
}

function* run(sh: Shell, source: Source): Sys<number> {
  for (const signal of [SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU]) if (yield* isIgnored(signal)) sh.ignoredAtStart.add(signal);
  if (sh.interactive) yield* startInteractive(sh);
  else if (sh.options.has("m")) yield* startJobControl(sh);
  if (source.login) {
    yield* sourceProfile(sh, "/etc/profile");
    const home = sh.variables.get("HOME");
    if (home !== undefined) yield* sourceProfile(sh, `${home}/.profile`);
  }
  if (source.command !== undefined) return yield* runText(sh, source.command, { line: 0, last: true });
  if (source.script !== undefined) return yield* runScript(sh, source.script);
  if (sh.interactive) return yield* interactiveLoop(sh);
  return yield* runStandardInput(sh);
}

function* sourceProfile(sh: Shell, path: string): Sys<void> {
  const fd = yield* open(path, O_RDONLY);
  if (fd < 0) return;
  const text = yield* readAll(fd);
  yield* close(fd);
  if (typeof text === "number") return;
  try {
    yield* runText(sh, text);
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
  }
}

function* runScript(sh: Shell, path: string): Sys<number> {
  const fd = yield* open(path, O_RDONLY);
  const text = fd < 0 ? fd : yield* readAll(fd);
  if (fd >= 0) yield* close(fd);
  if (typeof text === "number") {
    yield* writeAll(2, `${programOf(sh)}: can't open '${path}': ${strerror(text)}\n`);
    return 2;
  }
  return yield* runText(sh, text, { line: 1 });
}

const programOf = (sh: Shell): string => sh.process.argv[0] ?? "sh";

const BLOCK = 1024;

/** Commands from a pipe or file on descriptor 0: runs what is complete and reads on. */
function* runStandardInput(sh: Shell): Sys<number> {
  let text = "";
  let line = 1;
  let final = false;
  let status = 0;
  for (;;) {
    const parser = parserFor(text, { final, aliases: sh.aliases, line });
    try {
      const command = yield* parse(sh, () => parser.next());
      ({ text, line } = parser.rest);
      if (command === undefined) return status;
      if (command && !sh.options.has("n")) status = yield* execute(sh, command);
    } catch (error) {
      if (!(error instanceof IncompleteInput)) throw error;
      const block = yield* read(0, BLOCK);
      if (block === -ERRNO.EINTR) continue;
      if (typeof block === "number" || block === "") final = true;
      else text += block;
    }
  }
}
