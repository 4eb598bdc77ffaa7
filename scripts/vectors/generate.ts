// Records instruction vectors on this machine's processor: encodes every row of the instruction table in every form, runs
// each with edge and random inputs in runner.c, and writes test/vm/cpu/vectors/*.gz. Needs gcc and an x86-64 host with
// movbe, lzcnt, tzcnt, popcnt, crc32, adx, bmi1 and bmi2. Run: node dist/scripts/vectors/generate.js [cases per form]

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { operandWidth } from "../../src/vm/cpu/handlers.js";
import type { Meaning } from "../../src/vm/cpu/meaning/meaning.js";
import { type Row, TABLE } from "../../src/vm/cpu/table.js";
import { BRANCH_DISTANCE, inputs, Outcome, pack, random, type Vector, WINDOW, WORDS } from "./format.js";

const CF = 1;
const PF = 4;
const AF = 0x10;
const ZF = 0x40;
const SF = 0x80;
const DF = 0x400;
const OF = 0x800;
const ARITHMETIC = CF | PF | AF | ZF | SF | OF;
const RSP = 4;

/** Tested by hand instead: they leave the straight line, or are privileged. */
const BY_HAND = new Set(["jmp", "jmpIndirect", "call", "callIndirect", "ret", "retPop", "cli", "sti"]);
const IN = 17 * 8 + 16 + 8 * WORDS;
const OUT = 17 * 8 + 8 * WORDS + 8;
const POINTER = BigInt(WINDOW + 0x100);

interface Case {
  form: string;
  code: number[];
  seed: number;
  fixed: Map<number, bigint>;
  flagsIn: number;
  flagsMask: (registers: readonly bigint[]) => number;
}

