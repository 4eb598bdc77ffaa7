// Timers by jiffies, and the sleeps that are made of them. The queue is one list per CPU in order of expiry: there are few timers.

import { get_current } from "linux/current";
import { HZ, INITIAL_JIFFIES, jiffies_to_msecs, msecs_to_jiffies, NSEC_PER_JIFFY } from "linux/jiffies";
import type { task_struct } from "linux/sched";
import { __set_current_state, signal_pending, TASK_INTERRUPTIBLE, TASK_KILLABLE, TASK_UNINTERRUPTIBLE } from "linux/sched";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { timer_list } from "linux/timer";
import type { hlist_head } from "linux/types";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { schedule, wake_up_process } from "../sched/core";
import { tick_timer_changed } from "./tick";

const MAX_SCHEDULE_TIMEOUT = 0x7fffffffffffffff;
const NEVER = 0x7fffffffffffffff;

/** Ticks since boot, from INITIAL_JIFFIES on. */
export let jiffies: u64 = INITIAL_JIFFIES;

let timers: embed<hlist_head>;
let timers_lock: embed<spinlock_t>;
/** The timer whose function runs at the moment: del_timer_sync waits for its end. */
let running_timer: timer_list = null;

export function update_jiffies(): void {
  jiffies = INITIAL_JIFFIES + sched_clock() / NSEC_PER_JIFFY;
}

export function timer_setup(t: timer_list, func: (timer: timer_list) => void, flags: u32): void {
  t.entry.next = null;
  t.entry.pprev = null;
  t.function = func;
  t.flags = flags;
}

export function timer_pending(t: timer_list): bool {
  return t.entry.pprev !== null;
}

/** Under timers_lock. */
function detach(t: timer_list): void {
  const next = t.entry.next;
  t.entry.pprev[0] = next;
  if (next !== null) next.pprev = t.entry.pprev;
  t.entry.next = null;
  t.entry.pprev = null;
}

/** Under timers_lock: in front of the first timer that expires later. */
function enqueue(t: timer_list): void {
  let link = addr(timers.first);
  while (link[0] !== null) {
    const other = container_of<timer_list>(link[0], "entry");
    if (s64(other.expires - t.expires) > 0) break;
    link = addr(link[0].next);
  }
  t.entry.next = link[0];
  t.entry.pprev = link;
  if (link[0] !== null) link[0].pprev = addr(t.entry.next);
  link[0] = t.entry;
}

/** 1 if the timer was pending. */
export function mod_timer(t: timer_list, expires: u64): int {
  const flags = spin_lock_irqsave(timers_lock);
  let ret: int = 0;
  if (t.entry.pprev !== null) {
    detach(t);
    ret = 1;
  }
  t.expires = expires;
  enqueue(t);
  tick_timer_changed();
  spin_unlock_irqrestore(timers_lock, flags);
  return ret;
}

export function add_timer(t: timer_list): void {
  mod_timer(t, t.expires);
}

export function del_timer(t: timer_list): int {
  const flags = spin_lock_irqsave(timers_lock);
  let ret: int = 0;
  if (t.entry.pprev !== null) {
    detach(t);
    ret = 1;
  }
  spin_unlock_irqrestore(timers_lock, flags);
  return ret;
}

/** Also waits until the function does not run. */
export function del_timer_sync(t: timer_list): int {
  for (;;) {
    const ret = del_timer(t);
    if (READ_ONCE(running_timer) !== t) return ret;
    cpu_relax();
  }
}

export function timer_delete(t: timer_list): int {
  return del_timer(t);
}

export function timer_delete_sync(t: timer_list): int {
  return del_timer_sync(t);
}

/** From the tick: runs what has expired. */
export function run_local_timers(): void {
  if (timers.first === null) return;
  let flags = spin_lock_irqsave(timers_lock);
  while (timers.first !== null) {
    const t = container_of<timer_list>(timers.first, "entry");
    if (s64(t.expires - jiffies) > 0) break;
    detach(t);
    WRITE_ONCE(running_timer, t);
    const func = t.function;
    spin_unlock_irqrestore(timers_lock, flags);
    func(t);
    flags = spin_lock_irqsave(timers_lock);
    WRITE_ONCE(running_timer, null);
  }
  spin_unlock_irqrestore(timers_lock, flags);
}

