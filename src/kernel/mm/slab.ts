// Kernel heap: size classes from 16 to 8192 bytes out of slabs of pages, larger blocks straight from the page allocator. The first page of
// a slab tells its class and objects in use; free objects form a list through their first word. A slab without objects goes back, but for
// a few. With slub_debug=U on the command line each object's allocation is noted, for /sys/kernel/debug/slab (slab-debugfs.ts).

import { PAGE_SIZE, page_address, page_to_pfn, pfn_to_page, virt_to_page } from "asm/page";
import { __GFP_DIRECT_RECLAIM, __GFP_ZERO } from "linux/gfp";
import { jiffies } from "linux/jiffies";
import { INIT_LIST_HEAD, list_add, list_add_tail, list_del, list_empty } from "linux/list";
import type { page } from "linux/mm_types";
import { PG_large, PG_slab } from "linux/mm_types";
import { get_current } from "linux/sched";
import { smp_processor_id } from "linux/smp";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { list_head } from "linux/types";
import { __might_sleep } from "../kernel/sched/debug-checks";
import { memcpy, memset } from "../lib/string";
import { oom_retry } from "./oom_kill";
import { __free_pages, alloc_pages } from "./page_alloc";
import { slab_check_double_free, slab_check_free, slab_poison_free } from "./slab-debug";

export const NR_KMALLOC_CACHES = 12;
export const kmalloc_size: array<u32, 12> = [16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192];
/** Order of a class's slabs. */
export const kmalloc_order: array<u8, 12> = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 3];
const KMALLOC_MAX = 0x400000;
/** Slabs with free objects that a cache keeps before it gives an empty one back. */
const MIN_PARTIAL = 5;

export interface kmem_cache extends struct<"kmem_cache"> {
  lock?: embed<spinlock_t>;
  /** Slabs with a free object, by their first page's lru. */
  partial?: embed<list_head>;
  nr_partial?: u32;
  /** All slabs, and objects in use. */
  nr_slabs?: u64;
  nr_active?: u64;
}

/** What slub_debug=U keeps of an object; addr 0: it is free. */
export interface track extends struct<"track"> {
  addr?: u64;
  when?: u64;
  pid?: int;
  cpu?: int;
}

export let kmalloc_caches: array<kmem_cache, 12>;
/** Class of (size + 15) / 16, for sizes to 256. */
const small_class: array<u8, 17> = [0, 0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6];
/** Pages of the heap, for /proc/meminfo; those of blocks beyond the classes. */
export let slab_pages: u64 = 0;
/** slub_debug=U: from the boot's beginning or never, so that a slab's layout is known. */
export let slub_debug_user: bool = false;

/** slub_debug alone is everything there is; slub_debug=FZPU the named; "," and names of caches follow. */
export function setup_slub_debug(val: cstr): void {
  if (val === null) {
    slub_debug_user = true;
    return;
  }
  for (let i: u64 = 0; val[i] !== 0 && val[i] !== 44; i++) {
    if (val[i] === 85 || val[i] === 117) slub_debug_user = true;
  }
}

function size_class(size: u64): u32 {
  if (size <= 256) return u32(small_class[(size + 15) >> 4]);
  if (size <= 512) return 7;
  if (size <= 1024) return 8;
  if (size <= 2048) return 9;
  return size <= 4096 ? 10 : 11;
}
inline(size_class);

/** Objects of a slab. One slot is given up for the address of the slab's tracks. */
export function objects_per_slab(index: u32): u64 {
  const count = (u64(PAGE_SIZE) << kmalloc_order[index]) / u64(kmalloc_size[index]);
  return slub_debug_user ? count - 1 : count;
}

/** A slab's tracks, one an object. */
export function slab_tracks(head: page, index: u32): track[] {
  return at<track[]>(at<u64[]>(page_address(head) + objects_per_slab(index) * u64(kmalloc_size[index]))[0]);
}

function track_order(index: u32): u32 {
  return get_order(objects_per_slab(index) * sizeof<track>());
}

