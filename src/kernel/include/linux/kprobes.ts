// Kernel probes: a breakpoint (or an ftrace site) with handlers before and after the probed instruction.

import type { pt_regs } from "asm/ptrace";
import type { hlist_node, list_head } from "linux/list";

export const KPROBE_FLAG_GONE = 1;
export const KPROBE_FLAG_DISABLED = 2;
export const KPROBE_FLAG_OPTIMIZED = 4;
export const KPROBE_FLAG_FTRACE = 8;
export const KPROBE_FLAG_ON_FUNC_ENTRY = 16;

export interface kprobe extends struct<"kprobe"> {
  hlist?: embed<hlist_node>;
  list?: embed<list_head>;
  nmissed?: u64;
  addr?: u64;
  symbol_name?: cstr;
  offset?: u32;
  pre_handler?: (p: kprobe, regs: pt_regs) => int;
  post_handler?: (p: kprobe, regs: pt_regs, flags: u64) => void;
  opcode?: u8;
  insn_slot?: u64; // out-of-line copy of the instruction, 0 for ftrace-based probes
  insn_length?: u32;
  flags?: u32;
}

export {
  disable_kprobe,
  enable_kprobe,
  get_kprobe,
  register_kprobe,
  register_kprobes,
  unregister_kprobe,
  unregister_kprobes,
  within_kprobe_blacklist,
} from "../../kernel/kprobes";
export { type kretprobe, type kretprobe_instance, register_kretprobe, unregister_kretprobe } from "../../kernel/kretprobe";
