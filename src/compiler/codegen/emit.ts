// From allocated machine instructions to the assembler: frame layout, prologue and epilogue, the last peephole improvements.

import { R_X86_64_64, STT_FUNC } from "../../abi/elf.js";
import type { ElfSymbol } from "../elf/object.js";
import type { Assembler } from "../x86/assembler.js";
import { findRegister, gp, imm, type Label, type Mem, type Operand, symbolRef } from "../x86/operands.js";
import { allocateRegisters } from "./allocate.js";
import { foldAddresses } from "./fold-addresses.js";
import { type MachineFunction, type MIns, type MOperand, RBP, RSP, type Size } from "./machine.js";

export interface EmitOptions {
  /** The symbol of __fentry__, for functions that can be traced. */
  readonly fentry?: ElfSymbol;
  readonly frame: boolean;
  readonly align: number;
  /** rsp is a multiple of this at calls: 16 by the psABI, 8 in a kernel, which has no vector registers to spill (-mpreferred-stack-boundary=3). */
  readonly stackAlign: 8 | 16;
}

interface Frame {
  readonly base: number;
  readonly saved: readonly number[];
  /** Bytes subtracted from rsp after the saves. */
  readonly size: number;
}

function layoutFrame(fn: MachineFunction, saved: readonly number[], { frame: framePointer, stackAlign }: EmitOptions): Frame {
  let depth = framePointer ? saved.length * 8 : 0;
  const start = depth;
  for (const slot of fn.slots) {
    depth = Math.ceil((depth + slot.size) / slot.align) * slot.align;
    slot.offset = -depth;
  }
  const locals = depth - start;
  const above = 8 + (framePointer ? 8 : 0) + saved.length * 8;
  let size = locals + fn.outgoing;
  if (fn.hasCalls || size > 0) size += (stackAlign - ((above + size) % stackAlign)) % stackAlign;
  if (!fn.hasCalls && locals === 0) size = 0;
  if (!framePointer) for (const slot of fn.slots) slot.offset += size;
  return { base: framePointer ? RBP : RSP, saved, size };
}

/** Slots that nothing refers to any more take no room. */
function dropUnusedSlots(fn: MachineFunction): void {
  const used = new Set(fn.code.flatMap((ins) => [ins.a, ins.b].flatMap((o) => (o?.k === "m" && o.slot !== undefined ? [o.slot] : []))));
  const kept = fn.slots.filter((slot) => used.has(slot));
  fn.slots.length = 0;
  fn.slots.push(...kept);
}

/** One epilogue for several returns, where it is long. */
function shareEpilogue(fn: MachineFunction): void {
  const returns = fn.code.filter((ins) => ins.op === "ret");
  if (returns.length < 2) return;
  const exit = fn.newLabel();
  for (const ins of returns) {
    ins.op = "jmp";
    ins.label = exit;
  }
  fn.label(exit);
  fn.emit("ret", 8);
}

/** Whether the flags are read before they are written, from instruction i on. */
function flagsLive(code: readonly MIns[], i: number): boolean {
  for (let n = i; n < code.length; n++) {
    const { op } = code[n]!;
    if ((op[0] === "j" && op !== "jmp") || op.startsWith("set") || op.startsWith("cmov") || op === "adc" || op === "sbb") return true;
    if (!["mov", "movzx", "movsx", "movsxd", "lea"].includes(op)) return false;
  }
  return false;
}

