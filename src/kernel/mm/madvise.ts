// madvise(2): what a program says of the use it will make of its memory.

import { PAGE_ALIGN } from "asm/page";
import { type pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EINVAL, ENOMEM } from "linux/errno";
import { TASK_SIZE } from "linux/mm";
import { VM_PFNMAP } from "linux/mm_types";
import { filemap_writeback } from "linux/pagemap";
import { flush_tlb_mm } from "../arch/x86/mm/tlb";
import { down_write, up_write } from "../kernel/locking/rwsem";
import { unmap_page_range } from "./memory";
import { find_vma } from "./vma";

const MADV_DONTNEED = 4;
const MADV_FREE = 8;

/** What this kernel takes note of: the plain advice, free, dontfork and dofork's kind, dump and cold pages. */
function madvise_behavior_valid(advice: u32): bool {
  return advice <= MADV_DONTNEED || (advice >= MADV_FREE && advice <= 11) || (advice >= 14 && advice <= 23) || advice === 25;
}

/** madvise(MADV_DONTNEED) drops the pages; other advice is taken note of by doing nothing. */
export function __x64_sys_madvise(regs: pt_regs): s64 {
  const mm = get_current().mm;
  if ((regs.di & 4095) !== 0) return -EINVAL;
  if (!madvise_behavior_valid(u32(regs.dx))) return -EINVAL;
  const start = regs.di;
  const end = start + PAGE_ALIGN(regs.si);
  if (end < start) return -EINVAL;
  if (end > TASK_SIZE) return -ENOMEM;
  if (end === start) return 0;
  const drops = u32(regs.dx) === MADV_DONTNEED || u32(regs.dx) === MADV_FREE;
  let ret: s64 = 0;
  let unmapped: s64 = 0;
  down_write(mm.mmap_lock);
  let va = start;
  while (va < end) {
    const v = find_vma(mm, va);
    if (v === null || v.vm_start >= end) {
      ret = -ENOMEM;
      break;
    }
    if (v.vm_start > va) {
      unmapped = -ENOMEM;
      va = v.vm_start;
    }
    const stop = v.vm_end < end ? v.vm_end : end;
    if (!drops) {
      va = stop;
      continue;
    }
    if ((v.vm_flags & VM_PFNMAP) !== 0) {
      ret = -EINVAL;
      break;
    }
    filemap_writeback(v, va, stop);
    unmap_page_range(mm, va, stop);
    va = stop;
  }
  if (drops) flush_tlb_mm(mm);
  up_write(mm.mmap_lock);
  return ret !== 0 ? ret : unmapped;
}
