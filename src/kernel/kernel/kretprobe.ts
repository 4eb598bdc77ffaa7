// Return probes: an entry probe takes the return address off the stack, and the trampoline that stands there instead calls the handler.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EINVAL, ENOMEM } from "linux/errno";
import { type kprobe, register_kprobe, unregister_kprobe } from "linux/kprobes";
import { schedule_timeout_uninterruptible, type task_struct } from "linux/sched";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { num_possible_cpus } from "linux/smp";
import { arch_spin_lock, arch_spin_unlock, type spinlock_t } from "linux/spinlock";
import { __kretprobe_trampoline } from "../arch/x86/kernel/kprobes/trampoline";

notrace_file();

/** One call that has not returned. The handler's data (data_size bytes) follow. */
export interface kretprobe_instance extends struct<"kretprobe_instance"> {
  next?: kretprobe_instance; // free list, or the task's instances
  rp?: kretprobe;
  ret_addr?: u64;
  /** The slot that held ret_addr. */
  fp?: u64;
  task?: task_struct;
}

export interface kretprobe extends struct<"kretprobe"> {
  kp?: embed<kprobe>;
  handler?: (ri: kretprobe_instance, regs: pt_regs) => int;
  /** At the entry; non-zero: this call's return does not matter. */
  entry_handler?: (ri: kretprobe_instance, regs: pt_regs) => int;
  /** Calls that may be under way at once; 0: twice the CPUs, at least 10. */
  maxactive?: int;
  nmissed?: int;
  data_size?: u64;
  lock?: embed<spinlock_t>;
  free?: kretprobe_instance;
  /** Instances of unfinished calls: their memory stays until they return. */
  busy?: int;
  dead?: bool;
}

function take(rp: kretprobe): kretprobe_instance {
  const flags = read_rflags();
  cli();
  arch_spin_lock(rp.lock);
  const ri = rp.free;
  if (ri !== null) {
    rp.free = ri.next;
    rp.busy++;
  }
  arch_spin_unlock(rp.lock);
  if ((flags & u64(0x200)) !== u64(0)) sti();
  return ri;
}

function give(ri: kretprobe_instance): void {
  const rp = ri.rp;
  const flags = read_rflags();
  cli();
  arch_spin_lock(rp.lock);
  ri.next = rp.free;
  rp.free = ri;
  rp.busy--;
  arch_spin_unlock(rp.lock);
  if ((flags & u64(0x200)) !== u64(0)) sti();
}

/** At the function's first instruction: regs.sp points to the return address. */
export function pre_handler_kretprobe(p: kprobe, regs: pt_regs): int {
  const rp = container_of<kretprobe>(p, "kp");
  const ri = take(rp);
  if (ri === null) {
    rp.nmissed++;
    return 0;
  }
  if (rp.entry_handler !== null && rp.entry_handler(ri, regs) !== 0) {
    give(ri);
    return 0;
  }
  const task = get_current();
  const slot = at<u64[]>(regs.sp);
  ri.task = task;
  ri.ret_addr = slot[0];
  ri.fp = regs.sp;
  ri.next = task.kprobe_instances as kretprobe_instance;
  task.kprobe_instances = ri;
  slot[0] = u64(__kretprobe_trampoline);
  return 0;
}

/** From the trampoline, with the registers of the return: all probes of this call, newest first; where it really returns to. */
export function trampoline_handler(regs: pt_regs): u64 {
  const task = get_current();
  const first = task.kprobe_instances as kretprobe_instance;
  // Several probes of one function share the slot; the oldest has the true address.
  let last = first;
  while (last.ret_addr === u64(__kretprobe_trampoline)) last = last.next;
  const correct = last.ret_addr;
  const end = last.next;
  regs.ip = correct;
  // The instances stay the task's meanwhile: who looks where a preempted task goes on finds the address nowhere else.
  for (let ri = first; ri !== end; ri = ri.next) {
    if (!ri.rp.dead && ri.rp.handler !== null) ri.rp.handler(ri, regs);
  }
  // From here to the return nothing is called with interrupts on, so that the address is in a register or next to the stack pointer.
  const flags = read_rflags();
  cli();
  task.kprobe_instances = end;
  give_until(first, end);
  if ((flags & u64(0x200)) !== u64(0)) sti();
  return correct;
}

function give_until(first: kretprobe_instance, end: kretprobe_instance): void {
  let ri = first;
  while (ri !== end) {
    const next = ri.next;
    give(ri);
    ri = next;
  }
}

/** The task has left its CPU for good: its calls will not return (do_exit never does). */
export function kprobe_flush_task(task: task_struct): void {
  const first = task.kprobe_instances as kretprobe_instance;
  task.kprobe_instances = null;
  give_until(first, null);
}

/** For the unwinder: the return address that stood in a slot before a probe took it. */
export function kretprobe_ret_addr(task: task_struct, address: u64, slot: u64): u64 {
  if (address !== u64(__kretprobe_trampoline)) return address;
  for (let ri = task.kprobe_instances as kretprobe_instance; ri !== null; ri = ri.next) {
    if (ri.fp === slot && ri.ret_addr !== u64(__kretprobe_trampoline)) return ri.ret_addr;
  }
  return address;
}

function free_instances(rp: kretprobe): void {
  while (rp.free !== null) {
    const ri = rp.free;
    rp.free = ri.next;
    kfree(ri);
  }
}

export function register_kretprobe(rp: kretprobe): int {
  if (rp.kp.offset !== u32(0)) return -EINVAL;
  if (rp.maxactive <= 0) {
    const n = num_possible_cpus() * 2;
    rp.maxactive = n < 10 ? 10 : n;
  }
  rp.kp.pre_handler = pre_handler_kretprobe;
  rp.kp.post_handler = null;
  rp.nmissed = 0;
  rp.free = null;
  rp.busy = 0;
  rp.dead = false;
  for (let i: int = 0; i < rp.maxactive; i++) {
    const ri = kzalloc(sizeof<kretprobe_instance>() + rp.data_size, GFP_KERNEL) as kretprobe_instance;
    if (ri === null) {
      free_instances(rp);
      return -ENOMEM;
    }
    ri.rp = rp;
    ri.next = rp.free;
    rp.free = ri;
  }
  const ret = register_kprobe(rp.kp);
  if (ret !== 0) free_instances(rp);
  return ret;
}
EXPORT_SYMBOL_GPL(register_kretprobe);

/** Calls that have not returned keep the trampoline on their stacks; the handler is not called for them, but waited for. */
export function unregister_kretprobe(rp: kretprobe): void {
  unregister_kprobe(rp.kp);
  rp.dead = true;
  kretprobe_drain(rp);
  free_instances(rp);
}
EXPORT_SYMBOL_GPL(unregister_kretprobe);

function kretprobe_drain(rp: kretprobe): void {
  while (READ_ONCE(rp.busy) > 0) schedule_timeout_uninterruptible(1);
}

// On the way of every breakpoint: a probe there would never end.
kprobe_blacklist(take);
kprobe_blacklist(give);
kprobe_blacklist(pre_handler_kretprobe);
kprobe_blacklist(trampoline_handler);
