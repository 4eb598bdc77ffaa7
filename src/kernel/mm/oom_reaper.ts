// The OOM reaper: a victim that does not go, because it sleeps where no signal reaches it, has its private memory taken from it after two
// seconds. What it may still do with it does not matter: it never comes back to user mode.

import { atomic_read } from "linux/atomic";
import { HZ, jiffies } from "linux/jiffies";
import { kthread_run } from "linux/kthread";
import { MMF_OOM_SKIP, MMF_UNSTABLE, type mm_struct, VM_PFNMAP, VM_SHARED } from "linux/mm_types";
import {
  get_task_struct,
  put_task_struct,
  schedule_timeout_interruptible,
  schedule_timeout_uninterruptible,
  type task_struct,
} from "linux/sched";
import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";
import { wait_event_interruptible, type wait_queue_head, wake_up } from "linux/wait";
import { mmdrop } from "../kernel/fork-mm";
import { down_read_trylock, up_read } from "../kernel/locking/rwsem";
import { reap_page_range } from "./memory";

const pr_fmt = "oom_reaper: ";

const OOM_REAPER_DELAY = 2 * HZ;
const MAX_OOM_REAP_RETRIES = 10;

let oom_reaper_wait: embed<wait_queue_head>;
/** Guards the list of address spaces to come, oldest first, by oom_reaper_next. */
let oom_reaper_lock: embed<spinlock_t>;
let oom_reaper_list: mm_struct = null;
let oom_reaper_thread: task_struct = null;

/** Takes over a reference of mm's structure (mm_count). */
export function queue_oom_reaper(mm: mm_struct, victim: task_struct): void {
  if (oom_reaper_thread === null) {
    mmdrop(mm);
    return;
  }
  mm.oom_victim = get_task_struct(victim);
  mm.oom_due = jiffies + OOM_REAPER_DELAY;
  mm.oom_reaper_next = null;
  spin_lock(oom_reaper_lock);
  if (oom_reaper_list === null) {
    WRITE_ONCE(oom_reaper_list, mm);
  } else {
    let last = oom_reaper_list;
    while (last.oom_reaper_next !== null) last = last.oom_reaper_next;
    last.oom_reaper_next = mm;
  }
  spin_unlock(oom_reaper_lock);
  wake_up(oom_reaper_wait);
}

/** False: somebody changes the address space; perhaps later. */
function oom_reap_task_mm(mm: mm_struct): bool {
  if (down_read_trylock(mm.mmap_lock) === 0) return false;
  // Else the process has gone by itself.
  if ((mm.flags & MMF_OOM_SKIP) === 0) {
    lock_or(addr(mm.flags), u64(MMF_UNSTABLE));
    for (let v = mm.mmap; v !== null; v = v.vm_next) {
      if ((v.vm_flags & (VM_PFNMAP | VM_SHARED)) === 0) reap_page_range(mm, v.vm_start, v.vm_end);
    }
    const all = atomic_read(mm.rss);
    const file = atomic_read(mm.rss_file);
    const shmem = atomic_read(mm.rss_shmem);
    pr_info(
      "reaped process %d (%s), now anon-rss:%lukB, file-rss:%lukB, shmem-rss:%lukB\n",
      mm.oom_victim.pid,
      mm.oom_victim.comm,
      u64(all - file - shmem) << 2,
      u64(file) << 2,
      u64(shmem) << 2,
    );
  }
  up_read(mm.mmap_lock);
  return true;
}

function oom_reap_task(mm: mm_struct): void {
  const victim = mm.oom_victim;
  let done = false;
  for (let i = 0; !done && i < MAX_OOM_REAP_RETRIES; i++) {
    done = oom_reap_task_mm(mm);
    if (!done) schedule_timeout_uninterruptible(HZ / 10);
  }
  if (!done) pr_info("unable to reap pid:%d (%s)\n", victim.pid, victim.comm);
  // Whether it has brought something or not, the next time another one is chosen.
  lock_or(addr(mm.flags), u64(MMF_OOM_SKIP));
  mm.oom_victim = null;
  put_task_struct(victim);
  mmdrop(mm);
}

function reaper_has_work(_unused: ptr): bool {
  return READ_ONCE(oom_reaper_list) !== null;
}

function oom_reaper(_unused: ptr): int {
  for (;;) {
    wait_event_interruptible(oom_reaper_wait, reaper_has_work, null);
    spin_lock(oom_reaper_lock);
    const mm = oom_reaper_list;
    WRITE_ONCE(oom_reaper_list, mm.oom_reaper_next);
    spin_unlock(oom_reaper_lock);
    const left: s64 = s64(mm.oom_due - jiffies);
    if (left > 0) schedule_timeout_interruptible(left);
    oom_reap_task(mm);
  }
}

export function oom_reaper_init(): void {
  oom_reaper_thread = kthread_run(oom_reaper, null, "oom_reaper");
}
