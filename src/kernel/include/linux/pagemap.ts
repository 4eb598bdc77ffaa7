// The page cache of one file: its pages by number, and the areas that map them.

import type { file, inode } from "linux/fs";
import type { mm_struct, page, vm_area_struct } from "linux/mm_types";
import type { mutex } from "linux/mutex";
import type { list_head } from "linux/types";

export interface address_space extends struct<"address_space"> {
  host?: inode;
  /** Guards the table below; never held while user memory is touched. */
  lock?: embed<mutex>;
  pages?: ref<page>[];
  slots?: u64;
  nrpages?: u64;
  /** PG_file or PG_shmem: as what its pages are counted where they are mapped. */
  page_flag?: u32;
  /** Fills a fresh page; returns the bytes or an error. null: a missing page is a hole, zeros. */
  read_page?: (f: file, index: u64, address: u64) => s64;
  /** Writes the first n bytes of a page back. null: memory is all there is. */
  write_page?: (f: file, index: u64, address: u64, n: u64) => s64;
  /** Areas that map the file, by vm_area_struct.shared. */
  i_mmap?: embed<list_head>;
  i_mmap_lock?: embed<mutex>;
}

export {
  filemap_fault,
  filemap_flush,
  filemap_free,
  filemap_link,
  filemap_unlink,
  filemap_writeback,
  find_get_page,
  find_or_create_page,
  generic_file_mmap,
  mapping_create,
  truncate_pagecache,
} from "../../mm/filemap";
