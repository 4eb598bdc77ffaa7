// The general-purpose extensions: crc32, adcx and adox, and the VEX-encoded bit manipulation of BMI1 and BMI2.

import { carryFlag, carryWord, overflowFlag, setCarryFlag, setCcAux, setCcCarry, setCcResult, signExtend, type Width } from "../flags.js";
import { type Handler, readRegister } from "../handler.js";
import * as L from "../layout.js";
import { type Code, I64, i32, i64, type Var } from "../wasm/encoder.js";
import { meaning } from "./meaning.js";

const zero = i64.const(0);
const one = i64.const(1);

/** CRC-32C of the destination's low 32 bits and the source's bytes, one bit a step. */
export const crc32 = meaning("crc32", "rw,r", (h, [d, s]) => {
  const crc = h.let64(i64.xor(i64.and(d!.read(), i64.const(0xffffffffn)), s!.read()));
  const bit = h.let32(i32.const(s!.width));
  // The whole source is added at once: its upper bits come down as the lower ones leave.
  h.loop((next) => {
    h.set(crc, i64.xor(i64.shru(crc, one), i64.mul(i64.and(crc, one), i64.const(0x82f63b78n))));
    h.set(bit, i32.sub(bit, i32.const(1)));
    h.brIf(next, bit);
  });
  d!.write(crc);
});

/** The carry out of r = a + b + carry at the operand's top bit, 0 or 1. */
function carryOut(w: Width, a: Code, b: Code, r: Code): Code {
  return i64.and(i64.shru(i64.or(i64.and(a, b), i64.and(i64.or(a, b), i64.not(r))), i64.const(w - 1)), one);
}

/** adcx carries through CF, adox through OF; each leaves all other flags. */
function addWith(name: string, flag: Code, keep: (h: Handler, out: Code) => void) {
  return meaning(name, "rw,r", (h, [d, s], w) => {
    const a = h.let64(d!.read());
    const b = h.let64(s!.read());
    const r = h.let64(i64.add(i64.add(a, b), flag));
    keep(h, carryOut(w, a, b, r));
    d!.write(r);
  });
}
export const adcx = addWith("adcx", carryFlag, setCarryFlag);
export const adox = addWith("adox", overflowFlag, (h, out) => {
  const cf = h.let64(carryFlag);
  h.emit(setCcCarry(carryWord(h, cf, out)));
});

/** SF and ZF of the result, CF as given, OF and the undefined ones 0. */
function flagsOf(h: Handler, w: Width, r: Code, cf: Code): void {
  const c = h.let64(cf);
  h.emit(setCcResult(signExtend(w, r)), setCcCarry(carryWord(h, c, zero)), setCcAux(zero));
}

export const andn = meaning("andn", "w,r,r", (h, [d, a, b], w) => {
  const r = h.let64(i64.and(i64.not(a!.read()), b!.read()));
  flagsOf(h, w, r, zero);
  d!.write(r);
});

function lowestBit(name: string, compute: (v: Var) => Code, carry: (v: Var) => Code) {
  return meaning(name, "w,r", (h, [d, s], w) => {
    const v = h.let64(s!.read());
    const r = h.let64(compute(v));
    flagsOf(h, w, r, [carry(v), 0xad]);
    d!.write(r);
  });
}
export const blsr = lowestBit("blsr", (v) => i64.and(v, i64.sub(v, one)), i64.eqz);
export const blsmsk = lowestBit("blsmsk", (v) => i64.xor(v, i64.sub(v, one)), i64.eqz);
export const blsi = lowestBit(
  "blsi",
  (v) => i64.and(v, i64.neg(v)),
  (v) => i64.ne(v, zero),
);

/** Keeps the n lowest bits; n may be 64 and more. */
function lowBits(h: Handler, v: Code, n: Var): Var {
  const r = h.let64(v);
  h.if(i64.ltu(n, i64.const(64)), () => h.set(r, i64.and(r, i64.sub(i64.shl(one, n), one))));
  return r;
}

