// The first instructions: from the boot loader's identity-mapped long mode to the kernel's own addresses. Runs at physical addresses
// (rip-relative only) until the jump. rbx: physical address of hvm_start_info.

import { init_stack } from "../../../init/init_task";
import { x86_64_start_kernel } from "./head64";
import { start_secondary } from "./smpboot";

/** Early tables: the kernel image at 0xffffffff80000000 by 2 MiB pages, and the loader's first GiB for both identity and direct map. */
export let early_top_pgt: array<u64, 512>;
export let early_level3_pgt: array<u64, 512>;
export let early_level2_pgt: array<u64, 512>;
aligned(early_top_pgt, 4096);
aligned(early_level3_pgt, 4096);
aligned(early_level2_pgt, 4096);

const PGD_DIRECT_MAP = 273; // 0xffff888000000000
const PGD_KERNEL = 511;
const PUD_KERNEL = 510;
const MSR_EFER = 0xc0000080;
const EFER_NX_SCE = 0x801;
const MSR_GS_BASE = 0xc0000101;

export const startup_64 = asm<() => never>(
  "startup_64",
  () => {
    cli();
    cld();
    // Table entries: present, writable (and 2 MiB pages at level 2).
    lea(rsi, rip(early_top_pgt));
    mov(rax, cr3);
    mov(rax, mem(rax));
    mov(mem(rsi), rax);
    mov(mem(rsi, PGD_DIRECT_MAP * 8), rax);
    lea(rdx, rip(early_level3_pgt));
    lea(rax, mem(rdx, 3));
    mov(mem(rsi, PGD_KERNEL * 8), rax);
    lea(rcx, rip(early_level2_pgt));
    lea(rax, mem(rcx, 3));
    mov(mem(rdx, PUD_KERNEL * 8), rax);
    mov(eax, 0x83);
    xor(edx, edx);
    label("fill");
    mov(mem(rcx, rdx, 8), rax);
    add(rax, 0x200000);
    inc(edx);
    cmp(edx, 512);
    jb("fill");
    // No-execute and syscall before the first NX entry is made.
    mov(ecx, MSR_EFER);
    rdmsr();
    or(eax, EFER_NX_SCE);
    wrmsr();
    mov(cr3, rsi);
    mov(rax, abs(secondary_startup));
    jmp(rax);
  },
  { section: ".head.text" },
);

/** From here on at link addresses. */
export const secondary_startup = asm<() => never>("secondary_startup_64", () => {
  mov(rsp, abs(init_stack, 16384));
  // This CPU's per-CPU variables are the linked ones: gs base 0.
  mov(ecx, MSR_GS_BASE);
  xor(eax, eax);
  xor(edx, edx);
  wrmsr();
  mov(rdi, rbx);
  xor(ebp, ebp);
  push(0);
  call(x86_64_start_kernel);
  label("halt");
  hlt();
  jmp("halt");
});

/** A further CPU, from its mailbox: on the kernel's tables and its idle task's stack; rdi: its gs base. */
export const ap_startup_64 = asm<() => never>("ap_startup_64", () => {
  cli();
  cld();
  mov(ecx, MSR_EFER);
  rdmsr();
  or(eax, EFER_NX_SCE);
  wrmsr();
  mov(ecx, MSR_GS_BASE);
  mov(eax, edi);
  mov(rdx, rdi);
  shr(rdx, 32);
  wrmsr();
  xor(ebp, ebp);
  push(0);
  call(start_secondary);
  label("halt");
  hlt();
  jmp("halt");
});
