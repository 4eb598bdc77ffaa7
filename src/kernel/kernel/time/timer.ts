// Timers by jiffies, and the sleeps that are made of them. Each CPU has a base with a list in order of expiry: there are few timers. The low
// bits of a timer's flags are the CPU whose base it is or was last on; it is queued on the CPU that starts it.

import { WARN_ONCE } from "linux/bug";
import { get_current } from "linux/current";
import { HZ, INITIAL_JIFFIES, jiffies_to_msecs, msecs_to_jiffies, NSEC_PER_JIFFY } from "linux/jiffies";
import { type module, within_module } from "linux/module";
import { preempt_count } from "linux/preempt";
import type { task_struct } from "linux/sched";
import { __set_current_state, signal_pending, TASK_INTERRUPTIBLE, TASK_KILLABLE, TASK_UNINTERRUPTIBLE } from "linux/sched";
import { NR_CPUS, smp_processor_id } from "linux/smp";
import type { spinlock_t } from "linux/spinlock";
import { arch_spin_lock, arch_spin_unlock, spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { timer_list } from "linux/timer";
import type { hlist_head } from "linux/types";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { __preempt_count, resched_cpu, schedule, wake_up_process } from "../sched/core";
import { open_softirq, raise_softirq_irqoff, TIMER_SOFTIRQ } from "../softirq";
import { timer_work_func } from "../workqueue";
import { tick_timer_changed } from "./tick";

const MAX_SCHEDULE_TIMEOUT = 0x7fffffffffffffff;
const NEVER = 0x7fffffffffffffff;

/** Ticks since boot, from INITIAL_JIFFIES on. */
export let jiffies: u64 = INITIAL_JIFFIES;

interface timer_base extends struct<"timer_base"> {
  lock?: embed<spinlock_t>;
  timers?: embed<hlist_head>;
  /** The timer whose function runs at the moment: del_timer_sync waits for its end. */
  running?: timer_list;
  /** First expiry in jiffies, if there are timers. Read without the lock. */
  first_expires?: u64;
}

let timer_bases: array<timer_base, 8>;
const TIMER_CPUMASK = 0x3ffff;

/** Monotonic whoever comes first: another CPU may have read the clock later. */
export function update_jiffies(): void {
  const now = INITIAL_JIFFIES + sched_clock() / NSEC_PER_JIFFY;
  for (;;) {
    const old = READ_ONCE(jiffies);
    if (s64(now - old) <= 0 || cmpxchg(addr(jiffies), old, now) === old) return;
  }
}

export function timer_setup(t: timer_list, func: (timer: timer_list) => void, flags: u32): void {
  t.entry.next = null;
  t.entry.pprev = null;
  t.function = func;
  t.flags = flags | u32(smp_processor_id());
}

export function timer_pending(t: timer_list): bool {
  return t.entry.pprev !== null;
}

/** The base that the timer is on, locked with interrupts off. */
function lock_timer_base(t: timer_list, flags: u64[]): timer_base {
  for (;;) {
    const cpu = READ_ONCE(t.flags) & TIMER_CPUMASK;
    const base = timer_bases[cpu];
    flags[0] = spin_lock_irqsave(base.lock);
    if ((READ_ONCE(t.flags) & TIMER_CPUMASK) === cpu) return base;
    spin_unlock_irqrestore(base.lock, flags[0]);
  }
}

/** Under its base's lock. */
function detach(base: timer_base, t: timer_list): void {
  const next = t.entry.next;
  t.entry.pprev[0] = next;
  if (next !== null) next.pprev = t.entry.pprev;
  t.entry.next = null;
  t.entry.pprev = null;
  update_first(base);
}

/** Under the base's lock: in front of the first timer that expires later. */
function enqueue(base: timer_base, t: timer_list): void {
  let link = addr(base.timers.first);
  while (link[0] !== null) {
    const other = container_of<timer_list>(link[0], "entry");
    if (s64(other.expires - t.expires) > 0) break;
    link = addr(link[0].next);
  }
  t.entry.next = link[0];
  t.entry.pprev = link;
  if (link[0] !== null) link[0].pprev = addr(t.entry.next);
  link[0] = t.entry;
  update_first(base);
}

function update_first(base: timer_base): void {
  const first = base.timers.first;
  if (first !== null) WRITE_ONCE(base.first_expires, container_of<timer_list>(first, "entry").expires);
}

/** 1 if the timer was pending. */
export function mod_timer(t: timer_list, expires: u64): int {
  let flags: u64 = 0;
  let base = lock_timer_base(t, addr(flags));
  let ret: int = 0;
  if (t.entry.pprev !== null) {
    detach(base, t);
    ret = 1;
  }
  const cpu = u32(smp_processor_id());
  const here = timer_bases[cpu];
  // A timer whose function runs stays with its base: whoever waits for the function looks there.
  if (here !== base && base.running !== t) {
    // Interrupts stay off, so that this stays the CPU; the timer is on no list and belongs to its starter.
    t.flags = (t.flags & ~u32(TIMER_CPUMASK)) | cpu;
    arch_spin_unlock(base.lock);
    base = here;
    arch_spin_lock(base.lock);
  }
  t.expires = expires;
  enqueue(base, t);
  if (base === here) tick_timer_changed();
  else resched_cpu(int(t.flags & TIMER_CPUMASK));
  spin_unlock_irqrestore(base.lock, flags);
  return ret;
}

export function add_timer(t: timer_list): void {
  mod_timer(t, t.expires);
}

export function del_timer(t: timer_list): int {
  let flags: u64 = 0;
  const base = lock_timer_base(t, addr(flags));
  let ret: int = 0;
  if (t.entry.pprev !== null) {
    detach(base, t);
    ret = 1;
  }
  spin_unlock_irqrestore(base.lock, flags);
  return ret;
}

/** 1 if the timer was pending, -1 if its function runs, which may start it again: then nothing is done. */
export function try_to_del_timer_sync(t: timer_list): int {
  let flags: u64 = 0;
  const base = lock_timer_base(t, addr(flags));
  let ret: int = 0;
  if (base.running === t) ret = -1;
  else if (t.entry.pprev !== null) {
    detach(base, t);
    ret = 1;
  }
  spin_unlock_irqrestore(base.lock, flags);
  return ret;
}

/** Also waits until the function does not run. */
export function del_timer_sync(t: timer_list): int {
  for (;;) {
    const ret = try_to_del_timer_sync(t);
    if (ret >= 0) return ret;
    cpu_relax();
  }
}

export function timer_delete(t: timer_list): int {
  return del_timer(t);
}

export function timer_delete_sync(t: timer_list): int {
  return del_timer_sync(t);
}

/** With the timer's function in the trace of whoever is called by it. What it does to the preemption counter is undone. */
function call_timer_fn(t: timer_list, func: (timer: timer_list) => void): void {
  const count = preempt_count();
  func(t);
  if (count !== preempt_count()) {
    WARN_ONCE(true, "timer: %pS preempt leak: %08x -> %08x\n", func, count, preempt_count());
    this_cpu_write(__preempt_count, count);
  }
}

function __run_timers(base: timer_base): void {
  let flags = spin_lock_irqsave(base.lock);
  while (base.timers.first !== null) {
    const t = container_of<timer_list>(base.timers.first, "entry");
    if (s64(t.expires - jiffies) > 0) break;
    detach(base, t);
    WRITE_ONCE(base.running, t);
    const func = t.function;
    spin_unlock_irqrestore(base.lock, flags);
    call_timer_fn(t, func);
    flags = spin_lock_irqsave(base.lock);
    WRITE_ONCE(base.running, null);
  }
  spin_unlock_irqrestore(base.lock, flags);
}

function run_timer_softirq(): void {
  __run_timers(timer_bases[smp_processor_id()]);
}

/** From the tick, interrupts off: what has expired on this CPU runs behind the interrupt. */
export function run_local_timers(): void {
  const base = timer_bases[smp_processor_id()];
  if (base.timers.first !== null && s64(base.first_expires - jiffies) <= 0) raise_softirq_irqoff(TIMER_SOFTIRQ);
}

export function init_timers(): void {
  open_softirq(TIMER_SOFTIRQ, run_timer_softirq);
}
init(init_timers);

/** For unload: the function of a pending timer that lies in the module, with its function or itself; 0 if none. */
export function timer_in_module(mod: module): u64 {
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    for (let n = timer_bases[cpu].timers.first; n !== null; n = n.next) {
      const t = container_of<timer_list>(n, "entry");
      const work = timer_work_func(t);
      const func = work !== 0 ? work : u64(t.function);
      if (within_module(u64(t), mod) || within_module(func, mod)) return func;
    }
  }
  return 0;
}

/** Absolute ns of this CPU's next expiry; NEVER without timers. Interrupts off. */
export function timer_next_event(): u64 {
  const base = timer_bases[smp_processor_id()];
  return READ_ONCE(base.timers.first) === null ? u64(NEVER) : (READ_ONCE(base.first_expires) - INITIAL_JIFFIES) * NSEC_PER_JIFFY;
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
EXPORT_SYMBOL(try_to_del_timer_sync);
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
