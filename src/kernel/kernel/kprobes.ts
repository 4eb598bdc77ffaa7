// Kernel probes: handlers before (and after) an instruction. At a function's entry they hang on ftrace, where those with a post_handler exclude
// whoever else changes ip there (livepatch, hooks); elsewhere on a breakpoint, which becomes a jump if its surroundings allow it. Several
// probes may share an address.

import type { pt_regs } from "asm/ptrace";
import { EILSEQ, EINVAL, ENOENT, ENOMEM } from "linux/errno";
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
import {
  KPROBE_FLAG_DISABLED,
  KPROBE_FLAG_FTRACE,
  KPROBE_FLAG_GONE,
  KPROBE_FLAG_ON_FUNC_ENTRY,
  KPROBE_FLAG_OPTIMIZED,
  type kprobe,
} from "linux/kprobes";
import { hlist_add_head, hlist_del, INIT_HLIST_NODE } from "linux/list";
import { type module, within_module } from "linux/module";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { synchronize_rcu, synchronize_rcu_tasks } from "linux/rcupdate";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import type { hlist_head } from "linux/types";
import { type delayed_work, INIT_DELAYED_WORK, schedule_delayed_work, type work_struct } from "linux/workqueue";
import {
  arch_arm_kprobe,
  arch_disarm_kprobe,
  arch_prepare_kprobe,
  arch_remove_kprobe,
  can_probe,
  type kprobe_site,
} from "../arch/x86/kernel/kprobes/core";
import {
  arch_optimize_kprobe,
  arch_prepare_optimized_kprobe,
  arch_remove_optimized_kprobe,
  arch_unoptimize_kprobe,
} from "../arch/x86/kernel/kprobes/opt";

notrace_file();

declare const __kprobes_text_start: u8[];
declare const __kprobes_text_end: u8[];
declare const __entry_text_start: u8[];
declare const __entry_text_end: u8[];

/** All probes, newest first; changed under kprobe_mutex, read by handlers with preemption off. */
export let kprobe_table: embed<hlist_head>;
export let kprobe_mutex: embed<mutex>;
/** The breakpoints, newest first. */
let kprobe_sites: kprobe_site = null;
/** /sys/kernel/debug/kprobes/enabled */
export let kprobes_all_disarmed: bool = false;
/** Jiffies from arming to the wait for a jump: many probes change together. */
const OPTIMIZE_DELAY = 5;
let optimizing_work: embed<delayed_work>;
let optimizer_ready: bool = false;
let allow_optimization: bool = true;
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

function arm_kprobe(p: kprobe): int {
  if ((p.flags & KPROBE_FLAG_FTRACE) === 0) return arm_site(p);
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
  if ((p.flags & KPROBE_FLAG_FTRACE) === 0) {
    disarm_site(p);
    return;
  }
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
  const ftrace_addr = ftrace_location(p.addr);
  if (ftrace_addr !== u64(0) && ftrace_addr !== p.addr) return -EILSEQ;
  mutex_lock(kprobe_mutex);
  let ret: int = 0;
  for (let n = kprobe_table.first; n !== null; n = n.next) {
    if (container_of<kprobe>(n, "hlist") === p) ret = -EINVAL;
  }
  if (ret === 0) ret = ftrace_addr === u64(0) ? prepare_site(p) : 0;
  if (ret === 0) {
    if (ftrace_addr !== u64(0)) p.flags |= KPROBE_FLAG_FTRACE | KPROBE_FLAG_ON_FUNC_ENTRY;
    INIT_HLIST_NODE(p.hlist);
    hlist_add_head(p.hlist, kprobe_table);
    if ((p.flags & KPROBE_FLAG_DISABLED) === 0 && !kprobes_all_disarmed) ret = arm_kprobe(p);
    if (ret !== 0) {
      hlist_del(p.hlist);
      drop_site(p.addr);
    }
  }
  mutex_unlock(kprobe_mutex);
  return ret;
}
EXPORT_SYMBOL_GPL(register_kprobe);

/** When it returns no handler of the probe runs. */
export function unregister_kprobe(p: kprobe): void {
  mutex_lock(kprobe_mutex);
  const gone = (p.flags & KPROBE_FLAG_GONE) !== 0;
  if ((p.flags & KPROBE_FLAG_DISABLED) === 0 && !gone && !kprobes_all_disarmed) disarm_kprobe(p);
  hlist_del(p.hlist);
  synchronize_rcu();
  if ((p.flags & KPROBE_FLAG_FTRACE) === 0 && !gone) drop_site(p.addr);
  mutex_unlock(kprobe_mutex);
}
EXPORT_SYMBOL_GPL(unregister_kprobe);

