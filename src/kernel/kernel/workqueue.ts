// Workqueues: one kernel thread each, which runs the queue's work in order. system_wq stands for a queue on each CPU; each of those has two
// threads (kworker/CPU:N), so that a work that sleeps does not hold up the others.

import { get_current } from "linux/current";
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_empty } from "linux/list";
import { type module, within_module } from "linux/module";
import type { task_struct } from "linux/sched";
import { PF_WQ_WORKER, set_user_nice, TASK_IDLE, TASK_UNINTERRUPTIBLE } from "linux/sched";
import { smp_processor_id } from "linux/smp";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { timer_list } from "linux/timer";
import type { wait_queue_entry } from "linux/wait";
import type { delayed_work, work_struct, workqueue_struct } from "linux/workqueue";
import { strscpy } from "../lib/string";
import { vsnprintf } from "../lib/vsprintf";
import { kfree, kzalloc } from "../mm/slab";
import { cpu_online, nr_cpu_ids } from "./cpu";
import { kthread_bind, kthread_create, kthread_data, kthread_should_stop, kthread_stop } from "./kthread";
import { _printk } from "./printk/printk";
import { schedule, wake_up_process } from "./sched/core";
import { __might_sleep } from "./sched/debug-checks";
import { finish_wait, init_wait, prepare_to_wait, wake_up, wake_up_all } from "./sched/wait";
import { del_timer, del_timer_sync, jiffies, mod_timer, timer_setup } from "./time/timer";

const WORK_PENDING = 1;
const MAX_WORKERS = 2;

export let system_wq: workqueue_struct = null;
/** What stands behind system_wq; a work's data names one of these. */
let system_cpu_wq: array<ref<workqueue_struct>, 8>;
export let system_long_wq: workqueue_struct = null;
export let system_highpri_wq: workqueue_struct = null;
export let system_unbound_wq: workqueue_struct = null;

/** What a worker does at the moment; two for a queue. */
interface worker_slot extends struct<"worker_slot"> {
  wq?: workqueue_struct;
  current_work?: work_struct;
  /** Its function, from the moment it leaves the queue. */
  current_func?: (work: work_struct) => void;
  task?: task_struct;
  has_run?: bool;
}

interface wq_internal extends struct<"wq_internal"> {
  wq?: embed<workqueue_struct>;
  slots?: array<worker_slot, 2>;
  nr_workers?: u32;
}

function internal(wq: workqueue_struct): wq_internal {
  return container_of<wq_internal>(wq, "wq");
}
inline(internal);

/** The first work that no other worker of the queue is running: a work never runs twice at a time. wq.lock held. */
function next_work(wq: workqueue_struct, slot: worker_slot): work_struct {
  const p = internal(wq);
  for (let entry = wq.works.next; entry !== wq.works; entry = entry.next) {
    const work = container_of<work_struct>(entry, "entry");
    let running = false;
    for (let i: u32 = 0; i < p.nr_workers; i++) if (p.slots[i] !== slot && p.slots[i].current_work === work) running = true;
    if (!running) return work;
  }
  return null;
}

/** For a worker that is about to sleep; one that is running a work looks again when it has ended. */
function has_work(wq: workqueue_struct, slot: worker_slot): bool {
  const flags = spin_lock_irqsave(wq.lock);
  const found = next_work(wq, slot) !== null;
  spin_unlock_irqrestore(wq.lock, flags);
  return found;
}

function worker_thread(arg: ptr): int {
  const slot = arg as worker_slot;
  const wq = slot.wq;
  let w: embed<wait_queue_entry>;
  get_current().flags = get_current().flags | PF_WQ_WORKER;
  for (;;) {
    let flags = spin_lock_irqsave(wq.lock);
    const work = next_work(wq, slot);
    if (work !== null) {
      list_del_init(work.entry);
      slot.current_work = work;
      wq.current_work = work;
      const func = work.func;
      slot.current_func = func;
      slot.has_run = true;
      // From here on it may be queued again, or freed by its own function.
      work.data = work.data & ~u64(WORK_PENDING);
      spin_unlock_irqrestore(wq.lock, flags);
      func(work);
      flags = spin_lock_irqsave(wq.lock);
      slot.current_work = null;
      slot.current_func = null;
      wq.current_work = null;
      spin_unlock_irqrestore(wq.lock, flags);
      wake_up_all(wq.work_done);
      continue;
    }
    spin_unlock_irqrestore(wq.lock, flags);
    if (kthread_should_stop()) return 0;
    init_wait(w);
    prepare_to_wait(wq.more_work, w, TASK_IDLE);
    if (!has_work(wq, slot) && !kthread_should_stop()) schedule();
    finish_wait(wq.more_work, w);
  }
}

