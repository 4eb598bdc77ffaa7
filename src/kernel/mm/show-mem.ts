// What SysRq-M and an out-of-memory report say of memory. There is one zone, no page cache that could be reclaimed and no swap.

import { atomic_read } from "linux/atomic";
import type { mm_struct } from "linux/mm_types";
import { init_task, next_task, tasklist_lock } from "linux/sched";
import { read_lock, read_unlock, spin_lock, spin_unlock } from "linux/spinlock";
import { scnprintf } from "../lib/vsprintf";
import { memblock_end } from "./memblock";
import { free_blocks, nr_free_pages, totalram_pages } from "./page_alloc";
import { slab_pages } from "./slab";

const ORDERS = 11;

export interface mem_usage extends struct<"mem_usage"> {
  /** Pages: of programs' own, of files that are mapped, of files in memory that are mapped, page tables. */
  anon?: u64;
  mapped?: u64;
  shmem?: u64;
  tables?: u64;
}

function add_usage(mm: mm_struct, sum: mem_usage): void {
  const file = u64(atomic_read(mm.rss_file));
  const shmem = u64(atomic_read(mm.rss_shmem));
  sum.anon += u64(atomic_read(mm.rss)) - file - shmem;
  sum.mapped += file + shmem;
  sum.shmem += shmem;
  // The top level is a page too.
  sum.tables += (mm.pgtables_bytes >> 12) + 1;
}

/** Of all processes; what several share counts for each. */
export function sum_mem_usage(sum: mem_usage): void {
  sum.anon = 0;
  sum.mapped = 0;
  sum.shmem = 0;
  sum.tables = 0;
  read_lock(tasklist_lock);
  for (let p = next_task(init_task); p !== init_task; p = next_task(p)) {
    spin_lock(p.alloc_lock);
    if (p.mm !== null) add_usage(p.mm, sum);
    spin_unlock(p.alloc_lock);
  }
  read_unlock(tasklist_lock);
}

export function show_mem(): void {
  const free = nr_free_pages();
  const total = totalram_pages();
  const present: u64 = memblock_end() >> 12;
  let used: embed<mem_usage>;
  sum_mem_usage(used);
  pr_info("Mem-Info:\n");
  pr_info(
    "active_anon:%lu inactive_anon:0 isolated_anon:0\n active_file:0 inactive_file:0 isolated_file:0\n unevictable:0 dirty:0 writeback:0\n slab_reclaimable:0 slab_unreclaimable:%lu\n mapped:%lu shmem:%lu pagetables:%lu\n sec_pagetables:0 bounce:0\n kernel_misc_reclaimable:0\n free:%lu free_pcp:0 free_cma:0\n",
    used.anon,
    slab_pages,
    used.mapped,
    used.shmem,
    used.tables,
    free,
  );
  let line: array<u8, 256>;
  let n: u64 = 0;
  for (let order: u32 = 0; order < ORDERS; order++) {
    n += u64(scnprintf(add(line, n), 256 - n, "%lu*%lukB ", free_blocks(order), u64(4) << order));
  }
  pr_info("Node 0 DMA32: %s= %lukB\n", line, free << 2);
  pr_info("0 total pagecache pages\n");
  pr_info("0 pages in swap cache\n");
  pr_info("Free swap  = 0kB\n");
  pr_info("Total swap = 0kB\n");
  pr_info("%lu pages RAM\n", present);
  pr_info("0 pages HighMem/MovableOnly\n");
  pr_info("%lu pages reserved\n", present - total);
}
