// Runtime functions about memory: page walk, TLB fill, the slow side of loads and stores (TLB miss, page crossing, device,
// page with decoded code), and what a store to decoded code does. Numbered and connected by runtime.ts.

import * as L from "./layout.js";
import {
  call,
  nonCanonical,
  pageOf,
  quad,
  recordRip,
  returnCall,
  setQuad,
  setWord,
  tlbEntry,
  userBit,
  word,
  zero,
} from "./runtime-code.js";
import { type Code, Fn, f64, I32, I64, i32, i64, select, type Var } from "./wasm/encoder.js";

const ADDRESS_MASK = i64.const(0x000ffffffffff000n);
/** Bits above the 40-bit physical address. */
const RESERVED = i64.const(0x000fff0000000000n);
const PRESENT = 1;
const WRITE = 2;
const USER = 4;
const RESERVED_BIT = 8;
const FETCH = 16;
const LARGE = 0x80n;

/** (va, access as in a page-fault error code) → physical address, or −1 with WALK_ERROR set. Sets accessed and dirty bits. */
export function buildWalk(): Fn {
  const f = new Fn([I64, I32], [I64]);
  const va = f.param(0);
  const access = f.param(1);
  const table = f.let64(i64.and(quad(L.CR3), ADDRESS_MASK));
  const entry = f.variable(I64);
  const address = f.variable(I64);
  const all = f.let64(i64.const(-1));
  const any = f.variable(I64);
  const physical = f.variable(I64);
  const flags = f.variable(I32);
  const host = f.variable(I32);
  const fail = (bits: number): void => {
    f.emit(setWord(L.WALK_ERROR, i32.or(access, i32.const(bits))));
    f.return(i64.const(-1));
  };
  f.block((found) => {
    for (const [level, shift] of [
      [4, 39],
      [3, 30],
      [2, 21],
      [1, 12],
    ] as const) {
      f.set(address, i64.add(table, i64.shl(i64.and(i64.shru(va, i64.const(shift)), i64.const(511)), i64.const(3))));
      f.if(i64.geu(address, quad(L.RAM_BYTES)), () => fail(PRESENT | RESERVED_BIT));
      f.set(host, i32.add(i32.wrap(address), i32.const(L.RAM_BASE)));
      f.set(entry, i64.load(host));
      f.if(i64.eqz(i64.and(entry, i64.const(1))), () => fail(0));
      f.if(i64.ne(i64.and(entry, level === 4 ? i64.or(RESERVED, i64.const(LARGE)) : RESERVED), i64.const(0)), () =>
        fail(PRESENT | RESERVED_BIT),
      );
      f.set(all, i64.and(all, entry));
      f.set(any, i64.or(any, entry));
      if (level === 3 || level === 2) {
        const size = 1n << BigInt(shift);
        f.if(i64.ne(i64.and(entry, i64.const(LARGE)), i64.const(0)), () => {
          f.if(i64.ne(i64.and(entry, i64.const((size - 1n) & ~0x1fffn)), i64.const(0)), () => fail(PRESENT | RESERVED_BIT));
          f.set(physical, i64.or(i64.and(entry, i64.const(0x000fffffffffffffn & ~(size - 1n))), i64.and(va, i64.const(size - 1n))));
          f.set(flags, i32.const(level === 3 ? L.TLB_LARGE | L.TLB_HUGE : L.TLB_LARGE));
          f.br(found);
        });
      }
      if (level > 1) {
        f.if(i64.eqz(i64.and(entry, i64.const(0x20))), () => f.emit(i64.store(host, 0, i64.or(entry, i64.const(0x20)))));
        f.set(table, i64.and(entry, ADDRESS_MASK));
      }
    }
    f.set(physical, i64.or(i64.and(entry, ADDRESS_MASK), i64.and(va, i64.const(0xfff))));
  });
  // Without EFER.NXE the NX bit is reserved.
  f.if(i32.and(i64.lts(any, i64.const(0)), i64.eqz(i64.and(quad(L.EFER), i64.const(0x800)))), () => fail(PRESENT | RESERVED_BIT));
  const mayNot = (bit: number): Code => i64.eqz(i64.and(all, i64.const(bit)));
  f.if(i32.and(i32.and(access, i32.const(USER)), i32.shl(mayNot(USER), i32.const(2))), () => fail(PRESENT));
  f.if(
    i32.and(
      i32.and(i32.ne(i32.and(access, i32.const(WRITE)), zero), mayNot(WRITE)),
      i32.or(i32.ne(i32.and(access, i32.const(USER)), zero), i64.ne(i64.and(quad(L.CR0), i64.const(0x10000)), i64.const(0))),
    ),
    () => fail(PRESENT),
  );
  f.if(i32.and(i32.ne(i32.and(access, i32.const(FETCH)), zero), i64.lts(any, i64.const(0))), () => fail(PRESENT));
  const wanted = f.let64(i64.or(entry, select(i64.const(0x60), i64.const(0x20), i32.and(access, i32.const(WRITE)))));
  f.if(i64.ne(wanted, entry), () => f.emit(i64.store(host, 0, wanted)));
  f.emit(
    setWord(
      L.WALK_FLAGS,
      i32.or(
        flags,
        i32.wrap(i64.and(i64.and(i64.shru(entry, i64.const(8)), i64.shru(quad(L.CR4), i64.const(7))), i64.const(L.TLB_GLOBAL))),
      ),
    ),
  );
  f.emit(physical);
  return f;
}

