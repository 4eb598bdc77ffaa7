// Page tables of processes: faults, copy-on-write, fork's copy, unmapping, and access to another process's memory.

import { PAGE_SIZE, page_address, page_to_phys, pfn_to_page } from "asm/page";
import {
  _PAGE_ACCESSED,
  _PAGE_COW,
  _PAGE_DIRTY,
  _PAGE_NX,
  _PAGE_PRESENT,
  _PAGE_PROTNONE,
  _PAGE_RW,
  _PAGE_SPECIAL,
  _PAGE_TABLE,
  _PAGE_USER,
  PTE_PFN_MASK,
  pgd_index,
  pmd_index,
  pte_index,
  pud_index,
  table_of,
} from "asm/pgtable";
import { atomic_inc, atomic_read } from "linux/atomic";
import { IS_ERR, PTR_ERR } from "linux/err";
import { EFAULT, ENOMEM } from "linux/errno";
import { __GFP_ZERO, GFP_HIGHUSER_MOVABLE } from "linux/gfp";
import { list_add, list_del, list_empty } from "linux/list";
import {
  MMF_UNSTABLE,
  type mm_struct,
  PG_file,
  PG_shmem,
  type page,
  VM_DONTCOPY,
  VM_EAGERCOPY,
  VM_EXEC,
  VM_PFNMAP,
  VM_READ,
  VM_SHARED,
  VM_WRITE,
  type vm_area_struct,
} from "linux/mm_types";
import { filemap_fault } from "linux/pagemap";
import { spin_lock, spin_unlock } from "linux/spinlock";
import { flush_tlb_mm, flush_tlb_page } from "../arch/x86/mm/tlb";
import { memcpy, memset } from "../lib/string";
import { __free_page, alloc_page, get_page, put_page } from "./page_alloc";
import { find_vma } from "./vma";

/** A page belongs to the entry, whether or not the processor may use it. */
export function pte_present(entry: u64): bool {
  return (entry & (_PAGE_PRESENT | _PAGE_PROTNONE)) !== 0;
}
inline(pte_present);

/** Entry bits for a page of an area, without the frame. */
export function vm_get_page_prot(vm_flags: u64): u64 {
  if ((vm_flags & (VM_READ | VM_WRITE | VM_EXEC)) === 0) return _PAGE_PROTNONE;
  let prot: u64 = _PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED;
  if ((vm_flags & VM_WRITE) !== 0) prot |= _PAGE_RW;
  if ((vm_flags & VM_EXEC) === 0) prot |= _PAGE_NX;
  return prot;
}

function user_table(mm: mm_struct, table: u64[], index: u64): u64[] {
  if ((table[index] & _PAGE_PRESENT) === 0) {
    const p = alloc_page(GFP_HIGHUSER_MOVABLE | __GFP_ZERO);
    if (p === null) return null;
    list_add(p.lru, mm.pgtables);
    mm.pgtables_bytes += PAGE_SIZE;
    WRITE_ONCE(table[index], page_to_phys(p) | _PAGE_TABLE);
  }
  return table_of(table[index]);
}

/** The entry for a user address, tables made as needed. */
function pte_alloc_map(mm: mm_struct, address: u64): u64[] {
  const pud = user_table(mm, mm.pgd, pgd_index(address));
  if (pud === null) return null;
  const pmd = user_table(mm, pud, pud_index(address));
  if (pmd === null) return null;
  const pte = user_table(mm, pmd, pmd_index(address));
  return pte === null ? null : addr(pte[pte_index(address)]);
}

/** The first address behind `address` that may have a table, where walk_page_table found none. */
export function next_table(mm: mm_struct, address: u64): u64 {
  const pgd = mm.pgd[pgd_index(address)];
  if ((pgd & _PAGE_PRESENT) === 0) return (address + 0x8000000000) & ~u64(0x7fffffffff);
  if ((table_of(pgd)[pud_index(address)] & _PAGE_PRESENT) === 0) return (address + 0x40000000) & ~u64(0x3fffffff);
  return (address + 0x200000) & ~u64(0x1fffff);
}

