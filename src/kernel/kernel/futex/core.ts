// Futexes, the common part: what identifies a futex word, the hash of waiters, and access to the user's word under a bucket's lock.

import { page_address, pfn_to_page } from "asm/page";
import { _PAGE_PRESENT, _PAGE_RW, PTE_PFN_MASK } from "asm/pgtable";
import { get_current } from "linux/current";
import { EFAULT, EINVAL } from "linux/errno";
import { INIT_LIST_HEAD, list_del_init } from "linux/list";
import type { mm_struct, page, vm_area_struct } from "linux/mm_types";
import { VM_READ, VM_SHARED, VM_WRITE } from "linux/mm_types";
import type { task_struct } from "linux/sched";
import { wake_up_process } from "linux/sched";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock, spin_unlock } from "linux/spinlock";
import type { list_head } from "linux/types";
import { access_ok } from "../../arch/x86/lib/usercopy";
import { handle_mm_fault, walk_page_table } from "../../mm/memory";
import { get_page, put_page } from "../../mm/page_alloc";
import { vma_lookup } from "../../mm/vma";
import { down_read, up_read } from "../locking/rwsem";

const BUCKETS = 64;

/** A word of private memory is known by its address space, one of shared memory by its page; together with the address or offset. */
export interface futex_key extends struct<"futex_key"> {
  owner?: u64;
  offset?: u64;
  /** Shared: the page, kept while the key is in use. */
  page?: page;
}

export interface futex_hash_bucket extends struct<"futex_hash_bucket"> {
  lock?: embed<spinlock_t>;
  chain?: embed<list_head>;
}

/** A waiter. It stands in its bucket's chain until it is woken or gives up; bucket is null once it has been woken. */
export interface futex_q extends struct<"futex_q"> {
  list?: embed<list_head>;
  task?: task_struct;
  key?: embed<futex_key>;
  bitset?: u32;
  bucket?: futex_hash_bucket;
}

let buckets: array<futex_hash_bucket, 64>;

export function futex_init(): void {
  for (let i: u64 = 0; i < BUCKETS; i++) INIT_LIST_HEAD(buckets[i].chain);
}
init(futex_init);

export function futex_hash(key: futex_key): futex_hash_bucket {
  const h = (key.owner >> 4) ^ (key.offset >> 2) ^ (key.offset >> 12);
  return buckets[(h ^ (h >> 6)) & (BUCKETS - 1)];
}

export function futex_match(a: futex_key, b: futex_key): bool {
  return a.owner === b.owner && a.offset === b.offset;
}

/** Makes the word's page present, for writing too if asked. */
export function fault_in_futex(uaddr: u64, write: bool): int {
  const mm = get_current().mm;
  down_read(mm.mmap_lock);
  const vma = vma_lookup(mm, uaddr);
  const need: u64 = write ? VM_WRITE : VM_READ;
  const ret: int = vma !== null && (vma.vm_flags & need) !== 0 && handle_mm_fault(vma, uaddr, write) === 0 ? 0 : -EFAULT;
  up_read(mm.mmap_lock);
  return ret;
}

/** The entry's page with the table lock held, or 0 without it where the page is not there (or not writable). */
function lock_word(mm: mm_struct, uaddr: u64, write: bool): u64 {
  spin_lock(mm.page_table_lock);
  const pte = walk_page_table(mm, uaddr);
  const need: u64 = write ? _PAGE_PRESENT | _PAGE_RW : _PAGE_PRESENT;
  if (pte !== null && (pte[0] & need) === need) return page_address(pfn_to_page((pte[0] & PTE_PFN_MASK) >> 12)) + (uaddr & 4095);
  spin_unlock(mm.page_table_lock);
  return 0;
}

/** Reads the word without sleeping. False: it must be faulted in first, without locks. */
export function futex_get_value_locked(to: u32[], uaddr: u64): bool {
  const mm = get_current().mm;
  const p = lock_word(mm, uaddr, false);
  if (p === 0) return false;
  to[0] = READ_ONCE(at<u32[]>(p)[0]);
  spin_unlock(mm.page_table_lock);
  return true;
}

/** Compare and exchange of the word without sleeping; the value found goes to `found`. */
export function futex_cmpxchg_value_locked(found: u32[], uaddr: u64, expected: u32, value: u32): bool {
  const mm = get_current().mm;
  const p = lock_word(mm, uaddr, true);
  if (p === 0) return false;
  found[0] = cmpxchg(at<u32[]>(p), expected, value);
  spin_unlock(mm.page_table_lock);
  return true;
}

function shared_page(mm: mm_struct, uaddr: u64): page {
  const p = lock_word(mm, uaddr, false);
  if (p === 0) return null;
  const pte = walk_page_table(mm, uaddr);
  const found = pfn_to_page((pte[0] & PTE_PFN_MASK) >> 12);
  get_page(found);
  spin_unlock(mm.page_table_lock);
  return found;
}

/** 0, -EINVAL for an unaligned word, -EFAULT for one that cannot be read. futex_key_put must follow. */
export function get_futex_key(uaddr: u64, is_private: bool, key: futex_key): int {
  const mm = get_current().mm;
  key.page = null;
  if ((uaddr & 3) !== 0) return -EINVAL;
  if (!access_ok(at<ptr>(uaddr), 4)) return -EFAULT;
  key.owner = u64(mm);
  key.offset = uaddr;
  if (is_private) return 0;
  for (;;) {
    down_read(mm.mmap_lock);
    const vma: vm_area_struct = vma_lookup(mm, uaddr);
    const shared = vma !== null && (vma.vm_flags & VM_SHARED) !== 0;
    up_read(mm.mmap_lock);
    if (vma === null) return -EFAULT;
    if (!shared) return fault_in_futex(uaddr, false);
    const p = shared_page(mm, uaddr);
    if (p !== null) {
      key.page = p;
      key.owner = u64(p);
      key.offset = uaddr & 4095;
      return 0;
    }
    const ret = fault_in_futex(uaddr, false);
    if (ret !== 0) return ret;
  }
}

export function futex_key_put(key: futex_key): void {
  if (key.page !== null) put_page(key.page);
  key.page = null;
}

export function lock_two_buckets(a: futex_hash_bucket, b: futex_hash_bucket): void {
  if (u64(a) > u64(b)) spin_lock(b.lock);
  spin_lock(a.lock);
  if (u64(a) < u64(b)) spin_lock(b.lock);
}

export function unlock_two_buckets(a: futex_hash_bucket, b: futex_hash_bucket): void {
  spin_unlock(a.lock);
  if (u64(a) !== u64(b)) spin_unlock(b.lock);
}

/** Takes the waiter off and wakes it. Under the bucket's lock; afterwards the waiter's stack may be gone. */
export function futex_wake_one(q: futex_q): void {
  const t = q.task;
  list_del_init(q.list);
  WRITE_ONCE(q.bucket, null);
  wake_up_process(t);
}
