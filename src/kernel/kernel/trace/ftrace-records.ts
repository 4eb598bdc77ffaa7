// What each record wants and has: how many ops trace it, whether one of them has a trampoline of its own, wants registers, changes ip.

import { EBUSY, EINVAL } from "linux/errno";
import {
  type dyn_ftrace,
  FTRACE_FL_DISABLED,
  FTRACE_FL_ENABLED,
  FTRACE_FL_IPMODIFY,
  FTRACE_FL_REGS,
  FTRACE_FL_REGS_EN,
  FTRACE_FL_TRAMP,
  FTRACE_FL_TRAMP_EN,
  FTRACE_OPS_FL_ADDING,
  FTRACE_OPS_FL_IPMODIFY,
  FTRACE_OPS_FL_MODIFYING,
  FTRACE_OPS_FL_SAVE_REGS,
  FTRACE_REF_MAX,
  type ftrace_func_entry,
  type ftrace_hash,
  type ftrace_ops,
} from "linux/ftrace";
import { ftrace_hash_empty, ftrace_lookup_ip, ftrace_ops_test, hash_contains_ip } from "./ftrace-hash";
import { ftrace_list_end, ftrace_ops_list, removed_ops } from "./ftrace-ops";
import { ftrace_next_rec, type ftrace_rec_iter, ftrace_rec_iter_start, lookup_rec } from "./ftrace-pages";

notrace_file();

export const FTRACE_UPDATE_IGNORE = 0;
export const FTRACE_UPDATE_MAKE_CALL = 1;
export const FTRACE_UPDATE_MODIFY_CALL = 2;
export const FTRACE_UPDATE_MAKE_NOP = 3;

export function ftrace_rec_count(rec: dyn_ftrace): u64 {
  return rec.flags & u64(FTRACE_REF_MAX);
}

function has(rec: dyn_ftrace, flag: u64): bool {
  return (rec.flags & flag) !== u64(0);
}
inline(has);

// ---- which ops owns the trampoline ----

export function ftrace_find_tramp_ops_any(rec: dyn_ftrace): ftrace_ops {
  return ftrace_find_tramp_ops_any_other(rec, null);
}

function ftrace_find_tramp_ops_any_other(rec: dyn_ftrace, exclude: ftrace_ops): ftrace_ops {
  for (let op = ftrace_ops_list; op !== ftrace_list_end; op = op.next) {
    if (op === exclude || op.trampoline === u64(0)) continue;
    if (hash_contains_ip(rec.ip, op.func_hash)) return op;
  }
  return null;
}

/** The next ops after `ops` with a trampoline for the site: a site that several own is broken bookkeeping. */
export function ftrace_find_tramp_ops_next(rec: dyn_ftrace, ops: ftrace_ops): ftrace_ops {
  for (let op = ops.next; op !== ftrace_list_end && op !== null; op = op.next) {
    if (op.trampoline !== u64(0) && hash_contains_ip(rec.ip, op.func_hash)) return op;
  }
  return null;
}

/** Whose trampoline the site calls now: of an ops that goes away, or by the hash that an ops had before its change. */
export function ftrace_find_tramp_ops_curr(rec: dyn_ftrace): ftrace_ops {
  if (removed_ops !== null && removed_ops.trampoline !== u64(0) && hash_contains_ip(rec.ip, removed_ops.func_hash)) return removed_ops;
  for (let op = ftrace_ops_list; op !== ftrace_list_end; op = op.next) {
    if (op.trampoline === u64(0) || op.flags & u64(FTRACE_OPS_FL_ADDING)) continue;
    if (op.flags & u64(FTRACE_OPS_FL_MODIFYING)) {
      if (hash_contains_ip(rec.ip, op.old_hash)) return op;
    } else if (hash_contains_ip(rec.ip, op.func_hash)) {
      return op;
    }
  }
  return null;
}

// ---- counting ----

function wants_regs(rec: dyn_ftrace, exclude: ftrace_ops): bool {
  for (let op = ftrace_ops_list; op !== ftrace_list_end; op = op.next) {
    if (op !== exclude && op.flags & u64(FTRACE_OPS_FL_SAVE_REGS) && ftrace_ops_test(op, rec.ip)) return true;
  }
  return false;
}