/** The entry for a user address, or null where a table is missing. */
export function walk_page_table(mm: mm_struct, address: u64): u64[] {
  const pgd = mm.pgd[pgd_index(address)];
  if ((pgd & _PAGE_PRESENT) === 0) return null;
  const pud = table_of(pgd)[pud_index(address)];
  if ((pud & _PAGE_PRESENT) === 0) return null;
  const pmd = table_of(pud)[pmd_index(address)];
  if ((pmd & _PAGE_PRESENT) === 0) return null;
  return addr(table_of(pmd)[pte_index(address)]);
}

export function pte_page(pte: u64): page {
  return pfn_to_page((pte & PTE_PFN_MASK) >> 12);
}
inline(pte_page);

/** Makes the page of `address` present and, for a write, writable and private. 0, -ENOMEM or -EFAULT. */
export function handle_mm_fault(vma: vm_area_struct, address: u64, write: bool): int {
  const mm = vma.vm_mm;
  // A file's page is looked for before the lock is taken: it may have to be read.
  let cached: page = null;
  if (vma.vm_file !== null) {
    const pte = walk_page_table(mm, address & ~u64(4095));
    if (pte === null || !pte_present(pte[0])) {
      cached = filemap_fault(vma, address & ~u64(4095));
      if (cached === null) return -EFAULT;
      if (IS_ERR(cached)) return PTR_ERR(cached) === -ENOMEM ? -ENOMEM : -EFAULT;
    }
  }
  // Threads on other CPUs may fault on the same page.
  spin_lock(mm.page_table_lock);
  const ret = do_handle_mm_fault(mm, vma, address, write, cached);
  spin_unlock(mm.page_table_lock);
  if (cached !== null) put_page(cached);
  return ret;
}

/** One page more (or less) of the address space, by kind. */
function count_rss(mm: mm_struct, p: page, n: int): void {
  fetch_add(addr(mm.rss.counter), n);
  if ((p.flags & PG_file) !== 0) fetch_add(addr(mm.rss_file.counter), n);
  else if ((p.flags & PG_shmem) !== 0) fetch_add(addr(mm.rss_shmem.counter), n);
}

/** A file's page into an entry: shared as it is; private for reading, to be copied when it is written; or copied at once. */
function install_file_page(mm: mm_struct, vma: vm_area_struct, pte: u64[], cached: page, write: bool): int {
  const dirty: u64 = write ? _PAGE_DIRTY : 0;
  if ((vma.vm_flags & VM_SHARED) === 0 && write) {
    const p = alloc_page(GFP_HIGHUSER_MOVABLE);
    if (p === null) return -ENOMEM;
    memcpy(at<ptr>(page_address(p)), at<ptr>(page_address(cached)), PAGE_SIZE);
    WRITE_ONCE(pte[0], page_to_phys(p) | vma.vm_page_prot | dirty);
    atomic_inc(mm.rss);
    return 0;
  }
  get_page(cached);
  if ((vma.vm_flags & VM_SHARED) !== 0) WRITE_ONCE(pte[0], page_to_phys(cached) | vma.vm_page_prot | dirty);
  else WRITE_ONCE(pte[0], page_to_phys(cached) | (vma.vm_page_prot & ~u64(_PAGE_RW)) | _PAGE_COW);
  count_rss(mm, cached, 1);
  return 0;
}

