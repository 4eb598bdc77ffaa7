// Virtually contiguous memory. Areas stand in one list in address order; between them a guard page stays unmapped.

import {
  MODULES_END,
  MODULES_VADDR,
  PAGE_ALIGN,
  PAGE_SHIFT,
  PAGE_SIZE,
  page_to_phys,
  pfn_to_page,
  VMALLOC_END,
  VMALLOC_START,
} from "asm/page";
import { _PAGE_PRESENT, _PAGE_PSE, PAGE_KERNEL, PAGE_KERNEL_NOCACHE, PTE_PFN_MASK } from "asm/pgtable";
import { __GFP_ZERO } from "linux/gfp";
import type { page } from "linux/mm_types";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock, spin_unlock } from "linux/spinlock";
import type { vm_struct } from "linux/vmalloc";
import { VM_ALLOC, VM_IOREMAP, VM_MAP } from "linux/vmalloc";
import { kernel_pte_alloc, lookup_address } from "../arch/x86/mm/init_64";
import { flush_tlb_kernel_range } from "../arch/x86/mm/tlb";
import { __free_page, alloc_page } from "./page_alloc";
import { kfree, kzalloc } from "./slab";

/** All areas by address; under vmap_lock. */
export let vmlist: vm_struct = null;
let vmap_lock: embed<spinlock_t>;
/** Bytes of address space for areas. */
export const VMALLOC_TOTAL = 0x1fffffffffff;
/** Pages in use, for /proc/meminfo. */
export let nr_vmalloc_pages: u64 = 0;

export function vmap_list_lock(): void {
  spin_lock(vmap_lock);
}

export function vmap_list_unlock(): void {
  spin_unlock(vmap_lock);
}

function reserve_area(size: u64, align: u64, start: u64, end: u64, flags: u64, caller: u64): vm_struct {
  const area = kzalloc(sizeof<vm_struct>(), 0) as vm_struct;
  if (area === null) return null;
  const total = PAGE_ALIGN(size) + PAGE_SIZE;
  area.size = total;
  area.flags = flags;
  area.caller = caller;
  spin_lock(vmap_lock);
  let address = (start + align - 1) & ~(align - 1);
  let previous: vm_struct = null;
  let p = vmlist;
  while (p !== null) {
    if (p.addr + p.size > address) {
      if (address + total <= p.addr) break;
      address = (p.addr + p.size + align - 1) & ~(align - 1);
    }
    previous = p;
    p = p.next;
  }
  if (address + total > end) {
    spin_unlock(vmap_lock);
    kfree(area);
    return null;
  }
  area.addr = address;
  area.next = p;
  if (previous === null) vmlist = area;
  else previous.next = area;
  spin_unlock(vmap_lock);
  return area;
}

function unlink_area(address: u64): vm_struct {
  spin_lock(vmap_lock);
  let previous: vm_struct = null;
  let p = vmlist;
  while (p !== null && p.addr !== address) {
    previous = p;
    p = p.next;
  }
  if (p !== null) {
    if (previous === null) vmlist = p.next;
    else previous.next = p.next;
  }
  spin_unlock(vmap_lock);
  return p;
}

/** The area that holds the address. */
export function find_vm_area(address: u64): vm_struct {
  spin_lock(vmap_lock);
  let p = vmlist;
  while (p !== null && (address < p.addr || address >= p.addr + p.size)) p = p.next;
  spin_unlock(vmap_lock);
  return p;
}

function unmap_range(address: u64, pages: u64): void {
  let level: u32 = 0;
  for (let i: u64 = 0; i < pages; i++) {
    const pte = lookup_address(address + i * PAGE_SIZE, addr(level));
    if (pte !== null && level === 1) WRITE_ONCE(pte[0], u64(0));
  }
  flush_tlb_kernel_range(address, address + pages * PAGE_SIZE);
}

function free_area_pages(area: vm_struct): void {
  for (let i: u32 = 0; i < area.nr_pages; i++) {
    if (area.pages[i] !== null) __free_page(area.pages[i]);
  }
  fetch_add(addr(nr_vmalloc_pages), 0 - u64(area.nr_pages));
  kfree(area.pages);
}

/** Memory in [start, end) with the given page protection, noted as the caller's; 0 on failure. */
export function __vmalloc_node_range(size: u64, align: u64, start: u64, end: u64, gfp: u32, prot: u64, caller: u64): u64 {
  if (size === 0) return 0;
  const area = reserve_area(size, align, start, end, VM_ALLOC, caller);
  if (area === null) return 0;
  const n = PAGE_ALIGN(size) >> PAGE_SHIFT;
  area.pages = kzalloc(n * 8, 0) as ref<page>[];
  if (area.pages === null) {
    unlink_area(area.addr);
    kfree(area);
    return 0;
  }
  for (let i: u64 = 0; i < n; i++) {
    const p = alloc_page(gfp);
    const pte = p === null ? null : kernel_pte_alloc(area.addr + i * PAGE_SIZE);
    if (pte === null) {
      if (p !== null) __free_page(p);
      unmap_range(area.addr, i);
      free_area_pages(area);
      unlink_area(area.addr);
      kfree(area);
      return 0;
    }
    area.pages[i] = p;
    area.nr_pages = u32(i + 1);
    fetch_add(addr(nr_vmalloc_pages), u64(1));
    WRITE_ONCE(pte[0], page_to_phys(p) | prot);
  }
  return area.addr;
}

