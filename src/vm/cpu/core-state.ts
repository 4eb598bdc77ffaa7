// The host's hand on the core's memory: fields of the running CPU, the TLBs, guest memory through the page tables. Used by
// exceptions.ts, system.ts and cores.ts.

import * as L from "./layout.js";

/** A fault of the guest while the host works for it; caught in the run loop and delivered. No Error: nobody wants its host stack. */
export class GuestFault {
  constructor(
    readonly vector: number,
    readonly errorCode: number | undefined,
    /** For #PF. */
    readonly address?: bigint,
  ) {}
}

export interface CoreExports {
  walk(address: bigint, access: number): bigint;
  invalidate(paddr: number, length: number): void;
  getFlags(): number;
  setFlags(value: bigint): void;
  deliver(vector: number, errorCode: number, hasErrorCode: number, resumeFlag: number): number;
  execute(remaining: number): void;
  executeRecord(record: number, remaining: number): void;
}

export interface PhysicalBus {
  mmioRead(cpu: number, paddr: number, size: number): bigint;
  mmioWrite(cpu: number, paddr: number, size: number, value: bigint): void;
}

const ACCESS_WRITE = 2;
const ACCESS_USER = 4;

export function isCanonical(address: bigint): boolean {
  return BigInt.asUintN(64, BigInt.asIntN(48, address)) === address;
}

export class CoreState {
  readonly i32: Int32Array;
  readonly u64: BigUint64Array;
  readonly view: DataView;
  exports!: CoreExports;

  constructor(
    memory: WebAssembly.Memory,
    readonly cpus: number,
    readonly ramBytes: number,
    private readonly bus: PhysicalBus,
  ) {
    this.i32 = new Int32Array(memory.buffer);
    this.u64 = new BigUint64Array(memory.buffer);
    this.view = new DataView(memory.buffer);
  }

  get(address: number): bigint {
    return this.u64[address / 8]!;
  }

  set(address: number, value: bigint): void {
    this.u64[address / 8] = value;
  }

  word(address: number): number {
    return this.i32[address / 4]!;
  }

  setWord(address: number, value: number): void {
    this.i32[address / 4] = value;
  }

  get cpl(): number {
    return this.word(L.CPL);
  }

  setCpl(cpl: number): void {
    this.setWord(L.CPL, cpl);
    this.setWord(L.TLB_BASE, L.TLB + this.word(L.CPU_NUMBER) * L.TLB_CPU + (cpl === 3 ? L.TLB_SET : 0));
  }

  /** n: 0 es, 1 cs, 2 ss, 3 ds, 4 fs, 5 gs. */
  selector(n: number): number {
    return this.word(L.SELECTORS + 4 * n);
  }

  /** A general-purpose register or a part of it; 32 bits clear the upper half. */
  writeRegister(address: number, width: number, value: bigint): void {
    if (width === 64) this.set(address, BigInt.asUintN(64, value));
    else if (width === 32) this.set(address, BigInt.asUintN(32, value));
    else if (width === 16) this.view.setUint16(address, Number(value & 0xffffn), true);
    else this.view.setUint8(address, Number(value & 0xffn));
  }

  setSelector(n: number, value: number): void {
    this.setWord(L.SELECTORS + 4 * n, value & 0xffff);
  }

  flushTlb(): void {
    const base = L.TLB + this.word(L.CPU_NUMBER) * L.TLB_CPU;
    this.i32.fill(L.TLB_INVALID, base / 4, (base + L.TLB_CPU) / 4);
    this.setWord(L.TLB_LIST_COUNT, 0);
    this.i32.fill(0, L.LARGE_REGIONS / 4, (L.LARGE_REGIONS + L.LARGE_REGIONS_BYTES) / 4);
  }

  /** What a cr3 write flushes: all entries but those of global pages. */
  flushTlbNonGlobal(): void {
    const count = this.word(L.TLB_LIST_COUNT);
    const cpu = this.word(L.CPU_NUMBER);
    if (count >= L.TLB_LIST_ENTRIES) {
      const base = (L.TLB + cpu * L.TLB_CPU) / 4;
      for (let i = base; i < base + L.TLB_CPU / 4; i += 4) if (!(this.i32[i + 3]! & L.TLB_GLOBAL)) this.i32[i] = L.TLB_INVALID;
    } else {
      const list = (L.TLB_LIST + cpu * L.TLB_LIST_ENTRIES * 4) / 4;
      for (let i = 0; i < count; i++) {
        const entry = this.i32[list + i]! / 4;
        if (!(this.i32[entry + 3]! & L.TLB_GLOBAL)) this.i32[entry] = L.TLB_INVALID;
      }
    }
    this.setWord(L.TLB_LIST_COUNT, 0);
  }

