// Translation caches of all CPUs. A user address space is flushed where its mm_struct is loaded: cpu_bitmap says on which CPUs. One that only
// borrows it (a kernel thread, idle) is left alone; it compares generations when it takes the address space up again. Kernel mappings are
// flushed everywhere, on an idle CPU by its first instructions after idle.

import { __pa } from "asm/page";
import { get_current } from "linux/current";
import type { mm_struct } from "linux/mm_types";
import { per_cpu_address } from "linux/percpu";
import { preempt_disable, preempt_enable } from "linux/preempt";
import { NR_CPUS, smp_processor_id } from "linux/smp";
import { cpu_online_mask } from "../../../kernel/cpu";
import { rcu_cpu_is_idle } from "../../../kernel/rcu/tree";
import { smp_call_function_many } from "../../../kernel/smp";
import { irq_tlb_count } from "../kernel/irq";

/** Generation of the loaded address space at its last load or flush. */
let cpu_tlb_gen: u64 = 0;
/** The loaded address space is only borrowed. */
let cpu_tlb_lazy: u32 = 1;
/** Kernel mappings went while this CPU idled. */
let cpu_tlb_stale: u32 = 0;
percpu(cpu_tlb_gen);
percpu(cpu_tlb_lazy);
percpu(cpu_tlb_stale);

export function flush_tlb_one_kernel(address: u64): void {
  invlpg(address);
}

export function __flush_tlb_all(): void {
  // Changing CR4.PGE drops global entries too.
  const cr4 = read_cr4();
  write_cr4(cr4 ^ 0x80);
  write_cr4(cr4);
}
notrace(__flush_tlb_all);

/** From idle to anything else, interrupts off: before the first access to a mapping that may have gone. */
export function tlb_leave_idle(): void {
  if (this_cpu_read(cpu_tlb_stale) !== 0) {
    this_cpu_write(cpu_tlb_stale, u32(0));
    __flush_tlb_all();
  }
}
notrace(tlb_leave_idle);

// ---- user address spaces ----

/** Loads next's tables instead of prev's (either may be null where the kernel's own are loaded). Interrupts off, or preemption with no flush due. */
export function switch_mm(prev: mm_struct, next: mm_struct): void {
  const bit = u64(1) << smp_processor_id();
  if (prev === next) {
    // The flag first, then the generation: a flusher counts up first, then looks at the flag.
    const lazy = this_cpu_read(cpu_tlb_lazy);
    this_cpu_write(cpu_tlb_lazy, u32(0));
    mb();
    if (lazy !== 0 && this_cpu_read(cpu_tlb_gen) !== READ_ONCE(next.tlb_gen)) {
      this_cpu_write(cpu_tlb_gen, READ_ONCE(next.tlb_gen));
      write_cr3(__pa(u64(next.pgd)));
    }
    return;
  }
  if (prev !== null) lock_and(addr(prev.cpu_bitmap), ~bit);
  this_cpu_write(cpu_tlb_lazy, u32(0));
  lock_or(addr(next.cpu_bitmap), bit);
  this_cpu_write(cpu_tlb_gen, READ_ONCE(next.tlb_gen));
  write_cr3(__pa(u64(next.pgd)));
}

/** The loaded address space is nobody's here from now on. */
export function enter_lazy_tlb(): void {
  this_cpu_write(cpu_tlb_lazy, u32(1));
}

function flush_local_mm(mm: mm_struct): void {
  const gen = READ_ONCE(mm.tlb_gen);
  this_cpu_write(cpu_tlb_gen, gen);
  write_cr3(__pa(u64(mm.pgd)));
}

function flush_tlb_func(info: ptr): void {
  this_cpu_add(irq_tlb_count, 1);
  const mm = info as mm_struct;
  if (get_current().active_mm === mm) flush_local_mm(mm);
}

function flush_others(mm: mm_struct): void {
  let mask = READ_ONCE(mm.cpu_bitmap) & ~(u64(1) << smp_processor_id());
  if (mask === 0) return;
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    if (((mask >> cpu) & 1) !== 0 && READ_ONCE(at<u32[]>(per_cpu_address(u64(addr(cpu_tlb_lazy)), cpu))[0]) !== 0) mask &= ~(u64(1) << cpu);
  }
  if (mask !== 0) smp_call_function_many(mask, flush_tlb_func, mm, 1);
}

export function flush_tlb_mm(mm: mm_struct): void {
  preempt_disable();
  fetch_add(addr(mm.tlb_gen), u64(1));
  if (get_current().active_mm === mm) flush_local_mm(mm);
  flush_others(mm);
  preempt_enable();
}

export function flush_tlb_page(mm: mm_struct, address: u64): void {
  preempt_disable();
  if (get_current().active_mm === mm && READ_ONCE(mm.cpu_bitmap) === u64(1) << smp_processor_id()) {
    // Loaded here alone. (A CPU that loads it later starts with an empty cache.)
    invlpg(address);
  } else {
    flush_tlb_mm(mm);
  }
  preempt_enable();
}

// ---- kernel mappings ----

interface flush_range extends struct<"flush_range"> {
  start?: u64;
  end?: u64;
}

function flush_range_here(info: ptr): void {
  const r = info as flush_range;
  if (r.end - r.start > 64 * 4096) {
    __flush_tlb_all();
    return;
  }
  for (let a = r.start; a < r.end; a += 4096) invlpg(a);
}

export function flush_tlb_kernel_range(start: u64, end: u64): void {
  const r: flush_range = { start, end };
  preempt_disable();
  flush_range_here(r);
  const self = smp_processor_id();
  let mask = READ_ONCE(cpu_online_mask) & ~(u64(1) << self);
  for (let cpu: int = 0; mask !== 0 && cpu < NR_CPUS; cpu++) {
    if (((mask >> cpu) & 1) === 0) continue;
    // Told first, asked then: an idle CPU that wakes in between has either seen the mark or is not idle for us.
    const stale = at<u32[]>(per_cpu_address(u64(addr(cpu_tlb_stale)), cpu));
    xchg(add(stale, 0), u32(1));
    if (rcu_cpu_is_idle(cpu)) mask &= ~(u64(1) << cpu);
  }
  if (mask !== 0) smp_call_function_many(mask, flush_range_here, r, 1);
  preempt_enable();
}

export function flush_tlb_all(): void {
  flush_tlb_kernel_range(0, 0x7fffffffffffffff);
}
