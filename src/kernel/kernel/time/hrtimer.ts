// Timers in ns: nanosleep, alarm, poll timeouts. One list per CPU in order of expiry; the functions run in interrupt context on the CPU that
// started the timer (hrtimer.cpu, changed only under the lock of the base that it leaves).

import { get_current } from "linux/current";
import { EFAULT, EINTR, ERESTART_RESTARTBLOCK, ERESTARTNOHAND } from "linux/errno";
import type { hrtimer } from "linux/hrtimer";
import { HRTIMER_MODE_ABS, HRTIMER_NORESTART } from "linux/hrtimer";
import { INIT_LIST_HEAD, list_add, list_del } from "linux/list";
import { type module, within_module } from "linux/module";
import type { restart_block, task_struct } from "linux/sched";
import { __set_current_state, set_current_state, signal_pending, TASK_INTERRUPTIBLE, TASK_RUNNING } from "linux/sched";
import { NR_CPUS, smp_processor_id } from "linux/smp";
import type { spinlock_t } from "linux/spinlock";
import { arch_spin_lock, arch_spin_unlock, spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { list_head, timespec64 } from "linux/types";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { copy_to_user } from "../../arch/x86/lib/usercopy";
import { schedule, wake_up_process } from "../sched/core";
import { tick_program_event } from "./tick";
import { ns_to_timespec64 } from "./timekeeping";

const NEVER = 0x7fffffffffffffff;

interface hrtimer_base extends struct<"hrtimer_base"> {
  lock?: embed<spinlock_t>;
  queue?: embed<list_head>;
  /** The timer whose function runs at the moment. */
  running?: hrtimer;
  /** First expiry, ns; NEVER without timers. Read without the lock. */
  next?: u64;
}

let bases: array<hrtimer_base, 8>;

export function hrtimers_prepare_cpu(cpu: int): void {
  INIT_LIST_HEAD(bases[cpu].queue);
  bases[cpu].next = NEVER;
}
init(hrtimers_prepare_cpu);

export function hrtimers_init(): void {
  hrtimers_prepare_cpu(0);
}
init(hrtimers_init);

export function hrtimer_init(t: hrtimer, _clock: int, _mode: int): void {
  t.node.next = null;
  t.node.prev = null;
  t.function = null;
  t.cpu = u32(smp_processor_id());
}

export function hrtimer_active(t: hrtimer): bool {
  return READ_ONCE(t.node.next) !== null || READ_ONCE(bases[t.cpu].running) === t;
}

/** The base that the timer is or was last on, locked with interrupts off. */
function lock_base(t: hrtimer, flags: u64[]): hrtimer_base {
  for (;;) {
    const cpu = READ_ONCE(t.cpu);
    const base = bases[cpu];
    flags[0] = spin_lock_irqsave(base.lock);
    if (READ_ONCE(t.cpu) === cpu) return base;
    spin_unlock_irqrestore(base.lock, flags[0]);
  }
}

/** Under the base's lock. */
function enqueue(base: hrtimer_base, t: hrtimer): void {
  let p = base.queue.prev;
  while (p !== base.queue && container_of<hrtimer>(p, "node").expires > t.expires) p = p.prev;
  list_add(t.node, p);
  update_next(base);
}

/** Under the base's lock. */
function dequeue(base: hrtimer_base, t: hrtimer): void {
  list_del(t.node);
  t.node.next = null;
  update_next(base);
}

function update_next(base: hrtimer_base): void {
  const first = base.queue.next;
  WRITE_ONCE(base.next, first === base.queue ? u64(NEVER) : u64(container_of<hrtimer>(first, "node").expires));
}

export function hrtimer_start(t: hrtimer, time: s64, mode: int): void {
  let flags: u64 = 0;
  let base = lock_base(t, addr(flags));
  if (t.node.next !== null) dequeue(base, t);
  const cpu = u32(smp_processor_id());
  const here = bases[cpu];
  if (here !== base && base.running !== t) {
    // Interrupts stay off: this stays the CPU.
    t.cpu = cpu;
    arch_spin_unlock(base.lock);
    base = here;
    arch_spin_lock(base.lock);
  }
  t.expires = mode === HRTIMER_MODE_ABS ? time : s64(sched_clock()) + time;
  enqueue(base, t);
  // On another CPU its function runs right now: that CPU sets its event afterwards.
  if (base === here) tick_program_event();
  spin_unlock_irqrestore(base.lock, flags);
}

/** For unload: the function of a queued timer that lies in the module; 0 if none. */
export function hrtimer_in_module(mod: module): u64 {
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    const queue = bases[cpu].queue;
    for (let p = queue.next; p !== null && p !== queue; p = p.next) {
      const t = container_of<hrtimer>(p, "node");
      if (within_module(u64(t), mod) || within_module(u64(t.function), mod)) return u64(t.function);
    }
  }
  return 0;
}

/** SysRq-Q: what waits on each CPU's queue. */
export function sysrq_timer_list_show(): void {
  const now = sched_clock();
  pr_info("Timer List Version: v0.9\n");
  pr_info("HRTIMER_MAX_CLOCK_BASES: 1\n");
  pr_info("now at %lu nsecs\n", now);
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    const base = bases[cpu];
    if (base.queue.next === null) continue;
    pr_info("\ncpu: %d\n clock 0:\n  .base:       %p\n  .index:      0\n  .resolution: 1 nsecs\n", cpu, base);
    pr_info("  .get_time:   ktime_get\n  .offset:     0 nsecs\nactive timers:\n");
    const flags = spin_lock_irqsave(base.lock);
    let n: int = 0;
    for (let p = base.queue.next; p !== base.queue; p = p.next) {
      const t = container_of<hrtimer>(p, "node");
      const left = t.expires - s64(now);
      pr_info(" #%d: <%p>, %ps, S:01\n", n, t, t.function);
      pr_info(" # expires at %ld-%ld nsecs [in %ld to %ld nsecs]\n", t.expires, t.expires, left, left);
      n++;
    }
    spin_unlock_irqrestore(base.lock, flags);
  }
}

