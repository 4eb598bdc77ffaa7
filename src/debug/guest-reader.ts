// Reads guest memory by kernel virtual address, through the guest's own page tables and without leaving a trace: unlike the
// processor's walk no accessed bit is set, so that looking changes nothing. Whatever is not mapped reads as undefined.

import type { Cores } from "../vm/cpu/cpu-api.js";

const PAGE_SIZE = 4096;
const PAGE_MASK = 0xfffn;
const PRESENT = 1n;
const LARGE = 0x80n;
const ADDRESS_BITS = 0x000ffffffffff000n;
const decoder = new TextDecoder("latin1");

export class GuestReader {
  private readonly view: DataView;
  private readonly pages = new Map<bigint, number>();

  constructor(readonly cores: Cores) {
    const { ram } = cores;
    this.view = new DataView(ram.buffer, ram.byteOffset, ram.byteLength);
  }

  /** Page tables may have changed since the last look: call it once for each. */
  refresh(): void {
    this.pages.clear();
  }

  /** Physical address, or −1. Kernel addresses are the same in every CPU's tables. */
  physical(address: bigint): number {
    const page = BigInt.asUintN(64, address) & ~PAGE_MASK;
    let base = this.pages.get(page);
    if (base === undefined) {
      base = this.walk(page);
      this.pages.set(page, base);
    }
    return base < 0 ? -1 : base + Number(address & PAGE_MASK);
  }

  private walk(page: bigint): number {
    if (BigInt.asUintN(64, BigInt.asIntN(48, page)) !== page) return -1;
    let table = this.cores.registers[0].cr3 & ADDRESS_BITS;
    for (let shift = 39n; ; shift -= 9n) {
      const at = Number(table) + 8 * Number((page >> shift) & 0x1ffn);
      if (at + 8 > this.view.byteLength) return -1;
      const entry = this.view.getBigUint64(at, true);
      if ((entry & PRESENT) === 0n) return -1;
      const base = entry & ADDRESS_BITS;
      const large = (shift === 30n || shift === 21n) && (entry & LARGE) !== 0n;
      if (shift === 12n || large) {
        const inside = (1n << shift) - 1n;
        const paddr = Number((base & ~inside) | (page & inside));
        return paddr + PAGE_SIZE <= this.view.byteLength ? paddr : -1;
      }
      table = base;
    }
  }

  /** A copy; undefined if any of it is not mapped. */
  bytes(address: bigint, length: number): Uint8Array | undefined {
    const out = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = address + BigInt(done);
      const paddr = this.physical(at);
      if (paddr < 0) return undefined;
      const n = Math.min(length - done, PAGE_SIZE - Number(at & PAGE_MASK));
      out.set(this.cores.ram.subarray(paddr, paddr + n), done);
      done += n;
    }
    return out;
  }

  /** Little-endian, of 1, 2, 4 or 8 bytes. */
  unsigned(address: bigint, size: number): bigint | undefined {
    const paddr = this.physical(address);
    if (paddr < 0) return undefined;
    if (Number(address & PAGE_MASK) + size <= PAGE_SIZE) {
      if (size === 8) return this.view.getBigUint64(paddr, true);
      return BigInt(
        size === 4 ? this.view.getUint32(paddr, true) : size === 2 ? this.view.getUint16(paddr, true) : this.view.getUint8(paddr),
      );
    }
    const bytes = this.bytes(address, size);
    return bytes?.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  u64(address: bigint): bigint | undefined {
    return this.unsigned(address, 8);
  }

  /** Up to a NUL or `limit` bytes. */
  text(address: bigint, limit = 256): string | undefined {
    let text = "";
    for (let at = address; text.length < limit; ) {
      const paddr = this.physical(at);
      if (paddr < 0) return undefined;
      const n = Math.min(limit - text.length, PAGE_SIZE - Number(at & PAGE_MASK));
      const piece = this.cores.ram.subarray(paddr, paddr + n);
      const end = piece.indexOf(0);
      text += decoder.decode(end < 0 ? piece : piece.subarray(0, end));
      if (end >= 0) break;
      at += BigInt(n);
    }
    return text;
  }
}
