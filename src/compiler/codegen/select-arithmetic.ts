// Sums, products, quotients, shifts and conversions of integers.

import { type CType, INT } from "../front/c-type.js";
import { imm, RAX, RCX, RDX, reg, type Size } from "./machine.js";
import type { Selector } from "./select.js";
import { scaledTerm } from "./select-address.js";
import { binary, isSigned, type Tree, width } from "./tree.js";

const fits32 = (value: bigint) => BigInt.asIntN(32, value) === value;
const isPowerOfTwo = (value: bigint) => value > 0n && (value & (value - 1n)) === 0n;
const log2 = (value: bigint) => value.toString(2).length - 1;

/** x86's names of the operations with two operands. */
export const instruction: Record<string, string> = { add: "add", sub: "sub", mul: "imul", and: "and", or: "or", xor: "xor" };

export function binaryValue(selector: Selector, tree: Extract<Tree, { k: "binary" }>, size: 4 | 8): number {
  const { fn } = selector;
  const { op, a, b, type } = tree;
  if (op === "shl" || op === "shr") return shift(selector, op, a, b, type, size);
  if (op === "div" || op === "rem") return divide(selector, op, a, b, type, size);
  if (op === "mul" && b.k === "const") return multiply(selector, a, b.value, size, type);
  if (op === "and" && b.k === "const" && size === 8 && b.value === 0xffffffffn) {
    const r = fn.newRegister();
    fn.emit("movzx", 8, reg(r), reg(selector.value(a)), { sizeB: 4 });
    return r;
  }
  if (
    op === "add" &&
    size === 8 &&
    (tree.a.k === "binary" || tree.b.k === "binary" || a.k === "symbol" || a.k === "slot" || scaledTerm(b) !== undefined)
  ) {
    const mem = selector.address(tree);
    const parts = [mem.base, mem.index, mem.symbol, mem.slot].filter((part) => part !== undefined).length;
    if (parts > 1 || mem.scale > 1 || mem.slot !== undefined) {
      const r = fn.newRegister();
      fn.emit("lea", 8, reg(r), mem);
      return r;
    }
    // One register and a displacement: an add, which coalesces.
    const r = fn.newRegister();
    if (mem.base !== undefined) {
      fn.copy(r, mem.base, 8);
      if (mem.disp !== 0) fn.emit("add", 8, reg(r), imm(mem.disp));
      return r;
    }
    fn.emit("lea", 8, reg(r), mem);
    return r;
  }
  let left = a;
  let right = b;
  // A load on the left of a commutative operation can be the memory operand.
  if (op !== "sub" && left.k === "load" && right.k === "reg" && !right.mods && !left.mods) [left, right] = [right, left];
  const x = selector.before(left, right.mods);
  const y = selector.operand(right, size);
  const r = fn.newRegister();
  fn.copy(r, x, size);
  fn.emit(instruction[op]!, size, reg(r), y);
  return r;
}

function multiply(selector: Selector, a: Tree, by: bigint, size: 4 | 8, type: CType): number {
  const { fn } = selector;
  if (by === 0n) {
    selector.effect(a);
    return selector.value({ k: "const", type, mods: false, value: 0n });
  }
  if (isPowerOfTwo(by)) {
    const r = selector.fresh(a);
    if (by > 1n) fn.emit("shl", size, reg(r), imm(log2(by)));
    return r;
  }
  const x = selector.value(a);
  const r = fn.newRegister();
  if (by === 3n || by === 5n || by === 9n) {
    fn.emit("lea", size, reg(r), { k: "m", base: x, index: x, scale: Number(by - 1n) as 2 | 4 | 8, disp: 0 });
  } else if (fits32(BigInt.asIntN(size * 8, by))) {
    fn.emit("imul3", size, reg(r), reg(x), { c: imm(BigInt.asIntN(size * 8, by)) });
  } else {
    fn.emit("mov", size, reg(r), imm(by));
    fn.emit("imul", size, reg(r), reg(x));
  }
  return r;
}

function shift(selector: Selector, op: "shl" | "shr", a: Tree, b: Tree, type: CType, size: 4 | 8): number {
  const { fn } = selector;
  const name = op === "shl" ? "shl" : isSigned(type) ? "sar" : "shr";
  if (b.k === "const") {
    const r = selector.fresh(a);
    fn.emit(name, size, reg(r), imm(b.value & BigInt(size * 8 - 1)), { sizeB: 1 });
    return r;
  }
  const x = selector.before(a, b.mods);
  const count = selector.value(b);
  const r = fn.newRegister();
  fn.copy(r, x, size);
  fn.copy(RCX, count, 4);
  fn.emit(name, size, reg(r), reg(RCX), { sizeB: 1 });
  return r;
}

