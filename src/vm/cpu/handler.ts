// The builder with which an instruction's meaning is written: operands that read and write themselves, control flow, stack.
// One handler function (record, instructions left) results; a translator can give the same meanings constant operands by
// another source of record fields. Used by the meanings (meaning/*.ts) and core-module.ts.

import { signExtend, type Width, zeroExtend } from "./flags.js";
import * as L from "./layout.js";
import type { Runtime } from "./runtime.js";
import {
  call,
  dispatch,
  nonCanonical,
  pageOf,
  quad,
  recordEnd,
  recordRip,
  returnCall,
  setQuad,
  setWord,
  tlbEntry,
  word,
} from "./runtime-code.js";
import { type Code, Fn, I32, i32, i64, type Var } from "./wasm/encoder.js";

/** How an instruction touches an operand. "a": address only (lea). */
export type Access = "r" | "w" | "rw" | "a";

/**
 * Where an operand comes from. R: register named by the record; M: memory, base + displacement; X: memory with everything
 * (index, segment, 32-bit addresses); I: immediate of 32 bits; Q: immediate of 64 bits; C: cl; 1: the constant one;
 * L: branch target in this page; J: branch target anywhere.
 */
export type OperandKind = "R" | "M" | "X" | "I" | "Q" | "C" | "1" | "L" | "J";

export interface Operand {
  readonly width: Width;
  readonly kind: OperandKind;
  /** i64; zero-extended for registers and memory, sign-extended for immediates. */
  read(): Code;
  write(value: Code): void;
}

export function loadWidth(width: Width, address: Code): Code {
  return width === 64 ? i64.load(address) : width === 32 ? i64.load32u(address) : width === 16 ? i64.load16u(address) : i64.load8u(address);
}

export function storeWidth(width: Width, address: Code, value: Code): Code {
  return width === 64
    ? i64.store(address, 0, value)
    : width === 32
      ? i64.store32(address, 0, value)
      : width === 16
        ? i64.store16(address, 0, value)
        : i64.store8(address, 0, value);
}

const zero = i32.const(0);
const one = i32.const(1);

/** Register at a fixed address: 32-bit writes clear the upper half. */
export function readRegister(width: Width, address: number): Code {
  return width === 64 ? quad(address) : loadWidth(width, i32.const(address));
}

export function writeRegister(width: Width, address: number, value: Code): Code {
  return width === 32 ? setQuad(address, i64.ext32u(i32.wrap(value))) : storeWidth(width, i32.const(address), value);
}

class RegisterOperand implements Operand {
  readonly kind = "R";
  constructor(
    private readonly h: Handler,
    readonly width: Width,
    private readonly field: number,
  ) {}

  private get address(): Code {
    return this.h.field(i32.load16u, this.field);
  }

  read(): Code {
    return loadWidth(this.width, this.address);
  }

  write(value: Code): void {
    this.h.emit(this.width === 32 ? i64.store(this.address, 0, i64.ext32u(i32.wrap(value))) : storeWidth(this.width, this.address, value));
  }
}

class FixedOperand implements Operand {
  constructor(
    readonly kind: OperandKind,
    readonly width: Width,
    private readonly value: Code,
  ) {}

  read(): Code {
    return this.value;
  }

  write(): void {
    throw new Error(`operand ${this.kind} is not written`);
  }
}

export class MemoryOperand implements Operand {
  private resolved: Var | undefined;
  private extra: Code | undefined;

  constructor(
    private readonly h: Handler,
    readonly kind: "M" | "X",
    readonly width: Width,
    private readonly access: Access,
  ) {}

  /** Base + index·scale + displacement, without the segment. */
  effectiveAddress(): Code {
    const h = this.h;
    const base = i64.add(i64.load(h.field(i32.load16u, L.REC_BASE)), h.field(i64.load, L.REC_DISP));
    if (this.kind === "M") return base;
    const ea = h.let64(i64.add(base, i64.shl(i64.load(h.field(i32.load16u, L.REC_INDEX)), h.field(i64.load8u, L.REC_SCALE))));
    h.if(i32.and(h.field(i32.load8u, L.REC_FLAGS), i32.const(L.REC_ADDR32)), () => h.set(ea, i64.ext32u(i32.wrap(ea))));
    return ea;
  }

