// Expression trees with C types: what the lowering makes of TypeScript's AST and instruction selection consumes. The
// constructors fold constants, so that no later pass has to.

import type { ElfSymbol } from "../elf/object.js";
import { BOOL, type CType, sizeOf, U64, wrap } from "../front/c-type.js";
import type { MemOperand, Size, Slot } from "./machine.js";
import type { Selector } from "./select.js";

export type BinaryOp = "add" | "sub" | "mul" | "div" | "rem" | "and" | "or" | "xor" | "shl" | "shr";
/** x86's condition names: signed l le g ge, unsigned b be a ae. */
export type Condition = "e" | "ne" | "l" | "le" | "g" | "ge" | "b" | "be" | "a" | "ae";

interface Common {
  readonly type: CType;
  /** Contains an assignment to a local in a register: values read before it must be copied. */
  readonly mods: boolean;
}
export type Tree = Common &
  (
    | { readonly k: "const"; readonly value: bigint }
    | { readonly k: "symbol"; readonly symbol: ElfSymbol; readonly offset: number }
    | { readonly k: "slot"; readonly slot: Slot; readonly offset: number }
    | { readonly k: "reg"; readonly reg: number }
    | { readonly k: "load"; readonly address: Tree; readonly gs: boolean; readonly volatile: boolean }
    /** A load from an address that is already in registers. */
    | { readonly k: "pinned"; readonly mem: MemOperand }
    | { readonly k: "binary"; readonly op: BinaryOp; readonly a: Tree; readonly b: Tree }
    | { readonly k: "unary"; readonly op: "neg" | "not"; readonly a: Tree }
    | { readonly k: "compare"; readonly condition: Condition; readonly a: Tree; readonly b: Tree }
    | { readonly k: "logical"; readonly op: "and" | "or"; readonly a: Tree; readonly b: Tree }
    /** `a || b` and `a && b` as operands. */
    | { readonly k: "operand"; readonly op: "and" | "or"; readonly a: Tree; readonly b: Tree }
    | { readonly k: "negate"; readonly a: Tree }
    | { readonly k: "convert"; readonly a: Tree }
    | { readonly k: "conditional"; readonly c: Tree; readonly a: Tree; readonly b: Tree }
    | { readonly k: "assign"; readonly target: Place; readonly value: Tree }
    | {
        readonly k: "update";
        readonly target: Place;
        readonly op: BinaryOp;
        readonly operationType: CType;
        readonly value: Tree;
        readonly old: boolean;
      }
    | { readonly k: "call"; readonly target: Tree; readonly args: readonly Tree[]; readonly variadic: boolean; readonly fixed: number }
    | { readonly k: "sequence"; readonly first: readonly Tree[]; readonly last: Tree }
    /** Code of its own: an intrinsic or an inline function. Gives the register of the result. */
    | { readonly k: "code"; readonly run: (selector: Selector) => number | undefined; readonly effect: boolean }
  );

/** Where a value can be stored. */
export type Place =
  | { readonly k: "reg"; readonly reg: number; readonly type: CType }
  | { readonly k: "memory"; readonly address: Tree; readonly type: CType; readonly gs: boolean };

export const isSigned = (type: CType): boolean => type.kind === "int" && type.signed;
/** Bytes of a scalar. */
export const width = (type: CType): Size => (type.kind === "int" ? type.size : 8);
/** Bytes an operation on this type works with. */
export const operationSize = (type: CType): 4 | 8 => (width(type) === 8 ? 8 : 4);

export const constant = (value: bigint | number, type: CType): Tree => ({
  k: "const",
  type,
  mods: false,
  value: wrap(BigInt(value), type),
});
export const symbolAddress = (symbol: ElfSymbol, type: CType, offset = 0): Tree => ({ k: "symbol", type, mods: false, symbol, offset });
export const slotAddress = (slot: Slot, type: CType, offset = 0): Tree => ({ k: "slot", type, mods: false, slot, offset });
export const register = (reg: number, type: CType): Tree => ({ k: "reg", type, mods: false, reg });
export const retype = (tree: Tree, type: CType): Tree => ({ ...tree, type });

export function load(address: Tree, type: CType, gs = false, volatile = false): Tree {
  return { k: "load", type, mods: address.mods, address, gs, volatile };
}

function evaluate(op: BinaryOp, a: bigint, b: bigint, type: CType): bigint | undefined {
  const bits = BigInt(width(type) * 8);
  switch (op) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "mul":
      return a * b;
    case "div":
      return b === 0n ? undefined : a / b;
    case "rem":
      return b === 0n ? undefined : a % b;
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "shl":
      return a << (b & (bits - 1n));
    case "shr":
      return a >> (b & (bits - 1n));
  }
}

const commutative = new Set<BinaryOp>(["add", "mul", "and", "or", "xor"]);

