// File system calls: the same static program on the host's Linux and in the guest, line by line.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { compileStatic, fileLines, guest } from "./guest.js";
import { syscallProgram } from "./syscall-program.js";

const program = process.platform === "linux" && process.arch === "x64" ? compileStatic(syscallProgram) : undefined;

function onHost(bytes: Uint8Array): string[] {
  const folder = mkdtempSync(join(tmpdir(), "kelp-syscalls-"));
  try {
    const file = join(folder, "program");
    writeFileSync(file, bytes);
    chmodSync(file, 0o755);
    const base = join(folder, "base");
    mkdirSync(base);
    // The limit that the guest's tasks have.
    return execFileSync("sh", ["-c", `ulimit -S -n 1024; exec "$0" "$1"`, file, base], { encoding: "latin1" }).split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const [where, base] of [
  ["tmpfs", "/tmp/base"],
  ["9p", "/root/base"],
])
  test(`file system calls on ${where} return what Linux's return`, (t) => {
    if (program === undefined) {
      t.log("skipped: gcc or an x86-64 Linux host is missing");
      t.pass();
      return;
    }
    const { out, status } = guest(`${fileLines("/tmp/program", program)}mkdir ${base}\n/tmp/program ${base}\n`);
    t.is(status, 0);
    t.deepEqual(out.split("\n"), onHost(program));
  });
