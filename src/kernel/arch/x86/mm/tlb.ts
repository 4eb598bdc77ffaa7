// Translation caches. One CPU today; each function is the place where the other CPUs will be told.

import { get_current } from "linux/current";
import type { mm_struct } from "linux/mm_types";

export function flush_tlb_one_kernel(address: u64): void {
  invlpg(address);
}

export function __flush_tlb_all(): void {
  // Changing CR4.PGE drops global entries too.
  const cr4 = read_cr4();
  write_cr4(cr4 ^ 0x80);
  write_cr4(cr4);
}

export function flush_tlb_all(): void {
  __flush_tlb_all();
}

export function flush_tlb_kernel_range(start: u64, end: u64): void {
  if (end - start > 64 * 4096) {
    __flush_tlb_all();
    return;
  }
  for (let a = start; a < end; a += 4096) invlpg(a);
}

export function flush_tlb_mm(mm: mm_struct): void {
  if (get_current().active_mm === mm) write_cr3(read_cr3());
}

export function flush_tlb_page(mm: mm_struct, address: u64): void {
  if (get_current().active_mm === mm) invlpg(address);
}