/** What a worker does, or has done last: "Workqueue: events fn [module]". Nothing for other tasks. */
export function print_worker_info(log_lvl: cstr, t: task_struct): void {
  if ((t.flags & PF_WQ_WORKER) === 0) return;
  const slot = kthread_data(t) as worker_slot;
  const func = READ_ONCE(slot.current_func);
  if (func !== null) _printk("%sWorkqueue: %s %ps\n", log_lvl, slot.wq.name, func);
  else if (slot.has_run) _printk("%sWorkqueue:  0x0 (%s)\n", log_lvl, slot.wq.name);
}

function create_wq(name: cstr, workers: u32): workqueue_struct {
  const p = kzalloc(sizeof<wq_internal>(), 0) as wq_internal;
  if (p === null) return null;
  const wq = p.wq;
  strscpy(wq.name, name, 24);
  INIT_LIST_HEAD(wq.works);
  p.nr_workers = workers;
  return wq;
}

/** cpu: a system queue's; -1: a thread that may run anywhere, named as the queue. */
function start_workers(wq: workqueue_struct, cpu: int): int {
  const p = internal(wq);
  for (let i: u32 = 0; i < p.nr_workers; i++) {
    const slot = p.slots[i];
    slot.wq = wq;
    const t = cpu >= 0 ? kthread_create(worker_thread, slot, "kworker/%d:%u", cpu, i) : kthread_create(worker_thread, slot, "%s", wq.name);
    if (u64(t) >= 0xfffffffffffff001) return int(s64(t));
    if (cpu >= 0) kthread_bind(t, u32(cpu));
    slot.task = t;
    wq.worker = t;
    wake_up_process(t);
  }
  return 0;
}

export function alloc_workqueue(fmt: cstr, _flags: u32, _max_active: int, ...args: va_list): workqueue_struct {
  let name: array<u8, 24>;
  vsnprintf(name, 24, fmt, args);
  const wq = create_wq(name, 1);
  if (wq !== null && start_workers(wq, -1) !== 0) {
    kfree(internal(wq));
    return null;
  }
  return wq;
}

export function alloc_ordered_workqueue(fmt: cstr, _flags: u32, ...args: va_list): workqueue_struct {
  let name: array<u8, 24>;
  vsnprintf(name, 24, fmt, args);
  const wq = create_wq(name, 1);
  if (wq !== null && start_workers(wq, -1) !== 0) {
    kfree(internal(wq));
    return null;
  }
  return wq;
}

export function destroy_workqueue(wq: workqueue_struct): void {
  flush_workqueue(wq);
  const p = internal(wq);
  for (let i: u32 = 0; i < p.nr_workers; i++) kthread_stop(p.slots[i].task);
  kfree(p);
}

/** The queues, before there are threads: work can be queued. */
export function workqueue_init_early(): void {
  for (let cpu: u32 = 0; cpu < nr_cpu_ids; cpu++) system_cpu_wq[cpu] = create_wq("events", MAX_WORKERS);
  system_wq = create_wq("events", 0);
  system_long_wq = system_wq;
  system_unbound_wq = system_wq;
  system_highpri_wq = system_wq;
}
init(workqueue_init_early);

export function workqueue_init(): void {
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    if (cpu_online(cpu)) start_workers(system_cpu_wq[cpu], cpu);
  }
}
init(workqueue_init);

/** The queue itself, or this CPU's for system_wq; but the one that runs the work right now, so that it never runs twice at a time. */
function queue_for(wq: workqueue_struct, work: work_struct, cpu: int): workqueue_struct {
  if (wq !== system_wq) return wq;
  const last = queue_of(work);
  for (let i: u32 = 0; last !== null && i < internal(last).nr_workers; i++) {
    if (READ_ONCE(internal(last).slots[i].current_work) === work) return last;
  }
  return system_cpu_wq[cpu >= 0 && cpu_online(cpu) ? cpu : smp_processor_id()];
}

function insert_work(given: workqueue_struct, work: work_struct, cpu: int): void {
  const wq = queue_for(given, work, cpu);
  const flags = spin_lock_irqsave(wq.lock);
  work.data = u64(wq) | WORK_PENDING;
  if (work.entry.next === null) INIT_LIST_HEAD(work.entry);
  list_add_tail(work.entry, wq.works);
  spin_unlock_irqrestore(wq.lock, flags);
  wake_up(wq.more_work);
}

