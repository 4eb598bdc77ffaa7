// Buddy allocator of page frames: orders 0 to 10, one zone. A free block is on its order's list by its first page's lru.

import { __pa, PAGE_ALIGN, PAGE_SHIFT, PAGE_SIZE, page_address, page_to_pfn, pfn_to_page, virt_to_page } from "asm/page";
import { get_current } from "linux/current";
import { __GFP_MOVABLE, __GFP_ZERO } from "linux/gfp";
import { INIT_LIST_HEAD, list_add, list_del, list_empty } from "linux/list";
import type { page } from "linux/mm_types";
import { PG_buddy } from "linux/mm_types";
import { LOCKDEP_NOW_UNRELIABLE, TAINT_BAD_PAGE } from "linux/panic";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { list_head } from "linux/types";
import { add_taint } from "../kernel/panic";
import { dump_stack } from "../lib/dump_stack";
import { memset } from "../lib/string";
import {
  memblock_alloc_pages,
  memblock_count,
  memblock_end,
  memblock_memory,
  memblock_reserved_end,
  memblock_reserved_start,
} from "./memblock";

export const MAX_ORDER = 11;

/** One struct page for each frame from 0 to max_pfn. */
export let mem_map: page[] = null;
export let max_pfn: u64 = 0;
let free_area: array<list_head, 11>;
let zone_lock: embed<spinlock_t>;
let free_pages_count: u64 = 0;
let managed_pages: u64 = 0;
/** As Linux sizes min_free_kbytes: four times the root of the memory in KiB. */
let min_free_pages: u64 = 0;
let page_allocator_ready: bool = false;

export function slab_is_available(): bool {
  return page_allocator_ready;
}

/** Puts a block on its list, joined with its free buddies as far as that goes. Under zone_lock. */
function __free_one_block(start_pfn: u64, start_order: u32): void {
  let pfn = start_pfn;
  let order = start_order;
  while (order < MAX_ORDER - 1) {
    const buddy_pfn = pfn ^ (u64(1) << order);
    if (buddy_pfn + (u64(1) << order) > max_pfn) break;
    const buddy = pfn_to_page(buddy_pfn);
    if ((buddy.flags & PG_buddy) === 0 || u32(buddy.order) !== order) break;
    list_del(buddy.lru);
    buddy.flags = buddy.flags & ~PG_buddy;
    pfn = pfn & ~(u64(1) << order);
    order++;
  }
  const p = pfn_to_page(pfn);
  p.flags = PG_buddy;
  p.order = u16(order);
  list_add(p.lru, free_area[order]);
}

export function alloc_pages(gfp: u32, order: u32): page {
  const flags = spin_lock_irqsave(zone_lock);
  // Programs leave the kernel what it needs to go on while one of them is killed for memory.
  if ((gfp & __GFP_MOVABLE) !== 0 && free_pages_count <= min_free_pages) {
    spin_unlock_irqrestore(zone_lock, flags);
    return null;
  }
  let o = order;
  while (o < MAX_ORDER && list_empty(free_area[o])) o++;
  if (o >= MAX_ORDER) {
    spin_unlock_irqrestore(zone_lock, flags);
    return null;
  }
  const p = container_of<page>(free_area[o].next, "lru");
  list_del(p.lru);
  p.flags = 0;
  const pfn = page_to_pfn(p);
  while (o > order) {
    o--;
    const half = pfn_to_page(pfn + (u64(1) << o));
    half.flags = PG_buddy;
    half.order = u16(o);
    list_add(half.lru, free_area[o]);
  }
  free_pages_count -= u64(1) << order;
  spin_unlock_irqrestore(zone_lock, flags);
  p.use._refcount = 1;
  p.order = u16(order);
  if ((gfp & __GFP_ZERO) !== 0) memset(at<ptr>(page_address(p)), 0, u64(PAGE_SIZE) << order);
  return p;
}

export function alloc_page(gfp: u32): page {
  return alloc_pages(gfp, 0);
}

/** Linux's report of a page that cannot be what it is said to be. The page is given up. */
function bad_page(p: page, reason: cstr): void {
  pr_alert("BUG: Bad page state in process %s  pfn:%05lx\n", get_current().comm, page_to_pfn(p));
  pr_alert("page:%px refcount:%d mapcount:%d flags: 0x%x\n", p, p.use._refcount, 0, p.flags);
  pr_alert("page dumped because: %s\n", reason);
  dump_stack();
  add_taint(TAINT_BAD_PAGE, LOCKDEP_NOW_UNRELIABLE);
}

