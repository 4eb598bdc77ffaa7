// A bare machine for tests of the core: RAM with identity-mapped 2 MiB pages, a bus that records, code as bytes.

import { createCores } from "../../../src/vm/cpu/cores.js";
import type { Bus, Cores } from "../../../src/vm/cpu/cpu-api.js";

export const CODE = 0x100000;
export const DATA = 0x200000;
export const STACK_TOP = 0x300000;
const PML4 = 0x10000;

export interface Fixture {
  readonly cores: Cores;
  readonly view: DataView;
  readonly log: string[];
  /** Writes bytes into RAM and tells the core. */
  poke(paddr: number, bytes: readonly number[] | Uint8Array): void;
  poke64(paddr: number, value: bigint): void;
  peek64(paddr: number): bigint;
}

export function bus(log: string[], overrides: Partial<Bus> = {}): Bus {
  return {
    portIn: (_cpu, port, size) => {
      log.push(`in ${port.toString(16)}/${size}`);
      return 0x55;
    },
    portOut: (_cpu, port, size, value) => void log.push(`out ${port.toString(16)}/${size} ${value.toString(16)}`),
    mmioRead: (_cpu, paddr, size) => {
      log.push(`read ${paddr.toString(16)}/${size}`);
      return 0x1122334455667788n;
    },
    mmioWrite: (_cpu, paddr, size, value) => void log.push(`write ${paddr.toString(16)}/${size} ${value.toString(16)}`),
    acknowledgeInterrupt: () => -1,
    tsc: () => 0n,
    cpuid: () => undefined,
    readMsr: () => undefined,
    writeMsr: () => false,
    gate: () => ({ kind: "kill" }),
    undefinedInstruction: (_cpu, rip, bytes) =>
      void log.push(`undefined ${rip.toString(16)}: ${Buffer.from(bytes.slice(0, 3)).toString("hex")}`),
    ...overrides,
  };
}

export function makeFixture(options: { cpus?: number; megabytes?: number; bus?: Partial<Bus> } = {}): Fixture {
  const log: string[] = [];
  const cores = createCores({ cpus: options.cpus ?? 1, memoryBytes: (options.megabytes ?? 16) << 20 }, bus(log, options.bus));
  const view = new DataView(cores.ram.buffer, cores.ram.byteOffset, cores.ram.byteLength);
  const poke64 = (paddr: number, value: bigint): void => {
    view.setBigUint64(paddr, value, true);
    cores.ramWritten(paddr, 8);
  };
  poke64(PML4, BigInt(PML4 + 0x1000) | 7n);
  poke64(PML4 + 0x1000, BigInt(PML4 + 0x2000) | 7n);
  // The first GiB, user accessible, as 2 MiB pages.
  for (let i = 0; i < 512; i++) poke64(PML4 + 0x2000 + 8 * i, (BigInt(i) << 21n) | 0x87n);
  for (let cpu = 0; cpu < cores.cpuCount; cpu++) cores.startLongMode(cpu, { rip: BigInt(CODE), cr3: BigInt(PML4), rsp: BigInt(STACK_TOP) });
  return {
    cores,
    view,
    log,
    poke(paddr, bytes) {
      cores.ram.set(bytes, paddr);
      cores.ramWritten(paddr, bytes.length);
    },
    poke64,
    peek64: (paddr) => view.getBigUint64(paddr, true),
  };
}

export function hex(text: string): number[] {
  return [...Buffer.from(text.replaceAll(/\s/g, ""), "hex")];
}
