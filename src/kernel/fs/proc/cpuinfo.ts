// /proc/cpuinfo: what the CPUID instruction says, in the fields and the order of Linux on x86-64.

import { proc_create_single } from "linux/proc_fs";
import { type seq_file, seq_printf, seq_puts } from "linux/seq_file";
import { cpu_online, nr_cpu_ids, num_online_cpus } from "linux/smp";
import { memset } from "linux/string";
import { tsc_khz } from "../../arch/x86/kernel/tsc";

/** One flag: the leaf, which register of it (0 eax … 3 edx), the bit. */
interface cpu_flag extends struct<"cpu_flag"> {
  leaf?: u32;
  reg?: u32;
  bit?: u32;
  name?: cstr;
}

const EBX = 1;
const ECX = 2;
const EDX = 3;

/** In the order in which Linux prints them: by its capability words, not by leaves. */
const flags: cpu_flag[] = [
  { leaf: 1, reg: EDX, bit: 0, name: "fpu" },
  { leaf: 1, reg: EDX, bit: 2, name: "de" },
  { leaf: 1, reg: EDX, bit: 3, name: "pse" },
  { leaf: 1, reg: EDX, bit: 4, name: "tsc" },
  { leaf: 1, reg: EDX, bit: 5, name: "msr" },
  { leaf: 1, reg: EDX, bit: 6, name: "pae" },
  { leaf: 1, reg: EDX, bit: 7, name: "mce" },
  { leaf: 1, reg: EDX, bit: 8, name: "cx8" },
  { leaf: 1, reg: EDX, bit: 9, name: "apic" },
  { leaf: 1, reg: EDX, bit: 11, name: "sep" },
  { leaf: 1, reg: EDX, bit: 12, name: "mtrr" },
  { leaf: 1, reg: EDX, bit: 13, name: "pge" },
  { leaf: 1, reg: EDX, bit: 15, name: "cmov" },
  { leaf: 1, reg: EDX, bit: 16, name: "pat" },
  { leaf: 1, reg: EDX, bit: 17, name: "pse36" },
  { leaf: 1, reg: EDX, bit: 25, name: "sse" },
  { leaf: 1, reg: EDX, bit: 26, name: "sse2" },
  { leaf: 0x80000001, reg: EDX, bit: 11, name: "syscall" },
  { leaf: 0x80000001, reg: EDX, bit: 20, name: "nx" },
  { leaf: 0x80000001, reg: EDX, bit: 26, name: "pdpe1gb" },
  { leaf: 0x80000001, reg: EDX, bit: 27, name: "rdtscp" },
  { leaf: 0x80000001, reg: EDX, bit: 29, name: "lm" },
  { leaf: 0x80000007, reg: EDX, bit: 8, name: "constant_tsc" },
  { leaf: 0x80000007, reg: EDX, bit: 8, name: "nonstop_tsc" },
  { leaf: 1, reg: ECX, bit: 0, name: "pni" },
  { leaf: 1, reg: ECX, bit: 13, name: "cx16" },
  { leaf: 1, reg: ECX, bit: 20, name: "sse4_2" },
  { leaf: 1, reg: ECX, bit: 22, name: "movbe" },
  { leaf: 1, reg: ECX, bit: 23, name: "popcnt" },
  { leaf: 1, reg: ECX, bit: 31, name: "hypervisor" },
  { leaf: 0x80000001, reg: ECX, bit: 0, name: "lahf_lm" },
  { leaf: 0x80000001, reg: ECX, bit: 5, name: "abm" },
  { leaf: 7, reg: EBX, bit: 0, name: "fsgsbase" },
  { leaf: 7, reg: EBX, bit: 3, name: "bmi1" },
  { leaf: 7, reg: EBX, bit: 7, name: "smep" },
  { leaf: 7, reg: EBX, bit: 8, name: "bmi2" },
  { leaf: 7, reg: EBX, bit: 9, name: "erms" },
  { leaf: 7, reg: EBX, bit: 19, name: "adx" },
  { leaf: 7, reg: EBX, bit: 20, name: "smap" },
];
const NR_FLAGS = 39;

