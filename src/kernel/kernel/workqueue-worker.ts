// The workers: threads kworker/CPU:N and, where they may run anywhere, kworker/uPOOL:N. A pool for a CPU has one of them run at a time, and another when
// that one sleeps; there is always an idle one more, which the last idle one makes before it begins. Where no thread can be made, the rescuers of
// the queues that memory is waited for with (WQ_MEM_RECLAIM) run the works.

import { get_current } from "linux/current";
import { IS_ERR } from "linux/err";
import { HZ, jiffies } from "linux/jiffies";
import { kthread_bind, kthread_create, kthread_data, kthread_should_stop } from "linux/kthread";
import { INIT_LIST_HEAD, list_add, list_add_tail, list_del_init, list_empty } from "linux/list";
import { preempt_count } from "linux/preempt";
import {
  __set_current_state,
  PF_NO_SETAFFINITY,
  PF_WQ_WORKER,
  set_user_nice,
  TASK_IDLE,
  TASK_RUNNING,
  type task_struct,
  wake_up_process,
} from "linux/sched";
import { spin_lock_irq, spin_lock_irqsave, spin_unlock_irq, spin_unlock_irqrestore } from "linux/spinlock";
import type { work_struct, workqueue_struct } from "linux/workqueue";
import { strcmp, strscpy } from "../lib/string";
import { scnprintf } from "../lib/vsprintf";
import { kfree, kzalloc } from "../mm/slab";
import { cpu_online_mask } from "./cpu";
import { _printk } from "./printk/printk";
import { set_cpus_allowed_ptr } from "./sched/affinity";
import { cond_resched, schedule } from "./sched/core";
import { wake_up_all } from "./sched/wait";
import { schedule_timeout_interruptible } from "./time/timer";
import {
  find_worker_executing_work,
  first_work,
  get_work_pwq,
  move_linked_works,
  need_more_worker,
  type pool_workqueue,
  pwq_activate_inactive_work,
  set_work_pool,
  WORK_NO_COLOR,
  WORK_STRUCT_INACTIVE,
  WORK_STRUCT_LINKED,
  WORKER_DIE,
  WORKER_IDLE,
  WORKER_NOT_RUNNING,
  WORKER_PREP,
  WORKER_UNBOUND,
  wake_up_worker,
  work_color,
  type worker,
  type worker_pool,
} from "./workqueue_internal";
import { begin_mayday, end_mayday, wq_mayday_lock } from "./workqueue-mayday";

const MAX_IDLE_WORKERS_RATIO = 4;
const IDLE_WORKER_TIMEOUT = 300 * HZ;
const CREATE_COOLDOWN = HZ;

function worker_clr_flags(w: worker, flags: u32): void {
  const was = w.flags;
  w.flags = was & ~flags;
  if ((was & WORKER_NOT_RUNNING) !== 0 && (w.flags & WORKER_NOT_RUNNING) === 0) w.pool.nr_running++;
}

function worker_set_flags(w: worker, flags: u32): void {
  if ((w.flags & WORKER_NOT_RUNNING) === 0 && (flags & WORKER_NOT_RUNNING) !== 0) w.pool.nr_running--;
  w.flags |= flags;
}

/** From schedule, of a worker that is about to sleep: another one goes on with the list. */
export function wq_worker_sleeping(t: task_struct): void {
  const w = kthread_data(t) as worker;
  if ((w.flags & WORKER_NOT_RUNNING) !== 0 || w.sleeping) return;
  const pool = w.pool;
  const flags = spin_lock_irqsave(pool.lock);
  w.sleeping = true;
  pool.nr_running--;
  if (need_more_worker(pool)) wake_up_worker(pool);
  spin_unlock_irqrestore(pool.lock, flags);
}

/** And when it runs again. */
export function wq_worker_running(t: task_struct): void {
  const w = kthread_data(t) as worker;
  if (!w.sleeping) return;
  const flags = spin_lock_irqsave(w.pool.lock);
  w.sleeping = false;
  if ((w.flags & WORKER_NOT_RUNNING) === 0) w.pool.nr_running++;
  spin_unlock_irqrestore(w.pool.lock, flags);
}

/** Under the pool's lock. What has been idle for five minutes, where many are, ends: looked at when one more becomes idle, so no timer wakes for it. */
function worker_enter_idle(w: worker): void {
  const pool = w.pool;
  w.flags |= WORKER_IDLE;
  w.last_active = jiffies;
  pool.nr_idle++;
  list_add(w.entry, pool.idle_list);
  const busy = pool.nr_workers - pool.nr_idle;
  if (pool.nr_idle <= 2 || (pool.nr_idle - 2) * MAX_IDLE_WORKERS_RATIO < busy) return;
  const oldest = container_of<worker>(pool.idle_list.prev, "entry");
  if (s64(oldest.last_active + IDLE_WORKER_TIMEOUT - jiffies) > 0) return;
  pool.nr_idle--;
  pool.nr_workers--;
  list_del_init(oldest.entry);
  list_del_init(oldest.node);
  oldest.flags |= WORKER_DIE;
  wake_up_process(oldest.task);
}

