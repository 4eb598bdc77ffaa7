// Device interrupts by line (I/O APIC pin): handlers, counters.

import { EBUSY, EINVAL, ENOMEM } from "linux/errno";
import type { irqaction } from "linux/interrupt";
import { IRQ_NONE, IRQF_SHARED } from "linux/interrupt";
import { type module, within_module } from "linux/module";
import { smp_processor_id } from "linux/smp";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import { io_apic_mask, io_apic_unmask } from "../../arch/x86/kernel/apic/io_apic";
import { kfree, kzalloc } from "../../mm/slab";

export const NR_IRQS = 24;

export interface irq_desc extends struct<"irq_desc"> {
  action?: irqaction;
  /** By CPU. */
  counts?: array<u32, 8>;
  unhandled?: u64;
  /** disable_irq depth. */
  depth?: u32;
  in_progress?: bool;
}

export let irq_desc_table: array<irq_desc, 24>;
let irq_lock: embed<spinlock_t>;

/** For unload: a line's handler that lies in the module; 0 if none. */
export function irq_in_module(mod: module): u64 {
  for (let irq = 0; irq < NR_IRQS; irq++) {
    for (let a = irq_desc_table[irq].action; a !== null; a = a.next) {
      if (within_module(u64(a.handler), mod)) return u64(a.handler);
    }
  }
  return 0;
}

/** In interrupt context. */
export function generic_handle_irq(irq: u32): void {
  const desc = irq_desc_table[irq];
  desc.counts[smp_processor_id()]++;
  desc.in_progress = true;
  let handled: int = 0;
  let a = desc.action;
  while (a !== null) {
    handled |= a.handler(int(irq), a.dev_id);
    a = a.next;
  }
  desc.in_progress = false;
  if (handled === IRQ_NONE) {
    desc.unhandled++;
    // A line that nobody takes care of would come back for ever.
    if (desc.unhandled === 100000) {
      pr_err("irq %u: nobody cared\n", irq);
      pr_err("Disabling IRQ #%u\n", irq);
      io_apic_mask(irq);
    }
  }
}

export function request_irq(irq: u32, handler: (irq: int, dev_id: ptr) => int, flags: u64, name: cstr, dev_id: ptr): int {
  if (irq >= NR_IRQS) return -EINVAL;
  const a = kzalloc(sizeof<irqaction>(), 0) as irqaction;
  if (a === null) return -ENOMEM;
  a.handler = handler;
  a.dev_id = dev_id;
  a.irq = irq;
  a.flags = u32(flags);
  a.name = name;
  const desc = irq_desc_table[irq];
  const irqflags = spin_lock_irqsave(irq_lock);
  if (desc.action !== null && (flags & IRQF_SHARED) === 0) {
    spin_unlock_irqrestore(irq_lock, irqflags);
    kfree(a);
    return -EBUSY;
  }
  a.next = desc.action;
  desc.action = a;
  if (a.next === null) io_apic_unmask(irq);
  spin_unlock_irqrestore(irq_lock, irqflags);
  return 0;
}

export function free_irq(irq: u32, dev_id: ptr): void {
  const desc = irq_desc_table[irq];
  const flags = spin_lock_irqsave(irq_lock);
  let link = addr(desc.action);
  while (link[0] !== null && link[0].dev_id !== dev_id) link = addr(link[0].next);
  const a = link[0];
  if (a !== null) link[0] = a.next;
  if (desc.action === null) io_apic_mask(irq);
  spin_unlock_irqrestore(irq_lock, flags);
  synchronize_irq(irq);
  kfree(a);
}

export function synchronize_irq(irq: u32): void {
  while (READ_ONCE(irq_desc_table[irq].in_progress)) cpu_relax();
}

export function disable_irq(irq: u32): void {
  const flags = spin_lock_irqsave(irq_lock);
  irq_desc_table[irq].depth++;
  io_apic_mask(irq);
  spin_unlock_irqrestore(irq_lock, flags);
}

export function enable_irq(irq: u32): void {
  const flags = spin_lock_irqsave(irq_lock);
  const desc = irq_desc_table[irq];
  if (desc.depth > 0) desc.depth--;
  if (desc.depth === 0) io_apic_unmask(irq);
  spin_unlock_irqrestore(irq_lock, flags);
}
EXPORT_SYMBOL(request_irq);
EXPORT_SYMBOL(free_irq);
