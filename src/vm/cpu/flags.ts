// Lazy arithmetic flags. Three words hold what the flags follow from, for every width and operation alike, so that a
// condition is straight-line code without asking which instruction came last:
//   CC_RESULT  the result, sign-extended to 64 bits              ZF = (result == 0)
//   CC_CARRY   the vector of carries (borrows) out of each bit, moved up so that the operand's top bit is bit 63
//                                                                CF = bit 63, OF = bit 63 ^ bit 62
//   CC_AUX     bit 4: AF; bit 63 and bits 8…15: corrections      SF = bit 63 of result ^ aux
//              to sign and parity, for flags set as such         PF = even parity of (result ^ aux >> 8) & 0xff
// Used by the instructions' meanings and the runtime functions.

import { CC_AUX, CC_CARRY, CC_RESULT, FLAG_AF, FLAG_CF, FLAG_OF, FLAG_PF, FLAG_SF, FLAG_ZF, FLAGS_ARITHMETIC, RFLAGS } from "./layout.js";
import { type Code, Fn, I32, I64, i32, i64 } from "./wasm/encoder.js";

export type Width = 8 | 16 | 32 | 64;

const at = i32.const(0);
const ccResult = i64.load(at, CC_RESULT);
const ccCarry = i64.load(at, CC_CARRY);
const ccAux = i64.load(at, CC_AUX);
export const setCcResult = (v: Code): Code => i64.store(at, CC_RESULT, v);
export const setCcCarry = (v: Code): Code => i64.store(at, CC_CARRY, v);
export const setCcAux = (v: Code): Code => i64.store(at, CC_AUX, v);

const TOP = i64.const(-0x8000000000000000n);
const one = i64.const(1);

export function signExtend(width: Width, value: Code): Code {
  return width === 64 ? value : width === 32 ? i64.extend32s(value) : width === 16 ? i64.extend16s(value) : i64.extend8s(value);
}

export function zeroExtend(width: Width, value: Code): Code {
  return width === 64 ? value : i64.and(value, i64.const((1n << BigInt(width)) - 1n));
}

const toTop = (width: Width, v: Code): Code => (width === 64 ? v : i64.shl(v, i64.const(64 - width)));
const auxBit = (a: Code, b: Code, r: Code): Code => i64.and(i64.xor(i64.xor(a, b), r), i64.const(0x10));

/** Flags of r = a + b (+ carry). */
export function flagsAdd(f: Fn, width: Width, a: Code, b: Code, r: Code): void {
  f.emit(
    setCcResult(signExtend(width, r)),
    setCcCarry(toTop(width, i64.or(i64.and(a, b), i64.and(i64.or(a, b), i64.not(r))))),
    setCcAux(auxBit(a, b, r)),
  );
}

/** Flags of r = a − b (− borrow). */
export function flagsSub(f: Fn, width: Width, a: Code, b: Code, r: Code): void {
  f.emit(
    setCcResult(signExtend(width, r)),
    setCcCarry(toTop(width, i64.or(i64.and(i64.not(a), b), i64.and(i64.not(i64.xor(a, b)), r)))),
    setCcAux(auxBit(a, b, r)),
  );
}

export function flagsLogic(f: Fn, width: Width, r: Code): void {
  f.emit(setCcResult(signExtend(width, r)), setCcCarry(i64.const(0)), setCcAux(i64.const(0)));
}

const overflowOf = (carry: Code): Code => i64.and(i64.shru(i64.xor(carry, i64.shl(carry, one)), i64.const(63)), one);

/** Keeps CF, takes the rest from r = a ± 1 (inc, dec): OF is set where the sign's edge is crossed. */
export function flagsKeepCarry(f: Fn, width: Width, a: Code, r: Code, isAdd: boolean): void {
  const kept = f.let64(i64.and(ccCarry, TOP));
  const result = f.let64(signExtend(width, r));
  const least = i64.const(-(1n << BigInt(width - 1)));
  const of = i64.eq(isAdd ? result : signExtend(width, a), least);
  f.emit(
    setCcResult(result),
    setCcCarry(i64.or(kept, i64.xor(i64.shru(kept, one), i64.shl([of, 0xad], i64.const(62))))),
    setCcAux(auxBit(a, one, r)),
  );
}

