// Exceptions and interrupts in long mode: delivery through the IDT, iretq, far returns. Intel SDM volume 3, chapter 6.

import { type CoreState, GuestFault, isCanonical } from "./core-state.js";
import * as L from "./layout.js";

const CS = 1;
const SS = 2;

const CONTRIBUTORY = new Set([L.VECTOR_DE, L.VECTOR_TS, L.VECTOR_NP, L.VECTOR_SS, L.VECTOR_GP]);

/** A second fault while the first is delivered: does it make #DF? (SDM table 6-5) */
function makesDoubleFault(first: number, second: number): boolean {
  if (first === L.VECTOR_PF) return second === L.VECTOR_PF || CONTRIBUTORY.has(second);
  return CONTRIBUTORY.has(first) && CONTRIBUTORY.has(second);
}

interface Descriptor {
  readonly low: bigint;
  readonly present: boolean;
  readonly dpl: number;
  readonly isCode: boolean;
  readonly conforming: boolean;
  readonly long: boolean;
  readonly writable: boolean;
}

export function readDescriptor(s: CoreState, selector: number, vector: number): Descriptor {
  const index = selector & 0xfff8;
  // The machine has no LDT.
  if (selector & 4 || index + 7 > s.word(L.GDT_LIMIT)) throw new GuestFault(vector, selector & 0xfffc);
  const low = s.read(s.get(L.GDT_BASE) + BigInt(index), 8, false);
  const access = Number((low >> 40n) & 0xffn);
  return {
    low,
    present: (access & 0x80) !== 0,
    dpl: (access >> 5) & 3,
    isCode: (access & 0x18) === 0x18,
    conforming: (access & 0x1c) === 0x1c,
    long: ((low >> 53n) & 1n) === 1n,
    writable: (access & 0x1a) === 0x12,
  };
}

/** Where an exception comes from. */
export interface Event {
  readonly vector: number;
  readonly errorCode: number | undefined;
  /** int n, int3: the gate's DPL is checked. */
  readonly software: boolean;
  /** Fault class: RF is set in the saved flags. */
  readonly fault: boolean;
}

function deliverOnce(s: CoreState, e: Event): void {
  const external = e.software ? 0 : 1;
  const idtError = e.vector * 8 + 2 + external;
  if (e.vector * 16 + 15 > s.word(L.IDT_LIMIT)) throw new GuestFault(L.VECTOR_GP, idtError);
  const gate = s.get(L.IDT_BASE) + BigInt(e.vector * 16);
  const low = s.read(gate, 8, false);
  const high = s.read(gate + 8n, 8, false);
  const type = Number((low >> 40n) & 0x1fn);
  if (type !== 0xe && type !== 0xf) throw new GuestFault(L.VECTOR_GP, idtError);
  if (e.software && Number((low >> 45n) & 3n) < s.cpl) throw new GuestFault(L.VECTOR_GP, idtError);
  if (!((low >> 47n) & 1n)) throw new GuestFault(L.VECTOR_NP, idtError);
  const selector = Number((low >> 16n) & 0xffffn);
  if ((selector & 0xfffc) === 0) throw new GuestFault(L.VECTOR_GP, external);
  const code = readDescriptor(s, selector, L.VECTOR_GP);
  if (!code.isCode || code.dpl > s.cpl || !code.long) throw new GuestFault(L.VECTOR_GP, (selector & 0xfffc) + external);
  if (!code.present) throw new GuestFault(L.VECTOR_NP, (selector & 0xfffc) + external);
  const offset = (low & 0xffffn) | ((low >> 32n) & 0xffff0000n) | ((high & 0xffffffffn) << 32n);
  const newCpl = code.conforming ? s.cpl : code.dpl;
  const ist = Number((low >> 32n) & 7n);
  const changes = newCpl < s.cpl;
  let rsp = s.get(L.RSP);
  if (ist || changes) {
    const slot = ist ? 0x24 + 8 * (ist - 1) : 4 + 8 * newCpl;
    if (slot + 7 > s.word(L.TSS_LIMIT)) throw new GuestFault(L.VECTOR_TS, s.word(L.TSS_SELECTOR) & 0xfffc);
    rsp = s.read(s.get(L.TSS_BASE) + BigInt(slot), 8, false);
    if (!isCanonical(rsp)) throw new GuestFault(L.VECTOR_SS, 0);
  }
  if (!isCanonical(offset)) throw new GuestFault(L.VECTOR_GP, external);
  const flags = (BigInt(s.exports.getFlags()) & ~BigInt(L.FLAG_RF)) | (e.fault ? BigInt(L.FLAG_RF) : 0n);
  rsp &= ~15n;
  const frame = [BigInt(s.selector(SS)), s.get(L.RSP), flags, BigInt(s.selector(CS)), s.get(L.RIP)];
  if (e.errorCode !== undefined) frame.push(BigInt(e.errorCode));
  const user = newCpl === 3;
  // Nothing is written before the whole frame can be.
  s.probeWrite(rsp - 8n * BigInt(frame.length), 8 * frame.length, user);
  for (const value of frame) {
    rsp = BigInt.asUintN(64, rsp - 8n);
    s.write(rsp, 8, value, user);
  }
  s.set(L.RSP, rsp);
  s.set(L.RIP, offset);
  s.setSelector(CS, (selector & 0xfffc) | newCpl);
  if (changes) s.setSelector(SS, newCpl);
  s.setCpl(newCpl);
  const cleared = L.FLAG_TF | L.FLAG_NT | L.FLAG_RF | (type === 0xe ? L.FLAG_IF : 0);
  s.setWord(L.RFLAGS, s.word(L.RFLAGS) & ~cleared);
  s.setWord(L.SHADOW, 0);
  s.setWord(L.HALTED, 0);
}

