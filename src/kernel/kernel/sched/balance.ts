// Balance between the run queues: where a task that wakes shall run, and what a CPU takes over from others.

import { list_del_init, list_empty } from "linux/list";
import { TIF_NEED_RESCHED, type task_struct } from "linux/sched";
import { arch_spin_lock, arch_spin_unlock } from "linux/spinlock";
import { set_tsk_thread_flag } from "linux/thread_info";
import { apic_send_reschedule } from "../../arch/x86/kernel/apic/apic";
import { cpu_online, cpu_online_mask, nr_cpu_ids } from "../cpu";
import { open_softirq, raise_softirq_irqoff, SCHED_SOFTIRQ } from "../softirq";
import { activate_task, check_preempt, set_task_cpu } from "./fair";
import { cpu_allowed, cpu_rq, is_stopper, type rq, rq_lock, rq_unlock, task_of, this_rq } from "./sched";

/** Nothing runs there and nothing waits to. */
function available_idle_cpu(cpu: int): bool {
  const q = cpu_rq(cpu);
  return READ_ONCE(q.curr) === q.idle && READ_ONCE(q.nr_running) === 0;
}

/** Where a task that wakes shall run: where it ran if that CPU idles or no other does; never where it may not. */
export function select_task_rq(t: task_struct, prev_cpu: int): int {
  const mask = t.cpus_mask & READ_ONCE(cpu_online_mask);
  if ((mask & (mask - 1)) === 0 && mask !== 0) return ctz64(mask);
  const prev_allowed = cpu_allowed(t, prev_cpu);
  if (prev_allowed && available_idle_cpu(prev_cpu)) return prev_cpu;
  let least: int = -1;
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    if (!cpu_allowed(t, cpu)) continue;
    if (available_idle_cpu(cpu)) return cpu;
    if (least < 0 || READ_ONCE(cpu_rq(cpu).nr_running) < READ_ONCE(cpu_rq(least).nr_running)) least = cpu;
  }
  if (prev_allowed) return prev_cpu;
  return least < 0 ? 0 : least;
}

// ---- balance between the queues ----

/** Takes over one waiting task of `from` that may run here. Both locks are held. Whoever runs here, the idle task for one, is told. */
function pull_task(q: rq, from: rq): void {
  let p = from.queue.next;
  while (p !== from.queue) {
    const t = task_of(p);
    // A waiting task is off its CPU: the lock was held until its stack was left.
    if (!is_stopper(t) && ((t.cpus_mask >> q.cpu) & 1) !== 0) {
      // on_rq stays: wakers look at it without a lock.
      list_del_init(t.se.run_list);
      from.nr_running--;
      set_task_cpu(t, from, q);
      activate_task(q, t, false);
      check_preempt(q, t);
      return;
    }
    p = p.next;
  }
}

/** q.lock is held; other.lock is taken too. In the order of CPU numbers: then q.lock may be let go in between (true). */
function double_lock(q: rq, other: rq): bool {
  if (other.cpu > q.cpu) {
    arch_spin_lock(other.lock);
    return false;
  }
  arch_spin_unlock(q.lock);
  arch_spin_lock(other.lock);
  arch_spin_lock(q.lock);
  return true;
}

/** The queue with the most tasks, at least `least`, or null. */
function busiest_rq(q: rq, least: u32): rq {
  let busiest: rq = null;
  let most: u32 = least;
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    const other = cpu_rq(cpu);
    if (other === q || !cpu_online(cpu)) continue;
    const n = READ_ONCE(other.nr_running);
    if (n >= most) {
      busiest = other;
      most = n + 1;
    }
  }
  return busiest;
}

/** This CPU has nothing to do: it takes a task that waits elsewhere. Under q.lock, which may be let go meanwhile. */
export function newidle_balance(q: rq): void {
  if (nr_cpu_ids === 1) return;
  const busiest = busiest_rq(q, 2);
  if (busiest === null) return;
  double_lock(q, busiest);
  if (list_empty(q.queue)) pull_task(q, busiest);
  arch_spin_unlock(busiest.lock);
}

const BALANCE_TICKS = 4;

/** From the tick, under q.lock: waiting tasks are offered to an idle CPU; now and then the lengths of the queues are compared, behind the tick. */
export function trigger_load_balance(q: rq): void {
  if (q.nr_running >= 2) {
    for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
      if (cpu !== q.cpu && cpu_online(cpu) && available_idle_cpu(cpu)) {
        set_tsk_thread_flag(cpu_rq(cpu).idle, TIF_NEED_RESCHED);
        apic_send_reschedule(cpu);
        return;
      }
    }
  }
  if (q.balance_in > 0) {
    q.balance_in--;
    return;
  }
  q.balance_in = BALANCE_TICKS;
  raise_softirq_irqoff(SCHED_SOFTIRQ);
}

/** A much longer queue gives one task up. */
function run_rebalance_domains(): void {
  const q = this_rq();
  const flags = rq_lock(q);
  const busiest = busiest_rq(q, q.nr_running + 2);
  if (busiest !== null) {
    double_lock(q, busiest);
    // An idle CPU would halt again with its tick stopped, the task waiting on its queue for ever.
    if (busiest.nr_running >= q.nr_running + 2) pull_task(q, busiest);
    arch_spin_unlock(busiest.lock);
  }
  rq_unlock(q, flags);
}

export function init_sched_fair_class(): void {
  open_softirq(SCHED_SOFTIRQ, run_rebalance_domains);
}
init(init_sched_fair_class);
