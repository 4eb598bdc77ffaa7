// What CPUID says: the features that the processor core really has, the user gate and the machine's own leaf.

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

const bits = (...numbers: number[]): number => numbers.reduce((mask, bit) => (mask | (1 << bit)) >>> 0, 0);

/** CMPXCHG16B, POPCNT, hypervisor present. */
const FEATURES_ECX = bits(13, 23, 31);
/** DE, PSE, TSC, MSR, PAE, CX8, APIC, PGE, CMOV, PAT. */
const FEATURES_EDX = bits(2, 3, 4, 5, 6, 8, 9, 13, 15, 16);
/** LAHF in 64-bit mode. */
const EXTENDED_ECX = bits(0);
/** SYSCALL, NX, long mode. */
const EXTENDED_EDX = bits(11, 20, 29);
/** Family 6, model 0x5e, stepping 3. */
const SIGNATURE = 0x000506e3;
const MAX_LEAF = 7;
const MAX_EXTENDED_LEAF = 0x80000008;
const HYPERVISOR_LEAF = 0x40000000;
/** 48 linear and 40 physical address bits. */
const ADDRESS_SIZES = 0x3028;
const BRAND = "kelp virtual CPU";

/** Four characters as the register that holds them. */
function word(text: string, at: number): number {
  let value = 0;
  for (let i = 3; i >= 0; i--) value = value * 256 + (text.charCodeAt(at + i) || 0);
  return value;
}

export function cpuid({ cpus, gate, bootTime }: CpuidOptions, cpu: number, leaf: number): CpuidResult {
  const zero: CpuidResult = { eax: 0, ebx: 0, ecx: 0, edx: 0 };
  switch (leaf >>> 0) {
    case 0: {
      const vendor = "GenuineIntel";
      return { eax: MAX_LEAF, ebx: word(vendor, 0), edx: word(vendor, 4), ecx: word(vendor, 8) };
    }
    case 1:
      return { eax: SIGNATURE, ebx: ((cpu << 24) | (cpus << 16) | (8 << 8)) >>> 0, ecx: FEATURES_ECX, edx: FEATURES_EDX };
    case HYPERVISOR_LEAF: {
      const vendor = "kelpkelpkelp";
      return { eax: MACHINE_CPUID_LEAF, ebx: word(vendor, 0), ecx: word(vendor, 4), edx: word(vendor, 8) };
    }
    case GATE_CPUID_LEAF:
      return gate ? { eax: 1, ebx: word("kelp", 0), ecx: word("gate", 0), edx: 1 } : zero;
    case MACHINE_CPUID_LEAF:
      return { eax: cpus, ebx: bootTime >>> 0, ecx: Math.floor(bootTime / 2 ** 32), edx: 0 };
    case 0x80000000:
      return { ...zero, eax: MAX_EXTENDED_LEAF };
    case 0x80000001:
      return { ...zero, ecx: EXTENDED_ECX, edx: EXTENDED_EDX };
    case 0x80000002:
    case 0x80000003:
    case 0x80000004: {
      const at = 16 * (leaf - 0x80000002);
      return { eax: word(BRAND, at), ebx: word(BRAND, at + 4), ecx: word(BRAND, at + 8), edx: word(BRAND, at + 12) };
    }
    case 0x80000008:
      return { ...zero, eax: ADDRESS_SIZES };
    default:
      return zero;
  }
}
