// The traps' side of kprobes. Probes at function entries are calls of ftrace and trap never; probes elsewhere need an out-of-line copy of
// the probed instruction, which is not supported yet (register_kprobe says EOPNOTSUPP), so no trap is ours.

import type { pt_regs } from "asm/ptrace";

/** 1: the breakpoint was a probe's. */
export function kprobe_int3_handler(_regs: pt_regs): int {
  return 0;
}
notrace(kprobe_int3_handler);

/** 1: the single step was a probe's. */
export function kprobe_debug_handler(_regs: pt_regs): int {
  return 0;
}
notrace(kprobe_debug_handler);

/** True: the fault came from a probed instruction and is dealt with. */
export function kprobe_page_fault(_regs: pt_regs, _trap: u32): bool {
  return false;
}
notrace(kprobe_page_fault);
