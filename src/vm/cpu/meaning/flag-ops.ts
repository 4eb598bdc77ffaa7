// Instructions about RFLAGS itself.

import { carryFlag, setCarryFlag } from "../flags.js";
import { type Handler, loadWidth } from "../handler.js";
import * as L from "../layout.js";
import { call, quad, setQuad, setWord, word } from "../runtime-code.js";
import { type Code, i32, i64, select } from "../wasm/encoder.js";
import { meaning } from "./meaning.js";

const zero = i32.const(0);
const one = i32.const(1);
const orFlags = (bits: number): Code => i32.store(zero, L.RFLAGS, i32.or(word(L.RFLAGS), i32.const(bits)));
const clearFlags = (bits: number): Code => i32.store(zero, L.RFLAGS, i32.and(word(L.RFLAGS), i32.const(~bits)));

export const clc = meaning("clc", "", (h) => setCarryFlag(h, i64.const(0)));
export const stc = meaning("stc", "", (h) => setCarryFlag(h, i64.const(1)));
export const cmc = meaning("cmc", "", (h) => setCarryFlag(h, i64.xor(carryFlag, i64.const(1))));
export const cld = meaning("cld", "", (h) => h.emit(clearFlags(L.FLAG_DF)));
export const std = meaning("std", "", (h) => h.emit(orFlags(L.FLAG_DF)));

/** i32: the privilege level is numerically above IOPL. */
const aboveIopl = i32.gtu(word(L.CPL), i32.and(i32.shru(word(L.RFLAGS), i32.const(12)), i32.const(3)));

/** Ends the turn in wasm behind this instruction, so that the host looks at interrupts and TF. */
function yieldToHost(h: Handler): void {
  h.emit(setQuad(L.RIP, h.nextRip), setWord(L.REMAINING, i32.sub(h.remaining, one)));
  h.return();
}

export const cli = meaning("cli", "", (h) => {
  h.if(aboveIopl, () => h.raise(L.VECTOR_GP, 0));
  h.emit(clearFlags(L.FLAG_IF));
});

export const sti = meaning("sti", "", (h) => {
  h.if(aboveIopl, () => h.raise(L.VECTOR_GP, 0));
  h.if(i32.eqz(i32.and(word(L.RFLAGS), i32.const(L.FLAG_IF))), () => {
    h.emit(orFlags(L.FLAG_IF));
    // The next instruction still runs before a waiting interrupt is taken.
    h.if(i32.or(word(L.INTERRUPT_LINE), i32.eq(h.remaining, one)), () => {
      h.emit(setWord(L.SHADOW, one));
      yieldToHost(h);
    });
  });
});

export const pushf = meaning("pushf", "", (h, _o, w) => h.push(w, [i32.and(call(h.rt.getFlags), i32.const(~L.FLAG_RF)), 0xad]), {
  hot: true,
});

export const popf = meaning(
  "popf",
  "",
  (h, _o, w) => {
    const from = h.resolve(quad(L.RSP), w / 8, "r");
    const value = h.let32(i32.wrap(loadWidth(w, from)));
    const high = w === 16 ? 0 : L.FLAG_AC | L.FLAG_ID;
    const always = L.FLAG_TF | L.FLAG_DF | L.FLAG_NT | high;
    // IF changes where CPL ≤ IOPL, IOPL at CPL 0 only.
    const mask = h.let32(
      select(i32.const(always), select(i32.const(always | L.FLAG_IF), i32.const(always | L.FLAG_IF | L.FLAG_IOPL), word(L.CPL)), aboveIopl),
    );
    const flags = h.let32(word(L.RFLAGS));
    h.emit(i32.store(zero, L.RFLAGS, i32.or(i32.and(flags, i32.xor(mask, i32.const(~L.FLAG_RF))), i32.and(value, mask))));
    h.emit(call(h.rt.setArithmeticFlags, value));
    h.emit(setQuad(L.RSP, i64.add(quad(L.RSP), i64.const(w / 8))));
    h.if(
      i32.or(
        i32.and(word(L.RFLAGS), i32.const(L.FLAG_TF)),
        i32.and(i32.ne(i32.and(word(L.RFLAGS), i32.const(L.FLAG_IF)), zero), word(L.INTERRUPT_LINE)),
      ),
      () => yieldToHost(h),
    );
  },
  { hot: true },
);

export const lahf = meaning("lahf", "", (h) =>
  h.emit(i32.store8(zero, L.RAX + 1, i32.or(i32.and(call(h.rt.getFlags), i32.const(0xd5)), i32.const(2)))),
);

export const sahf = meaning("sahf", "", (h) =>
  h.emit(
    call(
      h.rt.setArithmeticFlags,
      i32.or(i32.and(i32.load8u(zero, L.RAX + 1), i32.const(0xd5)), i32.and(call(h.rt.getFlags), i32.const(L.FLAG_OF))),
    ),
  ),
);
