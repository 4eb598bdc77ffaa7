// How builtins print to descriptor 1: line by line if it was a terminal at first, else everything at once; echo always at once.
import { strerror } from "../../../abi/errno.js";
import { writeAll } from "../../sys/calls.js";
import type { Sys } from "../../sys/request.js";
import { isatty } from "../../sys/terminal.js";
import type { Shell } from "../shell.js";

/** Writes a builtin's output; its status. A failed write is told by nothing else: only echo has words for it. */
export function* print(sh: Shell, text: string): Sys<number> {
  return yield* printPieces(sh, text.split(/(?<=\n)/));
}

/**
 * The same, as stdio does with pieces that are put one after the other. Line-buffered, each that ends a line has all written up to its last newline;
 * that stays so for a redirection, as the stream is one for the shell's whole life.
 */
export function* printPieces(sh: Shell, pieces: readonly string[]): Sys<number> {
  if (pieces.every((piece) => piece === "")) return 0;
  sh.lineBuffered ??= sh.interactive || (yield* isatty(1));
  let held = "";
  for (const piece of pieces) {
    const end = sh.lineBuffered ? piece.lastIndexOf("\n") + 1 : 0;
    held += piece.slice(0, end);
    if (end > 0) {
      if ((yield* writeAll(1, held)) < 0) return 1;
      held = "";
    }
    held += piece.slice(end);
  }
  return held !== "" && (yield* writeAll(1, held)) < 0 ? 1 : 0;
}

/** The same for echo. */
export function* printOrTell(sh: Shell, text: string): Sys<number> {
  if (text === "") return 0;
  const result = yield* writeAll(1, text);
  if (result >= 0) return 0;
  yield* sh.appletMessage(`write error: ${strerror(result)}`);
  return 1;
}

/** Options of a builtin by getopt's rules: letters, with a ":" behind one that takes a value. An unknown one is told and thrown. */
export function* options(sh: Shell, argv: readonly string[], letters: string): Sys<{ given: Map<string, string>; rest: string[] }> {
  const given = new Map<string, string>();
  let at = 1;
  for (; at < argv.length; at++) {
    const arg = argv[at] ?? "";
    if (arg === "--") {
      at++;
      break;
    }
    if (!arg.startsWith("-") || arg === "-") break;
    for (let n = 1; n < arg.length; n++) {
      const letter = arg[n] ?? "";
      const found = letter === ":" ? -1 : letters.indexOf(letter);
      if (found < 0) yield* sh.fail(`illegal option -${letter}`);
      if (letters[found + 1] !== ":") {
        given.set(letter, "");
        continue;
      }
      const value = n + 1 < arg.length ? arg.slice(n + 1) : argv[++at];
      if (value === undefined) yield* sh.fail(`no arg for -${letter} option`);
      given.set(letter, value ?? "");
      break;
    }
  }
  return { given, rest: argv.slice(at) };
}
