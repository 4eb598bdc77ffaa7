// Branches, calls and returns; budgets that end between any two instructions; devices that stop or limit a run.

import test from "ava";
import { Stop } from "../../../src/vm/cpu/cpu-api.js";
import { CODE, DATA, makeFixture, STACK_TOP } from "./fixture.js";
import { load, makeKernel, program } from "./kernel-fixture.js";

test("branches, calls, returns and loops lead where they say", (t) => {
  const f = makeFixture();
  f.poke(CODE, program("branches"));
  t.is(f.cores.run(0, 1000), Stop.Halted);
  const r = f.cores.registers[0]!;
  // 5+4+3+2+1, near function +100, far function +1000; ret 16 released two pushed words.
  t.deepEqual([r.gpr(0), r.gpr(1), r.gpr(8), r.gpr(9), r.gpr(4)], [1115n, 0n, 1n, 7n, BigInt(STACK_TOP - 16)]);
  t.deepEqual(f.log, []);
});

function state(budgets: Iterator<number>): { registers: string[]; rips: string[]; retired: bigint } {
  const f = makeFixture();
  f.poke(CODE, program("loop"));
  const r = f.cores.registers[0]!;
  const rips: string[] = [];
  let done = 0;
  for (;;) {
    const budget = budgets.next().value as number;
    const stop = f.cores.run(0, budget);
    done += budget;
    if (stop === Stop.Halted) break;
    rips.push(`${done}:${r.rip.toString(16)}`);
  }
  return { registers: Array.from({ length: 16 }, (_, n) => r.gpr(n).toString(16)), rips, retired: r.retired };
}

function* chunks(sizes: readonly number[]): Generator<number, number> {
  for (let n = 0; ; n++) yield sizes[n % sizes.length]!;
}

test("a run stops at the exact instruction, whatever its budget", (t) => {
  const one = state(chunks([1]));
  const at = new Set(one.rips);
  t.true(one.retired > 500n);
  for (const sizes of [[2], [3], [7], [13, 1], [29, 5, 2], [100], [100000]]) {
    const other = state(chunks(sizes));
    t.deepEqual(other.registers, one.registers);
    t.is(other.retired, one.retired);
    t.deepEqual(
      other.rips.filter((rip) => !at.has(rip)),
      [],
    );
  }
});

test("a device sees the exact count of retired instructions and the address of the instruction", (t) => {
  const seen: string[] = [];
  const f = makeKernel({
    bus: {
      mmioRead: (_cpu, paddr, size) => {
        seen.push(
          `read ${paddr.toString(16)}/${size} after ${f.cores.retiredTotal() - start} at ${f.cores.registers[0]!.rip.toString(16)}`,
        );
        return 0x1122334455667788n;
      },
      mmioWrite: (_cpu, paddr, size, value) =>
        void seen.push(`write ${paddr.toString(16)}/${size} ${value.toString(16)} after ${f.cores.retiredTotal() - start}`),
    },
  });
  load(f, "mmio", { 3: 0x3fe00000n, 1: 0xdeadbeefn });
  const start = f.cores.retiredTotal();
  t.is(f.cores.run(0, 100), Stop.Halted);
  t.deepEqual(seen, [
    "read 3fe00000/4 after 1 at 100001",
    "write 3fe00004/4 deadbeef after 2",
    "read 3fe00008/1 after 3 at 100006",
    "write 3fe00008/1 89 after 3",
    "read 3fe00010/8 after 4 at 10000a",
  ]);
  t.is(f.cores.registers[0]!.gpr(0), 0x55667788n);
  t.is(f.cores.registers[0]!.gpr(2), 0x1122334455667788n);
  t.is(f.cores.retiredTotal() - start, 6n);
});

test("ports are read and written with their sizes", (t) => {
  const f = makeKernel();
  load(f, "ports", { 0: 0xffffffff_ffffff00n });
  t.is(f.cores.run(0, 100), Stop.Halted);
  t.deepEqual(f.log, ["in 60/1", "out 3f8/1 55", "in 3f8/4", "out 80/2 55"]);
  t.is(f.cores.registers[0]!.gpr(0), 0x55n);
});

test("a device may stop the run behind the current instruction", (t) => {
  const f = makeKernel({ bus: { portOut: () => f.cores.requestStop() } });
  load(f, "ports");
  t.is(f.cores.run(0, 100), Stop.Requested);
  t.is(f.cores.registers[0]!.rip, BigInt(CODE + 8));
  t.is(f.cores.run(0, 1), Stop.Budget);
});

