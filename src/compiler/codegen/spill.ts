// Registers that got no colour live in frame slots: their instructions work on the slot where they can, else on a short-lived register.

import { defsOf, isDefiner, type MachineFunction, type MIns, type MOperand, type Slot, usesOf } from "./machine.js";

/** Replaces each use and definition of the spilled registers by a short-lived register and a slot access. */
export function rewriteSpills(fn: MachineFunction, spilled: ReadonlyMap<number, Slot>, temporaries: Set<number>): void {
  const old = fn.code.splice(0);
  for (const ins of old) {
    const touched = new Set([...usesOf(ins), ...defsOf(ins)].filter((r) => spilled.has(r)));
    if (touched.size === 0) {
      fn.code.push(ins);
      continue;
    }
    if (foldSlot(ins, spilled)) {
      fn.code.push(ins);
      continue;
    }
    const uses = new Set(usesOf(ins));
    const defs = new Set(defsOf(ins));
    const after: MIns[] = [];
    for (const r of touched) {
      const temporary = fn.newRegister();
      temporaries.add(temporary);
      const slot: MOperand = { k: "m", scale: 1, disp: 0, slot: spilled.get(r)! };
      const base = { sizeA: 8 as const, sizeB: 8 as const, uses: [], defs: [], depth: ins.depth };
      if (uses.has(r)) fn.code.push({ ...base, op: "mov", a: { k: "r", r: temporary }, b: slot });
      if (defs.has(r)) after.push({ ...base, op: "mov", a: { ...slot }, b: { k: "r", r: temporary } });
      replaceRegister(ins, r, temporary);
    }
    ins.copy = false;
    fn.code.push(ins, ...after);
  }
}

/** Most instructions can work on a spilled operand in its slot. */
function foldSlot(ins: MIns, spilled: ReadonlyMap<number, Slot>): boolean {
  const slotOf = (operand: MOperand | undefined) => (operand?.k === "r" ? spilled.get(operand.r) : undefined);
  const memory = (slot: Slot): MOperand => ({ k: "m", scale: 1, disp: 0, slot });
  const [a, b] = [slotOf(ins.a), slotOf(ins.b)];
  if (ins.op === "test" && a !== undefined && a === b) {
    ins.op = "cmp";
    ins.a = memory(a);
    ins.b = { k: "i", v: 0n };
    return true;
  }
  // A second spilled register in the same instruction needs a register of its own.
  if (
    [...usesOf(ins), ...defsOf(ins)].filter((r) => spilled.has(r)).length !==
    (b !== undefined || isDefiner(ins) || ins.op === "cmp" ? 1 : 2)
  )
    return false;
  if (b !== undefined && ins.a?.k === "r" && foldable.has(ins.op)) {
    ins.b = memory(b);
    ins.copy = false;
    return true;
  }
  if (a === undefined || b !== undefined || (ins.b !== undefined && ins.b.k !== "r" && ins.b.k !== "i")) return false;
  if (ins.copy) {
    // Both ends keep one invariant, so all 64 bits may be stored.
    ins.sizeA = ins.sizeB = 8;
    ins.copy = false;
    ins.a = memory(a);
    return true;
  }
  const stores = ins.op === "mov" && ins.sizeA === 8 && (ins.b?.k === "r" || fitsImmediate(ins.b));
  if (ins.op === "cmp" || stores || (ins.sizeA >= 4 && inSlot.has(ins.op))) {
    ins.a = memory(a);
    return true;
  }
  return false;
}
const foldable = new Set(["mov", "add", "sub", "and", "or", "xor", "cmp", "imul", "movzx", "movsx", "movsxd"]);
/** Read-modify-write in the slot; 32-bit ones leave the upper half as it is: zero where that matters. */
const inSlot = new Set(["add", "sub", "and", "or", "xor", "neg", "not"]);

function fitsImmediate(operand: MOperand | undefined): boolean {
  return operand?.k === "i" && BigInt.asIntN(32, operand.v) === operand.v;
}

function replaceRegister(ins: MIns, from: number, to: number): void {
  const operand = (o: MOperand | undefined): MOperand | undefined => {
    if (o?.k === "r" && o.r === from) return { k: "r", r: to };
    if (o?.k === "m" && (o.base === from || o.index === from)) {
      return { ...o, ...(o.base === from ? { base: to } : {}), ...(o.index === from ? { index: to } : {}) };
    }
    return o;
  };
  if (ins.a !== undefined) ins.a = operand(ins.a)!;
  if (ins.b !== undefined) ins.b = operand(ins.b)!;
  if (ins.c !== undefined) ins.c = operand(ins.c)!;
}
