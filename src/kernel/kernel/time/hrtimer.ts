// Timers in ns: nanosleep, alarm, poll timeouts. One list in order of expiry; the functions run in interrupt context.

import { get_current } from "linux/current";
import { EFAULT, EINTR, ERESTART_RESTARTBLOCK, ERESTARTNOHAND } from "linux/errno";
import type { hrtimer } from "linux/hrtimer";
import { HRTIMER_MODE_ABS, HRTIMER_NORESTART } from "linux/hrtimer";
import { INIT_LIST_HEAD, list_add, list_del } from "linux/list";
import type { restart_block, task_struct } from "linux/sched";
import { __set_current_state, set_current_state, signal_pending, TASK_INTERRUPTIBLE, TASK_RUNNING } from "linux/sched";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { list_head, timespec64 } from "linux/types";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { copy_to_user } from "../../arch/x86/lib/usercopy";
import { schedule, wake_up_process } from "../sched/core";
import { tick_program_event } from "./tick";
import { ns_to_timespec64 } from "./timekeeping";

const NEVER = 0x7fffffffffffffff;

let queue: embed<list_head>;
let hrtimer_lock: embed<spinlock_t>;
let running: hrtimer = null;

export function hrtimers_init(): void {
  INIT_LIST_HEAD(queue);
}
init(hrtimers_init);

export function hrtimer_init(t: hrtimer, _clock: int, _mode: int): void {
  t.node.next = null;
  t.node.prev = null;
  t.function = null;
}

export function hrtimer_active(t: hrtimer): bool {
  return t.node.next !== null || READ_ONCE(running) === t;
}

/** Under hrtimer_lock. */
function enqueue(t: hrtimer): void {
  let p = queue.prev;
  while (p !== queue && container_of<hrtimer>(p, "node").expires > t.expires) p = p.prev;
  list_add(t.node, p);
}

function dequeue(t: hrtimer): void {
  list_del(t.node);
  t.node.next = null;
}

export function hrtimer_start(t: hrtimer, time: s64, mode: int): void {
  const flags = spin_lock_irqsave(hrtimer_lock);
  if (t.node.next !== null) dequeue(t);
  t.expires = mode === HRTIMER_MODE_ABS ? time : s64(sched_clock()) + time;
  enqueue(t);
  tick_program_event();
  spin_unlock_irqrestore(hrtimer_lock, flags);
}

/** 1: was queued and is no more. 0: was not. -1: its function runs right now. */
export function hrtimer_try_to_cancel(t: hrtimer): int {
  const flags = spin_lock_irqsave(hrtimer_lock);
  let ret: int = 0;
  if (running === t) ret = -1;
  else if (t.node.next !== null) {
    dequeue(t);
    ret = 1;
  }
  spin_unlock_irqrestore(hrtimer_lock, flags);
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
  if (queue.next === queue) return;
  let flags = spin_lock_irqsave(hrtimer_lock);
  while (queue.next !== queue) {
    const t = container_of<hrtimer>(queue.next, "node");
    if (u64(t.expires) > now) break;
    dequeue(t);
    WRITE_ONCE(running, t);
    const func = t.function;
    spin_unlock_irqrestore(hrtimer_lock, flags);
    const restart = func(t);
    flags = spin_lock_irqsave(hrtimer_lock);
    WRITE_ONCE(running, null);
    // Its function has moved the expiry on.
    if (restart !== HRTIMER_NORESTART && t.node.next === null) enqueue(t);
  }
  spin_unlock_irqrestore(hrtimer_lock, flags);
}

/** Absolute ns of the first expiry. */
export function hrtimer_next_event(): u64 {
  const first = queue.next;
  if (first === queue || first === null) return NEVER;
  return u64(container_of<hrtimer>(first, "node").expires);
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
