// Memory management of processes and pages: entry points.

export * from "linux/mm_types";
export * from "linux/gfp";
export * from "asm/page";

export {
  find_vma, vma_lookup, do_mmap, vm_mmap, do_munmap, vm_munmap, vm_brk_flags, insert_vm_struct, vm_area_alloc, vm_area_free, exit_mmap, get_unmapped_area, vm_stat_account, vma_link, __split_vma, install_special_mapping, expand_stack,
} from "../../mm/mmap";
export { handle_mm_fault, copy_page_range, unmap_page_range, access_remote_vm, access_process_vm, get_user_page_addr, populate_range, remap_pfn_range, walk_page_table } from "../../mm/memory";
export { mm_alloc, mmput, mmdrop, get_task_mm } from "../../kernel/fork";
export { si_meminfo_totalram, si_meminfo_freeram } from "../../mm/page_alloc";
export { kvmalloc, kvzalloc, kvfree } from "../../mm/util";
export { is_vmalloc_addr, vmalloc_to_page } from "../../mm/vmalloc";

export const TASK_SIZE = 0x7ffffffff000;
export const STACK_TOP = 0x7ffffffff000;
/** Lowest address that mmap without a wish gives is below the stack; this is the lowest a process may map at all. */
export const MMAP_MIN_ADDR = 0x10000;

export const PROT_NONE = 0;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;
export const MAP_SHARED = 1;
export const MAP_PRIVATE = 2;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_GROWSDOWN = 0x100;
export const MAP_POPULATE = 0x8000;
export const MAP_STACK = 0x20000;
export const MAP_FIXED_NOREPLACE = 0x100000;

export const FOLL_WRITE = 1;
export const FOLL_FORCE = 0x10;
