// Instruction selection: walks expression trees and emits machine instructions over virtual registers, choosing addressing
// modes, immediates, memory operands and fused compare-and-branch as it goes.
//
// What a register holds: an unsigned value narrower than 64 bits is zero-extended to 64 bits, s8 and s16 are sign-extended to
// 32; the upper half of an `int` is undefined.

import { type CType, INT, S64, sizeOf, wrap } from "../front/c-type.js";
import {
  argumentRegisters,
  callerSaved,
  imm,
  type MachineFunction,
  type MemOperand,
  type MOperand,
  RAX,
  RCX,
  RDX,
  reg,
  type Size,
} from "./machine.js";
import { type BinaryOp, binary, type Condition, convert, invert, isSigned, operationSize, type Place, type Tree, width } from "./tree.js";

const fits32 = (value: bigint) => BigInt.asIntN(32, value) === value;
const isPowerOfTwo = (value: bigint) => value > 0n && (value & (value - 1n)) === 0n;
const log2 = (value: bigint) => value.toString(2).length - 1;
const instruction: Record<string, string> = { add: "add", sub: "sub", mul: "imul", and: "and", or: "or", xor: "xor" };

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
        return this.#load(tree.k === "load" ? this.#memory(tree) : tree.mem, tree.type, tree.k === "load" && tree.volatile);
      case "binary":
        return this.#binary(tree, size);
      case "unary": {
        const r = this.#copyOf(tree.a);
        fn.emit(tree.op, size, reg(r));
        return r;
      }
      case "compare":
        return this.#flag(this.#compare(tree.condition, tree.a, tree.b));
      case "logical":
      case "negate":
        return this.#choose(
          tree,
          { k: "const", type: tree.type, mods: false, value: 1n },
          { k: "const", type: tree.type, mods: false, value: 0n },
        );
      case "operand":
        return this.#operandValue(tree);
      case "convert":
        return this.#convert(tree.a, tree.type);
      case "conditional":
        return this.#choose(tree.c, tree.a, tree.b);
      case "assign":
        return this.#assign(tree.target, tree.value, true)!;
      case "update":
        return this.#update(tree, true)!;
      case "call":
        return this.#call(tree, true)!;
      case "sequence":
        for (const part of tree.first) this.effect(part);
        return this.value(tree.last);
      case "code":
        return tree.run(this) ?? fn.newRegister();
    }
  }

  /** The value in a register that may be written to. */
  fresh(tree: Tree): number {
    return this.#copyOf(tree);
  }

  #copyOf(tree: Tree): number {
    const value = this.value(tree);
    const r = this.fn.newRegister();
    this.fn.copy(r, value, width(tree.type));
    return r;
  }

  /** The register of a value that stays as it is while `later` is evaluated. */
  #before(tree: Tree, later: boolean): number {
    return later ? this.#copyOf(tree) : this.value(tree);
  }

  /** A source operand: immediate, memory of exactly this size, or register. */
  operand(tree: Tree, size: Size): MOperand {
    if (tree.k === "const") {
      const value = BigInt.asIntN(size * 8, tree.value);
      if (fits32(value)) return imm(value);
    }
    if (tree.k === "symbol" && size === 8) return { k: "s", symbol: tree.symbol, addend: tree.offset };
    if ((tree.k === "load" || tree.k === "pinned") && width(tree.type) === size && !(tree.k === "load" && tree.volatile)) {
      return tree.k === "load" ? this.#memory(tree) : tree.mem;
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

  #memory(tree: Extract<Tree, { k: "load" }>): MemOperand {
    const mem = this.address(tree.address);
    return tree.gs ? { ...mem, gs: true } : mem;
  }

  // ---- addresses ----

  /** An addressing mode for the address a tree computes. */
  address(tree: Tree): MemOperand {
    const terms: Tree[] = [];
    let disp = 0;
    const mem: MemOperand = { k: "m", scale: 1, disp: 0 };
    const collect = (t: Tree): void => {
      if (t.k === "binary" && t.op === "add" && sizeOf(t.type) === 8) {
        collect(t.a);
        collect(t.b);
      } else if (t.k === "const" && fits32(BigInt.asIntN(64, t.value)) && fits32(BigInt(disp) + BigInt.asIntN(64, t.value))) {
        disp += Number(BigInt.asIntN(64, t.value));
      } else if (t.k === "symbol" && mem.symbol === undefined && mem.slot === undefined) {
        mem.symbol = t.symbol;
        disp += t.offset;
      } else if (t.k === "slot" && mem.symbol === undefined && mem.slot === undefined) {
        mem.slot = t.slot;
        disp += t.offset;
      } else terms.push(t);
    };
    collect(tree);
    mem.disp = disp;
    const registers: { r: number; scale: 1 | 2 | 4 | 8 }[] = [];
    terms.forEach((term, i) => {
      const later = terms.slice(i + 1).some((t) => t.mods);
      const scaled = scaledTerm(term);
      registers.push(
        scaled === undefined ? { r: this.#before(term, later), scale: 1 } : { r: this.#before(scaled.index, later), scale: scaled.scale },
      );
    });
    const room = mem.slot === undefined ? 2 : 1;
    while (registers.length > room) this.#mergeTerms(registers);
    if (mem.slot !== undefined && registers[0]?.scale !== 1 && registers.length > 0) {
      const r = this.fn.newRegister();
      this.fn.emit("lea", 8, reg(r), { k: "m", index: registers[0]!.r, scale: registers[0]!.scale, disp: 0 });
      registers[0] = { r, scale: 1 };
    }
    // The unscaled one is the base.
    registers.sort((x, y) => x.scale - y.scale);
    const [first, second] = registers;
    if (first !== undefined) {
      if (first.scale === 1) mem.base = first.r;
      else {
        mem.index = first.r;
        mem.scale = first.scale;
      }
    }
    if (second !== undefined) {
      if (first!.scale !== 1) {
        const r = this.fn.newRegister();
        this.fn.emit("lea", 8, reg(r), { k: "m", index: first!.r, scale: first!.scale, disp: 0 });
        mem.base = r;
      }
      mem.index = second.r;
      mem.scale = second.scale;
    }
    return mem;
  }

  #mergeTerms(registers: { r: number; scale: 1 | 2 | 4 | 8 }[]): void {
    registers.sort((x, y) => x.scale - y.scale);
    const [x, y] = registers.splice(0, 2) as [{ r: number; scale: 1 | 2 | 4 | 8 }, { r: number; scale: 1 | 2 | 4 | 8 }];
    const r = this.fn.newRegister();
    if (x.scale === 1) this.fn.emit("lea", 8, reg(r), { k: "m", base: x.r, index: y.r, scale: y.scale, disp: 0 });
    else {
      this.fn.emit("lea", 8, reg(r), { k: "m", index: x.r, scale: x.scale, disp: 0 });
      const sum = this.fn.newRegister();
      this.fn.emit("lea", 8, reg(sum), { k: "m", base: r, index: y.r, scale: y.scale, disp: 0 });
      registers.unshift({ r: sum, scale: 1 });
      return;
    }
    registers.unshift({ r, scale: 1 });
  }

  /** An address whose registers nobody changes while it is in use. */
  #pin(tree: Tree, gs: boolean, later: boolean): MemOperand {
    const mem = this.address(tree);
    if (gs) mem.gs = true;
    if (!later) return mem;
    for (const key of ["base", "index"] as const) {
      const r = mem[key];
      if (r === undefined) continue;
      const copy = this.fn.newRegister();
      this.fn.copy(copy, r, 8);
      mem[key] = copy;
    }
    return mem;
  }

  // ---- arithmetic ----

  #binary(tree: Extract<Tree, { k: "binary" }>, size: 4 | 8): number {
    const { fn } = this;
    const { op, a, b, type } = tree;
    if (op === "shl" || op === "shr") return this.#shift(op, a, b, type, size);
    if (op === "div" || op === "rem") return this.#divide(op, a, b, type, size);
    if (op === "mul" && b.k === "const") return this.#multiply(a, b.value, size, type);
    if (op === "and" && b.k === "const" && size === 8 && b.value === 0xffffffffn) {
      const r = fn.newRegister();
      fn.emit("movzx", 8, reg(r), reg(this.value(a)), { sizeB: 4 });
      return r;
    }
    if (
      op === "add" &&
      size === 8 &&
      (tree.a.k === "binary" || tree.b.k === "binary" || a.k === "symbol" || a.k === "slot" || scaledTerm(b) !== undefined)
    ) {
      const mem = this.address(tree);
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
    const x = this.#before(left, right.mods);
    const y = this.operand(right, size);
    const r = fn.newRegister();
    fn.copy(r, x, size);
    fn.emit(instruction[op]!, size, reg(r), y);
    return r;
  }

  #multiply(a: Tree, by: bigint, size: 4 | 8, type: CType): number {
    const { fn } = this;
    if (by === 0n) {
      this.effect(a);
      return this.value({ k: "const", type, mods: false, value: 0n });
    }
    if (isPowerOfTwo(by)) {
      const r = this.#copyOf(a);
      if (by > 1n) fn.emit("shl", size, reg(r), imm(log2(by)));
      return r;
    }
    const x = this.value(a);
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

  #shift(op: "shl" | "shr", a: Tree, b: Tree, type: CType, size: 4 | 8): number {
    const { fn } = this;
    const name = op === "shl" ? "shl" : isSigned(type) ? "sar" : "shr";
    if (b.k === "const") {
      const r = this.#copyOf(a);
      fn.emit(name, size, reg(r), imm(b.value & BigInt(size * 8 - 1)), { sizeB: 1 });
      return r;
    }
    const x = this.#before(a, b.mods);
    const count = this.value(b);
    const r = fn.newRegister();
    fn.copy(r, x, size);
    fn.copy(RCX, count, 4);
    fn.emit(name, size, reg(r), reg(RCX), { sizeB: 1 });
    return r;
  }

  #divide(op: "div" | "rem", a: Tree, b: Tree, type: CType, size: 4 | 8): number {
    const { fn } = this;
    const signed = isSigned(type);
    if (b.k === "const" && isPowerOfTwo(b.value)) {
      if (!signed) {
        if (op === "div") return this.value(binary("shr", a, { k: "const", type: INT, mods: false, value: BigInt(log2(b.value)) }, type));
        return this.value(binary("and", a, { k: "const", type, mods: false, value: b.value - 1n }, type));
      }
      if (b.value > 1n) return this.#signedPowerOfTwo(op, a, log2(b.value), size);
    }
    const x = this.#before(a, b.mods);
    // The divisor must not be an immediate.
    const y = b.k === "const" ? reg(this.value(b)) : this.operand(b, size);
    fn.copy(RAX, x, size);
    if (signed) fn.emit(size === 8 ? "cqo" : "cdq", size, undefined, undefined, { uses: [RAX], defs: [RDX] });
    else fn.emit("mov", 4, reg(RDX), imm(0));
    fn.emit(signed ? "idiv" : "div", size, y.k === "i" || y.k === "s" ? reg(this.value(b)) : y, undefined, {
      uses: [RAX, RDX],
      defs: [RAX, RDX],
    });
    const r = fn.newRegister();
    fn.copy(r, op === "div" ? RAX : RDX, size);
    return r;
  }

  /** Rounds towards zero: adds 2^n - 1 to negative dividends first. */
  #signedPowerOfTwo(op: "div" | "rem", a: Tree, n: number, size: 4 | 8): number {
    const { fn } = this;
    const x = this.value(a);
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

  #convert(a: Tree, to: CType): number {
    const { fn } = this;
    const from = a.type;
    const [fromSize, toSize] = [width(from), width(to)];
    if (to.kind === "void") return this.value(a);
    if (toSize < 4) {
      // From a narrower or equal type of the same signedness nothing changes.
      if (fromSize < toSize && !isSigned(from)) return this.value(a);
      if (fromSize < toSize && isSigned(to)) return this.value(a);
      if (fromSize === toSize && isSigned(from) === isSigned(to)) return this.value(a);
      const x = this.operand(a, fromSize);
      const r = fn.newRegister();
      fn.emit(isSigned(to) ? "movsx" : "movzx", 4, reg(r), x.k === "i" || x.k === "s" ? reg(this.value(a)) : x, { sizeB: toSize });
      return r;
    }
    if (toSize === 8) {
      if (fromSize === 8 || !isSigned(from)) return this.value(a);
      const r = fn.newRegister();
      if ((a.k === "load" && !a.volatile) || a.k === "pinned") {
        fn.emit("movsx", 8, reg(r), a.k === "load" ? this.#memory(a) : a.mem, { sizeB: fromSize });
      } else fn.emit("movsx", 8, reg(r), reg(this.value(a)), { sizeB: Math.max(fromSize, 4) as Size });
      return r;
    }
    // To 32 bits.
    if (fromSize < 4) return this.value(a);
    const x = this.value(a);
    if (isSigned(to) || isZeroExtended(a)) return x;
    const r = fn.newRegister();
    fn.emit("movzx", 8, reg(r), reg(x), { sizeB: 4 });
    return r;
  }

  // ---- conditions ----

  /** Emits the comparison and says which condition to test. */
  #compare(condition: Condition, a: Tree, b: Tree): Condition {
    const { fn } = this;
    let size: Size = operationSize(a.type);
    if (b.k === "const" && b.value === 0n && (condition === "e" || condition === "ne") && a.k === "binary" && a.op === "and") {
      const narrow = this.#narrowTest(a);
      if (narrow) return condition;
      const x = this.#before(a.a, a.b.mods);
      const y = this.operand(a.b, size);
      // test takes a register or an immediate second; memory goes first.
      if (y.k === "m") fn.emit("test", size, y, reg(x));
      else fn.emit("test", size, reg(x), y);
      return condition;
    }
    // A byte or word in memory against a constant that it can hold.
    if (b.k === "const" && (condition === "e" || condition === "ne")) {
      const source = a.k === "convert" ? a.a : a;
      if (source.k === "load" && !source.volatile && width(source.type) < 4 && wrap(b.value, source.type) === wrap(b.value, S64)) {
        fn.emit("cmp", width(source.type), this.#memory(source), imm(BigInt.asIntN(width(source.type) * 8, b.value)));
        return condition;
      }
      if (
        source.k === "load" &&
        width(source.type) < 4 &&
        a.k === "convert" &&
        wrap(b.value, source.type) === wrap(b.value, a.type) &&
        !source.volatile
      ) {
        fn.emit("cmp", width(source.type), this.#memory(source), imm(BigInt.asIntN(width(source.type) * 8, b.value)));
        return condition;
      }
    }
    if (a.type.kind === "int" && a.type.bool) size = 4;
    if (b.k === "const" && b.value === 0n && ["e", "ne", "l", "ge", "g", "le"].includes(condition) && a.k !== "load") {
      const x = this.value(a);
      fn.emit("test", size, reg(x), reg(x));
      return condition;
    }
    if (a.k === "load" && !a.volatile && width(a.type) === size && (b.k === "const" || b.k === "symbol")) {
      const y = this.operand(b, size);
      if (y.k === "i" || y.k === "s") {
        fn.emit("cmp", size, this.#memory(a), y);
        return condition;
      }
      const mem = this.#memory(a);
      fn.emit("cmp", size, mem, y);
      return condition;
    }
    const x = this.#before(a, b.mods);
    const y = this.operand(b, size);
    fn.emit("cmp", size, reg(x), y);
    return condition;
  }

  /** `(byte in memory & constant) == 0` tests the byte in place. */
  #narrowTest(tree: Extract<Tree, { k: "binary" }>): boolean {
    const source = tree.a.k === "convert" ? tree.a.a : tree.a;
    if (tree.b.k !== "const" || source.k !== "load" || source.volatile) return false;
    const size = width(source.type);
    const mask = BigInt.asUintN(operationSize(tree.type) * 8, tree.b.value);
    if (mask >= 1n << BigInt(size * 8)) return false;
    if (size === 8 && !fits32(mask)) return false;
    this.fn.emit("test", size, this.#memory(source), imm(BigInt.asIntN(size * 8, mask)));
    return true;
  }

  #flag(condition: Condition): number {
    const { fn } = this;
    const bit = fn.newRegister();
    fn.emit(`set${condition}`, 1, reg(bit));
    const r = fn.newRegister();
    fn.emit("movzx", 4, reg(r), reg(bit), { sizeB: 1 });
    return r;
  }

  /** A flag of the last instruction as a bool. */
  flag(condition: string): number {
    return this.#flag(condition as Condition);
  }

  /** Jumps to `whenTrue` or `whenFalse`; exactly one of them follows directly (`next`). */
  branch(tree: Tree, whenTrue: number, whenFalse: number, next: number): void {
    const { fn } = this;
    switch (tree.k) {
      case "const": {
        const target = tree.value !== 0n ? whenTrue : whenFalse;
        if (target !== next) fn.jump(target);
        return;
      }
      case "negate":
        this.branch(tree.a, whenFalse, whenTrue, next);
        return;
      case "logical": {
        const middle = fn.newLabel();
        if (tree.op === "and") this.branch(tree.a, middle, whenFalse, middle);
        else this.branch(tree.a, whenTrue, middle, middle);
        fn.label(middle);
        this.branch(tree.b, whenTrue, whenFalse, next);
        return;
      }
      case "compare":
        this.#jump(this.#compare(tree.condition, tree.a, tree.b), whenTrue, whenFalse, next);
        return;
      case "sequence":
        for (const part of tree.first) this.effect(part);
        this.branch(tree.last, whenTrue, whenFalse, next);
        return;
      default: {
        if (tree.k === "load" && !tree.volatile && width(tree.type) === 1) fn.emit("cmp", 1, this.#memory(tree), imm(0));
        else {
          const r = this.value(tree);
          const size = operationSize(tree.type);
          fn.emit("test", size, reg(r), reg(r));
        }
        this.#jump("ne", whenTrue, whenFalse, next);
      }
    }
  }

  #jump(condition: Condition, whenTrue: number, whenFalse: number, next: number): void {
    const { fn } = this;
    if (next === whenTrue) fn.branch(invert(condition), whenFalse);
    else {
      fn.branch(condition, whenTrue);
      if (next !== whenFalse) fn.jump(whenFalse);
    }
  }

  #choose(condition: Tree, a: Tree, b: Tree): number {
    const { fn } = this;
    const [yes, no, end] = [fn.newLabel(), fn.newLabel(), fn.newLabel()];
    const size = a.type.kind === "void" ? 8 : width(a.type);
    const r = fn.newRegister();
    this.branch(condition, yes, no, yes);
    fn.label(yes);
    this.#into(r, a, size);
    fn.jump(end);
    fn.label(no);
    this.#into(r, b, size);
    fn.label(end);
    return r;
  }

  #into(r: number, tree: Tree, size: Size): void {
    if (tree.type.kind === "void") this.effect(tree);
    else if (tree.k === "const") this.fn.emit("mov", size === 8 ? 8 : 4, reg(r), imm(tree.value));
    else this.fn.copy(r, this.value(tree), size);
  }

  #operandValue(tree: Extract<Tree, { k: "operand" }>): number {
    const { fn } = this;
    const r = fn.newRegister();
    const size = width(tree.type);
    const end = fn.newLabel();
    this.#into(r, tree.a, size);
    fn.emit("test", operationSize(tree.type), reg(r), reg(r));
    fn.branch(tree.op === "or" ? "ne" : "e", end);
    this.#into(r, tree.b, size);
    fn.label(end);
    return r;
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
        this.#call(tree, false);
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
      this.#into(target.reg, value, size);
      if (!wanted) return undefined;
      const r = fn.newRegister();
      fn.copy(r, target.reg, size);
      return r;
    }
    const isSimple = value.k === "const" || value.k === "symbol" || value.k === "reg";
    const mem = isSimple || !isPlain(target.address) || value.mods ? this.#pin(target.address, target.gs, value.mods) : undefined;
    const source = wanted ? reg(this.value(value)) : this.#storable(value, size);
    const to = mem ?? this.#pin(target.address, target.gs, false);
    fn.emit("mov", size, to, source);
    return source.k === "r" ? source.r : undefined;
  }

  /** What a store instruction can write: an immediate, a symbol's address, or a register. */
  #storable(value: Tree, size: Size): MOperand {
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
      this.#into(target.reg, next, size);
      if (!wanted) return undefined;
      if (old !== undefined) return old;
      const r = fn.newRegister();
      fn.copy(r, target.reg, size);
      return r;
    }
    const isBool = target.type.kind === "int" && target.type.bool;
    const mem = this.#pin(target.address, target.gs, value.mods);
    if (!wanted && !isBool && inPlace.has(op)) {
      const narrow =
        value.type.kind === "int" && target.type.kind === "int" && width(value.type) !== size ? convert(value, target.type) : value;
      const source = this.#storable(narrow, size);
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

  // ---- calls ----

  #call(tree: Extract<Tree, { k: "call" }>, wanted: boolean): number | undefined {
    const { fn } = this;
    const { uses, target } = this.#passArguments(tree);
    fn.emit("call", 8, target, undefined, { uses, defs: [...callerSaved], keep: true });
    fn.hasCalls = true;
    if (!wanted || tree.type.kind === "void") return undefined;
    return this.result(RAX, tree.type);
  }

  /** A register that came from other code, brought to the form this compiler keeps values in. */
  result(from: number, type: CType): number {
    const { fn } = this;
    const r = fn.newRegister();
    const size = width(type);
    if (size === 8 || (size === 4 && isSigned(type))) fn.copy(r, from, size);
    else if (size === 4) fn.emit("movzx", 8, reg(r), reg(from), { sizeB: 4 });
    else fn.emit(isSigned(type) ? "movsx" : "movzx", 4, reg(r), reg(from), { sizeB: size });
    return r;
  }

  #passArguments(tree: Extract<Tree, { k: "call" }>): { uses: number[]; target: MOperand } {
    const { fn } = this;
    const { args } = tree;
    const laterMods = args.map((_, i) => args.slice(i + 1).some((arg) => arg.mods));
    const target = this.#callTarget(
      tree.target,
      args.some((arg) => arg.mods),
    );
    const values = args.map((arg, i): MOperand | Tree => (isImmediate(arg) ? arg : reg(this.#before(arg, laterMods[i]!))));
    const onStack = Math.max(0, args.length - argumentRegisters.length);
    fn.outgoing = Math.max(fn.outgoing, onStack * 8);
    for (let i = argumentRegisters.length; i < args.length; i++) {
      const value = values[i]!;
      const to: MemOperand = { k: "m", base: 4, scale: 1, disp: (i - argumentRegisters.length) * 8 };
      fn.emit("mov", 8, to, "mods" in value ? this.#storable(value, 8) : value);
    }
    const uses: number[] = [];
    for (let i = 0; i < Math.min(args.length, argumentRegisters.length); i++) {
      const r = argumentRegisters[i]!;
      const value = values[i]!;
      if ("mods" in value) this.#immediateInto(r, value);
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

  #callTarget(tree: Tree, mods: boolean): MOperand {
    if (tree.k === "symbol") return { k: "s", symbol: tree.symbol, addend: tree.offset };
    return reg(this.#before(tree, mods));
  }

  #immediateInto(r: number, tree: Tree): void {
    if (tree.k === "const") this.fn.emit("mov", width(tree.type) === 8 ? 8 : 4, reg(r), imm(tree.value));
    else if (tree.k === "symbol") this.fn.emit("mov", 8, reg(r), { k: "s", symbol: tree.symbol, addend: tree.offset });
    else if (tree.k === "slot") this.fn.emit("lea", 8, reg(r), { k: "m", slot: tree.slot, disp: tree.offset, scale: 1 });
  }

  /** Returns from the function: by a jump to the called function if it is one in tail position and `tail` says so. */
  return(tree: Tree | undefined, type: CType, tail: boolean): void {
    const { fn } = this;
    if (tail && tree?.k === "call" && tree.args.length <= argumentRegisters.length) {
      const { uses, target } = this.#passArguments(tree);
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
      this.effect(tree);
      fn.emit("ret", 8);
      return;
    }
    if (isImmediate(tree)) this.#immediateInto(RAX, tree);
    else fn.copy(RAX, this.value(tree), width(type));
    fn.emit("ret", 8, undefined, undefined, { uses: [RAX] });
  }
}

const inPlace = new Set<BinaryOp>(["add", "sub", "and", "or", "xor"]);
const isImmediate = (tree: Tree): boolean => tree.k === "const" || tree.k === "symbol" || tree.k === "slot";

/** An address that needs no load, call or assignment to compute. */
function isPlain(tree: Tree): boolean {
  if (tree.k === "binary") return isPlain(tree.a) && isPlain(tree.b);
  return tree.k === "reg" || isImmediate(tree);
}

function asCondition(tree: Tree): Tree {
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

/** index * 2, 4 or 8 as part of an address. */
function scaledTerm(tree: Tree): { index: Tree; scale: 2 | 4 | 8 } | undefined {
  if (tree.k !== "binary" || tree.b.k !== "const" || sizeOf(tree.type) !== 8) return undefined;
  const factor = tree.op === "mul" ? tree.b.value : tree.op === "shl" && tree.b.value < 4n ? 1n << tree.b.value : 0n;
  return factor === 2n || factor === 4n || factor === 8n ? { index: tree.a, scale: Number(factor) as 2 | 4 | 8 } : undefined;
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