/** Both operands have the operation's type already (for shifts: the left one). */
export function binary(op: BinaryOp, left: Tree, right: Tree, type: CType): Tree {
  let [a, b] = [left, right];
  if (a.k === "const" && b.k === "const") {
    const value = evaluate(op, a.value, b.value, type);
    if (value !== undefined) return constant(value, type);
  }
  if (a.k === "const" && commutative.has(op)) [a, b] = [b, a];
  if (b.k === "const") {
    if (op === "sub") return binary("add", a, constant(-b.value, b.type), type);
    if (op === "add" && sizeOf(type) === 8) {
      const n = Number(BigInt.asIntN(64, b.value));
      if (Number.isSafeInteger(n)) {
        if (a.k === "symbol" && Math.abs(a.offset + n) < 0x40000000) return { ...a, type, offset: a.offset + n };
        if (a.k === "slot") return { ...a, type, offset: a.offset + n };
      }
    }
    if (op === "add" && a.k === "binary" && a.op === "add" && a.b.k === "const" && width(a.type) === width(type)) {
      return binary("add", a.a, constant(wrap(a.b.value + b.value, type), type), type);
    }
    if (b.value === 0n && ["add", "or", "xor", "shl", "shr"].includes(op)) return retype(a, type);
    if (b.value === 1n && ["mul", "div"].includes(op)) return retype(a, type);
  }
  return { k: "binary", type, mods: a.mods || b.mods, op, a, b };
}

/** Base plus a byte offset, as a pointer of the given type. */
export function offsetAddress(base: Tree, offset: number, type: CType): Tree {
  return offset === 0 ? retype(base, type) : binary("add", base, constant(offset, U64), type);
}

export function unary(op: "neg" | "not", a: Tree, type: CType): Tree {
  if (a.k === "const") return constant(op === "neg" ? -a.value : ~a.value, type);
  return { k: "unary", type, mods: a.mods, op, a };
}

const inverse: Record<Condition, Condition> = { e: "ne", ne: "e", l: "ge", ge: "l", le: "g", g: "le", b: "ae", ae: "b", be: "a", a: "be" };
export const invert = (condition: Condition): Condition => inverse[condition];
const mirrored: Record<Condition, Condition> = { e: "e", ne: "ne", l: "g", g: "l", le: "ge", ge: "le", b: "a", a: "b", be: "ae", ae: "be" };

/** Both operands have one type. */
export function compare(condition: Condition, a: Tree, b: Tree): Tree {
  if (a.k === "const" && b.k === "const") {
    const [x, y] = [a.value, b.value];
    const holds = { e: x === y, ne: x !== y, l: x < y, b: x < y, le: x <= y, be: x <= y, g: x > y, a: x > y, ge: x >= y, ae: x >= y };
    return constant(holds[condition] ? 1 : 0, BOOL);
  }
  // The address of an object or a function is never null.
  if ((a.k === "symbol" || a.k === "slot") && b.k === "const" && b.value === 0n && (condition === "e" || condition === "ne")) {
    return constant(condition === "ne" ? 1 : 0, BOOL);
  }
  if (a.k === "const") return compare(mirrored[condition], b, a);
  return { k: "compare", type: BOOL, mods: a.mods || b.mods, condition, a, b };
}

/** A scalar as a condition, of type bool. */
export function truth(a: Tree): Tree {
  if (a.type.kind === "int" && a.type.bool) return a;
  return compare("ne", a, constant(0, a.type));
}

export function negate(a: Tree): Tree {
  if (a.k === "const") return constant(a.value === 0n ? 1 : 0, BOOL);
  if (a.k === "compare") return { ...a, condition: inverse[a.condition] };
  if (a.k === "negate") return a.a;
  return { k: "negate", type: BOOL, mods: a.mods, a };
}

export function logical(op: "and" | "or", a: Tree, b: Tree): Tree {
  if (a.k === "const") return (a.value !== 0n) === (op === "and") ? b : a;
  return { k: "logical", type: BOOL, mods: a.mods || b.mods, op, a, b };
}

export function conditional(c: Tree, a: Tree, b: Tree, type: CType): Tree {
  if (c.k === "const") return c.value !== 0n ? a : b;
  return { k: "conditional", type, mods: c.mods || a.mods || b.mods, c, a, b };
}

/** A scalar converted as C does. */
export function convert(tree: Tree, to: CType): Tree {
  const { type } = tree;
  if (type === to) return tree;
  if (to.kind === "int" && to.bool) return type.kind === "int" && type.bool ? tree : retype(truth(tree), to);
  if (tree.k === "const") return constant(tree.value, to);
  // The type of a quotient or a right shift says how it is computed, so it stays.
  const computed = tree.k === "binary" && (tree.op === "div" || tree.op === "rem" || tree.op === "shr");
  if (width(type) === 8 && width(to) === 8 && !computed) return retype(tree, to);
  if (tree.k === "load" && !tree.volatile && to.kind === "int" && width(to) < width(type)) return { ...tree, type: to };
  // Narrowing undoes a widening: u8(int(u8value)).
  if (
    tree.k === "convert" &&
    to.kind === "int" &&
    width(tree.type) >= to.size &&
    sizeOf(tree.a.type) === to.size &&
    isSigned(tree.a.type) === to.signed &&
    !isBool(tree.a.type)
  ) {
    return retype(tree.a, to);
  }
  return { k: "convert", type: to, mods: tree.mods, a: tree };
}
const isBool = (type: CType): boolean => type.kind === "int" && type.bool;

export function sequence(first: readonly Tree[], last: Tree): Tree {
  if (first.length === 0) return last;
  return { k: "sequence", type: last.type, mods: last.mods || first.some((tree) => tree.mods), first, last };
}

export function assign(target: Place, value: Tree): Tree {
  const mods = target.k === "reg" || target.address.mods || value.mods;
  return { k: "assign", type: target.type, mods, target, value };
}
