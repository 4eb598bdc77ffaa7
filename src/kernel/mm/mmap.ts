// Mappings of a process's address space: mmap, munmap, brk and the growing stack.

import { PAGE_ALIGN, PAGE_SIZE } from "asm/page";
import { type pt_regs } from "asm/ptrace";
import { capable } from "linux/cred";
import { get_current } from "linux/current";
import { IS_ERR, PTR_ERR } from "linux/err";
import { EACCES, EBADF, EEXIST, EINVAL, ENODEV, ENOMEM, EOVERFLOW, EPERM } from "linux/errno";
import { fget, fput } from "linux/file";
import { FMODE_READ, FMODE_WRITE, type file, get_file } from "linux/fs";
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_GROWSDOWN,
  MAP_NORESERVE,
  MAP_POPULATE,
  MAP_SHARED,
  MMAP_MIN_ADDR,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  TASK_SIZE,
} from "linux/mm";
import {
  MMF_OOM_SKIP,
  MMF_OOM_VICTIM,
  type mm_struct,
  VM_ACCOUNT,
  VM_EXEC,
  VM_GROWSDOWN,
  VM_LOCKED,
  VM_MAYEXEC,
  VM_MAYREAD,
  VM_MAYSHARE,
  VM_MAYWRITE,
  VM_NORESERVE,
  VM_PFNMAP,
  VM_READ,
  VM_SHARED,
  VM_WRITE,
  type vm_area_struct,
} from "linux/mm_types";
import { MS_NOEXEC } from "linux/mount";
import { filemap_writeback } from "linux/pagemap";
import { RLIMIT_AS, RLIMIT_STACK } from "linux/signal";
import { spin_lock, spin_unlock } from "linux/spinlock";
import { flush_tlb_mm } from "../arch/x86/mm/tlb";
import { down_write, up_write } from "../kernel/locking/rwsem";
import { free_pgtables, populate_range, unmap_page_range, vm_get_page_prot } from "./memory";
import { calc_vm_flags } from "./mprotect";
import { OVERCOMMIT_NEVER, sysctl_overcommit_memory, vm_acct_memory, vm_enough_memory } from "./overcommit";
import { shmem_zero_file } from "./shmem";
import {
  find_vma,
  insert_vm_struct,
  remove_vma,
  split_range,
  vm_area_alloc,
  vm_area_free,
  vm_stat_account,
  vma_link,
  vma_lookup,
  vma_unlink,
} from "./vma";

const CAP_SYS_RAWIO = 17;
const STACK_GUARD_GAP = 0x100000;
const MAX_MAP_COUNT = 65530;

/** Under mmap_lock for writing. */
export function do_munmap(mm: mm_struct, start: u64, length: u64): int {
  if ((start & 4095) !== 0 || start > TASK_SIZE || length > TASK_SIZE - start) return -EINVAL;
  const end = start + PAGE_ALIGN(length);
  if (end === start) return -EINVAL;
  let v = find_vma(mm, start);
  if (v === null || v.vm_start >= end) return 0;
  const ret = split_range(mm, start, end);
  if (ret !== 0) return ret;
  v = find_vma(mm, start);
  while (v !== null && v.vm_start < end) {
    const next = v.vm_next;
    filemap_writeback(v, v.vm_start, v.vm_end);
    unmap_page_range(mm, v.vm_start, v.vm_end);
    vm_stat_account(mm, v.vm_flags, -s64((v.vm_end - v.vm_start) >> 12));
    if ((v.vm_flags & VM_ACCOUNT) !== 0) vm_acct_memory(-s64((v.vm_end - v.vm_start) >> 12));
    if ((v.vm_flags & VM_LOCKED) !== 0) mm.locked_vm -= (v.vm_end - v.vm_start) >> 12;
    vma_unlink(mm, v);
    remove_vma(v);
    v = next;
  }
  flush_tlb_mm(mm);
  return 0;
}

