// The ways into the kernel and out of it that wasm takes by itself where nothing is unusual about them: delivery of an interrupt or
// exception, syscall, sysret, iretq, swapgs; and what each switch of tasks does: a cr3 write, rdtsc. Each first looks whether it is such a case, without an effect; all others are left to
// the host (exceptions.ts, system.ts), which knows the whole meaning.

import { Handler } from "./handler.js";
import * as L from "./layout.js";
import type { Runtime } from "./runtime.js";
import { call, nonCanonical, pageOf, quad, returnCall, setQuad, setWord, tlbEntry, word, zero } from "./runtime-code.js";
import { SystemOp } from "./system-ops.js";
import { type Code, Fn, I32, I64, i32, i64, type Label } from "./wasm/encoder.js";

const one = i32.const(1);
const EFER_SCE = 1;
/** Bits of R11 that sysret takes. */
const SYSRET_FLAGS = 0x3c7fd7;
const IRET_FLAGS = L.FLAGS_ARITHMETIC | L.FLAG_TF | L.FLAG_DF | L.FLAG_NT | L.FLAG_AC | L.FLAG_ID | L.FLAG_IF | L.FLAG_IOPL;
const IRET_FRAME = 40;
const WALK_WRITE = 2;
const CS = L.SELECTORS + 4;
const SS = L.SELECTORS + 8;

/** A level-0 CPL or a level-3 one, with its TLB. */
const setCpl = (user: Code): Code => [
  setWord(L.CPL, i32.mul(user, i32.const(3))),
  setWord(
    L.TLB_BASE,
    i32.add(i32.add(i32.mul(word(L.CPU_NUMBER), i32.const(L.TLB_CPU)), i32.mul(user, i32.const(L.TLB_SET))), i32.const(L.TLB)),
  ),
];

/** Host address of `size` bytes at a linear address, with supervisor rights; leaves to `other` where they do not lie in one page of RAM. */
function locate(f: Fn, walk: number, address: Code, size: number, access: number, other: Label): Code {
  const va = f.let64(address);
  f.brIf(other, nonCanonical(va));
  f.brIf(other, i32.gtu(i32.and(i32.wrap(va), i32.const(0xfff)), i32.const(4096 - size)));
  const physical = f.let64(call(walk, va, i32.const(access)));
  // A fault's −1 is above all RAM too.
  f.brIf(other, i64.geu(physical, quad(L.RAM_BYTES)));
  return f.let32(i32.add(i32.wrap(physical), i32.const(L.RAM_BASE)));
}

/** Bits 40…55 of a descriptor: type, DPL, present and the flags. */
function descriptor(f: Fn, walk: number, selector: Code, other: Label): Code {
  f.brIf(other, i32.ne(i32.and(selector, i32.const(4)), zero));
  const index = f.let32(i32.and(selector, i32.const(0xfff8)));
  f.brIf(other, i32.gtu(i32.add(index, i32.const(7)), word(L.GDT_LIMIT)));
  const at = locate(f, walk, i64.add(quad(L.GDT_BASE), i64.ext32u(index)), 8, 0, other);
  return f.let32(i32.and(i32.wrap(i64.shru(i64.load(at), i64.const(40))), i32.const(0xffff)));
}

/** Not a present 64-bit code segment, not conforming, of this DPL. */
const noCode = (access: Code, dpl: Code): Code =>
  i32.ne(i32.and(access, i32.const(0x20fc)), i32.or(i32.const(0x2098), i32.shl(dpl, i32.const(5))));

/** Not a present writable data segment of this DPL. */
const noStack = (access: Code, dpl: Code): Code =>
  i32.ne(i32.and(access, i32.const(0xfa)), i32.or(i32.const(0x92), i32.shl(dpl, i32.const(5))));

