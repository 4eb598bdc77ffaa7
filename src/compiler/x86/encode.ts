// Encodes one instruction: picks the first form of the table that fits the operands and writes prefixes, REX, opcode, ModRM,
// SIB, displacement and immediates. Knows nothing of labels' positions: references come back as fields to fill (Fixup).

import type { ElfSymbol } from "../elf/object.js";
import { type Form, instructionTable, type Pattern } from "./instructions.js";
import { type Imm, type Label, type Mem, type Operand, operandText, type Reg } from "./operands.js";

/** A field of the encoded instruction that refers to a symbol or label. */
export interface Fixup {
  /** Offset of the field in the instruction. */
  at: number;
  size: 1 | 4 | 8;
  kind: "pc" | "plt" | "absolute" | "signed";
  symbol?: ElfSymbol;
  label?: Label;
  /** Without the correction for pc-relative fields, which count from the end of the instruction. */
  addend: number;
}

export interface Encoded {
  bytes: number[];
  fixups: Fixup[];
}

const signedMin: Record<number, bigint> = { 1: -0x80n, 2: -0x8000n, 4: -0x80000000n, 8: -(1n << 63n) };
const unsignedMax: Record<number, bigint> = { 1: 0xffn, 2: 0xffffn, 4: 0xffffffffn, 8: (1n << 64n) - 1n };

const numberMin: Record<number, number> = { 1: -0x80, 2: -0x8000, 4: -0x80000000, 8: -(2 ** 63) };
const numberMax: Record<number, number> = { 1: 0xff, 2: 0xffff, 4: 0xffffffff, 8: 2 ** 64 - 1 };

/** Whether the value is representable in `size` bytes, as signed or unsigned number. */
function fits(value: number | bigint, size: number): boolean {
  if (typeof value === "number") return value >= numberMin[size]! && value <= numberMax[size]!;
  return value >= signedMin[size]! && value <= unsignedMax[size]!;
}

/** Whether the value, cut to the operand's size, is what sign extension from `size` bytes gives. */
function fitsSigned(value: number | bigint, size: number, operandSize: number): boolean {
  // Nearly all: small numbers, which need no wrapping.
  if (typeof value === "number" && value >= numberMin[size]! && value < -numberMin[size]!) return true;
  if (!fits(value, operandSize)) return false;
  const wrapped = BigInt.asIntN(operandSize * 8, BigInt(value));
  return wrapped === BigInt.asIntN(size * 8, wrapped);
}

function matchesRegister(operand: Operand, size: number): operand is Reg {
  return operand.kind === "reg" && (operand.class === "gp" || operand.class === "high") && operand.size === size;
}

function matches(pattern: Pattern, operand: Operand, form: Form, stated: number): boolean {
  const isMem = () => {
    if (operand.kind !== "mem") return false;
    if (pattern.size === 0 || operand.size === pattern.size) return true;
    return operand.size === 0 && (form.unsized || stated === pattern.size);
  };
  const isFixed = (registerClass: string, number: number) =>
    operand.kind === "reg" && operand.class === registerClass && operand.number === number && operand.size === pattern.size;
  switch (pattern.kind) {
    case "r":
    case "rr":
      return matchesRegister(operand, pattern.size);
    case "m":
      return isMem();
    case "rm":
      return matchesRegister(operand, pattern.size) || isMem();
    case "acc":
      return isFixed("gp", 0);
    case "cl":
      return isFixed("gp", 1);
    case "dx":
      return isFixed("gp", 2);
    case "fs":
      return isFixed("segment", 4);
    case "gs":
      return isFixed("segment", 5);
    case "sreg":
      return operand.kind === "reg" && operand.class === "segment";
    case "cr":
      return operand.kind === "reg" && operand.class === "control";
    case "dr":
      return operand.kind === "reg" && operand.class === "debug";
    case "one":
      return operand.kind === "imm" && BigInt(operand.value) === 1n;
    case "imm":
      if (operand.kind === "symbol") return pattern.size >= 4;
      return operand.kind === "imm" && fits(operand.value, pattern.size);
    case "imms":
      if (operand.kind === "symbol") return pattern.size === 4 && form.size === 8;
      return operand.kind === "imm" && fitsSigned(operand.value, pattern.size, form.size);
    case "uimm":
      return operand.kind === "imm" && operand.value >= 0 && operand.value <= numberMax[pattern.size]!;
    case "rel":
      return operand.kind === "label" || operand.kind === "symbol";
    case "rel8":
      return operand.kind === "label";
  }
}

