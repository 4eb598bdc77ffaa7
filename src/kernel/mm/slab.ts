// Kernel heap: size classes from 16 to 4096 bytes out of pages, larger blocks straight from the page allocator. The owner page's struct
// page tells size class (order - 1 while PG_slab) or block order (PG_large). Free objects form a list through their first word.

import { PAGE_SIZE, page_address, virt_to_page } from "asm/page";
import { __GFP_DIRECT_RECLAIM, __GFP_ZERO } from "linux/gfp";
import type { page } from "linux/mm_types";
import { PG_large, PG_slab } from "linux/mm_types";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import { __might_sleep } from "../kernel/sched/debug-checks";
import { memcpy, memset } from "../lib/string";
import { __free_pages, alloc_pages } from "./page_alloc";
import { slab_check_double_free, slab_check_free, slab_poison_free } from "./slab-debug";

const NR_CLASSES = 12;
/** 16 32 64 96 128 192 256 512 1024 2048 4096 8192 (by pages) */
const class_size: array<u32, 12> = [16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192];
/** Order of the pages that a class takes at once. */
const class_order: array<u8, 12> = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 3];
const KMALLOC_MAX = 0x400000;

interface slab_cache extends struct<"slab_cache"> {
  lock?: embed<spinlock_t>;
  /** First free object, or 0; each holds the next one's address. */
  free?: u64;
  nr_free?: u64;
  nr_objects?: u64;
}

let caches: array<slab_cache, 12>;
/** Class of (size + 15) / 16, for sizes to 256. */
const small_class: array<u8, 17> = [0, 0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6];
/** Pages of the heap, for /proc/meminfo. */
export let slab_pages: u64 = 0;

function size_class(size: u64): u32 {
  if (size <= 256) return u32(small_class[(size + 15) >> 4]);
  if (size <= 512) return 7;
  if (size <= 1024) return 8;
  if (size <= 2048) return 9;
  return size <= 4096 ? 10 : 11;
}
inline(size_class);

/** Cuts a fresh block of pages into objects. Under the cache's lock. */
function grow(c: slab_cache, index: u32): bool {
  const order = u32(class_order[index]);
  const p = alloc_pages(0, order);
  if (p === null) return false;
  const pages = u64(1) << order;
  fetch_add(addr(slab_pages), pages);
  for (let i: u64 = 0; i < pages; i++) {
    const q = at<page>(u64(p) + i * sizeof<page>());
    q.flags = PG_slab;
    q.order = u16(index);
  }
  const size = u64(class_size[index]);
  const base = page_address(p);
  const count = (pages * PAGE_SIZE) / size;
  let next = c.free;
  for (let i = count; i > 0; i--) {
    const object = base + (i - 1) * size;
    if (CONFIG_SLUB_DEBUG_ON !== 0) slab_poison_free(object, u32(size), 0);
    at<u64[]>(object)[0] = next;
    next = object;
  }
  c.free = next;
  c.nr_free += count;
  c.nr_objects += count;
  return true;
}

function get_order(size: u64): u32 {
  let order: u32 = 0;
  while (u64(PAGE_SIZE) << order < size) order++;
  return order;
}

/** The address 16 stands for every empty object, as Linux's ZERO_SIZE_PTR does. */
export function kmalloc(size: u64, gfp: u32): ptr {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0 && (gfp & __GFP_DIRECT_RECLAIM) !== 0) __might_sleep(__FILE__, __LINE__);
  if (size === 0) return at<ptr>(16);
  if (size > 8192) {
    if (size > KMALLOC_MAX) return null;
    const order = get_order(size);
    const p = alloc_pages(gfp, order);
    if (p === null) return null;
    p.flags = PG_large;
    p.order = u16(order);
    fetch_add(addr(slab_pages), u64(1) << order);
    return at<ptr>(page_address(p));
  }
  const index = size_class(size);
  const c = caches[index];
  const flags = spin_lock_irqsave(c.lock);
  if (c.free === 0 && !grow(c, index)) {
    spin_unlock_irqrestore(c.lock, flags);
    return null;
  }
  const object = c.free;
  c.free = at<u64[]>(object)[0];
  c.nr_free--;
  spin_unlock_irqrestore(c.lock, flags);
  if (CONFIG_SLUB_DEBUG_ON !== 0) slab_check_free(object, class_size[index]);
  if ((gfp & __GFP_ZERO) !== 0) memset(at<ptr>(object), 0, size);
  return at<ptr>(object);
}

export function kzalloc(size: u64, gfp: u32): ptr {
  return kmalloc(size, gfp | __GFP_ZERO);
}

export function kmalloc_array(n: u64, size: u64, gfp: u32): ptr {
  if (size !== 0 && n > KMALLOC_MAX / size) return null;
  return kmalloc(n * size, gfp);
}

export function kcalloc(n: u64, size: u64, gfp: u32): ptr {
  return kmalloc_array(n, size, gfp | __GFP_ZERO);
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
  const c = caches[owner.order];
  if (CONFIG_SLUB_DEBUG_ON !== 0) {
    if (slab_check_double_free(address, class_size[owner.order])) return;
    slab_poison_free(address, class_size[owner.order], return_address());
  }
  const flags = spin_lock_irqsave(c.lock);
  at<u64[]>(address)[0] = c.free;
  c.free = address;
  c.nr_free++;
  spin_unlock_irqrestore(c.lock, flags);
}

/** Usable bytes of an object. */
export function ksize(p: ptr): u64 {
  if (u64(p) <= 16) return 0;
  const owner = virt_to_page(p);
  if ((owner.flags & PG_large) !== 0) return u64(PAGE_SIZE) << owner.order;
  return u64(class_size[owner.order]);
}

export function krealloc(p: ptr, size: u64, gfp: u32): ptr {
  if (p === null) return kmalloc(size, gfp);
  const have = ksize(p);
  if (size <= have && size !== 0) return p;
  const q = kmalloc(size, gfp);
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