/** (entry, va, value): makes a TLB entry and notes it for the next flush. */
export function buildFill(): Fn {
  const f = new Fn([I32, I64, I32]);
  const entry = f.param(0);
  f.emit(i64.store(entry, 0, pageOf(f.param(1))));
  f.emit(i32.store(entry, 8, f.param(2)));
  f.emit(i32.store(entry, 12, word(L.WALK_FLAGS)));
  f.if(i32.and(word(L.WALK_FLAGS), i32.const(L.TLB_LARGE)), () => {
    const region = f.let32(i32.wrap(i64.shru(f.param(1), i64.const(21))));
    const byte = f.let32(i32.and(i32.shru(region, i32.const(3)), i32.const(L.LARGE_REGIONS_BYTES - 1)));
    f.emit(
      i32.store8(byte, L.LARGE_REGIONS, i32.or(i32.load8u(byte, L.LARGE_REGIONS), i32.shl(i32.const(1), i32.and(region, i32.const(7))))),
    );
    // A piece of a 1 GiB page: any region of it may be meant later.
    f.if(i32.and(word(L.WALK_FLAGS), i32.const(L.TLB_HUGE)), () =>
      f.emit(i32.const(L.LARGE_REGIONS), i32.const(0xff), i32.const(L.LARGE_REGIONS_BYTES), 0xfc, 0x0b, 0),
    );
  });
  f.if(i32.eqz(i32.and(word(L.WALK_FLAGS), i32.const(L.TLB_GLOBAL))), () => {
    // At TLB_LIST_ENTRIES the count stays: the flush then goes through the whole TLB.
    f.if(i32.ltu(word(L.TLB_LIST_COUNT), i32.const(L.TLB_LIST_ENTRIES)), () => {
      f.emit(
        i32.store(
          i32.add(i32.mul(word(L.CPU_NUMBER), i32.const(L.TLB_LIST_ENTRIES * 4)), i32.shl(word(L.TLB_LIST_COUNT), i32.const(2))),
          L.TLB_LIST,
          entry,
        ),
      );
      f.emit(setWord(L.TLB_LIST_COUNT, i32.add(word(L.TLB_LIST_COUNT), i32.const(1))));
    });
  });
  return f;
}

/**
 * (va, size, record, remaining) → address to access, 0 after a fault. The slow side of a load or store; what cannot be
 * accessed in place goes through SCRATCH (for a store: until commit).
 */
