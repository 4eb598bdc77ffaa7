// The debug registers' breakpoints. Used by cores.ts.

import type { CoreState } from "./core-state.js";
import * as L from "./layout.js";

/** Execution breakpoints of DR0…DR3; RF suppresses them for one instruction. */
export function hitsBreakpoint(s: CoreState): boolean {
  if (s.word(L.RFLAGS) & L.FLAG_RF) return false;
  const dr7 = s.word(L.DR7);
  let hit = 0;
  for (let n = 0; n < 4; n++)
    if ((dr7 >> (2 * n)) & 3 && ((dr7 >> (16 + 4 * n)) & 15) === 0 && s.get(L.DR + 8 * n) === s.get(L.RIP)) hit |= 1 << n;
  if (!hit) return false;
  s.set(L.DR6, (s.get(L.DR6) & ~15n) | BigInt(hit));
  return true;
}
