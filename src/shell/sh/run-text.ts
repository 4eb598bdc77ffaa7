// Runs the commands of a text in the running shell: eval, traps, -c, sourced files, scripts.
import { writeAll } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import type { Command } from "./ast.js";
import { ShellError } from "./control-flow.js";
import { execute } from "./execute.js";
import { parserFor } from "./parser.js";
import type { Shell } from "./shell.js";
import { ShellSyntaxError } from "./syntax-error.js";

export interface TextOptions {
  /** The number of the text's first line. */
  line?: number;
  /** The shell ends with this text: its last command need not be forked. */
  last?: boolean;
}

/** All commands of a text, each read when the one before it has run: an alias counts from the next line. */
export function* runText(sh: Shell, text: string, options: TextOptions = {}): Sys<number> {
  const parser = parserFor(text, { final: true, aliases: sh.aliases, line: options.line ?? sh.line });
  let status = 0;
  for (;;) {
    const command = yield* parse(sh, () => parser.next());
    if (command === undefined) return status;
    if (command === null || sh.options.has("n")) continue;
    const last = options.last === true && sh.traps.size === 0 && parser.rest.text.trim() === "";
    status = yield* execute(sh, command, last);
  }
}

/** Reads one command; a syntax error is told and thrown as a ShellError. */
export function* parse(sh: Shell, next: () => Command | null | undefined): Sys<Command | null | undefined> {
  try {
    return next();
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    if (sh.tellsLine) sh.line = error.line;
    yield* writeAll(2, `${sh.prefix()}syntax error: ${error.message}\n`);
    sh.status = 2;
  }
  throw new ShellError(2);
}