function worker_leave_idle(w: worker): void {
  if ((w.flags & WORKER_IDLE) === 0) return;
  w.flags &= ~u32(WORKER_IDLE);
  w.pool.nr_idle--;
  list_del_init(w.entry);
}

function alloc_worker_id(pool: worker_pool): int {
  const flags = spin_lock_irqsave(pool.lock);
  const free = ~pool.worker_ids;
  const id = free === 0 ? -1 : ctz64(free);
  if (id >= 0) pool.worker_ids |= u64(1) << id;
  spin_unlock_irqrestore(pool.lock, flags);
  return id;
}

function alloc_worker(pool: worker_pool): worker {
  const w = kzalloc(sizeof<worker>(), 0) as worker;
  if (w === null) return null;
  INIT_LIST_HEAD(w.entry);
  INIT_LIST_HEAD(w.node);
  INIT_LIST_HEAD(w.scheduled);
  w.pool = pool;
  w.flags = WORKER_PREP;
  return w;
}

/** A further worker, idle. Sleeps. False: there is no memory, or no number, for it. */
export function create_worker(pool: worker_pool): bool {
  const id = alloc_worker_id(pool);
  if (id < 0) return false;
  const w = alloc_worker(pool);
  let t: task_struct = null;
  if (w !== null) {
    w.id = id;
    if (pool.cpu < 0) w.flags |= WORKER_UNBOUND;
    const suffix: cstr = pool.nice < 0 ? "H" : "";
    t =
      pool.cpu < 0
        ? kthread_create(worker_thread, w, "kworker/u%d:%d", pool.id, id)
        : kthread_create(worker_thread, w, "kworker/%d:%d%s", pool.cpu, id, suffix);
  }
  const flags = spin_lock_irqsave(pool.lock);
  const made = w !== null && !IS_ERR(t);
  if (!made) pool.worker_ids &= ~(u64(1) << id);
  spin_unlock_irqrestore(pool.lock, flags);
  if (!made) {
    kfree(w);
    return false;
  }
  w.task = t;
  set_user_nice(t, pool.nice);
  if (pool.cpu >= 0) kthread_bind(t, u32(pool.cpu));
  else t.flags = t.flags | PF_NO_SETAFFINITY;
  const locked = spin_lock_irqsave(pool.lock);
  list_add_tail(w.node, pool.workers);
  pool.nr_workers++;
  worker_enter_idle(w);
  wake_up_process(t);
  spin_unlock_irqrestore(pool.lock, locked);
  return true;
}

/** The last idle worker makes another one before it goes to work. The lock is let go meanwhile. False: another worker is at it. */
function manage_workers(w: worker): bool {
  const pool = w.pool;
  if (pool.managing) return false;
  pool.managing = true;
  while (pool.nr_idle === 0) {
    spin_unlock_irq(pool.lock);
    begin_mayday(pool);
    if (!create_worker(pool)) schedule_timeout_interruptible(CREATE_COOLDOWN);
    end_mayday(pool);
    spin_lock_irq(pool.lock);
    if (!need_more_worker(pool)) break;
  }
  pool.managing = false;
  return true;
}

/** A work has ended, or was taken back: its place, and the flushers who wait for its colour. data: as it was while it was queued. */
export function pwq_dec_nr_in_flight(pwq: pool_workqueue, data: u64): void {
  const color = work_color(data);
  if ((data & WORK_STRUCT_INACTIVE) === 0) {
    pwq.nr_active--;
    if (!list_empty(pwq.inactive_works) && pwq.nr_active < pwq.max_active) pwq_activate_inactive_work(first_work(pwq.inactive_works));
  }
  if (color === WORK_NO_COLOR) return;
  pwq.nr_in_flight[color]--;
  if (pwq.nr_in_flight[color] === 0) wake_up_all(pwq.wq.flush_wait);
}

/** Under the pool's lock, which is let go while the function runs. */
function process_one_work(w: worker, work: work_struct): void {
  const pool = w.pool;
  const collision = find_worker_executing_work(pool, work);
  if (collision !== null) {
    // It never runs twice at a time: the one who is at it goes on with it.
    move_linked_works(work, collision.scheduled);
    return;
  }
  const data = work.data;
  const pwq = get_work_pwq(work);
  const func = work.func;
  w.current_work = work;
  w.current_func = func;
  w.current_pwq = pwq;
  strscpy(w.desc, pwq.wq.name, 24);
  list_del_init(work.entry);
  if (need_more_worker(pool)) wake_up_worker(pool);
  // From here on it may be queued again, or freed by its own function.
  set_work_pool(work, pool, 0);
  spin_unlock_irq(pool.lock);
  func(work);
  if (preempt_count() !== 0) {
    pr_err(
      "BUG: workqueue leaked lock or atomic: %s/0x%08x/%d\n     last function: %ps\n",
      get_current().comm,
      preempt_count(),
      get_current().pid,
      func,
    );
  }
  cond_resched();
  spin_lock_irq(pool.lock);
  w.current_work = null;
  w.current_func = null;
  w.current_pwq = null;
  pwq_dec_nr_in_flight(pwq, data);
}