/** 1: was queued and is no more. 0: was not. -1: its function runs right now. */
export function hrtimer_try_to_cancel(t: hrtimer): int {
  let flags: u64 = 0;
  const base = lock_base(t, addr(flags));
  let ret: int = 0;
  if (base.running === t) {
    ret = -1;
  } else if (t.node.next !== null) {
    dequeue(base, t);
    ret = 1;
  }
  spin_unlock_irqrestore(base.lock, flags);
  return ret;
}

export function hrtimer_cancel(t: hrtimer): int {
  for (;;) {
    const ret = hrtimer_try_to_cancel(t);
    if (ret >= 0) return ret;
    cpu_relax();
  }
}

/** From the event device's interrupt. */
export function hrtimer_run_queues(now: u64): void {
  const base = bases[smp_processor_id()];
  if (base.queue.next === base.queue) return;
  let flags = spin_lock_irqsave(base.lock);
  while (base.queue.next !== base.queue) {
    const t = container_of<hrtimer>(base.queue.next, "node");
    if (u64(t.expires) > now) break;
    dequeue(base, t);
    WRITE_ONCE(base.running, t);
    const func = t.function;
    spin_unlock_irqrestore(base.lock, flags);
    const restart = func(t);
    flags = spin_lock_irqsave(base.lock);
    WRITE_ONCE(base.running, null);
    // Its function has moved the expiry on.
    if (restart !== HRTIMER_NORESTART && t.node.next === null) enqueue(base, t);
  }
  spin_unlock_irqrestore(base.lock, flags);
}

/** Absolute ns of this CPU's first expiry. Interrupts off. */
export function hrtimer_next_event(): u64 {
  return READ_ONCE(bases[smp_processor_id()].next);
}

interface hrtimer_sleeper extends struct<"hrtimer_sleeper"> {
  timer?: embed<hrtimer>;
  task?: task_struct;
}

function hrtimer_wakeup(t: hrtimer): int {
  const s = container_of<hrtimer_sleeper>(t, "timer");
  const task = s.task;
  s.task = null;
  if (task !== null) wake_up_process(task);
  return HRTIMER_NORESTART;
}

/** Sleeps in the state that the caller has set, until an absolute time. 0: time is over; -EINTR: woken before. */
export function schedule_hrtimeout(expires: s64): int {
  let s: embed<hrtimer_sleeper>;
  hrtimer_init(s.timer, 0, HRTIMER_MODE_ABS);
  s.timer.function = hrtimer_wakeup;
  s.task = get_current();
  hrtimer_start(s.timer, expires, HRTIMER_MODE_ABS);
  schedule();
  hrtimer_cancel(s.timer);
  __set_current_state(TASK_RUNNING);
  return s.task === null ? 0 : -EINTR;
}

/** Sleeps until the time is over or a signal comes. 0 or -EINTR. */
function do_nanosleep(expires: s64): int {
  let s: embed<hrtimer_sleeper>;
  hrtimer_init(s.timer, 0, HRTIMER_MODE_ABS);
  s.timer.function = hrtimer_wakeup;
  s.task = get_current();
  do {
    set_current_state(TASK_INTERRUPTIBLE);
    hrtimer_start(s.timer, expires, HRTIMER_MODE_ABS);
    if (s.task !== null) schedule();
    hrtimer_cancel(s.timer);
  } while (s.task !== null && !signal_pending(get_current()));
  __set_current_state(TASK_RUNNING);
  return s.task === null ? 0 : -EINTR;
}

function store_remaining(expires: s64, rmtp: u64): s64 {
  let ts: embed<timespec64>;
  if (rmtp === 0) return 0;
  const left = expires - s64(sched_clock());
  ns_to_timespec64(left > 0 ? left : 0, ts);
  return copy_to_user(at<ptr>(rmtp), ts, 16) !== 0 ? -EFAULT : 0;
}

function hrtimer_nanosleep_restart(restart: restart_block): s64 {
  if (do_nanosleep(restart.expires) === 0) return 0;
  const fault = store_remaining(restart.expires, restart.rmtp);
  return fault !== 0 ? fault : -ERESTART_RESTARTBLOCK;
}

/** nanosleep to an absolute monotonic time. absolute: the user asked for one, there is no remaining time and the call is restarted as it was. */
export function hrtimer_nanosleep(expires: s64, rmtp: u64, absolute: bool): s64 {
  if (do_nanosleep(expires) === 0) return 0;
  if (absolute) return -ERESTARTNOHAND;
  const fault = store_remaining(expires, rmtp);
  if (fault !== 0) return fault;
  const restart = get_current().restart_block;
  restart.fn = hrtimer_nanosleep_restart;
  restart.expires = expires;
  restart.rmtp = rmtp;
  return -ERESTART_RESTARTBLOCK;
}
EXPORT_SYMBOL(hrtimer_init);
EXPORT_SYMBOL(hrtimer_start);
EXPORT_SYMBOL(hrtimer_cancel);
EXPORT_SYMBOL(hrtimer_try_to_cancel);
EXPORT_SYMBOL(hrtimer_active);