function do_handle_mm_fault(mm: mm_struct, vma: vm_area_struct, address: u64, write: bool, cached: page): int {
  const va = address & ~u64(4095);
  if ((mm.flags & MMF_UNSTABLE) !== 0) return -EFAULT;
  const pte = pte_alloc_map(mm, va);
  if (pte === null) return -ENOMEM;
  const entry = pte[0];
  if ((vma.vm_flags & VM_PFNMAP) !== 0) {
    if (write) return -EFAULT;
    pte[0] = ((vma.vm_pfn + ((va - vma.vm_start) >> 12)) << 12) | vma.vm_page_prot | _PAGE_SPECIAL;
    return 0;
  }
  if (!pte_present(entry) && vma.vm_file !== null) {
    // Without a page: a truncation came between. The access faults again.
    return cached === null ? 0 : install_file_page(mm, vma, pte, cached, write);
  }
  if (!pte_present(entry)) {
    const p = alloc_page(GFP_HIGHUSER_MOVABLE | __GFP_ZERO);
    if (p === null) return -ENOMEM;
    WRITE_ONCE(pte[0], page_to_phys(p) | vma.vm_page_prot | (write ? u64(_PAGE_DIRTY) : u64(0)));
    atomic_inc(mm.rss);
    return 0;
  }
  if (!write || (entry & _PAGE_RW) !== 0) {
    // Another thread was faster, or the rights were widened: the stale translation goes.
    flush_tlb_page(mm, va);
    return 0;
  }
  if ((vma.vm_flags & VM_SHARED) !== 0) {
    WRITE_ONCE(pte[0], entry | vma.vm_page_prot | _PAGE_DIRTY);
    flush_tlb_page(mm, va);
    return (vma.vm_flags & VM_WRITE) !== 0 ? 0 : -EFAULT;
  }
  // Copy on write; the last user keeps the page.
  const old = pte_page(entry);
  if (READ_ONCE(old.use._refcount) === 1) {
    WRITE_ONCE(pte[0], (entry & ~u64(_PAGE_COW)) | _PAGE_RW | _PAGE_DIRTY);
  } else {
    const p = alloc_page(GFP_HIGHUSER_MOVABLE);
    if (p === null) return -ENOMEM;
    memcpy(at<ptr>(page_address(p)), at<ptr>(page_address(old)), PAGE_SIZE);
    WRITE_ONCE(pte[0], page_to_phys(p) | vma.vm_page_prot | _PAGE_DIRTY);
    count_rss(mm, old, -1);
    atomic_inc(mm.rss);
    put_page(old);
  }
  flush_tlb_page(mm, va);
  return 0;
}

/** Fork: the child shares the parent's pages until one of them writes; areas marked VM_EAGERCOPY are copied now. */
export function copy_page_range(dst: mm_struct, src: mm_struct, vma: vm_area_struct): int {
  if ((vma.vm_flags & (VM_PFNMAP | VM_DONTCOPY)) !== 0) return 0;
  const private_pages = (vma.vm_flags & VM_SHARED) === 0;
  const eager = (vma.vm_flags & VM_EAGERCOPY) !== 0;
  let va = vma.vm_start;
  while (va < vma.vm_end) {
    const from = walk_page_table(src, va);
    if (from === null) {
      va = next_table(src, va);
      continue;
    }
    const table_end = (va + 0x200000) & ~u64(0x1fffff);
    const end = table_end < vma.vm_end ? table_end : vma.vm_end;
    let to: u64[] = null;
    const first = va;
    while (va < end) {
      const i = (va - first) >> 12;
      const entry = from[i];
      if (pte_present(entry)) {
        if (to === null) {
          to = pte_alloc_map(dst, first);
          if (to === null) return -ENOMEM;
        }
        const p = pte_page(entry);
        if (eager) {
          const q = alloc_page(GFP_HIGHUSER_MOVABLE);
          if (q === null) return -ENOMEM;
          memcpy(at<ptr>(page_address(q)), at<ptr>(page_address(p)), PAGE_SIZE);
          to[i] = (entry & ~u64(PTE_PFN_MASK)) | page_to_phys(q);
        } else {
          let shared = entry;
          // Also where the rights forbid writing today: mprotect may widen them.
          if (private_pages) {
            shared = (entry & ~u64(_PAGE_RW)) | _PAGE_COW;
            WRITE_ONCE(from[i], shared);
          }
          get_page(p);
          to[i] = shared & ~u64(_PAGE_ACCESSED);
        }
        count_rss(dst, p, 1);
      }
      va += PAGE_SIZE;
    }
  }
  flush_tlb_mm(src);
  return 0;
}

/** One pass over the pages of [start, end). hide: they stay, but without translation; else they are dropped. */
function zap_range(mm: mm_struct, start: u64, end: u64, hide: bool): void {
  let va = start;
  while (va < end) {
    const pte = walk_page_table(mm, va);
    const table_end = pte === null ? next_table(mm, va) : (va + 0x200000) & ~u64(0x1fffff);
    const stop = table_end < end ? table_end : end;
    if (pte !== null) {
      let i: u64 = 0;
      for (let a = va; a < stop; a += PAGE_SIZE) {
        const entry = pte[i];
        if (hide) {
          if (pte_present(entry)) pte[i] = (entry & ~u64(_PAGE_PRESENT | _PAGE_USER)) | _PAGE_PROTNONE;
        } else if (pte_present(entry)) {
          pte[i] = 0;
          if ((entry & _PAGE_SPECIAL) === 0) {
            count_rss(mm, pte_page(entry), -1);
            put_page(pte_page(entry));
          }
        }
        i++;
      }
    }
    va = stop;
  }
}

