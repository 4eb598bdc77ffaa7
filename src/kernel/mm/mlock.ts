// mlock and its relatives. Nothing is ever swapped out here, so a locked area is one whose pages are made present and counted.

import { PAGE_ALIGN } from "asm/page";
import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EINVAL, ENOMEM } from "linux/errno";
import { type mm_struct, VM_LOCKED, VM_PFNMAP, VM_WRITE } from "linux/mm_types";
import { down_write, up_write } from "../kernel/locking/rwsem";
import { populate_range } from "./memory";
import { find_vma, split_range } from "./vma";

const MCL_CURRENT = 1;
const MCL_FUTURE = 2;
const MCL_ONFAULT = 4;

/** Sets or clears VM_LOCKED on [start, end). -ENOMEM where there is a hole. Under mmap_lock for writing. */
function apply_lock(mm: mm_struct, start: u64, end: u64, lock: bool): int {
  let ret = split_range(mm, start, end);
  let va = start;
  while (ret === 0 && va < end) {
    const v = find_vma(mm, va);
    if (v === null || v.vm_start > va) return -ENOMEM;
    const pages = (v.vm_end - v.vm_start) >> 12;
    const was = (v.vm_flags & VM_LOCKED) !== 0;
    if (lock && !was) {
      v.vm_flags = v.vm_flags | VM_LOCKED;
      mm.locked_vm += pages;
    } else if (!lock && was) {
      v.vm_flags = v.vm_flags & ~u64(VM_LOCKED);
      mm.locked_vm -= pages;
    }
    if (lock && (v.vm_flags & VM_PFNMAP) === 0 && populate_range(mm, v.vm_start, v.vm_end, (v.vm_flags & VM_WRITE) !== 0) !== 0)
      ret = -ENOMEM;
    va = v.vm_end;
  }
  return ret;
}

function lock_range(start: u64, length: u64, lock: bool): s64 {
  const mm = get_current().mm;
  const first = start & ~u64(4095);
  const end = first + PAGE_ALIGN(length + (start & 4095));
  if (end < first) return -EINVAL;
  if (end === first) return 0;
  down_write(mm.mmap_lock);
  const ret = apply_lock(mm, first, end, lock);
  up_write(mm.mmap_lock);
  return s64(ret);
}

export function __x64_sys_mlock(regs: pt_regs): s64 {
  return lock_range(regs.di, regs.si, true);
}

export function __x64_sys_munlock(regs: pt_regs): s64 {
  return lock_range(regs.di, regs.si, false);
}

/** All areas there are; those to come keep the default (MCL_FUTURE is taken note of by locking what exists). */
export function __x64_sys_mlockall(regs: pt_regs): s64 {
  const mm = get_current().mm;
  const flags = int(regs.di);
  if (flags === 0 || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) !== 0 || flags === MCL_ONFAULT) return -EINVAL;
  down_write(mm.mmap_lock);
  mm.def_flags = (flags & MCL_FUTURE) !== 0 ? u64(VM_LOCKED) : u64(0);
  if ((flags & MCL_CURRENT) !== 0) for (let v = mm.mmap; v !== null; v = v.vm_next) apply_lock(mm, v.vm_start, v.vm_end, true);
  up_write(mm.mmap_lock);
  return 0;
}

export function __x64_sys_munlockall(_regs: pt_regs): s64 {
  const mm = get_current().mm;
  down_write(mm.mmap_lock);
  mm.def_flags = 0;
  for (let v = mm.mmap; v !== null; v = v.vm_next) apply_lock(mm, v.vm_start, v.vm_end, false);
  up_write(mm.mmap_lock);
  return 0;
}