/** Improves the code after allocation: lea for three-operand sums, jumps to the next instruction, inverted branches. */
function peephole(fn: MachineFunction): void {
  threadJumps(fn.code);
  const used = new Set(fn.code.map((ins) => (ins.op === "label" ? undefined : ins.label)));
  const old = withoutTests(fn.code.filter((ins) => ins.op !== "label" || used.has(ins.label)));
  const out: MIns[] = [];
  for (let i = 0; i < old.length; i++) {
    const ins = old[i]!;
    const next = old[i + 1];
    if (next !== undefined && sumOfCopy(ins, next) && !flagsLive(old, i + 2)) {
      const base = (ins.b as { r: number }).r;
      const from: MOperand =
        next.b!.k === "i"
          ? { k: "m", base, scale: 1, disp: Number(next.b!.v) }
          : { k: "m", base, index: (next.b as { r: number }).r, scale: 1, disp: 0 };
      if (from.index !== RSP) {
        out.push({ ...next, op: "lea", b: from });
        i++;
        continue;
      }
    }
    if (ins.op === "jmp" && labelFollows(old, i + 1, ins.label!)) continue;
    if (ins.op[0] === "j" && ins.op !== "jmp" && next?.op === "jmp" && labelFollows(old, i + 2, ins.label!)) {
      out.push({ ...ins, op: `j${inverted[ins.op.slice(1)]!}`, label: next.label! });
      i++;
      continue;
    }
    if (ins.op[0] === "j" && ins.op !== "jmp" && labelFollows(old, i + 1, ins.label!)) continue;
    out.push(ins);
  }
  fn.code.length = 0;
  for (const ins of out) fn.code.push(ins);
}
const inverted: Record<string, string> = {
  e: "ne",
  ne: "e",
  l: "ge",
  ge: "l",
  le: "g",
  g: "le",
  b: "ae",
  ae: "b",
  be: "a",
  a: "be",
  c: "nc",
  nc: "c",
  s: "ns",
  ns: "s",
};

/** Behind an operation on a register its flags tell already what a test of the register would. */
function withoutTests(code: readonly MIns[]): MIns[] {
  const out: MIns[] = [];
  for (let i = 0; i < code.length; i++) {
    const test = code[i]!;
    const operation = out.at(-1);
    const reader = code[i + 1];
    const names = operation && setsFlagsOf(operation, test) ? FLAGS_BEHIND[operation.op] : undefined;
    const condition =
      reader && /^(?:j|set)/.test(reader.op) && reader.op !== "jmp" ? names?.[reader.op.replace(/^(?:j|set)/, "")] : undefined;
    if (!reader || condition === undefined || flagsLive(code, i + 2)) out.push(test);
    else {
      out.push({ ...reader, op: reader.op.replace(/(?<=^(?:j|set)).*/, condition) });
      i++;
    }
  }
  return out;
}

function setsFlagsOf({ op, a, sizeA, prefix }: MIns, test: MIns): boolean {
  if (test.op !== "test" || test.a?.k !== "r" || test.b?.k !== "r" || test.a.r !== test.b.r || test.sizeA !== sizeA) return false;
  return a?.k === "r" && a.r === test.a.r && prefix === undefined && op in FLAGS_BEHIND;
}

// A test clears carry and overflow; sums may set them.
const SIGN_AND_ZERO: Readonly<Record<string, string>> = { e: "e", ne: "ne", l: "s", ge: "ns", s: "s", ns: "ns" };
const ALL: Readonly<Record<string, string>> = Object.fromEntries(["e", "ne", "l", "ge", "le", "g", "s", "ns"].map((name) => [name, name]));
const FLAGS_BEHIND: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  add: SIGN_AND_ZERO,
  sub: SIGN_AND_ZERO,
  neg: SIGN_AND_ZERO,
  and: ALL,
  or: ALL,
  xor: ALL,
};

/** A jump to a jump goes to the end of the chain. */
function threadJumps(code: readonly MIns[]): void {
  const target = new Map<number, number>();
  code.forEach((ins, i) => {
    if (ins.op !== "label") return;
    let n = i;
    while (code[n]?.op === "label") n++;
    if (code[n]?.op === "jmp" && code[n]!.label !== ins.label) target.set(ins.label!, code[n]!.label!);
  });
  for (const ins of code) {
    if (ins.op[0] !== "j") continue;
    for (let hops = 0; hops < 8 && target.has(ins.label!); hops++) ins.label = target.get(ins.label!)!;
  }
}

/** mov d, s; add d, x  with d, s different and x not d. */
function sumOfCopy(first: MIns, second: MIns): boolean {
  if (first.op !== "mov" || second.op !== "add" || first.a?.k !== "r" || first.b?.k !== "r" || second.a?.k !== "r") return false;
  if (first.a.r !== second.a.r || first.sizeA < second.sizeA) return false;
  if (second.b?.k === "i") return BigInt.asIntN(32, second.b.v) === second.b.v;
  return second.b?.k === "r" && second.b.r !== second.a.r;
}

