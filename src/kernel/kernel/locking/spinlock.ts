// Spinlocks that are held: the wait, and what it finds out. A CPU that waits for itself would wait for ever, and one that waits for a second has
// met a lock that nobody will give back: both are told once and end the machine's run as a panic, instead of a silent standstill.

import { get_current } from "linux/current";
import type { spinlock_t } from "linux/spinlock";
import { cpu_number } from "../../arch/x86/kernel/setup_percpu";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { panic } from "../panic";
import { _printk } from "../printk/printk";

/** ns. Every other CPU has had thousands of turns by then. */
const LOCKUP_TIME = 1000000000;

function spin_bug(lock: spinlock_t, owner: u32, what: cstr): never {
  const t = get_current();
  _printk("\x010BUG: spinlock %s on CPU#%d, %s/%d\n", what, this_cpu_read(cpu_number), t.comm, t.pid);
  _printk("\x010 lock: %pS, .owner_cpu: %d\n", lock, int(owner) - 1);
  panic("spinlock %s", what);
}

export function spin_lock_slowpath(lock: spinlock_t): void {
  const me = u32(this_cpu_read(cpu_number) + 1);
  const start = sched_clock();
  for (;;) {
    const owner = cmpxchg(addr(lock.locked), u32(0), me);
    if (owner === 0) return;
    if (owner === me) spin_bug(lock, owner, "recursion");
    if (sched_clock() - start > LOCKUP_TIME) spin_bug(lock, owner, "lockup suspected");
    cpu_relax();
  }
}
notrace(spin_lock_slowpath);
EXPORT_SYMBOL(spin_lock_slowpath);