/** The slab of an object. Blocks of pages are aligned to their size. */
function slab_of(owner: page): page {
  return pfn_to_page(page_to_pfn(owner) & ~((u64(1) << kmalloc_order[owner.order]) - 1));
}
inline(slab_of);

/** Notes who has the object, or with caller 0 that nobody has. */
function set_track(head: page, index: u32, object: u64, caller: u64): void {
  const t = slab_tracks(head, index)[(object - page_address(head)) / u64(kmalloc_size[index])];
  t.addr = caller;
  t.when = jiffies;
  t.pid = get_current().pid;
  t.cpu = smp_processor_id();
}

/** A fresh slab, cut into objects, on the partial list; null without memory. Under the cache's lock. */
function new_slab(c: kmem_cache, index: u32): page {
  const order = u32(kmalloc_order[index]);
  const p = alloc_pages(0, order);
  if (p === null) return null;
  const size = u64(kmalloc_size[index]);
  const base = page_address(p);
  const count = objects_per_slab(index);
  if (slub_debug_user) {
    const tracks = alloc_pages(__GFP_ZERO, track_order(index));
    if (tracks === null) {
      __free_pages(p, order);
      return null;
    }
    at<u64[]>(base + count * size)[0] = page_address(tracks);
  }
  const pages = u64(1) << order;
  fetch_add(addr(slab_pages), pages);
  for (let i: u64 = 0; i < pages; i++) {
    const q = at<page>(u64(p) + i * sizeof<page>());
    q.flags = PG_slab;
    q.order = u16(index);
  }
  let next: u64 = 0;
  for (let i = count; i > 0; i--) {
    const object = base + (i - 1) * size;
    if (CONFIG_SLUB_DEBUG_ON !== 0) slab_poison_free(object, u32(size), 0);
    at<u64[]>(object)[0] = next;
    next = object;
  }
  p.use.freelist = next;
  p.inuse = 0;
  list_add(p.lru, c.partial);
  c.nr_partial++;
  c.nr_slabs++;
  return p;
}

/** Gives an empty slab's pages back. Under the cache's lock. */
function discard_slab(c: kmem_cache, head: page, index: u32): void {
  list_del(head.lru);
  c.nr_partial--;
  c.nr_slabs--;
  const order = u32(kmalloc_order[index]);
  const pages = u64(1) << order;
  fetch_add(addr(slab_pages), 0 - pages);
  if (slub_debug_user) __free_pages(virt_to_page(at<ptr>(u64(slab_tracks(head, index)))), track_order(index));
  for (let i: u64 = 0; i < pages; i++) at<page>(u64(head) + i * sizeof<page>()).flags = 0;
  __free_pages(head, order);
}

function get_order(size: u64): u32 {
  let order: u32 = 0;
  while (u64(PAGE_SIZE) << order < size) order++;
  return order;
}

function kmalloc_large(size: u64, gfp: u32): ptr {
  if (size > KMALLOC_MAX) return null;
  const order = get_order(size);
  const p = alloc_pages(gfp, order);
  if (p === null) return null;
  p.flags = PG_large;
  p.order = u16(order);
  fetch_add(addr(slab_pages), u64(1) << order);
  return at<ptr>(page_address(p));
}

/** kmalloc on behalf of another: the caller is the address that is noted. The address 16 stands for every empty object (ZERO_SIZE_PTR). */
export function __kmalloc_track_caller(size: u64, gfp: u32, caller: u64): ptr {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0 && (gfp & __GFP_DIRECT_RECLAIM) !== 0) __might_sleep(__FILE__, __LINE__);
  if (size === 0) return at<ptr>(16);
  if (size > 8192) return kmalloc_large(size, gfp);
  const index = size_class(size);
  const c = kmalloc_caches[index];
  const flags = spin_lock_irqsave(c.lock);
  const head = list_empty(c.partial) ? new_slab(c, index) : container_of<page>(c.partial.next, "lru");
  if (head === null) {
    spin_unlock_irqrestore(c.lock, flags);
    if ((gfp & __GFP_DIRECT_RECLAIM) === 0 || !oom_retry(gfp, 0)) return null;
    return __kmalloc_track_caller(size, gfp, caller);
  }
  const object = head.use.freelist;
  head.use.freelist = at<u64[]>(object)[0];
  head.inuse++;
  c.nr_active++;
  if (head.use.freelist === 0) {
    list_del(head.lru);
    c.nr_partial--;
  }
  if (slub_debug_user) set_track(head, index, object, caller);
  spin_unlock_irqrestore(c.lock, flags);
  if (CONFIG_SLUB_DEBUG_ON !== 0) slab_check_free(object, kmalloc_size[index]);
  if ((gfp & __GFP_ZERO) !== 0) memset(at<ptr>(object), 0, size);
  return at<ptr>(object);
}