/** One more or one less ops on a record. True if the site has to be looked at. */
function account_record(rec: dyn_ftrace, ops: ftrace_ops, inc: bool): bool {
  if (has(rec, FTRACE_FL_DISABLED)) return false;
  if (inc) {
    rec.flags++;
    if (ftrace_rec_count(rec) === u64(1) && ops.trampoline !== u64(0)) rec.flags |= u64(FTRACE_FL_TRAMP);
    else rec.flags &= ~u64(FTRACE_FL_TRAMP);
    if (ops.flags & u64(FTRACE_OPS_FL_SAVE_REGS)) rec.flags |= u64(FTRACE_FL_REGS);
    return true;
  }
  if (ftrace_rec_count(rec) === u64(0)) return false;
  rec.flags--;
  // A record that nobody counts keeps its flags until its site is written.
  if (ftrace_rec_count(rec) > u64(0) && has(rec, FTRACE_FL_REGS) && ops.flags & u64(FTRACE_OPS_FL_SAVE_REGS) && !wants_regs(rec, ops))
    rec.flags &= ~u64(FTRACE_FL_REGS);
  if (ftrace_rec_count(rec) === u64(1) && ftrace_find_tramp_ops_any_other(rec, ops) !== null) rec.flags |= u64(FTRACE_FL_TRAMP);
  else rec.flags &= ~u64(FTRACE_FL_TRAMP);
  return true;
}

/** Counts ops in or out at each record that it selects. True if sites may change. */
export function ftrace_hash_rec_update(ops: ftrace_ops, inc: bool): bool {
  const filter = ops.func_hash.filter_hash;
  const notrace_hash = ops.func_hash.notrace_hash;
  let update = false;
  if (ftrace_hash_empty(filter)) {
    let iter: embed<ftrace_rec_iter>;
    ftrace_rec_iter_start(iter);
    for (let rec = ftrace_next_rec(iter); rec !== null; rec = ftrace_next_rec(iter)) {
      if (ftrace_lookup_ip(notrace_hash, rec.ip) === null && account_record(rec, ops, inc)) update = true;
    }
    return update;
  }
  const size: u64 = u64(1) << filter.size_bits;
  for (let i: u64 = 0; i < size; i++) {
    for (let n = filter.buckets[i].first; n !== null; n = n.next) {
      const ip = container_of<ftrace_func_entry>(n, "hlist").ip;
      if (ftrace_lookup_ip(notrace_hash, ip) !== null) continue;
      const rec = lookup_rec(ip, ip);
      if (rec !== null && account_record(rec, ops, inc)) update = true;
    }
  }
  return update;
}

// ---- who may change ip ----

function mark_ipmodify(hash: ftrace_hash, not_in: ftrace_hash, set: bool): int {
  if (ftrace_hash_empty(hash)) return 0;
  const size: u64 = u64(1) << hash.size_bits;
  for (let i: u64 = 0; i < size; i++) {
    for (let n = hash.buckets[i].first; n !== null; n = n.next) {
      const ip = container_of<ftrace_func_entry>(n, "hlist").ip;
      if (ftrace_lookup_ip(not_in, ip) !== null) continue;
      const rec = lookup_rec(ip, ip);
      if (rec === null) continue;
      if (!set) rec.flags &= ~u64(FTRACE_FL_IPMODIFY);
      else if (has(rec, FTRACE_FL_IPMODIFY)) return -EBUSY;
      else rec.flags |= u64(FTRACE_FL_IPMODIFY);
    }
  }
  return 0;
}

/** Is any site that is new in new_hash taken? */
function ipmodify_conflict(old_hash: ftrace_hash, new_hash: ftrace_hash): bool {
  if (ftrace_hash_empty(new_hash)) return false;
  const size: u64 = u64(1) << new_hash.size_bits;
  for (let i: u64 = 0; i < size; i++) {
    for (let n = new_hash.buckets[i].first; n !== null; n = n.next) {
      const ip = container_of<ftrace_func_entry>(n, "hlist").ip;
      if (ftrace_lookup_ip(old_hash, ip) !== null) continue;
      const rec = lookup_rec(ip, ip);
      if (rec !== null && has(rec, FTRACE_FL_IPMODIFY)) return true;
    }
  }
  return false;
}

