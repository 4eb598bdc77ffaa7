// Replays what a physical processor did (scripts/vectors) in the core: registers, defined flags, memory, faults.

import { readFileSync } from "node:fs";
import test from "ava";
import { BRANCH_DISTANCE, inputs, Outcome, unpack, VECTOR_RIP, type Vector, WINDOW, WORDS } from "../../../scripts/vectors/format.js";
import { Stop } from "../../../src/vm/cpu/cpu-api.js";
import { TABLE } from "../../../src/vm/cpu/table.js";
import { type Fixture, makeFixture } from "./fixture.js";

const vectors = unpack(readFileSync("test/vm/cpu/vectors/integer.gz"));

function describe(registers: readonly bigint[], flags: bigint, memory: readonly bigint[]): string {
  return [
    ...registers.map((v, n) => `r${n}=${v.toString(16)}`),
    `flags=${flags.toString(16)}`,
    ...memory.map((v, n) => `m${n}=${v.toString(16)}`),
  ].join(" ");
}

/** A line that tells how the core differs from the processor, or undefined. */
function replay(f: Fixture, v: Vector): string | undefined {
  const { registers, memory } = inputs(v.seed, v.fixed);
  const cpu = f.cores.registers[0]!;
  f.cores.startLongMode(0, { rip: BigInt(VECTOR_RIP), cr3: 0x10000n, rsp: 0n });
  if (v.form.startsWith("popf")) memory[24] = (memory[24]! & 0xcd5n) | 2n;
  for (const [n, value] of memory.entries()) f.view.setBigUint64(WINDOW + 8 * n, value, true);
  for (const [n, value] of registers.entries()) cpu.setGpr(n, value);
  cpu.rflags = BigInt(v.flagsIn);
  f.poke(VECTOR_RIP, v.code);
  // A repeated instruction is one a round: let it go on until rip moves.
  let stop = f.cores.run(0, 1);
  for (let n = 0; n < 16 && stop === Stop.Budget && cpu.rip === BigInt(VECTOR_RIP); n++) stop = f.cores.run(0, 1);
  const wantedRegisters = registers.map((value, n) => v.registers.get(n) ?? BigInt.asUintN(64, value));
  const wantedMemory = memory.map((value, n) => v.memory.get(n) ?? value);
  const mask = BigInt(v.flagsMask);
  const got = describe(
    wantedRegisters.map((_, n) => cpu.gpr(n)),
    cpu.rflags & mask,
    Array.from({ length: WORDS }, (_, n) => f.peek64(WINDOW + 8 * n)),
  );
  const wanted = describe(wantedRegisters, BigInt(v.flagsOut) & mask, wantedMemory);
  const end = BigInt(VECTOR_RIP + v.code.length);
  const rip = v.outcome === Outcome.Taken ? end + BigInt(BRANCH_DISTANCE) : v.outcome === Outcome.Fault ? BigInt(VECTOR_RIP) : end;
  const name = `${v.form} [${Buffer.from(v.code).toString("hex")}] seed ${v.seed}`;
  // Without an IDT a fault ends in shutdown, with everything as it was.
  if ((stop === Stop.Shutdown) !== (v.outcome === Outcome.Fault)) return `${name}: stop ${stop}, outcome ${v.outcome}`;
  if (cpu.rip !== rip) return `${name}: rip ${cpu.rip.toString(16)}, not ${rip.toString(16)}`;
  if (got === wanted) return undefined;
  const before = describe(registers, BigInt(v.flagsIn), []).split(" ");
  const a = got.split(" ");
  const differences = wanted.split(" ").flatMap((w, i) => (a[i] === w ? [] : [`${a[i]} not ${w}`]));
  return `${name}: ${differences.join(", ")} (before: ${before.join(" ")})`;
}

test("every recorded instruction does what the processor did", (t) => {
  const f = makeFixture();
  const wrongForms = new Set<string>();
  const wrong = vectors.flatMap((v) => {
    // One line a form is enough to see what is wrong.
    const line = wrongForms.has(v.form) ? undefined : replay(f, v);
    if (line) wrongForms.add(v.form);
    return line ?? [];
  });
  t.deepEqual(wrong.slice(0, 20), []);
});

test("every row of the instruction table has vectors, but for those tested by hand", (t) => {
  const covered = new Set(vectors.map((v) => v.form.split(" ").slice(0, 2).join(" ")));
  const byHand = ["jmp", "jmpIndirect", "call", "callIndirect", "ret", "retPop", "cli", "sti"];
  const missing = TABLE.flatMap((row) => {
    const m = row.meaning;
    if (typeof m === "number" || byHand.includes(m.name)) return [];
    const key = `${m.name} ${row.args.join()}`;
    return covered.has(key) || (row.args.length === 0 && vectors.some((v) => v.form.startsWith(`${m.name} `))) ? [] : [key];
  });
  t.deepEqual(missing, []);
});
