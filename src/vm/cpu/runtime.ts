// Puts the core's runtime functions together: those about memory (memory-runtime.ts), jumps to a virtual address, links
// between records, exits to the host. The handlers call them by number.

import { buildGetFlags, buildSetArithmeticFlags, buildSetFlags } from "./flags.js";
import { buildDeliver } from "./kernel-entry.js";
import * as L from "./layout.js";
import { buildAccess, buildChecked, buildCommit, buildFill, buildInvalidate, buildRead8, buildWalk } from "./memory-runtime.js";
import {
  call,
  dispatch,
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
import { type Code, F64, Fn, I32, I64, i32, i64, type ModuleBuilder } from "./wasm/encoder.js";
import { buildDivide128, buildMulHighSigned, buildMulHighUnsigned } from "./wide-arithmetic.js";

const FETCH = 16;

/** Function numbers that the handlers use. */
export interface Runtime {
  handlerType: number;
  decode: number;
  walk: number;
  tsc: number;
  read: number;
  write: number;
  readChecked: number;
  writeChecked: number;
  commit: number;
  invalidate: number;
  jump: number;
  link: number;
  stop: number;
  raise: number;
  leave: number;
  getFlags: number;
  setFlags: number;
  setArithmeticFlags: number;
  mulHighUnsigned: number;
  mulHighSigned: number;
  divide128: number;
}

/** (record, remaining, vector, error code): leaves a fault of this instruction for the host. */
function buildRaise(): Fn {
  const f = new Fn([I32, I32, I32, I32]);
  f.emit(setWord(L.EXIT, i32.const(L.EXIT_FAULT)));
  f.emit(setWord(L.EXIT_RECORD, f.param(0)));
  f.emit(setQuad(L.RIP, recordRip(f.param(0))));
  f.emit(setWord(L.REMAINING, f.param(1)));
  f.emit(setWord(L.VECTOR, f.param(2)));
  f.emit(setWord(L.ERROR_CODE, f.param(3)));
  return f;
}

/** (record, remaining, reason): the host goes on with this instruction. */
function buildLeave(): Fn {
  const f = new Fn([I32, I32, I32]);
  f.emit(setWord(L.EXIT, f.param(2)));
  f.emit(setWord(L.EXIT_RECORD, f.param(0)));
  f.emit(setQuad(L.RIP, recordRip(f.param(0))));
  f.emit(setWord(L.REMAINING, f.param(1)));
  return f;
}

/** (va, remaining): goes on at a virtual address. */
function buildJump(type: number, decode: number, slow: number): Fn {
  const f = new Fn([I64, I32]);
  const va = f.param(0);
  const remaining = f.param(1);
  f.if(i32.eqz(remaining), () => {
    f.emit(setQuad(L.RIP, va), setWord(L.REMAINING, zero));
    f.return();
  });
  const entry = f.let32(tlbEntry(va, L.TLB_EXECUTE));
  f.if(i64.ne(i64.load(entry), pageOf(va)), () => f.emit(returnCall(slow, va, remaining)));
  const map = f.let32(i32.load(entry, 8));
  f.emit(setQuad(L.PAGE_BASE, pageOf(va)), setWord(L.CURRENT_MAP, map));
  const offset = f.let32(i32.and(i32.wrap(va), i32.const(0xfff)));
  const record = f.let32(i32.load(i32.add(map, i32.shl(offset, i32.const(2)))));
  f.if(i32.eqz(record), () => f.set(record, call(decode, map, offset)));
  f.emit(dispatch(type, record, remaining));
  return f;
}

function buildJumpSlow(fns: { walk: number; fill: number; codePage: number; jump: number }): Fn {
  const f = new Fn([I64, I32]);
  const va = f.param(0);
  const remaining = f.param(1);
  const fault = (vector: number, error: Code): void => {
    f.emit(setWord(L.EXIT, i32.const(L.EXIT_FAULT)), setWord(L.EXIT_RECORD, zero));
    f.emit(setQuad(L.RIP, va), setWord(L.REMAINING, remaining));
    f.emit(setWord(L.VECTOR, i32.const(vector)), setWord(L.ERROR_CODE, error));
    f.return();
  };
  f.if(nonCanonical(va), () => fault(L.VECTOR_GP, zero));
  const physical = f.let64(call(fns.walk, va, i32.or(userBit, i32.const(FETCH))));
  f.if(i64.lts(physical, i64.const(0)), () => {
    f.emit(setQuad(L.CR2, va));
    fault(L.VECTOR_PF, word(L.WALK_ERROR));
  });
  // Code outside RAM: devices give no instructions.
  f.if(i64.geu(physical, quad(L.RAM_BYTES)), () => fault(L.VECTOR_UD, zero));
  const page = f.let32(i32.wrap(i64.shru(physical, i64.const(12))));
  const map = f.let32(i32.load(i32.shl(page, i32.const(2)), L.PAGE_MAPS));
  f.if(i32.eqz(map), () => f.set(map, call(fns.codePage, page)));
  f.emit(call(fns.fill, tlbEntry(va, L.TLB_EXECUTE), va, map));
  f.emit(returnCall(fns.jump, va, remaining));
  return f;
}

/** (record of a branch, remaining): finds the record of its target in this page and keeps it in the branch. */
function buildLink(type: number, decode: number, stop: number): Fn {
  const f = new Fn([I32, I32]);
  const record = f.param(0);
  const map = f.let32(word(L.CURRENT_MAP));
  const offset = f.let32(i32.load(record, L.REC_DISP));
  const target = f.let32(i32.load(i32.add(map, i32.shl(offset, i32.const(2)))));
  f.if(i32.eqz(target), () => f.set(target, call(decode, map, offset)));
  // Decoding may have dropped everything, this record too: then the map is another.
  f.if(i32.eq(map, word(L.CURRENT_MAP)), () => f.emit(i32.store(record, L.REC_LINK, target)));
  f.if(i32.eqz(f.param(1)), () => f.emit(returnCall(stop, target)));
  f.emit(dispatch(type, target, f.param(1)));
  return f;
}

/** (record): the budget ends before this instruction. */
function buildStop(): Fn {
  const f = new Fn([I32]);
  f.emit(setQuad(L.RIP, recordRip(f.param(0))), setWord(L.REMAINING, zero));
  return f;
}

/** Declares imports, then defines all runtime functions. Imports must come before any other function. */
export function buildRuntime(m: ModuleBuilder): Runtime {
  const decode = m.importFunction("decode", [I32, I32], [I32]);
  const codePage = m.importFunction("codePage", [I32], [I32]);
  const mmioRead = m.importFunction("mmioRead", [F64, I32], [I64]);
  const mmioWrite = m.importFunction("mmioWrite", [F64, I32, I64], []);
  const releasePage = m.importFunction("releasePage", [I32], []);
  const tsc = m.importFunction("tsc", [], [I64]);
  const handlerType = m.type([I32, I32], []);
  const add = (fn: Fn): number => {
    const index = m.declare(fn.params, fn.results);
    m.define(index, fn);
    return index;
  };
  const walk = add(buildWalk());
  const fill = add(buildFill());
  const raise = add(buildRaise());
  const leave = add(buildLeave());
  const read8 = add(buildRead8(mmioRead));
  const read = add(buildAccess(false, { walk, fill, raise, read8, mmioRead }));
  const write = add(buildAccess(true, { walk, fill, raise, read8, mmioRead }));
  const invalidate = add(buildInvalidate(releasePage));
  const commit = add(buildCommit({ mmioWrite, invalidate }));
  const stop = add(buildStop());
  const jumpSlow = m.declare([I64, I32], []);
  const jump = add(buildJump(handlerType, decode, jumpSlow));
  m.define(jumpSlow, buildJumpSlow({ walk, fill, codePage, jump }));
  const link = add(buildLink(handlerType, decode, stop));
  const getFlags = add(buildGetFlags());
  const setArithmeticFlags = add(buildSetArithmeticFlags());
  const setFlags = add(buildSetFlags(setArithmeticFlags));
  const execute = new Fn([I32]);
  execute.emit(returnCall(jump, quad(L.RIP), execute.param(0)));
  const executeRecord = new Fn([I32, I32]);
  executeRecord.emit(dispatch(handlerType, executeRecord.param(0), executeRecord.param(1)));
  const mulHighUnsigned = add(buildMulHighUnsigned());
  m.export("walk", walk);
  m.export("invalidate", invalidate);
  m.export("getFlags", getFlags);
  m.export("setFlags", setFlags);
  m.export("deliver", add(buildDeliver({ walk, getFlags })));
  m.export("execute", add(execute));
  m.export("executeRecord", add(executeRecord));
  return {
    handlerType,
    decode,
    walk,
    tsc,
    read,
    write,
    readChecked: add(buildChecked(false, read)),
    writeChecked: add(buildChecked(true, write)),
    commit,
    invalidate,
    jump,
    link,
    stop,
    raise,
    leave,
    getFlags,
    setFlags,
    setArithmeticFlags,
    mulHighUnsigned,
    mulHighSigned: add(buildMulHighSigned(mulHighUnsigned)),
    divide128: add(buildDivide128()),
  };
}
