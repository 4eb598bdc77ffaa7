// No memory is left: the process that holds the most of it, weighed by its oom_score_adj, is killed. Selection, weights and report are Linux 6.1's
// (oom_badness); init, kernel threads and processes with an adjustment of −1000 are spared.

import { atomic_read } from "linux/atomic";
import { get_current } from "linux/current";
import { nr_free_pages, totalram_pages } from "linux/gfp";
import { KERN_WARNING } from "linux/kern_levels";
import type { mm_struct } from "linux/mm_types";
import { is_global_init } from "linux/pid";
import { preempt_count } from "linux/preempt";
import {
  fatal_signal_pending,
  get_task_struct,
  init_task,
  next_task,
  next_thread,
  PF_EXITING,
  PF_KTHREAD,
  put_task_struct,
  schedule_timeout_killable,
  type task_struct,
  tasklist_lock,
} from "linux/sched";
import { do_send_sig_info, SIGKILL } from "linux/signal";
import { read_lock, read_unlock, spin_lock, spin_unlock } from "linux/spinlock";
import { panic } from "../kernel/panic";
import { _printk } from "../kernel/printk/printk";
import { dump_stack } from "../lib/dump_stack";
import { slab_pages } from "./slab";

export const OOM_SCORE_ADJ_MIN = -1000;
export const OOM_SCORE_ADJ_MAX = 1000;
/** Never to be killed. */
export const OOM_BADNESS_MIN = -0x7fffffffffffffff;
/** task_struct.oom_flag: chosen, and not gone yet. */
const OOM_VICTIM = 1;

/** Whoever looks for a victim; others wait for what it brings. */
let oom_busy: u32 = 0;

/** A thread of the process that still has the address space, with alloc_lock held; or null. Under tasklist_lock. */
function find_lock_task_mm(p: task_struct): task_struct {
  let t = p;
  do {
    spin_lock(t.alloc_lock);
    if (t.mm !== null) return t;
    spin_unlock(t.alloc_lock);
    t = next_thread(t);
  } while (t !== p);
  return null;
}

/** Pages that the process's end would bring, plus its adjustment in thousandths of all memory. Under tasklist_lock. */
export function oom_badness(p: task_struct, totalpages: u64): s64 {
  if (is_global_init(p) || (p.flags & PF_KTHREAD) !== 0) return OOM_BADNESS_MIN;
  const t = find_lock_task_mm(p);
  if (t === null) return OOM_BADNESS_MIN;
  const adj = s64(p.signal.oom_score_adj);
  const points = s64(atomic_read(t.mm.rss)) + s64(t.mm.pgtables_bytes >> 12);
  spin_unlock(t.alloc_lock);
  return adj === OOM_SCORE_ADJ_MIN ? OOM_BADNESS_MIN : points + adj * s64(totalpages / 1000);
}

/** The worst, with a reference; null: nobody may be killed. waiting: an earlier victim has not let go of its memory yet. */
function select_bad_process(waiting: bool[]): task_struct {
  let chosen: task_struct = null;
  let most: s64 = OOM_BADNESS_MIN;
  waiting[0] = false;
  read_lock(tasklist_lock);
  for (let p = next_task(init_task); p !== init_task; p = next_task(p)) {
    if (p.oom_flag === OOM_VICTIM) {
      const t = find_lock_task_mm(p);
      if (t === null) continue;
      spin_unlock(t.alloc_lock);
      waiting[0] = true;
      break;
    }
    const points = oom_badness(p, totalram_pages());
    if (points === OOM_BADNESS_MIN || points < most) continue;
    chosen = p;
    most = points;
  }
  if (chosen !== null) get_task_struct(chosen);
  read_unlock(tasklist_lock);
  return chosen;
}

function rss_of_kind(mm: mm_struct): u64 {
  return u64(atomic_read(mm.rss) - atomic_read(mm.rss_file) - atomic_read(mm.rss_shmem));
}

function dump_tasks(): void {
  pr_info("Tasks state (memory values in pages):\n");
  pr_info("[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n");
  read_lock(tasklist_lock);
  for (let p = next_task(init_task); p !== init_task; p = next_task(p)) {
    if (is_global_init(p) || (p.flags & PF_KTHREAD) !== 0) continue;
    const t = find_lock_task_mm(p);
    if (t === null) continue;
    pr_info(
      "[%7d] %5d %5d %8lu %8lu %8lu %8lu         %5d %s\n",
      t.pid,
      t.cred.uid,
      t.tgid,
      t.mm.total_vm,
      u64(atomic_read(t.mm.rss)),
      t.mm.pgtables_bytes,
      u64(0),
      int(t.signal.oom_score_adj),
      t.comm,
    );
    spin_unlock(t.alloc_lock);
  }
  read_unlock(tasklist_lock);
}

