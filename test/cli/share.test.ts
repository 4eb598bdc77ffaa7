// `--share`: a folder of the host's in the guest, at power-on and while it runs.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { temporaryFolder } from "../temporary-folder.js";
import { KELP, Terminal } from "./pty.js";

const kelp = (...args: string[]): { status: number | null; out: string; err: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [KELP, ...args], { encoding: "utf8" });
  return { status, out: stdout, err: stderr };
};

function sharedFolder(): string {
  const folder = temporaryFolder("kelp-share");
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "sub", "text"), "one\n");
  writeFileSync(join(folder, "tool"), "#!/bin/sh\necho tool runs\n");
  chmodSync(join(folder, "tool"), 0o755);
  symlinkSync("sub/text", join(folder, "link"));
  return folder;
}

test("a shared folder lies in /mnt, or where it is wanted, with its programs and links", (t) => {
  const folder = sharedFolder();
  const { out, err, status } = kelp("run", "--share", folder, "-c", "cd /mnt; ls -R; cat link; ./tool; echo own > sub/text");
  t.deepEqual([out, err, status], [".:\nlink  sub   tool\n\n./sub:\ntext\none\ntool runs\n", "", 0]);
  t.is(kelp("run", "--share", `${folder}:/root/mine`, "-c", "cat mine/sub/text").out, "one\n");
});

test("a share that cannot be is one sentence", (t) => {
  const folder = sharedFolder();
  const said = (value: string): unknown[] => {
    const { status, err } = kelp("run", "--share", value, "-c", "true");
    return [status, err];
  };
  const see = "See 'kelp run --help'.\n";
  t.deepEqual(said(`${folder}:mnt`), [2, `kelp: '--share': the guest's folder must begin with '/', not 'mnt'\n${see}`]);
  t.deepEqual(said(`${folder}:/proc/x`), [2, `kelp: '--share': in the guest /proc is another file system\n${see}`]);
  t.deepEqual(said(":/x"), [2, `kelp: '--share' wants DIR or DIR:GUESTDIR, not ':/x'\n${see}`]);
  t.deepEqual(said(`${folder}/nowhere`), [125, `kelp: cannot share: ${folder}/nowhere: no such file\n`]);
  t.deepEqual(said(`${folder}/tool`), [125, `kelp: cannot share: ${folder}/tool: no folder on the way to it\n`]);
  t.deepEqual(said(`${folder}:/etc/passwd`), [125, `kelp: cannot share: ${folder}:/etc/passwd: the guest has a file of that name\n`]);
});

test("what cannot be a file of the guest is left out, a name that is not UTF-8 with a word", (t) => {
  const folder = temporaryFolder("kelp-share");
  symlinkSync("loop", join(folder, "loop"));
  symlinkSync("nowhere", join(folder, "dangling"));
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]), "");
  writeFileSync(join(folder, "café"), "");
  const { out, err, status } = kelp("run", "--share", folder, "-c", "cd /mnt; ls; cat loop");
  t.deepEqual(
    [out, err, status],
    [
      "café     dangling  loop\ncat: can't open 'loop': Too many levels of symbolic links\n",
      "kelp: not shared, since its name is not UTF-8: caf\ufffd\n",
      1,
    ],
  );
});

test("a log with a shared folder is replayed only with the same files", (t) => {
  const folder = sharedFolder();
  const log = join(temporaryFolder("kelp-share"), "log");
  t.is(kelp("run", "--log", log, "--share", folder, "-c", "cat /mnt/link").out, "one\n");
  t.is(kelp("replay", log).out, "one\n");
  writeFileSync(join(folder, "sub", "text"), "two\n");
  const { status, out, err } = kelp("replay", log);
  t.deepEqual([status, out], [125, ""]);
  t.regex(err, /: the root file system is not the one of the session /);
});

test("a running guest sees what changes on the host: written, replaced, new, removed; its own files stay", async (t) => {
  const folder = sharedFolder();
  const terminal = new Terminal(["--plain", "--share", folder]);
  await terminal.until(/# $/);
  terminal.type("exec 3< /mnt/sub/text; echo mine > /mnt/sub/own; cat /mnt/link\r");
  await terminal.until(/one\r\n.*# $/);
  writeFileSync(join(folder, "sub", "text"), "two\n");
  writeFileSync(join(folder, "next"), "renamed\n");
  renameSync(join(folder, "next"), join(folder, "tool"));
  mkdirSync(join(folder, "new", "deep"), { recursive: true });
  writeFileSync(join(folder, "new", "deep", "file"), "deep\n");
  // The guest waits for the host: `until` of its own.
  terminal.type(
    "until [ -f /mnt/new/deep/file ] && [ `cat /mnt/link` = two ]; do sleep 0.1; done; cat /mnt/link /mnt/tool /mnt/new/deep/file\r",
  );
  await terminal.until(/two\r\nrenamed\r\ndeep\r\n.*# $/);
  writeFileSync(join(folder, "new", "deep", "later"), "");
  rmSync(join(folder, "link"));
  rmSync(join(folder, "sub"), { recursive: true });
  terminal.type("while [ -e /mnt/sub/text -o -L /mnt/link -o ! -e /mnt/new/deep/later ]; do sleep 0.1; done; ls -R /mnt; cat <&3; exit\r");
  t.regex(await terminal.until(/ended.*\r\n/), /\/mnt:\r\nnew {3}sub {3}tool\r\n[\s\S]*\/mnt\/sub:\r\nown\r\none\r\n[\s\S]*ended 0 clean/);
  terminal.close();
});
