// The list of an address space's areas: look-up, linking, splitting and accounting.

import { ENOMEM } from "linux/errno";
import { fput } from "linux/file";
import { get_file } from "linux/fs";
import { type mm_struct, VM_EXEC, VM_GROWSDOWN, VM_SHARED, VM_WRITE, type vm_area_struct } from "linux/mm_types";
import { filemap_link, filemap_unlink } from "linux/pagemap";
import { kfree, kmalloc, kzalloc } from "./slab";

/** First area that ends above the address; it may begin above it too. */
export function find_vma(mm: mm_struct, address: u64): vm_area_struct {
  const cached = mm.vmacache;
  if (cached !== null && address >= cached.vm_start && address < cached.vm_end) return cached;
  let v = mm.mmap;
  while (v !== null && v.vm_end <= address) v = v.vm_next;
  if (v !== null && v.vm_start <= address) mm.vmacache = v;
  return v;
}

/** The area that holds the address, or null. */
export function vma_lookup(mm: mm_struct, address: u64): vm_area_struct {
  const v = find_vma(mm, address);
  return v !== null && v.vm_start <= address ? v : null;
}

export function vm_area_alloc(mm: mm_struct): vm_area_struct {
  const v = kzalloc(sizeof<vm_area_struct>(), 0) as vm_area_struct;
  if (v !== null) v.vm_mm = mm;
  return v;
}

/** The same area, on no list yet. */
export function vm_area_dup(orig: vm_area_struct): vm_area_struct {
  const v = kmalloc(sizeof<vm_area_struct>(), 0) as vm_area_struct;
  if (v === null) return null;
  copy(v, orig);
  v.vm_next = null;
  v.vm_prev = null;
  return v;
}

export function vm_area_free(v: vm_area_struct): void {
  kfree(v);
}

export function vm_stat_account(mm: mm_struct, flags: u64, npages: s64): void {
  mm.total_vm = u64(s64(mm.total_vm) + npages);
  if (mm.total_vm > mm.hiwater_vm) mm.hiwater_vm = mm.total_vm;
  if ((flags & VM_GROWSDOWN) !== 0) mm.stack_vm = u64(s64(mm.stack_vm) + npages);
  else if ((flags & (VM_EXEC | VM_WRITE)) === VM_EXEC) mm.exec_vm = u64(s64(mm.exec_vm) + npages);
  else if ((flags & (VM_WRITE | VM_SHARED)) === VM_WRITE) mm.data_vm = u64(s64(mm.data_vm) + npages);
}

/** Puts the area into the list at its address. */
export function vma_link(mm: mm_struct, v: vm_area_struct): void {
  let previous: vm_area_struct = null;
  let p = mm.mmap;
  while (p !== null && p.vm_start < v.vm_start) {
    previous = p;
    p = p.vm_next;
  }
  v.vm_prev = previous;
  v.vm_next = p;
  if (p !== null) p.vm_prev = v;
  if (previous === null) mm.mmap = v;
  else previous.vm_next = v;
  mm.map_count++;
  if (v.vm_file !== null) filemap_link(v);
}

export function vma_unlink(mm: mm_struct, v: vm_area_struct): void {
  if (v.vm_prev === null) mm.mmap = v.vm_next;
  else v.vm_prev.vm_next = v.vm_next;
  if (v.vm_next !== null) v.vm_next.vm_prev = v.vm_prev;
  if (mm.vmacache === v) mm.vmacache = null;
  mm.map_count--;
}

export function remove_vma(v: vm_area_struct): void {
  if (v.vm_file !== null) {
    filemap_unlink(v);
    fput(v.vm_file);
  }
  vm_area_free(v);
}

/** An area made by the caller: -ENOMEM if it overlaps another. */
export function insert_vm_struct(mm: mm_struct, v: vm_area_struct): int {
  const p = find_vma(mm, v.vm_start);
  if (p !== null && p.vm_start < v.vm_end) return -ENOMEM;
  vma_link(mm, v);
  vm_stat_account(mm, v.vm_flags, s64((v.vm_end - v.vm_start) >> 12));
  return 0;
}

/** Cuts v at the address; the new area gets the upper or (below) the lower part. */
export function __split_vma(mm: mm_struct, v: vm_area_struct, address: u64, below: bool): int {
  const n = vm_area_dup(v);
  if (n === null) return -ENOMEM;
  if (n.vm_file !== null) get_file(n.vm_file);
  const skipped = (address - v.vm_start) >> 12;
  if (below) {
    n.vm_end = address;
    v.vm_start = address;
    v.vm_pgoff += skipped;
    v.vm_pfn += skipped;
  } else {
    n.vm_start = address;
    n.vm_pgoff += skipped;
    n.vm_pfn += skipped;
    v.vm_end = address;
  }
  mm.vmacache = null;
  vma_link(mm, n);
  return 0;
}

/** Cuts areas at start and end so that [start, end) is made of whole ones. */
export function split_range(mm: mm_struct, start: u64, end: u64): int {
  let v = find_vma(mm, start);
  if (v !== null && v.vm_start < start) {
    const ret = __split_vma(mm, v, start, false);
    if (ret !== 0) return ret;
  }
  v = find_vma(mm, end - 1);
  if (v !== null && v.vm_start < end && v.vm_end > end) {
    const ret = __split_vma(mm, v, end, false);
    if (ret !== 0) return ret;
  }
  return 0;
}
