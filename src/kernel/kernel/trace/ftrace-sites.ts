// Where the records come from: the kernel's call sites at boot, modules' as they load, and where they go.

import {
  type dyn_ftrace,
  FTRACE_FL_DISABLED,
  FTRACE_FL_ENABLED,
  FTRACE_FL_REGS,
  FTRACE_FL_REGS_EN,
  FTRACE_FL_TRAMP,
  FTRACE_FL_TRAMP_EN,
  FTRACE_OPS_FL_ENABLED,
  FTRACE_OPS_FL_SAVE_REGS,
  type ftrace_func_entry,
  type ftrace_hash,
  type ftrace_ops,
} from "linux/ftrace";
import { INIT_LIST_HEAD } from "linux/list";
import type { module } from "linux/module";
import { mutex_init, mutex_lock, mutex_unlock } from "linux/mutex";
import { ftrace_init_nop, ftrace_make_call, ftrace_ops_trampolines } from "../../arch/x86/kernel/ftrace";
import { sort } from "../../lib/sort";
import { ftrace_get_addr_new, ftrace_is_dead, ftrace_kill, ftrace_lock, ftrace_running } from "./ftrace";
import { ftrace_bug } from "./ftrace-bug";
import { ftrace_ops_test } from "./ftrace-hash";
import { ftrace_mod_filters_apply } from "./ftrace-mod-filter";
import { ftrace_list_end, ftrace_ops_list } from "./ftrace-ops";
import {
  ftrace_allocate_pages,
  ftrace_fill_pages,
  ftrace_free_pages,
  ftrace_link_pages,
  ftrace_next_rec,
  ftrace_number_of_groups,
  ftrace_number_of_pages,
  type ftrace_rec_iter,
  ftrace_rec_iter_start,
  ftrace_remove_records,
} from "./ftrace-pages";
import { ftrace_rec_count } from "./ftrace-records";
import { ftrace_trace_arrays } from "./trace";

notrace_file();

declare const __start_mcount_loc: u64[];
declare const __stop_mcount_loc: u64[];
declare const __init_begin: u8[];
declare const __init_end: u8[];

function compare_ips(a: ptr, b: ptr): int {
  const x = (a as u64[])[0];
  const y = (b as u64[])[0];
  if (x === y) return 0;
  return x < y ? -1 : 1;
}

function is_sorted(sites: u64[], count: u64): bool {
  for (let i: u64 = 1; i < count; i++) {
    if (sites[i] < sites[i - u64(1)]) return false;
  }
  return true;
}

/** Records for ascending sites, their calls replaced by NOPs. False: no memory, or a site that is no call of __fentry__. */
function ftrace_process_locs(sites: u64[], count: u64, flags: u64): bool {
  if (!is_sorted(sites, count)) sort(sites, count, 8, compare_ips);
  const pages = ftrace_allocate_pages(count);
  if (pages === null) return false;
  for (let i: u64 = 0; i < count; i++) {
    if (sites[i] === u64(0)) continue;
    const ret = ftrace_init_nop(sites[i]);
    if (ret !== 0) {
      ftrace_bug(ret, null, sites[i]);
      ftrace_free_pages(pages);
      return false;
    }
  }
  ftrace_fill_pages(pages, sites, count, flags);
  mutex_lock(ftrace_lock);
  ftrace_link_pages(pages);
  mutex_unlock(ftrace_lock);
  return true;
}

/** Boot: single CPU, interrupts off, text still writable through the direct map. */
export function ftrace_init(): void {
  mutex_init(ftrace_lock);
  INIT_LIST_HEAD(ftrace_ops_trampolines);
  const count: u64 = (u64(__stop_mcount_loc) - u64(__start_mcount_loc)) / u64(8);
  if (count === u64(0)) {
    pr_info("ftrace: No functions to be traced?\n");
    ftrace_kill();
    return;
  }
  pr_info("ftrace: allocating %ld entries in %ld pages\n", count, (count + u64(255)) / u64(256));
  if (!ftrace_process_locs(__start_mcount_loc, count, 0)) {
    ftrace_kill();
    return;
  }
  pr_info("ftrace: allocated %ld pages with %ld groups\n", ftrace_number_of_pages, ftrace_number_of_groups);
}
init(ftrace_init);

/** A module's sites, while it is unformed: its text is not yet protected and nobody runs it. */
export function ftrace_module_init(mod: module): void {
  if (mod.num_ftrace_callsites === 0 || ftrace_is_dead()) return;
  ftrace_process_locs(mod.ftrace_callsites, u64(mod.num_ftrace_callsites), FTRACE_FL_DISABLED);
}

