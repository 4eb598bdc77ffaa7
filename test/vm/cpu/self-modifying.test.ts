// Code that changes while it is decoded, through any mapping, by any CPU or the host, is seen at the next instruction.

import test from "ava";
import { Stop } from "../../../src/vm/cpu/cpu-api.js";
import { CODE, DATA, type Fixture, hex } from "./fixture.js";
import { load, makeKernel, mapSmallPages, PDPT, SMALL } from "./kernel-fixture.js";

/** Virtual 1 GiB … is the same memory once more. */
function alias(f: Fixture): void {
  f.poke64(PDPT + 8, f.peek64(PDPT));
}

test("a store through an alias changes the rest of the running block", (t) => {
  const f = makeKernel();
  alias(f);
  load(f, "patch_alias");
  t.is(f.cores.run(0, 100), Stop.Halted);
  t.is(f.cores.registers[0]!.gpr(0) & 0xffn, 42n);
  // Again with the block decoded already, and a single step between: the same.
  load(f, "patch_alias");
  while (f.cores.run(0, 1) !== Stop.Halted);
  t.is(f.cores.registers[0]!.gpr(0) & 0xffn, 42n);
});

test("a store by another CPU is seen by a CPU inside the block", (t) => {
  const f = makeKernel({ cpus: 2 });
  f.poke(CODE + 0x800, hex("c60425 03001000 c7  f4")); // mov byte [0x100003], 0xc7: another constant
  load(f, "patch_ahead");
  t.is(f.cores.run(0, 100), Stop.Halted);
  t.is(f.cores.registers[0]!.gpr(0), 1n);
  load(f, "patch_ahead");
  t.is(f.cores.run(0, 1), Stop.Budget);
  const other = f.cores.registers[1]!;
  other.rip = BigInt(CODE + 0x800);
  t.is(f.cores.run(1, 100), Stop.Halted);
  t.is(f.cores.run(0, 100), Stop.Halted);
  t.is(f.cores.registers[0]!.gpr(0), 0xc7n);
});

test("a host write is seen after ramWritten", (t) => {
  const f = makeKernel();
  load(f, "patch_ahead");
  t.is(f.cores.run(0, 1), Stop.Budget);
  f.poke(CODE + 3, [9]);
  t.is(f.cores.run(0, 100), Stop.Halted);
  t.is(f.cores.registers[0]!.gpr(0), 9n);
});

test("a five-byte entry can be poked back and forth while a loop calls it", (t) => {
  const f = makeKernel();
  // loop: call f; dec ecx; jnz loop; hlt      f: nop5; inc eax; ret      g: add eax, 100; ret
  f.poke(CODE, hex("e8 1b000000 ffc9 75f7 f4"));
  f.poke(CODE + 0x20, hex("0f1f440000 ffc0 c3"));
  f.poke(CODE + 0x40, hex("83c064 c3"));
  const r = f.cores.registers[0]!;
  r.rip = BigInt(CODE);
  r.setGpr(0, 0n);
  r.setGpr(1, 40n);
  for (let n = 0; n < 40; n++) {
    // Odd rounds jump to g at f's entry.
    f.poke(CODE + 0x20, hex(n & 1 ? "e91b000000" : "0f1f440000"));
    f.cores.run(0, n & 1 ? 6 : 6);
  }
  while (f.cores.run(0, 100) !== Stop.Halted);
  t.true(r.gpr(0) > 40n);
  t.is(r.gpr(0) % 99n, 40n % 99n);
});

test("a stack and code in one page work together", (t) => {
  const f = makeKernel();
  load(f, "branches");
  f.cores.registers[0]!.setGpr(4, BigInt(CODE + 0xf00));
  t.is(f.cores.run(0, 1000), Stop.Halted);
  t.is(f.cores.registers[0]!.gpr(0), 1115n);
});

test("an instruction across two pages runs, and is seen changed in either page", (t) => {
  const f = makeKernel();
  const at = CODE + 0xffd;
  f.poke(at, hex("b8 01020304 f4")); // mov eax, 0x04030201; hlt
  const r = f.cores.registers[0]!;
  const run = (): string => {
    r.rip = BigInt(at);
    t.is(f.cores.run(0, 100), Stop.Halted);
    return r.gpr(0).toString(16);
  };
  t.is(run(), "4030201");
  f.poke(at + 4, [0x55]);
  t.is(run(), "55030201");
  f.poke(at + 1, [0x66]);
  t.is(run(), "55030266");
});

test("an instruction that ends in an unmapped page faults with the address of that page", (t) => {
  const f = makeKernel();
  mapSmallPages(f, { 0: BigInt(DATA) | 7n });
  f.poke(DATA + 0xffd, hex("b8 01020304"));
  const r = f.cores.registers[0]!;
  r.rip = BigInt(SMALL + 0xffd);
  t.is(f.cores.run(0, 100), Stop.Halted);
  t.is(r.cr2, BigInt(SMALL + 0x1000));
  t.is(f.peek64(Number(r.gpr(4))), 0x10n);
  t.is(f.peek64(Number(r.gpr(4)) + 8), BigInt(SMALL + 0xffd));
});