/** Four characters of a register. */
function put4(to: u8[], at_: u64, v: u32): void {
  for (let i: u64 = 0; i < 4; i++) to[at_ + i] = u8(v >> (i * 8));
}

function has(flag: cpu_flag): bool {
  let r: array<u32, 4>;
  cpuid(flag.leaf & 0x80000000, 0, r);
  if (r[0] < flag.leaf) return false;
  cpuid(flag.leaf, 0, r);
  return ((r[flag.reg] >> flag.bit) & 1) !== 0;
}

function show_one(m: seq_file, cpu: int, cores: u32): void {
  let r: array<u32, 4>;
  let vendor: array<u8, 16>;
  let model: array<u8, 64>;
  memset(vendor, 0, 16);
  memset(model, 0, 64);
  cpuid(0, 0, r);
  const max_leaf = r[0];
  put4(vendor, 0, r[1]);
  put4(vendor, 4, r[3]);
  put4(vendor, 8, r[2]);
  cpuid(0x80000000, 0, r);
  const max_extended = r[0];
  for (let leaf: u32 = 0; leaf < 3 && max_extended >= 0x80000004; leaf++) {
    cpuid(0x80000002 + leaf, 0, r);
    for (let i: u32 = 0; i < 4; i++) put4(model, u64(leaf * 16 + i * 4), r[i]);
  }
  cpuid(1, 0, r);
  const signature = r[0];
  const clflush: u32 = ((r[1] >> 8) & 0xff) << 3;
  const has_fpu: cstr = (r[3] & 1) !== 0 ? "yes" : "no";
  const family: u32 = ((signature >> 8) & 15) + (((signature >> 8) & 15) === 15 ? (signature >> 20) & 255 : 0);
  const number: u32 = ((signature >> 4) & 15) | ((signature >> 12) & 0xf0);
  seq_printf(m, "processor\t: %d\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\n", cpu, vendor, family, number);
  seq_printf(m, "model name\t: %s\n", model[0] === 0 ? ("unknown" as cstr) : (model as cstr));
  const stepping: u32 = signature & 15;
  if (stepping !== 0) seq_printf(m, "stepping\t: %u\n", stepping);
  else seq_puts(m, "stepping\t: unknown\n");
  seq_printf(m, "cpu MHz\t\t: %lu.%03lu\n", tsc_khz / 1000, tsc_khz % 1000);
  // All CPUs are cores of one package.
  seq_printf(m, "physical id\t: 0\nsiblings\t: %u\ncore id\t\t: %d\ncpu cores\t: %u\n", cores, cpu, cores);
  seq_printf(m, "apicid\t\t: %d\ninitial apicid\t: %d\n", cpu, cpu);
  seq_printf(m, "fpu\t\t: %s\nfpu_exception\t: %s\ncpuid level\t: %u\nwp\t\t: yes\nflags\t\t:", has_fpu, has_fpu, max_leaf);
  for (let i = 0; i < NR_FLAGS; i++) if (has(flags[i])) seq_printf(m, " %s", flags[i].name);
  cpuid(0x80000008, 0, r);
  seq_printf(m, "\nbugs\t\t:\nbogomips\t: %lu.%02lu\n", tsc_khz / 500, (tsc_khz / 5) % 100);
  seq_printf(m, "clflush size\t: %u\ncache_alignment\t: %u\n", clflush, clflush);
  seq_printf(m, "address sizes\t: %u bits physical, %u bits virtual\npower management:\n\n", r[0] & 0xff, (r[0] >> 8) & 0xff);
}

function cpuinfo_show(m: seq_file, _v: ptr): int {
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) if (cpu_online(cpu)) show_one(m, cpu, u32(num_online_cpus()));
  return 0;
}

export function proc_cpuinfo_init(): void {
  proc_create_single("cpuinfo", 0, null, cpuinfo_show);
}
