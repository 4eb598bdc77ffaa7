// Machine instructions over virtual registers: what instruction selection makes and register allocation rewrites. Registers
// 0 to 15 are the hardware's, higher numbers are virtual.

import type { ElfSymbol } from "../elf/object.js";
import type { Assembler } from "../x86/assembler.js";

export const RAX = 0;
export const RCX = 1;
export const RDX = 2;
export const RBX = 3;
export const RSP = 4;
export const RBP = 5;
export const RSI = 6;
export const RDI = 7;
export const R8 = 8;
export const R9 = 9;
export const R10 = 10;
export const R11 = 11;
export const FIRST_VIRTUAL = 16;

/** System V: integer arguments in this order. */
export const argumentRegisters: readonly number[] = [RDI, RSI, RDX, RCX, R8, R9];
export const callerSaved: readonly number[] = [RAX, RCX, RDX, RSI, RDI, R8, R9, R10, R11];
export const calleeSaved: readonly number[] = [RBX, 12, 13, 14, 15];
/** In order of preference. */
export const allocatable: readonly number[] = [RAX, RDX, RCX, RSI, RDI, R8, R9, R10, R11, RBX, 12, 13, 14, 15];

export type Size = 1 | 2 | 4 | 8;

/** Storage in the frame; the offset is set when the frame is laid out. */
export interface Slot {
  readonly size: number;
  readonly align: number;
  /** From the frame's base register. */
  offset: number;
}

export interface RegOperand {
  readonly k: "r";
  r: number;
}
export interface MemOperand {
  readonly k: "m";
  base?: number;
  index?: number;
  scale: 1 | 2 | 4 | 8;
  disp: number;
  symbol?: ElfSymbol;
  slot?: Slot;
  gs?: boolean;
}
export interface ImmOperand {
  readonly k: "i";
  readonly v: bigint;
}
export interface SymbolOperand {
  readonly k: "s";
  readonly symbol: ElfSymbol;
  readonly addend: number;
}
export type MOperand = RegOperand | MemOperand | ImmOperand | SymbolOperand;

/** One instruction. `a` is the destination in Intel's order. */
export interface MIns {
  /** A mnemonic, or "label", "jmp", "j<cc>", "call", "ret", "tail". */
  op: string;
  a?: MOperand;
  b?: MOperand;
  c?: MOperand;
  sizeA: Size;
  sizeB: Size;
  /** Label number of label, jmp and j<cc>. */
  label?: number;
  /** Registers read and written besides the operands. */
  uses: number[];
  defs: number[];
  /** `lock`, `rep` and the like before it. */
  prefix?: string;
  /** A register copy that may vanish when both ends get one register. */
  copy?: boolean;
  /** Never removed, even if its result is not used. */
  keep?: boolean;
  /** Told the place of the instruction, just before it is written. */
  site?: (asm: Assembler) => void;
  /** Loop depth, for spill costs. */
  depth: number;
}

export const reg = (r: number): RegOperand => ({ k: "r", r });
export const imm = (v: bigint | number): ImmOperand => ({ k: "i", v: BigInt(v) });

/** Operand a is written but not read. */
const definers = new Set(["mov", "movzx", "movsx", "movsxd", "lea", "pop", "imul3", "bsf", "bsr", "popcnt", "movabs", "read_rflags"]);
/** Operand a is read but not written. */
const readers = new Set(["cmp", "test", "push", "call", "tail", "div", "idiv", "mul", "bt", "ltr", "lgdt", "lidt", "invlpg"]);
/** Operand b is written as well. */
const exchangers = new Set(["xchg", "xadd"]);

export function isDefiner(ins: MIns): boolean {
  return definers.has(ins.op) || ins.op.startsWith("set");
}

function memoryUses(operand: MOperand | undefined, into: number[]): void {
  if (operand?.k !== "m") return;
  if (operand.base !== undefined) into.push(operand.base);
  if (operand.index !== undefined) into.push(operand.index);
}

/** Registers an instruction reads. */
export function usesOf(ins: MIns): number[] {
  const uses = [...ins.uses];
  if (ins.a?.k === "r" && !isDefiner(ins)) uses.push(ins.a.r);
  if (ins.b?.k === "r") uses.push(ins.b.r);
  if (ins.c?.k === "r") uses.push(ins.c.r);
  memoryUses(ins.a, uses);
  memoryUses(ins.b, uses);
  return uses;
}

/** Registers an instruction writes. */
export function defsOf(ins: MIns): number[] {
  const defs = [...ins.defs];
  if (ins.a?.k === "r" && !readers.has(ins.op)) defs.push(ins.a.r);
  if (ins.b?.k === "r" && exchangers.has(ins.op)) defs.push(ins.b.r);
  return defs;
}

/** Nothing but its result register depends on it. */
export function isPure(ins: MIns): boolean {
  if (ins.keep || ins.prefix !== undefined || ins.defs.length > 0 || ins.a?.k !== "r" || exchangers.has(ins.op)) return false;
  return definers.has(ins.op) || ins.op.startsWith("set") || pureOps.has(ins.op);
}
const pureOps = new Set(["add", "sub", "and", "or", "xor", "imul", "shl", "shr", "sar", "neg", "not", "bswap"]);

export const isBranch = (op: string): boolean => op[0] === "j";
export const endsBlock = (op: string): boolean => op[0] === "j" || op === "ret" || op === "tail" || op === "ud2";

/** Code of one function while it is made. */
export class MachineFunction {
  readonly code: MIns[] = [];
  readonly slots: Slot[] = [];
  /** Bytes at the bottom of the frame for stack arguments of calls. */
  outgoing = 0;
  hasCalls = false;
  depth = 0;
  #nextRegister = FIRST_VIRTUAL;
  #nextLabel = 0;

  newRegister(): number {
    return this.#nextRegister++;
  }
  get registerCount(): number {
    return this.#nextRegister;
  }
  newLabel(): number {
    return this.#nextLabel++;
  }
  newSlot(size: number, align: number): Slot {
    const slot = { size: Math.max(size, 1), align: Math.max(align, 1), offset: 0 };
    this.slots.push(slot);
    return slot;
  }

  emit(op: string, size: Size, a?: MOperand, b?: MOperand, more: Partial<MIns> = {}): MIns {
    const ins: MIns = {
      op,
      sizeA: size,
      sizeB: size,
      uses: [],
      defs: [],
      depth: this.depth,
      ...(a === undefined ? {} : { a }),
      ...(b === undefined ? {} : { b }),
      ...more,
    };
    this.code.push(ins);
    return ins;
  }

  /** Register to register; disappears where both can be one. */
  copy(to: number, from: number, size: Size): void {
    this.emit("mov", size < 8 ? 4 : 8, reg(to), reg(from), { copy: true });
  }
  label(label: number): void {
    this.emit("label", 8, undefined, undefined, { label });
  }
  jump(label: number): void {
    this.emit("jmp", 8, undefined, undefined, { label });
  }
  branch(condition: string, label: number): void {
    this.emit(`j${condition}`, 8, undefined, undefined, { label });
  }
}
