// Workqueues: works go to the pool of the CPU where they are queued, or with WQ_UNBOUND to one whose workers run anywhere. An ordered queue has one work
// at a time; a WQ_MEM_RECLAIM queue has a rescuer of its own.

import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_empty } from "linux/list";
import { type module, within_module } from "linux/module";
import { mutex_init } from "linux/mutex";
import type { task_struct } from "linux/sched";
import { smp_processor_id } from "linux/smp";
import { spin_lock, spin_lock_irqsave, spin_unlock, spin_unlock_irqrestore } from "linux/spinlock";
import type { timer_list } from "linux/timer";
import type { list_head } from "linux/types";
import {
  __WQ_ORDERED,
  type delayed_work,
  WQ_HIGHPRI,
  WQ_MEM_RECLAIM,
  WQ_UNBOUND,
  type work_struct,
  type workqueue_struct,
} from "linux/workqueue";
import { vsnprintf } from "../lib/vsprintf";
import { kfree, kzalloc } from "../mm/slab";
import { cpu_online, nr_cpu_ids } from "./cpu";
import { kthread_data, kthread_stop } from "./kthread";
import { jiffies, mod_timer, timer_setup } from "./time/timer";
import {
  find_worker_executing_work,
  get_work_pool,
  HIGHPRI_NICE_LEVEL,
  insert_work,
  NR_STD_WORKER_POOLS,
  PWQ_ALIGN,
  type pool_workqueue,
  WORK_STRUCT_INACTIVE,
  WORK_STRUCT_PENDING,
  type worker,
  type worker_pool,
  worker_pools,
  workqueues,
  wq_list_lock,
} from "./workqueue_internal";
import { drain_workqueue, flush_work } from "./workqueue-flush";
import { pool_mayday_timeout } from "./workqueue-mayday";
import { create_worker, init_rescuer } from "./workqueue-worker";

const WQ_DFL_ACTIVE = 256;
const WQ_MAX_ACTIVE = 512;

export let system_wq: workqueue_struct = null;
export let system_highpri_wq: workqueue_struct = null;
export let system_long_wq: workqueue_struct = null;
export let system_unbound_wq: workqueue_struct = null;

function init_pool(id: int, cpu: int, nice: int): void {
  const pool = worker_pools[id];
  pool.id = id;
  pool.cpu = cpu;
  pool.nice = nice;
  INIT_LIST_HEAD(pool.worklist);
  INIT_LIST_HEAD(pool.idle_list);
  INIT_LIST_HEAD(pool.workers);
  timer_setup(pool.mayday_timer, pool_mayday_timeout, 0);
}
init(init_pool);

/** Pools of no CPU come behind those of all CPUs. */
function unbound_pool(highpri: bool): worker_pool {
  return worker_pools[int(nr_cpu_ids) * NR_STD_WORKER_POOLS + (highpri ? 1 : 0)];
}

function alloc_pwq(wq: workqueue_struct, pool: worker_pool, max_active: int): pool_workqueue {
  const memory = kzalloc(sizeof<pool_workqueue>() + PWQ_ALIGN, 0);
  if (memory === null) return null;
  const pwq = at<pool_workqueue>((u64(memory) + PWQ_ALIGN - 1) & ~u64(PWQ_ALIGN - 1));
  pwq.memory = memory;
  pwq.pool = pool;
  pwq.wq = wq;
  pwq.max_active = max_active;
  INIT_LIST_HEAD(pwq.inactive_works);
  INIT_LIST_HEAD(pwq.mayday_node);
  return pwq;
}

function free_workqueue(wq: workqueue_struct): void {
  for (let i: int = 0; i < wq.nr_pwqs; i++) kfree((wq.pwqs[i] as pool_workqueue).memory);
  if (wq.rescuer !== null) kfree(wq.rescuer);
  kfree(wq);
}

/** One pool_workqueue for each CPU, or a single one. */
function alloc_pwqs(wq: workqueue_struct, max_active: int): bool {
  const highpri = (wq.flags & WQ_HIGHPRI) !== 0;
  const unbound = (wq.flags & WQ_UNBOUND) !== 0;
  const count: int = unbound ? 1 : int(nr_cpu_ids);
  while (wq.nr_pwqs < count) {
    const pool = unbound ? unbound_pool(highpri) : worker_pools[wq.nr_pwqs * NR_STD_WORKER_POOLS + (highpri ? 1 : 0)];
    const pwq = alloc_pwq(wq, pool, max_active);
    if (pwq === null) return false;
    wq.pwqs[wq.nr_pwqs] = pwq;
    wq.nr_pwqs++;
  }
  return true;
}

