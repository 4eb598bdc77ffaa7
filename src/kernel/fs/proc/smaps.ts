// /proc/<pid>/smaps and smaps_rollup: what each area really occupies, page by page, and the sum.

import { pfn_to_page } from "asm/page";
import { _PAGE_ACCESSED, _PAGE_DIRTY, _PAGE_SPECIAL, PTE_PFN_MASK } from "asm/pgtable";
import { ESRCH } from "linux/errno";
import { get_task_mm, type mm_struct, mmput, type vm_area_struct } from "linux/mm";
import { PG_file, PG_shmem, type page, VM_LOCKED } from "linux/mm_types";
import { down_read, up_read } from "linux/rwsem";
import type { task_struct } from "linux/sched";
import { type seq_file, seq_printf, seq_puts } from "linux/seq_file";
import { spin_lock, spin_unlock } from "linux/spinlock";
import { next_table, pte_present, walk_page_table } from "../../mm/memory";
import { pad_to_name, show_map_vma } from "./task_mmu";

/** Bits behind the point of a proportional set size, in bytes. */
const PSS_SHIFT = 12;
const PAGE_SIZE = 4096;

/** Bytes; the pss_* with PSS_SHIFT bits behind the point. */
interface mem_size_stats extends struct<"mem_size_stats"> {
  resident?: u64;
  shared_clean?: u64;
  shared_dirty?: u64;
  private_clean?: u64;
  private_dirty?: u64;
  referenced?: u64;
  anonymous?: u64;
  pss?: u64;
  pss_anon?: u64;
  pss_file?: u64;
  pss_shmem?: u64;
  pss_locked?: u64;
  pss_dirty?: u64;
}

/** Address spaces that have the page: all who refer to it, but the cache. */
function page_mapcount(p: page): u64 {
  const cached: int = (p.flags & (PG_file | PG_shmem)) !== 0 ? 1 : 0;
  const n: int = READ_ONCE(p.use._refcount) - cached;
  return n < 1 ? u64(1) : u64(n);
}

function smaps_account(mss: mem_size_stats, p: page, entry: u64, locked: bool): void {
  const mapcount = page_mapcount(p);
  const pss: u64 = (u64(PAGE_SIZE) << PSS_SHIFT) / mapcount;
  // A file in memory has nowhere else to be.
  const dirty = (entry & _PAGE_DIRTY) !== 0 || (p.flags & PG_shmem) !== 0;
  mss.resident += PAGE_SIZE;
  if ((entry & _PAGE_ACCESSED) !== 0) mss.referenced += PAGE_SIZE;
  mss.pss += pss;
  if ((p.flags & PG_shmem) !== 0) mss.pss_shmem += pss;
  else if ((p.flags & PG_file) !== 0) mss.pss_file += pss;
  else {
    mss.anonymous += PAGE_SIZE;
    mss.pss_anon += pss;
  }
  if (locked) mss.pss_locked += pss;
  if (dirty) mss.pss_dirty += pss;
  if (mapcount > 1) {
    if (dirty) mss.shared_dirty += PAGE_SIZE;
    else mss.shared_clean += PAGE_SIZE;
  } else if (dirty) {
    mss.private_dirty += PAGE_SIZE;
  } else {
    mss.private_clean += PAGE_SIZE;
  }
}

/** Under mmap_lock. Entries are read under page_table_lock, a table at a time. */
function smap_gather_stats(mm: mm_struct, v: vm_area_struct, mss: mem_size_stats): void {
  const locked = (v.vm_flags & VM_LOCKED) !== 0;
  let va = v.vm_start;
  while (va < v.vm_end) {
    spin_lock(mm.page_table_lock);
    const pte = walk_page_table(mm, va);
    const behind = pte === null ? next_table(mm, va) : (va + 0x200000) & ~u64(0x1fffff);
    const stop = behind < v.vm_end ? behind : v.vm_end;
    for (let i: u64 = 0; pte !== null && va + (i << 12) < stop; i++) {
      const entry = pte[i];
      if (pte_present(entry) && (entry & _PAGE_SPECIAL) === 0) smaps_account(mss, pfn_to_page((entry & PTE_PFN_MASK) >> 12), entry, locked);
    }
    spin_unlock(mm.page_table_lock);
    va = stop;
  }
}

function put_kb(m: seq_file, name: cstr, bytes: u64): void {
  seq_printf(m, "%-16s%8lu kB\n", name, bytes >> 10);
}