// ---- breakpoints ----

export function kprobe_site_at(address: u64): kprobe_site {
  let s = READ_ONCE(kprobe_sites);
  while (s !== null && s.addr !== address) s = s.next;
  return s;
}

/** The n-th detour of an optimised probe, for /proc/kallsyms; 0 behind the last. */
export function kprobe_detour(n: u64): u64 {
  let left = n;
  for (let s = READ_ONCE(kprobe_sites); s !== null; s = s.next) {
    if (s.opt === null) continue;
    if (left === u64(0)) return s.opt.detour;
    left--;
  }
  return 0;
}

/** The site for a probe's address, made if it is the first there. Under kprobe_mutex. */
function prepare_site(p: kprobe): int {
  const err = can_probe(p.addr);
  if (err !== 0 || kprobe_site_at(p.addr) !== null) return err;
  const site = kzalloc(sizeof<kprobe_site>(), GFP_KERNEL) as kprobe_site;
  if (site === null) return -ENOMEM;
  site.addr = p.addr;
  const ret = arch_prepare_kprobe(site);
  if (ret !== 0) {
    kfree(site);
    return ret;
  }
  site.next = kprobe_sites;
  WRITE_ONCE(kprobe_sites, site);
  return 0;
}

function is_active(p: kprobe): bool {
  return (p.flags & (KPROBE_FLAG_DISABLED | KPROBE_FLAG_GONE)) === 0;
}

/** Is a probe registered at the address (armed or not)? */
function any_probe_at(address: u64): bool {
  for (let n = kprobe_table.first; n !== null; n = n.next) if (container_of<kprobe>(n, "hlist").addr === address) return true;
  return false;
}

function active_probe_at(address: u64, but: kprobe): bool {
  for (let n = kprobe_table.first; n !== null; n = n.next) {
    const p = container_of<kprobe>(n, "hlist");
    if (p !== but && p.addr === address && is_active(p)) return true;
  }
  return false;
}

/** Without probes a site goes; whoever still runs in its copy or detour is waited for. Under kprobe_mutex. */
function drop_site(address: u64): void {
  const site = kprobe_site_at(address);
  if (site === null || any_probe_at(address)) return;
  if (kprobe_sites === site) {
    WRITE_ONCE(kprobe_sites, site.next);
  } else {
    let prev = kprobe_sites;
    while (prev.next !== site) prev = prev.next;
    WRITE_ONCE(prev.next, site.next);
  }
  synchronize_rcu_tasks();
  arch_remove_optimized_kprobe(site);
  arch_remove_kprobe(site);
  kfree(site);
}

function arm_site(p: kprobe): int {
  const site = kprobe_site_at(p.addr);
  if (p.post_handler !== null) unoptimize(site);
  if (!site.armed) {
    site.armed = true;
    arch_arm_kprobe(site);
  }
  if (!optimizer_ready) {
    INIT_DELAYED_WORK(optimizing_work, kprobe_optimizer);
    optimizer_ready = true;
  }
  if (!allow_optimization || kprobe_wants_post(p.addr) || !arch_prepare_optimized_kprobe(site)) return 0;
  // Shown as optimised from here on, as Linux does; the text follows.
  set_optimized(p.addr, true);
  schedule_delayed_work(optimizing_work, OPTIMIZE_DELAY);
  return 0;
}

/** debug.kprobes-optimization */
export function kprobes_allow_optimization(on: bool): void {
  mutex_lock(kprobe_mutex);
  if (on !== allow_optimization) {
    allow_optimization = on;
    for (let site = kprobe_sites; site !== null; site = site.next) {
      if (!site.armed) continue;
      if (!on) {
        unoptimize(site);
      } else if (!kprobe_wants_post(site.addr) && arch_prepare_optimized_kprobe(site)) {
        set_optimized(site.addr, true);
        schedule_delayed_work(optimizing_work, OPTIMIZE_DELAY);
      }
    }
    if (on) pr_info("kprobes: kprobe jump-optimization is enabled. All kprobes are optimized if possible.\n");
    else pr_info("kprobes: kprobe jump-optimization is disabled. All kprobes are based on software breakpoint.\n");
  }
  mutex_unlock(kprobe_mutex);
}

