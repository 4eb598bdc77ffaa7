// Instruction selection: walks expression trees and emits machine instructions over virtual registers, choosing addressing
// modes, immediates, memory operands and fused compare-and-branch as it goes.
//
// What a register holds: an unsigned value narrower than 64 bits is zero-extended to 64 bits, s8 and s16 are sign-extended to
// 32; the upper half of an `int` is undefined.

import type { CType } from "../front/c-type.js";
import { imm, type MachineFunction, type MemOperand, type MOperand, reg, type Size } from "./machine.js";
import { addressingMode, pinnedAddress } from "./select-address.js";
import { binaryValue, convertedValue, instruction } from "./select-arithmetic.js";
import { callFunction, resultOf, returnFrom } from "./select-call.js";
import { asCondition, branchOn, choose, emitCompare, evaluateInto, flagValue, operandValue } from "./select-condition.js";
import { type BinaryOp, binary, type Condition, convert, isSigned, operationSize, type Place, type Tree, width } from "./tree.js";

const fits32 = (value: bigint) => BigInt.asIntN(32, value) === value;

export class Selector {
  constructor(readonly fn: MachineFunction) {}

  // ---- values ----

  /** The register that holds the value; for a local in a register that is the local's own, so do not write to it. */
  value(tree: Tree): number {
    if (tree.k === "reg") return tree.reg;
    const { fn } = this;
    const size = operationSize(tree.type);
    switch (tree.k) {
      case "const": {
        const r = fn.newRegister();
        fn.emit("mov", width(tree.type) === 8 ? 8 : 4, reg(r), imm(tree.value));
        return r;
      }
      case "symbol": {
        const r = fn.newRegister();
        fn.emit("mov", 8, reg(r), { k: "s", symbol: tree.symbol, addend: tree.offset });
        return r;
      }
      case "slot": {
        const r = fn.newRegister();
        fn.emit("lea", 8, reg(r), { k: "m", slot: tree.slot, disp: tree.offset, scale: 1 });
        return r;
      }
      case "load":
      case "pinned":
        return this.#load(tree.k === "load" ? this.memory(tree) : tree.mem, tree.type, tree.k === "load" && tree.volatile);
      case "binary":
        return binaryValue(this, tree, size);
      case "unary": {
        const r = this.fresh(tree.a);
        fn.emit(tree.op, size, reg(r));
        return r;
      }
      case "compare":
        return flagValue(this, emitCompare(this, tree.condition, tree.a, tree.b));
      case "logical":
      case "negate":
        return choose(
          this,
          tree,
          { k: "const", type: tree.type, mods: false, value: 1n },
          { k: "const", type: tree.type, mods: false, value: 0n },
        );
      case "operand":
        return operandValue(this, tree);
      case "convert":
        return convertedValue(this, tree.a, tree.type);
      case "conditional":
        return choose(this, tree.c, tree.a, tree.b);
      case "assign":
        return this.#assign(tree.target, tree.value, true)!;
      case "update":
        return this.#update(tree, true)!;
      case "call":
        return callFunction(this, tree, true)!;
      case "sequence":
        for (const part of tree.first) this.effect(part);
        return this.value(tree.last);
      case "code":
        return tree.run(this) ?? fn.newRegister();
    }
  }

  /** The value in a register that may be written to. */
  fresh(tree: Tree): number {
    const value = this.value(tree);
    const r = this.fn.newRegister();
    this.fn.copy(r, value, width(tree.type));
    return r;
  }

  /** The register of a value that stays as it is while `later` is evaluated. */
  before(tree: Tree, later: boolean): number {
    return later ? this.fresh(tree) : this.value(tree);
  }

  /** A source operand: immediate, memory of exactly this size, or register. */
  operand(tree: Tree, size: Size): MOperand {
    if (tree.k === "const") {
      const value = BigInt.asIntN(size * 8, tree.value);
      if (fits32(value)) return imm(value);
    }
    if (tree.k === "symbol" && size === 8) return { k: "s", symbol: tree.symbol, addend: tree.offset };
    if ((tree.k === "load" || tree.k === "pinned") && width(tree.type) === size && !(tree.k === "load" && tree.volatile)) {
      return tree.k === "load" ? this.memory(tree) : tree.mem;
    }
    return reg(this.value(tree));
  }

