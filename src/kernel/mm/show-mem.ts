// What SysRq-M and an out-of-memory report say of memory. There is one zone, no page cache that could be reclaimed and no swap.

import { scnprintf } from "../lib/vsprintf";
import { memblock_end } from "./memblock";
import { free_blocks, nr_free_pages, totalram_pages } from "./page_alloc";
import { slab_pages } from "./slab";

const ORDERS = 11;

export function show_mem(): void {
  const free = nr_free_pages();
  const total = totalram_pages();
  const present: u64 = memblock_end() >> 12;
  pr_info("Mem-Info:\n");
  pr_info(
    "active_anon:0 inactive_anon:0 isolated_anon:0\n active_file:0 inactive_file:0 isolated_file:0\n unevictable:0 dirty:0 writeback:0\n slab_reclaimable:0 slab_unreclaimable:%lu\n mapped:0 shmem:0 pagetables:0\n sec_pagetables:0 bounce:0\n kernel_misc_reclaimable:0\n free:%lu free_pcp:0 free_cma:0\n",
    slab_pages,
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
