// Which functions an ops is for: its filter and notrace hashes, by address or glob, also while it is registered.

import { WARN_ON } from "linux/bug";
import { EINVAL, ENODEV, ENOMEM } from "linux/errno";
import { FTRACE_OPS_FL_ENABLED, FTRACE_OPS_FL_IPMODIFY, FTRACE_OPS_FL_MODIFYING, type ftrace_hash, type ftrace_ops } from "linux/ftrace";
import { kallsyms_lookup } from "linux/kallsyms";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { synchronize_rcu } from "linux/rcupdate";
import { glob_match } from "../../lib/glob";
import { FTRACE_UPDATE_CALLS, ftrace_disabled, ftrace_enabled, ftrace_lock, ftrace_ops_init, ftrace_run_update_code } from "./ftrace";
import { alloc_and_copy_ftrace_hash, free_ftrace_hash, ftrace_hash_empty, ftrace_match_addr } from "./ftrace-hash";
import { ftrace_location, ftrace_next_rec, type ftrace_rec_iter, ftrace_rec_iter_start } from "./ftrace-pages";
import { ftrace_hash_ipmodify_update, ftrace_hash_rec_update } from "./ftrace-records";

notrace_file();

/** Replaces a hash of a (possibly registered) ops; the old one is freed when no callback can read it. The caller holds ftrace_lock. */
export function ftrace_hash_move_and_update_ops(ops: ftrace_ops, filter: bool, new_hash: ftrace_hash): int {
  const old_hash = filter ? ops.func_hash.filter_hash : ops.func_hash.notrace_hash;
  const enabled = (ops.flags & u64(FTRACE_OPS_FL_ENABLED)) !== u64(0);
  if (!filter && ops.flags & u64(FTRACE_OPS_FL_IPMODIFY)) return -EINVAL;
  const published = ftrace_hash_empty(new_hash) ? null : new_hash;
  if (!enabled) {
    if (filter) ops.func_hash.filter_hash = published;
    else ops.func_hash.notrace_hash = published;
    if (published === null) free_ftrace_hash(new_hash);
    free_ftrace_hash(old_hash);
    return 0;
  }
  if (filter) {
    const ret = ftrace_hash_ipmodify_update(ops, published);
    if (ret < 0) return ret;
  }
  ftrace_hash_rec_update(ops, false);
  ops.old_hash.filter_hash = ops.func_hash.filter_hash;
  ops.old_hash.notrace_hash = ops.func_hash.notrace_hash;
  if (filter) WRITE_ONCE(ops.func_hash.filter_hash, published);
  else WRITE_ONCE(ops.func_hash.notrace_hash, published);
  ftrace_hash_rec_update(ops, true);
  if (ftrace_enabled) {
    ops.flags |= u64(FTRACE_OPS_FL_MODIFYING);
    ftrace_run_update_code(FTRACE_UPDATE_CALLS);
    ops.flags &= ~u64(FTRACE_OPS_FL_MODIFYING);
  }
  ops.old_hash.filter_hash = null;
  ops.old_hash.notrace_hash = null;
  synchronize_rcu();
  if (published === null) free_ftrace_hash(new_hash);
  free_ftrace_hash(old_hash);
  return 0;
}

/** Adds (removes) the sites of all functions whose name matches a glob. Their number. */
function match_records(hash: ftrace_hash, pattern: cstr, remove: bool): int {
  let iter: embed<ftrace_rec_iter>;
  let found: int = 0;
  ftrace_rec_iter_start(iter);
  for (let rec = ftrace_next_rec(iter); rec !== null; rec = ftrace_next_rec(iter)) {
    const name = kallsyms_lookup(rec.ip, null, null, null);
    if (name === null || !glob_match(pattern, name)) continue;
    found++;
    ftrace_match_addr(hash, rec.ip, remove);
  }
  return found;
}

function ftrace_set_hash(ops: ftrace_ops, pattern: cstr, ip: u64, remove: bool, reset: bool, filter: bool): int {
  if (ftrace_disabled) return -ENODEV;
  ftrace_ops_init(ops);
  mutex_lock(ops.func_hash.regex_lock);
  const orig = filter ? ops.func_hash.filter_hash : ops.func_hash.notrace_hash;
  const hash = alloc_and_copy_ftrace_hash(reset ? null : orig);
  let ret: int = 0;
  if (hash === null) {
    mutex_unlock(ops.func_hash.regex_lock);
    return -ENOMEM;
  }
  mutex_lock(ftrace_lock);
  if (pattern !== null && match_records(hash, pattern, remove) === 0) ret = -EINVAL;
  if (ret === 0 && ip !== u64(0)) ret = ftrace_match_addr(hash, ftrace_location(ip), remove);
  if (ret === 0) ret = ftrace_hash_move_and_update_ops(ops, filter, hash);
  mutex_unlock(ftrace_lock);
  mutex_unlock(ops.func_hash.regex_lock);
  if (ret < 0) free_ftrace_hash(hash);
  return ret;
}

/** One function by the address of its site (or of its start). */
export function ftrace_set_filter_ip(ops: ftrace_ops, ip: u64, remove: int, reset: int): int {
  if (ip === u64(0)) return -EINVAL;
  return ftrace_set_hash(ops, null, ip, remove !== 0, reset !== 0, true);
}
EXPORT_SYMBOL_GPL(ftrace_set_filter_ip);

/** Functions by a glob of len bytes; null or nothing with reset: all functions again. */
export function ftrace_set_filter(ops: ftrace_ops, buf: u8[], _len: int, reset: int): int {
  return ftrace_set_hash(ops, buf, 0, false, reset !== 0, true);
}
EXPORT_SYMBOL_GPL(ftrace_set_filter);

export function ftrace_set_notrace(ops: ftrace_ops, buf: u8[], _len: int, reset: int): int {
  return ftrace_set_hash(ops, buf, 0, false, reset !== 0, false);
}
EXPORT_SYMBOL_GPL(ftrace_set_notrace);

/** For an ops that is not registered any more. */
export function ftrace_free_filter(ops: ftrace_ops): void {
  ftrace_ops_init(ops);
  if (WARN_ON((ops.flags & u64(FTRACE_OPS_FL_ENABLED)) !== u64(0))) return;
  free_ftrace_hash(ops.func_hash.filter_hash);
  free_ftrace_hash(ops.func_hash.notrace_hash);
  ops.func_hash.filter_hash = null;
  ops.func_hash.notrace_hash = null;
}
EXPORT_SYMBOL_GPL(ftrace_free_filter);
