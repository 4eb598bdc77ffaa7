// The kernel's page tables: direct map by 2 MiB pages, the kernel image by 4 KiB pages, the fixmap; later their final protection.

import { __pa, __START_KERNEL_map, __va, PAGE_OFFSET, PAGE_SIZE, VMALLOC_START } from "asm/page";
import {
  _KERNPG_TABLE,
  _PAGE_PRESENT,
  _PAGE_PSE,
  PAGE_KERNEL,
  PAGE_KERNEL_EXEC,
  PAGE_KERNEL_NOCACHE,
  PMD_SIZE,
  PTE_PFN_MASK,
  PUD_SIZE,
  pgd_index,
  pmd_index,
  pte_index,
  pud_index,
  table_of,
} from "asm/pgtable";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import { memcpy } from "linux/string";
import { alloc_low_page, memblock_end } from "../../../mm/memblock";
import { free_reserved_area, get_zeroed_page, slab_is_available } from "../../../mm/page_alloc";
import { set_memory_nx, set_memory_ro } from "./pat/set_memory";
import { flush_tlb_one_kernel } from "./tlb";

declare const _text: u8[];
declare const _etext: u8[];
declare const __start_rodata: u8[];
declare const __end_rodata: u8[];
declare const __init_begin: u8[];
declare const __init_end: u8[];
declare const _end: u8[];

/** The kernel's top-level table; the upper half of every process's is a copy of its three entries. */
export let swapper_pg_dir: array<u64, 512>;
aligned(swapper_pg_dir, 4096);

export const FIXADDR_TOP = 0xffffffffff600000;
export const FIX_APIC = 1;
export const FIX_IOAPIC = 2;
export const FIX_TEXT_POKE0 = 3;
export const FIX_TEXT_POKE1 = 4;

function alloc_table(): u64 {
  return slab_is_available() ? get_zeroed_page(0) : alloc_low_page();
}

/** The next-level table of an entry, made if it is missing. 0: no memory. */
function next_table(table: u64[], index: u64): u64[] {
  if ((table[index] & _PAGE_PRESENT) === 0) {
    const page = alloc_table();
    if (page === 0) return null;
    WRITE_ONCE(table[index], __pa(page) | _KERNPG_TABLE);
  }
  return table_of(table[index]);
}

/** The address of the 4 KiB entry for a kernel address, tables made as needed; null without memory. */
export function kernel_pte_alloc(address: u64): u64[] {
  const flags = spin_lock_irqsave(kernel_tables_lock);
  const pte = kernel_pte_alloc_locked(address);
  spin_unlock_irqrestore(kernel_tables_lock, flags);
  return pte;
}

/** Two CPUs may need the same missing table. */
let kernel_tables_lock: embed<spinlock_t>;

function kernel_pte_alloc_locked(address: u64): u64[] {
  const pud = next_table(swapper_pg_dir, pgd_index(address));
  if (pud === null) return null;
  const pmd = next_table(pud, pud_index(address));
  if (pmd === null) return null;
  const pte = next_table(pmd, pmd_index(address));
  if (pte === null) return null;
  return addr(pte[pte_index(address)]);
}

/** The entry that maps a kernel address, or null; level[0]: 1 for 4 KiB, 2 for 2 MiB, 3 for 1 GiB. */
export function lookup_address(address: u64, level: u32[]): u64[] {
  const pgd = swapper_pg_dir[pgd_index(address)];
  level[0] = 4;
  if ((pgd & _PAGE_PRESENT) === 0) return null;
  const pud = table_of(pgd);
  level[0] = 3;
  const u = pud[pud_index(address)];
  if ((u & _PAGE_PRESENT) === 0) return null;
  if ((u & _PAGE_PSE) !== 0) return addr(pud[pud_index(address)]);
  const pmd = table_of(u);
  level[0] = 2;
  const m = pmd[pmd_index(address)];
  if ((m & _PAGE_PRESENT) === 0) return null;
  if ((m & _PAGE_PSE) !== 0) return addr(pmd[pmd_index(address)]);
  level[0] = 1;
  return addr(table_of(m)[pte_index(address)]);
}