function disarm_site(p: kprobe): void {
  const site = kprobe_site_at(p.addr);
  if (site === null || !site.armed || active_probe_at(p.addr, p)) return;
  unoptimize(site);
  arch_disarm_kprobe(site);
  site.armed = false;
}

function set_optimized(address: u64, on: bool): void {
  for (let n = kprobe_table.first; n !== null; n = n.next) {
    const p = container_of<kprobe>(n, "hlist");
    if (p.addr !== address) continue;
    if (on) p.flags |= KPROBE_FLAG_OPTIMIZED;
    else p.flags &= ~u32(KPROBE_FLAG_OPTIMIZED);
  }
}

function unoptimize(site: kprobe_site): void {
  if (site.optimized) arch_unoptimize_kprobe(site);
  set_optimized(site.addr, false);
}

/** Some time after probes were armed: those that can become jumps. */
function kprobe_optimizer(_work: work_struct): void {
  mutex_lock(kprobe_mutex);
  let waited = false;
  for (let site = kprobe_sites; site !== null; site = site.next) {
    if (!allow_optimization || !site.armed || site.optimized || kprobe_wants_post(site.addr) || site.opt === null) continue;
    // Nobody may be preempted among the bytes that the jump will cover.
    if (!waited) synchronize_rcu_tasks();
    waited = true;
    arch_optimize_kprobe(site);
    set_optimized(site.addr, true);
  }
  mutex_unlock(kprobe_mutex);
}

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

// ---- the whole ----

/** Plants or takes away all probes, which stay registered. */
export function kprobes_set_all(on: bool): void {
  mutex_lock(kprobe_mutex);
  if (on === kprobes_all_disarmed) {
    if (on) kprobes_all_disarmed = false;
    for (let n = kprobe_table.first; n !== null; n = n.next) {
      const p = container_of<kprobe>(n, "hlist");
      if (!is_active(p)) continue;
      if (on) arm_kprobe(p);
      else {
        // The others at the address go one after the other.
        p.flags |= KPROBE_FLAG_DISABLED;
        disarm_kprobe(p);
      }
    }
    if (!on) {
      kprobes_all_disarmed = true;
      for (let n = kprobe_table.first; n !== null; n = n.next) container_of<kprobe>(n, "hlist").flags &= ~u32(KPROBE_FLAG_DISABLED);
    }
    pr_info("kprobes: Kprobes globally %s\n", on ? "enabled" : "disabled");
  }
  mutex_unlock(kprobe_mutex);
}

/** Text goes away with its module: the probes in it can never be hit again. */
export function kprobes_module_gone(start: u64, size: u64): void {
  mutex_lock(kprobe_mutex);
  for (let n = kprobe_table.first; n !== null; n = n.next) {
    const p = container_of<kprobe>(n, "hlist");
    if (p.addr - start >= size || (p.flags & KPROBE_FLAG_GONE) !== 0) continue;
    if ((p.flags & KPROBE_FLAG_DISABLED) === 0) disarm_kprobe(p);
    p.flags |= KPROBE_FLAG_GONE;
  }
  mutex_unlock(kprobe_mutex);
}

export function disable_kprobe(p: kprobe): int {
  mutex_lock(kprobe_mutex);
  if ((p.flags & KPROBE_FLAG_DISABLED) === 0) {
    if ((p.flags & KPROBE_FLAG_GONE) === 0 && !kprobes_all_disarmed) disarm_kprobe(p);
    p.flags |= KPROBE_FLAG_DISABLED;
  }
  mutex_unlock(kprobe_mutex);
  return 0;
}
EXPORT_SYMBOL_GPL(disable_kprobe);

export function enable_kprobe(p: kprobe): int {
  mutex_lock(kprobe_mutex);
  let ret: int = 0;
  if (p.flags & KPROBE_FLAG_GONE) {
    ret = -EINVAL;
  } else if (p.flags & KPROBE_FLAG_DISABLED) {
    if (!kprobes_all_disarmed) ret = arm_kprobe(p);
    if (ret === 0) p.flags &= ~u32(KPROBE_FLAG_DISABLED);
  }
  mutex_unlock(kprobe_mutex);
  return ret;
}
EXPORT_SYMBOL_GPL(enable_kprobe);
