// What names mean: alias unalias type command -v hash help history times.
import { writeAll } from "../../sys/calls.js";
import type { Sys } from "../../sys/request.js";
import { times } from "../../sys/system.js";
import { findInPath } from "../find-command.js";
import type { Shell } from "../shell.js";
import { singleQuote } from "../variables.js";
import { options, print } from "./output.js";
import { type BuiltinTable, builtinNames, findBuiltin } from "./table.js";

export const KEYWORDS = new Set("! case do done elif else esac fi for function if in then until while { }".split(" "));
/** times(2) counts hundredths of a second. */
const TICKS = 100;

/** `type` and `command -v` (bare names) or `-V` (sentences); 127 where one is unknown. */
export function* describeNames(sh: Shell, names: readonly string[], verbose: boolean, path: string | undefined): Sys<number> {
  let status = 0;
  let text = "";
  for (const name of names) {
    const alias = sh.aliases.get(name);
    const builtin = findBuiltin(name);
    const file = name.includes("/") || sh.applets.has(name) ? name : yield* findInPath(name, path);
    if (KEYWORDS.has(name)) text += verbose ? `${name} is a shell keyword\n` : `${name}\n`;
    else if (alias !== undefined) text += verbose ? `${name} is an alias for ${alias}\n` : `alias ${name}=${singleQuote(alias)}\n`;
    else if (sh.functions.has(name)) text += verbose ? `${name} is a function\n` : `${name}\n`;
    else if (builtin) text += verbose ? `${name} is a ${builtin.special ? "special " : ""}shell builtin\n` : `${name}\n`;
    else if (file !== undefined) text += verbose ? `${name} is ${file}\n` : `${file}\n`;
    else {
      if (verbose) text += `${name}: not found\n`;
      status = 127;
    }
  }
  return (yield* print(sh, text)) || status;
}

/** Any option makes it as short as `command -v`. */
function* type(sh: Shell, argv: readonly string[]): Sys<number> {
  const brief = argv[1]?.startsWith("-") === true;
  return yield* describeNames(sh, argv.slice(brief ? 2 : 1), !brief, sh.variables.get("PATH"));
}

function* alias(sh: Shell, argv: readonly string[]): Sys<number> {
  const show = (name: string, value: string): string => `${name}=${singleQuote(value)}\n`;
  if (argv.length < 2) return yield* print(sh, [...sh.aliases].map(([name, value]) => show(name, value)).join(""));
  let status = 0;
  for (const arg of argv.slice(1)) {
    const at = arg.indexOf("=", 1);
    const value = sh.aliases.get(arg);
    if (at > 0) sh.aliases.set(arg.slice(0, at), arg.slice(at + 1));
    else if (value !== undefined) yield* print(sh, show(arg, value));
    else {
      yield* writeAll(2, `alias: ${arg} not found\n`);
      status = 1;
    }
  }
  return status;
}

function* unalias(sh: Shell, argv: readonly string[]): Sys<number> {
  const { given, rest } = yield* options(sh, argv, "a");
  if (given.has("a")) sh.aliases.clear();
  let status = 0;
  for (const name of rest) {
    if (sh.aliases.delete(name)) continue;
    yield* writeAll(2, `unalias: ${name} not found\n`);
    status = 1;
  }
  return status;
}

/** Nothing is remembered of where commands are, so there is nothing to list or forget; a name is looked up. */
function* hash(sh: Shell, argv: readonly string[]): Sys<number> {
  const { rest } = yield* options(sh, argv, "r");
  let status = 0;
  for (const name of rest) {
    const known = name.includes("/") || sh.functions.has(name) || findBuiltin(name) || sh.applets.has(name);
    if (known || (yield* findInPath(name, sh.variables.get("PATH"))) !== undefined) continue;
    yield* sh.message(`${name}: not found`);
    status = 1;
  }
  return status;
}

/** Columns of `help`'s list: it breaks behind the name that goes past them. */
const HELP_WIDTH = 60;

function* help(sh: Shell): Sys<number> {
  let text = "Built-in commands:\n------------------\n";
  let column = 0;
  for (const name of builtinNames()) {
    text += column === 0 ? `\t${name}` : ` ${name}`;
    column += name.length + 1;
    if (column > HELP_WIDTH) {
      text += "\n";
      column = 0;
    }
  }
  return yield* print(sh, column === 0 ? text : `${text}\n`);
}

function* history(sh: Shell): Sys<number> {
  return yield* print(sh, sh.history.map((line, n) => `${String(n).padStart(4)} ${line}\n`).join(""));
}

function* showTimes(sh: Shell): Sys<number> {
  const show = (ticks: number): string => {
    const minutes = Math.floor(ticks / TICKS / 60);
    return `${minutes}m${(ticks / TICKS - minutes * 60).toFixed(3)}s`;
  };
  const [user, system, childUser, childSystem] = yield* times();
  return yield* print(sh, `${show(user)} ${show(system)}\n${show(childUser)} ${show(childSystem)}\n`);
}

export const NAMES: BuiltinTable = {
  alias: { run: alias },
  unalias: { run: unalias },
  type: { run: type },
  hash: { run: hash },
  help: { run: help },
  history: { run: history },
  times: { special: true, run: showTimes },
};