/** The width that the register operands state, for memory operands that state none. */
function statedSize(form: Form, operands: readonly Operand[]): number {
  for (const [index, pattern] of form.operands.entries()) {
    if ((pattern.kind === "r" || pattern.kind === "acc") && operands[index]!.kind === "reg") return pattern.size;
  }
  return 0;
}

function fitsForm(form: Form, operands: readonly Operand[]): boolean {
  if (form.operands.length !== operands.length) return false;
  const stated = statedSize(form, operands);
  for (const [index, pattern] of form.operands.entries()) {
    if (!matches(pattern, operands[index]!, form, stated)) return false;
  }
  // 0x90 is a no-operation and does not clear the upper half of rax, as xchg eax, eax would.
  if (form.mnemonic === "xchg" && form.plusRegister && form.size === 4) {
    return !operands.every((operand) => operand.kind === "reg" && operand.number === 0);
  }
  return true;
}

const scaleBits: Record<number, number> = { 1: 0x00, 2: 0x40, 4: 0x80, 8: 0xc0 };

interface Address {
  /** ModRM without reg, SIB if any, displacement bytes. */
  modrm: number;
  sib: number;
  disp: number;
  dispSize: 0 | 1 | 4;
  rexX: number;
  rexB: number;
  symbolic: boolean;
  addressSize32: boolean;
}

/** The displacement as a signed number; exact where it fits in 32 bits, which is checked after. */
function displacement(value: number | bigint): number {
  return typeof value === "number" && value < 2 ** 53 ? value : Number(BigInt.asIntN(64, BigInt(value)));
}

/** Chooses the shortest form of an address, or says what is wrong with it. */
function encodeAddress(mem: Mem): Address | string {
  let { base, index } = mem;
  const scale = mem.scale ?? 1;
  const disp = displacement(mem.disp ?? 0);
  const symbolic = mem.symbol !== undefined || mem.label !== undefined;
  if (disp < -0x80000000 || disp > 0x7fffffff) return `displacement ${mem.disp} does not fit in 32 bits`;
  const relative = mem.ripRelative === true || mem.label !== undefined;
  if (relative) {
    if (base !== undefined || index !== undefined) return "rip-relative memory takes no other register";
    return { modrm: 0x05, sib: -1, disp, dispSize: 4, rexX: 0, rexB: 0, symbolic, addressSize32: false };
  }
  if (index !== undefined && index.number === 4 && scale === 1 && base !== undefined) [base, index] = [index, base];
  for (const register of [base, index]) {
    if (register === undefined) continue;
    if (register.class !== "gp" || (register.size !== 8 && register.size !== 4)) return `${register.name} cannot address memory`;
  }
  if (base !== undefined && index !== undefined && base.size !== index.size) return "base and index differ in width";
  if (index !== undefined && index.number === 4) return "rsp cannot be an index";
  const addressSize32 = (base ?? index)?.size === 4;
  const rexX = index === undefined ? 0 : index.number >> 3;
  const rexB = base === undefined ? 0 : base.number >> 3;
  const indexBits = index === undefined ? 0x20 : ((index.number & 7) << 3) | scaleBits[scale]!;
  if (base === undefined) {
    // ModRM rm=100 with SIB base=101 and mod=00: disp32 without a base (plain rm=101 would be rip-relative).
    return { modrm: 0x04, sib: indexBits | 5, disp, dispSize: 4, rexX, rexB, symbolic, addressSize32 };
  }
  const low = base.number & 7;
  // rbp and r13 with mod=00 mean something else, so they take a zero disp8.
  const dispSize = symbolic ? 4 : disp === 0 && low !== 5 ? 0 : disp >= -128 && disp <= 127 ? 1 : 4;
  const mod = dispSize === 0 ? 0x00 : dispSize === 1 ? 0x40 : 0x80;
  const needsSib = index !== undefined || low === 4;
  return { modrm: mod | (needsSib ? 4 : low), sib: needsSib ? indexBits | low : -1, disp, dispSize, rexX, rexB, symbolic, addressSize32 };
}

