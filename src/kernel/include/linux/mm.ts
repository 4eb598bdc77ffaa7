// Memory management of processes and pages: entry points.

export * from "asm/page";
export * from "linux/gfp";
export * from "linux/mm_types";
export { get_task_mm, mm_alloc, mmdrop, mmput } from "../../kernel/fork-mm";
export { access_process_vm, access_remote_vm } from "../../mm/access";
export {
  copy_page_range,
  get_user_page_addr,
  handle_mm_fault,
  populate_range,
  remap_pfn_range,
  unmap_page_range,
  walk_page_table,
} from "../../mm/memory";
export {
  do_mmap,
  do_munmap,
  exit_mmap,
  expand_stack,
  get_unmapped_area,
  install_special_mapping,
  vm_brk_flags,
  vm_mmap,
  vm_munmap,
} from "../../mm/mmap";
export { si_meminfo_freeram, si_meminfo_totalram } from "../../mm/page_alloc";
export { kvfree, kvmalloc, kvzalloc } from "../../mm/util";
export { __split_vma, find_vma, insert_vm_struct, vm_area_alloc, vm_area_free, vm_stat_account, vma_link, vma_lookup } from "../../mm/vma";
export { is_vmalloc_addr, vmalloc_to_page } from "../../mm/vmalloc";

export const TASK_SIZE = 0x7ffffffff000;
export const STACK_TOP = 0x7ffffffff000;
/** Lowest address that mmap without a wish gives is below the stack; this is the lowest a process may map at all. */
export const MMAP_MIN_ADDR = 0x10000;

export const PROT_NONE = 0;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;
export const PROT_SEM = 8;
export const MAP_SHARED = 1;
export const MAP_PRIVATE = 2;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_GROWSDOWN = 0x100;
export const MAP_NORESERVE = 0x4000;
export const MAP_POPULATE = 0x8000;
export const MAP_STACK = 0x20000;
export const MAP_FIXED_NOREPLACE = 0x100000;

export const FOLL_WRITE = 1;
export const FOLL_FORCE = 0x10;
