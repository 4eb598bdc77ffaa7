// mremap(2): a mapping grows, shrinks or moves.

import { PAGE_ALIGN, PAGE_SIZE } from "asm/page";
import { type pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EFAULT, EINVAL, ENOMEM } from "linux/errno";
import { MAP_ANONYMOUS, PROT_EXEC, PROT_READ, PROT_WRITE, TASK_SIZE } from "linux/mm";
import { type mm_struct, VM_ACCOUNT, VM_EXEC, VM_READ, VM_WRITE, type vm_area_struct } from "linux/mm_types";
import { down_write, up_write } from "../kernel/locking/rwsem";
import { get_user_page_addr } from "./memory";
import { do_mmap, do_munmap } from "./mmap";
import { vm_enough_memory } from "./overcommit";
import { vm_stat_account, vma_lookup } from "./vma";

const MREMAP_MAYMOVE = 1;
const MREMAP_FIXED = 2;
const MREMAP_DONTUNMAP = 4;

/** Grows or moves an anonymous mapping: old address, old size, new size, flags (1: may move). */
export function __x64_sys_mremap(regs: pt_regs): s64 {
  const mm = get_current().mm;
  const start = regs.di;
  const old_len = PAGE_ALIGN(regs.si);
  const new_len = PAGE_ALIGN(regs.dx);
  if ((regs.r10 & ~u64(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) !== 0) return -EINVAL;
  if ((regs.r10 & ~u64(MREMAP_MAYMOVE)) !== 0 && (regs.r10 & MREMAP_MAYMOVE) === 0) return -EINVAL;
  if ((start & 4095) !== 0 || new_len === 0) return -EINVAL;
  if (start > TASK_SIZE || old_len > TASK_SIZE - start) return -EFAULT;
  if (new_len > TASK_SIZE) return -ENOMEM;
  down_write(mm.mmap_lock);
  const v = vma_lookup(mm, start);
  let ret: s64 = s64(start);
  if (v === null) {
    ret = -EFAULT;
  } else if (new_len < old_len) {
    const rc = do_munmap(mm, start + new_len, old_len - new_len);
    if (rc !== 0) ret = s64(rc);
  } else if (new_len > old_len) {
    const next = v.vm_next;
    const fits = v.vm_end === start + old_len && (next === null ? start + new_len <= TASK_SIZE : start + new_len <= next.vm_start);
    if (fits && v.vm_file === null && (v.vm_flags & VM_ACCOUNT) !== 0 && vm_enough_memory(mm, (new_len - old_len) >> 12) !== 0) {
      ret = -ENOMEM;
    } else if (fits && v.vm_file === null) {
      v.vm_end = start + new_len;
      vm_stat_account(mm, v.vm_flags, s64((new_len - old_len) >> 12));
    } else if ((regs.r10 & 1) === 0) {
      ret = -ENOMEM;
    } else {
      ret = move_vma(mm, v, start, old_len, new_len);
    }
  }
  up_write(mm.mmap_lock);
  return ret;
}

function move_vma(mm: mm_struct, v: vm_area_struct, start: u64, old_len: u64, new_len: u64): s64 {
  const prot =
    ((v.vm_flags & VM_READ) !== 0 ? u64(PROT_READ) : u64(0)) |
    ((v.vm_flags & VM_WRITE) !== 0 ? u64(PROT_WRITE) : u64(0)) |
    ((v.vm_flags & VM_EXEC) !== 0 ? u64(PROT_EXEC) : u64(0));
  const to = do_mmap(null, 0, new_len, prot, MAP_ANONYMOUS, 0, 0);
  if (to < 0) return to;
  for (let i: u64 = 0; i < old_len; i += PAGE_SIZE) {
    const from_page = get_user_page_addr(mm, start + i, false);
    const to_page = get_user_page_addr(mm, u64(to) + i, true);
    if (from_page === 0 || to_page === 0) return -ENOMEM;
    for (let k: u64 = 0; k < 512; k++) at<u64[]>(to_page)[k] = at<u64[]>(from_page)[k];
  }
  do_munmap(mm, start, old_len);
  return to;
}
