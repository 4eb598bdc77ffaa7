// String instructions. With a repeat prefix each iteration is one instruction: it uses one of the budget, and the state
// between two iterations (rip still here, rcx, rsi, rdi moved) is one in which an interrupt or a fault can be taken.

import { condition, flagsSub, type Width } from "../flags.js";
import { type Handler, loadWidth, readRegister, storeWidth, writeRegister } from "../handler.js";
import * as L from "../layout.js";
import { call, quad, returnCall, setQuad, word } from "../runtime-code.js";
import { type Code, i32, i64, type Label, select, type Var } from "../wasm/encoder.js";
import { meaning } from "./meaning.js";

const zero = i32.const(0);
const one = i32.const(1);

/** i64: how far a pointer moves an element, by DF. */
const stride = (w: Width): Code => select(i64.const(-w / 8), i64.const(w / 8), i32.and(word(L.RFLAGS), i32.const(L.FLAG_DF)));
const source = (h: Handler): Code => i64.add(quad(L.RSI), i64.load(i32.load16u(h.record, L.REC_SEGMENT)));
const move = (register: number, by: Code): Code => setQuad(register, i64.add(quad(register), by));

type Repeat = "" | "rep" | "repe" | "repne";

/**
 * Repeats `once`. It returns how many elements it did (i32; undefined: one), never more than the budget; the condition of
 * repe and repne is looked at behind each.
 */
function repeated(h: Handler, repeat: Repeat, once: (limit: () => Code) => Var | undefined): void {
  if (repeat === "") {
    once(() => one);
    return;
  }
  h.block((done: Label) => {
    h.brIf(done, i64.eqz(quad(L.RCX)));
    h.loop((again) => {
      // The most elements to be done at once: rcx and the budget, both at least 1.
      const count = once(() => {
        const left = h.let64([h.remaining, 0xad]);
        return i32.wrap(select(left, quad(L.RCX), i64.ltu(left, quad(L.RCX))));
      });
      h.emit(setQuad(L.RCX, i64.sub(quad(L.RCX), count ? [count, 0xad] : i64.const(1))));
      if (count) h.set(h.remaining, i32.sub(h.remaining, i32.sub(count, one)));
      h.brIf(done, i64.eqz(quad(L.RCX)));
      if (repeat !== "rep") h.brIf(done, condition(repeat === "repe" ? 5 : 4));
      h.set(h.remaining, i32.sub(h.remaining, one));
      h.if(i32.eqz(h.remaining), () => h.emit(returnCall(h.rt.stop, h.record)));
      h.br(again);
    });
  });
}

/**
 * Host address of a resolved store's first byte for whole runs: also where it waits in SCRATCH because code was decoded from the page.
 * Below SCRATCH_END: it must be done by itself.
 */
function runTarget(h: Handler, to: Var): Var {
  const target = h.let32(to);
  const inRam = i64.ltu(quad(L.STORE_FIRST), quad(L.RAM_BYTES));
  h.if(i32.ltu(to, i32.const(L.SCRATCH_END)), () =>
    h.if(i32.and(inRam, i32.eq(word(L.STORE_SIZE), word(L.STORE_SPLIT))), () =>
      h.set(target, i32.add(i32.wrap(quad(L.STORE_FIRST)), i32.const(L.RAM_BASE))),
    ),
  );
  return target;
}

/** Behind a run of stores to that address: what was decoded there is dropped. */
function runStored(h: Handler, to: Var, target: Var, bytes: Code): void {
  h.if(i32.ne(to, target), () => h.emit(call(h.rt.invalidate, i32.sub(target, i32.const(L.RAM_BASE)), bytes)));
}

/** Bytes from a host address (of a resolved guest address) to the end of its page. */
const toPageEnd = (address: Code): Code => i32.sub(i32.const(4096), i32.and(address, i32.const(4095)));
const minimum = (a: Var, b: Var): Code => select(a, b, i32.ltu(a, b));