export const bzhi = meaning("bzhi", "w,r,r", (h, [d, s, index], w) => {
  const v = h.let64(s!.read());
  const n = h.let64(i64.and(index!.read(), i64.const(0xff)));
  const r = lowBits(h, v, n);
  flagsOf(h, w, r, [i64.geu(n, i64.const(w)), 0xad]);
  d!.write(r);
});

export const bextr = meaning("bextr", "w,r,r", (h, [d, s, control], w) => {
  const v = h.let64(s!.read());
  const c = h.let64(control!.read());
  const start = h.let64(i64.and(c, i64.const(0xff)));
  const length = h.let64(i64.and(i64.shru(c, i64.const(8)), i64.const(0xff)));
  const shifted = h.let64(i64.shru(v, start));
  h.if(i64.geu(start, i64.const(w)), () => h.set(shifted, zero));
  const r = lowBits(h, shifted, length);
  flagsOf(h, w, r, zero);
  d!.write(r);
});

/** Upper half to the first operand, lower half to the second; where both are one register, the upper half stays. */
export const mulx = meaning("mulx", "w,w,r", (h, [high, low, s], w) => {
  const a = h.let64(readRegister(w, L.RDX));
  const b = h.let64(s!.read());
  const product = h.let64(i64.mul(a, b));
  const upper = h.let64(w === 64 ? [a, b, 0x10, h.rt.mulHighUnsigned] : i64.shru(product, i64.const(w)));
  low!.write(product);
  high!.write(upper);
});

/** Walks the mask's bits from the lowest up: `take` is called for each that is set. */
function forMask(h: Handler, mask: Var, take: (lowest: Var) => void): void {
  h.block((done) => {
    h.loop((next) => {
      h.brIf(done, i64.eqz(mask));
      take(h.let64(i64.and(mask, i64.neg(mask))));
      h.set(mask, i64.and(mask, i64.sub(mask, one)));
      h.brIf(next, i32.const(1));
    });
  });
}

export const pdep = meaning("pdep", "w,r,r", (h, [d, s, m]) => {
  const source = h.let64(s!.read());
  const mask = h.let64(m!.read());
  const r = h.variable(I64);
  h.set(r, zero);
  forMask(h, mask, (lowest) => {
    h.if(i32.wrap(i64.and(source, one)), () => h.set(r, i64.or(r, lowest)));
    h.set(source, i64.shru(source, one));
  });
  d!.write(r);
});

export const pext = meaning("pext", "w,r,r", (h, [d, s, m]) => {
  const source = h.let64(s!.read());
  const mask = h.let64(m!.read());
  const r = h.variable(I64);
  const to = h.let64(one);
  h.set(r, zero);
  forMask(h, mask, (lowest) => {
    h.if(i64.ne(i64.and(source, lowest), zero), () => h.set(r, i64.or(r, to)));
    h.set(to, i64.shl(to, one));
  });
  d!.write(r);
});

export const rorx = meaning("rorx", "w,r,r", (h, [d, s, count], w) => {
  const v = h.let64(s!.read());
  const n = h.let64(i64.and(count!.read(), i64.const(w - 1)));
  d!.write(w === 64 ? i64.rotr(v, n) : h.let64(i64.or(i64.shru(v, n), i64.shl(v, i64.sub(i64.const(32), n)))));
});

function plainShift(name: string, compute: (w: Width, v: Var, n: Var) => Code) {
  return meaning(name, "w,r,r", (h, [d, s, count], w) => {
    const v = h.let64(s!.read());
    const n = h.let64(i64.and(count!.read(), i64.const(w - 1)));
    d!.write(compute(w, v, n));
  });
}
export const shlx = plainShift("shlx", (_w, v, n) => i64.shl(v, n));
export const shrx = plainShift("shrx", (_w, v, n) => i64.shru(v, n));
export const sarx = plainShift("sarx", (w, v, n) => i64.shrs(signExtend(w, v), n));
