import test from "ava";
import { helpText } from "../../src/cli/help.js";
import { OPTIONS, parseArguments, UsageError } from "../../src/cli/options.js";

const complaint = (...argv: string[]): string => {
  try {
    parseArguments(argv);
  } catch (error) {
    if (error instanceof UsageError) return `${error.message} | ${error.hint}`;
    throw error;
  }
  return "accepted";
};

test("no arguments mean the console with the defaults", (t) => {
  t.deepEqual(parseArguments([]), { command: "console", files: [], flags: new Set(), texts: new Map(), numbers: new Map() });
});

test("options and files are read in any order, and -- ends the options", (t) => {
  const { files, flags, texts, numbers } = parseArguments([
    "run",
    "--cpus",
    "2",
    "script.sh",
    "--json",
    "--append=nokaslr quiet",
    "--timeout",
    "1.5",
  ]);
  t.deepEqual(
    [files, [...flags], [...texts], [...numbers]],
    [
      ["script.sh"],
      ["json"],
      [["append", "nokaslr quiet"]],
      [
        ["timeout", 1.5],
        ["cpus", 2],
      ],
    ],
  );
  t.deepEqual(parseArguments(["cc", "--", "-odd.ts"]).files, ["-odd.ts"]);
});

test("a command text may be empty, be a number or begin with a dash", (t) => {
  t.is(parseArguments(["run", "-c", ""]).texts.get("command"), "");
  t.is(parseArguments(["run", "-c", "42"]).texts.get("command"), "42");
  t.is(parseArguments(["run", "-c=-x"]).texts.get("command"), "-x");
});

test("file names that look like numbers stay names", (t) => {
  t.deepEqual(parseArguments(["objdump", "0x10", "007"]).files, ["0x10", "007"]);
});

for (const [argv, message] of [
  [["--cpsu", "2"], "unknown option '--cpsu' | Did you mean '--cpus'? See 'kelp --help'."],
  [["run", "--nothing-like-it"], "unknown option '--nothing-like-it' | See 'kelp run --help'."],
  [["run", "-z"], "unknown option '-z' | See 'kelp run --help'."],
  [["rnu"], "unknown command 'rnu' | Did you mean 'kelp run'?"],
  [["elephant"], "unknown command 'elephant' | See 'kelp --help'."],
  [["gdb"], "'kelp gdb' does not exist yet | See 'kelp --help' for what does."],
  [["cc", "--cpus", "2"], "'--cpus' is no option of 'kelp cc' | See 'kelp cc --help'."],
  [["--json"], "'--json' is no option of 'kelp' | See 'kelp --help'."],
  [["--cpus", "9"], "'--cpus' must be between 1 and 8, not 9 | See 'kelp --help'."],
  [["--cpus", "two"], "'--cpus' wants a whole number, not 'two' | See 'kelp --help'."],
  [["--mem", "128.5"], "'--mem' wants a whole number, not '128.5' | See 'kelp --help'."],
  [["--mem"], "'--mem' wants a whole number, not '' | See 'kelp --help'."],
  [["run", "--append"], "'--append' needs a value (TEXT) | See 'kelp run --help'."],
  [["--seed", "1", "--seed", "2"], "'--seed' is given more than once | See 'kelp --help'."],
] as const) {
  test(`kelp ${argv.join(" ")} is refused with a hint`, (t) => {
    t.is(complaint(...argv), message);
  });
}

test("every option stands in the help of the commands that take it, in lines that fit a terminal", (t) => {
  for (const { name, commands } of OPTIONS)
    for (const command of commands) t.true(helpText(command).includes(`--${name}`), `${command} --${name}`);
  for (const command of ["console", "run", "cc", "objdump"] as const) {
    for (const line of helpText(command).split("\n")) t.true(line.length <= 110, line);
  }
});