  /** Adds to the address before it is used (bit strings). */
  displace(bytes: Code): void {
    this.extra = bytes;
  }

  linearAddress(): Code {
    const ea = this.effectiveAddress();
    const moved = this.extra ? i64.add(ea, this.extra) : ea;
    return this.kind === "M" ? moved : i64.add(moved, i64.load(this.h.field(i32.load16u, L.REC_SEGMENT)));
  }

  /** Checks and translates the address; ends the handler on a fault. */
  resolve(access: Access = this.access): Var {
    this.resolved ??= this.h.resolve(this.linearAddress(), this.width / 8, access, this.kind === "M");
    return this.resolved;
  }

  read(): Code {
    return loadWidth(this.width, this.resolve());
  }

  write(value: Code): void {
    const address = this.resolve();
    this.h.emit(storeWidth(this.width, address, value));
    this.h.commit(address);
  }
}

export class Handler extends Fn {
  readonly remaining: Var = [0x20, 1];
  /** Of the first instruction, with which the handler is called. */
  private readonly first: Var = [0x20, 0];
  /** Records of further instructions lie behind the first one's: how far behind it the current one's begins. */
  private behind = 0;
  /** i32: the current instruction called out of its handler: code may have changed, and the budget. */
  private calledOut: Var | undefined;
  /** The handler has left already (branch, exit): no next instruction follows. */
  ended = false;

  constructor(
    readonly rt: Runtime,
    /** Memory lookups stand in the handler itself instead of a call. */
    readonly hot: boolean,
  ) {
    super([I32, I32]);
  }

  /** The current instruction's record. */
  get record(): Code {
    return this.behind === 0 ? this.first : i32.add(this.first, i32.const(this.behind));
  }

  /** A field of the current instruction's record. */
  field(load: (address: Code, offset: number) => Code, offset: number): Code {
    return load(this.first, this.behind + offset);
  }

  /** In a handler of several instructions: begins with the next one. The caller has made sure that the budget reaches so far. */
  follow(): void {
    const following = i32.add(this.record, i32.const(L.RECORD_SIZE));
    if (this.calledOut) this.if(this.calledOut, () => this.goTo(following));
    this.calledOut = undefined;
    this.set(this.remaining, i32.sub(this.remaining, one));
    this.behind += L.RECORD_SIZE;
  }

  private noteCallOut(): void {
    this.calledOut ??= this.variable(I32);
    this.set(this.calledOut, one);
  }

  operand(kind: OperandKind, width: Width, access: Access, registerIndex: number): Operand {
    switch (kind) {
      case "R":
        return new RegisterOperand(this, width, [L.REC_A, L.REC_B, L.REC_C][registerIndex]!);
      case "M":
      case "X":
        return new MemoryOperand(this, kind, width, access);
      case "I":
        return new FixedOperand(kind, width, this.field(i64.load32s, L.REC_IMM));
      case "Q":
        return new FixedOperand(kind, width, this.field(i64.load, L.REC_DISP));
      case "C":
        return new FixedOperand(kind, width, i64.load8u(zero, L.RCX));
      case "1":
        return new FixedOperand(kind, width, i64.const(1));
      case "L":
      case "J":
        return new FixedOperand(kind, width, i64.add(quad(L.PAGE_BASE), this.field(i64.load, L.REC_DISP)));
    }
  }

  /** Address in wasm memory of size bytes at va; a fault ends the handler. */
  resolve(linear: Code, size: number, access: Access, inline = this.hot): Var {
    const isWrite = access !== "r";
    const sizeArgument = i32.const(size | (access === "rw" ? L.SIZE_READ_MODIFY_WRITE : 0));
    const va = this.let64(linear);
    const address = this.variable(I32);
    const slow = (fn: number): void => {
      this.set(address, call(fn, va, sizeArgument, this.record, this.remaining));
      this.if(i32.eqz(address), () => this.return());
      this.set(this.remaining, word(L.REMAINING));
      this.noteCallOut();
    };
    if (inline && this.hot) {
      const entry = this.let32(tlbEntry(va, isWrite ? L.TLB_WRITE : L.TLB_READ));
      this.if(
        i64.eq(i64.load(entry), pageOf(size === 1 ? va : i64.add(va, i64.const(size - 1)))),
        () => this.set(address, i32.add(i32.wrap(va), i32.load(entry, 8))),
        () => slow(isWrite ? this.rt.write : this.rt.read),
      );
    } else slow(isWrite ? this.rt.writeChecked : this.rt.readChecked);
    return address;
  }

