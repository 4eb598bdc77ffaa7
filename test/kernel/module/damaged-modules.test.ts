// Damaged module files: an errno each, no fault of the kernel, nothing lost.

import { readFileSync } from "node:fs";
import test from "ava";
import { runInGuest } from "../guest.js";
import { type Damage, damages } from "./damaged-modules.js";
import { ACCOUNTS, difference, parseAccounts } from "./heap-accounts.js";

/** This file runs from dist/test/kernel/module. */
const image = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../../../guest/modules/${name}.ko`, import.meta.url)));

/** ENOENT (a symbol is missing), E2BIG, ENOEXEC, ENOMEM, EFAULT, EINVAL (the bad parameter that ends every load that comes so far); 1: short read. */
const ERRORS = new Set([1, 2, 7, 8, 12, 14, 22]);
/** A call site that is none is told by ftrace (a WARNING), a section name that comes twice by sysfs: Linux's answers, and no faults. */
const FAULT = /^BUG|Oops|general protection|nable to handle|bad page|corrupt/i;

const escaped = (bytes: Uint8Array): string => [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
const line = ({ offset, bytes, length }: Damage, i: number): string =>
  bytes === undefined ? `cut ${i} ${length}` : `put ${i} ${offset} '${escaped(bytes)}'`;

/** Loads with a bad parameter value, so that no file's code runs; one whose parameter section is damaged may load, and goes again. */
const script = (name: string, parameter: string, list: readonly Damage[]): string => `${ACCOUNTS}
try() { insmod x.ko ${parameter} 2> /dev/null; rc=$?; echo "$1 $rc"; [ $rc = 0 ] && { rmmod ${name.replaceAll("-", "_")} || echo "$1 stays"; }; }
put() { cp ${name}.ko x.ko; printf "$3" | dd of=x.ko bs=1 seek=$2 conv=notrunc 2> /dev/null; try $1; }
cut() { head -c $2 ${name}.ko > x.ko; try $1; }
cp ${name}.ko x.ko; try 0 > /dev/null; cut 0 100 > /dev/null; dmesg -n 1; accounts before; accounts before
${list.map(line).join("\n")}
accounts after; lsmod; show before; show after; echo @@; dmesg`;

/** KELP_DAMAGES=all takes the other half too. */
const PARTS = process.env.KELP_DAMAGES === "all" ? [0, 1] : [0];

for (const part of PARTS) {
  const [name, parameter, parts] = ["hello", "howmany=abc", 2] as const;
  test(`every damage to ${name}.ko gets an errno and leaves nothing behind (${part + 1} of ${parts})`, (t) => {
    const list = damages(image(name)).filter((_, i) => i % parts === part);
    const { output } = runInGuest(script(name, parameter, list), ["--cpus", "1"], "slub_debug=U log_buf_len=4M");
    const lines = output.split("\n");
    const results = lines.slice(0, list.length).map((text, i) => ({ name: list[i]!.name, text }));
    t.deepEqual(
      results.filter(({ text }, i) => !(text.startsWith(`${i} `) && (ERRORS.has(Number(text.split(" ")[1])) || text === `${i} 0`))),
      [],
      output.slice(-3000),
    );
    t.true(list.length > 400);
    t.regex(lines[list.length] ?? "", /^Module {18}Size/, output.slice(-1000));
    const accounts = parseAccounts(output);
    t.deepEqual(difference(accounts.get("before") ?? new Map(), accounts.get("after") ?? new Map()), []);
    t.deepEqual(
      output
        .slice(output.lastIndexOf("@@"))
        .split("\n")
        .filter((text) => FAULT.test(text)),
      [],
    );
  });
}