function pushValue(bytes: number[], value: number | bigint, size: number): void {
  if (typeof value === "number" && size <= 4 && value >= -0x80000000 && value <= 0xffffffff) {
    for (let i = 0; i < size; i++) bytes.push((value >> (8 * i)) & 0xff);
    return;
  }
  let rest = BigInt.asUintN(size * 8, BigInt(value));
  for (let i = 0; i < size; i++) {
    bytes.push(Number(rest & 0xffn));
    rest >>= 8n;
  }
}

function encodeForm(form: Form, operands: readonly Operand[]): Encoded | string {
  let regField: Reg | undefined;
  let rmField: Reg | Mem | undefined;
  let target: Operand | undefined;
  const immediates: [Pattern, Operand][] = [];
  let rexNeeded = false;
  let highUsed = false;
  for (const [index, pattern] of form.operands.entries()) {
    const operand = operands[index]!;
    if (operand.kind === "reg") {
      if (operand.class === "gp" && operand.size === 1 && operand.number >= 4 && operand.number < 8) rexNeeded = true;
      if (operand.class === "high") highUsed = true;
    }
    if (pattern.kind === "rm" || pattern.kind === "m" || pattern.kind === "rr") rmField = operand as Reg | Mem;
    else if (pattern.kind === "r" || pattern.kind === "sreg" || pattern.kind === "cr" || pattern.kind === "dr") regField = operand as Reg;
    else if (pattern.kind === "imm" || pattern.kind === "imms" || pattern.kind === "uimm") immediates.push([pattern, operand]);
    else if (pattern.kind === "rel" || pattern.kind === "rel8") target = operand;
  }
  if (form.duplicate) rmField = regField;
  if (form.mnemonic === "mov" && regField?.class === "segment" && regField.number === 1 && form.operands[0]!.kind === "sreg") {
    return "cs cannot be loaded by mov";
  }

  const bytes: number[] = [];
  const fixups: Fixup[] = [];
  let rex = form.rexW ? 8 : 0;
  let address: Address | undefined;
  if (rmField?.kind === "mem") {
    const encoded = encodeAddress(rmField);
    if (typeof encoded === "string") return encoded;
    address = encoded;
    if (rmField.segment !== undefined) bytes.push(rmField.segment === "fs" ? 0x64 : 0x65);
    if (address.addressSize32) bytes.push(0x67);
    rex |= (address.rexX << 1) | address.rexB;
  } else if (rmField !== undefined) rex |= rmField.number >> 3;
  if (form.plusRegister) rex |= regField!.number >> 3;
  else if (regField !== undefined) rex |= (regField.number >> 3) << 2;

  bytes.push(...form.prefixes);
  if (rex !== 0 || rexNeeded) {
    if (highUsed) return "ah, bh, ch, dh cannot stand in an instruction with a REX prefix";
    bytes.push(0x40 | rex);
  }
  bytes.push(...form.opcode);
  if (form.plusRegister) bytes[bytes.length - 1]! |= regField!.number & 7;
  if (form.hasModrm) {
    const reg = form.digit >= 0 ? form.digit : regField!.number & 7;
    if (address === undefined) bytes.push(0xc0 | (reg << 3) | ((rmField as Reg).number & 7));
    else {
      bytes.push(address.modrm | (reg << 3));
      if (address.sib >= 0) bytes.push(address.sib);
      const mem = rmField as Mem;
      if (address.symbolic) {
        const kind = mem.ripRelative === true || mem.label !== undefined ? "pc" : address.addressSize32 ? "absolute" : "signed";
        fixups.push({ at: bytes.length, size: 4, kind, symbol: mem.symbol, label: mem.label, addend: address.disp });
        pushValue(bytes, 0, 4);
      } else pushValue(bytes, address.disp, address.dispSize);
    }
  }
  for (const [pattern, operand] of immediates) {
    if (operand.kind === "symbol") {
      const kind = pattern.kind === "imms" ? "signed" : "absolute";
      fixups.push({ at: bytes.length, size: pattern.size as 4 | 8, kind, symbol: operand.symbol, addend: operand.addend });
      pushValue(bytes, 0, pattern.size);
    } else pushValue(bytes, (operand as Imm).value, pattern.size);
  }
  if (target !== undefined) {
    const size = form.operands[0]!.size as 1 | 4;
    if (target.kind === "label") fixups.push({ at: bytes.length, size, kind: "pc", label: target, addend: 0 });
    else if (target.kind === "symbol") fixups.push({ at: bytes.length, size, kind: "plt", symbol: target.symbol, addend: target.addend });
    pushValue(bytes, 0, size);
  }
  return { bytes, fixups };
}