/** (vector, error code, whether there is one, the saved RF) → 1, or 0 without an effect: the host delivers. */
export function buildDeliver(fns: { walk: number; getFlags: number }): Fn {
  const f = new Fn([I32, I32, I32, I32], [I32]);
  const [vector, errorCode, hasError, resume] = [f.param(0), f.param(1), f.param(2), f.param(3)];
  f.block((other) => {
    f.brIf(other, i32.gtu(i32.add(i32.shl(vector, i32.const(4)), i32.const(15)), word(L.IDT_LIMIT)));
    const gate = locate(f, fns.walk, i64.add(quad(L.IDT_BASE), i64.ext32u(i32.shl(vector, i32.const(4)))), 16, 0, other);
    const low = f.let64(i64.load(gate));
    const kind = f.let32(i32.wrap(i64.shru(low, i64.const(40))));
    // Present, interrupt or trap gate.
    f.brIf(other, i32.ne(i32.and(kind, i32.const(0x9e)), i32.const(0x8e)));
    const selector = f.let32(i32.and(i32.wrap(i64.shru(low, i64.const(16))), i32.const(0xffff)));
    f.brIf(other, i32.eqz(i32.and(selector, i32.const(0xfffc))));
    f.brIf(other, noCode(descriptor(f, fns.walk, selector, other), zero));
    const offset = f.let64(
      i64.or(
        i64.or(i64.and(low, i64.const(0xffff)), i64.and(i64.shru(low, i64.const(32)), i64.const(0xffff0000n))),
        i64.shl(i64.load(gate, 8), i64.const(32)),
      ),
    );
    f.brIf(other, nonCanonical(offset));
    const rsp = f.let64(quad(L.RSP));
    const ist = f.let32(i32.and(i32.wrap(i64.shru(low, i64.const(32))), i32.const(7)));
    f.if(i32.or(ist, word(L.CPL)), () => {
      // rsp0 stands at 4, ist1 at 0x24.
      const slot = f.let32(i32.const(4));
      f.if(ist, () => f.set(slot, i32.add(i32.shl(ist, i32.const(3)), i32.const(0x1c))));
      f.brIf(other, i32.gtu(i32.add(slot, i32.const(7)), word(L.TSS_LIMIT)));
      f.set(rsp, i64.load(locate(f, fns.walk, i64.add(quad(L.TSS_BASE), i64.ext32u(slot)), 8, 0, other)));
    });
    f.brIf(other, nonCanonical(rsp));
    f.set(rsp, i64.and(rsp, i64.const(-16)));
    // Room for the error code in any case: the frame begins at a multiple of 16.
    const frame = locate(f, fns.walk, i64.sub(rsp, i64.const(48)), 48, WALK_WRITE, other);
    f.brIf(other, i32.load(i32.shl(i32.shru(i32.sub(frame, i32.const(L.RAM_BASE)), i32.const(12)), i32.const(2)), L.PAGE_MAPS));
    f.if(hasError, () => f.emit(i64.store(frame, 0, i64.ext32u(errorCode))));
    f.emit(i64.store(frame, 8, quad(L.RIP)), i64.store(frame, 16, i64.ext32u(word(CS))));
    const flags = i32.or(i32.and(call(fns.getFlags), i32.const(~L.FLAG_RF)), i32.shl(resume, i32.const(16)));
    f.emit(i64.store(frame, 24, i64.ext32u(flags)));
    f.emit(i64.store(frame, 32, quad(L.RSP)), i64.store(frame, 40, i64.ext32u(word(SS))));
    f.emit(setQuad(L.RSP, i64.sub(rsp, i64.ext32u(i32.add(i32.const(40), i32.shl(hasError, i32.const(3)))))));
    f.emit(setQuad(L.RIP, offset), setWord(CS, i32.and(selector, i32.const(0xfffc))));
    f.if(word(L.CPL), () => f.emit(setWord(SS, zero), setCpl(zero)));
    // A trap gate leaves IF.
    const cleared = f.let32(i32.const(L.FLAG_TF | L.FLAG_NT | L.FLAG_RF));
    f.if(i32.eqz(i32.and(kind, one)), () => f.set(cleared, i32.or(cleared, i32.const(L.FLAG_IF))));
    f.emit(setWord(L.RFLAGS, i32.and(word(L.RFLAGS), i32.xor(cleared, i32.const(-1)))));
    f.emit(setWord(L.SHADOW, zero), setWord(L.HALTED, zero));
    f.return(one);
  });
  f.emit(zero);
  return f;
}

