// Probes elsewhere than at a function's entry: a breakpoint for each probed address, which several probes may share and which becomes a jump
// some time later if its surroundings allow it.

import { ENOMEM } from "linux/errno";
import { KPROBE_FLAG_OPTIMIZED, type kprobe } from "linux/kprobes";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { synchronize_rcu_tasks } from "linux/rcupdate";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
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
import { is_active, kprobe_mutex, kprobe_table } from "./kprobes";
import { kprobe_wants_post } from "./kprobes-handlers";

notrace_file();

/** The breakpoints, newest first. */
let kprobe_sites: kprobe_site = null;
/** Jiffies from arming to the wait for a jump: many probes change together. */
const OPTIMIZE_DELAY = 5;
let optimizing_work: embed<delayed_work>;
let optimizer_ready: bool = false;
let allow_optimization: bool = true;

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
export function prepare_site(p: kprobe): int {
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
export function drop_site(address: u64): void {
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

export function arm_site(p: kprobe): int {
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

export function disarm_site(p: kprobe): void {
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

// On the way of every breakpoint: a probe there would never end.
kprobe_blacklist(kprobe_site_at);