function little(value: bigint, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

/** Flags that the manual leaves undefined, given the (masked) shift count. */
function definedFlags(name: string, width: number, count: number): number {
  switch (name) {
    case "and":
    case "or":
    case "xor":
    case "test":
      return ARITHMETIC & ~AF;
    case "mul":
    case "imul1":
    case "imul2":
    case "imul3":
      return CF | OF;
    case "div":
    case "idiv":
      return 0;
    case "bt":
    case "bts":
    case "btr":
    case "btc":
      return CF | ZF;
    case "bsf":
    case "bsr":
      return ZF;
    case "tzcnt":
    case "lzcnt":
      return CF | ZF;
    case "andn":
    case "blsr":
    case "blsmsk":
    case "blsi":
    case "bzhi":
      return CF | OF | ZF | SF;
    case "bextr":
      return CF | OF | ZF;
    case "shl":
    case "shr":
    case "sar":
    case "shld":
    case "shrd":
    case "rol":
    case "ror":
    case "rcl":
    case "rcr": {
      let mask = ARITHMETIC;
      if (count !== 0) {
        if (!name.startsWith("r")) mask &= ~AF;
        if (count !== 1) mask &= ~OF;
        if ((name === "shl" || name === "shr") && count >= width) mask &= ~CF;
      }
      return mask;
    }
    default:
      return ARITHMETIC;
  }
}

function makeCase(row: Row, m: Meaning, operandSize: 16 | 32 | 64, memoryForm: number, lock: boolean, seed: number): Case | undefined {
  const next = random(seed ^ 0x5bd1e995);
  const fixed = new Map<number, bigint>();
  const tail: number[] = [];
  let rex = operandSize === 64 ? 8 : 0;
  let opcode = row.opcode;
  let modrm: number[] = [];
  let count: ((registers: readonly bigint[]) => bigint) | undefined;
  let bitOffset = -1;
  let byteRegister = false;
  let reg = row.ext ?? 0;
  let vexRegister = 0;
  const width = operandWidth(row.size ?? row.args[0]?.[1] ?? "v", operandSize);
  const pick = (size: number): number => {
    let n = next() & 15;
    if (size === 8 && n >= 4 && n < 8) byteRegister = true;
    if (size === 8 && next() & 1) n &= 7;
    return n;
  };
  for (const arg of row.args) {
    const size = operandWidth(arg[1] ?? "b", operandSize);
    switch (arg[0]) {
      case "E":
      case "M":
      case "R":
        if (memoryForm === 0) {
          const n = pick(size);
          rex |= n >> 3;
          modrm = [0xc0 | (n & 7)];
        } else {
          let base = next() & 15;
          if (memoryForm === 2 && base === RSP) base = 5;
          const displacement = BigInt((next() & 0x3f) - 0x20);
          rex |= base >> 3;
          if (memoryForm === 1) {
            fixed.set(base, POINTER - displacement);
            modrm = (base & 7) === 4 ? [0x44, 0x24, ...little(displacement, 1)] : [0x40 | (base & 7), ...little(displacement, 1)];
          } else {
            let index = next() & 15;
            if (index === RSP || index === base) index = base === 6 ? 7 : 6;
            const scale = next() & 3;
            const value = BigInt(next() & 15);
            fixed.set(index, value);
            fixed.set(base, BigInt.asUintN(64, POINTER - displacement - (value << BigInt(scale))));
            rex |= (index >> 3) << 1;
            modrm = [0x84, (scale << 6) | ((index & 7) << 3) | (base & 7), ...little(displacement, 4)];
          }
        }
        break;
      case "G":
        reg = pick(size);
        if (m.name.startsWith("bt")) bitOffset = reg;
        rex |= (reg >> 3) << 2;
        break;
      case "B":
        vexRegister = pick(size);
        break;
      case "Z": {
        const n = (opcode & 7) | (next() & 8);
        if (size === 8 && n >= 4 && n < 8) byteRegister = true;
        rex |= n >> 3;
        break;
      }
      case "O":
        tail.push(...little(POINTER, 8));
        break;
      case "J":
        tail.push(...little(BigInt(BRANCH_DISTANCE), arg === "Jb" ? 1 : 4));
        break;
      case "I": {
        const bytes = arg === "Ib" ? 1 : arg === "Iw" ? 2 : arg === "Iv" ? size / 8 : size === 16 ? 2 : 4;
        let value = (BigInt(next()) << 32n) | BigInt(next());
        if (next() & 1) value = [0n, 1n, -1n, 0x7fn, 0x80n, 7n][next() % 6]!;
        if (m.name === "enter") value &= 0x3fn;
        if (arg === "Ib") count = () => value & 0xffn;
        tail.push(...little(value, bytes));
        break;
      }
      case "X":
        fixed.set(3, POINTER - 128n);
        break;
      case "N":
        tail.push(0);
        break;
      case "C":
        count = (registers) => registers[1]! & 0xffn;
        break;
      case "1":
        count = () => 1n;
        break;
    }
  }
  if (row.withoutRexB) rex &= ~1;
  // Without REX the byte registers 4…7 are ah, ch, dh, bh; take either.
  const forceRex = byteRegister && (next() & 1) === 1;
  const usesModrm = modrm.length > 0;
  if (usesModrm) modrm[0]! |= (reg & 7) << 3;
  const stack = ["push", "pop", "pushf", "popf", "enter"].includes(m.name);
  const string = row.args.length === 0 && /^(movs|stos|lods|cmps|scas)/.test(m.name);
  if (stack) {
    if (fixed.has(RSP)) return undefined;
    fixed.set(RSP, POINTER - 0x40n);
  }
  if (m.name === "leave") fixed.set(5, POINTER - 0x40n);
  if (string) {
    fixed.set(6, POINTER + BigInt((next() & 15) - 8));
    fixed.set(7, POINTER + BigInt((next() & 63) - 32));
    if (row.prefix) fixed.set(1, BigInt(next() % 6));
  }
  if (m.name === "jrcxz" || m.name.startsWith("loop")) fixed.set(1, BigInt(next() % 3));
  // Bit strings: the offset stays in the window (a register's offset counts bits from the operand on).
  if (bitOffset >= 0 && memoryForm !== 0) {
    if (fixed.has(bitOffset)) return undefined;
    fixed.set(bitOffset, BigInt.asUintN(64, BigInt((next() % 1000) - 500)));
  }
  if (m.name === "cmpxchgPair" && operandSize === 64) for (const [n, v] of fixed) if (v > 0x1000n) fixed.set(n, v);
  const isVex = row.map >= 3;
  if (isVex && operandSize === 16) return undefined;
  const pp = [0, 0x66, 0xf3, 0xf2].indexOf(row.prefix ?? 0);
  const vex = [0xc4, ((~rex & 7) << 5) | (row.map - 1), (rex & 8 ? 0x80 : 0) | ((~vexRegister & 15) << 3) | pp];
  const prefixes = [
    ...(lock ? [0xf0] : []),
    ...(operandSize === 16 && row.prefix !== 0x66 ? [0x66] : []),
    ...(row.prefix! > 0 ? [row.prefix!] : []),
    ...(rex || forceRex ? [0x40 | rex] : []),
  ];
  opcode = row.opcode;
  const map = row.map === 0 ? [] : row.map === 1 ? [0x0f] : [0x0f, 0x38];
  if (row.modrm !== undefined) modrm = [row.modrm];
  const code = [...(isVex ? vex : [...prefixes, ...map]), opcode, ...modrm, ...tail];
  if (code.length > 15) return undefined;
  // Double shifts of 16 bits by more than 16 leave everything undefined.
  const count16 = count && Number(count(inputs(seed, fixed).registers)) & 31;
  if (/^sh[lr]d/.test(m.name) && operandSize === 16 && count16! > 16) return undefined;
  const flagsIn = 0x202 | (next() & ARITHMETIC) | (string ? next() & DF : 0);
  const shown = ["reg", "mem", "sib"][memoryForm];
  return {
    form: `${m.name} ${row.args.join()} ${operandSize} ${shown}${lock ? " lock" : ""}${row.prefix! > 0 ? ` ${row.prefix!.toString(16)}` : ""}`,
    code,
    seed,
    fixed,
    flagsIn,
    flagsMask: (registers) => {
      const c = count ? Number(count(registers)) & (width === 64 ? 63 : 31) : -1;
      return definedFlags(m.name, width, c) | DF;
    },
  };
}

function makeCases(perForm: number): Case[] {
  const cases: Case[] = [];
  let seed = 1;
  for (const row of TABLE) {
    const m = row.meaning;
    if (typeof m === "number" || BY_HAND.has(m.name)) continue;
    const memory = row.args.some((a) => "EM".includes(a[0]!));
    const onlyMemory = row.args.some((a) => a[0] === "M");
    const sizes = row.args.some((a) => "vyzsq".includes(a[1] ?? " ")) || "vs".includes(row.size ?? " ") ? [16, 32, 64] : [32];
    for (const operandSize of sizes as (16 | 32 | 64)[]) {
      if (row.args[0] === "Rv" && operandSize === 16) continue;
      // Near branches with 66 differ between makers.
      if (row.args[0]?.[0] === "J" && operandSize === 16) continue;
      if (row.args.includes("My") && operandSize === 16 && row.map === 1) continue;
      for (const memoryForm of memory ? (onlyMemory ? [1, 2] : [0, 1, 2]) : [0])
        for (const lock of m.lockable && memoryForm === 1 && "EM".includes(row.args[0]![0]!) ? [false, true] : [false])
          for (let n = 0; n < perForm; n++) {
            const c = makeCase(row, m, operandSize, memoryForm, lock, seed++);
            if (c) cases.push(c);
          }
    }
  }
  return cases;
}

function run(cases: readonly Case[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "vectors-"));
  const binary = join(folder, "runner");
  execFileSync("gcc", ["-O1", "-w", "-include", "stddef.h", "-pie", "-o", binary, "scripts/vectors/runner.c"]);
  const input = Buffer.alloc(IN * cases.length);
  cases.forEach((c, i) => {
    const at = i * IN;
    input.set(c.code, at);
    input[at + 15] = c.code.length;
    const { registers, memory } = inputs(c.seed, c.fixed);
    if (c.form.startsWith("popf")) memory[24] = (memory[24]! & BigInt(ARITHMETIC | DF)) | 2n;
    const words = [...registers, BigInt(c.flagsIn), ...memory];
    for (const [n, v] of words.entries()) input.writeBigUInt64LE(BigInt.asUintN(64, v), at + 16 + 8 * n);
  });
  return execFileSync(binary, { input, maxBuffer: 1 << 30 });
}

