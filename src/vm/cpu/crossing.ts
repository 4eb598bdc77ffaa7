// Instructions that cross a page boundary: their second half lies in whatever page the tables say. Used by cores.ts.

import { type CoreState, GuestFault } from "./core-state.js";
import type { Decoder } from "./decoder.js";
import * as L from "./layout.js";

/** Bytes of an instruction that crosses a page boundary are gathered here. */
const CROSS_BYTES = 0x680;

/** Decodes an instruction that crosses into the next page, and runs it; wasm then knows it while its bytes stay. */
export function executeCrossing(s: CoreState, decoder: Decoder): void {
  const record = s.word(L.EXIT_RECORD);
  const offset = s.view.getUint16(record + L.REC_OFFSET, true);
  const base = s.get(L.PAGE_BASE);
  const nextPage = BigInt.asUintN(64, base + 4096n);
  const fetch = 16 | (s.cpl === 3 ? 4 : 0);
  const first = s.exports.walk(base, fetch);
  const second = s.exports.walk(nextPage, fetch);
  if (second < 0n || first < 0n) throw new GuestFault(L.VECTOR_PF, s.word(L.WALK_ERROR), second < 0n ? nextPage : base);
  const bytes = new Uint8Array(s.view.buffer);
  const here = 4096 - offset;
  bytes.copyWithin(CROSS_BYTES, L.RAM_BASE + Number(first) + offset, L.RAM_BASE + Number(first) + 4096);
  const rest = second < BigInt(s.ramBytes) ? L.RAM_BASE + Number(second) : L.SCRATCH_END;
  bytes.copyWithin(CROSS_BYTES + here, rest, rest + 16);
  const crossed = record + L.RECORD_SIZE;
  decoder.decodeCrossing(crossed, CROSS_BYTES, here + 15, offset);
  const kept = record + L.CROSS_KEPT;
  s.setWord(record + L.REC_LINK, Number(second >> 12n));
  bytes.copyWithin(kept, rest, rest + 16);
  s.setWord(L.EXIT, L.EXIT_BUDGET);
  s.exports.executeRecord(crossed, s.word(L.REMAINING));
}
