// An address that is computed for a few accesses near by becomes part of their addressing modes: `mov r, base; add r, 160;
// mov [r], x` is `mov [base + 160], x`. Inlined functions, which get their pointers as values, leave many of these.

import { defsOf, FIRST_VIRTUAL, type MachineFunction, type MemOperand, type MIns, type MOperand, usesOf } from "./machine.js";

/** What a register was set to, and by how many instructions. */
interface Address {
  readonly register: number;
  readonly base: number;
  readonly disp: number;
  readonly length: number;
}

const isVirtual = (operand: MOperand | undefined): operand is { k: "r"; r: number } => operand?.k === "r" && operand.r >= FIRST_VIRTUAL;
const fits32 = (value: number): boolean => value === (value | 0);

/** `lea r, [base + d]`, or a copy and an addition. */
function addressAt(code: readonly MIns[], i: number): Address | undefined {
  const ins = code[i]!;
  if (!isVirtual(ins.a)) return undefined;
  const register = ins.a.r;
  if (ins.op === "lea" && ins.sizeA === 8 && ins.b?.k === "m") {
    const { base, index, slot, symbol, gs, disp } = ins.b;
    if (base === undefined || base < FIRST_VIRTUAL || base === register || index !== undefined || slot || symbol || gs) return undefined;
    return { register, base, disp, length: 1 };
  }
  const sum = code[i + 1];
  if (!ins.copy || ins.sizeA !== 8 || !isVirtual(ins.b) || ins.b.r === register || sum?.op !== "add" || sum.sizeA !== 8) return undefined;
  if (sum.prefix !== undefined || sum.a?.k !== "r" || sum.a.r !== register || sum.b?.k !== "i") return undefined;
  const disp = Number(sum.b.v);
  return fits32(disp) ? { register, base: ins.b.r, disp, length: 2 } : undefined;
}

/** As parameters of inlined functions get it: the address with copies of copies behind, of which the last alone is used. */
function copiedAt(code: readonly MIns[], i: number, touches: ReadonlyMap<number, number>): Address | undefined {
  let address = addressAt(code, i);
  for (let defined = address?.length ?? 0; address; defined = 1) {
    const copy: MIns | undefined = code[i + address.length];
    if (!copy?.copy || copy.sizeA !== 8 || !isVirtual(copy.a) || copy.b?.k !== "r" || copy.b.r !== address.register) break;
    if (touches.get(address.register) !== defined + 1 || copy.a.r === address.base) break;
    address = { ...address, register: copy.a.r, length: address.length + 1 };
  }
  return address;
}

/** The operand with the address in the register's place; undefined where the instruction uses the register in another way too. */
function folded(ins: MIns, { register, base, disp }: Address): { a?: MemOperand; b?: MemOperand } | undefined {
  if (ins.uses.includes(register) || defsOf(ins).includes(register) || ins.c?.k === "r") return undefined;
  const result: { a?: MemOperand; b?: MemOperand } = {};
  for (const key of ["a", "b"] as const) {
    const operand = ins[key];
    if (operand?.k === "r" && operand.r === register) return undefined;
    if (operand?.k !== "m" || (operand.base !== register && operand.index !== register)) continue;
    if (operand.base !== register || operand.index === register || !fits32(operand.disp + disp)) return undefined;
    result[key] = { ...operand, base, disp: operand.disp + disp };
  }
  return result;
}

/** How many of the instructions that make the address touch its register. */
function definitions(code: readonly MIns[], { register, length }: Address, i: number): number {
  return code.slice(i, i + length).filter((ins) => defsOf(ins).includes(register)).length;
}

export function foldAddresses(fn: MachineFunction): void {
  const { code } = fn;
  /** Instructions that use or define each register. */
  const touches = new Map<number, number>();
  for (const ins of code) for (const r of new Set([...usesOf(ins), ...defsOf(ins)])) touches.set(r, (touches.get(r) ?? 0) + 1);
  const dropped = new Set<MIns>();
  for (let i = 0; i < code.length; i++) {
    const address = copiedAt(code, i, touches);
    if (!address) continue;
    const { register, base, length } = address;
    let missing = touches.get(register)! - definitions(code, address, i);
    const changes: (() => void)[] = [];
    // In a straight line the base cannot have been changed unseen.
    for (let n = i + length; n < code.length && missing > 0 && code[n]!.op !== "label"; n++) {
      const ins = code[n]!;
      if (usesOf(ins).includes(register) || defsOf(ins).includes(register)) {
        const operands = folded(ins, address);
        if (!operands) break;
        changes.push(() => Object.assign(ins, operands));
        missing--;
      }
      if (defsOf(ins).includes(base)) break;
    }
    if (missing > 0 || changes.length === 0) continue;
    for (const change of changes) change();
    for (let n = i; n < i + length; n++) dropped.add(code[n]!);
    touches.set(base, (touches.get(base) ?? 0) - 1 + changes.length);
  }
  if (dropped.size === 0) return;
  const kept = code.filter((ins) => !dropped.has(ins));
  code.length = 0;
  for (const ins of kept) code.push(ins);
}