function labelFollows(code: readonly MIns[], from: number, label: number): boolean {
  for (let i = from; code[i]?.op === "label"; i++) if (code[i]!.label === label) return true;
  return false;
}

/** Instructions with fixed operands that the code generator's operand model does not have. */
const control = (n: number): Operand => findRegister(`cr${n}`)!;
const specials: Readonly<Record<string, readonly (readonly [string, ...Operand[]])[]>> = {
  ...Object.fromEntries([0, 2, 3, 4].map((n) => [`read_cr${n}`, [["mov", gp(0), control(n)]] as const])),
  ...Object.fromEntries([0, 2, 3, 4].map((n) => [`write_cr${n}`, [["mov", control(n), gp(0)]] as const])),
  ...Object.fromEntries(([1, 2, 4] as const).map((n) => [`in_${n}`, [["in", gp(0, n), gp(2, 2)]] as const])),
  ...Object.fromEntries(([1, 2, 4] as const).map((n) => [`out_${n}`, [["out", gp(2, 2), gp(0, n)]] as const])),
  ltr_ax: [["ltr", gp(0, 2)]],
  // A warning: the handler steps over it.
  ud2_go_on: [["ud2"]],
  write_rflags: [["push", gp(0)], ["popfq"]],
};

class Emitter {
  readonly #labels = new Map<number, Label>();

  constructor(
    readonly asm: Assembler,
    readonly frame: Frame,
    readonly framePointer: boolean,
  ) {}

  label(n: number): Label {
    let label = this.#labels.get(n);
    if (label === undefined) {
      label = this.asm.newLabel(`.L${n}`);
      this.#labels.set(n, label);
    }
    return label;
  }

  operand(operand: MOperand, size: Size): Operand {
    switch (operand.k) {
      case "r":
        return gp(operand.r, size);
      case "i":
        return imm(operand.v);
      case "s":
        return symbolRef(operand.symbol, operand.addend);
      case "m":
        return this.memory(operand, size);
    }
  }

  memory(m: Extract<MOperand, { k: "m" }>, size: Size): Mem {
    let { base, index, scale, disp } = m;
    if (m.slot !== undefined) {
      if (base !== undefined) {
        if (index !== undefined) throw new Error("code generator: slot address with two registers");
        index = base;
        scale = 1;
      }
      base = this.frame.base;
      disp += m.slot.offset;
    }
    return {
      kind: "mem",
      size,
      disp,
      ...(m.gs ? { segment: "gs" as const } : {}),
      ...(m.symbol === undefined ? {} : { symbol: m.symbol }),
      ...(base === undefined ? {} : { base: gp(base) }),
      ...(index === undefined ? {} : { index: gp(index), scale }),
      ...(m.symbol !== undefined && base === undefined && index === undefined ? { ripRelative: true } : {}),
    };
  }

  prologue(): void {
    const { asm, frame } = this;
    if (this.framePointer) {
      asm.emit("push", gp(RBP));
      asm.emit("mov", gp(RBP), gp(RSP));
    }
    for (const r of frame.saved) asm.emit("push", gp(r));
    if (frame.size > 0) asm.emit("sub", gp(RSP), imm(frame.size));
  }

  epilogue(): void {
    const { asm, frame } = this;
    if (frame.size > 0 && frame.saved.length === 0 && this.framePointer) {
      asm.emit("leave");
      return;
    }
    if (frame.size > 0) asm.emit("add", gp(RSP), imm(frame.size));
    for (const r of [...frame.saved].reverse()) asm.emit("pop", gp(r));
    if (this.framePointer) asm.emit("pop", gp(RBP));
  }

