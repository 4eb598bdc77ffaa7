// Calls and returns by the System V ABI.

import type { CType } from "../front/c-type.js";
import { argumentRegisters, callerSaved, imm, type MemOperand, type MOperand, RAX, reg } from "./machine.js";
import type { Selector } from "./select.js";
import { isSigned, type Tree, width } from "./tree.js";

export function callFunction(selector: Selector, tree: Extract<Tree, { k: "call" }>, wanted: boolean): number | undefined {
  const { fn } = selector;
  const { uses, target } = passArguments(selector, tree);
  fn.emit("call", 8, target, undefined, { uses, defs: [...callerSaved], keep: true });
  fn.hasCalls = true;
  if (!wanted || tree.type.kind === "void") return undefined;
  return resultOf(selector, RAX, tree.type);
}

/** A register that came from other code, brought to the form this compiler keeps values in. */
export function resultOf(selector: Selector, from: number, type: CType): number {
  const { fn } = selector;
  const r = fn.newRegister();
  const size = width(type);
  if (size === 8 || (size === 4 && isSigned(type))) fn.copy(r, from, size);
  else if (size === 4) fn.emit("movzx", 8, reg(r), reg(from), { sizeB: 4 });
  else fn.emit(isSigned(type) ? "movsx" : "movzx", 4, reg(r), reg(from), { sizeB: size });
  return r;
}

function passArguments(selector: Selector, tree: Extract<Tree, { k: "call" }>): { uses: number[]; target: MOperand } {
  const { fn } = selector;
  const { args } = tree;
  const laterMods = args.map((_, i) => args.slice(i + 1).some((arg) => arg.mods));
  const target = callTarget(
    selector,
    tree.target,
    args.some((arg) => arg.mods),
  );
  const values = args.map((arg, i): MOperand | Tree => (isImmediate(arg) ? arg : reg(selector.before(arg, laterMods[i]!))));
  const onStack = Math.max(0, args.length - argumentRegisters.length);
  fn.outgoing = Math.max(fn.outgoing, onStack * 8);
  for (let i = argumentRegisters.length; i < args.length; i++) {
    const value = values[i]!;
    const to: MemOperand = { k: "m", base: 4, scale: 1, disp: (i - argumentRegisters.length) * 8 };
    fn.emit("mov", 8, to, "mods" in value ? selector.storable(value, 8) : value);
  }
  const uses: number[] = [];
  for (let i = 0; i < Math.min(args.length, argumentRegisters.length); i++) {
    const r = argumentRegisters[i]!;
    const value = values[i]!;
    if ("mods" in value) immediateInto(selector, r, value);
    else fn.copy(r, (value as { r: number }).r, width(args[i]!.type));
    uses.push(r);
  }
  if (tree.variadic) {
    fn.emit("mov", 4, reg(RAX), imm(0));
    uses.push(RAX);
  }
  if (target.k === "r") return { uses, target };
  return { uses, target };
}

function callTarget(selector: Selector, tree: Tree, mods: boolean): MOperand {
  if (tree.k === "symbol") return { k: "s", symbol: tree.symbol, addend: tree.offset };
  return reg(selector.before(tree, mods));
}

function immediateInto(selector: Selector, r: number, tree: Tree): void {
  if (tree.k === "const") selector.fn.emit("mov", width(tree.type) === 8 ? 8 : 4, reg(r), imm(tree.value));
  else if (tree.k === "symbol") selector.fn.emit("mov", 8, reg(r), { k: "s", symbol: tree.symbol, addend: tree.offset });
  else if (tree.k === "slot") selector.fn.emit("lea", 8, reg(r), { k: "m", slot: tree.slot, disp: tree.offset, scale: 1 });
}

/** Returns from the function: by a jump to the called function if it is one in tail position and `tail` says so. */
export function returnFrom(selector: Selector, tree: Tree | undefined, type: CType, tail: boolean): void {
  const { fn } = selector;
  if (tail && tree?.k === "call" && tree.args.length <= argumentRegisters.length) {
    const { uses, target } = passArguments(selector, tree);
    if (target.k === "r") {
      // rax is the one register that is neither an argument nor saved.
      fn.copy(RAX, target.r, 8);
      fn.emit("tail", 8, reg(RAX), undefined, { uses });
    } else fn.emit("tail", 8, target, undefined, { uses });
    return;
  }
  if (tree === undefined) {
    fn.emit("ret", 8);
    return;
  }
  if (type.kind === "void") {
    selector.effect(tree);
    fn.emit("ret", 8);
    return;
  }
  if (isImmediate(tree)) immediateInto(selector, RAX, tree);
  else fn.copy(RAX, selector.value(tree), width(type));
  fn.emit("ret", 8, undefined, undefined, { uses: [RAX] });
}

const isImmediate = (tree: Tree): boolean => tree.k === "const" || tree.k === "symbol" || tree.k === "slot";