export function fix_to_virt(index: u32): u64 {
  return FIXADDR_TOP - u64(index) * PAGE_SIZE;
}

/** Maps one physical page at a fixed address; prot is a full set of entry bits (PAGE_KERNEL…). */
export function set_fixmap(index: u32, phys: u64, prot: u64): void {
  const address = fix_to_virt(index);
  const pte = kernel_pte_alloc(address);
  pte[0] = (phys & PTE_PFN_MASK) | prot;
  flush_tlb_one_kernel(address);
}

export function set_fixmap_nocache(index: u32, phys: u64): void {
  set_fixmap(index, phys, PAGE_KERNEL_NOCACHE);
}

export function clear_fixmap(index: u32): void {
  const address = fix_to_virt(index);
  const pte = kernel_pte_alloc(address);
  pte[0] = 0;
  flush_tlb_one_kernel(address);
}

/** Builds the final tables and goes over to them; the identity map ends here. */
export function init_mem_mapping(): void {
  const end = memblock_end();
  const pgd = swapper_pg_dir;
  for (let pa: u64 = 0; pa < end; pa += PUD_SIZE) {
    const pud = next_table(pgd, pgd_index(pa + PAGE_OFFSET));
    const pmd = next_table(pud, pud_index(pa + PAGE_OFFSET));
    for (let p = pa; p < end && p < pa + PUD_SIZE; p += PMD_SIZE) pmd[pmd_index(p)] = p | PAGE_KERNEL | _PAGE_PSE;
  }
  // Writable and executable until mark_rodata_ro: ftrace and alternatives rewrite code at boot.
  for (let va = u64(_text); va < u64(_end); va += PAGE_SIZE) {
    const pte = kernel_pte_alloc(va);
    pte[0] =
      (va - __START_KERNEL_map) |
      (va < u64(_etext) || (va >= u64(__init_begin) && va < u64(__init_end)) ? u64(PAGE_KERNEL_EXEC) : u64(PAGE_KERNEL));
  }
  // One table for all of vmalloc's range, so that processes' copies of the top level never grow old.
  next_table(pgd, pgd_index(VMALLOC_START));
  write_cr3(__pa(u64(pgd)));
}
init(init_mem_mapping);

/** Copies the kernel's half into a new process's top-level table. */
export function pgd_ctor(pgd: u64[]): void {
  memcpy(addr(pgd[256]), addr(swapper_pg_dir[256]), PAGE_SIZE / 2);
}

/** Text executable and read-only, constants read-only, everything else not executable. */
export function mark_rodata_ro(): void {
  const text = u64(_text);
  const rodata = u64(__start_rodata);
  const text_kb = (u64(_etext) - text) >> 10;
  set_memory_ro(text, (u64(_etext) - text + PAGE_SIZE - 1) / PAGE_SIZE);
  const ro_pages = (u64(__end_rodata) - rodata + PAGE_SIZE - 1) / PAGE_SIZE;
  set_memory_ro(rodata, ro_pages);
  set_memory_nx(rodata, ro_pages);
  pr_info("Write protecting the kernel read-only data: %luk\n", text_kb + ((u64(__end_rodata) - rodata) >> 10));
}

/** Init code and data are not needed any more: unmapped here, their pages go to the allocator. */
export function free_initmem(): void {
  const begin = u64(__init_begin);
  const end = u64(__init_end);
  if (begin === end) return;
  for (let va = begin; va < end; va += PAGE_SIZE) {
    kernel_pte_alloc(va)[0] = 0;
    flush_tlb_one_kernel(va);
  }
  free_reserved_area(__va(begin - __START_KERNEL_map), __va(end - __START_KERNEL_map));
  pr_info("Freeing unused kernel image (initmem) memory: %luK\n", (end - begin) >> 10);
}
