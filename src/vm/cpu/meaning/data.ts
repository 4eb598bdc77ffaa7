// Data movement: mov and its relatives, stack, exchange, compare-and-exchange, bits, bytes.

import { condition, flagsAdd, flagsSub, setCarryFlag, setCcAux, setCcCarry, setCcResult, signExtend, type Width } from "../flags.js";
import { type Handler, loadWidth, MemoryOperand, readRegister, storeWidth, writeRegister } from "../handler.js";
import * as L from "../layout.js";
import { quad, setQuad } from "../runtime-code.js";
import { type Code, i32, i64, select } from "../wasm/encoder.js";
import { meaning } from "./meaning.js";

const hot = { hot: true };
const one = i64.const(1);

export const mov = meaning("mov", "w,r", (h, [d, s]) => d!.write(d!.kind === "R" ? s!.read() : h.let64(s!.read())), hot);
export const movzx = meaning("movzx", "w,r", (_h, [d, s]) => d!.write(s!.read()), hot);
export const movsx = meaning("movsx", "w,r", (h, [d, s]) => d!.write(h.signed(s!)), hot);

export const lea = meaning("lea", "w,a", (_h, [d, s]) => d!.write((s as MemoryOperand).effectiveAddress()), hot);

export const xchg = meaning(
  "xchg",
  "rw,rw",
  (h, [d, s]) => {
    const a = h.let64(d!.read());
    const b = h.let64(s!.read());
    s!.write(a);
    d!.write(b);
  },
  { lockable: true },
);

export const bswap = meaning("bswap", "rw", (h, [d], w) => {
  const v = h.let64(d!.read());
  // The manual leaves 16 bits undefined; processors give 0.
  d!.write(w === 16 ? i64.const(0) : h.let64(swapped(h, w, v)));
});

function swapped(h: Handler, w: Width, v: Code): Code {
  const step = (x: Code, mask: bigint, n: number): Code =>
    i64.or(i64.and(i64.shru(x, i64.const(n)), i64.const(mask)), i64.shl(i64.and(x, i64.const(mask)), i64.const(n)));
  const bytes = h.let64(step(v, 0x00ff00ff00ff00ffn, 8));
  const words = h.let64(step(bytes, 0x0000ffff0000ffffn, 16));
  if (w === 16) return bytes;
  return w === 32 ? words : i64.rotl(words, i64.const(32));
}

export const movbe = meaning("movbe", "w,r", (h, [d, s], w) => d!.write(h.let64(swapped(h, w, h.let64(s!.read())))));

export const cmovcc = (code: number) =>
  meaning(
    `cmov${code}`,
    "rw,r",
    (h, [d, s]) => {
      const b = h.let64(s!.read());
      d!.write(select(b, d!.read(), condition(code)));
    },
    hot,
  );

export const setcc = (code: number) => meaning(`set${code}`, "w", (h, [d]) => d!.write(h.let64([condition(code), 0xad])));

export const push = meaning("push", "r", (h, [s], w) => h.push(w, h.let64(s!.read())), hot);

export const pop = meaning(
  "pop",
  "w",
  (h, [d], w) => {
    const from = h.resolve(quad(L.RSP), w / 8, "r");
    const value = h.let64(loadWidth(w, from));
    const rsp = h.let64(i64.add(quad(L.RSP), i64.const(w / 8)));
    if (d!.kind === "R") {
      h.emit(setQuad(L.RSP, rsp));
      d!.write(value);
      return;
    }
    // The address of the destination is computed with rsp already moved, and nothing may be kept if it faults.
    const memory = d as MemoryOperand;
    h.emit(setQuad(L.RSP, rsp));
    const va = h.let64(memory.linearAddress());
    h.emit(setQuad(L.RSP, i64.sub(rsp, i64.const(w / 8))));
    const to = h.resolve(va, w / 8, "w");
    h.emit(setQuad(L.RSP, rsp), storeWidth(w, to, value));
    h.commit(to);
  },
  hot,
);

export const leave = meaning(
  "leave",
  "",
  (h) => {
    const from = h.resolve(quad(L.RBP), 8, "r");
    h.emit(setQuad(L.RSP, i64.add(quad(L.RBP), i64.const(8))));
    h.emit(setQuad(L.RBP, i64.load(from)));
  },
  hot,
);

/** enter n, 0. */
export const enter = meaning("enter", "r", (h, [size]) => {
  const n = h.let64(i64.and(size!.read(), i64.const(0xffff)));
  h.push(64, quad(L.RBP));
  h.emit(setQuad(L.RBP, quad(L.RSP)), setQuad(L.RSP, i64.sub(quad(L.RSP), n)));
});

export const cmpxchg = meaning(
  "cmpxchg",
  "rw,r",
  (h, [d, s], w) => {
    const old = h.let64(d!.read());
    const source = h.let64(s!.read());
    const accumulator = h.let64(readRegister(w, L.RAX));
    const difference = h.let64(i64.sub(accumulator, old));
    flagsSub(h, w, accumulator, old, difference);
    const equal = h.let32(i64.eq(accumulator, old));
    // The destination is written either way: the old value back where they differ.
    h.if(
      equal,
      () => d!.write(source),
      () => {
        if (d!.kind !== "R") d!.write(old);
        h.emit(writeRegister(w, L.RAX, old));
      },
    );
  },
  { hot: true, lockable: true },
);

