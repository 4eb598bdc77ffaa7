// Operands of machine instructions, and short constructors for them. The code generator and asm() blocks use the same ones.

import { controlNumbers, debugNumbers, gp8HighNames, gp8Names, gp16Names, gp32Names, gp64Names, segmentNames } from "../../abi/x86.js";
import type { ElfSymbol } from "../elf/object.js";

/** Bytes of an operand; 0: not said. 6 and 10 are far pointers (m16:32, m16:64), 16 is cmpxchg16b's. */
export type OperandSize = 0 | 1 | 2 | 4 | 6 | 8 | 10 | 16;
type RegisterClass = "gp" | "high" | "segment" | "control" | "debug";

export interface Reg {
  readonly kind: "reg";
  /** "high": ah, ch, dh, bh, with the numbers 4 to 7 of the encoding. */
  readonly class: RegisterClass;
  readonly size: OperandSize;
  /** The hardware number, 0 to 15. */
  readonly number: number;
  readonly name: string;
}

export interface Mem {
  readonly kind: "mem";
  readonly size: OperandSize;
  readonly base?: Reg;
  readonly index?: Reg;
  readonly scale?: 1 | 2 | 4 | 8;
  readonly disp?: number | bigint;
  /** Added to the displacement: an absolute address (R_X86_64_32S), or with ripRelative a distance (R_X86_64_PC32). */
  readonly symbol?: ElfSymbol;
  /** A label of the same assembler, rip-relative. */
  readonly label?: Label;
  readonly ripRelative?: boolean;
  readonly segment?: "fs" | "gs";
}

export interface Imm {
  readonly kind: "imm";
  readonly value: number | bigint;
}

/** A symbol's address plus addend: a branch target, or an immediate (R_X86_64_32S, _32, _64 by width). */
export interface SymbolRef {
  readonly kind: "symbol";
  readonly symbol: ElfSymbol;
  readonly addend: number;
}

/** A place in the code of one Assembler. Made by its newLabel(), placed by bind(), has an offset after finish(). */
export class Label {
  readonly kind = "label";
  /** Position before layout: bytes written, and relaxable items before it. -1: not bound. */
  raw = -1;
  items = -1;
  /** Offset in the section, after finish(). */
  offset = -1;

  constructor(readonly name: string) {}

  get isBound(): boolean {
    return this.raw >= 0;
  }
}

export type Operand = Reg | Mem | Imm | SymbolRef | Label;

const registers = new Map<string, Reg>();

function define(name: string, registerClass: RegisterClass, size: OperandSize, number: number): void {
  registers.set(name, { kind: "reg", class: registerClass, size, number, name });
}

gp64Names.forEach((name, number) => {
  define(name, "gp", 8, number);
});
gp32Names.forEach((name, number) => {
  define(name, "gp", 4, number);
});
gp16Names.forEach((name, number) => {
  define(name, "gp", 2, number);
});
gp8Names.forEach((name, number) => {
  define(name, "gp", 1, number);
});
gp8HighNames.forEach((name, index) => {
  define(name, "high", 1, index + 4);
});
segmentNames.forEach((name, number) => {
  define(name, "segment", 2, number);
});
for (const number of controlNumbers) define(`cr${number}`, "control", 8, number);
for (const number of debugNumbers) define(`dr${number}`, "debug", 8, number);

/** All register names, in a fixed order. */
export const registerNames: readonly string[] = [...registers.keys()];

export function findRegister(name: string): Reg | undefined {
  return registers.get(name);
}

const bySize: Record<number, readonly string[]> = { 1: gp8Names, 2: gp16Names, 4: gp32Names, 8: gp64Names };
const gpCache: Record<number, Reg[]> = {};
for (const size of [1, 2, 4, 8]) gpCache[size] = bySize[size]!.map((name) => registers.get(name)!);

/** General-purpose register by number and size in bytes (low byte for size 1). */
export function gp(number: number, size: 1 | 2 | 4 | 8 = 8): Reg {
  return gpCache[size]![number]!;
}

export function imm(value: number | bigint): Imm {
  return { kind: "imm", value };
}

export function symbolRef(symbol: ElfSymbol, addend = 0): SymbolRef {
  return { kind: "symbol", symbol, addend };
}

/** [base + disp] */
export function mem(size: OperandSize, base: Reg | undefined, disp: number | bigint = 0): Mem {
  return { kind: "mem", size, base, disp };
}

/** [rip + symbol + disp] */
export function memRip(size: OperandSize, symbol: ElfSymbol, disp = 0): Mem {
  return { kind: "mem", size, symbol, disp, ripRelative: true };
}

/** [symbol + disp] as a sign-extended 32-bit absolute address, optionally with a register added. */
export function memAbsolute(size: OperandSize, symbol: ElfSymbol | undefined, disp: number | bigint = 0): Mem {
  return { kind: "mem", size, symbol, disp };
}

const sizeNames: Record<number, string> = { 1: "byte ", 2: "word ", 4: "dword ", 6: "fword ", 8: "qword ", 10: "tbyte ", 16: "oword " };

/** An operand in Intel syntax, for messages. */
export function operandText(operand: Operand): string {
  switch (operand.kind) {
    case "reg":
      return operand.name;
    case "imm":
      return String(operand.value);
    case "symbol":
      return operand.symbol.name + (operand.addend === 0 ? "" : `+${operand.addend}`);
    case "label":
      return operand.name;
    case "mem": {
      const terms: string[] = [];
      if (operand.ripRelative === true || operand.label !== undefined) terms.push("rip");
      if (operand.base !== undefined) terms.push(operand.base.name);
      if (operand.index !== undefined) terms.push(`${operand.index.name}*${operand.scale ?? 1}`);
      if (operand.symbol !== undefined) terms.push(operand.symbol.name);
      if (operand.label !== undefined) terms.push(operand.label.name);
      if (operand.disp !== undefined && (BigInt(operand.disp) !== 0n || terms.length === 0)) terms.push(String(operand.disp));
      const segment = operand.segment === undefined ? "" : `${operand.segment}:`;
      return `${sizeNames[operand.size] ?? ""}${segment}[${terms.join(" + ")}]`;
    }
  }
}
