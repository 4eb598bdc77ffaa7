// Expressions of wasm code that the runtime functions and the handlers share: fields of the CPU's state, calls, addresses.

import * as L from "./layout.js";
import { type Code, i32, i64, select, uleb } from "./wasm/encoder.js";

export const zero = i32.const(0);
export const word = (address: number): Code => i32.load(zero, address);
export const setWord = (address: number, v: Code): Code => i32.store(zero, address, v);
export const quad = (address: number): Code => i64.load(zero, address);
export const setQuad = (address: number, v: Code): Code => i64.store(zero, address, v);
export const call = (fn: number, ...args: Code[]): Code => [args, 0x10, uleb(fn)];
export const returnCall = (fn: number, ...args: Code[]): Code => [args, 0x12, uleb(fn)];
/** Leaves to the handler of a record. */
export const dispatch = (type: number, record: Code, remaining: Code): Code => [
  record,
  remaining,
  i32.load16u(record, L.REC_HANDLER),
  0x13,
  uleb(type),
  0,
];
/** Virtual address of a record's instruction. */
export const recordRip = (record: Code): Code => i64.add(quad(L.PAGE_BASE), i64.load16u(record, L.REC_OFFSET));
export const recordEnd = (record: Code): Code => i64.add(quad(L.PAGE_BASE), i64.load16u(record, L.REC_END));
/** i32: the address is not canonical. */
export const nonCanonical = (va: Code): Code => i64.ne(i64.shrs(i64.shl(va, i64.const(16)), i64.const(16)), va);
/** Address of the TLB entry of va in one of the three parts. */
export const tlbEntry = (va: Code, part: number): Code =>
  i32.add(word(L.TLB_BASE), i32.add(i32.and(i32.shru(i32.wrap(va), i32.const(8)), i32.const((L.TLB_ENTRIES - 1) * 16)), i32.const(part)));
export const pageOf = (va: Code): Code => i64.and(va, i64.const(-4096));

/** The user bit of an access from the current privilege level. */
export const userBit = select(i32.const(4), zero, i32.eq(word(L.CPL), i32.const(3)));
