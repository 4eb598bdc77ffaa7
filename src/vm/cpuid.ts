// CPUID leaves of the machine, not of the processor: hypervisor vendor, user gate, CPU count and wall clock. All others are the
// core's own.

import { GATE_CPUID_LEAF } from "../abi/gate.js";
import { MACHINE_CPUID_LEAF } from "../abi/machine.js";

export interface CpuidResult {
  eax: number;
  ebx: number;
  ecx: number;
  edx: number;
}

export interface CpuidOptions {
  cpus: number;
  gate: boolean;
  /** Seconds since 1970. */
  bootTime: number;
}

const HYPERVISOR_LEAF = 0x40000000;
const HYPERVISOR_VENDOR = "kelpkelpkelp";
const GATE_NAME = "kelpgate";
const GATE_VERSION = 1;

/** Four characters as the register that holds them. */
const word = (text: string, at: number): number => Buffer.from(text, "latin1").readUInt32LE(at);

/** undefined: the processor answers. */
export function machineCpuid({ cpus, gate, bootTime }: CpuidOptions, leaf: number): CpuidResult | undefined {
  switch (leaf >>> 0) {
    case HYPERVISOR_LEAF:
      return { eax: MACHINE_CPUID_LEAF, ebx: word(HYPERVISOR_VENDOR, 0), ecx: word(HYPERVISOR_VENDOR, 4), edx: word(HYPERVISOR_VENDOR, 8) };
    case GATE_CPUID_LEAF:
      if (!gate) return { eax: 0, ebx: 0, ecx: 0, edx: 0 };
      return { eax: 1, ebx: word(GATE_NAME, 0), ecx: word(GATE_NAME, 4), edx: GATE_VERSION };
    case MACHINE_CPUID_LEAF:
      return { eax: cpus, ebx: bootTime >>> 0, ecx: Math.floor(bootTime / 2 ** 32), edx: 0 };
    default:
      return undefined;
  }
}
