// msync and mincore.

import { PAGE_ALIGN, PAGE_SIZE } from "asm/page";
import { _PAGE_PRESENT, _PAGE_PROTNONE } from "asm/pgtable";
import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EFAULT, EINVAL, ENOMEM } from "linux/errno";
import { TASK_SIZE } from "linux/mm";
import { filemap_writeback, find_get_page } from "linux/pagemap";
import { copy_to_user } from "../arch/x86/lib/usercopy";
import { down_read, up_read } from "../kernel/locking/rwsem";
import { walk_page_table } from "./memory";
import { put_page } from "./page_alloc";
import { find_vma, vma_lookup } from "./vma";

const MS_ASYNC = 1;
const MS_INVALIDATE = 2;
const MS_SYNC = 4;

/** msync(start, length, flags). A hole in the range is -ENOMEM, but what lies around it is written. */
export function __x64_sys_msync(regs: pt_regs): s64 {
  const mm = get_current().mm;
  const start = regs.di;
  const flags = int(regs.dx);
  if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) !== 0 || (start & (PAGE_SIZE - 1)) !== 0) return -EINVAL;
  if ((flags & MS_ASYNC) !== 0 && (flags & MS_SYNC) !== 0) return -EINVAL;
  const end = start + PAGE_ALIGN(regs.si);
  if (end < start) return -ENOMEM;
  if (end === start) return 0;
  let ret: int = 0;
  let unmapped: int = 0;
  down_read(mm.mmap_lock);
  let va = start;
  while (va < end) {
    const v = find_vma(mm, va);
    if (v === null || v.vm_start >= end) {
      unmapped = -ENOMEM;
      break;
    }
    if (v.vm_start > va) {
      unmapped = -ENOMEM;
      va = v.vm_start;
    }
    const stop = v.vm_end < end ? v.vm_end : end;
    if ((flags & MS_SYNC) !== 0) {
      const err = filemap_writeback(v, va, stop);
      if (err !== 0) ret = err;
    }
    va = stop;
  }
  up_read(mm.mmap_lock);
  return ret !== 0 ? s64(ret) : s64(unmapped);
}

/** Is the page of a mapped address in memory? */
function resident(va: u64): bool {
  const mm = get_current().mm;
  const v = vma_lookup(mm, va);
  const pte = walk_page_table(mm, va);
  if (pte !== null && (pte[0] & (_PAGE_PRESENT | _PAGE_PROTNONE)) !== 0) return true;
  if (v.vm_file === null) return false;
  const p = find_get_page(v.vm_file.f_inode.i_mapping, ((va - v.vm_start) >> 12) + v.vm_pgoff);
  if (p !== null) put_page(p);
  return p !== null;
}

/** mincore(start, length, vector) */
export function __x64_sys_mincore(regs: pt_regs): s64 {
  const mm = get_current().mm;
  const start = regs.di;
  if ((start & (PAGE_SIZE - 1)) !== 0) return -EINVAL;
  if (start > TASK_SIZE || regs.si > TASK_SIZE - start) return -ENOMEM;
  for (let i: u64 = 0; i < PAGE_ALIGN(regs.si) >> 12; i++) {
    const va = start + (i << 12);
    down_read(mm.mmap_lock);
    const mapped = vma_lookup(mm, va) !== null;
    let there: u8 = mapped && resident(va) ? 1 : 0;
    up_read(mm.mmap_lock);
    if (!mapped) return -ENOMEM;
    if (copy_to_user(at<ptr>(regs.dx + i), addr(there), 1) !== 0) return -EFAULT;
  }
  return 0;
}
