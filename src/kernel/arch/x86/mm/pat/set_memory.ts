// Protection of kernel pages mapped by 4 KiB entries: the image, vmalloc, modules.

import { _PAGE_NX, _PAGE_RW } from "asm/pgtable";
import { EINVAL } from "linux/errno";
import { lookup_address } from "../init_64";
import { flush_tlb_kernel_range } from "../tlb";

function change_page_attr(address: u64, numpages: u64, set: u64, clear: u64): int {
  let level: u32 = 0;
  for (let i: u64 = 0; i < numpages; i++) {
    const pte = lookup_address(address + i * 4096, addr(level));
    if (pte === null || level !== 1) return -EINVAL;
    WRITE_ONCE(pte[0], (pte[0] & ~clear) | set);
  }
  flush_tlb_kernel_range(address, address + numpages * 4096);
  return 0;
}

export function set_memory_ro(address: u64, numpages: u64): int {
  return change_page_attr(address, numpages, 0, _PAGE_RW);
}

export function set_memory_rw(address: u64, numpages: u64): int {
  return change_page_attr(address, numpages, _PAGE_RW, 0);
}

export function set_memory_x(address: u64, numpages: u64): int {
  return change_page_attr(address, numpages, 0, _PAGE_NX);
}

export function set_memory_nx(address: u64, numpages: u64): int {
  return change_page_attr(address, numpages, _PAGE_NX, 0);
}
