// The table of sh's builtins. A builtin runs in the shell's own process; it prints through ./output.ts.
import type { Sys } from "../../sys/request.js";
import type { Shell } from "../shell.js";
import { FLOW } from "./flow.js";
import { JOBS } from "./jobs.js";
import { NAMES } from "./names.js";
import { OPTIONS } from "./options.js";
import { PLACES } from "./places.js";
import { TEXT } from "./text.js";
import { VARIABLES } from "./variables.js";

export interface Builtin {
  /** POSIX's special builtins: assignments before them stay, errors in them end a script. */
  special?: boolean;
  run(sh: Shell, argv: readonly string[], assigned: readonly (readonly [string, string])[]): Sys<number>;
}

export type BuiltinTable = Readonly<Record<string, Builtin>>;

const builtins = (): BuiltinTable => ({ ...FLOW, ...JOBS, ...NAMES, ...OPTIONS, ...PLACES, ...TEXT, ...VARIABLES });

let table: BuiltinTable | undefined;

export function findBuiltin(name: string): Builtin | undefined {
  table ??= builtins();
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Sorted, for `help` and completion. */
export function builtinNames(): string[] {
  table ??= builtins();
  return Object.keys(table).sort();
}
