// No memory is left: the process that holds the most of it, weighed by its oom_score_adj, is killed. Selection, weights and report are Linux 6.1's
// (oom_badness); init, kernel threads and processes with an adjustment of −1000 are spared.

import { atomic_inc, atomic_read } from "linux/atomic";
import { get_current } from "linux/current";
import { totalram_pages } from "linux/gfp";
import { MMF_OOM_SKIP, MMF_OOM_VICTIM, type mm_struct } from "linux/mm_types";
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
import { type ctl_table, proc_dointvec, proc_dointvec_minmax, register_sysctl, SYSCTL_TWO, SYSCTL_ZERO } from "linux/sysctl";
import { panic } from "../kernel/panic";
import { dump_stack } from "../lib/dump_stack";
import { oom_reaper_init, queue_oom_reaper } from "./oom_reaper";
import { show_mem } from "./show-mem";

export const OOM_SCORE_ADJ_MIN = -1000;
export const OOM_SCORE_ADJ_MAX = 1000;
/** Never to be killed. */
export const OOM_BADNESS_MIN = -0x7fffffffffffffff;
/** task_struct.oom_flag: chosen, and not gone yet. */
const OOM_VICTIM = 1;

/** Who is short of what. */
export interface oom_control extends struct<"oom_control"> {
  gfp?: u32;
  /** The mask by its names. */
  gfp_text?: cstr;
  /** −1: nobody; it was asked for by SysRq. */
  order?: int;
}

function is_sysrq_oom(oc: oom_control): bool {
  return oc.order === -1;
}

let sysctl_panic_on_oom: int = 0;
let sysctl_oom_kill_allocating_task: int = 0;
let sysctl_oom_dump_tasks: int = 1;

const vm_oom_kill_table: ctl_table[] = [
  {
    procname: "panic_on_oom",
    data: addr(sysctl_panic_on_oom),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ZERO,
    extra2: SYSCTL_TWO,
  },
  {
    procname: "oom_kill_allocating_task",
    data: addr(sysctl_oom_kill_allocating_task),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec,
  },
  { procname: "oom_dump_tasks", data: addr(sysctl_oom_dump_tasks), maxlen: 4, mode: 0o644, proc_handler: proc_dointvec },
  {},
];

export function oom_init(): void {
  register_sysctl("vm", vm_oom_kill_table);
  oom_reaper_init();
}

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
  const spent = (t.mm.flags & MMF_OOM_SKIP) !== 0;
  spin_unlock(t.alloc_lock);
  return spent || adj === OOM_SCORE_ADJ_MIN ? OOM_BADNESS_MIN : points + adj * s64(totalpages / 1000);
}

