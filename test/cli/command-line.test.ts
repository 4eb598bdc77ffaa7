// The built command itself, as a user starts it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";

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
  const folder = mkdtempSync(join(tmpdir(), "kelp-cli-"));
  const text = join(folder, "text.ko");
  writeFileSync(text, "not an object\n");
  t.is(kelp("objdump", text).err, `kelp: ${text}: not an ELF file\n`);
  t.is(kelp("cc", text).err, `kelp: '${text}' is no TypeScript file (.ts)\nSee 'kelp cc --help'.\n`);
  t.is(kelp("cc", "/nowhere/x.ts").err, "kelp: /nowhere/x.ts: no such file\n");
  rmSync(folder, { recursive: true });
});
