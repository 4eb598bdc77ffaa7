// Control registers, debug registers and MSRs: what may be written (SDM volume 3, 2.5; volume 4), and what that flushes.
// Used by system.ts.

import { type CoreState, GuestFault, isCanonical } from "./core-state.js";
import type { Bus } from "./cpu-api.js";
import * as L from "./layout.js";

const CR0_PE = 1n;
const CR0_WP = 0x10000n;
const CR0_PG = 0x80000000n;
const CR0_WRITABLE = 0xe005003fn;
const CR4_PAE = 0x20n;
const CR4_PGE = 0x80n;
/** VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT UMIP FSGSBASE. */
const CR4_WRITABLE = 0x10fffn;
const EFER_SCE = 1n;
const EFER_LME = 0x100n;
const EFER_LMA = 0x400n;
const EFER_NXE = 0x800n;

const MSR_TSC = 0x10;
const MSR_EFER = 0xc0000080;
/** MSRs that are plain 64-bit words of the core; the flag says that the value must be canonical. */
const PLAIN_MSRS = new Map<number, { at: number; canonical: boolean }>([
  [0xc0000081, { at: L.STAR, canonical: false }],
  [0xc0000082, { at: L.LSTAR, canonical: true }],
  [0xc0000083, { at: L.CSTAR, canonical: true }],
  [0xc0000084, { at: L.FMASK, canonical: false }],
  [0xc0000100, { at: L.FS_BASE, canonical: true }],
  [0xc0000101, { at: L.GS_BASE, canonical: true }],
  [0xc0000102, { at: L.KERNEL_GS_BASE, canonical: true }],
  [0xc0000103, { at: L.TSC_AUX, canonical: false }],
]);

export class ControlRegisters {
  constructor(
    private readonly s: CoreState,
    private readonly bus: Bus,
  ) {}

  private get cpu(): number {
    return this.s.word(L.CPU_NUMBER);
  }

  private gp(): never {
    throw new GuestFault(L.VECTOR_GP, 0);
  }

  private ud(): never {
    throw new GuestFault(L.VECTOR_UD, undefined);
  }

  readControl(n: number): bigint {
    switch (n) {
      case 0:
        return this.s.get(L.CR0);
      case 2:
        return this.s.get(L.CR2);
      case 3:
        return this.s.get(L.CR3);
      case 4:
        return this.s.get(L.CR4);
      case 8:
        return this.s.get(L.CR8);
      default:
        return this.ud();
    }
  }

  writeControl(n: number, value: bigint): void {
    const s = this.s;
    switch (n) {
      case 0: {
        // Long mode cannot be left, NW without CD is not allowed.
        if (value >> 32n || !(value & CR0_PE) || !(value & CR0_PG) || (value & 0x60000000n) === 0x20000000n) this.gp();
        const changed = s.get(L.CR0) ^ value;
        s.set(L.CR0, (value & CR0_WRITABLE) | 0x10n);
        if (changed & CR0_WP) s.flushTlb();
        return;
      }
      case 2:
        s.set(L.CR2, value);
        return;
      case 3:
        if (value >> 40n) this.gp();
        s.set(L.CR3, value);
        s.flushTlbNonGlobal();
        return;
      case 4: {
        if (value & ~CR4_WRITABLE || !(value & CR4_PAE)) this.gp();
        const changed = s.get(L.CR4) ^ value;
        s.set(L.CR4, value);
        if (changed & (CR4_PGE | 0x10n)) s.flushTlb();
        return;
      }
      case 8:
        if (value >> 4n) this.gp();
        s.set(L.CR8, value);
        return;
      default:
        this.ud();
    }
  }

  /** Address of a debug register. */
  debugRegister(n: number): number {
    // DR4 and DR5 are DR6 and DR7 unless CR4.DE.
    if (n === 4 || n === 5) {
      if (this.s.get(L.CR4) & 8n) this.ud();
      n += 2;
    }
    if (n > 7) this.ud();
    return n < 4 ? L.DR + 8 * n : n === 6 ? L.DR6 : L.DR7;
  }

  writeDebug(n: number, value: bigint): void {
    const at = this.debugRegister(n);
    if (at >= L.DR6 && value >> 32n) this.gp();
    if (at === L.DR6) value = (value & 0xe00fn) | 0xffff0ff0n;
    else if (at === L.DR7) value = (value & 0xffff2bffn) | 0x400n;
    this.s.set(at, value);
  }

  readMsr(msr: number): bigint {
    const plain = PLAIN_MSRS.get(msr);
    if (plain) return this.s.get(plain.at);
    if (msr === MSR_EFER) return this.s.get(L.EFER);
    if (msr === MSR_TSC) return this.bus.tsc(this.cpu);
    const value = this.bus.readMsr(this.cpu, msr);
    if (value === undefined) this.gp();
    return value;
  }

  writeMsr(msr: number, value: bigint): void {
    const s = this.s;
    value = BigInt.asUintN(64, value);
    const plain = PLAIN_MSRS.get(msr);
    if (plain) {
      if (plain.canonical && !isCanonical(value)) this.gp();
      s.set(plain.at, value);
      return;
    }
    if (msr === MSR_EFER) {
      const old = s.get(L.EFER);
      // LME cannot change while paging is on; LMA is read-only.
      if (value & ~(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE) || (value ^ old) & EFER_LME) this.gp();
      s.set(L.EFER, (value & ~EFER_LMA) | (old & EFER_LMA));
      if ((value ^ old) & EFER_NXE) s.flushTlb();
      return;
    }
    if (!this.bus.writeMsr(this.cpu, msr, value)) this.gp();
  }
}
