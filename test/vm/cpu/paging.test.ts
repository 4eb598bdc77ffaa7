// Page tables: rights, error codes (SDM volume 3, 4.7), accessed and dirty bits, TLB invalidation, restartable faults.

import test from "ava";
import { Stop } from "../../../src/vm/cpu/cpu-api.js";
import { CODE, DATA, type Fixture } from "./fixture.js";
import { load, makeKernel, mapSmallPages, PD, PT, program, runToHandler, SMALL } from "./kernel-fixture.js";

const P = 1n;
const W = 2n;
const U = 4n;
const NX = 1n << 63n;
const page = (flags: bigint): bigint => BigInt(DATA) | flags;

/** Runs one instruction at `va` rights; the error code and CR2 of its #PF, or what else came. */
function fault(f: Fixture, name: string, registers: Record<number, bigint>, user: boolean): string {
  load(f, name, registers);
  const r = f.cores.registers[0]!;
  if (user) {
    f.poke(CODE, program("user_enter"));
    f.poke(CODE + 0x100, program(name));
    r.setGpr(7, BigInt(CODE + 0x100));
    r.setGpr(6, 0x280000n);
  }
  const { vector, frame } = runToHandler(f);
  return `#${vector} ${frame[0]} cr2 ${r.cr2.toString(16)} at ${frame[1]}`;
}

test("a page fault's error code tells presence, write, user, reserved bit and fetch", (t) => {
  const f = makeKernel();
  mapSmallPages(f, {
    1: page(P | U), // read-only
    2: page(P | W), // supervisor
    3: page(P | W | U | NX),
    4: page(P | W | U | (1n << 45n)), // reserved
    5: page(P | W | U),
  });
  const at = (n: number): bigint => BigInt(SMALL + n * 0x1000 + 0x10);
  const cr2 = (n: number): string => at(n).toString(16);
  const kernel = CODE.toString(16);
  const user = (CODE + 0x100).toString(16);
  t.is(fault(f, "load", { 3: at(0) }, false), `#14 0 cr2 ${cr2(0)} at ${kernel}`);
  t.is(fault(f, "store", { 3: at(0) }, false), `#14 2 cr2 ${cr2(0)} at ${kernel}`);
  t.is(fault(f, "load", { 3: at(0) }, true), `#14 4 cr2 ${cr2(0)} at ${user}`);
  t.is(fault(f, "store", { 3: at(0) }, true), `#14 6 cr2 ${cr2(0)} at ${user}`);
  t.is(fault(f, "store", { 3: at(1) }, false), `#14 3 cr2 ${cr2(1)} at ${kernel}`);
  t.is(fault(f, "store", { 3: at(1) }, true), `#14 7 cr2 ${cr2(1)} at ${user}`);
  t.is(fault(f, "load", { 3: at(2) }, true), `#14 5 cr2 ${cr2(2)} at ${user}`);
  t.is(fault(f, "jump", { 3: at(2) }, true), `#14 15 cr2 ${cr2(2)} at ${cr2(2)}`);
  t.is(fault(f, "jump", { 3: at(3) }, false), `#14 11 cr2 ${cr2(3)} at ${cr2(3)}`);
  t.is(fault(f, "jump", { 3: at(0) }, false), `#14 10 cr2 ${cr2(0)} at ${cr2(0)}`);
  t.is(fault(f, "load", { 3: at(4) }, false), `#14 9 cr2 ${cr2(4)} at ${kernel}`);
  t.is(fault(f, "store", { 3: at(4) }, true), `#14 f cr2 ${cr2(4)} at ${user}`);
  t.is(fault(f, "add_memory", { 3: at(0) }, false), `#14 2 cr2 ${cr2(0)} at ${kernel}`);
  t.is(fault(f, "jump", { 3: 1n << 60n }, false), `#13 0 cr2 ${cr2(0)} at ${kernel}`);
  t.is(fault(f, "load", { 3: 1n << 47n }, false), `#13 0 cr2 ${cr2(0)} at ${kernel}`);
});

test("without CR0.WP the supervisor writes read-only pages, with it not, and the switch takes effect at once", (t) => {
  const f = makeKernel();
  mapSmallPages(f, { 1: page(P) });
  const r = f.cores.registers[0]!;
  r.cr0 = r.cr0 & ~0x10000n;
  load(f, "wp_store", { 3: BigInt(SMALL + 0x1000), 0: 77n });
  const { vector, frame } = runToHandler(f);
  t.deepEqual([vector, frame[0], f.peek64(DATA)], [14, "3", 77n]);
});

