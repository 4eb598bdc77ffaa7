// Page size, and the direct map of physical memory.

import type { page } from "linux/mm_types";
import { mem_map } from "../../mm/page_alloc";

export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 4096;
export const PAGE_MASK = 0xfffffffffffff000;
export const PAGE_OFFSET = 0xffff888000000000;
export const __START_KERNEL_map = 0xffffffff80000000;
export const MODULES_VADDR = 0xffffffffc0000000;
export const MODULES_END = 0xfffffffffe000000;
export const VMALLOC_START = 0xffffc90000000000;
export const VMALLOC_END = 0xffffe8ffffffffff;

export function PAGE_ALIGN(x: u64): u64 {
  return (x + 4095) & PAGE_MASK;
}
inline(PAGE_ALIGN);

/** Direct-map address of a physical address. */
export function __va(pa: u64): u64 {
  return pa + PAGE_OFFSET;
}
inline(__va);

/** Physical address of a direct-map or kernel-image address. */
export function __pa(va: u64): u64 {
  return va >= __START_KERNEL_map ? va - __START_KERNEL_map : va - PAGE_OFFSET;
}
inline(__pa);

export function phys_to_virt(pa: u64): ptr {
  return at<ptr>(pa + PAGE_OFFSET);
}
inline(phys_to_virt);

export function virt_to_phys(p: ptr): u64 {
  return __pa(u64(p));
}
inline(virt_to_phys);

export function pfn_to_page(pfn: u64): page {
  return mem_map[pfn];
}
inline(pfn_to_page);

export function page_to_pfn(p: page): u64 {
  return (u64(p) - u64(mem_map)) / sizeof<page>();
}
inline(page_to_pfn);

export function virt_to_page(p: ptr): page {
  return mem_map[__pa(u64(p)) >> PAGE_SHIFT];
}
inline(virt_to_page);

export function page_to_phys(p: page): u64 {
  return page_to_pfn(p) << PAGE_SHIFT;
}
inline(page_to_phys);

/** Direct-map address of a page's contents. */
export function page_address(p: page): u64 {
  return page_to_phys(p) + PAGE_OFFSET;
}
inline(page_address);
