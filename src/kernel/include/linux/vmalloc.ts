// Virtually contiguous kernel memory at 0xffffc90000000000 (and modules' memory at 0xffffffffc0000000).

import type { page } from "linux/mm_types";

export const VM_IOREMAP = 1;
export const VM_ALLOC = 2;
export const VM_MAP = 4;

export interface vm_struct extends struct<"vm_struct"> {
  next?: vm_struct;
  /** Start address, and size with the guard page behind it. */
  addr?: u64;
  size?: u64;
  flags?: u64;
  nr_pages?: u32;
  pages?: ref<page>[];
  /** VM_IOREMAP */
  phys_addr?: u64;
  caller?: u64;
}

export { set_memory_nx, set_memory_ro, set_memory_rw, set_memory_x } from "../../arch/x86/mm/pat/set_memory";
export {
  __vmalloc_node_range,
  find_vm_area,
  ioremap,
  iounmap,
  is_vmalloc_addr,
  module_alloc,
  module_memfree,
  vfree,
  vmalloc,
  vmalloc_to_page,
  vmalloc_to_pfn,
  vmap,
  vunmap,
  vzalloc,
} from "../../mm/vmalloc";
