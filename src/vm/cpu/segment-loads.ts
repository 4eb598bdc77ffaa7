// Loads of the task register and of data segments, by descriptor. Used by system.ts.

import { type CoreState, GuestFault } from "./core-state.js";
import { readDescriptor } from "./exceptions.js";
import * as L from "./layout.js";

function gp(errorCode = 0): never {
  throw new GuestFault(L.VECTOR_GP, errorCode);
}

export function loadTask(s: CoreState, selector: number): void {
  if ((selector & 0xfffc) === 0) gp();
  if (selector & 4 || (selector & 0xfff8) + 15 > s.word(L.GDT_LIMIT)) gp(selector & 0xfffc);
  const at = s.get(L.GDT_BASE) + BigInt(selector & 0xfff8);
  const low = s.read(at, 8, false);
  const high = s.read(at + 8n, 8, false);
  const type = Number((low >> 40n) & 0x1fn);
  if (type !== 9) gp(selector & 0xfffc);
  if (!((low >> 47n) & 1n)) throw new GuestFault(L.VECTOR_NP, selector & 0xfffc);
  const base = ((low >> 16n) & 0xffffffn) | ((low >> 32n) & 0xff000000n) | ((high & 0xffffffffn) << 32n);
  let limit = Number((low & 0xffffn) | ((low >> 32n) & 0xf0000n));
  if ((low >> 55n) & 1n) limit = limit * 4096 + 4095;
  // Marks the descriptor busy.
  s.write(at, 8, low | (1n << 41n), false);
  s.set(L.TSS_BASE, base);
  s.setWord(L.TSS_LIMIT, limit);
  s.setWord(L.TSS_SELECTOR, selector);
}

/** Data segments: the selector is checked and kept; fs and gs take their base from the descriptor. */
export function loadSelector(s: CoreState, n: number, selector: number): void {
  const isStack = n === 2;
  if ((selector & 0xfffc) === 0) {
    if (isStack && (s.cpl === 3 || (selector & 3) !== s.cpl)) gp();
    s.setSelector(n, selector);
    return;
  }
  const d = readDescriptor(s, selector, L.VECTOR_GP);
  const access = Number((d.low >> 40n) & 0xffn);
  const isSegment = (access & 0x10) !== 0;
  const readable = !(access & 8) || (access & 2) !== 0;
  if (!isSegment || !readable || (isStack && (!d.writable || d.dpl !== s.cpl || (selector & 3) !== s.cpl))) gp(selector & 0xfffc);
  if (!isStack && !d.conforming && d.dpl < Math.max(s.cpl, selector & 3)) gp(selector & 0xfffc);
  if (!d.present) throw new GuestFault(isStack ? L.VECTOR_SS : L.VECTOR_NP, selector & 0xfffc);
  s.setSelector(n, selector);
  if (n >= 4) s.set(n === 4 ? L.FS_BASE : L.GS_BASE, ((d.low >> 16n) & 0xffffffn) | ((d.low >> 32n) & 0xff000000n));
}