test("a fault leaves registers, flags and memory as they were", (t) => {
  const f = makeKernel();
  mapSmallPages(f, { 1: page(P | W | U) });
  const r = f.cores.registers[0]!;
  // A store, and a read-modify-write, over the end of the mapped page.
  for (const name of ["store", "add_memory"]) {
    f.poke64(DATA + 0xff8, 0x1111111111111111n);
    load(f, name, { 3: BigInt(SMALL + 0x1ffc), 0: 0xffffffffffffffffn });
    r.rflags = 0x8d7n;
    const { vector, frame } = runToHandler(f);
    t.deepEqual([vector, frame[0], r.cr2, f.peek64(DATA + 0xff8)], [14, "2", BigInt(SMALL + 0x2000), 0x1111111111111111n]);
    t.is(frame[3], "108d7");
  }
  // Stack accesses: rsp stays. The exception itself goes to IST 1.
  for (const name of ["push_call", "call"]) {
    f.poke64(0x9000 + 14 * 16, f.peek64(0x9000 + 14 * 16) | (1n << 32n));
    load(f, name);
    r.setGpr(4, BigInt(SMALL + 0x3000));
    const { vector, frame } = runToHandler(f);
    t.deepEqual([vector, frame[0], frame[1], frame[4]], [14, "2", CODE.toString(16), (SMALL + 0x3000).toString(16)]);
  }
});

test("an access across two mapped pages reaches both", (t) => {
  const f = makeKernel();
  mapSmallPages(f, { 1: BigInt(DATA) | 7n, 2: BigInt(DATA + 0x5000) | 7n });
  load(f, "add_memory", { 3: BigInt(SMALL + 0x1ffc), 0: 0x1122334455667788n });
  f.cores.run(0, 1);
  t.is(f.peek64(DATA + 0xff8) >> 32n, 0x55667788n);
  t.is(f.peek64(DATA + 0x5000) & 0xffffffffn, 0x11223344n);
  load(f, "load", { 3: BigInt(SMALL + 0x1ffc) });
  f.cores.run(0, 1);
  t.is(f.cores.registers[0]!.gpr(0), 0x1122334455667788n);
});

test("reads set the accessed bit, writes the dirty bit too", (t) => {
  const f = makeKernel();
  mapSmallPages(f, { 1: page(P | W | U) });
  load(f, "load", { 3: BigInt(SMALL + 0x1000) });
  f.cores.run(0, 1);
  t.is(f.peek64(PT + 8) & 0xfffn, 0x27n);
  load(f, "store", { 3: BigInt(SMALL + 0x1000) });
  f.cores.run(0, 1);
  t.is(f.peek64(PT + 8) & 0xfffn, 0x67n);
  t.is(f.peek64(PD + 8 * (SMALL >> 21)) & 0xfffn, 0x27n);
});

test("a changed entry counts after invlpg", (t) => {
  const f = makeKernel();
  mapSmallPages(f, { 1: page(7n) });
  f.poke64(DATA, 1n);
  f.poke64(DATA + 0x7000, 2n);
  load(f, "invlpg_load", { 3: BigInt(SMALL + 0x1000), 1: BigInt(PT + 8), 2: BigInt(DATA + 0x7000) | 7n });
  t.is(f.cores.run(0, 100), Stop.Halted);
  const r = f.cores.registers[0]!;
  t.deepEqual([r.gpr(0), r.gpr(7)], [1n, 2n]);
});

test("invlpg reaches every piece of a large page", (t) => {
  const f = makeKernel();
  f.poke64(0x500000, 1n);
  f.poke64(0x700000, 2n);
  f.poke64(PD + 8 * 2, 0x400087n);
  load(f, "invlpg_load", { 3: 0x500000n, 1: BigInt(PD + 8 * 2), 2: 0x600087n });
  t.is(f.cores.run(0, 100), Stop.Halted);
  const r = f.cores.registers[0]!;
  t.deepEqual([r.gpr(0), r.gpr(7)], [1n, 2n]);
});

test("a cr3 write drops translations, but those of global pages only cr4.PGE's change drops", (t) => {
  for (const [flags, afterCr3] of [
    [7n, 2n],
    [0x107n, 1n],
  ] as const) {
    const f = makeKernel();
    const r = f.cores.registers[0]!;
    r.cr4 = r.cr4 | 0x80n;
    mapSmallPages(f, { 1: page(flags) });
    f.poke64(DATA, 1n);
    f.poke64(DATA + 0x7000, 2n);
    load(f, "cr3_load", { 3: BigInt(SMALL + 0x1000), 1: BigInt(PT + 8), 2: BigInt(DATA + 0x7000) | flags });
    t.is(f.cores.run(0, 100), Stop.Halted);
    t.deepEqual([r.gpr(0), r.gpr(6), r.gpr(7)], [1n, afterCr3, 2n]);
  }
});

test("translate walks the tables with the rights it is given", (t) => {
  const f = makeKernel({ cpus: 2 });
  mapSmallPages(f, { 1: page(P | U | NX), 2: page(P | W) });
  const one = BigInt(SMALL + 0x1234);
  const two = BigInt(SMALL + 0x2234);
  t.deepEqual(
    [
      f.cores.translate(1, one, "read", 3),
      f.cores.translate(1, one, "write", 0),
      f.cores.translate(1, one, "execute", 0),
      f.cores.translate(0, two, "write", 0),
      f.cores.translate(0, two, "read", 3),
      f.cores.translate(0, 1n << 50n, "read", 0),
      f.cores.translate(0, 0x123456n, "execute", 0),
    ],
    [DATA + 0x234, -1, -1, DATA + 0x234, -1, -1, 0x123456],
  );
});