export function kmalloc(size: u64, gfp: u32): ptr {
  return __kmalloc_track_caller(size, gfp, return_address());
}

export function kzalloc(size: u64, gfp: u32): ptr {
  return __kmalloc_track_caller(size, gfp | __GFP_ZERO, return_address());
}

export function kmalloc_array(n: u64, size: u64, gfp: u32): ptr {
  if (size !== 0 && n > KMALLOC_MAX / size) return null;
  return __kmalloc_track_caller(n * size, gfp, return_address());
}

export function kcalloc(n: u64, size: u64, gfp: u32): ptr {
  if (size !== 0 && n > KMALLOC_MAX / size) return null;
  return __kmalloc_track_caller(n * size, gfp | __GFP_ZERO, return_address());
}

export function kfree(p: ptr): void {
  const address = u64(p);
  if (address <= 16) return;
  const owner = virt_to_page(p);
  if ((owner.flags & PG_large) !== 0) {
    const order = u32(owner.order);
    owner.flags = 0;
    fetch_add(addr(slab_pages), 0 - (u64(1) << order));
    __free_pages(owner, order);
    return;
  }
  if ((owner.flags & PG_slab) === 0) {
    pr_err("kfree: %px is no object of the heap\n", p);
    return;
  }
  const index = u32(owner.order);
  const c = kmalloc_caches[index];
  const head = slab_of(owner);
  if (CONFIG_SLUB_DEBUG_ON !== 0) {
    if (slab_check_double_free(address, kmalloc_size[index])) return;
    slab_poison_free(address, kmalloc_size[index], return_address());
  }
  const flags = spin_lock_irqsave(c.lock);
  if (slub_debug_user) set_track(head, index, address, 0);
  if (head.use.freelist === 0) {
    list_add_tail(head.lru, c.partial);
    c.nr_partial++;
  }
  at<u64[]>(address)[0] = head.use.freelist;
  head.use.freelist = address;
  head.inuse--;
  c.nr_active--;
  if (head.inuse === 0 && c.nr_partial > MIN_PARTIAL) discard_slab(c, head, index);
  spin_unlock_irqrestore(c.lock, flags);
}

export function kmem_cache_init(): void {
  for (let i: u32 = 0; i < NR_KMALLOC_CACHES; i++) INIT_LIST_HEAD(kmalloc_caches[i].partial);
}
init(kmem_cache_init);

/** Usable bytes of an object. */
export function ksize(p: ptr): u64 {
  if (u64(p) <= 16) return 0;
  const owner = virt_to_page(p);
  if ((owner.flags & PG_large) !== 0) return u64(PAGE_SIZE) << owner.order;
  return u64(kmalloc_size[owner.order]);
}

export function krealloc(p: ptr, size: u64, gfp: u32): ptr {
  if (p === null) return __kmalloc_track_caller(size, gfp, return_address());
  const have = ksize(p);
  if (size <= have && size !== 0) return p;
  const q = __kmalloc_track_caller(size, gfp, return_address());
  if (q === null) return null;
  memcpy(q, p, have < size ? have : size);
  kfree(p);
  return q;
}
EXPORT_SYMBOL(kmalloc);
EXPORT_SYMBOL(kzalloc);
EXPORT_SYMBOL(kcalloc);
EXPORT_SYMBOL(kfree);
EXPORT_SYMBOL(ksize);
EXPORT_SYMBOL(krealloc);
EXPORT_SYMBOL(kmalloc_array);
