// The user gate (src/abi/gate.ts, docs/architecture.md): the page of code that is the user half of every host program. The only vmcall of
// the kernel's image; it runs in ring 3 from a page of its own.

import { __START_KERNEL_map } from "asm/page";

const GATE_CPUID_LEAF = 0x40000100;
const GATE_MSR_TEXT = 0x4b4c5000;
const SIGNATURE_KELP = 0x706c656b;
const SIGNATURE_GATE = 0x65746167;
const NR_rt_sigreturn = 15;

/** Offsets within the block are the protocol's: the loop at 0x40, the signal entry at 0x80. Padded to a page of its own. */
export const user_gate_text = asm<() => never>(
  "user_gate_text",
  () => {
    for (let i = 0; i < 0x40; i++) nop();
    label("next");
    vmcall();
    test(rcx, rcx);
    jnz("work");
    syscall();
    jmp("next");
    label("work");
    dec(rcx);
    jnz("work");
    jmp("next");
    align(128);
    vmcall();
    // The frame's return address, which a handler's ret would take.
    pop(rax);
    mov(eax, NR_rt_sigreturn);
    syscall();
    ud2();
    align(4096);
  },
  { section: ".rodata.gate", align: 4096 },
);

let gate_present: bool = false;

export function user_gate_init(): void {
  let regs: array<u32, 4>;
  cpuid(GATE_CPUID_LEAF, 0, regs);
  if (regs[0] === 0 || regs[1] !== SIGNATURE_KELP || regs[2] !== SIGNATURE_GATE) return;
  wrmsr(GATE_MSR_TEXT, u64(user_gate_text) - __START_KERNEL_map);
  gate_present = true;
  pr_info("user gate: version %u\n", regs[3]);
}
init(user_gate_init);

/** Page frame of the gate's text; 0 where the machine has no gate. */
export function user_gate_pfn(): u64 {
  return gate_present ? (u64(user_gate_text) - __START_KERNEL_map) >> 12 : u64(0);
}
