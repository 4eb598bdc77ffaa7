// Registers of one CPU for the machine and the debugger. Reads and writes the state in wasm memory; flags are made from
// their lazy form on demand.

import type { CoreState } from "./core-state.js";
import type { CpuRegisters } from "./cpu-api.js";
import * as L from "./layout.js";

export class CpuRegisterView implements CpuRegisters {
  /** `within` runs a function while this CPU's state stands in place. */
  constructor(
    private readonly s: CoreState,
    private readonly within: <T>(fn: () => T) => T,
    private readonly countRetired: () => bigint,
  ) {}

  private read(address: number): bigint {
    return this.within(() => this.s.get(address));
  }

  /** Control registers decide about translations: all cached ones go. */
  private write(address: number, value: bigint, flush = false): void {
    this.within(() => {
      this.s.set(address, BigInt.asUintN(64, value));
      if (flush) this.s.flushTlb();
    });
  }

  gpr(n: number): bigint {
    return this.read(L.GPR + 8 * (n & 15));
  }

  setGpr(n: number, value: bigint): void {
    this.write(L.GPR + 8 * (n & 15), value);
  }

  get rip(): bigint {
    return this.read(L.RIP);
  }
  /** Also ends a hlt: whoever sets rip wants the CPU to go on there. */
  set rip(value: bigint) {
    this.within(() => {
      this.s.set(L.RIP, BigInt.asUintN(64, value));
      this.s.setWord(L.HALTED, 0);
      this.s.setWord(L.SHADOW, 0);
    });
  }
  get rflags(): bigint {
    return this.within(() => BigInt(this.s.exports.getFlags()));
  }
  set rflags(value: bigint) {
    this.within(() => this.s.exports.setFlags(value));
  }
  get cr0(): bigint {
    return this.read(L.CR0);
  }
  set cr0(value: bigint) {
    this.write(L.CR0, value, true);
  }
  get cr2(): bigint {
    return this.read(L.CR2);
  }
  set cr2(value: bigint) {
    this.write(L.CR2, value);
  }
  get cr3(): bigint {
    return this.read(L.CR3);
  }
  set cr3(value: bigint) {
    this.write(L.CR3, value, true);
  }
  get cr4(): bigint {
    return this.read(L.CR4);
  }
  set cr4(value: bigint) {
    this.write(L.CR4, value, true);
  }
  get efer(): bigint {
    return this.read(L.EFER);
  }
  set efer(value: bigint) {
    this.write(L.EFER, value, true);
  }
  get fsBase(): bigint {
    return this.read(L.FS_BASE);
  }
  set fsBase(value: bigint) {
    this.write(L.FS_BASE, value);
  }
  get gsBase(): bigint {
    return this.read(L.GS_BASE);
  }
  set gsBase(value: bigint) {
    this.write(L.GS_BASE, value);
  }
  get kernelGsBase(): bigint {
    return this.read(L.KERNEL_GS_BASE);
  }
  set kernelGsBase(value: bigint) {
    this.write(L.KERNEL_GS_BASE, value);
  }
  get cpl(): number {
    return this.within(() => this.s.cpl);
  }
  get retired(): bigint {
    return this.within(this.countRetired);
  }
}
