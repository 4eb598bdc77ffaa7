// Physical memory before the page allocator: what the boot loader's map says, and a simple allocator behind the kernel's image.

import { __START_KERNEL_map, __va, PAGE_ALIGN, PAGE_SIZE } from "asm/page";
import { memset } from "../lib/string";

declare const _text: u8[];
declare const _end: u8[];

export interface memblock_region extends struct<"memblock_region"> {
  base?: u64;
  size?: u64;
}

/** Usable memory, in address order. */
export let memblock_memory: array<memblock_region, 16>;
export let memblock_count: u32 = 0;
/** Next free byte behind the image, physical. */
let low_page: u64 = 0;

export function memblock_add(base: u64, size: u64): void {
  if (memblock_count >= 16) return;
  memblock_memory[memblock_count].base = base;
  memblock_memory[memblock_count].size = size;
  memblock_count++;
}
init(memblock_add);

export function memblock_end(): u64 {
  let end: u64 = 0;
  for (let i: u32 = 0; i < memblock_count; i++) {
    const e = memblock_memory[i].base + memblock_memory[i].size;
    if (e > end) end = e;
  }
  return end;
}

/** Memory that the page allocator never gets: the image and everything allocated here. */
export function memblock_reserved_start(): u64 {
  return u64(_text) - __START_KERNEL_map;
}

export function memblock_reserved_end(): u64 {
  if (low_page === 0) low_page = PAGE_ALIGN(u64(_end) - __START_KERNEL_map);
  return low_page;
}

/** Direct-map address of `pages` cleared pages. */
export function memblock_alloc_pages(pages: u64): u64 {
  const pa = memblock_reserved_end();
  low_page = pa + pages * PAGE_SIZE;
  const va = __va(pa);
  memset(at<ptr>(va), 0, pages * PAGE_SIZE);
  return va;
}

export function alloc_low_page(): u64 {
  return memblock_alloc_pages(1);
}
