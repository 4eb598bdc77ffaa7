// The page cache. A file system that keeps its files in memory stores them here; one with a server behind it caches what is mapped, for as
// long as it is mapped, and writes shared pages back where an area goes, at msync and at fsync.

import { PAGE_SIZE, page_address, pfn_to_page } from "asm/page";
import { _PAGE_DIRTY, _PAGE_PRESENT, PTE_PFN_MASK } from "asm/pgtable";
import { ERR_PTR } from "linux/err";
import { EFBIG, ENOMEM } from "linux/errno";
import type { file, inode } from "linux/fs";
import { __GFP_ZERO } from "linux/gfp";
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_empty } from "linux/list";
import type { page, vm_area_struct } from "linux/mm_types";
import { PG_file, PG_shmem, VM_MAYWRITE, VM_SHARED } from "linux/mm_types";
import { mutex_init, mutex_lock, mutex_unlock } from "linux/mutex";
import type { address_space } from "linux/pagemap";
import { spin_lock, spin_unlock } from "linux/spinlock";
import { flush_tlb_mm, flush_tlb_page } from "../arch/x86/mm/tlb";
import { memcpy, memset } from "../lib/string";
import { unmap_page_range, walk_page_table } from "./memory";
import { alloc_page, get_page, put_page } from "./page_alloc";
import { shmem_acct_block, shmem_unacct_blocks } from "./shmem-super";
import { kfree, kzalloc } from "./slab";

/** Largest file that can be cached: the table stays within one allocation. */
const MAX_PAGES = 16384;

/** The file's cache, made at its first use. null: no memory. in_memory: the pages are the file. */
export function mapping_create(host: inode, in_memory: bool): address_space {
  if (host.i_mapping !== null) return host.i_mapping;
  const m = kzalloc(sizeof<address_space>(), 0) as address_space;
  if (m === null) return null;
  m.host = host;
  m.page_flag = in_memory ? PG_shmem : PG_file;
  mutex_init(m.lock);
  mutex_init(m.i_mmap_lock);
  INIT_LIST_HEAD(m.i_mmap);
  if (cmpxchg(addr(host.i_mapping), null, m) !== null) kfree(m);
  return host.i_mapping;
}

/** Under the lock. */
function grow_table(m: address_space, n: u64): int {
  if (n <= m.slots) return 0;
  if (n > MAX_PAGES) return -EFBIG;
  let slots: u64 = m.slots === 0 ? 8 : m.slots;
  while (slots < n) slots *= 2;
  const table = kzalloc(slots * 8, 0) as ref<page>[];
  if (table === null) return -ENOMEM;
  if (m.slots !== 0) memcpy(table, m.pages, m.slots * 8);
  kfree(m.pages);
  m.pages = table;
  m.slots = slots;
  return 0;
}

/** The cached page with a reference, or null. */
export function find_get_page(m: address_space, index: u64): page {
  mutex_lock(m.lock);
  const p: page = index < m.slots ? m.pages[index] : null;
  if (p !== null) get_page(p);
  mutex_unlock(m.lock);
  return p;
}

/** The page with a reference, read from the file if it is not there; an ERR_PTR if that fails, null if the file has nothing there. */
export function find_or_create_page(m: address_space, f: file, index: u64): page {
  mutex_lock(m.lock);
  const err = grow_table(m, index + 1);
  if (err !== 0) {
    mutex_unlock(m.lock);
    return ERR_PTR(s64(err)) as page;
  }
  let p: page = m.pages[index];
  if (p === null) {
    const full = m.page_flag === PG_shmem ? shmem_acct_block(m.host.i_sb) : 0;
    p = full !== 0 ? null : alloc_page(__GFP_ZERO);
    if (p === null) {
      if (full === 0 && m.page_flag === PG_shmem) shmem_unacct_blocks(m.host.i_sb, 1);
      mutex_unlock(m.lock);
      return ERR_PTR(full !== 0 ? s64(full) : -ENOMEM) as page;
    }
    const n: s64 = m.read_page === null ? PAGE_SIZE : m.read_page(f, index, page_address(p));
    if (n <= 0) {
      put_page(p);
      mutex_unlock(m.lock);
      return n === 0 ? null : (ERR_PTR(n) as page);
    }
    p.flags = p.flags | m.page_flag;
    m.pages[index] = p;
    m.nrpages++;
    if (m.read_page === null) m.host.i_blocks += PAGE_SIZE / 512;
  }
  get_page(p);
  mutex_unlock(m.lock);
  return p;
}

/** The page behind an address of a file's area, with a reference; null behind the file's end; or an ERR_PTR. */
export function filemap_fault(v: vm_area_struct, address: u64): page {
  const m = v.vm_file.f_inode.i_mapping;
  const index: u64 = ((address - v.vm_start) >> 12) + v.vm_pgoff;
  if (s64(index << 12) >= m.host.i_size) return null;
  return find_or_create_page(m, v.vm_file, index);
}

