// How a CPU begins: in long mode, with flat segments and interrupts off. Used by cores.ts.

import type { CoreState } from "./core-state.js";
import * as L from "./layout.js";

export interface LongModeStart {
  readonly rip: bigint;
  readonly cr3: bigint;
  readonly rsp: bigint;
  readonly rdi?: bigint;
  readonly rbx?: bigint;
}

export function enterLongMode(s: CoreState, cpu: number, { rip, cr3, rsp, rdi = 0n, rbx = 0n }: LongModeStart): void {
  const retired = s.get(L.RETIRED);
  const line = s.word(L.INTERRUPT_LINE);
  s.i32.fill(0, L.STATE / 4, L.STATE_END / 4);
  s.setWord(L.CPU_NUMBER, cpu);
  s.setWord(L.INTERRUPT_LINE, line);
  s.set(L.RETIRED, retired);
  s.set(L.CR0, 0x80010033n); // PG WP NE ET MP PE
  s.set(L.CR3, cr3);
  s.set(L.CR4, 0x20n);
  s.set(L.EFER, 0xd00n); // NXE LMA LME
  s.set(L.DR6, 0xffff0ff0n);
  s.set(L.DR7, 0x400n);
  s.setSelector(1, 0x10);
  for (const n of [0, 2, 3]) s.setSelector(n, 0x18);
  s.exports.setFlags(2n);
  s.setCpl(0);
  s.flushTlb();
  s.set(L.RIP, rip);
  s.set(L.RSP, rsp);
  s.set(L.RDI, rdi);
  s.set(L.RBX, rbx);
}
