// The command line's grammar: one table of options for all commands, and what a wrong one is answered with.

import minimist from "minimist";

export type CommandName = "console" | "run" | "test" | "record" | "play" | "replay" | "cc" | "objdump";

const COMMANDS: readonly CommandName[] = ["run", "test", "record", "play", "replay", "cc", "objdump"];

type OptionKind =
  | { kind: "flag" }
  | { kind: "text"; argument: string }
  | { kind: "number"; argument: string; min: number; max: number; whole: boolean };

export type OptionSpec = OptionKind & {
  name: string;
  short?: string;
  commands: readonly CommandName[];
  help: string;
};

const machine: readonly CommandName[] = ["console", "run", "test"];
const booting: readonly CommandName[] = [...machine, "record"];

export const OPTIONS: readonly OptionSpec[] = [
  { name: "command", short: "c", kind: "text", argument: "CMDS", commands: ["run"], help: "run these shell commands" },
  { name: "json", kind: "flag", commands: ["run"], help: "type FILE's lines at a prompt; one JSON object a line" },
  {
    name: "timeout",
    kind: "number",
    argument: "SECONDS",
    min: 0.001,
    max: 1e6,
    whole: false,
    commands: ["run"],
    help: "stop after so many guest seconds",
  },
  {
    name: "timeout",
    kind: "number",
    argument: "SECONDS",
    min: 0.001,
    max: 1e6,
    whole: false,
    commands: ["test"],
    help: "guest seconds a command may take, 60 by default",
  },
  { name: "profile", kind: "text", argument: "FILE", commands: ["run"], help: "write which functions the guest spends its time in" },
  { name: "update", kind: "flag", commands: ["test"], help: "write the real output into the files" },
  { name: "jobs", kind: "number", argument: "N", min: 1, max: 64, whole: true, commands: ["test"], help: "files to run at a time" },
  { name: "output", short: "o", kind: "text", argument: "OUT", commands: ["cc"], help: "where the module goes (one FILE only)" },
  { name: "image", kind: "text", argument: "NAME", commands: booting, help: "another kernel: debug, unsafe-unload" },
  { name: "cmdline", kind: "text", argument: "TEXT", commands: booting, help: "the kernel's whole command line" },
  { name: "append", kind: "text", argument: "TEXT", commands: booting, help: "more kernel parameters" },
  {
    name: "mem",
    kind: "number",
    argument: "MIB",
    min: 32,
    max: 2048,
    whole: true,
    commands: booting,
    help: "guest memory, 128 by default",
  },
  { name: "cpus", kind: "number", argument: "N", min: 1, max: 8, whole: true, commands: booting, help: "processors, 2 by default" },
  { name: "seed", kind: "number", argument: "N", min: 0, max: 2 ** 32 - 1, whole: true, commands: booting, help: "another order of turns" },
  {
    name: "share",
    kind: "text",
    argument: "DIR[:TO]",
    commands: machine,
    help: "a folder of the host's, as /mnt or TO in the guest",
  },
  { name: "realtime", kind: "flag", commands: ["console", "run"], help: "guest time is wall clock time" },
  { name: "plain", kind: "flag", commands: ["console"], help: "the console alone, without the screen" },
  { name: "warp", kind: "flag", commands: ["console"], help: "idle time is skipped" },
  { name: "log", kind: "text", argument: "FILE", commands: ["console", "run"], help: "write what 'kelp replay' needs" },
  {
    name: "until",
    kind: "number",
    argument: "N",
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    whole: true,
    commands: ["replay"],
    help: "stop after N instructions and show the CPUs",
  },
  { name: "script", kind: "text", argument: "FILE", commands: ["record"], help: "type FILE's lines, in the guest's own time" },
  { name: "screen", kind: "flag", commands: ["record"], help: "with --script: the screen with its panes" },
  { name: "svg", kind: "text", argument: "OUT.svg", commands: ["record"], help: "draw it too" },
  { name: "still", kind: "flag", commands: ["record"], help: "draw the last screen only" },
  { name: "columns", kind: "number", argument: "N", min: 20, max: 500, whole: true, commands: ["record"], help: "the terminal's width" },
  { name: "rows", kind: "number", argument: "N", min: 5, max: 200, whole: true, commands: ["record"], help: "the terminal's height" },
  { name: "speed", kind: "number", argument: "N", min: 0.01, max: 1e6, whole: false, commands: ["play"], help: "N times as fast" },
  {
    name: "idle-limit",
    kind: "number",
    argument: "SECONDS",
    min: 0,
    max: 1e6,
    whole: false,
    commands: ["play"],
    help: "no pause longer than this",
  },
  { name: "help", short: "h", kind: "flag", commands: ["console", ...COMMANDS], help: "this text" },
  { name: "version", kind: "flag", commands: ["console"], help: "kelp's version" },
];

