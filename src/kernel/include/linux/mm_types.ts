// Memory structures: pages, areas of a process's address space, address spaces.

import type { file } from "linux/fs";
import type { rw_semaphore } from "linux/rwsem";
import type { spinlock_t } from "linux/spinlock";
import type { atomic_t, list_head } from "linux/types";

/** One for each page frame. 32 bytes. */
export interface page extends struct<"page"> {
  flags?: u32;
  /** Free: order. Slab: size class; large kmalloc: order. */
  order?: u16;
  /** Slab: objects in use. */
  inuse?: u16;
  /** Free page: node in its order's free list. First page of a slab: node in its cache's partial list. Page table: node in its address space's. */
  lru?: embed<list_head>;
  use?: embed<page_use>;
}

/** First page of a slab: its first free object, or 0. Else who refers to the page. */
export interface page_use extends union<"page_use"> {
  freelist?: u64;
  _refcount?: int;
}

export const PG_buddy = 1;
export const PG_slab = 2;
export const PG_reserved = 4;
export const PG_large = 8;
/** In a file's page cache; of a file in memory (tmpfs, shared anonymous memory). */
export const PG_file = 16;
export const PG_shmem = 32;

export const VM_READ = 0x1;
export const VM_WRITE = 0x2;
export const VM_EXEC = 0x4;
export const VM_SHARED = 0x8;
export const VM_MAYREAD = 0x10;
export const VM_MAYWRITE = 0x20;
export const VM_MAYEXEC = 0x40;
export const VM_MAYSHARE = 0x80;
export const VM_GROWSDOWN = 0x100;
export const VM_PFNMAP = 0x400;
export const VM_IO = 0x4000;
export const VM_LOCKED = 0x2000;
export const VM_DONTCOPY = 0x20000;
export const VM_DONTEXPAND = 0x40000;
/** Its pages are promised: vm_enough_memory was asked for them, and they are given back with it. */
export const VM_ACCOUNT = 0x100000;
export const VM_NORESERVE = 0x200000;
/** Copied at fork at once, never shared: the user gate's data page. */
export const VM_EAGERCOPY = 0x200000000;
export const VM_STACK = 0x100;

export interface vm_area_struct extends struct<"vm_area_struct"> {
  vm_start?: u64;
  vm_end?: u64;
  vm_next?: vm_area_struct;
  vm_prev?: vm_area_struct;
  vm_mm?: mm_struct;
  /** Page-table bits for pages of this area. */
  vm_page_prot?: u64;
  vm_flags?: u64;
  /** In pages, for file mappings. */
  vm_pgoff?: u64;
  vm_file?: file;
  /** Node in the file's i_mmap. */
  shared?: embed<list_head>;
  /** VM_PFNMAP: first physical page. */
  vm_pfn?: u64;
  vm_private_data?: ptr;
}

/** Its owner was chosen by the OOM killer. */
export const MMF_OOM_VICTIM = 0x1;
/** Nothing more is to be had from it: reaped or gone. */
export const MMF_OOM_SKIP = 0x2;
/** Pages may be missing: no access may be answered with fresh ones. */
export const MMF_UNSTABLE = 0x4;

export interface mm_struct extends struct<"mm_struct"> {
  /** Areas in address order. Under mmap_lock. */
  mmap?: vm_area_struct;
  /** The area that was found last. */
  vmacache?: vm_area_struct;
  pgd?: u64[];
  /** CPUs on which pgd is loaded; flushes so far (asm: mm/tlb.ts). */
  cpu_bitmap?: u64;
  tlb_gen?: u64;
  mm_users?: embed<atomic_t>;
  mm_count?: embed<atomic_t>;
  map_count?: int;
  page_table_lock?: embed<spinlock_t>;
  mmap_lock?: embed<rw_semaphore>;
  mmlist?: embed<list_head>;
  mmap_base?: u64;
  task_size?: u64;
  /** Pages: mapped areas, resident, page tables in bytes. */
  total_vm?: u64;
  data_vm?: u64;
  exec_vm?: u64;
  stack_vm?: u64;
  rss?: embed<atomic_t>;
  /** Of these: pages of files, pages of files in memory. */
  rss_file?: embed<atomic_t>;
  rss_shmem?: embed<atomic_t>;
  hiwater_rss?: u64;
  locked_vm?: u64;
  /** prctl(PR_SET_DUMPABLE, 0) */
  undumpable?: bool;
  hiwater_vm?: u64;
  pgtables_bytes?: u64;
  /** The user half's table pages below the top level, by their lru. Under page_table_lock. */
  pgtables?: embed<list_head>;
  def_flags?: u64;
  start_code?: u64;
  end_code?: u64;
  start_data?: u64;
  end_data?: u64;
  start_brk?: u64;
  brk?: u64;
  start_stack?: u64;
  arg_start?: u64;
  arg_end?: u64;
  env_start?: u64;
  env_end?: u64;
  saved_auxv?: array<u64, 48>;
  /** MMF_* */
  flags?: u64;
  /** The OOM reaper's list, its victim (a reference) and when, in jiffies, its time comes. Under oom_reaper_lock. */
  oom_reaper_next?: mm_struct;
  oom_victim?: import("linux/sched").task_struct;
  oom_due?: u64;
  exe_file?: file;
  binfmt?: ptr;
}
