// User memory and registers as one `vmcall` sees them: GateContext over the cores' page-table walk with user rights.

import type { GateContext, GateFault } from "../abi/user-gate.js";
import type { Access, Cores } from "./cpu/cpu-api.js";

const PAGE = 4096;
const PAGE_MASK = 0xfffn;
const USER_END = 0x800000000000n;

interface Piece {
  paddr: number;
  length: number;
}

export class CpuGateContext implements GateContext {
  constructor(
    private readonly cores: Cores,
    readonly cpu: number,
    readonly frame: number,
    readonly offset: number,
  ) {}

  gpr(n: number): bigint {
    return BigInt.asUintN(64, this.cores.registers[this.cpu].gpr(n));
  }

  setGpr(n: number, value: bigint): void {
    this.cores.registers[this.cpu].setGpr(n, BigInt.asUintN(64, value));
  }

  readMemory(address: bigint, length: number): Uint8Array | GateFault {
    const pieces = this.pieces(address, length, "read");
    if (!Array.isArray(pieces)) return pieces;
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(this.cores.ram.subarray(piece.paddr, piece.paddr + piece.length), at);
      at += piece.length;
    }
    return bytes;
  }

  writeMemory(address: bigint, bytes: Uint8Array): GateFault | undefined {
    const pieces = this.pieces(address, bytes.length, "write");
    if (!Array.isArray(pieces)) return pieces;
    let at = 0;
    for (const piece of pieces) {
      this.cores.ram.set(bytes.subarray(at, at + piece.length), piece.paddr);
      this.cores.ramWritten(piece.paddr, piece.length);
      at += piece.length;
    }
    return undefined;
  }

  checkWritable(address: bigint, length: number): GateFault | undefined {
    const pieces = this.pieces(address, length, "write");
    return Array.isArray(pieces) ? undefined : pieces;
  }

  /** The physical pieces of a user range, one a page; a page that is not RAM counts as a fault. */
  private pieces(address: bigint, length: number, access: Access): Piece[] | GateFault {
    const pieces: Piece[] = [];
    const end = address + BigInt(length);
    for (let at = address; at < end; ) {
      const inPage = PAGE - Number(at & PAGE_MASK);
      const piece = Math.min(inPage, Number(end - at));
      const paddr = at < 0n || at >= USER_END ? -1 : this.cores.translate(this.cpu, at, access, 3);
      if (paddr < 0 || paddr + piece > this.cores.ram.length) return { address: at, write: access === "write" };
      pieces.push({ paddr, length: piece });
      at += BigInt(piece);
    }
    return pieces;
  }
}
