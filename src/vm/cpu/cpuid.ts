// What this processor says about itself where the machine (Bus.cpuid) does not answer: the features that the core has.

export interface CpuidResult {
  eax: number;
  ebx: number;
  ecx: number;
  edx: number;
}

const ascii = (text: string): number =>
  text.charCodeAt(0) | (text.charCodeAt(1) << 8) | (text.charCodeAt(2) << 16) | (text.charCodeAt(3) << 24);

/** FPU is not there; PSE, TSC, MSR, PAE, CX8, APIC, SEP no, PGE, CMOV, PAT. */
const LEAF1_EDX = (1 << 3) | (1 << 4) | (1 << 5) | (1 << 6) | (1 << 8) | (1 << 9) | (1 << 13) | (1 << 15) | (1 << 16);
/** CX16, MOVBE, POPCNT, hypervisor. */
const LEAF1_ECX = (1 << 13) | (1 << 22) | (1 << 23) | (1 << 31);
/** SYSCALL, NX, 1 GiB pages, RDTSCP, long mode. */
const EXT1_EDX = (1 << 11) | (1 << 20) | (1 << 26) | (1 << 27) | (1 << 29);
/** LAHF in long mode, LZCNT. */
const EXT1_ECX = 1 | (1 << 5);
const BRAND = "kelp x86-64 processor".padEnd(48, "\0");

export function defaultCpuid(leaf: number, subleaf: number, cpu: number): CpuidResult {
  const result = (eax = 0, ebx = 0, ecx = 0, edx = 0): CpuidResult => ({ eax, ebx, ecx, edx });
  switch (leaf) {
    case 0:
      return result(7, ascii("Genu"), ascii("ntel"), ascii("ineI"));
    case 1:
      return result(0x000006f1, (cpu << 24) | (8 << 16) | (8 << 8), LEAF1_ECX, LEAF1_EDX);
    case 7:
      // FSGSBASE, BMI1, BMI2, ADX. crc32 is there too, but the bit that says so (SSE4.2) promises vectors.
      return subleaf === 0 ? result(0, 1 | (1 << 3) | (1 << 8) | (1 << 19)) : result();
    case 0x80000000:
      return result(0x80000008 | 0);
    case 0x80000001:
      return result(0, 0, EXT1_ECX, EXT1_EDX);
    case 0x80000002:
    case 0x80000003:
    case 0x80000004: {
      const at = 16 * (leaf - 0x80000002);
      const word = (n: number): number => ascii(BRAND.slice(at + 4 * n, at + 4 * n + 4));
      return result(word(0), word(1), word(2), word(3));
    }
    case 0x80000007:
      // Invariant TSC.
      return result(0, 0, 0, 1 << 8);
    case 0x80000008:
      // 40 physical, 48 linear address bits.
      return result(40 | (48 << 8));
    default:
      return result();
  }
}