function divide(selector: Selector, op: "div" | "rem", a: Tree, b: Tree, type: CType, size: 4 | 8): number {
  const { fn } = selector;
  const signed = isSigned(type);
  if (b.k === "const" && isPowerOfTwo(b.value)) {
    if (!signed) {
      if (op === "div") return selector.value(binary("shr", a, { k: "const", type: INT, mods: false, value: BigInt(log2(b.value)) }, type));
      return selector.value(binary("and", a, { k: "const", type, mods: false, value: b.value - 1n }, type));
    }
    if (b.value > 1n) return signedPowerOfTwo(selector, op, a, log2(b.value), size);
  }
  const x = selector.before(a, b.mods);
  // The divisor must not be an immediate.
  const y = b.k === "const" ? reg(selector.value(b)) : selector.operand(b, size);
  fn.copy(RAX, x, size);
  if (signed) fn.emit(size === 8 ? "cqo" : "cdq", size, undefined, undefined, { uses: [RAX], defs: [RDX] });
  else fn.emit("mov", 4, reg(RDX), imm(0));
  fn.emit(signed ? "idiv" : "div", size, y.k === "i" || y.k === "s" ? reg(selector.value(b)) : y, undefined, {
    uses: [RAX, RDX],
    defs: [RAX, RDX],
  });
  const r = fn.newRegister();
  fn.copy(r, op === "div" ? RAX : RDX, size);
  return r;
}

/** Rounds towards zero: adds 2^n - 1 to negative dividends first. */
function signedPowerOfTwo(selector: Selector, op: "div" | "rem", a: Tree, n: number, size: 4 | 8): number {
  const { fn } = selector;
  const x = selector.value(a);
  const sum = fn.newRegister();
  fn.copy(sum, x, size);
  fn.emit("sar", size, reg(sum), imm(size * 8 - 1), { sizeB: 1 });
  fn.emit("shr", size, reg(sum), imm(size * 8 - n), { sizeB: 1 });
  fn.emit("add", size, reg(sum), reg(x));
  if (op === "div") {
    fn.emit("sar", size, reg(sum), imm(n), { sizeB: 1 });
    return sum;
  }
  fn.emit("shr", size, reg(sum), imm(n), { sizeB: 1 });
  fn.emit("shl", size, reg(sum), imm(n), { sizeB: 1 });
  const r = fn.newRegister();
  fn.copy(r, x, size);
  fn.emit("sub", size, reg(r), reg(sum));
  return r;
}

export function convertedValue(selector: Selector, a: Tree, to: CType): number {
  const { fn } = selector;
  const from = a.type;
  const [fromSize, toSize] = [width(from), width(to)];
  if (to.kind === "void") return selector.value(a);
  if (toSize < 4) {
    // From a narrower or equal type of the same signedness nothing changes.
    if (fromSize < toSize && !isSigned(from)) return selector.value(a);
    if (fromSize < toSize && isSigned(to)) return selector.value(a);
    if (fromSize === toSize && isSigned(from) === isSigned(to)) return selector.value(a);
    const x = selector.operand(a, fromSize);
    const r = fn.newRegister();
    fn.emit(isSigned(to) ? "movsx" : "movzx", 4, reg(r), x.k === "i" || x.k === "s" ? reg(selector.value(a)) : x, { sizeB: toSize });
    return r;
  }
  if (toSize === 8) {
    if (fromSize === 8 || !isSigned(from)) return selector.value(a);
    const r = fn.newRegister();
    if ((a.k === "load" && !a.volatile) || a.k === "pinned") {
      fn.emit("movsx", 8, reg(r), a.k === "load" ? selector.memory(a) : a.mem, { sizeB: fromSize });
    } else fn.emit("movsx", 8, reg(r), reg(selector.value(a)), { sizeB: Math.max(fromSize, 4) as Size });
    return r;
  }
  // To 32 bits.
  if (fromSize < 4) return selector.value(a);
  const x = selector.value(a);
  if (isSigned(to) || isZeroExtended(a)) return x;
  const r = fn.newRegister();
  fn.emit("movzx", 8, reg(r), reg(x), { sizeB: 4 });
  return r;
}

/** Known to have a zero upper half, though its type does not say so. */
function isZeroExtended(tree: Tree): boolean {
  switch (tree.k) {
    case "load":
    case "pinned":
      return width(tree.type) <= 4;
    case "binary":
    case "unary":
      return width(tree.type) === 4 && !(tree.k === "binary" && tree.op === "add" && tree.b.k === "const" && tree.b.value === 0n);
    case "const":
      return width(tree.type) <= 4 && tree.value >= 0n;
    case "compare":
    case "logical":
    case "negate":
      return true;
    default:
      return tree.type.kind === "int" && !tree.type.signed && tree.type.size <= 4;
  }
}
