// Shifts and rotates. A count of 0 (after masking) leaves all flags.

import { carryFlag, carryWord, setCcAux, setCcCarry, setCcResult, signExtend, type Width, zeroExtend } from "../flags.js";
import type { Handler, Operand } from "../handler.js";
import { type Code, i64, type Var } from "../wasm/encoder.js";
import { meaning } from "./meaning.js";

const one = i64.const(1);
const bit = (v: Code, n: number | Code): Code => i64.and(i64.shru(v, typeof n === "number" ? i64.const(n) : n), one);
const msb = (w: Width, v: Code): Code => bit(v, i64.const(w - 1));

function maskedCount(h: Handler, w: Width, count: Operand): Var {
  return h.let64(i64.and(count.read(), i64.const(w === 64 ? 63 : 31)));
}

/** Flags of a shift: result, CF, OF; AF is undefined and comes out 0. */
function shiftFlags(h: Handler, w: Width, r: Code, cf: Code, of: (cf: Var) => Code): void {
  const c = h.let64(cf);
  h.emit(setCcCarry(carryWord(h, c, of(c))), setCcResult(signExtend(w, r)), setCcAux(i64.const(0)));
}

function shift(name: string, emit: (h: Handler, w: Width, a: Var, c: Var) => { r: Var; flags: () => void }) {
  return meaning(
    name,
    "rw,r",
    (h, [d, count], w) => {
      const a = h.let64(d!.read());
      const c = maskedCount(h, w, count!);
      const { r, flags } = emit(h, w, a, c);
      h.if(i64.ne(c, i64.const(0)), flags);
      d!.write(r);
    },
    { hot: false },
  );
}

export const shl = shift("shl", (h, w, a, c) => {
  const r = h.let64(i64.shl(a, c));
  const out = w === 64 ? bit(a, i64.sub(i64.const(64), c)) : bit(r, w);
  return { r, flags: () => shiftFlags(h, w, r, out, (cf) => i64.xor(msb(w, r), cf)) };
});

export const shr = shift("shr", (h, w, a, c) => {
  const r = h.let64(i64.shru(a, c));
  return { r, flags: () => shiftFlags(h, w, r, bit(a, i64.sub(c, one)), () => msb(w, a)) };
});

export const sar = shift("sar", (h, w, a, c) => {
  const s = h.let64(signExtend(w, a));
  const r = h.let64(i64.shrs(s, c));
  return { r, flags: () => shiftFlags(h, w, r, i64.and(i64.shrs(s, i64.sub(c, one)), one), () => i64.const(0)) };
});

/** Rotates change CF and OF only. */
function rotateFlags(h: Handler, cf: Code, of: (cf: Var) => Code): void {
  const c = h.let64(cf);
  h.emit(setCcCarry(carryWord(h, c, of(c))));
}

/** a rotated left by c (already below w). */
function rotatedLeft(w: Width, a: Code, c: Code): Code {
  return w === 64 ? i64.rotl(a, c) : zeroExtend(w, i64.or(i64.shl(a, c), i64.shru(a, i64.sub(i64.const(w), c))));
}

const below = (w: Width, c: Code): Code => (w === 64 ? c : i64.and(c, i64.const(w - 1)));

export const rol = shift("rol", (h, w, a, c) => {
  const r = h.let64(rotatedLeft(w, a, below(w, c)));
  return { r, flags: () => rotateFlags(h, i64.and(r, one), (cf) => i64.xor(msb(w, r), cf)) };
});

export const ror = shift("ror", (h, w, a, c) => {
  const r = h.let64(rotatedLeft(w, a, below(w, i64.sub(i64.const(w), below(w, c)))));
  return { r, flags: () => rotateFlags(h, msb(w, r), (cf) => i64.xor(bit(r, w - 2), cf)) };
});

export const rcl = shift("rcl", (h, w, a, c) => {
  if (w === 64) {
    const shiftedOut = i64.shru(i64.shru(a, i64.sub(i64.const(64), c)), one);
    const rotated = i64.or(i64.or(i64.shl(a, c), i64.shl(carryFlag, i64.sub(c, one))), shiftedOut);
    const r = h.let64([rotated, a, i64.ne(c, i64.const(0)), 0x1b]);
    return { r, flags: () => rotateFlags(h, bit(a, i64.sub(i64.const(64), c)), (cf) => i64.xor(msb(w, r), cf)) };
  }
  const v = h.let64(i64.or(a, i64.shl(carryFlag, i64.const(w))));
  const n = h.let64(w === 32 ? c : i64.remu(c, i64.const(w + 1)));
  const r = h.let64(i64.or(i64.shl(v, n), i64.shru(v, i64.sub(i64.const(w + 1), n))));
  return { r, flags: () => rotateFlags(h, bit(r, w), (cf) => i64.xor(msb(w, r), cf)) };
});

export const rcr = shift("rcr", (h, w, a, c) => {
  if (w === 64) {
    const shiftedIn = i64.shl(i64.shl(a, i64.sub(i64.const(64), c)), one);
    const rotated = i64.or(i64.or(i64.shru(a, c), i64.shl(carryFlag, i64.sub(i64.const(64), c))), shiftedIn);
    const r = h.let64([rotated, a, i64.ne(c, i64.const(0)), 0x1b]);
    return { r, flags: () => rotateFlags(h, bit(a, i64.sub(c, one)), () => i64.xor(msb(w, r), bit(r, 62))) };
  }
  const v = h.let64(i64.or(a, i64.shl(carryFlag, i64.const(w))));
  const n = h.let64(w === 32 ? c : i64.remu(c, i64.const(w + 1)));
  const r = h.let64(i64.or(i64.shru(v, n), i64.shl(v, i64.sub(i64.const(w + 1), n))));
  return { r, flags: () => rotateFlags(h, bit(r, w), () => i64.xor(msb(w, r), bit(r, w - 2))) };
});

function doubleShift(name: string, left: boolean) {
  return meaning(name, "rw,r,r", (h, [d, s, count], w) => {
    const a = h.let64(d!.read());
    const b = h.let64(s!.read());
    const c = maskedCount(h, w, count!);
    const rest = i64.sub(i64.const(w), c);
    const shifted = left
      ? w === 16
        ? // Counts above 16 go round: destination, source, destination.
          i64.shru(i64.shl(i64.or(i64.or(i64.shl(a, i64.const(32)), i64.shl(b, i64.const(16))), a), c), i64.const(32))
        : i64.or(i64.shl(a, c), i64.shru(b, rest))
      : w === 16
        ? i64.shru(i64.or(i64.or(i64.shl(a, i64.const(32)), i64.shl(b, i64.const(16))), a), c)
        : i64.or(i64.shru(a, c), i64.shl(b, rest));
    const r = h.let64([shifted, a, i64.ne(c, i64.const(0)), 0x1b]);
    const out = left ? bit(a, rest) : bit(a, i64.sub(c, one));
    h.if(i64.ne(c, i64.const(0)), () => shiftFlags(h, w, r, out, () => i64.xor(msb(w, r), msb(w, a))));
    d!.write(r);
  });
}
export const shld = doubleShift("shld", true);
export const shrd = doubleShift("shrd", false);