export interface Arguments {
  command: CommandName;
  files: string[];
  flags: ReadonlySet<string>;
  texts: ReadonlyMap<string, string>;
  numbers: ReadonlyMap<string, number>;
}

/** A mistake on the command line: exit status 2. */
export class UsageError extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/** Commands that DESIGN names and that are still to come: said by name. */
const PLANNED = ["klp-build", "gdb"];

export function parseArguments(argv: readonly string[]): Arguments {
  const first = argv[0];
  const named = COMMANDS.find((name) => name === first);
  if (first !== undefined && !first.startsWith("-") && !named) {
    if (PLANNED.includes(first)) throw new UsageError(`'kelp ${first}' does not exist yet`, "See 'kelp --help' for what does.");
    const similar = closest(first, COMMANDS);
    throw new UsageError(`unknown command '${first}'`, similar ? `Did you mean 'kelp ${similar}'?` : "See 'kelp --help'.");
  }
  const command = named ?? "console";
  return parseOptions(command, named ? argv.slice(1) : argv);
}

function parseOptions(command: CommandName, argv: readonly string[]): Arguments {
  const specs = OPTIONS.filter((spec) => spec.commands.includes(command));
  const known = new Set(specs.flatMap(({ name, short }) => (short ? [name, short] : [name])));
  const see = command === "console" ? "See 'kelp --help'." : `See 'kelp ${command} --help'.`;
  const parsed = minimist([...argv], {
    string: specs
      .filter(({ kind }) => kind !== "flag")
      .map(({ name }) => name)
      .concat("_"),
    boolean: specs.filter(({ kind }) => kind === "flag").map(({ name }) => name),
    alias: Object.fromEntries(specs.flatMap(({ name, short }) => (short ? [[name, short]] : []))),
    unknown: (argument) => {
      if (!argument.startsWith("-") || argument === "-") return true;
      const name = argument.replace(/=.*/s, "");
      const elsewhere = OPTIONS.find((spec) => `--${spec.name}` === name || `-${spec.short}` === name);
      if (elsewhere) throw new UsageError(`'${name}' is no option of 'kelp${command === "console" ? "" : ` ${command}`}'`, see);
      const similar = name.startsWith("--")
        ? closest(
            name.slice(2),
            specs.map((spec) => spec.name),
          )
        : undefined;
      throw new UsageError(`unknown option '${name}'`, similar ? `Did you mean '--${similar}'? ${see}` : see);
    },
  });
  const flags = new Set<string>();
  const texts = new Map<string, string>();
  const numbers = new Map<string, number>();
  for (const spec of specs) {
    const value: unknown = parsed[spec.name];
    if (value === undefined || (spec.kind === "flag" && value !== true)) continue;
    if (spec.kind === "flag") flags.add(spec.name);
    else if (Array.isArray(value)) throw new UsageError(`'--${spec.name}' is given more than once`, see);
    else if (typeof value !== "string") throw new UsageError(`unknown option '--no-${spec.name}'`, see);
    else if (spec.kind === "text") {
      if (value === "" && !givenEmpty(argv, spec)) throw new UsageError(`'--${spec.name}' needs a value (${spec.argument})`, see);
      texts.set(spec.name, value);
    } else numbers.set(spec.name, readNumber(spec.name, spec, value, see));
  }
  if (!known.has("help")) throw new Error("every command has --help");
  if (flags.has("realtime") && flags.has("warp")) throw new UsageError("'--realtime' and '--warp' exclude each other", see);
  const files = parsed._.map(String);
  if (command === "console" && files.length > 0) throw new UsageError(`unexpected argument '${files[0]}'`, see);
  return { command, files, flags, texts, numbers };
}

/** minimist gives "" for a missing value and for an empty one alike. */
function givenEmpty(argv: readonly string[], { name, short }: OptionSpec): boolean {
  return argv.some(
    (argument, i) => argument === `--${name}=` || ((argument === `--${name}` || argument === `-${short}`) && argv[i + 1] === ""),
  );
}

function readNumber(name: string, spec: { min: number; max: number; whole: boolean }, text: string, see: string): number {
  const value = /^(0x[0-9a-f]+|\d+(\.\d+)?)$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || (spec.whole && !Number.isInteger(value))) {
    throw new UsageError(`'--${name}' wants a ${spec.whole ? "whole " : ""}number, not '${text}'`, see);
  }
  if (value < spec.min || value > spec.max)
    throw new UsageError(`'--${name}' must be between ${spec.min} and ${spec.max}, not ${text}`, see);
  return value;
}

/** The nearest name within two edits. */
function closest(word: string, names: readonly string[]): string | undefined {
  const ranked = names.map((name) => ({ name, edits: editDistance(word, name) })).sort((a, b) => a.edits - b.edits);
  return ranked[0] && ranked[0].edits <= 2 ? ranked[0].name : undefined;
}

/** Edits with swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(rows[i - 1][j] + 1, row[j - 1] + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, rows[i - 2][j - 2] + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length][b.length];
}
