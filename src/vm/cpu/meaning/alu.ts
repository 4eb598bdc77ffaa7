// Arithmetic and logic: add … cmp, test, inc, dec, neg, not, multiply and divide.

import {
  carryFlag,
  flagsAdd,
  flagsKeepCarry,
  flagsLogic,
  flagsSub,
  setCcAux,
  setCcCarry,
  setCcResult,
  signExtend,
  type Width,
  zeroExtend,
} from "../flags.js";
import { type Handler, type Operand, readRegister, writeRegister } from "../handler.js";
import * as L from "../layout.js";
import { call, quad } from "../runtime-code.js";
import { type Code, i32, i64, select, type Var } from "../wasm/encoder.js";
import { meaning } from "./meaning.js";

const binary = { hot: true, lockable: true };

/** d = d op s with flags from f; `keep` writes the result. */
function two(
  name: string,
  keep: boolean,
  compute: (a: Code, b: Code) => Code,
  flags: (h: Handler, w: Width, a: Code, b: Code, r: Code) => void,
) {
  return meaning(
    name,
    keep ? "rw,r" : "r,r",
    (h, [d, s], w) => {
      const a = h.let64(d!.read());
      const b = h.let64(s!.read());
      const r = h.let64(compute(a, b));
      flags(h, w, a, b, r);
      if (keep) d!.write(r);
    },
    { hot: true, lockable: keep },
  );
}

const logicFlags = (h: Handler, w: Width, _a: Code, _b: Code, r: Code): void => flagsLogic(h, w, r);

export const add = two("add", true, i64.add, flagsAdd);
export const sub = two("sub", true, i64.sub, flagsSub);
export const cmp = two("cmp", false, i64.sub, flagsSub);
export const and = two("and", true, i64.and, logicFlags);
export const or = two("or", true, i64.or, logicFlags);
export const xor = two("xor", true, i64.xor, logicFlags);
export const test = two("test", false, i64.and, logicFlags);
export const adc = two("adc", true, (a, b) => i64.add(i64.add(a, b), carryFlag), flagsAdd);
export const sbb = two("sbb", true, (a, b) => i64.sub(i64.sub(a, b), carryFlag), flagsSub);

function step(name: string, isAdd: boolean) {
  return meaning(
    name,
    "rw",
    (h, [d], w) => {
      const a = h.let64(d!.read());
      const r = h.let64((isAdd ? i64.add : i64.sub)(a, i64.const(1)));
      flagsKeepCarry(h, w, a, r, isAdd);
      d!.write(r);
    },
    binary,
  );
}
export const inc = step("inc", true);
export const dec = step("dec", false);

export const neg = meaning(
  "neg",
  "rw",
  (h, [d], w) => {
    const a = h.let64(d!.read());
    const r = h.let64(i64.neg(a));
    flagsSub(h, w, i64.const(0), a, r);
    d!.write(r);
  },
  { lockable: true },
);

export const not = meaning("not", "rw", (_h, [d]) => d!.write(i64.not(d!.read())), { lockable: true });

/** Flags after a multiplication: CF = OF = the product does not fit its lower half. */
function flagsProduct(h: Handler, w: Width, low: Code, overflow: Code): void {
  h.emit(setCcResult(signExtend(w, low)), setCcCarry(i64.shl([overflow, 0xad], i64.const(63))), setCcAux(i64.const(0)));
}

function wideMultiply(name: string, isSigned: boolean) {
  return meaning(name, "r", (h, [s], w) => {
    const read = (v: Code): Code => (isSigned ? signExtend(w, v) : v);
    const b = h.let64(read(s!.read()));
    const a = h.let64(read(readRegister(w, L.RAX)));
    const low = h.let64(i64.mul(a, b));
    if (w === 64) {
      const high = h.let64(call(isSigned ? h.rt.mulHighSigned : h.rt.mulHighUnsigned, a, b));
      flagsProduct(h, w, low, i64.ne(high, isSigned ? i64.shrs(low, i64.const(63)) : i64.const(0)));
      h.emit(writeRegister(64, L.RAX, low), writeRegister(64, L.RDX, high));
      return;
    }
    flagsProduct(h, w, low, i64.ne(isSigned ? signExtend(w, low) : zeroExtend(w, low), low));
    if (w === 8) h.emit(writeRegister(16, L.RAX, low));
    else h.emit(writeRegister(w, L.RAX, low), writeRegister(w, L.RDX, i64.shru(low, i64.const(w))));
  });
}
export const mul = wideMultiply("mul", false);
export const imulWide = wideMultiply("imul1", true);

