// set, shift, getopts: the shell's options and positional parameters.
import { writeAll } from "../../sys/calls.js";
import type { Sys } from "../../sys/request.js";
import { parseDecimal } from "../../text/numbers.js";
import { startJobControl } from "../job-control.js";
import { OPTION_NAMES, type Shell } from "../shell.js";
import { singleQuote } from "../variables.js";
import { print } from "./output.js";
import type { BuiltinTable } from "./table.js";

/** Letters that a running shell can change. */
const SETTABLE = "efImnxvCabuEVP";

/** Names that `set -o` lists: those with which a shell is started stay out. */
const listed = OPTION_NAMES.filter(([letter]) => letter !== "i" && letter !== "s" && letter !== "c");

function showOptions(sh: Shell, plus: boolean): string {
  return listed
    .map(([letter, name]) =>
      plus ? `set ${sh.options.has(letter) ? "-" : "+"}o ${name}\n` : `${name.padEnd(16)}${sh.options.has(letter) ? "on" : "off"}\n`,
    )
    .join("");
}

function change(sh: Shell, letter: string, on: boolean): void {
  if (on) sh.options.add(letter);
  else sh.options.delete(letter);
}

/** Takes options off the front of `args` and sets them; the index of the first operand and whether "--" or "-" ended them. */
export function* takeOptions(sh: Shell, args: readonly string[]): Sys<{ next: number; explicit: boolean; output: string; bad?: boolean }> {
  let output = "";
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--") return { next: at + 1, explicit: true, output };
    if (arg === "-") {
      sh.options.delete("x");
      sh.options.delete("v");
      return { next: at + 1, explicit: false, output };
    }
    const on = arg.startsWith("-");
    if (!on && !arg.startsWith("+")) return { next: at, explicit: false, output };
    for (const letter of arg.slice(1)) {
      if (letter === "o") {
        const name = args[++at];
        const option = OPTION_NAMES.find(([, long]) => long === name);
        if (name === undefined) output += showOptions(sh, !on);
        else if (option) change(sh, option[0], on);
        else {
          yield* sh.message(`illegal option ${on ? "-" : "+"}o ${name}`);
          return { next: at + 1, explicit: false, output, bad: true };
        }
      } else if (SETTABLE.includes(letter)) change(sh, letter, on);
      else yield* sh.fail(`illegal option ${on ? "-" : "+"}${letter}`);
    }
  }
  return { next: args.length, explicit: false, output };
}

function* set(sh: Shell, argv: readonly string[]): Sys<number> {
  if (argv.length < 2) {
    const lines = sh.variables.names().flatMap((name) => {
      const value = sh.variables.get(name);
      return value === undefined ? [] : [`${name}=${singleQuote(value)}\n`];
    });
    return yield* print(sh, lines.join(""));
  }
  const args = argv.slice(1);
  const { next, explicit, output, bad } = yield* takeOptions(sh, args);
  if (sh.options.has("m")) yield* startJobControl(sh);
  if (bad) return 1;
  if (next < args.length || explicit) {
    sh.positional = args.slice(next);
    sh.optionOffset = 0;
  }
  return yield* print(sh, output);
}

function* shift(sh: Shell, argv: readonly string[]): Sys<number> {
  const count = argv[1] === undefined ? 1 : parseDecimal(argv[1]);
  if (count === undefined) return yield* sh.fail(`Illegal number: ${argv[1]}`);
  if (count > sh.positional.length) return 1;
  sh.positional = sh.positional.slice(count);
  return 0;
}

function* getopts(sh: Shell, argv: readonly string[]): Sys<number> {
  const [, letters, name] = argv;
  if (letters === undefined || name === undefined) return yield* sh.fail("usage: getopts optstring var [arg]");
  const args = argv.length > 3 ? argv.slice(3) : sh.positional;
  const quiet = letters.startsWith(":");
  let index = Number(sh.variables.get("OPTIND") ?? "1") || 1;
  const give = function* (letter: string, value: string | undefined): Sys<number> {
    const offset = sh.optionOffset;
    yield* sh.setVariable("OPTIND", String(index));
    sh.optionOffset = offset;
    if (value === undefined) sh.variables.unset("OPTARG");
    else yield* sh.setVariable("OPTARG", value);
    yield* sh.setVariable(name, letter);
    return 0;
  };
  // In the middle of a bundle $OPTIND is the next argument's already.
  let arg = args[index - (sh.optionOffset > 0 ? 2 : 1)];
  if (sh.optionOffset === 0) {
    if (arg === undefined || !arg.startsWith("-") || arg === "-" || arg === "--") {
      if (arg === "--") index++;
      yield* give("?", undefined);
      return 1;
    }
    sh.optionOffset = 1;
    index++;
  }
  arg ??= "";
  const tell = !quiet && sh.variables.get("OPTERR") !== "0";
  const letter = arg[sh.optionOffset++] ?? "";
  if (sh.optionOffset >= arg.length) sh.optionOffset = 0;
  const at = letter === ":" ? -1 : letters.indexOf(letter);
  if (at < 0) {
    if (tell) yield* writeAll(2, `Illegal option -${letter}\n`);
    return yield* give("?", quiet ? letter : undefined);
  }
  if (letters[at + 1] !== ":") return yield* give(letter, undefined);
  let value: string | undefined;
  if (sh.optionOffset > 0) value = arg.slice(sh.optionOffset);
  else value = args[index++ - 1];
  sh.optionOffset = 0;
  if (value === undefined) {
    index = args.length + 1;
    if (tell) yield* writeAll(2, `No arg for -${letter} option\n`);
    return yield* give(quiet ? ":" : "?", quiet ? letter : undefined);
  }
  return yield* give(letter, value);
}

export const OPTIONS: BuiltinTable = {
  set: { special: true, run: set },
  shift: { special: true, run: shift },
  getopts: { run: getopts },
};