  instruction(ins: MIns, code: readonly MIns[], i: number): void {
    const { asm } = this;
    ins.site?.(asm);
    switch (ins.op) {
      case "label":
        asm.bind(this.label(ins.label!));
        return;
      case "ret":
        this.epilogue();
        asm.emit("ret");
        return;
      case "tail":
        this.epilogue();
        asm.emit("jmp", this.operand(ins.a!, 8));
        return;
      case "call":
        asm.emit("call", this.operand(ins.a!, 8));
        return;
      case "read_rflags":
        asm.emit("pushfq");
        asm.emit("pop", this.operand(ins.a!, 8));
        return;
      case "imul3":
        asm.emit("imul", this.operand(ins.a!, ins.sizeA), this.operand(ins.b!, ins.sizeA), this.operand(ins.c!, ins.sizeA));
        return;
    }
    if (ins.op[0] === "j") {
      asm.emit(ins.op, this.label(ins.label!));
      return;
    }
    const special = specials[ins.op];
    if (special !== undefined) {
      for (const [op, ...operands] of special) asm.emit(op, ...operands);
      return;
    }
    if (ins.op === "mov" && ins.a?.k === "r" && ins.b?.k === "i") {
      this.#moveConstant(ins.a.r, ins.sizeA, ins.b.v, !flagsLive(code, i + 1));
      return;
    }
    if (ins.op === "movzx" && ins.sizeB === 4) {
      asm.emit("mov", this.operand(ins.a!, 4), this.operand(ins.b!, 4));
      return;
    }
    const op = ins.op === "movsx" && ins.sizeB === 4 ? "movsxd" : ins.op;
    if (
      ins.op === "add" &&
      ins.b?.k === "i" &&
      ins.b.v < 0n &&
      ins.b.v > -0x80000000n &&
      ins.prefix === undefined &&
      !flagsLive(code, i + 1)
    ) {
      asm.emit("sub", this.operand(ins.a!, ins.sizeA), imm(-ins.b.v));
      return;
    }
    if (ins.op === "lea" && !flagsLive(code, i + 1) && this.#shortSum(ins)) return;
    const operands: Operand[] = [];
    if (ins.a !== undefined) operands.push(this.operand(ins.a, ins.sizeA));
    if (ins.b !== undefined) operands.push(this.operand(ins.b, ins.sizeB));
    if (ins.prefix !== undefined) asm.emit(ins.prefix);
    asm.emit(op, ...operands);
  }

  /** A lea whose destination is one of its two addends is an add. */
  #shortSum({ a, b, sizeA }: MIns): boolean {
    if (a?.k !== "r" || b?.k !== "m" || b.slot !== undefined || b.symbol !== undefined || b.base === undefined) return false;
    const { base, index, scale, disp } = b;
    if (index === undefined) {
      if (base !== a.r || disp === 0) return false;
      this.asm.emit(disp < 0 ? "sub" : "add", gp(a.r, sizeA), imm(Math.abs(disp)));
      return true;
    }
    if (scale !== 1 || disp !== 0 || (base !== a.r && index !== a.r)) return false;
    this.asm.emit("add", gp(a.r, sizeA), gp(base === a.r ? index : base, sizeA));
    return true;
  }

  #moveConstant(r: number, size: Size, value: bigint, mayUseXor: boolean): void {
    const { asm } = this;
    const unsigned = BigInt.asUintN(size * 8, value);
    if (unsigned === 0n && mayUseXor) asm.emit("xor", gp(r, 4), gp(r, 4));
    else if (unsigned < 0x1_0000_0000n) asm.emit("mov", gp(r, 4), imm(unsigned));
    else asm.emit("mov", gp(r, 8), imm(BigInt.asIntN(64, value)));
  }
}

/** Allocates registers and appends the function to the assembler's section. */
export function emitFunction(fn: MachineFunction, asm: Assembler, symbol: ElfSymbol, options: EmitOptions): void {
  foldAddresses(fn);
  const saved = allocateRegisters(fn);
  dropUnusedSlots(fn);
  if (saved.length >= 2) shareEpilogue(fn);
  peephole(fn);
  const frame = layoutFrame(fn, saved, options);
  const emitter = new Emitter(asm, frame, options.frame);
  asm.align(options.align);
  asm.defineSymbol(symbol, STT_FUNC);
  if (options.fentry !== undefined) {
    const site = asm.object.section("__mcount_loc");
    const at = site.alignTo(8);
    site.reserve(8);
    site.relocate(at, R_X86_64_64, symbol, 0);
    asm.emit("call", symbolRef(options.fentry));
  }
  emitter.prologue();
  fn.code.forEach((ins, i) => {
    emitter.instruction(ins, fn.code, i);
  });
  asm.endSymbol(symbol);
}