/** The worst, with a reference; null: nobody may be killed. waiting: an earlier victim has not let go of its memory yet, and may still. */
function select_bad_process(oc: oom_control, waiting: bool[]): task_struct {
  let chosen: task_struct = null;
  let most: s64 = OOM_BADNESS_MIN;
  waiting[0] = false;
  read_lock(tasklist_lock);
  for (let p = next_task(init_task); p !== init_task; p = next_task(p)) {
    if (p.oom_flag === OOM_VICTIM) {
      const t = find_lock_task_mm(p);
      if (t === null) continue;
      const spent = (t.mm.flags & MMF_OOM_SKIP) !== 0;
      spin_unlock(t.alloc_lock);
      if (spent || is_sysrq_oom(oc)) continue;
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

function anon_rss(mm: mm_struct): u64 {
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

function dump_header(oc: oom_control, victim: task_struct): void {
  const t = get_current();
  const adj: int = int(t.signal.oom_score_adj);
  pr_warn("%s invoked oom-killer: gfp_mask=0x%x(%s), order=%d, oom_score_adj=%d\n", t.comm, oc.gfp, oc.gfp_text, oc.order, adj);
  dump_stack();
  show_mem();
  if (sysctl_oom_dump_tasks !== 0) dump_tasks();
  if (victim === null) return;
  pr_info(
    "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=%s,pid=%d,uid=%d\n",
    victim.comm,
    victim.pid,
    victim.cred.uid,
  );
}

/** Kills the process and every other one in its address space; the reaper takes the memory of who does not go. */
function oom_kill_process(oc: oom_control, victim: task_struct, message: cstr): void {
  dump_header(oc, victim);
  read_lock(tasklist_lock);
  const t = find_lock_task_mm(victim);
  if (t === null) {
    read_unlock(tasklist_lock);
    return;
  }
  const mm = t.mm;
  const total_vm = mm.total_vm << 2;
  const anon = anon_rss(mm) << 2;
  const file = u64(atomic_read(mm.rss_file)) << 2;
  const shmem = u64(atomic_read(mm.rss_shmem)) << 2;
  const tables = mm.pgtables_bytes >> 10;
  // While the task still has it: exit_mmap sees the mark.
  const first = (mm.flags & MMF_OOM_VICTIM) === 0;
  lock_or(addr(mm.flags), u64(MMF_OOM_VICTIM));
  if (first) atomic_inc(mm.mm_count);
  spin_unlock(t.alloc_lock);
  victim.oom_flag = OOM_VICTIM;
  for (let p = next_task(init_task); p !== init_task; p = next_task(p)) {
    if (p.mm !== mm || is_global_init(p) || (p.flags & PF_KTHREAD) !== 0) continue;
    do_send_sig_info(SIGKILL, null, p, true);
  }
  if (victim.mm !== mm) do_send_sig_info(SIGKILL, null, victim, true);
  read_unlock(tasklist_lock);
  pr_err(
    "%s: Killed process %d (%s) total-vm:%lukB, anon-rss:%lukB, file-rss:%lukB, shmem-rss:%lukB, UID:%u pgtables:%lukB oom_score_adj:%d\n",
    message,
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
  if (first) queue_oom_reaper(mm, victim);
}

/** vm.panic_on_oom: not for an emergency that somebody asked for. */
function check_panic_on_oom(oc: oom_control): void {
  if (sysctl_panic_on_oom === 0 || is_sysrq_oom(oc)) return;
  dump_header(oc, null);
  panic("Out of memory: %s panic_on_oom is enabled\n", sysctl_panic_on_oom === 2 ? "compulsory" : "system-wide");
}

/** vm.oom_kill_allocating_task: who asks goes, if he may be killed. */
function allocating_task(oc: oom_control): task_struct {
  const t = get_current();
  if (sysctl_oom_kill_allocating_task === 0 || t.mm === null || is_sysrq_oom(oc)) return null;
  if (oom_badness(t.group_leader, totalram_pages()) === OOM_BADNESS_MIN) return null;
  return get_task_struct(t.group_leader);
}

/** True: memory is on its way, the caller may try again after a while. False: there is nothing to be had by killing. */
export function out_of_memory(oc: oom_control): bool {
  const t = get_current();
  // Who is dying gives its memory back by itself.
  if (fatal_signal_pending(t) || (t.flags & PF_EXITING) !== 0) return true;
  if (cmpxchg(addr(oom_busy), u32(0), u32(1)) !== 0) return true;
  let waiting = false;
  let message: cstr = "Out of memory (oom_kill_allocating_task)";
  check_panic_on_oom(oc);
  let victim = allocating_task(oc);
  if (victim === null) {
    message = "Out of memory";
    victim = select_bad_process(oc, addr(waiting));
  }
  const found = victim !== null || waiting;
  if (!found) {
    dump_header(oc, null);
    pr_warn("Out of memory and no killable processes...\n");
    if (!is_sysrq_oom(oc)) panic("System is deadlocked on memory\n");
  } else if (!waiting) {
    oom_kill_process(oc, victim, message);
  }
  if (victim !== null) put_task_struct(victim);
  WRITE_ONCE(oom_busy, u32(0));
  return found;
}

/** A page fault found no page: after this it is tried again, or the task is dying. No locks are held. */
export function pagefault_out_of_memory(): void {
  const oc: oom_control = { gfp: 0x140dca, gfp_text: "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO", order: 0 };
  out_of_memory(oc);
  if (!fatal_signal_pending(get_current())) schedule_timeout_killable(1);
}

/** For an allocation that may sleep and has failed: is it worth another try? */
export function oom_retry(gfp: u32, order: u32): bool {
  const t = get_current();
  if (preempt_count() !== 0 || order > 3 || t.mm === null || fatal_signal_pending(t) || (t.flags & PF_EXITING) !== 0) return false;
  const oc: oom_control = { gfp, gfp_text: "GFP_KERNEL", order: int(order) };
  out_of_memory(oc);
  schedule_timeout_killable(1);
  return !fatal_signal_pending(t);
}
