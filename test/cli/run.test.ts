import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { KELP, pause } from "./pty.js";

interface Result {
  status: number | null;
  out: string;
  err: string;
}

function kelp(args: readonly string[], input = ""): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [KELP, ...args], { input, timeout: 30_000, maxBuffer: 1 << 26 });
  return { status, out: stdout.toString("latin1"), err: stderr.toString() };
}

const folder = mkdtempSync(join(tmpdir(), "kelp-run-"));
test.after.always(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test("a script's output, nothing else, and its status", (t) => {
  t.deepEqual(kelp(["run", "-c", "echo hi; echo err >&2; exit 3"]), { status: 3, out: "hi\nerr\n", err: "" });
  t.deepEqual(kelp(["run", file("a script.sh", 'echo "$0" $#\nfalse\n')]), { status: 1, out: "/run/kelp/files/a script.sh 0\n", err: "" });
  t.deepEqual(kelp(["run", file("empty.sh", "")]), { status: 0, out: "", err: "" });
  // As on Linux: the carriage return is part of the word.
  t.deepEqual(kelp(["run", file("crlf.sh", "echo a\r\necho b\r\n")]), { status: 0, out: "a\r\nb\r\n", err: "" });
});

test("every byte comes out as the script wrote it, also one that ends in kelp's own mark", (t) => {
  const all = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join("");
  const octal = [...all].map((byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`).join("");
  t.is(kelp(["run", file("bytes.sh", `printf '${octal}\\r\\n\\r\\r\\n'`)]).out, `${all}\r\n\r\r\n`);
  t.is(kelp(["run", "-c", "printf 'a\\033]133;D\\007b\\033]133;D\\007'"]).out, "a\x1b]133;D\x07b\x1b]133;D\x07");
});

test("a long output is complete", (t) => {
  const { out, status } = kelp(["run", "-c", "seq 30000"]);
  t.is(status, 0);
  t.is(out, Array.from({ length: 30000 }, (_, i) => `${i + 1}\n`).join(""));
});

test("a reader that goes away ends kelp as SIGPIPE would, without a word", (t) => {
  const pipe = `"$0" "$1" run -c 'seq 100000' | head -n 1; exit`;
  const { stdout, stderr } = spawnSync("bash", ["-c", pipe.replace("exit", `echo \${PIPESTATUS[0]}`), process.execPath, KELP], {
    timeout: 30_000,
  });
  t.deepEqual([stdout.toString(), stderr.toString()], ["1\n141\n", ""]);
});

test("standard input is the guest's, then comes Ctrl-D", (t) => {
  t.is(kelp(["run", "-c", "read x; echo got $x"], "foo\n").out, "got foo\n");
  t.is(kelp(["run", "-c", "cat; echo end; read x || echo eof"], "one\ntwo").out, "one\ntwoend\neof\n");
  const lines = Array.from({ length: 500 }, (_, i) => `line ${i}\n`).join("");
  t.is(kelp(["run", "-c", "cat"], lines).out, lines);
  // Not read where the script does not read it.
  t.is(kelp(["run", "-c", "sleep 3; echo done"], "foo\n").out, "done\n");
});

test("input that never comes is told, and so is a guest that nothing can wake", (t) => {
  const told = "kelp: the guest waits for input that cannot come: every CPU is idle and no timer is set\n";
  const { status, out, err } = kelp(["run", "-c", "while :; do read x; done"]);
  t.deepEqual({ status, out }, { status: 125, out: "" });
  t.true(err.startsWith(told));
  // And who waits where.
  t.regex(err, /^kelp: {3}sh\[\d+\] S: .*\bn_tty_read\+0x/m);
  t.notRegex(err, /kworker|migration|swapper/);
});

test("--timeout counts guest seconds", (t) => {
  const { status, out, err } = kelp(["run", "--timeout", "2", "-c", "echo a; sleep 1; echo b; sleep 1000; echo c"]);
  t.deepEqual({ status, out }, { status: 124, out: "a\nb\n" });
  t.true(err.startsWith("kelp: stopped after 2 guest seconds\n"));
  t.regex(err, /^kelp: {3}sleep\[\d+\] S: .*hrtimer_nanosleep\+0x/m);
});

test("files that are no scripts are refused in one line", (t) => {
  const directory = join(folder, "directory");
  mkdirSync(directory);
  t.deepEqual(kelp(["run", directory]), { status: 125, out: "", err: `kelp: ${directory}: is a folder\n` });
  t.is(kelp(["run", "--log", join(folder, "no/such/log"), "-c", "true"]).status, 125);
});

/** kelp's end when SIGINT comes once `due` says so. */
async function interrupted(script: string, due: (child: ChildProcess) => Promise<unknown>): Promise<{ status: unknown; out: string }> {
  const child = spawn(process.execPath, [KELP, "run", "--realtime", "-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (data: Buffer) => {
    out += data.toString();
  });
  const end = new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)));
  await due(child);
  child.kill("SIGINT");
  return { status: await end, out };
}

test("SIGINT is the guest's Ctrl-C, and the script may catch it", async (t) => {
  const printed = (child: ChildProcess) => new Promise((resolve) => child.stdout?.once("data", resolve));
  t.deepEqual(await interrupted("echo ready; sleep 1000", printed), { status: 130, out: "ready\n" });
  const caught = "trap 'echo caught; exit 4' INT; echo ready; while :; do sleep 1; done";
  t.deepEqual(await interrupted(caught, printed), { status: 4, out: "ready\ncaught\n" });
});

test("a SIGINT while the guest boots is not lost", async (t) => {
  for (const delay of [200, 280, 320, 360, 400]) {
    const { status, out } = await interrupted("sleep 1000", () => pause(delay));
    t.true(status === 130 || status === "SIGINT", `${delay} ms: ${status}`);
    t.is(out, "");
  }
});

test("a guest that panics gives 120 and one line, also where it reboots of it", (t) => {
  const crash = "echo c > /proc/sysrq-trigger";
  const [stays, reboots] = [kelp(["run", "-c", crash]), kelp(["run", "--append", "panic=1", "-c", crash])];
  t.deepEqual([stays.status, stays.err], [120, "kelp: the guest kernel panicked\n"]);
  t.deepEqual([reboots.status, reboots.err], [120, "kelp: the guest kernel panicked\n"]);
  t.regex(reboots.out, /Rebooting in 1 seconds\.\.\n$/);
});

/** A static x86-64 ELF program of two bytes, loaded at 0x400000. */
function program(code: Uint8Array): Buffer {
  const elf = Buffer.alloc(120);
  elf.write("\x7fELF\x02\x01\x01", "latin1");
  elf.writeUInt16LE(2, 16); // ET_EXEC
  elf.writeUInt16LE(62, 18); // EM_X86_64
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(0x400078n, 24);
  elf.writeBigUInt64LE(64n, 32);
  elf.writeUInt16LE(64, 52);
  elf.writeUInt16LE(56, 54);
  elf.writeUInt16LE(1, 56);
  elf.writeUInt32LE(1, 64); // PT_LOAD, r-x
  elf.writeUInt32LE(5, 68);
  elf.writeBigUInt64LE(0x400000n, 80);
  elf.writeBigUInt64LE(0x400000n, 88);
  elf.writeBigUInt64LE(BigInt(120 + code.length), 96);
  elf.writeBigUInt64LE(BigInt(120 + code.length), 104);
  elf.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([elf, code]);
}

test("an instruction that does not exist is told with its task, address and bytes, and kills only that task", (t) => {
  const octal = [...program(Uint8Array.of(0x0f, 0x04))].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  const { status, err } = kelp(["run", "-c", `printf '${octal}' > /tmp/bad; chmod +x /tmp/bad; /tmp/bad; [ $? = 132 ]`]);
  t.regex(err, /^kelp: CPU \d: instruction not implemented in bad\[\d+\] at 0x400078: 0f 04.*\n$/);
  t.is(status, 0);
});

test("a run and its replay give the same bytes, status and instruction count; --until stops at the instruction", (t) => {
  const log = join(folder, "run.log");
  const script = "read x; echo $x; sleep 1; cat /proc/uptime; read y; echo $y; exit 5";
  const original = kelp(["run", "--log", log, "--seed", "3", "-c", script], "one\ntwo\n");
  t.is(original.status, 5);
  t.deepEqual(kelp(["replay", log]), original);
  const end = JSON.parse(readFileSync(log, "utf8").trim().split("\n").at(-1) ?? "") as { at: number[] };
  const stopped = kelp(["replay", log, "--until", String(end.at[0] - 1)]);
  t.true(
    stopped.out.startsWith(`${original.out}instruction ${end.at[0] - 1}, `) || stopped.out.includes(`\ninstruction ${end.at[0] - 1}, `),
  );
  t.regex(stopped.out, /CPU [01]: running, ring 0, init\[1\], /);
  // The last instruction is the write to the debug-exit port.
  t.regex(stopped.out, /rip 0xffffffff81[0-9a-f]{6} \(\w+\+0x[0-9a-f]+\): out +%eax,\(%dx\)\n/);
  t.deepEqual(kelp(["replay", log, "--until", "999999999999"]).status, 125);
});

test("a log of another kernel or another root file system, a broken one, and none are refused", (t) => {
  const log = join(folder, "other.log");
  kelp(["run", "--log", log, "-c", "true"]);
  const [first, ...rest] = readFileSync(log, "utf8").split("\n");
  const header = JSON.parse(first) as { fingerprints: Record<string, string> };
  const zero = "0".repeat(64);
  for (const [part, name] of [
    ["image", "the kernel image"],
    ["volume", "the root file system"],
    ["host", "kelp itself"],
  ]) {
    const changed = JSON.stringify({ ...header, fingerprints: { ...header.fingerprints, [part]: zero } });
    const path = file(`${part}.log`, [changed, ...rest].join("\n"));
    const now = header.fingerprints[part].slice(0, 12);
    t.deepEqual(kelp(["replay", path]), {
      status: 125,
      out: "",
      err: `kelp: ${path}: ${name} is not the one of the session (000000000000, now ${now})\n`,
    });
  }
  const broken = file("broken.log", `${first}\n{"at":[1]}\n`);
  t.is(kelp(["replay", broken]).err, `kelp: ${broken}: line 2 is no line of a log of kelp's\n`);
  const foreign = file("foreign.log", "#!/bin/sh\n");
  t.is(kelp(["replay", foreign]).err, `kelp: ${foreign}: line 1 is no line of a log of kelp's\n`);
  const cut = file("cut.log", `${first}\n{"at":[1,`);
  t.deepEqual(kelp(["replay", cut]).err, "kelp: the log breaks off here\n");
});
