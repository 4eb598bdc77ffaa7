// Simple commands: assignments, redirections, then a function, a builtin, or a program in a child of its own.
import { strerror } from "../../abi/errno.js";
import { fork, getpid, kill, setpgid, writeAll } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { SIGSEGV } from "../sys/signals.js";
import type { Assignment, Command, SimpleCommand, Word } from "./ast.js";
import { KEYWORDS } from "./builtins/names.js";
import { type Builtin, findBuiltin } from "./builtins/table.js";
import { becomeChild } from "./child.js";
import { FunctionReturn, ShellError, ShellExit } from "./control-flow.js";
import { execute } from "./execute.js";
import { expandToText, expandWords } from "./expand.js";
import { execCommand, findInPath } from "./find-command.js";
import { finish } from "./finish.js";
import { asAssignment, plainText } from "./parser.js";
import { expandPrompt } from "./prompt.js";
import { forget, redirect, restore, type SavedDescriptor } from "./redirect.js";
import { commandText } from "./render.js";
import type { Shell } from "./shell.js";
import { singleQuote } from "./variables.js";
import { waitForJob } from "./wait.js";

/** Functions that call each other this deep overflow a C shell's stack; ours ends the same way. */
const MAX_FUNCTION_DEPTH = 1000;

/** Commands whose arguments of the form name=value are expanded as assignments. */
const DECLARATIONS = new Set(["export", "readonly", "local", "alias"]);

type Assigned = readonly (readonly [string, string])[];

function* expandArguments(sh: Shell, words: readonly Word[]): Sys<string[]> {
  const name = words[0] ? plainText(words[0]) : undefined;
  if (name === undefined || !DECLARATIONS.has(name)) return yield* expandWords(sh, words);
  const argv: string[] = [name];
  for (const word of words.slice(1)) {
    if (asAssignment(word)) argv.push(yield* expandToText(sh, word.parts, "assignment"));
    else argv.push(...(yield* expandWords(sh, [word])));
  }
  return argv;
}

function* expandAssignments(sh: Shell, list: readonly Assignment[]): Sys<[string, string][]> {
  const values: [string, string][] = [];
  for (const one of list) values.push([one.name, yield* expandToText(sh, one.value.parts, "assignment")]);
  return values;
}

export function* executeSimple(sh: Shell, command: SimpleCommand, last: boolean): Sys<number> {
  if (sh.tellsLine) sh.line = command.line;
  const before = sh.status;
  sh.status = 0;
  // A command substitution leaves its status here; a command without a name ends with it.
  const restoreStatus = command.words.length > 0;
  if (restoreStatus) sh.status = before;
  const given = yield* expandArguments(sh, command.words);
  const argv = withoutCommand(given);
  const bare = argv !== given;
  const saved: SavedDescriptor[] = [];
  const found = argv[0] !== undefined ? findBuiltin(argv[0]) : undefined;
  const builtin = bare && found ? { ...found, special: false } : found;
  try {
    try {
      yield* redirect(sh, command.redirects, saved);
    } catch (error) {
      if (!(error instanceof ShellError)) throw error;
      if (builtin?.special && !sh.interactive) throw error;
      return error.status;
    }
    if (argv.length === 0) return yield* assignOnly(sh, command, before);
    return yield* runNamed(sh, command, { argv, given, bare }, builtin, last, saved);
  } finally {
    yield* restore(saved);
  }
}

/** `command NAME …` without -v: the words behind it, functions of the name are passed over. */
function withoutCommand(argv: readonly string[]): readonly string[] {
  let rest = argv;
  while (rest[0] === "command") {
    let next = rest.slice(1);
    if (next[0] === "-p") next = next.slice(1);
    if (next[0] === "--") next = next.slice(1);
    if (next[0] === undefined || next[0].startsWith("-")) break;
    rest = next;
  }
  return rest;
}

/** No command name: the assignments stay, one after the other. */
function* assignOnly(sh: Shell, command: SimpleCommand, before: number): Sys<number> {
  const shown: string[] = [];
  for (const one of command.assignments) {
    // $? in the value is the last command's.
    const inner = sh.status;
    sh.status = before;
    const value = yield* expandToText(sh, one.value.parts, "assignment");
    if (!one.value.parts.some(hasSubstitution)) sh.status = inner;
    yield* sh.setVariable(one.name, value);
    shown.push(`${one.name}=${traceValue(value)}`);
  }
  if (shown.length > 0) yield* trace(sh, shown);
  return sh.status;
}

function hasSubstitution(part: Assignment["value"]["parts"][number]): boolean {
  if (part.kind === "command") return true;
  if (part.kind === "quotes" || part.kind === "arithmetic") return part.parts.some(hasSubstitution);
  return part.kind === "parameter" && (part.word.some(hasSubstitution) || (part.second?.some(hasSubstitution) ?? false));
}

/** set -x */
function* trace(sh: Shell, words: readonly string[]): Sys<void> {
  if (!sh.options.has("x")) return;
  // Nothing of the prompt's own expansion is traced.
  sh.options.delete("x");
  const prompt = yield* expandPrompt(sh, "PS4");
  sh.options.add("x");
  yield* writeAll(2, `${prompt}${words.join(" ")}\n`);
}

