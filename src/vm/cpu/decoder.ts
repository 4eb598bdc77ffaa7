// Decodes machine code into records that the handlers execute, page by physical page, on demand. A record stands in its
// page's map (offset → record); records of following instructions lie one behind the other. Used by cores.ts only.

import { fuse } from "./fusion.js";
import { H_CONTINUE, H_CROSS, H_LOOKUP } from "./handlers.js";
import { Flow, InstructionDecoder } from "./instruction-decoder.js";
import * as L from "./layout.js";
import { SystemOp } from "./system-ops.js";

/** Instructions decoded ahead in one go. */
const RUN_LENGTH = 24;
/** Stores to a page of code after which it counts as plain memory; twice as many each time that this was wrong. */
const STORES_LIMIT = 64;
const STORES_LIMIT_MOST = 1 << 20;

export class Decoder {
  private readonly u16: Uint16Array;
  private readonly i32: Int32Array;
  private arena = L.ARENA;
  /** Maps of pages that were released. */
  private readonly free: number[] = [];
  /** By physical page: the stores that it took to release it last. */
  private readonly limits = new Map<number, number>();
  private readonly instructions: InstructionDecoder;

  /** `onFlush` is called before everything decoded is dropped, `onPage` when a page becomes one of code. */
  constructor(
    memory: WebAssembly.Memory,
    private readonly onFlush: () => void,
    private readonly onPage: (page: number) => void,
  ) {
    this.instructions = new InstructionDecoder(memory);
    this.u16 = new Uint16Array(memory.buffer);
    this.i32 = new Int32Array(memory.buffer);
  }

  private makeRoom(bytes: number): void {
    if (this.arena + bytes > L.ARENA_END) this.dropAll();
  }

  /** Everything is decoded anew when it is needed. */
  dropAll(): void {
    this.onFlush();
    this.i32.fill(0, L.PAGE_MAPS / 4, (L.PAGE_MAPS + L.PAGE_MAPS_BYTES) / 4);
    this.arena = L.ARENA;
    this.free.length = 0;
    this.limits.clear();
  }

  /** A page whose records are lookups by now is no page of code any more. Returns its map, for which there may be execute TLB entries. */
  release(page: number): number {
    const map = this.i32[L.PAGE_MAPS / 4 + page]!;
    const header = (map - L.MAP_HEADER) / 4;
    this.i32[L.PAGE_MAPS / 4 + page] = 0;
    const limit = this.i32[header + L.MAP_STORES_LIMIT / 4]!;
    if (this.i32[header + L.MAP_STORES / 4]! > limit) this.limits.set(page, limit);
    this.free.push(map);
    return map;
  }

  /** The map of a physical page, made where there is none. */
  pageMap(page: number): number {
    const known = this.i32[L.PAGE_MAPS / 4 + page]!;
    if (known) return known;
    const map = this.free.pop() ?? this.newMap();
    const header = (map - L.MAP_HEADER) / 4;
    this.i32[header] = page;
    this.i32[header + L.MAP_STORES / 4] = 0;
    this.i32[header + L.MAP_STORES_LIMIT / 4] = Math.min(2 * (this.limits.get(page) ?? STORES_LIMIT / 2), STORES_LIMIT_MOST);
    this.i32.fill(0, map / 4, (map + L.MAP_BYTES) / 4);
    this.i32[L.PAGE_MAPS / 4 + page] = map;
    this.onPage(page);
    return map;
  }

  private newMap(): number {
    this.makeRoom(L.MAP_HEADER + L.MAP_BYTES);
    const map = this.arena + L.MAP_HEADER;
    this.arena += L.MAP_HEADER + L.MAP_BYTES;
    return map;
  }

  /** Decodes from an offset of a page on; returns the first record. */
  decode(map: number, offset: number): number {
    const page = this.i32[(map - L.MAP_HEADER) / 4]!;
    this.makeRoom(L.MAP_HEADER + L.MAP_BYTES + (RUN_LENGTH + 1) * L.RECORD_SIZE + L.CROSS_SIZE);
    // Making room may have dropped this very page's map.
    const current = this.pageMap(page);
    if (current !== map) this.i32[L.CURRENT_MAP / 4] = current;
    const first = this.arena;
    this.fuseRun(first, this.decodeRun(current, page, offset));
    return first;
  }

  /** Decodes the instructions that follow each other from an offset on, at most RUN_LENGTH. Returns the end of their records. */
  private decodeRun(map: number, page: number, from: number): number {
    const start = L.RAM_BASE + page * 4096;
    let offset = from;
    for (let n = 0; ; n++) {
      const record = this.arena;
      this.arena += L.RECORD_SIZE;
      const slot = map / 4 + offset;
      if (n === RUN_LENGTH || offset >= 4096 || this.i32[slot] !== 0) {
        this.instructions.clear(record, offset);
        this.i32[record / 4] = offset >= 4096 ? H_LOOKUP : H_CONTINUE;
        return record;
      }
      this.i32[slot] = record;
      const flow = this.instructions.decode(record, start + offset, start + 4096, offset, false);
      if (flow === Flow.Short) {
        this.instructions.clear(record, offset);
        this.u16[(record + L.REC_END) / 2] = 4096;
        this.i32[(record + L.REC_LINK) / 4] = -1;
        this.arena = record + L.CROSS_SIZE;
        this.i32[record / 4] = H_CROSS;
        return record;
      }
      if (flow === Flow.End) return this.arena;
      offset = this.u16[(record + L.REC_END) / 2]!;
    }
  }

  /** Gives each record of a run the handler of the longest known sequence that begins with it. */
  private fuseRun(first: number, end: number): void {
    const single: number[] = [];
    for (let record = first; record < end; record += L.RECORD_SIZE) single.push(this.i32[record / 4]!);
    for (let i = 0; i + 1 < single.length; i++) {
      const record = first + i * L.RECORD_SIZE;
      const offset = this.u16[(record + L.REC_OFFSET) / 2]!;
      let handler = single[i]!;
      let last = record;
      for (let j = i + 1; j < single.length; j++) {
        const next = last + L.RECORD_SIZE;
        const longer = fuse(handler, single[j]!);
        if (longer === undefined || this.u16[(next + L.REC_END) / 2]! - offset > L.FUSED_BYTES) break;
        handler = longer;
        last = next;
      }
      if (last === record) continue;
      this.u16[(record + L.REC_HANDLER) / 2] = handler;
      this.u16[(record + L.REC_FUSED_END) / 2] = this.u16[(last + L.REC_END) / 2]!;
    }
  }

  /** Decodes one instruction from bytes elsewhere (page crossing) into a record; a lookup record follows it. */
  decodeCrossing(record: number, bytes: number, length: number, offset: number): void {
    if (this.instructions.decode(record, bytes, bytes + length, offset, true) === Flow.Short) {
      this.instructions.clear(record, offset);
      this.instructions.setSystem(record, SystemOp.General);
    }
    this.instructions.clear(record + L.RECORD_SIZE, this.u16[(record + L.REC_END) / 2]!);
  }
}