  flushTlbPage(address: bigint): void {
    const base = L.TLB + this.word(L.CPU_NUMBER) * L.TLB_CPU;
    const index = Number((address >> 12n) & BigInt(L.TLB_ENTRIES - 1)) * L.TLB_ENTRY_SIZE;
    for (let part = 0; part < L.TLB_CPU; part += L.TLB_WRITE) this.i32[(base + part + index) / 4] = L.TLB_INVALID;
    // Pieces of a large page lie under other indices.
    const region = Number((address >> 21n) & 0xffn);
    if ((this.view.getUint8(L.LARGE_REGIONS + (region >> 3)) >> (region & 7)) & 1)
      for (let i = base / 4; i < (base + L.TLB_CPU) / 4; i += 4) if (this.i32[i + 3]! & L.TLB_LARGE) this.i32[i] = L.TLB_INVALID;
  }

  /** No CPU may write this page past the slow path any more: code was decoded from it. */
  dropWriteEntries(page: number): void {
    const host = (L.RAM_BASE + page * 4096) | 0;
    for (let cpu = 0; cpu < this.cpus; cpu++)
      for (let set = 0; set < 2; set++) {
        const base = (L.TLB + cpu * L.TLB_CPU + set * L.TLB_SET + L.TLB_WRITE) / 4;
        for (let i = base; i < base + L.TLB_WRITE / 4; i += 4)
          if (this.i32[i] !== L.TLB_INVALID && ((this.i32[i]! + this.i32[i + 2]!) | 0) === host) this.i32[i] = L.TLB_INVALID;
      }
  }

  dropExecuteEntries(): void {
    for (let cpu = 0; cpu < this.cpus; cpu++)
      for (let set = 0; set < 2; set++) {
        const base = (L.TLB + cpu * L.TLB_CPU + set * L.TLB_SET + L.TLB_EXECUTE) / 4;
        this.i32.fill(L.TLB_INVALID, base, base + L.TLB_WRITE / 4);
      }
  }

  /** Those that lead to the map of one page. */
  dropExecuteEntriesOf(map: number): void {
    for (let cpu = 0; cpu < this.cpus; cpu++)
      for (let set = 0; set < 2; set++) {
        const base = (L.TLB + cpu * L.TLB_CPU + set * L.TLB_SET + L.TLB_EXECUTE) / 4;
        for (let i = base; i < base + L.TLB_WRITE / 4; i += 4) if (this.i32[i + 2] === map) this.i32[i] = L.TLB_INVALID;
      }
  }

  /** Physical address, or #PF / #GP. */
  physical(address: bigint, write: boolean, user: boolean): number {
    if (!isCanonical(address)) throw new GuestFault(L.VECTOR_GP, 0);
    const paddr = this.exports.walk(address, (write ? ACCESS_WRITE : 0) | (user ? ACCESS_USER : 0));
    if (paddr < 0n) throw new GuestFault(L.VECTOR_PF, this.word(L.WALK_ERROR), address);
    return Number(paddr);
  }

  /** Reads size bytes (1, 2, 4, 8) at a linear address, with supervisor or user rights. */
  read(address: bigint, size: number, user: boolean): bigint {
    address = BigInt.asUintN(64, address);
    const first = this.physical(address, false, user);
    if ((first & 0xfff) + size > 4096) {
      let value = 0n;
      this.physical(BigInt.asUintN(64, address + BigInt(size - 1)), false, user);
      for (let i = 0; i < size; i++) value |= this.read(address + BigInt(i), 1, user) << BigInt(8 * i);
      return value;
    }
    if (first >= this.ramBytes) return BigInt.asUintN(8 * size, this.bus.mmioRead(this.word(L.CPU_NUMBER), first, size));
    const at = L.RAM_BASE + first;
    if (size === 8) return this.view.getBigUint64(at, true);
    if (size === 4) return BigInt(this.view.getUint32(at, true));
    return BigInt(size === 2 ? this.view.getUint16(at, true) : this.view.getUint8(at));
  }

  /** Checks that a write may happen, without doing it. */
  probeWrite(address: bigint, size: number, user: boolean): void {
    address = BigInt.asUintN(64, address);
    this.physical(address, true, user);
    this.physical(BigInt.asUintN(64, address + BigInt(size - 1)), true, user);
  }

  write(address: bigint, size: number, value: bigint, user: boolean): void {
    address = BigInt.asUintN(64, address);
    const first = this.physical(address, true, user);
    if ((first & 0xfff) + size > 4096) {
      this.probeWrite(address, size, user);
      for (let i = 0; i < size; i++) this.write(address + BigInt(i), 1, (value >> BigInt(8 * i)) & 0xffn, user);
      return;
    }
    if (first >= this.ramBytes) {
      this.bus.mmioWrite(this.word(L.CPU_NUMBER), first, size, BigInt.asUintN(8 * size, value));
      return;
    }
    const at = L.RAM_BASE + first;
    if (size === 8) this.view.setBigUint64(at, value, true);
    else if (size === 4) this.view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
    else if (size === 2) this.view.setUint16(at, Number(BigInt.asUintN(16, value)), true);
    else this.view.setUint8(at, Number(BigInt.asUintN(8, value)));
    this.exports.invalidate(first, size);
  }
}