/** Moves the marks from old_hash's sites to new_hash's. One owner a site: -EBUSY, nothing changed. */
function ipmodify_update(ops: ftrace_ops, old_hash: ftrace_hash, new_hash: ftrace_hash): int {
  if ((ops.flags & u64(FTRACE_OPS_FL_IPMODIFY)) === u64(0)) return 0;
  if (ipmodify_conflict(old_hash, new_hash)) return -EBUSY;
  mark_ipmodify(old_hash, new_hash, false);
  return mark_ipmodify(new_hash, old_hash, true);
}

/** All functions at once cannot be redirected: an IPMODIFY ops needs a filter. */
export function ftrace_hash_ipmodify_enable(ops: ftrace_ops): int {
  if ((ops.flags & u64(FTRACE_OPS_FL_IPMODIFY)) !== u64(0) && ftrace_hash_empty(ops.func_hash.filter_hash)) return -EINVAL;
  return ipmodify_update(ops, null, ops.func_hash.filter_hash);
}

export function ftrace_hash_ipmodify_disable(ops: ftrace_ops): void {
  ipmodify_update(ops, ops.func_hash.filter_hash, null);
}

export function ftrace_hash_ipmodify_update(ops: ftrace_ops, new_hash: ftrace_hash): int {
  if ((ops.flags & u64(FTRACE_OPS_FL_IPMODIFY)) !== u64(0) && ftrace_hash_empty(new_hash)) return -EINVAL;
  return ipmodify_update(ops, ops.func_hash.filter_hash, new_hash);
}

// ---- what to do at a site ----

function ftrace_check_record(rec: dyn_ftrace, enable: bool, update: bool): int {
  let flag: u64 = 0;
  if (has(rec, FTRACE_FL_DISABLED)) return FTRACE_UPDATE_IGNORE;
  if (enable && ftrace_rec_count(rec) !== u64(0)) flag = FTRACE_FL_ENABLED;
  if (flag !== u64(0)) {
    if (has(rec, FTRACE_FL_REGS) !== has(rec, FTRACE_FL_REGS_EN)) flag |= u64(FTRACE_FL_REGS);
    if (has(rec, FTRACE_FL_TRAMP) !== has(rec, FTRACE_FL_TRAMP_EN)) flag |= u64(FTRACE_FL_TRAMP);
  }
  if ((rec.flags & u64(FTRACE_FL_ENABLED)) === flag) return FTRACE_UPDATE_IGNORE;
  if (flag !== u64(0)) {
    const was_enabled = has(rec, FTRACE_FL_ENABLED);
    if (update) {
      rec.flags |= u64(FTRACE_FL_ENABLED);
      if (has(rec, FTRACE_FL_REGS)) rec.flags |= u64(FTRACE_FL_REGS_EN);
      else rec.flags &= ~u64(FTRACE_FL_REGS_EN);
      if (has(rec, FTRACE_FL_TRAMP)) rec.flags |= u64(FTRACE_FL_TRAMP_EN);
      else rec.flags &= ~u64(FTRACE_FL_TRAMP_EN);
    }
    return was_enabled ? FTRACE_UPDATE_MODIFY_CALL : FTRACE_UPDATE_MAKE_CALL;
  }
  if (update) {
    if (ftrace_rec_count(rec) === u64(0)) rec.flags = 0;
    else rec.flags &= ~(u64(FTRACE_FL_ENABLED) | u64(FTRACE_FL_TRAMP_EN) | u64(FTRACE_FL_REGS_EN));
  }
  return FTRACE_UPDATE_MAKE_NOP;
}

export function ftrace_test_record(rec: dyn_ftrace, enable: bool): int {
  return ftrace_check_record(rec, enable, false);
}

export function ftrace_update_record(rec: dyn_ftrace, enable: bool): int {
  return ftrace_check_record(rec, enable, true);
}
