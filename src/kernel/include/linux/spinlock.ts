// Spinlocks: zero is unlocked. The plain forms disable preemption, the irqsave forms interrupts too; spin_lock_irqsave returns the flags
// (no macros here: `const flags = spin_lock_irqsave(lock)`). The kernel expands them in place; a module calls them, because it does not know
// what its kernel's image checks (CONFIG_DEBUG_SPINLOCK).

import { local_irq_restore, local_irq_save } from "linux/irqflags";
import { preempt_disable, preempt_enable } from "linux/preempt";
import { cpu_number } from "../../arch/x86/kernel/setup_percpu";
import {
  _raw_spin_lock,
  _raw_spin_lock_irq,
  _raw_spin_lock_irqsave,
  _raw_spin_trylock,
  _raw_spin_unlock,
  _raw_spin_unlock_irq,
  _raw_spin_unlock_irqrestore,
  spin_lock_slowpath,
} from "../../kernel/locking/spinlock";
import { debug_spin_lock_after, debug_spin_lock_before, debug_spin_unlock } from "../../kernel/locking/spinlock_debug";

import { __local_bh_enable_ip, local_bh_disable } from "../../kernel/softirq";

export * from "linux/irqflags";
export * from "linux/preempt";

export interface spinlock_t extends struct<"spinlock_t"> {
  /** 0, or the owner's CPU number + 1. */
  locked?: u32;
}
export type raw_spinlock_t = spinlock_t;

export function spin_lock_init(lock: spinlock_t): void {
  lock.locked = 0;
}
inline(spin_lock_init);

export function arch_spin_lock(lock: spinlock_t): void {
  if (CONFIG_DEBUG_SPINLOCK !== 0) debug_spin_lock_before(lock);
  if (cmpxchg(addr(lock.locked), u32(0), u32(this_cpu_read(cpu_number) + 1)) !== 0) spin_lock_slowpath(lock);
  if (CONFIG_DEBUG_SPINLOCK !== 0) debug_spin_lock_after(lock);
}
inline(arch_spin_lock);

export function arch_spin_unlock(lock: spinlock_t): void {
  if (CONFIG_DEBUG_SPINLOCK !== 0) debug_spin_unlock(lock);
  barrier();
  WRITE_ONCE(lock.locked, u32(0));
}
inline(arch_spin_unlock);

export function spin_lock(lock: spinlock_t): void {
  if (MODULE !== 0) {
    _raw_spin_lock(lock);
    return;
  }
  preempt_disable();
  arch_spin_lock(lock);
}
inline(spin_lock);

export function spin_unlock(lock: spinlock_t): void {
  if (MODULE !== 0) {
    _raw_spin_unlock(lock);
    return;
  }
  arch_spin_unlock(lock);
  preempt_enable();
}
inline(spin_unlock);

export function spin_trylock(lock: spinlock_t): bool {
  if (MODULE !== 0) return _raw_spin_trylock(lock);
  preempt_disable();
  if (cmpxchg(addr(lock.locked), u32(0), u32(this_cpu_read(cpu_number) + 1)) === 0) {
    if (CONFIG_DEBUG_SPINLOCK !== 0) debug_spin_lock_after(lock);
    return true;
  }
  preempt_enable();
  return false;
}
inline(spin_trylock);

export function spin_is_locked(lock: spinlock_t): bool {
  return READ_ONCE(lock.locked) !== 0;
}
inline(spin_is_locked);

export function spin_lock_irqsave(lock: spinlock_t): u64 {
  if (MODULE !== 0) return _raw_spin_lock_irqsave(lock);
  const flags = local_irq_save();
  spin_lock(lock);
  return flags;
}
inline(spin_lock_irqsave);

export function spin_unlock_irqrestore(lock: spinlock_t, flags: u64): void {
  if (MODULE !== 0) {
    _raw_spin_unlock_irqrestore(lock, flags);
    return;
  }
  arch_spin_unlock(lock);
  local_irq_restore(flags);
  preempt_enable();
}
inline(spin_unlock_irqrestore);

export function spin_lock_irq(lock: spinlock_t): void {
  if (MODULE !== 0) {
    _raw_spin_lock_irq(lock);
    return;
  }
  cli();
  spin_lock(lock);
}
inline(spin_lock_irq);

export function spin_unlock_irq(lock: spinlock_t): void {
  if (MODULE !== 0) {
    _raw_spin_unlock_irq(lock);
    return;
  }
  arch_spin_unlock(lock);
  sti();
  preempt_enable();
}
inline(spin_unlock_irq);

/** For data that a softirq locks too. */
export function spin_lock_bh(lock: spinlock_t): void {
  local_bh_disable();
  spin_lock(lock);
}
inline(spin_lock_bh);

export function spin_unlock_bh(lock: spinlock_t): void {
  spin_unlock(lock);
  __local_bh_enable_ip();
}
inline(spin_unlock_bh);

/** Reader-writer lock in one word: bit 31 a writer, below the number of readers. A reader in an interrupt gets in beside other readers. */
export interface rwlock_t extends struct<"rwlock_t"> {
  word?: u32;
}
const RW_WRITER = 0x80000000;

export function read_lock(lock: rwlock_t): void {
  preempt_disable();
  while ((fetch_add(addr(lock.word), u32(1)) & RW_WRITER) !== 0) {
    fetch_add(addr(lock.word), u32(0xffffffff));
    while ((READ_ONCE(lock.word) & RW_WRITER) !== 0) cpu_relax();
  }
}
inline(read_lock);
export function read_unlock(lock: rwlock_t): void {
  fetch_add(addr(lock.word), u32(0xffffffff));
  preempt_enable();
}
inline(read_unlock);
export function write_lock(lock: rwlock_t): void {
  preempt_disable();
  while (cmpxchg(addr(lock.word), u32(0), u32(RW_WRITER)) !== 0) cpu_relax();
}
inline(write_lock);
export function write_unlock(lock: rwlock_t): void {
  // Readers that knock count up and down meanwhile.
  lock_and(addr(lock.word), u32(0x7fffffff));
  preempt_enable();
}
inline(write_unlock);
export function write_lock_irq(lock: rwlock_t): void {
  cli();
  write_lock(lock);
}
inline(write_lock_irq);
export function write_unlock_irq(lock: rwlock_t): void {
  lock_and(addr(lock.word), u32(0x7fffffff));
  sti();
  preempt_enable();
}
inline(write_unlock_irq);