function multiply(h: Handler, w: Width, d: Operand, a: Code, b: Code): void {
  const low = h.let64(i64.mul(a, b));
  const lost = w === 64 ? i64.ne(call(h.rt.mulHighSigned, a, b), i64.shrs(low, i64.const(63))) : i64.ne(signExtend(w, low), low);
  flagsProduct(h, w, low, lost);
  d.write(low);
}

export const imul2 = meaning(
  "imul2",
  "rw,r",
  (h, [d, s], w) => {
    const b = h.let64(h.signed(s!));
    multiply(h, w, d!, h.let64(h.signed(d!)), b);
  },
  { hot: true },
);

export const imul3 = meaning("imul3", "w,r,r", (h, [d, s, i], w) => {
  const a = h.let64(h.signed(s!));
  multiply(h, w, d!, a, i!.read());
});

/** The dividend of an 8-, 16- or 32-bit division as one i64. */
function dividend(w: Width, isSigned: boolean): Code {
  if (w === 8) return isSigned ? i64.load16s(i32.const(0), L.RAX) : i64.load16u(i32.const(0), L.RAX);
  const v = i64.or(i64.shl(readRegister(w, L.RDX), i64.const(w)), readRegister(w, L.RAX));
  return isSigned && w === 16 ? i64.extend32s(v) : v;
}

function setQuotient(h: Handler, w: Width, quotient: Code, remainder: Code): void {
  const q = h.let64(quotient);
  const r = h.let64(remainder);
  if (w === 8) h.emit(i64.store8(i32.const(0), L.RAX, q), i64.store8(i32.const(0), L.RAX + 1, r));
  else h.emit(writeRegister(w, L.RAX, q), writeRegister(w, L.RDX, r));
}

export const div = meaning("div", "r", (h, [s], w) => {
  const d = h.let64(s!.read());
  const error = (): void => h.raise(L.VECTOR_DE, 0);
  if (w === 64) {
    // Also true for d = 0.
    h.if(i64.geu(quad(L.RDX), d), error);
    setQuotient(h, w, call(h.rt.divide128, quad(L.RDX), quad(L.RAX), d), quad(L.DIVISION_REMAINDER));
    return;
  }
  const n = h.let64(dividend(w, false));
  h.if(i64.geu(i64.shru(n, i64.const(w)), d), error);
  setQuotient(h, w, i64.divu(n, d), i64.remu(n, d));
});

/** Signed 128 by 64: divides magnitudes, puts the signs back. */
function divideSigned128(h: Handler, d: Var): void {
  const error = (): void => h.raise(L.VECTOR_DE, 0);
  const lo = h.let64(quad(L.RAX));
  const hi = h.let64(quad(L.RDX));
  const negative = h.let64(i64.shrs(hi, i64.const(63)));
  const quotientNegative = h.let64(i64.xor(negative, i64.shrs(d, i64.const(63))));
  h.if(i64.lts(hi, i64.const(0)), () => {
    h.set(lo, i64.neg(lo));
    h.set(hi, i64.sub(i64.not(hi), i64.const(0)));
    h.if(i64.eqz(lo), () => h.set(hi, i64.add(hi, i64.const(1))));
  });
  const magnitude = h.let64(select(i64.neg(d), d, i64.lts(d, i64.const(0))));
  h.if(i64.geu(hi, magnitude), error);
  const q = h.let64(call(h.rt.divide128, hi, lo, magnitude));
  // |q| may be 2^63 only for a negative quotient.
  h.if(i64.gtu(q, i64.sub(i64.const(0x7fffffffffffffffn), quotientNegative)), error);
  const r = quad(L.DIVISION_REMAINDER);
  setQuotient(h, 64, i64.sub(i64.xor(q, quotientNegative), quotientNegative), i64.sub(i64.xor(r, negative), negative));
}

export const idiv = meaning("idiv", "r", (h, [s], w) => {
  const d = h.let64(h.signed(s!));
  const error = (): void => h.raise(L.VECTOR_DE, 0);
  h.if(i64.eqz(d), error);
  if (w === 64) {
    divideSigned128(h, d);
    return;
  }
  const n = h.let64(dividend(w, true));
  h.if(i32.and(i64.eq(d, i64.const(-1)), i64.eq(n, i64.const(-0x8000000000000000n))), error);
  const q = h.let64(i64.divs(n, d));
  h.if(i64.ne(signExtend(w, q), q), error);
  setQuotient(h, w, q, i64.rems(n, d));
});