/** The carry word for given CF and OF (i64, 0 or 1). */
export function carryWord(f: Fn, cf: Code, of: Code): Code {
  const c = f.let64(cf);
  return i64.or(i64.shl(c, i64.const(63)), i64.shl(i64.xor(c, of), i64.const(62)));
}

/** CF, as i64 0 or 1. */
export const carryFlag = i64.shru(ccCarry, i64.const(63));

/** OF, as i64 0 or 1. */
export const overflowFlag = overflowOf(ccCarry);

/** Replaces CF alone by an i64 0 or 1; OF stays. */
export function setCarryFlag(f: Fn, cf: Code): void {
  const of = f.let64(overflowFlag);
  f.emit(setCcCarry(carryWord(f, cf, of)));
}

const parityEven = i32.eqz(
  i32.and(i32.popcnt(i32.and(i32.wrap(i64.xor(ccResult, i64.shru(ccAux, i64.const(8)))), i32.const(0xff))), i32.const(1)),
);
const zero = i64.eqz(ccResult);
const below = i64.lts(ccCarry, i64.const(0));
const overflow = i64.lts(i64.xor(ccCarry, i64.shl(ccCarry, one)), i64.const(0));
const sign = i64.lts(i64.xor(ccResult, ccAux), i64.const(0));
const less = i64.lts(i64.xor(i64.xor(ccResult, ccAux), i64.xor(ccCarry, i64.shl(ccCarry, one))), i64.const(0));

/** Condition code 0…15 of jcc, setcc, cmovcc as an i32 that is 0 or 1. */
export function condition(code: number): Code {
  const positive = [overflow, below, zero, i32.or(below, zero), sign, parityEven, less, i32.or(less, zero)][code >> 1]!;
  return code & 1 ? i32.eqz(positive) : positive;
}

/** Builds () → i32: the whole of RFLAGS. */
export function buildGetFlags(): Fn {
  const f = new Fn([], [I32]);
  const bit = (c: Code, flag: number): Code => i32.shl(c, i32.const(Math.log2(flag)));
  f.emit(
    i32.or(
      i32.or(
        i32.or(i32.wrap(i64.load(at, RFLAGS)), bit(below, FLAG_CF)),
        i32.or(bit(parityEven, FLAG_PF), i32.and(i32.wrap(ccAux), i32.const(FLAG_AF))),
      ),
      i32.or(i32.or(bit(zero, FLAG_ZF), bit(sign, FLAG_SF)), bit(overflow, FLAG_OF)),
    ),
  );
  return f;
}

/** Builds (i32): sets the six arithmetic flags from an RFLAGS value, leaves the rest. */
export function buildSetArithmeticFlags(): Fn {
  const f = new Fn([I32]);
  const value = f.let64([f.param(0), 0xad]);
  const bit = (flag: number): Code => i64.and(i64.shru(value, i64.const(Math.log2(flag))), one);
  const zf = f.let64(bit(FLAG_ZF));
  f.emit(setCcResult(i64.xor(zf, one)));
  f.emit(setCcCarry(carryWord(f, bit(FLAG_CF), bit(FLAG_OF))));
  // With result 0 or 1 the parity is even where ZF is set: correct it where PF differs from that.
  f.emit(
    setCcAux(
      i64.or(
        i64.or(i64.shl(bit(FLAG_SF), i64.const(63)), i64.shl(i64.xor(bit(FLAG_PF), zf), i64.const(8))),
        i64.and(value, i64.const(FLAG_AF)),
      ),
    ),
  );
  return f;
}

/** Builds (i64): sets all of RFLAGS. */
export function buildSetFlags(setArithmetic: number): Fn {
  const f = new Fn([I64]);
  f.emit(i64.store(at, RFLAGS, i64.or(i64.and(f.param(0), i64.const(0x3f7fd7 & ~FLAGS_ARITHMETIC)), i64.const(2))));
  f.emit(i32.wrap(f.param(0)), 0x10, setArithmetic);
  return f;
}