export function buildAccess(isWrite: boolean, fns: { walk: number; fill: number; raise: number; read8: number; mmioRead: number }): Fn {
  const f = new Fn([I64, I32, I32, I32], [I32]);
  const va = f.param(0);
  const size = f.let32(i32.and(f.param(1), i32.const(0xff)));
  const record = f.param(2);
  const remaining = f.param(3);
  const access = i32.or(userBit, i32.const(isWrite ? WRITE : 0));
  const last = f.let64(i64.add(va, [i32.sub(size, i32.const(1)), 0xad]));
  const first = f.variable(I64);
  const second = f.variable(I64);
  const n = f.variable(I32);
  const i = f.variable(I32);
  f.emit(setWord(L.REMAINING, remaining));
  f.emit(setQuad(L.RIP, recordRip(record)));
  f.if(i32.or(nonCanonical(va), nonCanonical(last)), () => {
    f.emit(
      call(
        fns.raise,
        record,
        remaining,
        select(i32.const(L.VECTOR_SS), i32.const(L.VECTOR_GP), i32.and(i32.load8u(record, L.REC_FLAGS), i32.const(L.REC_STACK))),
        zero,
      ),
    );
    f.return(zero);
  });
  const walkOrFault = (into: Var, address: Code): void => {
    f.set(into, call(fns.walk, address, access));
    f.if(i64.lts(into, i64.const(0)), () => {
      f.emit(setQuad(L.CR2, address));
      f.emit(call(fns.raise, record, remaining, i32.const(L.VECTOR_PF), word(L.WALK_ERROR)));
      f.return(zero);
    });
  };
  walkOrFault(first, va);
  f.if(i64.ne(pageOf(va), pageOf(last)), () => {
    walkOrFault(second, pageOf(last));
    f.set(n, i32.sub(i32.const(4096), i32.and(i32.wrap(va), i32.const(0xfff))));
    // A store needs the old bytes too: read-modify-write reads them from SCRATCH.
    f.loop((next) => {
      f.emit(
        i32.store8(i, L.SCRATCH, call(fns.read8, select(i64.add(first, [i, 0xad]), i64.add(second, [i32.sub(i, n), 0xad]), i32.ltu(i, n)))),
      );
      f.set(i, i32.add(i, i32.const(1)));
      f.brIf(next, i32.ltu(i, size));
    });
    if (isWrite) {
      f.emit(setQuad(L.STORE_FIRST, first), setQuad(L.STORE_SECOND, second));
      f.emit(setWord(L.STORE_SIZE, size), setWord(L.STORE_SPLIT, n));
    }
    f.return(i32.const(L.SCRATCH));
  });
  const inPlace = (): void => {
    f.emit(
      call(
        fns.fill,
        tlbEntry(va, isWrite ? L.TLB_WRITE : L.TLB_READ),
        va,
        i32.sub(i32.add(i32.wrap(first), i32.const(L.RAM_BASE)), i32.wrap(va)),
      ),
    );
    f.return(i32.add(i32.wrap(first), i32.const(L.RAM_BASE)));
  };
  const inRam = i64.ltu(first, quad(L.RAM_BYTES));
  if (!isWrite) {
    f.if(inRam, inPlace);
    f.emit(i64.store(zero, L.SCRATCH, call(fns.mmioRead, f64.fromU64(first), size)));
    f.emit(i32.const(L.SCRATCH));
    return f;
  }
  f.emit(setQuad(L.STORE_FIRST, first));
  f.emit(setWord(L.STORE_SIZE, size), setWord(L.STORE_SPLIT, size));
  f.if(inRam, () => {
    f.if(i32.eqz(i32.load(i32.shl(i32.wrap(i64.shru(first, i64.const(12))), i32.const(2)), L.PAGE_MAPS)), inPlace);
    f.emit(i64.store(zero, L.SCRATCH, i64.load(i32.wrap(first), L.RAM_BASE)));
    f.if(i32.gtu(size, i32.const(8)), () => f.emit(i64.store(zero, L.SCRATCH + 8, i64.load(i32.wrap(first), L.RAM_BASE + 8))));
    f.return(i32.const(L.SCRATCH));
  });
  f.if(i32.and(f.param(1), i32.const(L.SIZE_READ_MODIFY_WRITE)), () =>
    f.emit(i64.store(zero, L.SCRATCH, call(fns.mmioRead, f64.fromU64(first), size))),
  );
  f.emit(i32.const(L.SCRATCH));
  return f;
}

/** As read and write, behind a TLB lookup: for instructions whose handlers do not carry the lookup themselves. */
export function buildChecked(isWrite: boolean, slow: number): Fn {
  const f = new Fn([I64, I32, I32, I32], [I32]);
  const va = f.param(0);
  const entry = f.let32(tlbEntry(va, isWrite ? L.TLB_WRITE : L.TLB_READ));
  f.if(i64.eq(i64.load(entry), pageOf(i64.add(va, [i32.sub(i32.and(f.param(1), i32.const(0xff)), i32.const(1)), 0xad]))), () => {
    f.emit(setWord(L.REMAINING, f.param(3)));
    f.return(i32.add(i32.wrap(va), i32.load(entry, 8)));
  });
  f.emit(returnCall(slow, va, f.param(1), f.param(2), f.param(3)));
  return f;
}

export function buildRead8(mmioRead: number): Fn {
  const f = new Fn([I64], [I32]);
  f.if(i64.ltu(f.param(0), quad(L.RAM_BYTES)), () => f.return(i32.load8u(i32.wrap(f.param(0)), L.RAM_BASE)));
  f.emit(i32.wrap(call(mmioRead, f64.fromU64(f.param(0)), i32.const(1))));
  return f;
}

