// Address spaces of tasks: made, copied for a child, given back.

import { PAGE_SIZE } from "asm/page";
import { atomic_dec_and_test, atomic_inc, atomic_inc_not_zero, atomic_read, atomic_set } from "linux/atomic";
import { get_current } from "linux/current";
import { ENOMEM } from "linux/errno";
import { fput } from "linux/file";
import { get_file } from "linux/fs";
import { FUTEX_BITSET_MATCH_ANY } from "linux/futex";
import { INIT_LIST_HEAD } from "linux/list";
import { type mm_struct, VM_ACCOUNT, VM_DONTCOPY, VM_LOCKED } from "linux/mm_types";
import { CLONE_VM, PF_KTHREAD, type task_struct } from "linux/sched";
import { spin_lock, spin_unlock } from "linux/spinlock";
import { put_user_u32 } from "../arch/x86/lib/usercopy";
import { pgd_ctor } from "../arch/x86/mm/init_64";
import { allow_write_access, deny_write_access } from "../fs/file_table";
import { memcpy, memset } from "../lib/string";
import { copy_page_range } from "../mm/memory";
import { exit_mmap } from "../mm/mmap";
import { vm_acct_memory, vm_enough_memory } from "../mm/overcommit";
import { __get_free_page, free_page } from "../mm/page_alloc";
import { kfree, kzalloc } from "../mm/slab";
import { vm_area_dup, vma_link } from "../mm/vma";
import { exit_robust_list } from "./futex/robust";
import { futex_wake } from "./futex/waitwake";
import { down_write, init_rwsem, up_write } from "./locking/rwsem";
import { complete } from "./sched/completion";

/** Bytes of mm_struct.saved_auxv. */
const SAVED_AUXV = 48 * 8;

export function mm_alloc(): mm_struct {
  const mm = kzalloc(sizeof<mm_struct>(), 0) as mm_struct;
  if (mm === null) return null;
  const pgd = __get_free_page(0);
  if (pgd === 0) {
    kfree(mm);
    return null;
  }
  mm.pgd = at<u64[]>(pgd);
  memset(mm.pgd, 0, PAGE_SIZE / 2);
  pgd_ctor(mm.pgd);
  INIT_LIST_HEAD(mm.pgtables);
  atomic_set(mm.mm_users, 1);
  atomic_set(mm.mm_count, 1);
  init_rwsem(mm.mmap_lock);
  mm.task_size = 0x7ffffffff000;
  mm.mmap_base = 0x7fffff7ff000 - 0x100000;
  return mm;
}

/** The last reference of the structure itself: page tables' top and memory. */
export function mmdrop(mm: mm_struct): void {
  if (!atomic_dec_and_test(mm.mm_count)) return;
  free_page(u64(mm.pgd));
  kfree(mm);
}

/** The last user: areas and pages go. */
export function mmput(mm: mm_struct): void {
  if (!atomic_dec_and_test(mm.mm_users)) return;
  exit_mmap(mm);
  if (mm.exe_file !== null) {
    allow_write_access(mm.exe_file);
    fput(mm.exe_file);
  }
  mm.exe_file = null;
  mmdrop(mm);
}

/** The task's address space with a reference, or null for kernel threads and the dead. */
export function get_task_mm(t: task_struct): mm_struct {
  spin_lock(t.alloc_lock);
  let mm = t.mm;
  if (mm !== null && ((t.flags & PF_KTHREAD) !== 0 || !atomic_inc_not_zero(mm.mm_users))) mm = null;
  spin_unlock(t.alloc_lock);
  return mm;
}

function dup_mm(old: mm_struct): mm_struct {
  const mm = mm_alloc();
  if (mm === null) return null;
  down_write(old.mmap_lock);
  mm.mmap_base = old.mmap_base;
  mm.total_vm = old.total_vm;
  mm.data_vm = old.data_vm;
  mm.exec_vm = old.exec_vm;
  mm.stack_vm = old.stack_vm;
  mm.hiwater_vm = old.total_vm;
  mm.start_code = old.start_code;
  mm.end_code = old.end_code;
  mm.start_data = old.start_data;
  mm.end_data = old.end_data;
  mm.start_brk = old.start_brk;
  mm.brk = old.brk;
  mm.start_stack = old.start_stack;
  mm.arg_start = old.arg_start;
  mm.arg_end = old.arg_end;
  mm.env_start = old.env_start;
  mm.env_end = old.env_end;
  memcpy(mm.saved_auxv, old.saved_auxv, SAVED_AUXV);
  mm.exe_file = old.exe_file;
  if (mm.exe_file !== null) {
    get_file(mm.exe_file);
    deny_write_access(mm.exe_file);
  }
  let v = old.mmap;
  let ret: int = 0;
  while (v !== null && ret === 0) {
    if ((v.vm_flags & VM_DONTCOPY) === 0) {
      const promised: u64 = (v.vm_flags & VM_ACCOUNT) === 0 ? u64(0) : (v.vm_end - v.vm_start) >> 12;
      if (promised !== 0 && vm_enough_memory(mm, promised) !== 0) {
        ret = -ENOMEM;
        break;
      }
      const n = vm_area_dup(v);
      if (n === null) {
        vm_acct_memory(-s64(promised));
        ret = -ENOMEM;
        break;
      }
      n.vm_mm = mm;
      n.vm_flags = n.vm_flags & ~u64(VM_LOCKED);
      if (n.vm_file !== null) get_file(n.vm_file);
      vma_link(mm, n);
      ret = copy_page_range(mm, old, v);
    }
    v = v.vm_next;
  }
  up_write(old.mmap_lock);
  if (ret !== 0) {
    mmput(mm);
    return null;
  }
  return mm;
}

export function copy_mm(flags: u64, t: task_struct): int {
  const old = get_current().mm;
  t.mm = null;
  t.active_mm = null;
  if (old === null) return 0;
  if ((flags & CLONE_VM) !== 0) {
    atomic_inc(old.mm_users);
    t.mm = old;
  } else {
    t.mm = dup_mm(old);
    if (t.mm === null) return -ENOMEM;
  }
  t.active_mm = t.mm;
  return 0;
}

/** The task is about to leave its address space: what it promised to others there is done, and vfork's parent goes on. */
export function mm_release(t: task_struct): void {
  const mm = t.mm;
  if (mm !== null && t.robust_list !== 0) exit_robust_list(t);
  if (mm !== null && t.clear_child_tid !== 0 && atomic_read(mm.mm_users) > 1) {
    put_user_u32(0, at<ptr>(t.clear_child_tid));
    futex_wake(t.clear_child_tid, false, 1, FUTEX_BITSET_MATCH_ANY);
  }
  t.clear_child_tid = 0;
  spin_lock(t.alloc_lock);
  const done = t.vfork_done;
  if (done !== null) {
    t.vfork_done = null;
    complete(done);
  }
  spin_unlock(t.alloc_lock);
}
EXPORT_SYMBOL(get_task_mm);
EXPORT_SYMBOL(mmput);