/** False if it was queued already. */
export function queue_work(wq: workqueue_struct, work: work_struct): bool {
  return queue_work_on(-1, wq, work);
}

/** cpu: for the system's queue; -1: here. */
export function queue_work_on(cpu: int, wq: workqueue_struct, work: work_struct): bool {
  if (test_and_set_bit(0, addr(work.data))) return false;
  insert_work(wq, work, cpu);
  return true;
}

export function schedule_work(work: work_struct): bool {
  return queue_work(system_wq, work);
}

export function work_pending(work: work_struct): bool {
  return (READ_ONCE(work.data) & WORK_PENDING) !== 0;
}

export function delayed_work_pending(dwork: delayed_work): bool {
  return work_pending(dwork.work);
}

function delayed_work_timer_fn(t: timer_list): void {
  const dwork = container_of<delayed_work>(t, "timer");
  insert_work(dwork.wq, dwork.work, -1);
}

/** The work's function behind a delayed work's timer; 0 for other timers. */
export function timer_work_func(t: timer_list): u64 {
  return t.function === delayed_work_timer_fn ? u64(container_of<delayed_work>(t, "timer").work.func) : u64(0);
}

function queued_in_module(wq: workqueue_struct, mod: module): u64 {
  for (let p = wq.works.next; p !== wq.works; p = p.next) {
    const work = container_of<work_struct>(p, "entry");
    if (within_module(u64(work), mod) || within_module(u64(work.func), mod)) return u64(work.func);
  }
  return 0;
}

/** For unload: the function of a work in this worker's hands or queue that lies in the module; 0 if none. */
export function work_in_module(worker: task_struct, mod: module): u64 {
  const slot = kthread_data(worker) as worker_slot;
  return within_module(u64(slot.current_func), mod) ? u64(slot.current_func) : queued_in_module(slot.wq, mod);
}

export function INIT_DELAYED_WORK(dwork: delayed_work, func: (work: work_struct) => void): void {
  dwork.work.data = 0;
  INIT_LIST_HEAD(dwork.work.entry);
  dwork.work.func = func;
  timer_setup(dwork.timer, delayed_work_timer_fn, 0);
}

export function queue_delayed_work(wq: workqueue_struct, dwork: delayed_work, delay: u64): bool {
  if (test_and_set_bit(0, addr(dwork.work.data))) return false;
  dwork.wq = wq;
  if (delay === 0) {
    insert_work(wq, dwork.work, -1);
    return true;
  }
  // Statically made ones come without timer function.
  if (dwork.timer.function === null) timer_setup(dwork.timer, delayed_work_timer_fn, 0);
  mod_timer(dwork.timer, jiffies + delay);
  return true;
}

export function schedule_delayed_work(dwork: delayed_work, delay: u64): bool {
  return queue_delayed_work(system_wq, dwork, delay);
}

/** Queues it anew with this delay, wherever it stands. True if it was pending. */
export function mod_delayed_work(wq: workqueue_struct, dwork: delayed_work, delay: u64): bool {
  const was = take_back(dwork.work, dwork);
  queue_delayed_work(wq, dwork, delay);
  return was;
}

/** Takes pending work out of timer or queue. */
function take_back(work: work_struct, dwork: delayed_work): bool {
  if (dwork !== null && dwork.timer.function !== null && del_timer(dwork.timer) !== 0) {
    work.data = work.data & ~u64(WORK_PENDING);
    return true;
  }
  const wq = at<workqueue_struct>(work.data & ~u64(WORK_PENDING));
  if (wq === null || (work.data & WORK_PENDING) === 0) return false;
  const flags = spin_lock_irqsave(wq.lock);
  const queued = work.entry.next !== null && !list_empty(work.entry);
  if (queued) {
    list_del_init(work.entry);
    work.data = work.data & ~u64(WORK_PENDING);
  }
  spin_unlock_irqrestore(wq.lock, flags);
  return queued;
}

/** Is the work on the queue or in a worker's hands? Under wq.lock or for a look. */
function work_busy_on(wq: workqueue_struct, work: work_struct): bool {
  const p = internal(wq);
  for (let i: u32 = 0; i < p.nr_workers; i++) {
    if (READ_ONCE(p.slots[i].current_work) === work && p.slots[i].task !== get_current()) return true;
  }
  return false;
}

