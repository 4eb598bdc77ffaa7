// Kernel probes: handlers before (and after) an instruction. At a function's entry they hang on ftrace (kprobes-ftrace.ts), elsewhere on a
// breakpoint (kprobes-sites.ts). Several probes may share an address.

import { EILSEQ, EINVAL, ENOENT } from "linux/errno";
import { ftrace_location } from "linux/ftrace";
import { kallsyms_lookup_name, kallsyms_lookup_size_offset } from "linux/kallsyms";
import { kernel_text_address } from "linux/kernel";
import { KPROBE_FLAG_DISABLED, KPROBE_FLAG_FTRACE, KPROBE_FLAG_GONE, KPROBE_FLAG_ON_FUNC_ENTRY, type kprobe } from "linux/kprobes";
import { hlist_add_head, hlist_del, INIT_HLIST_NODE } from "linux/list";
import { type module, within_module } from "linux/module";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { synchronize_rcu } from "linux/rcupdate";
import type { hlist_head } from "linux/types";
import { arm_kprobe_ftrace, disarm_kprobe_ftrace } from "./kprobes-ftrace";
import { arm_site, disarm_site, drop_site, prepare_site } from "./kprobes-sites";

notrace_file();

declare const __kprobes_text_start: u8[];
declare const __kprobes_text_end: u8[];
declare const __entry_text_start: u8[];
declare const __entry_text_end: u8[];

/** All probes, newest first; changed under kprobe_mutex, read by handlers with preemption off. */
export let kprobe_table: embed<hlist_head>;
export let kprobe_mutex: embed<mutex>;
/** /sys/kernel/debug/kprobes/enabled */
export let kprobes_all_disarmed: bool = false;

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

export function is_active(p: kprobe): bool {
  return (p.flags & (KPROBE_FLAG_DISABLED | KPROBE_FLAG_GONE)) === 0;
}

function arm_kprobe(p: kprobe): int {
  return (p.flags & KPROBE_FLAG_FTRACE) !== 0 ? arm_kprobe_ftrace(p) : arm_site(p);
}

function disarm_kprobe(p: kprobe): void {
  if ((p.flags & KPROBE_FLAG_FTRACE) !== 0) disarm_kprobe_ftrace(p);
  else disarm_site(p);
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
  if (!kallsyms_lookup_size_offset(p.addr, null, null)) return -ENOENT;
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

/** All or none. */
export function register_kprobes(kps: ref<kprobe>[], num: int): int {
  if (num <= 0) return -EINVAL;
  for (let i: int = 0; i < num; i++) {
    const ret = register_kprobe(kps[i]);
    if (ret >= 0) continue;
    if (i > 0) unregister_kprobes(kps, i);
    return ret;
  }
  return 0;
}
EXPORT_SYMBOL_GPL(register_kprobes);

export function unregister_kprobes(kps: ref<kprobe>[], num: int): void {
  for (let i: int = 0; i < num; i++) unregister_kprobe(kps[i]);
}
EXPORT_SYMBOL_GPL(unregister_kprobes);

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
  } else if (p.flags & KPROBE_FLAG_DISABLED && !kprobes_all_disarmed) {
    // While all are off it stays disabled, as on Linux.
    ret = arm_kprobe(p);
    if (ret === 0) p.flags &= ~u32(KPROBE_FLAG_DISABLED);
  }
  mutex_unlock(kprobe_mutex);
  return ret;
}
EXPORT_SYMBOL_GPL(enable_kprobe);
kprobe_blacklist(is_active);
