// CONFIG_DEBUG_SPINLOCK: who holds which lock. Each CPU has a list of the locks that it holds, with the place that took them and the task; a lock
// that is no lock, is taken twice, or is given back by somebody else is told in Linux's words, once.

import { get_current } from "linux/current";
import { KERN_EMERG } from "linux/kern_levels";
import { per_cpu_address } from "linux/percpu";
import type { task_struct } from "linux/sched";
import { NR_CPUS } from "linux/smp";
import type { spinlock_t } from "linux/spinlock";
import { cpu_number } from "../../arch/x86/kernel/setup_percpu";
import { dump_stack } from "../../lib/dump_stack";
import { nr_cpu_ids } from "../cpu";
import { debug_locks, debug_locks_off } from "../panic";
import { _printk, bust_spinlocks } from "../printk/printk";

const MAX_HELD = 32;

interface held_lock extends struct<"held_lock"> {
  lock?: spinlock_t;
  task?: task_struct;
  /** Where it was taken. */
  ip?: u64;
}

/** Written by its own CPU alone; an interrupt leaves it as it found it. Locks are held with preemption off, so they stay with their CPU. */
let held: array<held_lock, 32>;
let nr_held: u32 = 0;
percpu(held);
percpu(nr_held);

function held_on(cpu: int): held_lock[] {
  return at<held_lock[]>(per_cpu_address(u64(held), cpu));
}

function nr_held_on(cpu: int): u32 {
  return READ_ONCE(at<u32[]>(per_cpu_address(u64(addr(nr_held)), cpu))[0]);
}

function owner_of(lock: spinlock_t): task_struct {
  const cpu = int(READ_ONCE(lock.locked)) - 1;
  if (CONFIG_DEBUG_SPINLOCK === 0 || cpu < 0 || cpu >= int(nr_cpu_ids)) return null;
  const locks = held_on(cpu);
  const n = nr_held_on(cpu);
  for (let i: u32 = 0; i < n; i++) if (locks[i].lock === lock) return locks[i].task;
  return null;
}

/** .magic is the lock's word: 0 or the holder's CPU number + 1 in a sound one. */
export function spin_dump(lock: spinlock_t, what: cstr): void {
  const t = get_current();
  const owner = owner_of(lock);
  const word = READ_ONCE(lock.locked);
  // No waking of the log's readers: the lock may be the scheduler's.
  bust_spinlocks(1);
  _printk(KERN_EMERG + "BUG: spinlock %s on CPU#%d, %s/%d\n", what, this_cpu_read(cpu_number), t.comm, t.pid);
  _printk(
    KERN_EMERG + " lock: %pS, .magic: %08x, .owner: %s/%d, .owner_cpu: %d\n",
    lock,
    word,
    owner !== null ? owner.comm : "<none>",
    owner !== null ? owner.pid : -1,
    int(word) - 1,
  );
  dump_stack();
  bust_spinlocks(0);
}

function spin_bug(lock: spinlock_t, what: cstr): void {
  if (!debug_locks) return;
  debug_locks_off();
  spin_dump(lock, what);
}

export function debug_spin_lock_before(lock: spinlock_t): void {
  if (debug_locks && READ_ONCE(lock.locked) > NR_CPUS) spin_bug(lock, "bad magic");
}

export function debug_spin_lock_after(lock: spinlock_t): void {
  const n = this_cpu_read(nr_held);
  if (n >= MAX_HELD) return;
  const mine = this_cpu_struct(held)[n];
  // First the room, which an interrupt's own locks then lie above.
  this_cpu_write(nr_held, n + 1);
  barrier();
  mine.lock = lock;
  mine.task = get_current();
  mine.ip = return_address();
}

/** The lock taken last was taken for the caller at ip. */
export function debug_spin_lock_at(ip: u64): void {
  const n = this_cpu_read(nr_held);
  if (n > 0) this_cpu_struct(held)[n - 1].ip = ip;
}

export function debug_spin_unlock(lock: spinlock_t): void {
  const n = this_cpu_read(nr_held);
  const mine = this_cpu_struct(held);
  let i = n;
  while (i > 0 && mine[i - 1].lock !== lock) i--;
  if (i === 0) {
    if (!debug_locks || n >= MAX_HELD) return;
    const word = READ_ONCE(lock.locked);
    if (word > NR_CPUS) spin_bug(lock, "bad magic");
    else if (word === 0) spin_bug(lock, "already unlocked");
    else if (int(word) - 1 !== this_cpu_read(cpu_number)) spin_bug(lock, "wrong CPU");
    return;
  }
  if (debug_locks && mine[i - 1].task !== get_current()) spin_bug(lock, "wrong owner");
  for (; i < n; i++) copy(mine[i - 1], mine[i]);
  mine[n - 1].lock = null;
  this_cpu_write(nr_held, n - 1);
}

/** The run queue's lock passes from the task before the switch to the one behind it. */
export function debug_spin_hand_over(lock: spinlock_t): void {
  const mine = this_cpu_struct(held);
  const n = this_cpu_read(nr_held);
  for (let i: u32 = 0; i < n; i++) if (mine[i].lock === lock) mine[i].task = get_current();
}

/** As Linux's lockdep lists them: "1 lock held by insmod/123:". Nothing where the image keeps no list. */
export function debug_show_held_locks(t: task_struct): void {
  if (CONFIG_DEBUG_SPINLOCK === 0) return;
  let count: int = 0;
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) count += show_held(cpu, t, false);
  if (count === 0) {
    _printk("no locks held by %s/%d.\n", t.comm, t.pid);
    return;
  }
  _printk("%d lock%s held by %s/%d:\n", count, count > 1 ? "s" : "", t.comm, t.pid);
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) show_held(cpu, t, true);
}

function show_held(cpu: int, t: task_struct, print: bool): int {
  const n = nr_held_on(cpu);
  let count: int = 0;
  for (let i: u32 = 0; i < n; i++) {
    const h = held_on(cpu)[i];
    if (h.task !== t) continue;
    if (print) _printk(" #%d: %px (%pS), at: %pS\n", count, h.lock, h.lock, at<ptr>(h.ip));
    count++;
  }
  return count;
}
notrace_file();
