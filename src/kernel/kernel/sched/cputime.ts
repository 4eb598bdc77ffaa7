// User and system time of tasks and processes. Ticks only sample in which mode the CPU is; run time is exact. So what is shown is the run time, divided as the
// samples are, and neither part ever decreases.

import { get_current } from "linux/current";
import { NSEC_PER_JIFFY } from "linux/jiffies";
import type { task_struct } from "linux/sched";
import type { prev_cputime } from "linux/signal";
import { spin_lock, spin_unlock } from "linux/spinlock";
import { sched_clock } from "../../arch/x86/kernel/tsc";

/** ns. utime and stime are sampled. */
export interface task_cputime extends struct<"task_cputime"> {
  stime?: u64;
  utime?: u64;
  sum_exec_runtime?: u64;
}

/** Exact for the caller itself, for others up to their last tick or switch. */
export function task_sched_runtime(t: task_struct): u64 {
  const sum = t.se.sum_exec_runtime;
  return t === get_current() ? sum + (sched_clock() - t.se.exec_start) : sum;
}

/** Of all threads, the dead ones too. Under tasklist_lock. */
export function thread_group_cputime(t: task_struct, times: task_cputime): void {
  const sig = t.signal;
  times.utime = sig.utime;
  times.stime = sig.stime;
  times.sum_exec_runtime = sig.sum_sched_runtime;
  for (let n = sig.thread_head.next; n !== sig.thread_head; n = n.next) {
    const thread = container_of<task_struct>(n, "thread_node");
    times.utime += thread.utime;
    times.stime += thread.stime;
    times.sum_exec_runtime += task_sched_runtime(thread);
  }
}

/** rtime's part that belongs to stime. Both are whole ticks, so the product of remainder and samples fits. */
function scale(rtime: u64, stime: u64, utime: u64): u64 {
  const part = stime / NSEC_PER_JIFFY;
  const all = part + utime / NSEC_PER_JIFFY;
  return (rtime / all) * part + ((rtime % all) * part) / all;
}

function cputime_adjust(curr: task_cputime, prev: prev_cputime, ut: u64[], st: u64[]): void {
  spin_lock(prev.lock);
  const rtime = curr.sum_exec_runtime;
  if (prev.utime + prev.stime < rtime) {
    let stime: u64 = 0;
    if (curr.stime !== 0) stime = curr.utime === 0 ? rtime : scale(rtime, curr.stime, curr.utime);
    if (stime < prev.stime) stime = prev.stime;
    let utime = rtime - stime;
    if (utime < prev.utime) {
      utime = prev.utime;
      stime = rtime - utime;
    }
    prev.utime = utime;
    prev.stime = stime;
  }
  ut[0] = prev.utime;
  st[0] = prev.stime;
  spin_unlock(prev.lock);
}

export function task_cputime_adjusted(t: task_struct, ut: u64[], st: u64[]): void {
  const times: task_cputime = { stime: t.stime, utime: t.utime, sum_exec_runtime: t.se.sum_exec_runtime };
  cputime_adjust(times, t.prev_cputime, ut, st);
}

/** Under tasklist_lock. */
export function thread_group_cputime_adjusted(t: task_struct, ut: u64[], st: u64[]): void {
  let times: embed<task_cputime>;
  thread_group_cputime(t, times);
  cputime_adjust(times, t.signal.prev_cputime, ut, st);
}
