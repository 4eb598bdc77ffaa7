// Spinlocks that are held: the wait, and what it finds out. A CPU that waits for itself would wait for ever, and one that waits for a second has
// met a lock that nobody will give back: both are told once and end the machine's run as a panic, instead of a silent standstill. And the
// functions that modules call for the inline ones.

import type { spinlock_t } from "linux/spinlock";
import {
  spin_lock,
  spin_lock_irq,
  spin_lock_irqsave,
  spin_trylock,
  spin_unlock,
  spin_unlock_irq,
  spin_unlock_irqrestore,
} from "linux/spinlock";
import { cpu_number } from "../../arch/x86/kernel/setup_percpu";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { panic } from "../panic";
import { debug_spin_lock_at, spin_dump } from "./spinlock_debug";

/** ns. Every other CPU has had thousands of turns by then. */
const LOCKUP_TIME = 1000000000;

function stuck(lock: spinlock_t, what: cstr): never {
  spin_dump(lock, what);
  panic("spinlock %s", what);
}

export function spin_lock_slowpath(lock: spinlock_t): void {
  const me = u32(this_cpu_read(cpu_number) + 1);
  const start = sched_clock();
  for (;;) {
    const owner = cmpxchg(addr(lock.locked), u32(0), me);
    if (owner === 0) return;
    if (owner === me) stuck(lock, "recursion");
    if (sched_clock() - start > LOCKUP_TIME) stuck(lock, "lockup suspected");
    cpu_relax();
  }
}

export function _raw_spin_lock(lock: spinlock_t): void {
  spin_lock(lock);
  if (CONFIG_DEBUG_SPINLOCK !== 0) debug_spin_lock_at(return_address());
}

export function _raw_spin_unlock(lock: spinlock_t): void {
  spin_unlock(lock);
}

export function _raw_spin_trylock(lock: spinlock_t): bool {
  const taken = spin_trylock(lock);
  if (CONFIG_DEBUG_SPINLOCK !== 0 && taken) debug_spin_lock_at(return_address());
  return taken;
}

export function _raw_spin_lock_irqsave(lock: spinlock_t): u64 {
  const flags = spin_lock_irqsave(lock);
  if (CONFIG_DEBUG_SPINLOCK !== 0) debug_spin_lock_at(return_address());
  return flags;
}

export function _raw_spin_unlock_irqrestore(lock: spinlock_t, flags: u64): void {
  spin_unlock_irqrestore(lock, flags);
}

export function _raw_spin_lock_irq(lock: spinlock_t): void {
  spin_lock_irq(lock);
  if (CONFIG_DEBUG_SPINLOCK !== 0) debug_spin_lock_at(return_address());
}

export function _raw_spin_unlock_irq(lock: spinlock_t): void {
  spin_unlock_irq(lock);
}
notrace_file();
EXPORT_SYMBOL(spin_lock_slowpath);
EXPORT_SYMBOL(_raw_spin_lock);
EXPORT_SYMBOL(_raw_spin_unlock);
EXPORT_SYMBOL(_raw_spin_trylock);
EXPORT_SYMBOL(_raw_spin_lock_irqsave);
EXPORT_SYMBOL(_raw_spin_unlock_irqrestore);
EXPORT_SYMBOL(_raw_spin_lock_irq);
EXPORT_SYMBOL(_raw_spin_unlock_irq);