/** Delivers an exception or interrupt, and what goes wrong meanwhile. False: triple fault. `faultRip`: of a software interrupt. */
export function deliver(s: CoreState, event: Event, faultRip?: bigint): boolean {
  const { vector, errorCode, software, fault } = event;
  if (!software && s.exports.deliver(vector, errorCode ?? 0, errorCode === undefined ? 0 : 1, fault ? 1 : 0)) return true;
  let current = event;
  for (;;) {
    try {
      deliverOnce(s, current);
      return true;
    } catch (error) {
      if (!(error instanceof GuestFault)) throw error;
      if (error.vector === L.VECTOR_PF) s.set(L.CR2, error.address ?? 0n);
      if (current.vector === L.VECTOR_DF) return false;
      if (faultRip !== undefined) s.set(L.RIP, faultRip);
      const double = !current.software && makesDoubleFault(current.vector, error.vector);
      current = double
        ? { vector: L.VECTOR_DF, errorCode: 0, software: false, fault: false }
        : { vector: error.vector, errorCode: error.errorCode, software: false, fault: true };
    }
  }
}

const IRET_FLAGS = L.FLAGS_ARITHMETIC | L.FLAG_TF | L.FLAG_DF | L.FLAG_NT | L.FLAG_RF | L.FLAG_AC | L.FLAG_ID;

/** iretq; rip and flags of the interrupted code come back. Faults leave everything as it is. */
export function interruptReturn(s: CoreState, width: number): void {
  const size = width / 8;
  const user = s.cpl === 3;
  if (s.word(L.RFLAGS) & L.FLAG_NT) throw new GuestFault(L.VECTOR_GP, 0);
  const rsp = s.get(L.RSP);
  const pop = (n: number): bigint => s.read(rsp + BigInt(size * n), size, user);
  const rip = pop(0);
  const cs = Number(pop(1) & 0xffffn);
  const flags = pop(2);
  const newRsp = pop(3);
  const ss = Number(pop(4) & 0xffffn);
  const newCpl = cs & 3;
  checkCode(s, cs, newCpl, rip);
  if ((ss & 0xfffc) === 0) {
    // A null stack selector is good in 64-bit mode, but not in ring 3.
    if (newCpl === 3) throw new GuestFault(L.VECTOR_GP, 0);
  } else {
    const stack = readDescriptor(s, ss, L.VECTOR_GP);
    if (!stack.writable || stack.dpl !== newCpl || (ss & 3) !== newCpl) throw new GuestFault(L.VECTOR_GP, ss & 0xfffc);
    if (!stack.present) throw new GuestFault(L.VECTOR_SS, ss & 0xfffc);
  }
  const old = s.exports.getFlags();
  let mask = IRET_FLAGS;
  if (s.cpl <= ((old >> 12) & 3)) mask |= L.FLAG_IF;
  if (s.cpl === 0) mask |= L.FLAG_IOPL;
  if (width === 16) mask &= 0xffff;
  s.exports.setFlags((BigInt(old) & ~BigInt(mask)) | (flags & BigInt(mask)));
  s.setWord(L.RFLAGS, s.word(L.RFLAGS) | (Number(flags & BigInt(mask)) & L.FLAG_RF));
  s.setSelector(CS, cs);
  s.setSelector(SS, ss);
  s.set(L.RSP, newRsp);
  s.set(L.RIP, rip);
  s.setWord(L.NMI, s.word(L.NMI) & ~L.NMI_BLOCKED);
  if (newCpl !== s.cpl) s.setCpl(newCpl);
}

