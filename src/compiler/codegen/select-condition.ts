// Conditions: comparisons fused with branches, values of conditions, ?: and the operands of || and &&.

import { type CType, S64, wrap } from "../front/c-type.js";
import { imm, reg, type Size } from "./machine.js";
import type { Selector } from "./select.js";
import { type Condition, invert, operationSize, type Tree, width } from "./tree.js";

const fits32 = (value: bigint) => BigInt.asIntN(32, value) === value;

/** Emits the comparison and says which condition to test. */
export function emitCompare(selector: Selector, condition: Condition, a: Tree, b: Tree): Condition {
  const { fn } = selector;
  let size: Size = operationSize(a.type);
  if (b.k === "const" && b.value === 0n && (condition === "e" || condition === "ne") && a.k === "binary" && a.op === "and") {
    const narrow = narrowTest(selector, a);
    if (narrow) return condition;
    const x = selector.before(a.a, a.b.mods);
    const y = selector.operand(a.b, size);
    // test takes a register or an immediate second; memory goes first.
    if (y.k === "m") fn.emit("test", size, y, reg(x));
    else fn.emit("test", size, reg(x), y);
    return condition;
  }
  // A byte or word in memory against a constant that it can hold.
  if (b.k === "const" && (condition === "e" || condition === "ne")) {
    const source = a.k === "convert" ? a.a : a;
    if (source.k === "load" && width(source.type) < 4 && wrap(b.value, source.type) === wrap(b.value, S64)) {
      fn.emit("cmp", width(source.type), selector.memory(source), imm(BigInt.asIntN(width(source.type) * 8, b.value)));
      return condition;
    }
    if (source.k === "load" && width(source.type) < 4 && a.k === "convert" && wrap(b.value, source.type) === wrap(b.value, a.type)) {
      fn.emit("cmp", width(source.type), selector.memory(source), imm(BigInt.asIntN(width(source.type) * 8, b.value)));
      return condition;
    }
  }
  if (a.type.kind === "int" && a.type.bool) size = 4;
  if (b.k === "const" && b.value === 0n && ["e", "ne", "l", "ge", "g", "le"].includes(condition) && a.k !== "load") {
    const x = selector.value(lowHalf(a, size));
    fn.emit("test", size, reg(x), reg(x));
    return condition;
  }
  // A volatile load too: it is one access of this size.
  if (a.k === "load" && width(a.type) === size && (b.k === "const" || b.k === "symbol")) {
    const y = selector.operand(b, size);
    fn.emit("cmp", size, selector.memory(a), y);
    return condition;
  }
  const x = selector.before(lowHalf(a, size), b.mods);
  const y = selector.operand(lowHalf(b, size), size);
  fn.emit("cmp", size, reg(x), y);
  return condition;
}

/** Without conversions that only change what a comparison of 32 bits does not look at. */
function lowHalf(tree: Tree, size: Size): Tree {
  let source = tree;
  while (size === 4 && source.k === "convert" && isWord(source.type) && isWord(source.a.type)) source = source.a;
  return source;
}
const isWord = (type: CType): boolean => type.kind === "int" && !type.bool && width(type) >= 4;

/** `(byte in memory & constant) == 0` tests the byte in place. */
function narrowTest(selector: Selector, tree: Extract<Tree, { k: "binary" }>): boolean {
  const source = tree.a.k === "convert" ? tree.a.a : tree.a;
  if (tree.b.k !== "const" || source.k !== "load") return false;
  const size = width(source.type);
  const mask = BigInt.asUintN(operationSize(tree.type) * 8, tree.b.value);
  if (mask >= 1n << BigInt(size * 8)) return false;
  if (size === 8 && !fits32(mask)) return false;
  selector.fn.emit("test", size, selector.memory(source), imm(BigInt.asIntN(size * 8, mask)));
  return true;
}