/** Waits while the work is queued (also: pending) or runs. True if there was something to wait for. */
function wait_for_work(wq: workqueue_struct, work: work_struct, pending_too: bool): bool {
  let w: embed<wait_queue_entry>;
  let waited = false;
  init_wait(w);
  for (;;) {
    prepare_to_wait(wq.work_done, w, TASK_UNINTERRUPTIBLE);
    if (!work_busy_on(wq, work) && !(pending_too && work_pending(work))) break;
    waited = true;
    schedule();
  }
  finish_wait(wq.work_done, w);
  return waited;
}

function queue_of(work: work_struct): workqueue_struct {
  return at<workqueue_struct>(READ_ONCE(work.data) & ~u64(WORK_PENDING));
}

export function flush_work(work: work_struct): bool {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  const wq = queue_of(work);
  return wq === null ? false : wait_for_work(wq, work, true);
}

export function flush_delayed_work(dwork: delayed_work): bool {
  if (dwork.timer.function !== null && del_timer_sync(dwork.timer) !== 0) insert_work(dwork.wq, dwork.work, -1);
  return flush_work(dwork.work);
}

/** Afterwards it is neither queued nor running. True if it was pending. */
export function cancel_work_sync(work: work_struct): bool {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  const was = take_back(work, null);
  const wq = queue_of(work);
  if (wq !== null) wait_for_work(wq, work, false);
  return was;
}

export function cancel_delayed_work(dwork: delayed_work): bool {
  return take_back(dwork.work, dwork);
}

export function cancel_delayed_work_sync(dwork: delayed_work): bool {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  const was = take_back(dwork.work, dwork);
  const wq = queue_of(dwork.work);
  if (wq !== null) wait_for_work(wq, dwork.work, false);
  return was;
}

function queue_is_empty(wq: workqueue_struct): bool {
  const p = internal(wq);
  if (!list_empty(wq.works)) return false;
  for (let i: u32 = 0; i < p.nr_workers; i++) {
    if (p.slots[i].current_work !== null && p.slots[i].task !== get_current()) return false;
  }
  return true;
}

export function flush_workqueue(wq: workqueue_struct): void {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  if (wq === system_wq) {
    for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
      if (cpu_online(cpu)) flush_workqueue(system_cpu_wq[cpu]);
    }
    return;
  }
  let w: embed<wait_queue_entry>;
  init_wait(w);
  for (;;) {
    prepare_to_wait(wq.work_done, w, TASK_UNINTERRUPTIBLE);
    if (queue_is_empty(wq)) break;
    schedule();
  }
  finish_wait(wq.work_done, w);
}

export function flush_scheduled_work(): void {
  flush_workqueue(system_wq);
}

/** Runs func once on each CPU, in task context, and waits. */
export function schedule_on_each_cpu(func: (work: work_struct) => void): int {
  let works: array<work_struct, 8>;
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    const work = works[cpu];
    work.data = 0;
    INIT_LIST_HEAD(work.entry);
    work.func = func;
    if (cpu_online(cpu)) queue_work_on(cpu, system_wq, work);
  }
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) flush_work(works[cpu]);
  return 0;
}
EXPORT_SYMBOL(system_wq);
EXPORT_SYMBOL(queue_work_on);
EXPORT_SYMBOL(queue_work);
EXPORT_SYMBOL(schedule_work);
EXPORT_SYMBOL(queue_delayed_work);
EXPORT_SYMBOL(schedule_delayed_work);
EXPORT_SYMBOL(flush_work);
EXPORT_SYMBOL(cancel_work_sync);
EXPORT_SYMBOL(cancel_delayed_work_sync);
EXPORT_SYMBOL(INIT_DELAYED_WORK);
EXPORT_SYMBOL(alloc_workqueue);
EXPORT_SYMBOL(alloc_ordered_workqueue);
EXPORT_SYMBOL(destroy_workqueue);
EXPORT_SYMBOL(flush_workqueue);
EXPORT_SYMBOL(mod_delayed_work);
EXPORT_SYMBOL(cancel_delayed_work);
EXPORT_SYMBOL(flush_delayed_work);
EXPORT_SYMBOL(schedule_on_each_cpu);
EXPORT_SYMBOL(flush_scheduled_work);
EXPORT_SYMBOL(work_pending);
EXPORT_SYMBOL_GPL(system_unbound_wq);
EXPORT_SYMBOL_GPL(system_long_wq);
EXPORT_SYMBOL_GPL(system_highpri_wq);
