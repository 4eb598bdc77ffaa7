// The bare machine with what an operating system sets up: GDT, TSS and an IDT whose handlers are each one `hlt`, so that a
// delivered exception stops at HANDLERS + 16·vector with its frame on the stack.

import { readFileSync } from "node:fs";
import { Stop } from "../../../src/vm/cpu/cpu-api.js";
import { CODE, type Fixture, makeFixture, STACK_TOP } from "./fixture.js";

export const GDT = 0x8000;
export const IDT = 0x9000;
export const TSS = 0xb000;
export const HANDLERS = 0x110000;
export const RSP0 = 0x2f0000;
export const IST1 = 0x2e0000;
/** Tables of the fixture: page directory of the first GiB, and page-directory-pointer table. */
export const PD = 0x12000;
export const PDPT = 0x11000;
/** A page table for virtual 0x600000 … 0x7fffff, made by mapSmallPages. */
export const PT = 0x14000;
export const SMALL = 0x600000;

const programs = JSON.parse(readFileSync("test/vm/cpu/programs.json", "utf8")) as Record<string, string>;

export function program(name: string): Uint8Array {
  const hex = programs[name];
  if (hex === undefined) throw new Error(`no program ${name}`);
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export function setGate(
  f: Fixture,
  vector: number,
  options: { type?: number; dpl?: number; ist?: number; present?: boolean; selector?: number } = {},
): void {
  const handler = BigInt(HANDLERS + 16 * vector);
  const access = (options.present === false ? 0 : 0x80) | ((options.dpl ?? 0) << 5) | (options.type ?? 0xe);
  f.poke64(
    IDT + 16 * vector,
    (handler & 0xffffn) |
      (BigInt(options.selector ?? 0x10) << 16n) |
      (BigInt(options.ist ?? 0) << 32n) |
      (BigInt(access) << 40n) |
      ((handler >> 16n) << 48n),
  );
  f.poke64(IDT + 16 * vector + 8, handler >> 32n);
}

/** Maps SMALL… with 4 KiB pages; entry n is given, or 0. */
export function mapSmallPages(f: Fixture, entries: Record<number, bigint>): void {
  for (let n = 0; n < 512; n++) f.poke64(PT + 8 * n, entries[n] ?? 0n);
  f.poke64(PD + 8 * (SMALL >> 21), BigInt(PT) | 7n);
}

export function makeKernel(options: Parameters<typeof makeFixture>[0] = {}): Fixture {
  const f = makeFixture(options);
  const gdt = [0n, 0n, 0x00209b0000000000n, 0x0000930000000000n, 0n, 0x0000f30000000000n, 0x0020fb0000000000n];
  gdt.forEach((d, n) => {
    f.poke64(GDT + 8 * n, d);
  });
  f.poke64(GDT + 0x40, 0x0000890000000067n | (BigInt(TSS) << 16n));
  f.poke64(GDT + 0x48, 0n);
  f.poke(0x8100, [0x4f, 0]);
  f.poke64(0x8102, BigInt(GDT));
  f.poke(0x8110, [0xff, 0x0f]);
  f.poke64(0x8112, BigInt(IDT));
  for (let vector = 0; vector < 256; vector++) {
    setGate(f, vector);
    f.poke(HANDLERS + 16 * vector, [0xf4]);
  }
  f.poke64(TSS + 4, BigInt(RSP0));
  f.poke64(TSS + 0x24, BigInt(IST1));
  f.poke(TSS + 0x66, [0x68, 0]);
  for (let cpu = 0; cpu < f.cores.cpuCount; cpu++) {
    f.poke(CODE, program("boot"));
    f.poke64(GDT + 0x40, 0x0000890000000067n | (BigInt(TSS) << 16n));
    f.cores.run(cpu, 100);
    restart(f, cpu);
  }
  return f;
}

/** Continues at CODE in ring 0: undoes the hlt in which the last program ended, keeps tables and control registers. */
export function restart(f: Fixture, cpu = 0): void {
  const r = f.cores.registers[cpu]!;
  r.rip = BigInt(CODE);
  r.setGpr(4, BigInt(STACK_TOP));
}

/** Loads a program at CODE and starts it there. */
export function load(f: Fixture, name: string, registers: Record<number, bigint> = {}, cpu = 0): void {
  f.poke(CODE, program(name));
  restart(f, cpu);
  for (const [n, value] of Object.entries(registers)) f.cores.registers[cpu]!.setGpr(Number(n), value);
}

/** Which vector's handler the CPU halted in, with the frame that was pushed: error code (if any), rip, cs, flags, rsp, ss. */
export function taken(f: Fixture, cpu = 0): { vector: number; frame: string[] } {
  const r = f.cores.registers[cpu]!;
  const vector = (Number(r.rip) - 1 - HANDLERS) / 16;
  const words = [8, 10, 11, 12, 13, 14, 17].includes(vector) ? 6 : 5;
  const rsp = Number(r.gpr(4));
  return { vector, frame: Array.from({ length: words }, (_, n) => f.peek64(rsp + 8 * n).toString(16)) };
}

/** Runs to the hlt of a handler. */
export function runToHandler(f: Fixture, budget = 1000): ReturnType<typeof taken> {
  const stop = f.cores.run(0, budget);
  if (stop !== Stop.Halted) throw new Error(`stop ${stop} at ${f.cores.registers[0]!.rip.toString(16)}`);
  return taken(f);
}
