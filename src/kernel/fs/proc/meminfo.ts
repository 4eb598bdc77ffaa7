// /proc/meminfo, /proc/buddyinfo and /proc/swaps. A line that Linux has and that is missing here counts something this kernel does not have.

import { nr_free_pages, totalram_pages } from "linux/gfp";
import { proc_create_single } from "linux/proc_fs";
import { nr_threads, THREAD_SIZE } from "linux/sched";
import { type seq_file, seq_printf, seq_putc, seq_puts } from "linux/seq_file";
import { vm_commit_limit, vm_memory_committed } from "../../mm/overcommit";
import { free_blocks, MAX_ORDER } from "../../mm/page_alloc";
import { type mem_usage, sum_mem_usage } from "../../mm/show-mem";
import { slab_pages } from "../../mm/slab";
import { nr_vmalloc_pages, VMALLOC_TOTAL } from "../../mm/vmalloc";

function mem_line(m: seq_file, name: cstr, pages: u64): void {
  seq_printf(m, "%s%8lu kB\n", name, pages << 2);
}

/** Names of the lines that are zero: there is no swap, and no page is mlocked, dirty or under write-back. */
const before_slab: cstr[] = [
  "SwapCached:     ",
  "Active:         ",
  "Inactive:       ",
  "Unevictable:    ",
  "Mlocked:        ",
  "SwapTotal:      ",
  "SwapFree:       ",
  "Dirty:          ",
  "Writeback:      ",
];
const ZERO_LINES = 9;

function meminfo_proc_show(m: seq_file, _v: ptr): int {
  const free = nr_free_pages();
  let used: embed<mem_usage>;
  sum_mem_usage(used);
  mem_line(m, "MemTotal:       ", totalram_pages());
  mem_line(m, "MemFree:        ", free);
  mem_line(m, "MemAvailable:   ", free);
  mem_line(m, "Buffers:        ", 0);
  mem_line(m, "Cached:         ", 0);
  for (let i = 0; i < ZERO_LINES; i++) mem_line(m, before_slab[i], 0);
  mem_line(m, "AnonPages:      ", used.anon);
  mem_line(m, "Mapped:         ", used.mapped);
  mem_line(m, "Shmem:          ", used.shmem);
  mem_line(m, "Slab:           ", slab_pages);
  mem_line(m, "SReclaimable:   ", 0);
  mem_line(m, "SUnreclaim:     ", slab_pages);
  seq_printf(m, "KernelStack:    %8lu kB\n", (u64(nr_threads) * u64(THREAD_SIZE)) >> 10);
  mem_line(m, "PageTables:     ", used.tables);
  mem_line(m, "CommitLimit:    ", vm_commit_limit());
  mem_line(m, "Committed_AS:   ", vm_memory_committed());
  seq_printf(m, "VmallocTotal:   %8lu kB\n", VMALLOC_TOTAL >> 10);
  mem_line(m, "VmallocUsed:    ", nr_vmalloc_pages);
  mem_line(m, "VmallocChunk:   ", 0);
  return 0;
}

function buddyinfo_show(m: seq_file, _v: ptr): int {
  seq_puts(m, "Node 0, zone   Normal ");
  for (let order: u32 = 0; order < MAX_ORDER; order++) seq_printf(m, "%6lu ", free_blocks(order));
  seq_putc(m, 10);
  return 0;
}

function swaps_show(m: seq_file, _v: ptr): int {
  seq_puts(m, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
  return 0;
}

export function proc_meminfo_init(): void {
  proc_create_single("meminfo", 0, null, meminfo_proc_show);
  proc_create_single("buddyinfo", 0o400, null, buddyinfo_show);
  proc_create_single("swaps", 0, null, swaps_show);
}
