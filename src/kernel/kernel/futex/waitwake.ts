// FUTEX_WAIT, FUTEX_WAKE and FUTEX_WAKE_OP.

import { get_current } from "linux/current";
import { EINVAL, ENOSYS, ERESTART_RESTARTBLOCK, ERESTARTSYS, ETIMEDOUT, EWOULDBLOCK } from "linux/errno";
import { list_add_tail, list_del_init } from "linux/list";
import type { restart_block } from "linux/sched";
import { __set_current_state, schedule, set_current_state, signal_pending, TASK_INTERRUPTIBLE, TASK_RUNNING } from "linux/sched";
import { spin_lock, spin_unlock } from "linux/spinlock";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { schedule_hrtimeout } from "../time/hrtimer";
import {
  fault_in_futex,
  futex_cmpxchg_value_locked,
  futex_get_value_locked,
  futex_hash,
  type futex_hash_bucket,
  type futex_key,
  futex_key_put,
  futex_match,
  type futex_q,
  futex_wake_one,
  get_futex_key,
  lock_two_buckets,
  unlock_two_buckets,
} from "./core";

/** Leaves the queue. True: nobody has woken us. Requeueing changes the bucket, so look again until it holds still. */
function futex_unqueue(q: futex_q): bool {
  for (;;) {
    const b = READ_ONCE(q.bucket);
    if (b === null) return false;
    spin_lock(b.lock);
    if (READ_ONCE(q.bucket) === b) {
      list_del_init(q.list);
      q.bucket = null;
      spin_unlock(b.lock);
      return true;
    }
    spin_unlock(b.lock);
  }
}

/** Queues the caller if the word still holds val. 0: queued, state set, q.key held. */
function futex_wait_setup(uaddr: u64, val: u32, is_private: bool, q: futex_q): int {
  for (;;) {
    let ret = get_futex_key(uaddr, is_private, q.key);
    if (ret !== 0) return ret;
    const b = futex_hash(q.key);
    let now: u32 = 0;
    spin_lock(b.lock);
    if (futex_get_value_locked(addr(now), uaddr)) {
      if (now === val) {
        q.task = get_current();
        q.bucket = b;
        list_add_tail(q.list, b.chain);
        set_current_state(TASK_INTERRUPTIBLE);
        spin_unlock(b.lock);
        return 0;
      }
      spin_unlock(b.lock);
      futex_key_put(q.key);
      return -EWOULDBLOCK;
    }
    spin_unlock(b.lock);
    futex_key_put(q.key);
    ret = fault_in_futex(uaddr, false);
    if (ret !== 0) return ret;
  }
}

/** expires: monotonic ns, −1: for ever. */
export function futex_wait(uaddr: u64, is_private: bool, val: u32, expires: s64, bitset: u32): s64 {
  let q: embed<futex_q>;
  const t = get_current();
  if (bitset === 0) return -EINVAL;
  q.bitset = bitset;
  for (;;) {
    const ret = futex_wait_setup(uaddr, val, is_private, q);
    if (ret !== 0) return s64(ret);
    if (READ_ONCE(q.bucket) !== null) {
      if (expires < 0) schedule();
      else if (expires > s64(sched_clock())) schedule_hrtimeout(expires);
    }
    __set_current_state(TASK_RUNNING);
    const still_queued = futex_unqueue(q);
    futex_key_put(q.key);
    if (!still_queued) return 0;
    if (expires >= 0 && expires <= s64(sched_clock())) return -ETIMEDOUT;
    // Neither woken nor too late: a signal, or a wake-up that meant somebody else.
    if (!signal_pending(t)) continue;
    if (expires < 0) return -ERESTARTSYS;
    const r = t.restart_block;
    r.fn = futex_wait_restart;
    r.uaddr = uaddr;
    r.val = val;
    r.bitset = bitset;
    r.flags = is_private ? 1 : 0;
    r.expires = expires;
    return -ERESTART_RESTARTBLOCK;
  }
}