  #load(from: MemOperand, type: CType, keep: boolean): number {
    const r = this.fn.newRegister();
    const size = width(type);
    const more = keep ? { keep: true } : {};
    if (size >= 4) this.fn.emit("mov", size, reg(r), from, more);
    else this.fn.emit(isSigned(type) ? "movsx" : "movzx", 4, reg(r), from, { sizeB: size, ...more });
    return r;
  }

  memory(tree: Extract<Tree, { k: "load" }>): MemOperand {
    const mem = this.address(tree.address);
    return tree.gs ? { ...mem, gs: true } : mem;
  }

  // ---- effects ----

  /** Evaluates a tree for what it does. */
  effect(tree: Tree): void {
    const { fn } = this;
    switch (tree.k) {
      case "const":
      case "symbol":
      case "slot":
      case "reg":
        return;
      case "assign":
        this.#assign(tree.target, tree.value, false);
        return;
      case "update":
        this.#update(tree, false);
        return;
      case "call":
        callFunction(this, tree, false);
        return;
      case "sequence":
        for (const part of tree.first) this.effect(part);
        this.effect(tree.last);
        return;
      case "code":
        tree.run(this);
        return;
      case "convert":
      case "unary":
      case "negate":
        this.effect(tree.a);
        return;
      case "conditional": {
        const [yes, no, end] = [fn.newLabel(), fn.newLabel(), fn.newLabel()];
        this.branch(tree.c, yes, no, yes);
        fn.label(yes);
        this.effect(tree.a);
        fn.jump(end);
        fn.label(no);
        this.effect(tree.b);
        fn.label(end);
        return;
      }
      case "logical":
      case "operand": {
        const [more, end] = [fn.newLabel(), fn.newLabel()];
        const condition: Tree = tree.k === "logical" ? tree.a : asCondition(tree.a);
        if (tree.op === "and") this.branch(condition, more, end, more);
        else this.branch(condition, end, more, more);
        fn.label(more);
        this.effect(tree.b);
        fn.label(end);
        return;
      }
      case "binary":
      case "compare":
        this.effect(tree.a);
        this.effect(tree.b);
        return;
      default:
        this.value(tree);
    }
  }

  /** Stores a register in a local or in memory. */
  store(target: Place, r: number): void {
    if (target.k === "reg") this.fn.copy(target.reg, r, width(target.type));
    else {
      const mem = this.address(target.address);
      if (target.gs) mem.gs = true;
      this.fn.emit("mov", width(target.type), mem, reg(r));
    }
  }

  #assign(target: Place, value: Tree, wanted: boolean): number | undefined {
    const { fn } = this;
    const size = width(target.type);
    if (target.k === "reg") {
      evaluateInto(this, target.reg, value, size);
      if (!wanted) return undefined;
      const r = fn.newRegister();
      fn.copy(r, target.reg, size);
      return r;
    }
    const isSimple = value.k === "const" || value.k === "symbol" || value.k === "reg";
    const mem = isSimple || !isPlain(target.address) || value.mods ? pinnedAddress(this, target.address, target.gs, value.mods) : undefined;
    const source = wanted ? reg(this.value(value)) : this.storable(value, size);
    const to = mem ?? pinnedAddress(this, target.address, target.gs, false);
    fn.emit("mov", size, to, source);
    return source.k === "r" ? source.r : undefined;
  }

  /** What a store instruction can write: an immediate, a symbol's address, or a register. */
  storable(value: Tree, size: Size): MOperand {
    if (value.k === "const") {
      const bits = BigInt.asIntN(size * 8, value.value);
      if (fits32(bits)) return imm(bits);
    }
    if (value.k === "symbol" && size === 8) return { k: "s", symbol: value.symbol, addend: value.offset };
    // A narrowing before a narrower store is for nothing.
    let source = value;
    while (
      source.k === "convert" &&
      width(source.type) >= size &&
      width(source.a.type) >= size &&
      source.type.kind === "int" &&
      !source.type.bool
    ) {
      source = source.a;
    }
    return reg(this.value(source));
  }

  #update(tree: Extract<Tree, { k: "update" }>, wanted: boolean): number | undefined {
    const { fn } = this;
    const { target, op, value, operationType } = tree;
    const size = width(target.type);
    if (target.k === "reg") {
      let old: number | undefined;
      if (wanted && tree.old) {
        old = fn.newRegister();
        fn.copy(old, target.reg, size);
      }
      const current: Tree = { k: "reg", type: target.type, mods: false, reg: target.reg };
      const next = convert(binary(op, convert(current, operationType), value, operationType), target.type);
      evaluateInto(this, target.reg, next, size);
      if (!wanted) return undefined;
      if (old !== undefined) return old;
      const r = fn.newRegister();
      fn.copy(r, target.reg, size);
      return r;
    }
    const isBool = target.type.kind === "int" && target.type.bool;
    const mem = pinnedAddress(this, target.address, target.gs, value.mods);
    if (!wanted && !isBool && inPlace.has(op)) {
      const narrow =
        value.type.kind === "int" && target.type.kind === "int" && width(value.type) !== size ? convert(value, target.type) : value;
      const source = this.storable(narrow, size);
      if (op === "add" && source.k === "i" && (source.v === 1n || source.v === -1n)) fn.emit(source.v === 1n ? "inc" : "dec", size, mem);
      else fn.emit(instruction[op]!, size, mem, source);
      return undefined;
    }
    const current: Tree = { k: "pinned", type: target.type, mods: false, mem };
    if (wanted && tree.old) {
      const old = this.value(current);
      const kept: Tree = { k: "reg", type: target.type, mods: false, reg: old };
      const next = this.value(convert(binary(op, convert(kept, operationType), value, operationType), target.type));
      fn.emit("mov", size, mem, reg(next));
      return old;
    }
    const next = this.value(convert(binary(op, convert(current, operationType), value, operationType), target.type));
    fn.emit("mov", size, mem, reg(next));
    return next;
  }

  // ---- for the lowering ----

  /** An addressing mode for the address a tree computes. */
  address(tree: Tree): MemOperand {
    return addressingMode(this, tree);
  }

  /** A flag of the last instruction as a bool. */
  flag(condition: string): number {
    return flagValue(this, condition as Condition);
  }

  /** Jumps to `whenTrue` or `whenFalse`, of which `next` follows directly. */
  branch(tree: Tree, whenTrue: number, whenFalse: number, next: number): void {
    branchOn(this, tree, whenTrue, whenFalse, next);
  }

  /** A register that came from other code, brought to the form this compiler keeps values in. */
  result(from: number, type: CType): number {
    return resultOf(this, from, type);
  }

  /** Returns from the function. */
  return(tree: Tree | undefined, type: CType, tail: boolean): void {
    returnFrom(this, tree, type, tail);
  }
}

const isImmediate = (tree: Tree): boolean => tree.k === "const" || tree.k === "symbol" || tree.k === "slot";
const inPlace = new Set<BinaryOp>(["add", "sub", "and", "or", "xor"]);
/** An address that needs no load, call or assignment to compute. */
function isPlain(tree: Tree): boolean {
  if (tree.k === "binary") return isPlain(tree.a) && isPlain(tree.b);
  return tree.k === "reg" || isImmediate(tree);
}
