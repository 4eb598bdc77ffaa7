// The structures that make a task: task_struct with its stack, signal_struct, sighand_struct. Allocated, counted, freed.

import { VMALLOC_END, VMALLOC_START } from "asm/page";
import { PAGE_KERNEL } from "asm/pgtable";
import { refcount_dec_and_test, refcount_set } from "linux/refcount";
import { clear_tsk_thread_flag, PF_KTHREAD, type task_struct } from "linux/sched";
import type { sighand_struct, signal_struct } from "linux/signal";
import { spin_lock_irqsave, spin_unlock_irqrestore, type spinlock_t } from "linux/spinlock";
import { THREAD_SIZE, TIF_NEED_RESCHED, TIF_NOTIFY_SIGNAL, TIF_SIGPENDING } from "linux/thread_info";
import type { callback_head } from "linux/types";
import { memset } from "../lib/string";
import { kfree, kmalloc } from "../mm/slab";
import { __vmalloc_node_range, find_vm_area, vfree } from "../mm/vmalloc";
import { put_cred } from "./cred";
import { free_kthread_struct } from "./kthread";
import { put_pid } from "./pid";
import { call_rcu } from "./rcu/tree";
import { ftrace_graph_exit_task, ftrace_graph_init_task } from "./trace/fgraph";
import { trace_sched_process_free } from "./trace/trace-events-sched";

/** Stacks that ended are kept for the next fork: mapping sixteen KiB anew costs more than the fork's other work. */
const NR_CACHED_STACKS = 64;
let cached_stacks: array<u64, 64>;
let nr_cached_stacks: u32 = 0;
let stack_lock: embed<spinlock_t>;

function alloc_thread_stack(): u64 {
  const flags = spin_lock_irqsave(stack_lock);
  let stack: u64 = 0;
  if (nr_cached_stacks > 0) {
    nr_cached_stacks--;
    stack = cached_stacks[nr_cached_stacks];
  }
  spin_unlock_irqrestore(stack_lock, flags);
  if (stack !== 0) {
    memset(at<ptr>(stack), 0, THREAD_SIZE);
    return stack;
  }
  return __vmalloc_node_range(THREAD_SIZE, THREAD_SIZE, VMALLOC_START, VMALLOC_END, 0x100, PAGE_KERNEL, return_address());
}

export function free_thread_stack(stack: u64): void {
  const flags = spin_lock_irqsave(stack_lock);
  if (nr_cached_stacks < NR_CACHED_STACKS) {
    cached_stacks[nr_cached_stacks] = stack;
    nr_cached_stacks++;
    spin_unlock_irqrestore(stack_lock, flags);
    return;
  }
  spin_unlock_irqrestore(stack_lock, flags);
  vfree(at<ptr>(stack));
}

export function put_task_stack(t: task_struct): void {
  if (!refcount_dec_and_test(t.stack_refcount)) return;
  const stack = t.stack;
  t.stack = 0;
  free_thread_stack(stack);
}

function free_signal_struct(sig: signal_struct): void {
  put_pid(sig.pgrp);
  put_pid(sig.session);
  kfree(sig);
}

export function put_signal_struct(sig: signal_struct): void {
  if (refcount_dec_and_test(sig.sigcnt)) free_signal_struct(sig);
}

export function put_task_struct(t: task_struct): void {
  if (!refcount_dec_and_test(t.usage)) return;
  put_cred(t.cred);
  put_cred(t.real_cred);
  if (t.signal !== null) put_signal_struct(t.signal);
  if ((t.flags & PF_KTHREAD) !== 0) free_kthread_struct(t);
  trace_sched_process_free(t);
  put_pid(t.thread_pid);
  ftrace_graph_exit_task(t);
  kfree(t);
}

function delayed_put_task_struct(head: callback_head): void {
  put_task_struct(container_of<task_struct>(head, "rcu"));
}

/** The task is off the lists, or off its CPU for good: readers that found it before may still look at it. */
export function put_task_struct_rcu_user(t: task_struct): void {
  if (refcount_dec_and_test(t.rcu_users)) call_rcu(t.rcu, delayed_put_task_struct);
}

/** The same actions, with a lock, a count and waiters of its own. */
export function init_sighand_copy(s: sighand_struct, old: sighand_struct): void {
  copy(s, old);
  s.siglock.locked = 0;
  refcount_set(s.count, 1);
  s.signalfd_wqh.head.next = null;
}

function free_sighand(head: callback_head): void {
  kfree(container_of<sighand_struct>(head, "rcu"));
}

/** lock_task_sighand reaches for the lock of one that may just be on its way out. */
export function __cleanup_sighand(s: sighand_struct): void {
  if (refcount_dec_and_test(s.count)) call_rcu(s.rcu, free_sighand);
}

/** A copy of the current task's structure with a stack of its own. */
export function dup_task_struct(orig: task_struct): task_struct {
  const t = kmalloc(sizeof<task_struct>(), 0) as task_struct;
  if (t === null) return null;
  const stack = alloc_thread_stack();
  if (stack === 0) {
    kfree(t);
    return null;
  }
  copy(t, orig);
  t.stack = stack;
  t.stack_vm_area = find_vm_area(stack);
  ftrace_graph_init_task(t);
  // One for whoever reaps it, one for the scheduler, dropped after its last switch.
  refcount_set(t.rcu_users, 2);
  refcount_set(t.usage, 1);
  refcount_set(t.stack_refcount, 1);
  clear_tsk_thread_flag(t, TIF_NEED_RESCHED);
  clear_tsk_thread_flag(t, TIF_SIGPENDING);
  clear_tsk_thread_flag(t, TIF_NOTIFY_SIGNAL);
  return t;
}
EXPORT_SYMBOL(put_task_struct);