/** Highest free gap below mmap_base; 0 if there is none. */
export function get_unmapped_area(mm: mm_struct, length: u64): u64 {
  // From the top: the gap below each area, seen from the last area downwards.
  let top = mm.mmap_base;
  let v = mm.mmap;
  let last: vm_area_struct = null;
  while (v !== null && v.vm_start < top) {
    last = v;
    v = v.vm_next;
  }
  while (last !== null) {
    if (last.vm_end <= top && top - last.vm_end >= length) return top - length;
    if (last.vm_start < top) top = last.vm_start;
    last = last.vm_prev;
  }
  return top >= length + MMAP_MIN_ADDR ? top - length : u64(0);
}

/** May the file be mapped like this? */
function check_file(f: file, prot: u64, flags: u64, offset: u64, len: u64): int {
  if (offset + len < offset || s64(offset + len) < 0) return -EOVERFLOW;
  if ((flags & MAP_SHARED) !== 0 && (prot & PROT_WRITE) !== 0 && (f.f_mode & FMODE_WRITE) === 0) return -EACCES;
  if ((f.f_mode & FMODE_READ) === 0) return -EACCES;
  if ((prot & PROT_EXEC) !== 0 && f.f_path.mnt !== null && (f.f_path.mnt.mnt_flags & MS_NOEXEC) !== 0) return -EPERM;
  return f.f_op.mmap === null ? -ENODEV : 0;
}

/** The address of the new mapping or a negative error. Under mmap_lock for writing. extra_flags: VM_* beyond what prot says. */
export function do_mmap(f: file, address: u64, length: u64, prot: u64, flags: u64, offset: u64, extra_flags: u64): s64 {
  const mm = get_current().mm;
  if (length === 0) return -EINVAL;
  const len = PAGE_ALIGN(length);
  if (len === 0 || len > TASK_SIZE) return -ENOMEM;
  if ((offset & 4095) !== 0) return -EINVAL;
  if (mm.map_count > MAX_MAP_COUNT) return -ENOMEM;
  if (mm.total_vm + (len >> 12) > get_current().signal.rlim[RLIMIT_AS].rlim_cur >> 12) return -ENOMEM;
  if (f !== null) {
    const err = check_file(f, prot, flags, offset, len);
    if (err !== 0) return s64(err);
  }
  let start = address & ~u64(4095);
  if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) !== 0) {
    if ((address & 4095) !== 0) return -EINVAL;
    if (start > TASK_SIZE - len) return -ENOMEM;
    if (start < MMAP_MIN_ADDR && !capable(CAP_SYS_RAWIO)) return -EPERM;
    const there = find_vma(mm, start);
    if ((flags & MAP_FIXED_NOREPLACE) !== 0 && there !== null && there.vm_start < start + len) return -EEXIST;
    const ret = do_munmap(mm, start, len);
    if (ret !== 0) return s64(ret);
  } else {
    const v = find_vma(mm, start);
    if (start < MMAP_MIN_ADDR || start > TASK_SIZE - len || (v !== null && v.vm_start < start + len)) {
      start = get_unmapped_area(mm, len);
      if (start === 0) return -ENOMEM;
    }
  }
  let vm_flags = calc_vm_flags(prot) | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | extra_flags | mm.def_flags;
  if ((flags & MAP_GROWSDOWN) !== 0) vm_flags |= VM_GROWSDOWN;
  if ((flags & MAP_SHARED) !== 0) vm_flags |= VM_SHARED | VM_MAYSHARE;
  // A shared mapping of a file that is not open for writing never becomes writable.
  if (f !== null && (flags & MAP_SHARED) !== 0 && (f.f_mode & FMODE_WRITE) === 0) vm_flags &= ~u64(VM_SHARED | VM_MAYWRITE);
  if ((flags & MAP_NORESERVE) !== 0 && sysctl_overcommit_memory !== OVERCOMMIT_NEVER) vm_flags |= VM_NORESERVE;
  if ((vm_flags & (VM_WRITE | VM_SHARED | VM_NORESERVE)) === VM_WRITE) {
    if (vm_enough_memory(mm, len >> 12) !== 0) return -ENOMEM;
    vm_flags |= VM_ACCOUNT;
  }
  // A growing anonymous area is the same area, made longer: a program that extends its heap step by step keeps one.
  const before = start > 0 ? vma_lookup(mm, start - 1) : null;
  if (
    f === null &&
    before !== null &&
    before.vm_end === start &&
    before.vm_flags === vm_flags &&
    before.vm_file === null &&
    (vm_flags & (VM_GROWSDOWN | VM_PFNMAP)) === 0
  ) {
    before.vm_end = start + len;
  } else {
    const v = vm_area_alloc(mm);
    if (v === null) {
      if ((vm_flags & VM_ACCOUNT) !== 0) vm_acct_memory(-s64(len >> 12));
      return -ENOMEM;
    }
    v.vm_start = start;
    v.vm_end = start + len;
    v.vm_flags = vm_flags;
    v.vm_page_prot = vm_get_page_prot(vm_flags);
    v.vm_pgoff = offset >> 12;
    if (f !== null) {
      v.vm_file = f;
      get_file(f);
    }
    if (f !== null) {
      const ret = f.f_op.mmap(f, v);
      if (ret !== 0) {
        if ((vm_flags & VM_ACCOUNT) !== 0) vm_acct_memory(-s64(len >> 12));
        fput(f);
        vm_area_free(v);
        return s64(ret);
      }
    }
    vma_link(mm, v);
  }
  vm_stat_account(mm, vm_flags, s64(len >> 12));
  if ((vm_flags & VM_LOCKED) !== 0) mm.locked_vm += len >> 12;
  if (((flags & MAP_POPULATE) !== 0 || (vm_flags & VM_LOCKED) !== 0) && (vm_flags & (VM_READ | VM_WRITE)) !== 0)
    populate_range(mm, start, start + len, (vm_flags & VM_WRITE) !== 0);
  return s64(start);
}