function show_smap_stats(m: seq_file, mss: mem_size_stats, rollup: bool): void {
  put_kb(m, "Rss:", mss.resident);
  put_kb(m, "Pss:", mss.pss >> PSS_SHIFT);
  put_kb(m, "Pss_Dirty:", mss.pss_dirty >> PSS_SHIFT);
  if (rollup) {
    put_kb(m, "Pss_Anon:", mss.pss_anon >> PSS_SHIFT);
    put_kb(m, "Pss_File:", mss.pss_file >> PSS_SHIFT);
    put_kb(m, "Pss_Shmem:", mss.pss_shmem >> PSS_SHIFT);
  }
  put_kb(m, "Shared_Clean:", mss.shared_clean);
  put_kb(m, "Shared_Dirty:", mss.shared_dirty);
  put_kb(m, "Private_Clean:", mss.private_clean);
  put_kb(m, "Private_Dirty:", mss.private_dirty);
  put_kb(m, "Referenced:", mss.referenced);
  put_kb(m, "Anonymous:", mss.anonymous);
  // There are no huge pages, no swap, and MADV_FREE drops pages at once.
  put_kb(m, "LazyFree:", 0);
  put_kb(m, "AnonHugePages:", 0);
  put_kb(m, "ShmemPmdMapped:", 0);
  put_kb(m, "FilePmdMapped:", 0);
  put_kb(m, "Shared_Hugetlb:", 0);
  put_kb(m, "Private_Hugetlb:", 0);
  put_kb(m, "Swap:", 0);
  put_kb(m, "SwapPss:", 0);
  put_kb(m, "Locked:", mss.pss_locked >> PSS_SHIFT);
}

/** By bit of vm_flags; what is not here has no name in Linux or does not exist here. */
const mnemonics: array<cstr, 22> = [
  "rd",
  "wr",
  "ex",
  "sh",
  "mr",
  "mw",
  "me",
  "ms",
  "gd",
  null,
  "pf",
  null,
  null,
  "lo",
  "io",
  "sr",
  "rr",
  "dc",
  "de",
  null,
  "ac",
  "nr",
];

function show_smap_vma_flags(m: seq_file, v: vm_area_struct): void {
  seq_puts(m, "VmFlags: ");
  for (let bit: u64 = 0; bit < 22; bit++) {
    if (((v.vm_flags >> bit) & 1) !== 0 && mnemonics[bit] !== null) seq_printf(m, "%s ", mnemonics[bit]);
  }
  seq_puts(m, "\n");
}

function show_smap(m: seq_file, mm: mm_struct, v: vm_area_struct): void {
  const mss: mem_size_stats = {};
  smap_gather_stats(mm, v, mss);
  show_map_vma(m, mm, v);
  put_kb(m, "Size:", v.vm_end - v.vm_start);
  put_kb(m, "KernelPageSize:", PAGE_SIZE);
  put_kb(m, "MMUPageSize:", PAGE_SIZE);
  show_smap_stats(m, mss, false);
  seq_puts(m, "THPeligible:    0\n");
  show_smap_vma_flags(m, v);
}

export function proc_pid_smaps(m: seq_file, p: task_struct): int {
  const mm = get_task_mm(p);
  if (mm === null) return 0;
  down_read(mm.mmap_lock);
  for (let v = mm.mmap; v !== null; v = v.vm_next) show_smap(m, mm, v);
  up_read(mm.mmap_lock);
  mmput(mm);
  return 0;
}

export function proc_pid_smaps_rollup(m: seq_file, p: task_struct): int {
  const mm = get_task_mm(p);
  if (mm === null) return -ESRCH;
  const mss: mem_size_stats = {};
  let first: u64 = 0;
  let last: u64 = 0;
  down_read(mm.mmap_lock);
  for (let v = mm.mmap; v !== null; v = v.vm_next) {
    if (v.vm_prev === null) first = v.vm_start;
    last = v.vm_end;
    smap_gather_stats(mm, v, mss);
  }
  up_read(mm.mmap_lock);
  mmput(mm);
  const line = m.count;
  seq_printf(m, "%08lx-%08lx ---p 00000000 00:00 0 ", first, last);
  pad_to_name(m, line);
  seq_puts(m, "[rollup]\n");
  show_smap_stats(m, mss, true);
  return 0;
}
