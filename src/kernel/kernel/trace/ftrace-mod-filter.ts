// `glob:mod:module` of set_ftrace_filter and set_ftrace_notrace for modules that are not there: remembered, and applied when they load.

import { ENOENT, ENOMEM } from "linux/errno";
import type { ftrace_ops } from "linux/ftrace";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { type seq_file, seq_printf } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { strcmp, strlcpy } from "linux/string";
import { ftrace_lock } from "./ftrace";
import { ftrace_hash_move_and_update_ops } from "./ftrace-filter";
import { alloc_and_copy_ftrace_hash, FTRACE_HASH_FL_MOD, free_ftrace_hash } from "./ftrace-hash";
import { ftrace_match_records } from "./ftrace-match";

notrace_file();

interface ftrace_mod_load extends struct<"ftrace_mod_load"> {
  next?: ftrace_mod_load;
  ops?: ftrace_ops;
  filter?: bool;
  func?: array<u8, 128>;
  mod?: array<u8, 64>;
}

/** Newest first. Under ftrace_lock. */
let waiting: ftrace_mod_load = null;

function same(w: ftrace_mod_load, ops: ftrace_ops, filter: bool): bool {
  return w.ops === ops && w.filter === filter;
}

export function ftrace_mod_filters_waiting(ops: ftrace_ops, filter: bool): bool {
  for (let w = waiting; w !== null; w = w.next) if (same(w, ops, filter)) return true;
  return false;
}

function unlink(w: ftrace_mod_load): void {
  if (waiting === w) {
    waiting = w.next;
  } else {
    let prev = waiting;
    while (prev.next !== w) prev = prev.next;
    prev.next = w.next;
  }
  kfree(w);
}

/** A leading ! in `func` takes it back. */
export function ftrace_mod_filter_word(ops: ftrace_ops, filter: bool, func: cstr, mod: cstr): int {
  if (func[0] === 33) {
    const name = add(func as u8[], 1);
    for (let w = waiting; w !== null; w = w.next) {
      if (!same(w, ops, filter) || strcmp(w.func, name) !== 0 || strcmp(w.mod, mod) !== 0) continue;
      unlink(w);
      return 0;
    }
    return -ENOENT;
  }
  const w = kzalloc(sizeof<ftrace_mod_load>(), GFP_KERNEL) as ftrace_mod_load;
  if (w === null) return -ENOMEM;
  w.ops = ops;
  w.filter = filter;
  strlcpy(w.func, func, 128);
  strlcpy(w.mod, mod, 64);
  w.next = waiting;
  waiting = w;
  return 0;
}

/** What waits for the list is forgotten: the file was truncated, or its trace goes. */
export function ftrace_mod_filter_reset(ops: ftrace_ops, filter: bool): void {
  for (let w = waiting; w !== null; ) {
    const next = w.next;
    if (same(w, ops, filter)) unlink(w);
    w = next;
  }
}

export function ftrace_clear_mod_filters(ops: ftrace_ops): void {
  mutex_lock(ftrace_lock);
  ftrace_mod_filter_reset(ops, true);
  ftrace_mod_filter_reset(ops, false);
  mutex_unlock(ftrace_lock);
}

/** The n-th into the listing; false behind the last. */
export function ftrace_mod_filter_show(m: seq_file, ops: ftrace_ops, filter: bool, n: s64): bool {
  let left = n;
  for (let w = waiting; w !== null; w = w.next) {
    if (!same(w, ops, filter)) continue;
    if (left > 0) {
      left--;
      continue;
    }
    if (m !== null) seq_printf(m, "%s:mod:%s\n", w.func, w.mod);
    return true;
  }
  return false;
}

/** One that waited: into a copy of the hash, which is published. */
function apply(w: ftrace_mod_load): void {
  const ops = w.ops;
  const hash = alloc_and_copy_ftrace_hash(w.filter ? ops.func_hash.filter_hash : ops.func_hash.notrace_hash);
  if (hash === null) return;
  ftrace_match_records(hash, w.func, w.mod);
  const filter = w.filter;
  unlink(w);
  if (filter && ftrace_mod_filters_waiting(ops, true)) hash.flags |= u32(FTRACE_HASH_FL_MOD);
  if (ftrace_hash_move_and_update_ops(ops, filter, hash) < 0) free_ftrace_hash(hash);
}

/** The module's sites are there. */
export function ftrace_mod_filters_apply(mod: cstr): void {
  mutex_lock(ftrace_lock);
  for (let w = waiting; w !== null; ) {
    const next = w.next;
    if (strcmp(w.mod, mod) === 0) apply(w);
    w = next;
  }
  mutex_unlock(ftrace_lock);
}