export function vm_mmap(f: file, address: u64, length: u64, prot: u64, flags: u64, offset: u64): s64 {
  const mm = get_current().mm;
  down_write(mm.mmap_lock);
  const ret = do_mmap(f, address, length, prot, flags, offset, 0);
  up_write(mm.mmap_lock);
  return ret;
}

export function vm_munmap(start: u64, length: u64): int {
  const mm = get_current().mm;
  down_write(mm.mmap_lock);
  const ret = do_munmap(mm, start, length);
  up_write(mm.mmap_lock);
  return ret;
}

/** Anonymous memory at a fixed place (a program's bss and heap). */
export function vm_brk_flags(start: u64, length: u64, flags: u64): int {
  const mm = get_current().mm;
  down_write(mm.mmap_lock);
  const prot = (flags & VM_EXEC) !== 0 ? u64(PROT_READ | PROT_WRITE | PROT_EXEC) : u64(PROT_READ | PROT_WRITE);
  const ret = do_mmap(null, start, length, prot, MAP_FIXED | MAP_ANONYMOUS, 0, 0);
  up_write(mm.mmap_lock);
  return ret < 0 ? int(ret) : 0;
}

/** An area over given physical pages (the user gate's text). Under no lock: takes it. */
export function install_special_mapping(mm: mm_struct, address: u64, length: u64, vm_flags: u64, pfn: u64): int {
  const v = vm_area_alloc(mm);
  if (v === null) return -ENOMEM;
  v.vm_start = address;
  v.vm_end = address + length;
  v.vm_flags = vm_flags | VM_PFNMAP;
  v.vm_page_prot = vm_get_page_prot(vm_flags);
  v.vm_pfn = pfn;
  down_write(mm.mmap_lock);
  const ret = insert_vm_struct(mm, v);
  up_write(mm.mmap_lock);
  if (ret !== 0) vm_area_free(v);
  return ret;
}