/** Does the store that waits in SCRATCH; code decoded from those bytes is dropped. */
export function buildCommit(fns: { mmioWrite: number; invalidate: number }): Fn {
  const f = new Fn([]);
  const i = f.variable(I32);
  const p = f.variable(I64);
  f.if(i32.and(i64.geu(quad(L.STORE_FIRST), quad(L.RAM_BYTES)), i32.eq(word(L.STORE_SIZE), word(L.STORE_SPLIT))), () => {
    f.emit(call(fns.mmioWrite, f64.fromU64(quad(L.STORE_FIRST)), word(L.STORE_SIZE), quad(L.SCRATCH)));
    f.return();
  });
  f.loop((next) => {
    f.set(
      p,
      select(
        i64.add(quad(L.STORE_FIRST), [i, 0xad]),
        i64.add(quad(L.STORE_SECOND), [i32.sub(i, word(L.STORE_SPLIT)), 0xad]),
        i32.ltu(i, word(L.STORE_SPLIT)),
      ),
    );
    f.if(
      i64.ltu(p, quad(L.RAM_BYTES)),
      () => f.emit(i32.store8(i32.wrap(p), L.RAM_BASE, i32.load8u(i, L.SCRATCH))),
      () => f.emit(call(fns.mmioWrite, f64.fromU64(p), i32.const(1), i64.load8u(i, L.SCRATCH))),
    );
    f.set(i, i32.add(i, i32.const(1)));
    f.brIf(next, i32.ltu(i, word(L.STORE_SIZE)));
  });
  f.emit(call(fns.invalidate, i32.wrap(quad(L.STORE_FIRST)), word(L.STORE_SPLIT)));
  f.if(i32.ne(word(L.STORE_SPLIT), word(L.STORE_SIZE)), () =>
    f.emit(call(fns.invalidate, i32.wrap(quad(L.STORE_SECOND)), i32.sub(word(L.STORE_SIZE), word(L.STORE_SPLIT)))),
  );
  return f;
}

/**
 * (paddr, length within one page): every record decoded from these bytes becomes a lookup (handler 0), in place, so that
 * a block that runs just now sees the store at its next instruction. A page that is written as a whole, or again and again,
 * is taken to be used for other things than code now: it is released.
 */
export function buildInvalidate(releasePage: number): Fn {
  const f = new Fn([I32, I32]);
  const paddr = f.param(0);
  const page = i32.shl(i32.shru(paddr, i32.const(12)), i32.const(2));
  f.if(i32.geu(page, i32.const(L.PAGE_MAPS_BYTES)), () => f.return());
  const map = f.let32(i32.load(page, L.PAGE_MAPS));
  f.if(i32.eqz(map), () => f.return());
  const header = f.let32(i32.sub(map, i32.const(L.MAP_HEADER)));
  const stores = f.let32(i32.add(i32.load(header, L.MAP_STORES), i32.const(1)));
  f.emit(i32.store(header, L.MAP_STORES, stores));
  const releases = f.let32(i32.or(i32.eq(f.param(1), i32.const(4096)), i32.gtu(stores, i32.load(header, L.MAP_STORES_LIMIT))));
  const start = f.let32(i32.and(paddr, i32.const(0xfff)));
  const end = f.let32(i32.add(start, f.param(1)));
  f.if(releases, () => {
    f.set(start, zero);
    f.set(end, i32.const(4096));
  });
  const before = i32.const(L.FUSED_BYTES - 1);
  const at = f.let32(select(i32.sub(start, before), zero, i32.gtu(start, before)));
  f.loop((next) => {
    const slot = f.let32(i32.add(map, i32.shl(at, i32.const(2))));
    const record = f.let32(i32.load(slot));
    f.if(record, () => {
      const ends = (field: number): Code => i32.gtu(i32.load16u(record, field), start);
      f.if(i32.or(ends(L.REC_END), ends(L.REC_FUSED_END)), () => {
        f.emit(i32.store(record, L.REC_HANDLER, zero));
        f.emit(i32.store(slot, 0, zero));
      });
    });
    f.set(at, i32.add(at, i32.const(1)));
    f.brIf(next, i32.ltu(at, end));
  });
  f.if(releases, () => f.emit(call(releasePage, i32.shru(paddr, i32.const(12)))));
  return f;
}