test("a device may cut the budget to a number of further instructions", (t) => {
  const f = makeKernel({
    bus: {
      mmioRead: () => {
        f.cores.limitBudget(2);
        return 0n;
      },
    },
  });
  load(f, "mmio", { 3: 0x3fe00000n });
  const start = f.cores.retiredTotal();
  t.is(f.cores.run(0, 100), Stop.Budget);
  // nop, the reading mov, and two more; the second of them reads again, but a limit never gives back.
  t.is(f.cores.retiredTotal() - start, 4n);
  load(f, "mmio", { 3: 0x3fe00000n });
  const f2 = makeKernel({ bus: { mmioWrite: () => f2.cores.limitBudget(0) } });
  load(f2, "mmio", { 3: 0x3fe00000n });
  const before = f2.cores.retiredTotal();
  t.is(f2.cores.run(0, 100), Stop.Budget);
  t.is(f2.cores.retiredTotal() - before, 3n);
});

test("pause ends the turn behind itself", (t) => {
  const f = makeKernel();
  load(f, "pause");
  const start = f.cores.retiredTotal();
  t.is(f.cores.run(0, 100), Stop.Pause);
  t.is(f.cores.registers[0]!.rip, BigInt(CODE + 2));
  t.is(f.cores.retiredTotal() - start, 1n);
});

test("each iteration of rep is one instruction, and the budget can end between two", (t) => {
  const f = makeKernel();
  for (let n = 0; n < 16; n++) f.poke(DATA + n, [n + 1]);
  load(f, "rep_movsb", { 1: 10n, 6: BigInt(DATA), 7: BigInt(DATA + 0x100) });
  const r = f.cores.registers[0]!;
  const start = r.retired;
  t.is(f.cores.run(0, 4), Stop.Budget);
  t.deepEqual([r.rip, r.gpr(1), r.gpr(6), r.gpr(7), r.retired - start], [BigInt(CODE), 6n, BigInt(DATA + 4), BigInt(DATA + 0x104), 4n]);
  t.is(f.peek64(DATA + 0x100), 0x04030201n);
  t.is(f.cores.run(0, 6), Stop.Budget);
  t.deepEqual([r.rip, r.gpr(1), r.retired - start], [BigInt(CODE + 2), 0n, 10n]);
  // A count of zero is one instruction.
  load(f, "rep_movsb", { 1: 0n });
  t.is(f.cores.run(0, 1), Stop.Budget);
  t.is(r.rip, BigInt(CODE + 2));
});

test("rep movs and stos across pages do what single steps do", (t) => {
  for (const [name, from, to, count] of [
    ["rep_movsb", DATA + 0xf80, DATA + 0x1fc0, 300],
    ["rep_movsb", DATA, DATA + 3, 200],
    ["rep_movsb", DATA + 3, DATA, 200],
    ["rep_stosq", DATA, DATA + 0xff4, 40],
  ] as const) {
    const end = [1, 100000].map((budget) => {
      const f = makeFixture();
      for (let n = 0; n < 0x3000; n++) f.cores.ram[DATA + n] = (n * 7 + (n >> 8)) & 0xff;
      f.poke(CODE, program(name));
      const r = f.cores.registers[0]!;
      r.setGpr(1, BigInt(count));
      r.setGpr(6, BigInt(from));
      r.setGpr(7, BigInt(to));
      while (f.cores.run(0, budget) !== Stop.Halted);
      return [Buffer.from(f.cores.ram.subarray(DATA, DATA + 0x3000)).toString("hex"), r.gpr(1), r.gpr(6), r.gpr(7), r.retired];
    });
    t.deepEqual(end[0], end[1]);
    t.is(end[0]![4], BigInt(count) + 1n);
  }
});

test("two CPUs keep their registers apart", (t) => {
  const f = makeKernel({ cpus: 2 });
  load(f, "countdown", { 1: 100n });
  load(f, "countdown", { 1: 7n }, 1);
  const [a, b] = [f.cores.registers[0]!, f.cores.registers[1]!];
  t.is(f.cores.run(0, 10), Stop.Budget);
  t.is(f.cores.run(1, 4), Stop.Budget);
  t.deepEqual([a.gpr(1), b.gpr(1)], [95n, 5n]);
  t.is(f.cores.run(1, 100), Stop.Halted);
  t.is(f.cores.run(0, 1000), Stop.Halted);
  t.deepEqual([a.gpr(1), b.gpr(1)], [0n, 0n]);
});