export function flagValue(selector: Selector, condition: Condition): number {
  const { fn } = selector;
  const bit = fn.newRegister();
  fn.emit(`set${condition}`, 1, reg(bit));
  const r = fn.newRegister();
  fn.emit("movzx", 4, reg(r), reg(bit), { sizeB: 1 });
  return r;
}

/** Jumps to `whenTrue` or `whenFalse`; exactly one of them follows directly (`next`). */
export function branchOn(selector: Selector, tree: Tree, whenTrue: number, whenFalse: number, next: number): void {
  const { fn } = selector;
  switch (tree.k) {
    case "const": {
      const target = tree.value !== 0n ? whenTrue : whenFalse;
      if (target !== next) fn.jump(target);
      return;
    }
    case "negate":
      branchOn(selector, tree.a, whenFalse, whenTrue, next);
      return;
    case "logical": {
      const middle = fn.newLabel();
      if (tree.op === "and") branchOn(selector, tree.a, middle, whenFalse, middle);
      else branchOn(selector, tree.a, whenTrue, middle, middle);
      fn.label(middle);
      branchOn(selector, tree.b, whenTrue, whenFalse, next);
      return;
    }
    case "compare":
      jump(selector, emitCompare(selector, tree.condition, tree.a, tree.b), whenTrue, whenFalse, next);
      return;
    case "sequence":
      for (const part of tree.first) selector.effect(part);
      branchOn(selector, tree.last, whenTrue, whenFalse, next);
      return;
    default: {
      if (tree.k === "load") fn.emit("cmp", width(tree.type), selector.memory(tree), imm(0));
      else {
        const r = selector.value(tree);
        const size = operationSize(tree.type);
        fn.emit("test", size, reg(r), reg(r));
      }
      jump(selector, "ne", whenTrue, whenFalse, next);
    }
  }
}

function jump(selector: Selector, condition: Condition, whenTrue: number, whenFalse: number, next: number): void {
  const { fn } = selector;
  if (next === whenTrue) fn.branch(invert(condition), whenFalse);
  else {
    fn.branch(condition, whenTrue);
    if (next !== whenFalse) fn.jump(whenFalse);
  }
}

export function choose(selector: Selector, condition: Tree, a: Tree, b: Tree): number {
  const { fn } = selector;
  const [yes, no, end] = [fn.newLabel(), fn.newLabel(), fn.newLabel()];
  const size = a.type.kind === "void" ? 8 : width(a.type);
  const r = fn.newRegister();
  branchOn(selector, condition, yes, no, yes);
  fn.label(yes);
  evaluateInto(selector, r, a, size);
  fn.jump(end);
  fn.label(no);
  evaluateInto(selector, r, b, size);
  fn.label(end);
  return r;
}

export function evaluateInto(selector: Selector, r: number, tree: Tree, size: Size): void {
  if (tree.type.kind === "void") selector.effect(tree);
  else if (tree.k === "const") selector.fn.emit("mov", size === 8 ? 8 : 4, reg(r), imm(tree.value));
  else selector.fn.copy(r, selector.value(tree), size);
}

export function operandValue(selector: Selector, tree: Extract<Tree, { k: "operand" }>): number {
  const { fn } = selector;
  const r = fn.newRegister();
  const size = width(tree.type);
  const end = fn.newLabel();
  evaluateInto(selector, r, tree.a, size);
  fn.emit("test", operationSize(tree.type), reg(r), reg(r));
  fn.branch(tree.op === "or" ? "ne" : "e", end);
  evaluateInto(selector, r, tree.b, size);
  fn.label(end);
  return r;
}

export function asCondition(tree: Tree): Tree {
  if (tree.type.kind === "int" && tree.type.bool) return tree;
  return {
    k: "compare",
    type: tree.type,
    mods: tree.mods,
    condition: "ne",
    a: tree,
    b: { k: "const", type: tree.type, mods: false, value: 0n },
  };
}
