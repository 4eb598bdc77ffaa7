// Access to the memory of another process, and of the running one by the kernel.

import { _PAGE_DIRTY, _PAGE_RW, _PAGE_SPECIAL, table_of } from "asm/pgtable";
import { get_current } from "linux/current";
import { FOLL_WRITE } from "linux/mm";
import { type mm_struct, type page } from "linux/mm_types";
import { type task_struct } from "linux/sched";
import { spin_lock, spin_unlock } from "linux/spinlock";
import { get_task_mm, mmput } from "../kernel/fork-mm";
import { down_read, up_read } from "../kernel/locking/rwsem";
import { memcpy } from "../lib/string";
import { snprintf } from "../lib/vsprintf";
import { handle_mm_fault, pte_page, pte_present, walk_page_table } from "./memory";
import { get_page, put_page } from "./page_alloc";
import { find_vma } from "./vma";

/**
 * The page of a user address with a reference, faulted in for reading or writing; null if it cannot be had. Under mmap_lock, for reading too:
 * truncation and the OOM reaper drop pages beside it. For a page that is not ours (VM_PFNMAP) `frame` alone says where it lies.
 */
function get_user_page(mm: mm_struct, address: u64, write: bool, frame: u64[]): page {
  const vma = find_vma(mm, address);
  frame[0] = 0;
  if (vma === null || vma.vm_start > address) return null;
  for (;;) {
    spin_lock(mm.page_table_lock);
    const pte = walk_page_table(mm, address);
    const entry: u64 = pte === null ? u64(0) : pte[0];
    if (pte_present(entry) && (!write || (entry & _PAGE_RW) !== 0)) {
      // The caller writes past the entry.
      if (write) lock_or(addr(pte[0]), u64(_PAGE_DIRTY));
      const p = (entry & _PAGE_SPECIAL) === 0 ? pte_page(entry) : null;
      if (p !== null) get_page(p);
      frame[0] = u64(table_of(entry));
      spin_unlock(mm.page_table_lock);
      return p;
    }
    spin_unlock(mm.page_table_lock);
    if (handle_mm_fault(vma, address, write) !== 0) return null;
  }
}

/** Reads or writes (FOLL_WRITE) another address space, also where it has no right to write itself. Returns the bytes done. */
export function access_remote_vm(mm: mm_struct, address: u64, buf: ptr, len: int, gup_flags: u32): int {
  let done: int = 0;
  const write = (gup_flags & FOLL_WRITE) !== 0;
  down_read(mm.mmap_lock);
  while (done < len) {
    const va = address + u64(done);
    let page: u64 = 0;
    const held = get_user_page(mm, va, write, addr(page));
    if (page === 0) break;
    const offset = va & 4095;
    let n = int(4096 - offset);
    if (n > len - done) n = int(len - done);
    const b = at<ptr>(u64(buf) + u64(done));
    if (write) memcpy(at<ptr>(page + offset), b, u64(n));
    else memcpy(b, at<ptr>(page + offset), u64(n));
    if (held !== null) put_page(held);
    done += n;
  }
  up_read(mm.mmap_lock);
  return done;
}

export function access_process_vm(task: task_struct, address: u64, buf: ptr, len: int, gup_flags: u32): int {
  const mm = get_task_mm(task);
  if (mm === null) return 0;
  const n = access_remote_vm(mm, address, buf, len, gup_flags);
  mmput(mm);
  return n;
}

/** " in name[start+size]" for the area of the current process that holds ip, else "". */
export function print_vma_name(buf: u8[], size: u64, ip: u64): void {
  buf[0] = 0;
  const mm = get_current().mm;
  if (mm === null) return;
  const vma = find_vma(mm, ip);
  if (vma === null || vma.vm_start > ip || vma.vm_file === null) return;
  snprintf(buf, size, " in %pd[%lx+%lx]", vma.vm_file.f_path.dentry, vma.vm_start, vma.vm_end - vma.vm_start);
}