/** Absolute ns of the next expiry; NEVER without timers. */
export function timer_next_event(): u64 {
  const first = timers.first;
  if (first === null) return NEVER;
  const t = container_of<timer_list>(first, "entry");
  return (t.expires - INITIAL_JIFFIES) * NSEC_PER_JIFFY;
}

interface process_timer extends struct<"process_timer"> {
  timer?: embed<timer_list>;
  task?: task_struct;
}

function process_timeout(t: timer_list): void {
  wake_up_process(container_of<process_timer>(t, "timer").task);
}

/** Sleeps in the state that the caller has set; returns the jiffies left, 0 if the time is over. */
export function schedule_timeout(timeout: s64): s64 {
  let t: embed<process_timer>;
  if (timeout === MAX_SCHEDULE_TIMEOUT) {
    schedule();
    return timeout;
  }
  if (timeout < 0) {
    pr_err("schedule_timeout: wrong timeout value %lx\n", timeout);
    __set_current_state(0);
    return 0;
  }
  update_jiffies();
  const expire = jiffies + u64(timeout);
  t.task = get_current();
  timer_setup(t.timer, process_timeout, 0);
  mod_timer(t.timer, expire);
  schedule();
  del_timer_sync(t.timer);
  const left = s64(expire - jiffies);
  return left < 0 ? 0 : left;
}

export function schedule_timeout_interruptible(timeout: s64): s64 {
  __set_current_state(TASK_INTERRUPTIBLE);
  return schedule_timeout(timeout);
}

export function schedule_timeout_uninterruptible(timeout: s64): s64 {
  __set_current_state(TASK_UNINTERRUPTIBLE);
  return schedule_timeout(timeout);
}

export function schedule_timeout_killable(timeout: s64): s64 {
  __set_current_state(TASK_KILLABLE);
  return schedule_timeout(timeout);
}

export function msleep(msecs: u32): void {
  let timeout = s64(msecs_to_jiffies(msecs)) + 1;
  while (timeout > 0) timeout = schedule_timeout_uninterruptible(timeout);
}

/** Milliseconds left when a signal came. */
export function msleep_interruptible(msecs: u32): u64 {
  let timeout = s64(msecs_to_jiffies(msecs)) + 1;
  while (timeout > 0 && !signal_pending(get_current())) timeout = schedule_timeout_interruptible(timeout);
  return u64(jiffies_to_msecs(u64(timeout)));
}

export function usleep_range(min_us: u64, _max_us: u64): void {
  schedule_timeout_uninterruptible(s64((min_us * HZ + 999999) / 1000000));
}

/** Rounded to a whole second of jiffies: up, unless it is in the second's first quarter. Never in the past. */
export function round_jiffies(j: u64): u64 {
  const rem = j % HZ;
  const rounded = rem < HZ / 4 ? j - rem : j - rem + HZ;
  return s64(jiffies - rounded) < 0 ? rounded : j;
}

export function round_jiffies_relative(j: u64): u64 {
  const now = jiffies;
  return round_jiffies(j + now) - now;
}
EXPORT_SYMBOL(mod_timer);
EXPORT_SYMBOL(add_timer);
EXPORT_SYMBOL(del_timer);
EXPORT_SYMBOL(del_timer_sync);
EXPORT_SYMBOL(timer_setup);
EXPORT_SYMBOL(schedule_timeout);
EXPORT_SYMBOL(msleep);
EXPORT_SYMBOL(msleep_interruptible);
EXPORT_SYMBOL(jiffies);
EXPORT_SYMBOL(schedule_timeout_interruptible);
EXPORT_SYMBOL(schedule_timeout_uninterruptible);
EXPORT_SYMBOL(schedule_timeout_killable);
EXPORT_SYMBOL(round_jiffies);
EXPORT_SYMBOL(round_jiffies_relative);
EXPORT_SYMBOL(usleep_range);