/** Without threads yet: early, or for those that see to them. */
function alloc_wq(name: cstr, flags: u32, max_active: int, args: va_list): workqueue_struct {
  const wq = kzalloc(sizeof<workqueue_struct>(), 0) as workqueue_struct;
  if (wq === null) return null;
  vsnprintf(wq.name, 24, name, args);
  wq.flags = flags;
  mutex_init(wq.mutex);
  INIT_LIST_HEAD(wq.maydays);
  INIT_LIST_HEAD(wq.list);
  const active: int = max_active <= 0 ? WQ_DFL_ACTIVE : max_active > WQ_MAX_ACTIVE ? WQ_MAX_ACTIVE : max_active;
  if (!alloc_pwqs(wq, active)) {
    free_workqueue(wq);
    return null;
  }
  const irq = spin_lock_irqsave(wq_list_lock);
  list_add_tail(wq.list, workqueues);
  spin_unlock_irqrestore(wq_list_lock, irq);
  return wq;
}

/** The first highpri queue of no CPU brings that pool's first worker. */
function start_wq(wq: workqueue_struct): workqueue_struct {
  if (wq === null) return null;
  const pool = (wq.pwqs[0] as pool_workqueue).pool;
  const no_worker = pool.nr_workers === 0 && !create_worker(pool);
  if (no_worker || ((wq.flags & WQ_MEM_RECLAIM) !== 0 && init_rescuer(wq) !== 0)) {
    destroy_workqueue(wq);
    return null;
  }
  return wq;
}

export function alloc_workqueue(fmt: cstr, flags: u32, max_active: int, ...args: va_list): workqueue_struct {
  const ordered = (flags & WQ_UNBOUND) !== 0 && max_active === 1;
  return start_wq(alloc_wq(fmt, ordered ? flags | u32(__WQ_ORDERED) : flags, max_active, args));
}

export function alloc_ordered_workqueue(fmt: cstr, flags: u32, ...args: va_list): workqueue_struct {
  return start_wq(alloc_wq(fmt, flags | u32(WQ_UNBOUND | __WQ_ORDERED), 1, args));
}

export function destroy_workqueue(wq: workqueue_struct): void {
  drain_workqueue(wq);
  const irq = spin_lock_irqsave(wq_list_lock);
  list_del_init(wq.list);
  spin_unlock_irqrestore(wq_list_lock, irq);
  if (wq.rescuer !== null) kthread_stop((wq.rescuer as worker).task);
  free_workqueue(wq);
}

/** The queues, before there are threads: work can be queued. */
export function workqueue_init_early(): void {
  INIT_LIST_HEAD(workqueues);
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    init_pool(cpu * NR_STD_WORKER_POOLS, cpu, 0);
    init_pool(cpu * NR_STD_WORKER_POOLS + 1, cpu, HIGHPRI_NICE_LEVEL);
  }
  init_pool(unbound_number(), -1, 0);
  init_pool(unbound_number() + 1, -1, HIGHPRI_NICE_LEVEL);
  system_wq = early_wq("events", 0);
  system_highpri_wq = early_wq("events_highpri", WQ_HIGHPRI);
  system_long_wq = early_wq("events_long", 0);
  system_unbound_wq = early_wq("events_unbound", WQ_UNBOUND);
}
init(workqueue_init_early);

function unbound_number(): int {
  return int(nr_cpu_ids) * NR_STD_WORKER_POOLS;
}
init(unbound_number);

function early_wq(name: cstr, flags: u32, ...args: va_list): workqueue_struct {
  return alloc_wq(name, flags, 0, args);
}
init(early_wq);

/** The pools' first workers. */
export function workqueue_init(): void {
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    if (!cpu_online(cpu)) continue;
    for (let i: int = 0; i < NR_STD_WORKER_POOLS; i++) create_worker(worker_pools[cpu * NR_STD_WORKER_POOLS + i]);
  }
  create_worker(unbound_pool(false));
}
init(workqueue_init);

/** PENDING is the caller's. A work that runs right now goes to the worker that has it, so that it never runs twice at a time. */
function __queue_work(cpu: int, wq: workqueue_struct, work: work_struct): void {
  const flags = read_rflags();
  cli();
  const on: int = cpu >= 0 && cpu_online(cpu) ? cpu : smp_processor_id();
  let pwq = wq.pwqs[wq.nr_pwqs === 1 ? 0 : on] as pool_workqueue;
  const last = get_work_pool(work);
  if (last !== pwq.pool) {
    spin_lock(last.lock);
    const w = find_worker_executing_work(last, work);
    if (w !== null && w.current_pwq !== null && w.current_pwq.wq === wq) {
      pwq = w.current_pwq;
    } else {
      spin_unlock(last.lock);
      spin_lock(pwq.pool.lock);
    }
  } else spin_lock(last.lock);
  const color = wq.work_color;
  pwq.nr_in_flight[color]++;
  if (pwq.nr_active < pwq.max_active) {
    pwq.nr_active++;
    insert_work(pwq, work, pwq.pool.worklist, color, 0);
  } else insert_work(pwq, work, pwq.inactive_works, color, WORK_STRUCT_INACTIVE);
  spin_unlock(pwq.pool.lock);
  if ((flags & 0x200) !== 0) sti();
}