/**
 * A handler that does `body`, which leaves to its label before any effect where the host is to execute the instruction. The host does
 * so at the end of a budget too: single steps and breakpoints are looked at there.
 */
function withHost(rt: Runtime, body: (h: Handler, other: Label) => void): Fn {
  const h = new Handler(rt, true);
  h.block((other) => {
    h.brIf(other, i32.leu(h.remaining, one));
    body(h, other);
  });
  h.emit(returnCall(rt.leave, h.record, h.remaining, i32.const(L.EXIT_SYSTEM)));
  return h;
}

/** Not where the host must look at something behind the instruction: a single step, a waiting interrupt. */
function checkFlags(h: Handler, flags: Code, other: Label): void {
  h.brIf(other, i32.and(flags, i32.const(L.FLAG_TF)));
  h.brIf(other, i32.and(i32.ne(i32.and(flags, i32.const(L.FLAG_IF)), zero), word(L.INTERRUPT_LINE)));
}

const withoutSyscalls = i32.eqz(i32.and(word(L.EFER), i32.const(EFER_SCE)));

function buildSyscall(rt: Runtime): Fn {
  return withHost(rt, (h, other) => {
    h.brIf(other, withoutSyscalls);
    const flags = h.let32(i32.and(call(rt.getFlags), i32.const(~L.FLAG_RF)));
    h.emit(setQuad(L.RCX, h.nextRip), setQuad(L.R11, i64.ext32u(flags)));
    h.emit(call(rt.setFlags, i64.and(i64.ext32u(flags), i64.not(quad(L.FMASK)))));
    const selector = h.let32(i32.and(word(L.STAR + 4), i32.const(0xfffc)));
    h.emit(setWord(CS, selector), setWord(SS, i32.and(i32.add(selector, i32.const(8)), i32.const(0xffff))), setCpl(zero));
    h.jump(quad(L.LSTAR));
  });
}

/** The 64-bit form. */
function buildSysret(rt: Runtime): Fn {
  return withHost(rt, (h, other) => {
    h.brIf(other, i32.or(withoutSyscalls, word(L.CPL)));
    const target = h.let64(quad(L.RCX));
    h.brIf(other, nonCanonical(target));
    const flags = h.let64(i64.and(quad(L.R11), i64.const(SYSRET_FLAGS)));
    checkFlags(h, i32.wrap(flags), other);
    h.emit(call(rt.setFlags, flags));
    const selector = h.let32(i32.shru(word(L.STAR + 4), i32.const(16)));
    const ringThree = (offset: number): Code => i32.and(i32.or(i32.add(selector, i32.const(offset)), i32.const(3)), i32.const(0xffff));
    h.emit(setWord(CS, ringThree(16)), setWord(SS, ringThree(8)), setCpl(one));
    h.jump(target);
  });
}

/** iretq in ring 0, to ring 0 or 3. */
function buildIret(rt: Runtime): Fn {
  return withHost(rt, (h, other) => {
    h.brIf(other, i32.or(word(L.CPL), i32.and(word(L.RFLAGS), i32.const(L.FLAG_NT))));
    const rsp = h.let64(quad(L.RSP));
    const entry = h.let32(tlbEntry(rsp, L.TLB_READ));
    h.brIf(other, i64.ne(i64.load(entry), pageOf(i64.add(rsp, i64.const(IRET_FRAME - 1)))));
    const frame = h.let32(i32.add(i32.wrap(rsp), i32.load(entry, 8)));
    const cs = h.let32(i32.load16u(frame, 8));
    const ss = h.let32(i32.load16u(frame, 32));
    const level = h.let32(i32.and(cs, i32.const(3)));
    const target = h.let64(i64.load(frame));
    h.brIf(other, nonCanonical(target));
    // Null, or ring 1 or 2.
    h.brIf(other, i32.or(i32.eqz(i32.and(cs, i32.const(0xfffc))), i32.ne(i32.and(level, one), i32.shru(level, one))));
    h.brIf(other, noCode(descriptor(h, rt.walk, cs, other), level));
    h.if(
      i32.and(ss, i32.const(0xfffc)),
      () => {
        h.brIf(other, i32.ne(i32.and(ss, i32.const(3)), level));
        h.brIf(other, noStack(descriptor(h, rt.walk, ss, other), level));
      },
      () => h.brIf(other, level),
    );
    const flags = h.let32(
      i32.or(i32.and(call(rt.getFlags), i32.const(~(IRET_FLAGS | L.FLAG_RF))), i32.and(i32.load(frame, 16), i32.const(IRET_FLAGS))),
    );
    checkFlags(h, flags, other);
    // RF hides a breakpoint from the next instruction only, and none is set: with one the host would execute this.
    h.emit(call(rt.setFlags, i64.ext32u(flags)));
    h.emit(setWord(CS, cs), setWord(SS, ss), setQuad(L.RSP, i64.load(frame, 24)));
    h.if(level, () => h.emit(setCpl(one)));
    h.jump(target);
  });
}

