// 128-bit pieces that WebAssembly lacks: high halves of 64-bit products, 128 by 64 division. Used by mul and div.

import { DIVISION_REMAINDER } from "./layout.js";
import { Fn, I64, i32, i64, select } from "./wasm/encoder.js";

const half = i64.const(32);
const low = i64.const(0xffffffffn);
const one = i64.const(1);

/** (a, b) → upper 64 bits of the unsigned product. */
export function buildMulHighUnsigned(): Fn {
  const f = new Fn([I64, I64], [I64]);
  const a0 = f.let64(i64.and(f.param(0), low));
  const a1 = f.let64(i64.shru(f.param(0), half));
  const b0 = f.let64(i64.and(f.param(1), low));
  const b1 = f.let64(i64.shru(f.param(1), half));
  const middle = f.let64(i64.add(i64.mul(a1, b0), i64.shru(i64.mul(a0, b0), half)));
  const other = f.let64(i64.add(i64.mul(a0, b1), i64.and(middle, low)));
  f.emit(i64.add(i64.mul(a1, b1), i64.add(i64.shru(middle, half), i64.shru(other, half))));
  return f;
}

/** (a, b) → upper 64 bits of the signed product. */
export function buildMulHighSigned(unsigned: number): Fn {
  const f = new Fn([I64, I64], [I64]);
  const [a, b] = [f.param(0), f.param(1)];
  const zero = i64.const(0);
  f.emit(i64.sub(i64.sub([a, b, 0x10, unsigned], select(b, zero, i64.lts(a, zero))), select(a, zero, i64.lts(b, zero))));
  return f;
}

/** (high, low, divisor) → quotient; remainder in DIVISION_REMAINDER. high < divisor, all unsigned. */
export function buildDivide128(): Fn {
  const f = new Fn([I64, I64, I64], [I64]);
  const [hi, lo, d] = [f.param(0), f.param(1), f.param(2)];
  const remainder = (v: readonly [0x20, number] | ReturnType<typeof i64.remu>): void =>
    f.emit(i64.store(i32.const(0), DIVISION_REMAINDER, v));
  f.if(i64.eqz(hi), () => {
    remainder(i64.remu(lo, d));
    f.return(i64.divu(lo, d));
  });
  const carry = f.variable(I64);
  const i = f.let32(i32.const(64));
  f.loop((next) => {
    f.set(carry, i64.shru(hi, i64.const(63)));
    f.set(hi, i64.or(i64.shl(hi, one), i64.shru(lo, i64.const(63))));
    f.set(lo, i64.shl(lo, one));
    f.if(i32.or(i32.wrap(carry), i64.geu(hi, d)), () => {
      f.set(hi, i64.sub(hi, d));
      f.set(lo, i64.or(lo, one));
    });
    f.set(i, i32.sub(i, i32.const(1)));
    f.brIf(next, i);
  });
  remainder(hi);
  f.emit(lo);
  return f;
}