/** cpu -1: this one. False if it was queued already. */
export function queue_work_on(cpu: int, wq: workqueue_struct, work: work_struct): bool {
  if (test_and_set_bit(0, addr(work.data))) return false;
  __queue_work(cpu, wq, work);
  return true;
}

export function queue_work(wq: workqueue_struct, work: work_struct): bool {
  return queue_work_on(-1, wq, work);
}

export function schedule_work(work: work_struct): bool {
  return queue_work(system_wq, work);
}

export function work_pending(work: work_struct): bool {
  return (READ_ONCE(work.data) & WORK_STRUCT_PENDING) !== 0;
}

export function delayed_work_pending(dwork: delayed_work): bool {
  return work_pending(dwork.work);
}

function delayed_work_timer_fn(t: timer_list): void {
  const dwork = container_of<delayed_work>(t, "timer");
  __queue_work(-1, dwork.wq, dwork.work);
}

/** The work's function behind a delayed work's timer; 0 for other timers. */
export function timer_work_func(t: timer_list): u64 {
  return t.function === delayed_work_timer_fn ? u64(container_of<delayed_work>(t, "timer").work.func) : u64(0);
}

export function INIT_DELAYED_WORK(dwork: delayed_work, func: (work: work_struct) => void): void {
  dwork.work.data = 0;
  INIT_LIST_HEAD(dwork.work.entry);
  dwork.work.func = func;
  timer_setup(dwork.timer, delayed_work_timer_fn, 0);
}

/** PENDING is the caller's. */
export function __queue_delayed_work(wq: workqueue_struct, dwork: delayed_work, delay: u64): void {
  dwork.wq = wq;
  if (delay === 0) {
    __queue_work(-1, wq, dwork.work);
    return;
  }
  // Statically made ones come without timer function.
  if (dwork.timer.function === null) timer_setup(dwork.timer, delayed_work_timer_fn, 0);
  mod_timer(dwork.timer, jiffies + delay);
}

/** PENDING is the caller's: what waited for its timer goes to the queue. */
export function queue_delayed_work_now(dwork: delayed_work): void {
  __queue_work(-1, dwork.wq, dwork.work);
}

export function queue_delayed_work(wq: workqueue_struct, dwork: delayed_work, delay: u64): bool {
  if (test_and_set_bit(0, addr(dwork.work.data))) return false;
  __queue_delayed_work(wq, dwork, delay);
  return true;
}

export function schedule_delayed_work(dwork: delayed_work, delay: u64): bool {
  return queue_delayed_work(system_wq, dwork, delay);
}

/** Runs func once on each CPU, in task context, and waits. */
export function schedule_on_each_cpu(func: (work: work_struct) => void): int {
  let works: array<work_struct, 8>;
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    if (!cpu_online(cpu)) continue;
    const work = works[cpu];
    work.data = 0;
    INIT_LIST_HEAD(work.entry);
    work.func = func;
    queue_work_on(cpu, system_wq, work);
  }
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) if (cpu_online(cpu)) flush_work(works[cpu]);
  return 0;
}

function listed_in_module(list: list_head, mod: module): u64 {
  for (let p = list.next; p !== list; p = p.next) {
    const work = container_of<work_struct>(p, "entry");
    if (within_module(u64(work), mod) || within_module(u64(work.func), mod)) return u64(work.func);
  }
  return 0;
}

/** For unload, while all CPUs stand still: the function of a work in this worker's hands, or in its pool, that lies in the module; 0 if none. */
export function work_in_module(task: task_struct, mod: module): u64 {
  const w = kthread_data(task) as worker;
  if (within_module(u64(w.current_func), mod)) return u64(w.current_func);
  let func = listed_in_module(w.scheduled, mod);
  if (w.pool === null) return func;
  if (func === 0) func = listed_in_module(w.pool.worklist, mod);
  for (let p = workqueues.next; func === 0 && p !== workqueues; p = p.next) {
    const wq = container_of<workqueue_struct>(p, "list");
    for (let i: int = 0; func === 0 && i < wq.nr_pwqs; i++) func = listed_in_module((wq.pwqs[i] as pool_workqueue).inactive_works, mod);
  }
  return func;
}
EXPORT_SYMBOL(system_wq);
EXPORT_SYMBOL_GPL(system_unbound_wq);
EXPORT_SYMBOL_GPL(system_long_wq);
EXPORT_SYMBOL_GPL(system_highpri_wq);
EXPORT_SYMBOL(queue_work);
EXPORT_SYMBOL(queue_work_on);
EXPORT_SYMBOL(schedule_work);
EXPORT_SYMBOL(schedule_delayed_work);
EXPORT_SYMBOL(queue_delayed_work);
EXPORT_SYMBOL(INIT_DELAYED_WORK);
EXPORT_SYMBOL(alloc_workqueue);
EXPORT_SYMBOL(alloc_ordered_workqueue);
EXPORT_SYMBOL(destroy_workqueue);
EXPORT_SYMBOL(schedule_on_each_cpu);
EXPORT_SYMBOL(work_pending);