/** The part of Linux's Mem-Info that this machine has: no swap, no highmem, no page lists by age. */
function show_mem(): void {
  let anon: u64 = 0;
  let tables: u64 = 0;
  read_lock(tasklist_lock);
  for (let p = next_task(init_task); p !== init_task; p = next_task(p)) {
    const t = find_lock_task_mm(p);
    if (t === null) continue;
    anon += rss_of_kind(t.mm);
    tables += t.mm.pgtables_bytes >> 12;
    spin_unlock(t.alloc_lock);
  }
  read_unlock(tasklist_lock);
  _printk(KERN_WARNING + "Mem-Info:\n");
  _printk(KERN_WARNING + "active_anon:%lu inactive_anon:0 isolated_anon:0\n", anon);
  _printk(KERN_WARNING + " slab_reclaimable:0 slab_unreclaimable:%lu\n", slab_pages);
  _printk(KERN_WARNING + " mapped:0 shmem:0 pagetables:%lu\n", tables);
  _printk(KERN_WARNING + " free:%lu free_pcp:0 free_cma:0\n", nr_free_pages());
  _printk("0 pages in swap cache\nFree swap  = 0kB\nTotal swap = 0kB\n");
  _printk("%lu pages RAM\n0 pages HighMem/MovableOnly\n", totalram_pages());
}

function dump_header(gfp: u32, flags: cstr, order: u32): void {
  const t = get_current();
  pr_warn("%s invoked oom-killer: gfp_mask=0x%x(%s), order=%d, oom_score_adj=%d\n", t.comm, gfp, flags, order, int(t.signal.oom_score_adj));
  dump_stack();
  show_mem();
  dump_tasks();
}

/** Kills the process and every other one in its address space. */
function oom_kill_process(victim: task_struct): void {
  read_lock(tasklist_lock);
  const t = find_lock_task_mm(victim);
  if (t === null) {
    read_unlock(tasklist_lock);
    return;
  }
  const mm = t.mm;
  const total_vm = mm.total_vm << 2;
  const anon = rss_of_kind(mm) << 2;
  const file = u64(atomic_read(mm.rss_file)) << 2;
  const shmem = u64(atomic_read(mm.rss_shmem)) << 2;
  const tables = mm.pgtables_bytes >> 10;
  spin_unlock(t.alloc_lock);
  victim.oom_flag = OOM_VICTIM;
  for (let p = next_task(init_task); p !== init_task; p = next_task(p)) {
    if (p.mm !== mm || is_global_init(p) || (p.flags & PF_KTHREAD) !== 0) continue;
    do_send_sig_info(SIGKILL, null, p, true);
  }
  if (victim.mm !== mm) do_send_sig_info(SIGKILL, null, victim, true);
  read_unlock(tasklist_lock);
  pr_err(
    "Out of memory: Killed process %d (%s) total-vm:%lukB, anon-rss:%lukB, file-rss:%lukB, shmem-rss:%lukB, UID:%u pgtables:%lukB oom_score_adj:%d\n",
    victim.pid,
    victim.comm,
    total_vm,
    anon,
    file,
    shmem,
    victim.cred.uid,
    tables,
    int(victim.signal.oom_score_adj),
  );
}

/** True: memory is on its way, the caller may try again after a while. False: there is nothing to be had by killing. */
export function out_of_memory(gfp: u32, flags: cstr, order: u32): bool {
  const t = get_current();
  // Who is dying gives its memory back by itself.
  if (fatal_signal_pending(t) || (t.flags & PF_EXITING) !== 0) return true;
  if (cmpxchg(addr(oom_busy), u32(0), u32(1)) !== 0) return true;
  let waiting = false;
  const victim = select_bad_process(addr(waiting));
  if (!waiting) {
    dump_header(gfp, flags, order);
    if (victim === null) {
      pr_warn("Out of memory and no killable processes...\n");
      panic("System is deadlocked on memory\n");
    }
    pr_info(
      "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=%s,pid=%d,uid=%d\n",
      victim.comm,
      victim.pid,
      victim.cred.uid,
    );
    oom_kill_process(victim);
  }
  if (victim !== null) put_task_struct(victim);
  WRITE_ONCE(oom_busy, u32(0));
  return true;
}

/** A page fault found no page: after this it is tried again, or the task is dying. No locks are held. */
export function pagefault_out_of_memory(): void {
  out_of_memory(0x140dca, "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO", 0);
  if (!fatal_signal_pending(get_current())) schedule_timeout_killable(1);
}

/** For an allocation that may sleep and has failed: is it worth another try? */
export function oom_retry(gfp: u32, order: u32): bool {
  const t = get_current();
  if (preempt_count() !== 0 || order > 3 || t.mm === null || fatal_signal_pending(t) || (t.flags & PF_EXITING) !== 0) return false;
  out_of_memory(gfp, "GFP_KERNEL", order);
  schedule_timeout_killable(1);
  return !fatal_signal_pending(t);
}
