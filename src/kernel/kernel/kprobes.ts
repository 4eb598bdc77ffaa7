// Kernel probes at function entries, by ftrace: handlers before (and after) the function's first instruction. Several probes may share an
// address; those with a post_handler exclude whoever else changes ip there (livepatch, hooks).

import type { pt_regs } from "asm/ptrace";
import { EINVAL, ENOENT, EOPNOTSUPP } from "linux/errno";
import {
  FTRACE_OPS_FL_IPMODIFY,
  FTRACE_OPS_FL_SAVE_REGS,
  ftrace_get_regs,
  ftrace_location,
  type ftrace_ops,
  type ftrace_regs,
  ftrace_set_filter_ip,
  ftrace_test_recursion_trylock,
  ftrace_test_recursion_unlock,
  MCOUNT_INSN_SIZE,
  register_ftrace_function,
  unregister_ftrace_function,
} from "linux/ftrace";
import { kallsyms_lookup_name } from "linux/kallsyms";
import { kernel_text_address } from "linux/kernel";
import { KPROBE_FLAG_DISABLED, KPROBE_FLAG_FTRACE, KPROBE_FLAG_ON_FUNC_ENTRY, type kprobe } from "linux/kprobes";
import { hlist_add_head, hlist_del, INIT_HLIST_NODE } from "linux/list";
import { type module, within_module } from "linux/module";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { synchronize_rcu } from "linux/rcupdate";
import type { hlist_head } from "linux/types";

declare const __kprobes_text_start: u8[];
declare const __kprobes_text_end: u8[];
declare const __entry_text_start: u8[];
declare const __entry_text_end: u8[];

/** All probes, newest first; changed under kprobe_mutex, read by handlers with preemption off. */
let kprobe_table: embed<hlist_head>;
let kprobe_mutex: embed<mutex>;
/** The probe whose handler runs on this CPU: a probe hit meanwhile is only counted. */
let current_kprobe: kprobe = null;
percpu(current_kprobe);

const kprobe_ftrace_ops: ftrace_ops = { func: kprobe_ftrace_handler, flags: FTRACE_OPS_FL_SAVE_REGS };
const kprobe_ipmodify_ops: ftrace_ops = { func: kprobe_ftrace_handler, flags: FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY };
let kprobe_ftrace_enabled: int = 0;
let kprobe_ipmodify_enabled: int = 0;

/** For unload: a probe that lies in the module, with a handler or itself; null if none. */
export function kprobe_in_module(mod: module): kprobe {
  for (let n = kprobe_table.first; n !== null; n = n.next) {
    const p = container_of<kprobe>(n, "hlist");
    if (within_module(u64(p), mod) || within_module(u64(p.pre_handler), mod) || within_module(u64(p.post_handler), mod)) return p;
  }
  return null;
}

export function get_kprobe(address: u64): kprobe {
  for (let n = kprobe_table.first; n !== null; n = n.next) {
    const p = container_of<kprobe>(n, "hlist");
    if (p.addr === address) return p;
  }
  return null;
}
notrace(get_kprobe);

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
notrace(run_handlers);

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
notrace(kprobe_ftrace_handler);

function ops_of(p: kprobe): ftrace_ops {
  return p.post_handler !== null ? kprobe_ipmodify_ops : kprobe_ftrace_ops;
}
notrace(ops_of);

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

function arm_kprobe(p: kprobe): int {
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
function disarm_kprobe(p: kprobe): void {
  if (others_at(p)) return;
  const ops = ops_of(p);
  if (count_enabled(ops, -1) === 0) unregister_ftrace_function(ops);
  ftrace_set_filter_ip(ops, p.addr, 1, 0);
}

export function within_kprobe_blacklist(address: u64): bool {
  if (address >= u64(__kprobes_text_start) && address < u64(__kprobes_text_end)) return true;
  return address >= u64(__entry_text_start) && address < u64(__entry_text_end);
}

/** The address from symbol and offset, or an errno. */
function kprobe_addr(p: kprobe): s64 {
  if ((p.symbol_name !== null && p.addr !== u64(0)) || (p.symbol_name === null && p.addr === u64(0))) return -EINVAL;
  if (p.symbol_name === null) return s64(p.addr + p.offset);
  const address = kallsyms_lookup_name(p.symbol_name);
  return address === u64(0) ? s64(-ENOENT) : s64(address + p.offset);
}

export function register_kprobe(p: kprobe): int {
  const address = kprobe_addr(p);
  if (u64(address) >= 0xfffffffffffff001) return int(address);
  p.addr = u64(address);
  p.flags &= KPROBE_FLAG_DISABLED;
  p.nmissed = 0;
  if (!kernel_text_address(p.addr) || within_kprobe_blacklist(p.addr)) return -EINVAL;
  if (ftrace_location(p.addr) !== p.addr) {
    pr_warn("kprobes: a probe that is not at a function's entry (%pS) is not supported yet\n", at<ptr>(p.addr));
    return -EOPNOTSUPP;
  }
  mutex_lock(kprobe_mutex);
  let ret: int = 0;
  for (let n = kprobe_table.first; n !== null; n = n.next) {
    if (container_of<kprobe>(n, "hlist") === p) ret = -EINVAL;
  }
  if (ret === 0) {
    p.flags |= KPROBE_FLAG_FTRACE | KPROBE_FLAG_ON_FUNC_ENTRY;
    INIT_HLIST_NODE(p.hlist);
    hlist_add_head(p.hlist, kprobe_table);
    if ((p.flags & KPROBE_FLAG_DISABLED) === 0) ret = arm_kprobe(p);
    if (ret !== 0) hlist_del(p.hlist);
  }
  mutex_unlock(kprobe_mutex);
  return ret;
}
EXPORT_SYMBOL_GPL(register_kprobe);

/** When it returns no handler of the probe runs. */
export function unregister_kprobe(p: kprobe): void {
  mutex_lock(kprobe_mutex);
  if ((p.flags & KPROBE_FLAG_DISABLED) === 0) disarm_kprobe(p);
  hlist_del(p.hlist);
  mutex_unlock(kprobe_mutex);
  synchronize_rcu();
}
EXPORT_SYMBOL_GPL(unregister_kprobe);

export function disable_kprobe(p: kprobe): int {
  mutex_lock(kprobe_mutex);
  if ((p.flags & KPROBE_FLAG_DISABLED) === 0) {
    disarm_kprobe(p);
    p.flags |= KPROBE_FLAG_DISABLED;
  }
  mutex_unlock(kprobe_mutex);
  return 0;
}
EXPORT_SYMBOL_GPL(disable_kprobe);

export function enable_kprobe(p: kprobe): int {
  mutex_lock(kprobe_mutex);
  let ret: int = 0;
  if (p.flags & KPROBE_FLAG_DISABLED) {
    ret = arm_kprobe(p);
    if (ret === 0) p.flags &= ~u32(KPROBE_FLAG_DISABLED);
  }
  mutex_unlock(kprobe_mutex);
  return ret;
}
EXPORT_SYMBOL_GPL(enable_kprobe);