  /** Behind the last store to a resolved address. */
  commit(address: Code): void {
    this.if(i32.ltu(address, i32.const(L.SCRATCH_END)), () => {
      this.emit(call(this.rt.commit));
      this.set(this.remaining, word(L.REMAINING));
      this.noteCallOut();
    });
  }

  raise(vector: number, errorCode: number): void {
    this.emit(call(this.rt.raise, this.record, this.remaining, i32.const(vector), i32.const(errorCode)));
    this.return();
  }

  /** Leaves to the host, which executes the instruction itself. */
  leave(reason: number): void {
    this.emit(returnCall(this.rt.leave, this.record, this.remaining, i32.const(reason)));
    this.ended = true;
  }

  get rip(): Code {
    return recordRip(this.record);
  }

  get nextRip(): Code {
    return recordEnd(this.record);
  }

  private goTo(record: Code): void {
    this.set(this.first, record);
    this.if(i32.eq(this.remaining, one), () => this.emit(returnCall(this.rt.stop, this.first)));
    this.emit(dispatch(this.rt.handlerType, this.first, i32.sub(this.remaining, one)));
  }

  /** The following instruction. */
  next(): void {
    this.goTo(i32.add(this.record, i32.const(L.RECORD_SIZE)));
    this.ended = true;
  }

  /** A virtual address, found through the execute TLB; where the code there is known already, without a call of `rt.jump`. */
  jump(target: Code, inline = false): void {
    if (inline) {
      const va = this.let64(target);
      const entry = this.let32(tlbEntry(va, L.TLB_EXECUTE));
      this.block((other) => {
        this.brIf(other, i64.ne(i64.load(entry), pageOf(va)));
        const map = this.let32(i32.load(entry, 8));
        const record = this.let32(i32.load(i32.add(map, i32.shl(i32.and(i32.wrap(va), i32.const(0xfff)), i32.const(2)))));
        this.brIf(other, i32.or(i32.eqz(record), i32.eq(this.remaining, one)));
        this.emit(setQuad(L.PAGE_BASE, pageOf(va)), setWord(L.CURRENT_MAP, map));
        this.emit(dispatch(this.rt.handlerType, record, i32.sub(this.remaining, one)));
      });
      this.emit(returnCall(this.rt.jump, va, i32.sub(this.remaining, one)));
      this.ended = true;
      return;
    }
    this.emit(returnCall(this.rt.jump, target, i32.sub(this.remaining, one)));
    this.ended = true;
  }

  /** The target of a branch operand. */
  branch(target: Operand, often = false): void {
    if (target.kind !== "L") {
      this.jump(target.read(), often);
      return;
    }
    const linked = this.let32(this.field(i32.load, L.REC_LINK));
    this.if(i32.eqz(linked), () => this.emit(returnCall(this.rt.link, this.record, i32.sub(this.remaining, one))));
    this.goTo(linked);
    this.ended = true;
  }

  /** #GP(0) if an indirect branch's target is not canonical: before any effect. */
  checkTarget(target: Code): void {
    this.if(nonCanonical(target), () => this.raise(L.VECTOR_GP, 0));
  }

  push(width: Width, value: Code): void {
    const address = this.resolve(i64.sub(quad(L.RSP), i64.const(width / 8)), width / 8, "w");
    this.emit(storeWidth(width, address, value));
    this.emit(setQuad(L.RSP, i64.sub(quad(L.RSP), i64.const(width / 8))));
    this.commit(address);
  }

  signed(operand: Operand): Code {
    const value = operand.read();
    return operand.kind === "I" ? value : signExtend(operand.width, value);
  }

  unsigned(operand: Operand): Code {
    const value = operand.read();
    return operand.kind === "I" ? zeroExtend(operand.width, value) : value;
  }
}