export function vmalloc(size: u64): ptr {
  return at<ptr>(__vmalloc_node_range(size, PAGE_SIZE, VMALLOC_START, VMALLOC_END, 0, PAGE_KERNEL, return_address()));
}

export function vzalloc(size: u64): ptr {
  return at<ptr>(__vmalloc_node_range(size, PAGE_SIZE, VMALLOC_START, VMALLOC_END, __GFP_ZERO, PAGE_KERNEL, return_address()));
}

/** The mapping goes first, then the pages, then the address range: nobody can meet another's memory there. */
export function vfree(p: ptr): void {
  if (p === null) return;
  const area = find_vm_area(u64(p));
  if (area === null || area.addr !== u64(p)) {
    pr_err("Trying to vfree() nonexistent vm area (%px)\n", p);
    return;
  }
  unmap_range(area.addr, u64(area.nr_pages));
  free_area_pages(area);
  unlink_area(area.addr);
  kfree(area);
}

/** Maps existing pages; they stay the caller's. */
export function vmap(pages: ref<page>[], count: u32, _flags: u64, prot: u64): ptr {
  const area = reserve_area(u64(count) * PAGE_SIZE, PAGE_SIZE, VMALLOC_START, VMALLOC_END, VM_MAP, return_address());
  if (area === null) return null;
  for (let i: u32 = 0; i < count; i++) {
    const pte = kernel_pte_alloc(area.addr + u64(i) * PAGE_SIZE);
    if (pte === null) {
      unmap_range(area.addr, u64(i));
      unlink_area(area.addr);
      kfree(area);
      return null;
    }
    WRITE_ONCE(pte[0], page_to_phys(pages[i]) | prot);
  }
  return at<ptr>(area.addr);
}

export function vunmap(p: ptr): void {
  const area = unlink_area(u64(p));
  if (area === null) return;
  unmap_range(area.addr, (area.size >> PAGE_SHIFT) - 1);
  kfree(area);
}

/** Device registers, uncached. The address keeps the offset within the page. */
export function ioremap(phys: u64, size: u64): u64 {
  const offset = phys & 4095;
  const area = reserve_area(size + offset, PAGE_SIZE, VMALLOC_START, VMALLOC_END, VM_IOREMAP, return_address());
  if (area === null) return 0;
  area.phys_addr = phys - offset;
  const n = (area.size >> PAGE_SHIFT) - 1;
  for (let i: u64 = 0; i < n; i++) {
    const pte = kernel_pte_alloc(area.addr + i * PAGE_SIZE);
    if (pte === null) return 0;
    WRITE_ONCE(pte[0], ((phys & PTE_PFN_MASK) + i * PAGE_SIZE) | PAGE_KERNEL_NOCACHE);
  }
  return area.addr + offset;
}

export function iounmap(address: u64): void {
  vunmap(at<ptr>(address & ~u64(4095)));
}

export function is_vmalloc_addr(p: ptr): bool {
  const a = u64(p);
  return a >= VMALLOC_START && a < VMALLOC_END;
}

export function vmalloc_to_pfn(p: ptr): u64 {
  let level: u32 = 0;
  const pte = lookup_address(u64(p), addr(level));
  if (pte === null || (pte[0] & _PAGE_PRESENT) === 0) return 0;
  if (level === 2 && (pte[0] & _PAGE_PSE) !== 0) return ((pte[0] & PTE_PFN_MASK) >> PAGE_SHIFT) + ((u64(p) >> PAGE_SHIFT) & 511);
  return (pte[0] & PTE_PFN_MASK) >> PAGE_SHIFT;
}

/** Also for addresses of the kernel image. */
export function vmalloc_to_page(p: ptr): page {
  const pfn = vmalloc_to_pfn(p);
  return pfn === 0 ? null : pfn_to_page(pfn);
}

/** Module memory: writable, not executable until set_memory_x. */
export function module_alloc(size: u64): u64 {
  return __vmalloc_node_range(size, PAGE_SIZE, MODULES_VADDR, MODULES_END, 0, PAGE_KERNEL, return_address());
}

export function module_memfree(p: ptr): void {
  vfree(p);
}
EXPORT_SYMBOL(vmalloc);
EXPORT_SYMBOL(vzalloc);
EXPORT_SYMBOL(vfree);
EXPORT_SYMBOL(vmap);
EXPORT_SYMBOL(vunmap);
EXPORT_SYMBOL(ioremap);
EXPORT_SYMBOL(iounmap);
EXPORT_SYMBOL(vmalloc_to_page);
EXPORT_SYMBOL(vmalloc_to_pfn);
EXPORT_SYMBOL(is_vmalloc_addr);