/**
 * Takes a dying process's pages while its threads may still be in the kernel: under mmap_lock for reading, so faults come beside it, and
 * page_table_lock parts the two. MMF_UNSTABLE keeps them from bringing fresh pages.
 */
export function reap_page_range(mm: mm_struct, start: u64, end: u64): void {
  for (let at_ = start; at_ < end; ) {
    const table_end = (at_ + 0x200000) & ~u64(0x1fffff);
    const stop = table_end < end ? table_end : end;
    spin_lock(mm.page_table_lock);
    zap_range(mm, at_, stop, true);
    spin_unlock(mm.page_table_lock);
    flush_tlb_mm(mm);
    spin_lock(mm.page_table_lock);
    zap_range(mm, at_, stop, false);
    spin_unlock(mm.page_table_lock);
    at_ = stop;
  }
}

/** Drops the pages of [start, end); the caller flushes. Where threads may still reach them from other CPUs the translations go first. Under
 *  mmap_lock for writing (or nobody else has the address space). */
export function unmap_page_range(mm: mm_struct, start: u64, end: u64): void {
  if (atomic_read(mm.mm_users) > 1) {
    zap_range(mm, start, end, true);
    flush_tlb_mm(mm);
  }
  zap_range(mm, start, end, false);
}

/** New rights for the pages that are there; a private page that is shared stays unwritable until it is copied. */
export function change_protection(mm: mm_struct, vma: vm_area_struct, start: u64, end: u64): void {
  let va = start;
  while (va < end) {
    const pte = walk_page_table(mm, va);
    if (pte === null) {
      va = next_table(mm, va);
      continue;
    }
    va += PAGE_SIZE;
    const entry = pte[0];
    if (!pte_present(entry)) continue;
    let value = (entry & (PTE_PFN_MASK | _PAGE_DIRTY | _PAGE_COW | _PAGE_SPECIAL)) | vma.vm_page_prot;
    if ((entry & _PAGE_COW) !== 0) value = value & ~u64(_PAGE_RW);
    WRITE_ONCE(pte[0], value);
  }
  flush_tlb_mm(mm);
}

/** Frees the user half's tables; the pages are gone already. A CPU that runs a kernel thread may still have the top level loaded. */
export function free_pgtables(mm: mm_struct): void {
  memset(mm.pgd, 0, PAGE_SIZE / 2);
  while (!list_empty(mm.pgtables)) {
    const p = container_of<page>(mm.pgtables.next, "lru");
    list_del(p.lru);
    __free_page(p);
  }
  mm.pgtables_bytes = 0;
}

/** Makes all pages of [start, end) present, as a reader or writer would. */
export function populate_range(mm: mm_struct, start: u64, end: u64, write: bool): int {
  for (let va = start & ~u64(4095); va < end; va += PAGE_SIZE) {
    const vma = find_vma(mm, va);
    if (vma === null || vma.vm_start > va) return -EFAULT;
    const ret = handle_mm_fault(vma, va, write);
    if (ret !== 0) return ret;
  }
  return 0;
}

/** Direct-map address of a user page, faulted in for reading or writing; 0 if it cannot be had. Under mmap_lock for writing. */
export function get_user_page_addr(mm: mm_struct, address: u64, write: bool): u64 {
  const vma = find_vma(mm, address);
  if (vma === null || vma.vm_start > address) return 0;
  spin_lock(mm.page_table_lock);
  const pte = pte_alloc_map(mm, address);
  spin_unlock(mm.page_table_lock);
  if (pte === null) return 0;
  const entry = pte[0];
  if (!pte_present(entry) || (write && (entry & _PAGE_RW) === 0)) {
    if (handle_mm_fault(vma, address, write) !== 0) return 0;
  }
  // The caller writes past the entry.
  if (write) lock_or(addr(pte[0]), u64(_PAGE_DIRTY));
  return u64(table_of(pte[0]));
}

/** Maps physical pages that are not ours into an area: faults find them by vm_pfn. */
export function remap_pfn_range(vma: vm_area_struct, pfn: u64): int {
  vma.vm_flags = vma.vm_flags | VM_PFNMAP;
  vma.vm_pfn = pfn;
  return 0;
}