function futex_wait_restart(r: restart_block): s64 {
  r.fn = null;
  return futex_wait(r.uaddr, r.flags !== 0, r.val, r.expires, r.bitset);
}

/** Wakes up to nr waiters of the key whose bits meet bitset. Under the bucket's lock. */
function wake_bucket(b: futex_hash_bucket, key: futex_key, nr: int, bitset: u32): int {
  let woken: int = 0;
  let n = b.chain.next;
  while (n !== b.chain && woken < nr) {
    const q = container_of<futex_q>(n, "list");
    n = n.next;
    if (!futex_match(q.key, key) || (q.bitset & bitset) === 0) continue;
    futex_wake_one(q);
    woken++;
  }
  return woken;
}

/** How many were woken. As on Linux a count below one wakes one. */
export function futex_wake(uaddr: u64, is_private: bool, nr: int, bitset: u32): int {
  let key: embed<futex_key>;
  if (bitset === 0) return -EINVAL;
  const ret = get_futex_key(uaddr, is_private, key);
  if (ret !== 0) return ret;
  const b = futex_hash(key);
  spin_lock(b.lock);
  const woken = wake_bucket(b, key, nr < 1 ? 1 : nr, bitset);
  spin_unlock(b.lock);
  futex_key_put(key);
  return woken;
}

function operate(op: u32, old: u32, arg: u32): u32 {
  switch (op) {
    case 0:
      return arg;
    case 1:
      return old + arg;
    case 2:
      return old | arg;
    case 3:
      return old & ~arg;
    default:
      return old ^ arg;
  }
}

function compare(cmp: u32, old: int, arg: int): bool {
  switch (cmp) {
    case 0:
      return old === arg;
    case 1:
      return old !== arg;
    case 2:
      return old < arg;
    case 3:
      return old >= arg;
    case 4:
      return old <= arg;
    default:
      return old > arg;
  }
}

function sign_extend12(x: u32): int {
  return int(x << 20) >> 20;
}

/** Changes the second word, wakes the first's waiters and, if the old value compares as encoded, the second's. */
export function futex_wake_op(uaddr: u64, is_private: bool, uaddr2: u64, nr_wake: int, nr_wake2: int, encoded: u32): int {
  let key1: embed<futex_key>;
  let key2: embed<futex_key>;
  const op = (encoded >> 28) & 7;
  const cmp = (encoded >> 24) & 15;
  let arg = u32(sign_extend12((encoded >> 12) & 0xfff));
  const cmp_arg = sign_extend12(encoded & 0xfff);
  if ((encoded & 0x80000000) !== 0) arg = u32(1) << (arg & 31);
  let ret = get_futex_key(uaddr, is_private, key1);
  if (ret !== 0) return ret;
  ret = get_futex_key(uaddr2, is_private, key2);
  if (ret !== 0) {
    futex_key_put(key1);
    return ret;
  }
  const b1 = futex_hash(key1);
  const b2 = futex_hash(key2);
  for (;;) {
    let old: u32 = 0;
    let found: u32 = 0;
    lock_two_buckets(b1, b2);
    if (op > 4 || cmp > 5) {
      ret = -ENOSYS;
    } else if (!futex_get_value_locked(addr(old), uaddr2) || !futex_cmpxchg_value_locked(addr(found), uaddr2, old, operate(op, old, arg))) {
      unlock_two_buckets(b1, b2);
      ret = fault_in_futex(uaddr2, true);
      if (ret === 0) continue;
      break;
    } else if (found !== old) {
      unlock_two_buckets(b1, b2);
      continue;
    } else {
      ret = wake_bucket(b1, key1, nr_wake < 1 ? 1 : nr_wake, 0xffffffff);
      if (compare(cmp, int(old), cmp_arg)) ret += wake_bucket(b2, key2, nr_wake2 < 1 ? 1 : nr_wake2, 0xffffffff);
    }
    unlock_two_buckets(b1, b2);
    break;
  }
  futex_key_put(key1);
  futex_key_put(key2);
  return ret;
}
