// Probes at a function's entry hang on ftrace: no breakpoint is planted, and they live beside livepatches. Those with a post_handler exclude
// whoever else changes ip there (livepatch, hooks).

import type { pt_regs } from "asm/ptrace";
import {
  FTRACE_OPS_FL_IPMODIFY,
  FTRACE_OPS_FL_SAVE_REGS,
  ftrace_get_regs,
  type ftrace_ops,
  type ftrace_regs,
  ftrace_set_filter_ip,
  ftrace_test_recursion_trylock,
  ftrace_test_recursion_unlock,
  MCOUNT_INSN_SIZE,
  register_ftrace_function,
  unregister_ftrace_function,
} from "linux/ftrace";
import { KPROBE_FLAG_DISABLED, type kprobe } from "linux/kprobes";
import { kprobe_table } from "./kprobes";
import { current_kprobe } from "./kprobes-handlers";

notrace_file();

const kprobe_ftrace_ops: ftrace_ops = { func: kprobe_ftrace_handler, flags: FTRACE_OPS_FL_SAVE_REGS };
const kprobe_ipmodify_ops: ftrace_ops = { func: kprobe_ftrace_handler, flags: FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY };
let kprobe_ftrace_enabled: int = 0;
let kprobe_ipmodify_enabled: int = 0;

function run_handlers(p: kprobe, regs: pt_regs, ip: u64): void {
  const orig_ip = regs.ip;
  // As after a breakpoint at the address.
  regs.ip = ip + u64(1);
  this_cpu_write(current_kprobe, p);
  if (p.pre_handler === null || p.pre_handler(p, regs) === 0) {
    regs.ip = ip + u64(MCOUNT_INSN_SIZE);
    if (p.post_handler !== null) p.post_handler(p, regs, 0);
    regs.ip = orig_ip;
  }
  this_cpu_write(current_kprobe, null);
}

function kprobe_ftrace_handler(ip: u64, parent_ip: u64, ops: ftrace_ops, fregs: ftrace_regs): void {
  const bit = ftrace_test_recursion_trylock(ip, parent_ip);
  if (bit < 0) return;
  const regs = ftrace_get_regs(fregs);
  for (let n = kprobe_table.first; n !== null; n = n.next) {
    const p = container_of<kprobe>(n, "hlist");
    if (p.addr !== ip || p.flags & KPROBE_FLAG_DISABLED || ops_of(p) !== ops) continue;
    if (this_cpu_read(current_kprobe) !== null) p.nmissed++;
    else run_handlers(p, regs, ip);
  }
  ftrace_test_recursion_unlock(bit);
}

function ops_of(p: kprobe): ftrace_ops {
  return p.post_handler !== null ? kprobe_ipmodify_ops : kprobe_ftrace_ops;
}

function others_at(p: kprobe): bool {
  for (let n = kprobe_table.first; n !== null; n = n.next) {
    const q = container_of<kprobe>(n, "hlist");
    if (q !== p && q.addr === p.addr && ops_of(q) === ops_of(p) && (q.flags & KPROBE_FLAG_DISABLED) === 0) return true;
  }
  return false;
}

function count_enabled(ops: ftrace_ops, change: int): int {
  if (ops === kprobe_ipmodify_ops) {
    kprobe_ipmodify_enabled += change;
    return kprobe_ipmodify_enabled;
  }
  kprobe_ftrace_enabled += change;
  return kprobe_ftrace_enabled;
}

/** Under kprobe_mutex. */
export function arm_kprobe_ftrace(p: kprobe): int {
  if (others_at(p)) return 0;
  const ops = ops_of(p);
  let ret = ftrace_set_filter_ip(ops, p.addr, 0, 0);
  if (ret < 0) return ret;
  if (count_enabled(ops, 1) === 1) {
    ret = register_ftrace_function(ops);
    if (ret !== 0) {
      count_enabled(ops, -1);
      ftrace_set_filter_ip(ops, p.addr, 1, 0);
    }
  }
  return ret;
}

/** The last address goes with the ops: an empty filter would mean all functions. */
export function disarm_kprobe_ftrace(p: kprobe): void {
  if (others_at(p)) return;
  const ops = ops_of(p);
  if (count_enabled(ops, -1) === 0) unregister_ftrace_function(ops);
  ftrace_set_filter_ip(ops, p.addr, 1, 0);
}

// On the way of every breakpoint: a probe there would never end.
kprobe_blacklist(run_handlers);
kprobe_blacklist(kprobe_ftrace_handler);
kprobe_blacklist(ops_of);