/** Drops pages from `first` on. Under the lock. */
function drop_pages(m: address_space, first: u64): void {
  const before = m.nrpages;
  for (let i = first; i < m.slots; i++) {
    if (m.pages[i] === null) continue;
    put_page(m.pages[i]);
    m.pages[i] = null;
    m.nrpages--;
    if (m.read_page === null) m.host.i_blocks -= PAGE_SIZE / 512;
  }
  if (m.page_flag === PG_shmem && before !== m.nrpages) shmem_unacct_blocks(m.host.i_sb, before - m.nrpages);
}

/** With the inode. */
export function filemap_free(m: address_space): void {
  if (m === null) return;
  drop_pages(m, 0);
  kfree(m.pages);
  kfree(m);
}

// ---- the areas ----

/** A new area of a file; also a copy, whose links are the original's. Under mmap_lock for writing. */
export function filemap_link(v: vm_area_struct): void {
  const m = v.vm_file.f_inode.i_mapping;
  mutex_lock(m.i_mmap_lock);
  list_add_tail(v.shared, m.i_mmap);
  mutex_unlock(m.i_mmap_lock);
}

/** An area goes; with the last one a server's file is no longer cached. */
export function filemap_unlink(v: vm_area_struct): void {
  const m = v.vm_file.f_inode.i_mapping;
  mutex_lock(m.i_mmap_lock);
  list_del_init(v.shared);
  if (m.read_page !== null && list_empty(m.i_mmap)) {
    mutex_lock(m.lock);
    drop_pages(m, 0);
    mutex_unlock(m.lock);
  }
  mutex_unlock(m.i_mmap_lock);
}

export function generic_file_mmap(f: file, v: vm_area_struct): int {
  return mapping_create(f.f_inode, false) === null ? -ENOMEM : 0;
}

/** Takes the page of one entry if it was written to since the last time; its reference is the caller's. */
function take_dirty(v: vm_area_struct, va: u64): page {
  const mm = v.vm_mm;
  let p: page = null;
  spin_lock(mm.page_table_lock);
  const pte = walk_page_table(mm, va);
  if (pte !== null && (pte[0] & (_PAGE_PRESENT | _PAGE_DIRTY)) === (_PAGE_PRESENT | _PAGE_DIRTY)) {
    p = pfn_to_page((pte[0] & PTE_PFN_MASK) >> 12);
    get_page(p);
    lock_and(addr(pte[0]), ~u64(_PAGE_DIRTY));
    flush_tlb_page(mm, va);
  }
  spin_unlock(mm.page_table_lock);
  return p;
}

/** Writes back what was stored through a shared area in [start, end). The area stays while this runs. */
export function filemap_writeback(v: vm_area_struct, start: u64, end: u64): int {
  if (v.vm_file === null || (v.vm_flags & (VM_SHARED | VM_MAYWRITE)) !== (VM_SHARED | VM_MAYWRITE)) return 0;
  const m = v.vm_file.f_inode.i_mapping;
  let ret: int = 0;
  if (m.write_page === null) return 0;
  for (let va = start; va < end; va += PAGE_SIZE) {
    const p = take_dirty(v, va);
    if (p === null) continue;
    const index: u64 = ((va - v.vm_start) >> 12) + v.vm_pgoff;
    const left = m.host.i_size - s64(index << 12);
    if (left > 0) {
      const n = m.write_page(v.vm_file, index, page_address(p), left < PAGE_SIZE ? u64(left) : u64(PAGE_SIZE));
      if (n < 0) ret = int(n);
    }
    put_page(p);
  }
  return ret;
}

/** fsync: through all shared areas of the file. */
export function filemap_flush(host: inode): int {
  const m = host.i_mapping;
  let ret: int = 0;
  if (m === null || m.write_page === null) return 0;
  mutex_lock(m.i_mmap_lock);
  for (let n = m.i_mmap.next; n !== m.i_mmap; n = n.next) {
    const v = container_of<vm_area_struct>(n, "shared");
    const err = filemap_writeback(v, v.vm_start, v.vm_end);
    if (err !== 0) ret = err;
  }
  mutex_unlock(m.i_mmap_lock);
  return ret;
}

/** The file has become this long: what is mapped behind goes (also private copies), the rest of the last page is zeros. */
export function truncate_pagecache(host: inode, size: s64): void {
  const m = host.i_mapping;
  if (m === null) return;
  const keep: u64 = (u64(size) + PAGE_SIZE - 1) >> 12;
  mutex_lock(m.i_mmap_lock);
  for (let n = m.i_mmap.next; n !== m.i_mmap; n = n.next) {
    const v = container_of<vm_area_struct>(n, "shared");
    const pages = (v.vm_end - v.vm_start) >> 12;
    if (v.vm_pgoff + pages <= keep) continue;
    const from: u64 = keep > v.vm_pgoff ? v.vm_start + ((keep - v.vm_pgoff) << 12) : v.vm_start;
    unmap_page_range(v.vm_mm, from, v.vm_end);
    flush_tlb_mm(v.vm_mm);
  }
  mutex_unlock(m.i_mmap_lock);
  mutex_lock(m.lock);
  drop_pages(m, keep);
  const part: u64 = u64(size) & (PAGE_SIZE - 1);
  if (part !== 0 && keep <= m.slots && m.pages[keep - 1] !== null)
    memset(at<ptr>(page_address(m.pages[keep - 1]) + part), 0, PAGE_SIZE - part);
  mutex_unlock(m.lock);
}