test("when the space for decoded code is used up, everything is decoded anew and goes on", (t) => {
  const f = makeKernel({ cpus: 2 });
  // Both CPUs count in the same page. Each round rewrites 19 instructions, which are decoded anew: 50 MiB in the end, more
  // than there is room for.
  const r = f.cores.registers;
  const rounds = 80_000;
  for (const cpu of [0, 1]) {
    r[cpu]!.rip = BigInt(CODE);
    r[cpu]!.setGpr(0, 0n);
    r[cpu]!.setGpr(1, BigInt(rounds + 1));
  }
  let sum = 0;
  for (let n = 0; n < rounds; n++) {
    const step = 1 + (n & 7);
    f.poke(CODE, hex(`${"90".repeat(16)} 83c00${step} ffc9 75e9 f4`)); // 1: 16 nops; add eax, step; dec ecx; jnz 1b; hlt
    f.cores.run(0, 19);
    f.cores.run(1, 19);
    sum += step;
  }
  t.deepEqual([r[0]!.gpr(0), r[1]!.gpr(0), r[0]!.rip], [BigInt(sum), BigInt(sum), BigInt(CODE)]);
});

/** Of the pages that the next tests take for code: a function that returns 1. */
const FUNCTION = 0x210000;
const RETURN_1 = hex("b801000000 c3");

function runAt(f: Fixture, code: string, registers: Record<number, bigint>): void {
  f.poke(CODE, hex(code));
  const r = f.cores.registers[0]!;
  r.rip = BigInt(CODE);
  for (const [n, value] of Object.entries(registers)) r.setGpr(Number(n), value);
}

test("a page of code that rep stos clears is memory, and code again when it is called", (t) => {
  const f = makeKernel();
  f.poke(FUNCTION, RETURN_1);
  f.poke64(FUNCTION + 0xff8, 5n);
  // call f; mov ebx, eax; cld; mov edi, f; mov ecx, 512; xor eax, eax; rep stosq
  // movabs rax, "mov eax, 7; ret"; mov [rdi - 4096], rax; call f; hlt
  const code = "e8fbff1000 89c3 fc bf00002100 b900020000 31c0 f348ab 48b8b807000000c30000 48898700f0ffff e8d3ff1000 f4";
  for (const budget of [1000, 1, 100]) {
    f.poke(FUNCTION, RETURN_1);
    runAt(f, code, { 4: 0x300000n });
    for (let stop: Stop = Stop.Budget; stop !== Stop.Halted; ) stop = f.cores.run(0, budget);
    const r = f.cores.registers[0]!;
    t.deepEqual([r.gpr(3), r.gpr(0)], [1n, 7n]);
    t.deepEqual([f.peek64(FUNCTION), f.peek64(FUNCTION + 8), f.peek64(FUNCTION + 0xff8)], [0xc300000007b8n, 0n, 0n]);
  }
});

test("code that rep movs copies over other code is what runs then", (t) => {
  const f = makeKernel();
  // call f; mov ebx, eax; cld; mov edi, f; mov esi, 0x220000; mov ecx, 512; rep movsq; call f; hlt
  const code = "e8fbff1000 89c3 fc bf00002100 be00002200 b900020000 f348a5 e8e1ff1000 f4";
  f.poke(0x220000, hex("b802000000 c3"));
  for (const budget of [1000, 1, 100]) {
    f.poke(FUNCTION, RETURN_1);
    runAt(f, code, { 4: 0x300000n });
    for (let stop: Stop = Stop.Budget; stop !== Stop.Halted; ) stop = f.cores.run(0, budget);
    const r = f.cores.registers[0]!;
    t.deepEqual([r.gpr(3), r.gpr(0), r.gpr(1)], [1n, 2n, 0n]);
  }
});

test("a page of code that is written again and again runs each time what was written last", (t) => {
  const f = makeKernel();
  f.poke(FUNCTION, hex("b800000000 c3"));
  f.poke64(FUNCTION + 0x800, 0n);
  // 1: inc dword [f + 1]; call f; add rbx, rax; inc dword [f + 0x800]; dec ecx; jnz 1b; hlt
  runAt(f, "ff042501002100 e8f4ff1000 4801c3 ff042500082100 ffc9 75e6 f4", { 1: 5000n, 3: 0n, 4: 0x300000n });
  t.is(f.cores.run(0, 1_000_000), Stop.Halted);
  t.is(f.cores.registers[0]!.gpr(3), 12_502_500n);
  t.is(f.peek64(FUNCTION + 0x800), 5000n);
});