/** Under page_table_lock: the area begins at `start` from now on, if it does not already begin lower. */
function acct_stack_growth(v: vm_area_struct, start: u64): int {
  if (start >= v.vm_start) return 0;
  if (v.vm_end - start > get_current().signal.rlim[RLIMIT_STACK].rlim_cur) return -ENOMEM;
  if (v.vm_prev !== null && v.vm_prev.vm_end + STACK_GUARD_GAP > start) return -ENOMEM;
  const pages: u64 = (v.vm_start - start) >> 12;
  if ((v.vm_flags & VM_ACCOUNT) !== 0 && vm_enough_memory(v.vm_mm, pages) !== 0) return -ENOMEM;
  vm_stat_account(v.vm_mm, v.vm_flags, s64(pages));
  v.vm_start = start;
  return 0;
}

/**
 * The stack grows to the fault's page, within its limit and away from what lies below. Under mmap_lock for reading: threads that grow it at
 * the same time take turns by page_table_lock.
 */
export function expand_stack(v: vm_area_struct, address: u64): int {
  const mm = v.vm_mm;
  spin_lock(mm.page_table_lock);
  const ret = acct_stack_growth(v, address & ~u64(4095));
  spin_unlock(mm.page_table_lock);
  return ret;
}

/** The end of an address space: nobody runs in it any more. */
export function exit_mmap(mm: mm_struct): void {
  let promised: u64 = 0;
  // The OOM reaper works beside this, under the lock for reading; afterwards it finds nothing left to do.
  const victim = (mm.flags & MMF_OOM_VICTIM) !== 0;
  if (victim) down_write(mm.mmap_lock);
  let v = mm.mmap;
  while (v !== null) {
    const next = v.vm_next;
    if ((v.vm_flags & VM_ACCOUNT) !== 0) promised += (v.vm_end - v.vm_start) >> 12;
    filemap_writeback(v, v.vm_start, v.vm_end);
    unmap_page_range(mm, v.vm_start, v.vm_end);
    remove_vma(v);
    v = next;
  }
  mm.mmap = null;
  mm.vmacache = null;
  mm.map_count = 0;
  free_pgtables(mm);
  vm_acct_memory(-s64(promised));
  if (victim) {
    lock_or(addr(mm.flags), u64(MMF_OOM_SKIP));
    up_write(mm.mmap_lock);
  }
}

export function __x64_sys_mmap(regs: pt_regs): s64 {
  const prot = regs.dx;
  const flags = regs.r10;
  let f: file = null;
  const anonymous = (flags & MAP_ANONYMOUS) !== 0;
  if ((regs.r9 & 4095) !== 0) return -EINVAL;
  if (!anonymous) {
    f = fget(u32(regs.r8));
    if (f === null) return -EBADF;
  }
  // 3 is MAP_SHARED_VALIDATE: shared, and flags that are not known are refused.
  if ((flags & 3) === 0) {
    if (f !== null) fput(f);
    return -EINVAL;
  }
  if (anonymous && (flags & MAP_SHARED) !== 0 && regs.si !== 0) {
    f = shmem_zero_file(PAGE_ALIGN(regs.si));
    if (IS_ERR(f)) return PTR_ERR(f);
  }
  const ret = vm_mmap(f, regs.di, regs.si, prot, flags, anonymous ? u64(0) : regs.r9);
  if (f !== null) fput(f);
  return ret;
}

export function __x64_sys_munmap(regs: pt_regs): s64 {
  return s64(vm_munmap(regs.di, regs.si));
}

export function __x64_sys_brk(regs: pt_regs): s64 {
  const mm = get_current().mm;
  const brk = regs.di;
  down_write(mm.mmap_lock);
  if (brk >= mm.start_brk && brk <= TASK_SIZE) {
    const old_end = PAGE_ALIGN(mm.brk);
    const new_end = PAGE_ALIGN(brk);
    if (new_end < old_end) {
      if (do_munmap(mm, new_end, old_end - new_end) === 0) mm.brk = brk;
    } else if (new_end === old_end) {
      mm.brk = brk;
    } else {
      const v = find_vma(mm, old_end);
      const free = v === null || v.vm_start >= new_end + PAGE_SIZE;
      if (free && do_mmap(null, old_end, new_end - old_end, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_ANONYMOUS, 0, 0) >= 0) mm.brk = brk;
    }
  }
  const now = mm.brk;
  up_write(mm.mmap_lock);
  return s64(now);
}
