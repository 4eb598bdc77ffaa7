// Events on probes: kprobe_events.

import type { pt_regs } from "asm/ptrace";
import type { kprobe } from "linux/kprobes";
import type { seq_file } from "linux/seq_file";
import type { ring_entry } from "./ring_buffer";

export function trace_kprobe_print(_m: seq_file, _e: ring_entry): void {}

/** A probe of kprobe_events was hit. */
export function kprobe_dispatcher(_p: kprobe, _regs: pt_regs): int {
  return 0;
}
kprobe_blacklist(kprobe_dispatcher);
