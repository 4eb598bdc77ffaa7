// Program files damaged in every way: each ends in an error of exec, in a signal or by itself, and the guest lives on.
import { readFileSync } from "node:fs";
import test from "ava";
import { runInGuest } from "./guest.js";

const hello = readFileSync("dist/guest/programs/hello");
const EHDR = { type: 16, machine: 18, entry: 24, phoff: 32, phentsize: 54, phnum: 56 };
/** Of the program header i; the first is the code's. */
const phdr = (i: number) => {
  const at = 64 + 56 * i;
  return { type: at, flags: at + 4, offset: at + 8, vaddr: at + 16, filesz: at + 32, memsz: at + 40 };
};

const patched = (change: (file: Buffer) => void): Buffer => {
  const file = Buffer.from(hello);
  change(file);
  return file;
};
const word = (at: number, value: bigint) => patched((file) => file.writeBigUInt64LE(value, at));

/** What Linux does: an errno, as `env` words it, or the status with which the new program ends (139 is SIGSEGV, 135 SIGBUS). */
const table: Readonly<Record<string, readonly [Buffer, string]>> = {
  intact: [Buffer.from(hello), "status 0"],
  magic: [patched((file) => file.writeUInt8(0, 1)), "ENOEXEC"],
  "type-rel": [patched((file) => file.writeUInt16LE(1, EHDR.type)), "ENOEXEC"],
  "machine-arm": [patched((file) => file.writeUInt16LE(183, EHDR.machine)), "ENOEXEC"],
  phentsize: [patched((file) => file.writeUInt16LE(55, EHDR.phentsize)), "ENOEXEC"],
  "phnum-0": [patched((file) => file.writeUInt16LE(0, EHDR.phnum)), "ENOEXEC"],
  "phnum-many": [patched((file) => file.writeUInt16LE(0xffff, EHDR.phnum)), "ENOEXEC"],
  "phoff-beyond": [word(EHDR.phoff, 1n << 40n), "ENOEXEC"],
  "phoff-negative": [word(EHDR.phoff, (1n << 64n) - 1n), "ENOEXEC"],
  "header-only": [Buffer.from(hello.subarray(0, 64)), "ENOEXEC"],
  "cut-in-header": [Buffer.from(hello.subarray(0, 20)), "ENOEXEC"],
  "entry-null": [word(EHDR.entry, 0n), "status 139"],
  "entry-kernel": [word(EHDR.entry, 0xffffffff81000000n), "status 139"],
  "entry-not-canonical": [word(EHDR.entry, 1n << 63n), "status 139"],
  "entry-in-data": [word(EHDR.entry, 0x402000n), "status 139"],
  "code-not-executable": [patched((file) => file.writeUInt32LE(4, phdr(0).flags)), "status 139"],
  "code-missing": [patched((file) => file.writeUInt32LE(0, phdr(0).type)), "status 139"],
  "memsz-below-filesz": [word(phdr(0).memsz, 1n), "status 139"],
  "memsz-huge": [word(phdr(2).memsz, 1n << 46n), "status 139"],
  "memsz-wraps": [word(phdr(2).memsz, (1n << 64n) - 1n), "status 139"],
  "vaddr-kernel": [word(phdr(0).vaddr, 0xffff888000000000n), "status 139"],
  "vaddr-last-page": [word(phdr(0).vaddr, (1n << 47n) - 4096n), "status 139"],
  "offset-uneven": [word(phdr(0).offset, 0x1001n), "status 139"],
  "offset-beyond-the-file": [word(phdr(0).offset, 0x100000n), "status 135"],
  "offset-negative": [word(phdr(0).offset, 0xfffffffffffff000n), "status 139"],
  "interpreter-missing": [
    patched((file) => {
      file.writeUInt32LE(3, phdr(1).type);
      file.write("/lib/ld.so\0", 0x2000);
      file.writeBigUInt64LE(11n, phdr(1).filesz);
    }),
    "ENOENT",
  ],
};

test("a damaged header has the errno or the signal that it has on Linux", (t) => {
  const names = Object.keys(table);
  const files = Object.fromEntries(names.map((name) => [name, table[name]![0]]));
  const script = `cd /root; for f in ${names.join(" ")}; do env ./$f >/dev/null 2>err; echo "$f status $?"; cat err; done; echo alive`;
  const { out, end } = runInGuest(script, files);
  t.is(end, "exit");
  const got = out
    .replace(/^(\S+) status 126\nenv: .*: Exec format error$/gm, "$1 ENOEXEC")
    .replace(/^(\S+) status 127\nenv: .*: No such file or directory$/gm, "$1 ENOENT")
    .replace(/^(Segmentation fault|Bus error)\n/gm, "");
  t.is(got, `${names.map((name) => `${name} ${table[name]![1]}\n`).join("")}alive\n`);
});

/** Numerical Recipes' generator: the same files each time. */
function generator(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const interesting = [
  0n,
  1n,
  0xfffn,
  0x1000n,
  0x7fffffffn,
  1n << 32n,
  (1n << 47n) - 4096n,
  1n << 47n,
  1n << 63n,
  0xffff888000000000n,
  (1n << 64n) - 1n,
];

function mutated(random: (n: number) => number): Buffer {
  const file = Buffer.from(hello);
  for (let rest = 1 + random(4); rest > 0; rest--) {
    const at = random(64 + 56 * 3 - 8);
    const kind = random(3);
    if (kind === 0) file.writeUInt8(random(256), at);
    else if (kind === 1) file.writeBigUInt64LE(interesting[random(interesting.length)]!, at & ~7);
    else file.writeUInt8(file.readUInt8(at) ^ (1 << random(8)), at);
  }
  return random(8) === 0 ? file.subarray(0, random(file.length)) : file;
}

test("two hundred mutated programs do the kernel no harm: no warning, no lost memory, and the shell lives on", (t) => {
  const random = generator(7);
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < 200; i++) files[`m${String(i).padStart(3, "0")}`] = mutated(random);
  // Some spin for ever, so each gets a moment and is then killed.
  const script = `cd /root; free_() { while read k v u; do test $k = MemFree: && echo $v; done </proc/meminfo; }; before=$(free_)
    for f in m*; do ./$f >/dev/null 2>&1 & sleep 0.01; kill -9 $! 2>/dev/null; wait $! 2>/dev/null; done
    after=$(free_); echo "lost $((before - after > 512))"; dmesg | grep -E 'BUG|WARNING|Oops|panic'; echo alive; hello >/dev/null && echo runs`;
  const { out, end } = runInGuest(script, files);
  t.is(end, "exit");
  t.is(out, "lost 0\nalive\nruns\n");
});
