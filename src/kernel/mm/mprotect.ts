// mprotect(2): new rights for a range of an address space.

import { PAGE_ALIGN } from "asm/page";
import { type pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EACCES, EINVAL, ENOMEM } from "linux/errno";
import { PROT_EXEC, PROT_READ, PROT_SEM, PROT_WRITE, TASK_SIZE } from "linux/mm";
import { VM_ACCOUNT, VM_EXEC, VM_NORESERVE, VM_PFNMAP, VM_READ, VM_SHARED, VM_WRITE } from "linux/mm_types";
import { down_write, up_write } from "../kernel/locking/rwsem";
import { change_protection, vm_get_page_prot } from "./memory";
import { vm_enough_memory } from "./overcommit";
import { find_vma, split_range, vm_stat_account } from "./vma";

export function calc_vm_flags(prot: u64): u64 {
  let flags: u64 = 0;
  if ((prot & PROT_READ) !== 0) flags |= VM_READ;
  if ((prot & PROT_WRITE) !== 0) flags |= VM_WRITE;
  if ((prot & PROT_EXEC) !== 0) flags |= VM_EXEC;
  return flags;
}

export function __x64_sys_mprotect(regs: pt_regs): s64 {
  const mm = get_current().mm;
  const start = regs.di;
  const end = start + PAGE_ALIGN(regs.si);
  if ((start & 4095) !== 0) return -EINVAL;
  if (regs.si === 0) return 0;
  if (end <= start) return -ENOMEM;
  if ((regs.dx & ~u64(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM)) !== 0) return -EINVAL;
  if (end > TASK_SIZE) return -ENOMEM;
  down_write(mm.mmap_lock);
  let ret = split_range(mm, start, end);
  const mask: u64 = VM_READ | VM_WRITE | VM_EXEC;
  const wanted = calc_vm_flags(regs.dx);
  let at_address = start;
  while (ret === 0 && at_address < end) {
    const v = find_vma(mm, at_address);
    if (v === null || v.vm_start > at_address) {
      ret = -ENOMEM;
      break;
    }
    if ((v.vm_flags & VM_PFNMAP) !== 0) {
      ret = -EACCES;
      break;
    }
    // What the area may become: VM_MAY* stand four bits above.
    if ((wanted & ~(v.vm_flags >> 4) & mask) !== 0) {
      ret = -EACCES;
      break;
    }
    const npages = s64((v.vm_end - v.vm_start) >> 12);
    // A private area that becomes writable promises its pages.
    if ((wanted & VM_WRITE) !== 0 && (v.vm_flags & (VM_ACCOUNT | VM_WRITE | VM_SHARED | VM_NORESERVE)) === 0) {
      ret = vm_enough_memory(mm, u64(npages));
      if (ret !== 0) break;
      v.vm_flags |= VM_ACCOUNT;
    }
    vm_stat_account(mm, v.vm_flags, -npages);
    v.vm_flags = (v.vm_flags & ~mask) | wanted;
    vm_stat_account(mm, v.vm_flags, npages);
    v.vm_page_prot = vm_get_page_prot(v.vm_flags);
    change_protection(mm, v, v.vm_start, v.vm_end);
    at_address = v.vm_end;
  }
  up_write(mm.mmap_lock);
  return s64(ret);
}