function* runNamed(
  sh: Shell,
  command: SimpleCommand,
  { argv, given, bare }: { argv: readonly string[]; given: readonly string[]; bare: boolean },
  builtin: Builtin | undefined,
  last: boolean,
  saved: SavedDescriptor[],
): Sys<number> {
  const assigned = yield* expandAssignments(sh, command.assignments);
  yield* trace(sh, [...assigned.map(([name, value]) => `${name}=${traceValue(value)}`), ...given.map(traceWord)]);
  const name = argv[0] as string;
  const body = sh.functions.get(name);
  if (body && !bare && !builtin?.special) return yield* withAssignments(sh, assigned, () => callFunction(sh, name, body, argv.slice(1)));
  if (builtin) {
    if (builtin.special) for (const [variable, value] of assigned) yield* sh.setVariable(variable, value);
    // exec's redirections stay; everything else gets its own back.
    const keeps = name === "exec";
    const run = (): Sys<number> => callBuiltin(sh, builtin, argv, assigned);
    const status = builtin.special ? yield* run() : yield* withAssignments(sh, assigned, run);
    if (keeps) yield* forget(saved);
    return status;
  }
  return yield* runProgram(sh, sh.jobControl ? commandText(command) : "", argv, assigned, last);
}

/** Characters that ash shows without quotes, in words that are none of its keywords. */
const PLAIN = /^[\w./:@+,^\]-]*$/;

const traceValue = (text: string): string => (PLAIN.test(text) ? text : singleQuote(text));

const traceWord = (text: string): string => (KEYWORDS.has(text) ? `'${text}'` : traceValue(text));

function* withAssignments(sh: Shell, assigned: Assigned, body: () => Sys<number>): Sys<number> {
  if (assigned.length === 0) return yield* body();
  for (const [name] of assigned) if (sh.variables.find(name)?.readonly) yield* sh.fail(`${name}: is read only`);
  const undo = sh.variables.withTemporary(assigned);
  try {
    return yield* body();
  } finally {
    undo();
  }
}

/** A builtin by its name in messages; an error in a special one ends the line, and a shell that is not interactive. */
export function* callBuiltin(sh: Shell, builtin: Builtin, argv: readonly string[], assigned: Assigned = []): Sys<number> {
  const outer = sh.commandName;
  sh.commandName = argv[0];
  try {
    return yield* builtin.run(sh, argv, assigned);
  } catch (error) {
    if (!(error instanceof ShellError) || builtin.special) throw error;
    return error.status;
  } finally {
    sh.commandName = outer;
  }
}

export function* callFunction(sh: Shell, name: string, body: Command, args: readonly string[]): Sys<number> {
  if (sh.functionDepth >= MAX_FUNCTION_DEPTH) yield* kill(yield* getpid(), SIGSEGV);
  const outer = { positional: sh.positional, loopDepth: sh.loopDepth, name: sh.variables.get("FUNCNAME") ?? "" };
  sh.variables.set("FUNCNAME", name);
  sh.positional = [...args];
  sh.loopDepth = 0;
  sh.functionDepth++;
  sh.variables.enterScope();
  sh.keptOptions.push(undefined);
  try {
    return yield* execute(sh, body);
  } catch (error) {
    if (!(error instanceof FunctionReturn)) throw error;
    sh.status = error.status;
    return error.status;
  } finally {
    const options = sh.keptOptions.pop();
    if (options) sh.options = new Set(options);
    sh.variables.leaveScope();
    sh.functionDepth--;
    sh.variables.set("FUNCNAME", outer.name);
    sh.loopDepth = outer.loopDepth;
    sh.positional = outer.positional;
  }
}

/** The environment of a program: the exported variables with the command's own assignments over them. */
export function environment(sh: Shell, assigned: Assigned): string[] {
  const names = new Set(assigned.map(([name]) => name));
  const kept = sh.variables.environment().filter((entry) => !names.has(entry.slice(0, entry.indexOf("="))));
  return [...kept, ...assigned.map(([name, value]) => `${name}=${value}`)];
}

function* runProgram(sh: Shell, text: string, argv: readonly string[], assigned: Assigned, last: boolean): Sys<number> {
  const name = argv[0] as string;
  const path = assigned.find(([variable]) => variable === "PATH")?.[1] ?? sh.variables.get("PATH");
  if (!name.includes("/") && (yield* findInPath(name, path)) === undefined) {
    // The empty name is a folder of PATH to ash.
    yield* sh.message(`${name}: ${name === "" ? "Permission denied" : "not found"}`);
    return 127;
  }
  if (last && sh.traps.size === 0) throw new ShellExit(yield* execCommand(sh, argv, environment(sh, assigned)));
  const job = sh.jobs.add({ controlled: sh.jobControl, background: false, pipefail: sh.options.has("P") });
  const child = sh.clone(sh.process);
  const controlled = job.controlled;
  const pid = yield* fork(function* (process) {
    return yield* finish(child, function* () {
      yield* becomeChild(child, process, { background: false, group: controlled ? 0 : undefined });
      return yield* execCommand(child, argv, environment(child, assigned));
    });
  });
  if (pid < 0) {
    sh.jobs.remove(job);
    return yield* sh.fail(`can't fork: ${strerror(pid)}`);
  }
  if (controlled) yield* setpgid(pid, pid);
  job.processes.push({ pid, status: undefined, text });
  return yield* waitForJob(sh, job);
}
