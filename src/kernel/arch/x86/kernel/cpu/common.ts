// Segments, task state segment, control registers and system-call MSRs of a CPU.

import { entry_SYSCALL_64 } from "../../entry/entry_64";

/** Task state segment: stacks for entries from user mode (sp0) and for the exceptions that need their own (ist). */
export interface tss_struct extends struct<"tss_struct"> {
  reserved1?: u32;
  /** Fields at unaligned offsets are pairs of 32 bits. */
  sp0_low?: u32;
  sp0_high?: u32;
  /** sp1, sp2 (entry scratch is a variable of its own), reserved, ist 1-7 as 32-bit halves. */
  words?: array<u32, 22>;
  io_bitmap_base?: u32;
}

export const IST_INDEX_DF = 1;
export const IST_INDEX_NMI = 2;
export const IST_INDEX_DB = 3;
export const IST_INDEX_MCE = 4;
const IST_STACKS = 4;
const EXCEPTION_STKSZ = 8192;

interface descriptor_pointer extends struct<"descriptor_pointer"> {
  pad0?: u32;
  pad1?: u16;
  /** lgdt and lidt take the address of this field. */
  limit?: u16;
  base?: u64;
}

export let cpu_tss: embed<tss_struct>;
export let gdt_page: array<u64, 16>;
export let gdt_pointer: embed<descriptor_pointer>;
/** Top of the running task's kernel stack, for system calls; and where the user's stack pointer is put down meanwhile. */
export let cpu_current_top_of_stack: u64 = 0;
export let cpu_user_sp: u64 = 0;
export let exception_stacks: array<u8, 32768>;
percpu(cpu_tss);
percpu(gdt_page);
percpu(gdt_pointer);
percpu(cpu_current_top_of_stack);
percpu(cpu_user_sp);
percpu(exception_stacks);
aligned(cpu_tss, 64);
aligned(gdt_page, 64);
aligned(gdt_pointer, 16);
aligned(exception_stacks, 4096);

const GDT_KERNEL_CODE = 0x00af9b000000ffff;
const GDT_KERNEL_DATA = 0x00cf93000000ffff;
const GDT_USER_DATA = 0x00cff3000000ffff;
const GDT_USER_CODE = 0x00affb000000ffff;
const TSS_SELECTOR = 0x40;

const MSR_STAR = 0xc0000081;
const MSR_LSTAR = 0xc0000082;
const MSR_SYSCALL_MASK = 0xc0000084;
const MSR_KERNEL_GS_BASE = 0xc0000102;
const SYSCALL_FLAGS_CLEARED = 0x257fd5; // CF PF AF ZF SF TF IF DF OF IOPL NT RF AC ID: as Linux

const CR0_WP = 0x10000;
const CR0_BITS = 0x80050033; // PE MP ET NE WP AM PG
const CR4_PSE_PAE_PGE = 0xb0;

/** Reloads cs by a far return, and the data segments with the kernel's or null. */
export const reload_segments = asm<() => void>("reload_segments", () => {
  mov(eax, 0x18);
  mov(ss, eax);
  xor(eax, eax);
  mov(ds, eax);
  mov(es, eax);
  mov(fs, eax);
  pop(rax);
  push(0x10);
  push(rax);
  retfq();
});

/** Stack pointer for entries from user mode. */
export function load_sp0(sp0: u64): void {
  const tss = this_cpu_struct(cpu_tss);
  tss.sp0_low = u32(sp0);
  tss.sp0_high = u32(sp0 >> 32);
}
notrace(load_sp0);

/** This CPU's descriptor table and task register. The gs base is kept: loading a segment register would clear it. */
export function cpu_init_gdt(): void {
  const gdt = this_cpu_struct(gdt_page);
  const tss = this_cpu_struct(cpu_tss);
  const p = this_cpu_struct(gdt_pointer);
  gdt[1] = 0x00cf9b000000ffff; // 32-bit kernel code, unused
  gdt[2] = GDT_KERNEL_CODE;
  gdt[3] = GDT_KERNEL_DATA;
  gdt[4] = 0; // 32-bit user code: there is no compatibility mode, so that its selector faults
  gdt[5] = GDT_USER_DATA;
  gdt[6] = GDT_USER_CODE;
  const base = u64(tss);
  const limit = sizeof<tss_struct>() - 1;
  gdt[8] = (limit & 0xffff) | ((base & 0xffffff) << 16) | (u64(0x89) << 40) | (((base >> 24) & 0xff) << 56);
  gdt[9] = base >> 32;
  p.limit = 127;
  p.base = u64(gdt);
  lgdt(addr(p.limit));
  reload_segments();
  tss.io_bitmap_base = u32(sizeof<tss_struct>()) << 16;
  const stacks = u64(this_cpu_struct(exception_stacks));
  for (let i: u64 = 0; i < IST_STACKS; i++) {
    const top = stacks + (i + 1) * EXCEPTION_STKSZ;
    // words[0..5]: sp1, sp2, reserved; ist 1 begins at words[6].
    tss.words[6 + 2 * i] = u32(top);
    tss.words[7 + 2 * i] = u32(top >> 32);
  }
  ltr(TSS_SELECTOR);
}
notrace(cpu_init_gdt);

/** Bounds of this CPU's exception stack that holds sp; 0 in lo if none does. */
export function exception_stack_of(sp: u64): u64 {
  const stacks = u64(this_cpu_struct(exception_stacks));
  if (sp < stacks || sp >= stacks + IST_STACKS * EXCEPTION_STKSZ) return 0;
  return stacks + ((sp - stacks) / EXCEPTION_STKSZ) * EXCEPTION_STKSZ;
}

/** 0 #DF, 1 NMI, 2 #DB, 3 #MC, of what exception_stack_of gave. */
export function exception_stack_index(stack: u64): int {
  return int((stack - u64(this_cpu_struct(exception_stacks))) / EXCEPTION_STKSZ);
}

export const EXCEPTION_STACK_SIZE = EXCEPTION_STKSZ;

/** Control registers, system-call entry, first kernel stack (its top). */
export function cpu_init(top: u64): void {
  write_cr4(read_cr4() | CR4_PSE_PAE_PGE);
  write_cr0(read_cr0() | CR0_BITS | CR0_WP);
  wrmsr(MSR_STAR, (u64(0x23) << 48) | (u64(0x10) << 32));
  wrmsr(MSR_LSTAR, u64(entry_SYSCALL_64));
  wrmsr(MSR_SYSCALL_MASK, SYSCALL_FLAGS_CLEARED);
  wrmsr(MSR_KERNEL_GS_BASE, 0);
  load_sp0(top);
  this_cpu_write(cpu_current_top_of_stack, top);
}