function in_module(rec: dyn_ftrace, mod: module): bool {
  return rec.ip - mod.core_layout.base < u64(mod.core_layout.size) || rec.ip - mod.init_layout.base < u64(mod.init_layout.size);
}

/** Registered ops that select a new site are counted at it. */
function count_ops(rec: dyn_ftrace): void {
  for (let op = ftrace_ops_list; op !== ftrace_list_end; op = op.next) {
    if ((op.flags & u64(FTRACE_OPS_FL_ENABLED)) === u64(0) || !ftrace_ops_test(op, rec.ip)) continue;
    rec.flags++;
    if (ftrace_rec_count(rec) === u64(1) && op.trampoline !== u64(0)) rec.flags |= u64(FTRACE_FL_TRAMP);
    else rec.flags &= ~u64(FTRACE_FL_TRAMP);
    if (op.flags & u64(FTRACE_OPS_FL_SAVE_REGS)) rec.flags |= u64(FTRACE_FL_REGS);
  }
}

/** A module's sites can be traced from now on, and those that somebody traces are. */
export function ftrace_module_enable(mod: module): void {
  let iter: embed<ftrace_rec_iter>;
  mutex_lock(ftrace_lock);
  if (ftrace_is_dead()) {
    mutex_unlock(ftrace_lock);
    return;
  }
  ftrace_rec_iter_start(iter);
  for (let rec = ftrace_next_rec(iter); rec !== null; rec = ftrace_next_rec(iter)) {
    if (!in_module(rec, mod)) continue;
    rec.flags &= ~u64(FTRACE_FL_DISABLED);
    count_ops(rec);
    if (ftrace_rec_count(rec) === u64(0) || !ftrace_running()) continue;
    const ret = ftrace_make_call(rec, ftrace_get_addr_new(rec));
    if (ret !== 0) {
      ftrace_bug(ret, rec, rec.ip);
      break;
    }
    rec.flags |= u64(FTRACE_FL_ENABLED);
    if (rec.flags & u64(FTRACE_FL_REGS)) rec.flags |= u64(FTRACE_FL_REGS_EN);
    if (rec.flags & u64(FTRACE_FL_TRAMP)) rec.flags |= u64(FTRACE_FL_TRAMP_EN);
  }
  mutex_unlock(ftrace_lock);
  ftrace_mod_filters_apply(mod.name);
}

/** Entries stay, but for no site: a filter that became empty would select everything. */
function clear_range_from_hash(hash: ftrace_hash, start: u64, end: u64): void {
  if (hash === null || hash.count === u64(0)) return;
  const size: u64 = u64(1) << hash.size_bits;
  for (let i: u64 = 0; i < size; i++) {
    for (let n = hash.buckets[i].first; n !== null; n = n.next) {
      const entry = container_of<ftrace_func_entry>(n, "hlist");
      if (entry.ip >= start && entry.ip < end) entry.ip = 0;
    }
  }
}

function clear_range_from_ops(ops: ftrace_ops, start: u64, end: u64): void {
  clear_range_from_hash(ops.func_hash.filter_hash, start, end);
  clear_range_from_hash(ops.func_hash.notrace_hash, start, end);
}

function forget_range(start: u64, end: u64): void {
  if (start === end) return;
  mutex_lock(ftrace_lock);
  for (let op = ftrace_ops_list; op !== ftrace_list_end; op = op.next) clear_range_from_ops(op, start, end);
  // Filters of traces whose tracer is not at work.
  for (let tr = ftrace_trace_arrays; tr !== null; tr = tr.next) if (tr.ops !== null) clear_range_from_ops(tr.ops, start, end);
  ftrace_remove_records(start, end);
  mutex_unlock(ftrace_lock);
}

/** A module goes: its sites are forgotten. */
export function ftrace_release_mod(mod: module): void {
  forget_range(mod.core_layout.base, mod.core_layout.base + mod.core_layout.size);
  forget_range(mod.init_layout.base, mod.init_layout.base + mod.init_layout.size);
}

/** Init memory of a module is freed. */
export function ftrace_free_mem(_mod: module, start: u64, end: u64): void {
  forget_range(start, end);
}

/** The kernel's init memory is freed. */
export function ftrace_free_init_mem(): void {
  forget_range(u64(__init_begin), u64(__init_end));
}