export function __free_pages(p: page, order: u32): void {
  if ((p.flags & PG_buddy) !== 0) {
    bad_page(p, "page is free already");
    return;
  }
  const flags = spin_lock_irqsave(zone_lock);
  p.use._refcount = 0;
  __free_one_block(page_to_pfn(p), order);
  free_pages_count += u64(1) << order;
  spin_unlock_irqrestore(zone_lock, flags);
}

export function __free_page(p: page): void {
  __free_pages(p, 0);
}

/** A page that several address spaces may share: freed with the last reference. */
export function get_page(p: page): void {
  fetch_add(addr(p.use._refcount), 1);
}

export function put_page(p: page): void {
  if (fetch_add(addr(p.use._refcount), -1) === 1) __free_pages(p, 0);
}

/** Direct-map address, or 0. */
export function __get_free_pages(gfp: u32, order: u32): u64 {
  const p = alloc_pages(gfp, order);
  return p === null ? u64(0) : page_address(p);
}

export function __get_free_page(gfp: u32): u64 {
  return __get_free_pages(gfp, 0);
}

export function get_zeroed_page(gfp: u32): u64 {
  return __get_free_pages(gfp | __GFP_ZERO, 0);
}

export function free_pages(address: u64, order: u32): void {
  if (address !== 0) __free_pages(virt_to_page(at<ptr>(address)), order);
}

export function free_page(address: u64): void {
  free_pages(address, 0);
}

export function nr_free_pages(): u64 {
  return free_pages_count;
}

/** Free blocks of an order, for /proc/buddyinfo. */
export function free_blocks(order: u32): u64 {
  let n: u64 = 0;
  const flags = spin_lock_irqsave(zone_lock);
  for (let p = free_area[order].next; p !== free_area[order]; p = p.next) n++;
  spin_unlock_irqrestore(zone_lock, flags);
  return n;
}

export function totalram_pages(): u64 {
  return managed_pages;
}

export function si_meminfo_totalram(): u64 {
  return managed_pages;
}

export function si_meminfo_freeram(): u64 {
  return free_pages_count;
}

/** Frames [start, end) become free, in the largest blocks that alignment allows. */
function free_range(start: u64, end: u64): void {
  let pfn = start;
  while (pfn < end) {
    let order: u32 = 0;
    while (order < MAX_ORDER - 1 && (pfn & (u64(1) << order)) === 0 && pfn + (u64(2) << order) <= end) order++;
    __free_one_block(pfn, order);
    free_pages_count += u64(1) << order;
    managed_pages += u64(1) << order;
    pfn += u64(1) << order;
  }
}

/** Direct-map range that was reserved at boot. */
export function free_reserved_area(start: u64, end: u64): void {
  free_range(__pa(PAGE_ALIGN(start)) >> PAGE_SHIFT, __pa(end) >> PAGE_SHIFT);
}

/** Takes over from memblock: everything usable above 1 MiB that the kernel does not occupy. */
export function mm_init_pages(): void {
  for (let o: u32 = 0; o < MAX_ORDER; o++) INIT_LIST_HEAD(free_area[o]);
  max_pfn = memblock_end() >> PAGE_SHIFT;
  mem_map = at<page[]>(memblock_alloc_pages(PAGE_ALIGN(max_pfn * sizeof<page>()) >> PAGE_SHIFT));
  page_allocator_ready = true;
  const low = memblock_reserved_start() >> PAGE_SHIFT;
  const high = memblock_reserved_end() >> PAGE_SHIFT;
  for (let i: u32 = 0; i < memblock_count; i++) {
    const r = memblock_memory[i];
    let start = PAGE_ALIGN(r.base) >> PAGE_SHIFT;
    const end = (r.base + r.size) >> PAGE_SHIFT;
    // The first MiB holds the loader's tables, start information and the CPUs' mailboxes.
    if (start < 256) start = 256;
    if (start >= end) continue;
    if (end <= low || start >= high) {
      free_range(start, end);
      continue;
    }
    if (start < low) free_range(start, low);
    if (end > high) free_range(high, end);
  }
  let root: u64 = 1;
  while (root * root < managed_pages << 2) root++;
  min_free_pages = root;
}
init(mm_init_pages);
EXPORT_SYMBOL(alloc_pages);
EXPORT_SYMBOL(__free_pages);
EXPORT_SYMBOL(__get_free_pages);
EXPORT_SYMBOL(get_zeroed_page);
EXPORT_SYMBOL(free_pages);
EXPORT_SYMBOL(mem_map);
EXPORT_SYMBOL(__get_free_page);
EXPORT_SYMBOL(free_page);
EXPORT_SYMBOL(alloc_page);
EXPORT_SYMBOL(__free_page);
