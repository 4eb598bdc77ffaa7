// The handlers of the probes at an address, run by whoever got there: a breakpoint, a jump's detour or ftrace.

import type { pt_regs } from "asm/ptrace";
import type { kprobe } from "linux/kprobes";
import { is_active, kprobe_table } from "./kprobes";

notrace_file();

/** The probe whose handler runs on this CPU: a probe hit meanwhile is only counted. */
export let current_kprobe: kprobe = null;
percpu(current_kprobe);

/** The running handler was reached by a breakpoint, which counts as an NMI. */
let in_breakpoint: u32 = 0;
percpu(in_breakpoint);

export function kprobe_in_breakpoint(): bool {
  return this_cpu_read(in_breakpoint) !== u32(0);
}

/** The same from the breakpoint itself. */
export function kprobe_breakpoint_handlers(address: u64, regs: pt_regs): bool {
  this_cpu_write(in_breakpoint, u32(1));
  const changed = kprobe_pre_handlers(address, regs);
  this_cpu_write(in_breakpoint, u32(0));
  return changed;
}

/** True: a handler has changed where to go on. Interrupts are off. */
export function kprobe_pre_handlers(address: u64, regs: pt_regs): bool {
  for (let n = kprobe_table.first; n !== null; n = n.next) {
    const p = container_of<kprobe>(n, "hlist");
    if (p.addr !== address || !is_active(p) || p.pre_handler === null) continue;
    this_cpu_write(current_kprobe, p);
    regs.ip = address + u64(1);
    const changed = p.pre_handler(p, regs) !== 0;
    this_cpu_write(current_kprobe, null);
    if (changed) return true;
  }
  return false;
}

export function kprobe_wants_post(address: u64): bool {
  for (let n = kprobe_table.first; n !== null; n = n.next) {
    const p = container_of<kprobe>(n, "hlist");
    if (p.addr === address && is_active(p) && p.post_handler !== null) return true;
  }
  return false;
}

export function kprobe_post_handlers(address: u64, regs: pt_regs): void {
  for (let n = kprobe_table.first; n !== null; n = n.next) {
    const p = container_of<kprobe>(n, "hlist");
    if (p.addr !== address || !is_active(p) || p.post_handler === null) continue;
    this_cpu_write(current_kprobe, p);
    p.post_handler(p, regs, 0);
    this_cpu_write(current_kprobe, null);
  }
}

export function kprobes_missed(address: u64): void {
  for (let n = kprobe_table.first; n !== null; n = n.next) {
    const p = container_of<kprobe>(n, "hlist");
    if (p.addr === address) p.nmissed++;
  }
}

// On the way of every breakpoint: a probe there would never end.
kprobe_blacklist(kprobe_in_breakpoint);
kprobe_blacklist(kprobe_breakpoint_handlers);
kprobe_blacklist(kprobe_pre_handlers);
kprobe_blacklist(kprobe_wants_post);
kprobe_blacklist(kprobe_post_handlers);
kprobe_blacklist(kprobes_missed);
