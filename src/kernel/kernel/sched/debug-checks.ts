// Sleeping where nobody may: told once a second by a function that could sleep (CONFIG_DEBUG_ATOMIC_SLEEP), and in every image by schedule()
// itself, both in Linux's words. And what a run queue must be like (CONFIG_SCHED_DEBUG).

import { WARN_ONCE } from "linux/bug";
import { get_current } from "linux/current";
import { irqs_disabled } from "linux/irqflags";
import { HZ } from "linux/jiffies";
import { KERN_ERR } from "linux/kern_levels";
import { list_empty } from "linux/list";
import { print_modules } from "linux/module";
import { LOCKDEP_STILL_OK, TAINT_WARN } from "linux/panic";
import { preempt_count } from "linux/preempt";
import { need_resched, PF_IDLE, type task_struct } from "linux/sched";
import { arch_spin_lock, arch_spin_unlock } from "linux/spinlock";
import { SYSTEM_BOOTING, SYSTEM_RUNNING, system_state } from "../../init/main";
import { dump_stack } from "../../lib/dump_stack";
import { debug_show_held_locks } from "../locking/spinlock_debug";
import { add_taint, panic, panic_on_warn } from "../panic";
import { _printk, oops_in_progress } from "../printk/printk";
import { jiffies } from "../time/timer";
import { __preempt_count } from "./core";
import { type rq } from "./sched";

let last_report: u64 = 0;

/** Called by whatever may sleep; file and line: its place. */
export function __might_sleep(file: cstr, line: int): void {
  const t = get_current();
  if (t === null) return;
  const state = READ_ONCE(t.__state);
  // It would sleep in a state that was set for another sleep, and come back from that one at once.
  WARN_ONCE(state !== 0, "do not call blocking ops when !TASK_RUNNING; state=%x\n", state);
  __might_resched(file, line);
}

function __might_resched(file: cstr, line: int): void {
  const t = get_current();
  const count = preempt_count();
  if (count === 0 && !irqs_disabled() && (t.flags & PF_IDLE) === 0) return;
  if (system_state === SYSTEM_BOOTING || system_state > SYSTEM_RUNNING || oops_in_progress !== 0) return;
  if (last_report !== 0 && s64(jiffies - (last_report + HZ)) < 0) return;
  last_report = jiffies;
  pr_err("BUG: sleeping function called from invalid context at %s:%d\n", file, line);
  pr_err("in_atomic(): %d, irqs_disabled(): %d, non_block: 0, pid: %d, name: %s\n", count !== 0, irqs_disabled(), t.pid, t.comm);
  pr_err("preempt_count: %x, expected: 0\n", count);
  debug_show_held_locks(t);
  dump_stack();
  add_taint(TAINT_WARN, LOCKDEP_STILL_OK);
}

/** schedule() was called with preemption off, by a spinlock's holder for instance. The counter is 1 there, schedule's own. */
export function schedule_bug(prev: task_struct): void {
  if (oops_in_progress === 0) {
    _printk(KERN_ERR + "BUG: scheduling while atomic: %s/%d/0x%08x\n", prev.comm, prev.pid, preempt_count());
    debug_show_held_locks(prev);
    print_modules();
    if (panic_on_warn !== 0) panic("scheduling while atomic: panic_on_warn set ...\n");
    dump_stack();
    add_taint(TAINT_WARN, LOCKDEP_STILL_OK);
  }
  this_cpu_write(__preempt_count, 1);
}

/** A task that is being woken or scheduled must still be one. */
export function check_task_alive(t: task_struct): void {
  const users = READ_ONCE(t.usage.refs.counter);
  if (users <= 0 || users > 0x10000) panic("sched: task %px is gone (usage %x)", t, users);
}

/** The idle task is about to halt, interrupts off: nobody waits for this CPU whom the idle task was not told of. */
export function check_idle(q: rq): void {
  arch_spin_lock(q.lock);
  const lost = !list_empty(q.queue) && !need_resched();
  arch_spin_unlock(q.lock);
  if (lost) panic("sched: CPU %d idles while %u tasks wait for it", q.cpu, q.nr_running);
}

/** Under its lock: as many tasks are queued as are counted, in order, each on this queue. The current task counts while it is runnable. */
export function check_rq(q: rq): void {
  let n: u32 = 0;
  let before: u64 = 0;
  let first = true;
  for (let p = q.queue.next; p !== q.queue; p = p.next) {
    const t = at<task_struct>(u64(p) - offsetof<task_struct>("se"));
    check_task_alive(t);
    n++;
    if (t.se.on_rq === 0 || t.thread_info.cpu !== u32(q.cpu))
      panic("sched: %s/%d waits on CPU %d's queue: on_rq %u, cpu %u", t.comm, t.pid, q.cpu, t.se.on_rq, t.thread_info.cpu);
    if (t.on_cpu !== 0 && t !== q.curr) panic("sched: %s/%d waits and runs", t.comm, t.pid);
    // Stoppers stand before all others.
    if (t.prio === 0) continue;
    if (!first && s64(t.se.vruntime - before) < 0) panic("sched: %s/%d stands too far back on CPU %d's queue", t.comm, t.pid, q.cpu);
    before = t.se.vruntime;
    first = false;
  }
  if (n !== q.nr_running) panic("sched: CPU %d counts %u tasks and has %u", q.cpu, q.nr_running, n);
}