/** Why no form of the mnemonic takes the operands. */
function explain(mnemonic: string, forms: readonly Form[], operands: readonly Operand[]): string {
  const text = `${mnemonic} ${operands.map(operandText).join(", ")}`.trimEnd();
  const counts = new Set(forms.map((form) => form.operands.length));
  if (!counts.has(operands.length)) return `${text}: ${mnemonic} takes ${[...counts].sort().join(" or ")} operands, not ${operands.length}`;
  if (operands.some((operand) => operand.kind === "mem" && operand.size === 0)) {
    return `${text}: the size of the memory operand is not known; write byte(…), word(…), dword(…) or qword(…)`;
  }
  return `${text}: no such combination of operands`;
}

/** What of an operand does not depend on its value: kind, class, width. Below 64. */
function shapeOf(operand: Operand): number {
  switch (operand.kind) {
    case "reg":
      return classNumbers[operand.class] * 8 + sizeNumbers[operand.size]!;
    case "mem":
      return 40 + sizeNumbers[operand.size]!;
    case "imm":
      return 48;
    case "symbol":
      return 49;
    case "label":
      return 50;
  }
}

const classNumbers = { gp: 0, high: 1, segment: 2, control: 3, debug: 4 } as const;
const sizeNumbers: Record<number, number> = { 0: 0, 1: 1, 2: 2, 4: 3, 8: 4, 6: 5, 10: 6, 16: 7 };

/** Whether a pattern can take operands of that kind and width at all. */
function couldMatch(pattern: Pattern, operand: Operand): boolean {
  if (operand.kind === "imm" || operand.kind === "symbol" || operand.kind === "label") {
    return (
      pattern.kind === "imm" ||
      pattern.kind === "imms" ||
      pattern.kind === "uimm" ||
      pattern.kind === "one" ||
      pattern.kind.startsWith("rel")
    );
  }
  return pattern.size === 0 || operand.size === 0 || operand.size === pattern.size || pattern.kind === "sreg";
}

/** Forms by mnemonic and shapes of the operands: the table's forms that could match, in its order. */
const candidates = new Map<string, Map<number, readonly Form[]>>();

function candidatesFor(mnemonic: string, operands: readonly Operand[]): readonly Form[] | undefined {
  let shapes = candidates.get(mnemonic);
  if (shapes === undefined) {
    if (!instructionTable.has(mnemonic)) return undefined;
    shapes = new Map();
    candidates.set(mnemonic, shapes);
  }
  const shape = operands.reduce((sum, operand) => sum * 64 + shapeOf(operand), operands.length);
  let forms = shapes.get(shape);
  if (forms === undefined) {
    const fitting = (form: Form) =>
      form.operands.length === operands.length && form.operands.every((pattern, index) => couldMatch(pattern, operands[index]!));
    forms = instructionTable.get(mnemonic)!.filter(fitting);
    shapes.set(shape, forms);
  }
  return forms;
}

/** The instruction's bytes, or the reason why it cannot be encoded. */
export function encode(mnemonic: string, operands: readonly Operand[]): Encoded | string {
  const forms = candidatesFor(mnemonic, operands);
  if (forms === undefined) return `unknown instruction ${mnemonic}`;
  const form = forms.find((candidate) => fitsForm(candidate, operands));
  if (form === undefined) return explain(mnemonic, instructionTable.get(mnemonic)!, operands);
  const encoded = encodeForm(form, operands);
  return typeof encoded === "string" ? `${mnemonic} ${operands.map(operandText).join(", ")}: ${encoded}` : encoded;
}
