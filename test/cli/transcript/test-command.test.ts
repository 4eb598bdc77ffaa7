// `kelp test` as a user starts it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";

const kelp = (...args: string[]): { status: number | null; out: string; err: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/src/cli/main.js", "test", ...args], { encoding: "utf8" });
  return { status, out: stdout, err: stderr };
};

/** Runs the body with a folder that holds the files (one character a byte). */
function withFiles(files: Readonly<Record<string, string>>, body: (path: (name: string) => string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "kelp-test-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, "latin1");
    body((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const PASSING = "One shell from command to command.\n\n  $ x=4; cd /tmp\n  $ echo $x; pwd; (exit 3)\n  4\n  /tmp\n  [3]\n";
const FAILING = "  $ echo yes\n  no\n  $ echo same\n  same\n";

test.serial("a passing and a failing file are told in the order of their names, with a diff", (t) => {
  withFiles({ "a.t": FAILING, "b.t": PASSING }, (path) => {
    const [a, b] = [path("a.t"), path("b.t")];
    t.deepEqual(kelp(a, b), {
      status: 1,
      out: `--- ${a}
+++ ${a} (in the guest)
@@ -1,4 +1,4 @@
   $ echo yes
-  no
+  yes
   $ echo same
   same
${a}: 1 of 2 commands differ
${b}: 2 commands passed
2 files, 4 commands: 1 failed
`,
      err: "",
    });
    t.is(readFileSync(a, "utf8"), FAILING);
  });
});

test.serial("--update writes the file whole, and nothing else stays in its folder", (t) => {
  withFiles({ "a.t": FAILING }, (path) => {
    t.is(kelp("--update", path("a.t")).status, 0);
    t.is(readFileSync(path("a.t"), "utf8"), FAILING.replace("  no\n", "  yes\n"));
    t.deepEqual(readdirSync(path(".")), ["a.t"]);
    t.is(kelp(path(".")).out, `${path("a.t")}: 2 commands passed\n1 file, 2 commands: all passed\n`);
  });
});

test.serial("a command that hangs is named, and its file is not updated", (t) => {
  const text = "  $ echo begun; sleep 1000\n  $ never\n";
  withFiles({ "a.t": text }, (path) => {
    const { status, out } = kelp("--update", "--timeout", "5", path("a.t"));
    t.is(status, 1);
    t.true(out.includes("+  begun\n"), out);
    t.true(out.includes(`${path("a.t")}:1: 'echo begun; sleep 1000' has not ended after 5 guest seconds\n`), out);
    t.is(readFileSync(path("a.t"), "utf8"), text);
  });
});

test.serial("a guest that ends in the middle is told with its place; at the end it is the last command's status", (t) => {
  withFiles({ "a.t": "  $ exit 5\n  $ never\n", "b.t": "  $ echo bye; exit 5\n  bye\n  * (glob)\n  [5]\n" }, (path) => {
    const { status, out } = kelp(path("a.t"));
    t.is(status, 1);
    t.true(out.includes(`${path("a.t")}:1: 'exit 5' has ended the guest\n`), out);
    t.is(kelp("--cmdline", "console=ttyS0 quiet", path("b.t")).status, 0);
  });
});

test.serial("the head line sets the machine, the command line comes first", (t) => {
  withFiles({ "a.t": "# kelp: --append 'x=1'\n\n  $ cat /proc/cmdline\n  console=ttyS0 loglevel=4 printk.time=0 x=1\n" }, (path) => {
    t.is(kelp(path("a.t")).status, 0);
    t.is(kelp("--append", "x=2", path("a.t")).status, 1);
  });
});

test.serial("what cannot be run is refused with status 2 before anything is", (t) => {
  const files = {
    "good.t": PASSING,
    "empty.t": "words only\n",
    "stray.t": "words\n  output\n",
    "bytes.t": "  $ echo \xff\n",
    "crlf.t": "  $ echo\r\n",
    "head.t": "# kelp: --cpus many\n  $ true\n",
    "flag.t": "# kelp: --update\n  $ true\n",
    "notes.txt": "",
  };
  withFiles(files, (path) => {
    const refused = (name: string, message: string): void => {
      const { status, out, err } = kelp(path("good.t"), path(name));
      t.deepEqual([status, out, err.split("\n")[0]], [2, "", `kelp: ${path(name)}${message}`]);
    };
    refused("empty.t", ":1: no commands in it");
    refused("stray.t", ":2: output without a command");
    refused("bytes.t", ":1: not UTF-8 text");
    refused("crlf.t", ":1: the line ends in a carriage return; Unix line ends are needed");
    refused("head.t", ":1: '--cpus' wants a whole number, not 'many'");
    refused("flag.t", ":1: '--update' cannot stand in a transcript");
    refused("notes.txt", ": neither a transcript (.t) nor Markdown (.md)");
    refused("missing.t", ": no such file");
    t.is(kelp().err, "kelp: test needs a FILE\nSee 'kelp test --help'.\n");
    t.is(kelp("--jobs", "0", path("good.t")).status, 2);
  });
});

test.serial("Markdown's console blocks run in the guest", (t) => {
  withFiles({ "a.md": "# Text\n\n```console\n$ seq 9\n1\n\xe2\x80\xa6\n9\n$ false\n```\n" }, (path) => {
    t.is(kelp(path("a.md")).out, `${path("a.md")}: 2 commands passed\n1 file, 2 commands: all passed\n`);
  });
});