function main(): void {
  const cases = makeCases(Number(process.argv[2] ?? 12));
  const output = run(cases);
  const vectors: Vector[] = [];
  const rejected = new Map<string, number>();
  cases.forEach((c, i) => {
    const at = i * OUT;
    const { registers, memory } = inputs(c.seed, c.fixed);
    const out = (n: number): bigint => output.readBigUInt64LE(at + 8 * n);
    const outcome = Number(out(17 + WORDS));
    if (outcome >= 100) {
      rejected.set(c.form, outcome - 100);
      return;
    }
    const changedRegisters = new Map<number, bigint>();
    registers.forEach((v, n) => {
      if (out(n) !== BigInt.asUintN(64, v)) changedRegisters.set(n, out(n));
    });
    const changedMemory = new Map<number, bigint>();
    memory.forEach((v, n) => {
      if (out(17 + n) !== v) changedMemory.set(n, out(17 + n));
    });
    vectors.push({
      form: c.form,
      code: Uint8Array.from(c.code),
      seed: c.seed,
      fixed: c.fixed,
      flagsIn: c.flagsIn,
      flagsOut: Number(out(16) & 0xffffn),
      flagsMask: outcome === Outcome.Fault ? 0 : c.flagsMask(registers),
      outcome: outcome as Outcome,
      registers: changedRegisters,
      memory: changedMemory,
    });
  });
  mkdirSync("test/vm/cpu/vectors", { recursive: true });
  const packed = pack(vectors);
  writeFileSync("test/vm/cpu/vectors/integer.gz", packed);
  console.log(`${vectors.length} vectors of ${new Set(vectors.map((v) => v.form)).size} forms, ${packed.length} bytes`);
  for (const [form, signal] of rejected) console.log(`no result: ${form} (signal ${signal})`);
}

main();