function buildSwapgs(rt: Runtime): Fn {
  const h = new Handler(rt, false);
  h.if(word(L.CPL), () => h.emit(returnCall(rt.leave, h.record, h.remaining, i32.const(L.EXIT_SYSTEM))));
  const gs = h.variable(I64);
  h.set(gs, quad(L.GS_BASE));
  h.emit(setQuad(L.GS_BASE, quad(L.KERNEL_GS_BASE)), setQuad(L.KERNEL_GS_BASE, gs));
  h.next();
  return h;
}

/** mov to cr3: drops the TLB entries of pages that are not global, as the list has them. */
function buildWriteCr3(rt: Runtime): Fn {
  return withHost(rt, (h, other) => {
    h.brIf(other, word(L.CPL));
    const value = h.let64(i64.load(i32.load16u(h.record, L.REC_A)));
    h.brIf(other, i64.ne(i64.shru(value, i64.const(40)), i64.const(0)));
    // With a full list the host goes through the whole TLB.
    const count = h.let32(word(L.TLB_LIST_COUNT));
    h.brIf(other, i32.geu(count, i32.const(L.TLB_LIST_ENTRIES)));
    h.emit(setQuad(L.CR3, value), setWord(L.TLB_LIST_COUNT, zero));
    const at = h.let32(i32.mul(word(L.CPU_NUMBER), i32.const(L.TLB_LIST_ENTRIES * 4)));
    const end = h.let32(i32.add(at, i32.shl(count, i32.const(2))));
    h.block((done) =>
      h.loop((again) => {
        h.brIf(done, i32.eq(at, end));
        const entry = h.let32(i32.load(at, L.TLB_LIST));
        h.if(i32.eqz(i32.and(i32.load(entry, 12), i32.const(L.TLB_GLOBAL))), () => h.emit(i32.store(entry, 0, i32.const(L.TLB_INVALID))));
        h.set(at, i32.add(at, i32.const(4)));
        h.br(again);
      }),
    );
    h.jump(h.nextRip);
  });
}

function buildReadTsc(rt: Runtime): Fn {
  return withHost(rt, (h, other) => {
    h.brIf(other, word(L.CPL));
    h.emit(setWord(L.REMAINING, h.remaining));
    const tsc = h.let64(call(rt.tsc));
    h.emit(setQuad(L.RAX, i64.ext32u(i32.wrap(tsc))), setQuad(L.RDX, i64.shru(tsc, i64.const(32))));
    h.jump(h.nextRip);
  });
}

/** By instruction (of 64-bit width) and, where it is given, register number: its handler. */
export const KERNEL_ENTRY: readonly { readonly op: SystemOp; readonly register?: number; readonly build: (rt: Runtime) => Fn }[] = [
  { op: SystemOp.Syscall, build: buildSyscall },
  { op: SystemOp.Sysret, build: buildSysret },
  { op: SystemOp.Iret, build: buildIret },
  { op: SystemOp.Swapgs, build: buildSwapgs },
  { op: SystemOp.WriteCr, register: 3, build: buildWriteCr3 },
  { op: SystemOp.Rdtsc, build: buildReadTsc },
];
