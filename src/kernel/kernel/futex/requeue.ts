// FUTEX_REQUEUE and FUTEX_CMP_REQUEUE: waiters of one word are woken or moved to another.

import { EAGAIN, EINVAL } from "linux/errno";
import { list_move_tail } from "linux/list";
import { get_page, put_page } from "../../mm/page_alloc";
import {
  fault_in_futex,
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

/** The waiter waits for another word from now on. Under both buckets' locks. */
function requeue_futex(q: futex_q, to: futex_hash_bucket, key: futex_key): void {
  list_move_tail(q.list, to.chain);
  if (key.page !== null) get_page(key.page);
  if (q.key.page !== null) put_page(q.key.page);
  copy(q.key, key);
  WRITE_ONCE(q.bucket, to);
}

function requeue_locked(
  b1: futex_hash_bucket,
  key1: futex_key,
  b2: futex_hash_bucket,
  key2: futex_key,
  nr_wake: int,
  nr_requeue: int,
): int {
  let done: int = 0;
  let n = b1.chain.next;
  while (n !== b1.chain && done < nr_wake + nr_requeue) {
    const q = container_of<futex_q>(n, "list");
    n = n.next;
    if (!futex_match(q.key, key1)) continue;
    done++;
    if (done <= nr_wake) futex_wake_one(q);
    else if (!futex_match(key1, key2)) requeue_futex(q, b2, key2);
  }
  return done;
}

/** compare: only while the first word holds `expected`, else -EAGAIN. Returns how many were woken or moved. */
export function futex_requeue(uaddr: u64, is_private: bool, uaddr2: u64, nr_wake: int, nr_requeue: int, compare: bool, expected: u32): int {
  let key1: embed<futex_key>;
  let key2: embed<futex_key>;
  if (nr_wake < 0 || nr_requeue < 0) return -EINVAL;
  // A move to the end of a bucket's own chain must not be met again: no more than there can be.
  const moves: int = nr_requeue > 0x3fffffff ? 0x3fffffff : nr_requeue;
  const wakes: int = nr_wake > 0x3fffffff ? 0x3fffffff : nr_wake;
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
    let now: u32 = 0;
    lock_two_buckets(b1, b2);
    if (compare && !futex_get_value_locked(addr(now), uaddr)) {
      unlock_two_buckets(b1, b2);
      ret = fault_in_futex(uaddr, false);
      if (ret === 0) continue;
      break;
    }
    ret = compare && now !== expected ? -EAGAIN : requeue_locked(b1, key1, b2, key2, wakes, moves);
    unlock_two_buckets(b1, b2);
    break;
  }
  futex_key_put(key1);
  futex_key_put(key2);
  return ret;
}
