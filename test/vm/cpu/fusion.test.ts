// Instructions that a handler executes together do what they do one by one: same registers, flags, memory and clock, wherever the
// budget ends, an access faults or a store changes the instruction that comes next.

import { createHash } from "node:crypto";
import test from "ava";
import { Stop } from "../../../src/vm/cpu/cpu-api.js";
import { CODE, DATA, type Fixture, makeFixture, STACK_TOP } from "./fixture.js";

const PROGRAMS = 300;
/** Where the fixture has its page tables. */
const TABLES = 0x10000;
const LENGTH = 60;
/** Instructions that are executed of each program. */
const STEPS = 400;
/** Behind the RAM of the fixture: a read or write of a device. */
const DEVICE = 0x3000_0000n;
/** Behind the mapped GiB: a page fault. */
const UNMAPPED = 0x4000_0000n - 64n;

/** xorshift32. */
function random(seed: number): (below: number) => number {
  let x = seed;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

/** An instruction as compilers emit them, often in these neighbourhoods; memory operands are rbx, r12 or rsp and a short displacement. */
function instruction(r: (below: number) => number): number[] {
  const reg = (): number => r(8);
  const pair = (): number => 0xc0 | (reg() << 3) | reg();
  const rex = r(3) > 0 ? [0x48] : [];
  const memory = (field: number): number[] => [0x43 | (field << 3), r(128)];
  const pointer = (): number[] => [r(4) === 0 ? 0x49 : 0x48];
  const choices: (() => number[])[] = [
    () => [0x50 + [0, 1, 2, 5, 6, 7][r(6)]!],
    () => [0x50 + r(8)],
    () => [0x58 + [0, 1, 2, 5, 6, 7][r(6)]!],
    () => [...rex, 0x89, pair()],
    () => [...rex, [0x01, 0x29, 0x21, 0x09, 0x31, 0x39, 0x85][r(7)]!, pair()],
    () => [...rex, 0x83, 0xc0 | (r(8) << 3) | reg(), r(256)],
    () => [...pointer(), 0x8b, ...memory([0, 1, 2, 5, 6, 7][r(6)]!)],
    () => [...pointer(), 0x89, ...memory(reg())],
    () => [0x8b, ...memory([0, 1, 2, 6, 7][r(5)]!)],
    () => [0x88, ...memory(r(4))],
    () => [0x0f, 0xb6, ...memory([0, 1, 2, 6, 7][r(5)]!)],
    () => [0x48, 0xff, ...memory(r(2))],
    () => [0x48, 0x8d, ...memory([0, 1, 2, 6, 7][r(5)]!)],
    () => [...rex, 0xc1, 0xe0 | (r(2) << 3) | reg(), r(64)],
    () => [0x70 + r(16), r(12)],
    () => [...rex, 0x3b, ...memory(reg())],
    () => [0xb8 + [0, 1, 2, 6, 7][r(5)]!, r(256), r(256), 0, 0],
    () => [0x48, 0x63, pair()],
    () => [0xeb, r(6)],
    () => [0xe8, r(8), 0, 0, 0],
    () => [0x31, 0xc0],
    () => [0xc9],
  ];
  return choices[r(choices.length)]!();
}

/** @param memory what it held at first, the page tables above all. */
function start(f: Fixture, memory: Uint8Array, code: readonly number[], base: bigint): void {
  f.cores.startLongMode(0, { rip: BigInt(CODE), cr3: BigInt(TABLES), rsp: BigInt(STACK_TOP) });
  f.cores.ram.set(memory);
  f.cores.ramWritten(0, f.cores.ram.length);
  f.poke(CODE, [...code, ...Array<number>(64).fill(0x90), 0xf4]);
  for (let i = 0; i < 64; i++) f.poke64(DATA + 8 * i, BigInt(DATA + 0x100 + 8 * i));
  for (let i = 0; i < 64; i++) f.poke64(STACK_TOP - 256 + 8 * i, BigInt(CODE + i));
  const r = f.cores.registers[0]!;
  for (let n = 0; n < 16; n++) r.setGpr(n, BigInt(n) * 0x0101_0101_0101_0101n);
  r.setGpr(3, base);
  r.setGpr(12, BigInt(DATA));
  r.setGpr(11, base);
  r.setGpr(4, BigInt(STACK_TOP));
  r.setGpr(5, BigInt(STACK_TOP - 64));
}

/** Executes in slices of so many instructions; tells where and how it ended. */
function execute(f: Fixture, memory: Uint8Array, code: readonly number[], base: bigint, slice: (below: number) => number): string {
  start(f, memory, code, base);
  const { cores } = f;
  const r = cores.registers[0]!;
  const before = cores.retiredTotal();
  const retired = (): number => Number(cores.retiredTotal() - before);
  let stop = Stop.Budget;
  while (stop === Stop.Budget && retired() < STEPS) stop = cores.run(0, Math.min(slice(5) + 1, STEPS - retired()));
  const written = [DATA, STACK_TOP - 2048, CODE].map((at) =>
    createHash("md5")
      .update(cores.ram.subarray(at, at + 4096))
      .digest("hex"),
  );
  const gpr = Array.from({ length: 16 }, (_, n) => r.gpr(n).toString(16));
  return [stop, r.rip, r.rflags, retired(), ...gpr, ...written, ...f.log.splice(0)].join("\n");
}

for (const [what, base] of [
  ["of memory", BigInt(DATA)],
  ["of the code itself", BigInt(CODE)],
  ["of a device", DEVICE],
  ["at the edge of what is mapped", UNMAPPED],
] as const)
  test(`random code with accesses ${what} runs in any slices as it does step by step`, (t) => {
    const f = makeFixture({ megabytes: 4 });
    const memory = Uint8Array.from(f.cores.ram);
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const r = random(seed * 7919);
      const code = Array.from({ length: LENGTH }, () => instruction(r)).flat();
      const single = execute(f, memory, code, base, () => 0);
      t.is(
        execute(f, memory, code, base, () => STEPS),
        single,
        `program ${seed}, whole`,
      );
      t.is(execute(f, memory, code, base, r), single, `program ${seed}, in slices`);
    }
  });