function process_scheduled_works(w: worker): void {
  while (!list_empty(w.scheduled)) process_one_work(w, first_work(w.scheduled));
}

function worker_thread(arg: ptr): int {
  const w = arg as worker;
  const pool = w.pool;
  get_current().flags = get_current().flags | PF_WQ_WORKER;
  for (;;) {
    spin_lock_irq(pool.lock);
    if ((w.flags & WORKER_DIE) !== 0) {
      pool.worker_ids &= ~(u64(1) << w.id);
      spin_unlock_irq(pool.lock);
      get_current().flags = get_current().flags & ~u32(PF_WQ_WORKER);
      kfree(w);
      return 0;
    }
    worker_leave_idle(w);
    while (need_more_worker(pool)) {
      if (pool.nr_idle === 0 && manage_workers(w)) continue;
      worker_clr_flags(w, WORKER_PREP);
      do {
        const work = first_work(pool.worklist);
        if ((work.data & WORK_STRUCT_LINKED) === 0) process_one_work(w, work);
        else move_linked_works(work, w.scheduled);
        process_scheduled_works(w);
      } while (!list_empty(pool.worklist) && pool.nr_running <= 1);
      worker_set_flags(w, WORKER_PREP);
    }
    worker_enter_idle(w);
    __set_current_state(TASK_IDLE);
    spin_unlock_irq(pool.lock);
    schedule();
  }
}

/** The works of one queue that wait in a pool without a thread for them. */
function rescue(w: worker, pwq: pool_workqueue): void {
  const pool = pwq.pool;
  set_cpus_allowed_ptr(get_current(), pool.cpu < 0 ? cpu_online_mask : u64(1) << pool.cpu);
  spin_lock_irq(pool.lock);
  w.pool = pool;
  list_add_tail(w.node, pool.workers);
  let p = pool.worklist.next;
  while (p !== pool.worklist) {
    const work = container_of<work_struct>(p, "entry");
    if (get_work_pwq(work) === pwq) {
      move_linked_works(work, w.scheduled);
      p = pool.worklist.next;
    } else p = p.next;
  }
  process_scheduled_works(w);
  list_del_init(w.node);
  if (need_more_worker(pool)) wake_up_worker(pool);
  w.pool = null;
  spin_unlock_irq(pool.lock);
}

/** Named as its queue. It is never counted as running. */
function rescuer_thread(arg: ptr): int {
  const w = arg as worker;
  const wq = w.rescue_wq;
  get_current().flags = get_current().flags | PF_WQ_WORKER;
  for (;;) {
    __set_current_state(TASK_IDLE);
    const stop = kthread_should_stop();
    spin_lock_irq(wq_mayday_lock);
    while (!list_empty(wq.maydays)) {
      const pwq = container_of<pool_workqueue>(wq.maydays.next, "mayday_node");
      list_del_init(pwq.mayday_node);
      spin_unlock_irq(wq_mayday_lock);
      __set_current_state(TASK_RUNNING);
      rescue(w, pwq);
      spin_lock_irq(wq_mayday_lock);
    }
    spin_unlock_irq(wq_mayday_lock);
    if (stop) {
      __set_current_state(TASK_RUNNING);
      get_current().flags = get_current().flags & ~u32(PF_WQ_WORKER);
      return 0;
    }
    schedule();
  }
}

/** 0 or an errno. */
export function init_rescuer(wq: workqueue_struct): int {
  const w = alloc_worker(null);
  if (w === null) return -12;
  w.rescue_wq = wq;
  const t = kthread_create(rescuer_thread, w, "%s", wq.name);
  if (IS_ERR(t)) {
    kfree(w);
    return int(s64(u64(t)));
  }
  w.task = t;
  wq.rescuer = w;
  set_user_nice(t, -20);
  t.flags = t.flags | PF_NO_SETAFFINITY;
  wake_up_process(t);
  return 0;
}

/** What a worker does, or has done last: "Workqueue: events fn [module]". Nothing for other tasks. */
export function print_worker_info(log_lvl: cstr, t: task_struct): void {
  if ((t.flags & PF_WQ_WORKER) === 0) return;
  const w = kthread_data(t) as worker;
  const func = READ_ONCE(w.current_func);
  const pwq = READ_ONCE(w.current_pwq);
  const name: cstr = pwq !== null ? pwq.wq.name : "";
  if (func === null && name[0] === 0 && w.desc[0] === 0) return;
  _printk("%sWorkqueue: %s %ps", log_lvl, name, func);
  if (strcmp(name, w.desc) !== 0) _printk("\x01c (%s)", w.desc);
  _printk("\x01c\n");
}

/** The name under which /proc shows a task: a worker's with the queue that it works for (+), or has worked for (-). */
export function wq_worker_comm(buf: u8[], size: u64, t: task_struct): void {
  const n = scnprintf(buf, size, "%s", t.comm);
  if ((t.flags & PF_WQ_WORKER) === 0) return;
  const w = kthread_data(t) as worker;
  if (w.pool === null || w.desc[0] === 0) return;
  scnprintf(add(buf, n), size - u64(n), "%c%s", READ_ONCE(w.current_work) !== null ? 0x2b : 0x2d, w.desc);
}
