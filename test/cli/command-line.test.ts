// The built command itself, as a user starts it.
import { spawnSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { temporaryFolder } from "../temporary-folder.js";

const kelp = (...args: string[]): { status: number | null; out: string; err: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/src/cli/main.js", ...args], { encoding: "utf8" });
  return { status, out: stdout, err: stderr };
};

test("an unknown option ends with status 2, a message and a hint, and nothing on standard output", (t) => {
  t.deepEqual(kelp("run", "--timout", "3"), {
    status: 2,
    out: "",
    err: "kelp: unknown option '--timout'\nDid you mean '--timeout'? See 'kelp run --help'.\n",
  });
});

test("run without a script, with two, and with --json but no file are refused", (t) => {
  t.is(kelp("run").err, "kelp: run needs -c CMDS or a FILE\nSee 'kelp run --help'.\n");
  t.is(kelp("run", "-c", "true", "file").err, "kelp: both -c and a file, 'file', are given\nSee 'kelp run --help'.\n");
  t.is(kelp("run", "--json", "-c", "true").status, 2);
});

test("a script that is not there is one sentence and kelp's own failure status", (t) => {
  const { status, err } = kelp("run", "/nowhere/script.sh");
  t.deepEqual([status, err.split("\n").length], [125, 2]);
  t.is(err, "kelp: /nowhere/script.sh: no such file\n");
});

test("--help and --version answer on standard output", (t) => {
  t.regex(kelp("--help").out, /^Usage: kelp /);
  t.regex(kelp("run", "--help").out, /--timeout SECONDS/);
  t.regex(kelp("--version").out, /^kelp \d+\.\d+\.\d+\n$/);
});

test("cc and objdump name what is wrong with their files", (t) => {
  const folder = temporaryFolder("kelp-cli");
  const text = join(folder, "text.ko");
  writeFileSync(text, "not an object\n");
  t.is(kelp("objdump", text).err, `kelp: ${text}: not an ELF file\n`);
  t.is(kelp("cc", text).err, `kelp: '${text}' is no TypeScript file (.ts)\nSee 'kelp cc --help'.\n`);
  t.is(kelp("cc", "/nowhere/x.ts").err, "kelp: /nowhere/x.ts: no such file\n");
});

test("folders, absent files and absent folders are one sentence with the name", (t) => {
  const said = (...args: string[]): string => {
    const { status, err } = kelp(...args);
    t.is(status, 125, args.join(" "));
    return err;
  };
  const folder = temporaryFolder("kelp-cli");
  const source = join(folder, "m.ts");
  writeFileSync(
    source,
    'import { _printk } from "linux/printk";\nfunction start(): int {\n  return _printk("x");\n}\nmodule_init(start);\n',
  );
  t.is(said("objdump", folder), `kelp: ${folder}: is a folder\n`);
  t.is(said("objdump", `${folder}/none`), `kelp: ${folder}/none: no such file\n`);
  t.is(said("replay", folder), `kelp: ${folder}: is a folder\n`);
  t.is(said("run", folder), `kelp: ${folder}: is a folder\n`);
  t.is(said("cc", `${folder}/none.ts`), `kelp: ${folder}/none.ts: no such file\n`);
  t.is(said("cc", source, "-o", "/nowhere/m.ko"), "kelp: /nowhere: no such folder\n");
  t.is(said("run", "--log", "/nowhere/log", "-c", "true"), "kelp: the log cannot be written: /nowhere/log: no such file\n");
});

test("a disc that is full is one sentence, and what is no plain file is written to, never replaced", (t) => {
  if (!statSync("/dev/full", { throwIfNoEntry: false })?.isCharacterDevice()) {
    t.log("skipped: no /dev/full here");
    t.pass();
    return;
  }
  const folder = temporaryFolder("kelp-cli");
  const script = join(folder, "script");
  const link = join(folder, "link.cast");
  writeFileSync(script, "true\n");
  writeFileSync(join(folder, "target.cast"), "old");
  symlinkSync("target.cast", link);
  const full = (...args: string[]): unknown => {
    const { status, stderr } = spawnSync("/bin/sh", ["-c", '"$@" > /dev/full', "sh", process.execPath, "dist/src/cli/main.js", ...args], {
      encoding: "utf8",
    });
    return [status, stderr];
  };
  t.deepEqual(full("--help"), [125, "kelp: standard output: no space left on the device\n"]);
  t.deepEqual(full("run", "-c", "echo hi"), [125, "kelp: standard output: no space left on the device\n"]);
  t.is(kelp("record", "/dev/full", "--script", script).err, "kelp: /dev/full: no space left on the device\n");
  t.true(statSync("/dev/full").isCharacterDevice());
  t.is(kelp("record", link, "--script", script).status, 0);
  t.true(lstatSync(link).isSymbolicLink());
  t.true(readFileSync(join(folder, "target.cast"), "utf8").startsWith('{"version":2'));
  t.deepEqual(readdirSync(folder).sort(), ["link.cast", "script", "target.cast"]);
});

test("a reader that goes away ends kelp with 141, without a word", (t) => {
  const { stdout, stderr } = spawnSync(
    "/bin/bash",
    ["-c", `"$0" dist/src/cli/main.js run -c 'cat /proc/kallsyms' | head -n 1; echo "\${PIPESTATUS[0]}"`, process.execPath],
    {
      encoding: "utf8",
    },
  );
  t.regex(stdout, /^[0-9a-f]{16} . \w+\n141\n$/);
  t.is(stderr, "");
});