/** cmpxchg8b (width 32) and cmpxchg16b (width 64); the operand's width is that of one half. */
export const cmpxchgPair = meaning(
  "cmpxchgPair",
  "rw",
  (h, [d], w) => {
    const half = w / 8;
    const va = h.let64((d as MemoryOperand).linearAddress());
    if (w === 64) h.if(i64.ne(i64.and(va, i64.const(15)), i64.const(0)), () => h.raise(L.VECTOR_GP, 0));
    const at = h.resolve(va, half * 2, "rw");
    const low = h.let64(loadWidth(w, at));
    const high = h.let64(loadWidth(w, i32.add(at, i32.const(half))));
    const equal = h.let32(i32.and(i64.eq(low, readRegister(w, L.RAX)), i64.eq(high, readRegister(w, L.RDX))));
    const flags = h.let32([0x10, h.rt.getFlags]);
    h.if(
      equal,
      () => {
        h.emit(storeWidth(w, at, readRegister(w, L.RBX)), storeWidth(w, i32.add(at, i32.const(half)), readRegister(w, L.RCX)));
        h.commit(at);
        h.emit(i32.or(flags, i32.const(L.FLAG_ZF)), 0x10, h.rt.setArithmeticFlags);
      },
      () => {
        h.commit(at);
        h.emit(writeRegister(w, L.RAX, low), writeRegister(w, L.RDX, high));
        h.emit(i32.and(flags, i32.const(~L.FLAG_ZF)), 0x10, h.rt.setArithmeticFlags);
      },
    );
  },
  { lockable: true },
);

export const xadd = meaning(
  "xadd",
  "rw,rw",
  (h, [d, s], w) => {
    const a = h.let64(d!.read());
    const b = h.let64(s!.read());
    const r = h.let64(i64.add(a, b));
    flagsAdd(h, w, a, b, r);
    s!.write(a);
    d!.write(r);
  },
  { hot: true, lockable: true },
);

function bitTest(name: string, change: ((v: Code, bit: Code) => Code) | undefined) {
  return meaning(
    name,
    change ? "rw,r" : "r,r",
    (h, [d, s], w) => {
      const position = h.let64(s!.kind === "I" ? s!.read() : h.signed(s!));
      const log = Math.log2(w);
      // A register's bit offset reaches beyond the operand in memory: it is a bit string.
      if (d instanceof MemoryOperand && s!.kind === "R") d.displace(i64.shl(i64.shrs(position, i64.const(log)), i64.const(log - 3)));
      const v = h.let64(d!.read());
      const n = h.let64(i64.and(position, i64.const(w - 1)));
      setCarryFlag(h, i64.and(i64.shru(v, n), one));
      if (change) d!.write(change(v, i64.shl(one, n)));
    },
    { lockable: change !== undefined },
  );
}
export const bt = bitTest("bt", undefined);
export const bts = bitTest("bts", i64.or);
export const btr = bitTest("btr", (v, bit) => i64.and(v, i64.not(bit)));
export const btc = bitTest("btc", i64.xor);

/** ZF from `zero`, the other flags from CF (i64) alone. */
function scanFlags(h: Handler, zeroWhenZero: Code, cf: Code): void {
  h.emit(setCcResult(zeroWhenZero), setCcCarry(carryWordOf(h, cf)), setCcAux(i64.const(0)));
}
function carryWordOf(h: Handler, cf: Code): Code {
  const c = h.let64(cf);
  return i64.or(i64.shl(c, i64.const(63)), i64.shl(c, i64.const(62)));
}

function bitScan(name: string, index: (w: Width, v: Code) => Code) {
  return meaning(name, "rw,r", (h, [d, s], w) => {
    const v = h.let64(s!.read());
    scanFlags(h, signExtend(w, v), i64.const(0));
    // A zero source leaves the destination as it is.
    h.if(i64.ne(v, i64.const(0)), () => d!.write(index(w, v)));
  });
}
export const bsf = bitScan("bsf", (_w, v) => i64.ctz(v));
export const bsr = bitScan("bsr", (_w, v) => i64.sub(i64.const(63), i64.clz(v)));

function bitCount(name: string, count: (w: Width, v: Code) => Code) {
  return meaning(name, "w,r", (h, [d, s], w) => {
    const v = h.let64(s!.read());
    const r = h.let64(count(w, v));
    scanFlags(h, r, name === "popcnt" ? i64.const(0) : [i64.eqz(v), 0xad]);
    // popcnt clears PF as well: make the parity odd.
    if (name === "popcnt") h.emit(setCcAux(i64.shl(i64.xor(i64.and(i64.popcnt(r), one), one), i64.const(8))));
    d!.write(r);
  });
}
export const tzcnt = bitCount("tzcnt", (w, v) => (w === 64 ? i64.ctz(v) : i64.ctz(i64.or(v, i64.const(1n << BigInt(w))))));
export const lzcnt = bitCount("lzcnt", (w, v) => (w === 64 ? i64.clz(v) : i64.sub(i64.clz(v), i64.const(64 - w))));
export const popcnt = bitCount("popcnt", (_w, v) => i64.popcnt(v));

/** cbw, cwde, cdqe. */
export const convert = meaning("cbw", "", (h, _o, w) => {
  const half = (w / 2) as Width;
  h.emit(writeRegister(w, L.RAX, signExtend(half, readRegister(half, L.RAX))));
});

/** cwd, cdq, cqo. */
export const convertDouble = meaning("cwd", "", (h, _o, w) => {
  h.emit(writeRegister(w, L.RDX, i64.shrs(signExtend(w, readRegister(w, L.RAX)), i64.const(63))));
});

export const xlat = meaning("xlat", "r", (h, [m]) => {
  (m as MemoryOperand).displace(i64.load8u(i32.const(0), L.RAX));
  h.emit(i64.store8(i32.const(0), L.RAX, m!.read()));
});

export const nop = meaning("nop", "", () => {}, hot);
/** Reads its operand's address for decoding only. */
export const nopOperand = meaning("nop", "a", () => {});