/** The checks on a code selector that a return or far jump leads to. */
function checkCode(s: CoreState, cs: number, newCpl: number, rip: bigint): void {
  if ((cs & 0xfffc) === 0) throw new GuestFault(L.VECTOR_GP, 0);
  const code = readDescriptor(s, cs, L.VECTOR_GP);
  if (!code.isCode || newCpl < s.cpl || (code.conforming ? code.dpl > newCpl : code.dpl !== newCpl))
    throw new GuestFault(L.VECTOR_GP, cs & 0xfffc);
  if (!code.present) throw new GuestFault(L.VECTOR_NP, cs & 0xfffc);
  // Compatibility mode does not exist here.
  if (!code.long) throw new GuestFault(L.VECTOR_GP, cs & 0xfffc);
  if (!isCanonical(rip)) throw new GuestFault(L.VECTOR_GP, 0);
}

/** lret: same or outer ring. `extra`: bytes of arguments released. */
export function farReturn(s: CoreState, width: number, extra: bigint): void {
  const size = width / 8;
  const user = s.cpl === 3;
  const rsp = s.get(L.RSP);
  const rip = s.read(rsp, size, user);
  const cs = Number(s.read(rsp + BigInt(size), size, user) & 0xffffn);
  const newCpl = cs & 3;
  checkCode(s, cs, newCpl, rip);
  let newRsp = rsp + BigInt(2 * size) + extra;
  if (newCpl !== s.cpl) {
    const at = newRsp;
    newRsp = s.read(at, size, user) + extra;
    s.setSelector(SS, Number(s.read(at + BigInt(size), size, user) & 0xffffn));
  }
  s.set(L.RSP, BigInt.asUintN(64, newRsp));
  s.set(L.RIP, rip);
  s.setSelector(CS, cs);
  if (newCpl !== s.cpl) s.setCpl(newCpl);
}

/** Far jump or call through memory, within the same ring. */
export function farTransfer(s: CoreState, width: number, address: bigint, isCall: boolean, returnTo: bigint): void {
  const size = width / 8;
  const user = s.cpl === 3;
  const rip = s.read(address, size, user);
  const cs = Number(s.read(address + BigInt(size), 2, user));
  if ((cs & 0xfffc) === 0) throw new GuestFault(L.VECTOR_GP, 0);
  const code = readDescriptor(s, cs, L.VECTOR_GP);
  if (!code.isCode || !code.long || (code.conforming ? code.dpl > s.cpl : code.dpl !== s.cpl))
    throw new GuestFault(L.VECTOR_GP, cs & 0xfffc);
  if (!code.present) throw new GuestFault(L.VECTOR_NP, cs & 0xfffc);
  if (!isCanonical(rip)) throw new GuestFault(L.VECTOR_GP, 0);
  if (isCall) {
    const rsp = s.get(L.RSP) - BigInt(2 * size);
    s.probeWrite(rsp, 2 * size, user);
    s.write(rsp, size, returnTo, user);
    s.write(rsp + BigInt(size), size, BigInt(s.selector(CS)), user);
    s.set(L.RSP, BigInt.asUintN(64, rsp));
  }
  s.set(L.RIP, rip);
  s.setSelector(CS, (cs & 0xfffc) | s.cpl);
}