export const movs = (repeat: Repeat) =>
  meaning(`movs${repeat}`, "", (h, _o, w) => {
    repeated(h, repeat, (limit) => {
      const size = w / 8;
      const from = h.resolve(source(h), size, "r");
      const value = h.let64(loadWidth(w, from));
      const to = h.resolve(quad(L.RDI), size, "w");
      const count = h.let32(one);
      if (repeat) {
        // Whole runs at once where both sides lie in plain memory, forwards and not overlapping ahead.
        h.block((single) => {
          h.brIf(single, i32.and(word(L.RFLAGS), i32.const(L.FLAG_DF)));
          const target = runTarget(h, to);
          h.brIf(single, i32.or(i32.ltu(from, i32.const(L.SCRATCH_END)), i32.ltu(target, i32.const(L.SCRATCH_END))));
          const a = h.let32(toPageEnd(from));
          const b = h.let32(toPageEnd(target));
          const room = h.let32(i32.shru(minimum(a, b), i32.const(Math.log2(size))));
          const most = h.let32(limit());
          const n = h.let32(minimum(room, most));
          h.brIf(single, i32.eqz(n));
          const bytes = h.let32(i32.mul(n, i32.const(size)));
          h.brIf(single, i32.ltu(i32.sub(target, from), bytes));
          h.emit(target, from, bytes, 0xfc, 0x0a, 0, 0);
          runStored(h, to, target, bytes);
          h.set(count, n);
        });
        h.if(i32.eq(count, one), () => {
          h.emit(storeWidth(w, to, value));
          h.commit(to);
        });
      } else {
        h.emit(storeWidth(w, to, value));
        h.commit(to);
      }
      const by = h.let64(i64.mul(stride(w), [count, 0xad]));
      h.emit(move(L.RSI, by), move(L.RDI, by));
      return repeat ? count : undefined;
    });
  });

export const stos = (repeat: Repeat) =>
  meaning(`stos${repeat}`, "", (h, _o, w) => {
    repeated(h, repeat, (limit) => {
      const size = w / 8;
      const to = h.resolve(quad(L.RDI), size, "w");
      const count = h.let32(one);
      h.emit(storeWidth(w, to, readRegister(w, L.RAX)));
      if (repeat) {
        h.block((single) => {
          h.brIf(single, i32.and(word(L.RFLAGS), i32.const(L.FLAG_DF)));
          const target = runTarget(h, to);
          h.brIf(single, i32.ltu(target, i32.const(L.SCRATCH_END)));
          if (size > 1) h.brIf(single, i64.ne(readRegister(w, L.RAX), i64.const(0)));
          const room = h.let32(i32.shru(toPageEnd(target), i32.const(Math.log2(size))));
          const most = h.let32(limit());
          h.brIf(single, i32.eqz(room));
          h.set(count, minimum(room, most));
          const bytes = h.let32(i32.mul(count, i32.const(size)));
          h.emit(target, i32.load8u(zero, L.RAX), bytes, 0xfc, 0x0b, 0);
          runStored(h, to, target, bytes);
        });
      }
      h.commit(to);
      h.emit(move(L.RDI, i64.mul(stride(w), [count, 0xad])));
      return repeat ? count : undefined;
    });
  });

export const lods = (repeat: Repeat) =>
  meaning(`lods${repeat}`, "", (h, _o, w) => {
    repeated(h, repeat, () => {
      const from = h.resolve(source(h), w / 8, "r");
      h.emit(writeRegister(w, L.RAX, loadWidth(w, from)), move(L.RSI, stride(w)));
      return undefined;
    });
  });

export const cmps = (repeat: Repeat) =>
  meaning(`cmps${repeat}`, "", (h, _o, w) => {
    repeated(h, repeat, () => {
      const a = h.let64(loadWidth(w, h.resolve(source(h), w / 8, "r")));
      const b = h.let64(loadWidth(w, h.resolve(quad(L.RDI), w / 8, "r")));
      const r = h.let64(i64.sub(a, b));
      flagsSub(h, w, a, b, r);
      h.emit(move(L.RSI, stride(w)), move(L.RDI, stride(w)));
      return undefined;
    });
  });

export const scas = (repeat: Repeat) =>
  meaning(`scas${repeat}`, "", (h, _o, w) => {
    repeated(h, repeat, () => {
      const b = h.let64(loadWidth(w, h.resolve(quad(L.RDI), w / 8, "r")));
      const a = h.let64(readRegister(w, L.RAX));
      const r = h.let64(i64.sub(a, b));
      flagsSub(h, w, a, b, r);
      h.emit(move(L.RDI, stride(w)));
      return undefined;
    });
  });
