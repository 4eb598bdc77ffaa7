// RCU-tasks: a grace period is over when every task that was runnable at its beginning has since switched voluntarily, been in user mode, or
// slept. Until then one may still be preempted somewhere in code that nobody can enter any more, a trampoline say. The rude kind asks
// only that each CPU has switched once: for code that runs with preemption off and where RCU does not look.

import type { completion } from "linux/completion";
import { get_current } from "linux/current";
import { HZ } from "linux/jiffies";
import { kthread_run } from "linux/kthread";
import { INIT_LIST_HEAD, list_add, list_del_init, list_empty } from "linux/list";
import type { module } from "linux/module";
import {
  __set_current_state,
  get_task_struct,
  PF_IDLE,
  put_task_struct,
  set_current_state,
  TASK_IDLE,
  type task_struct,
  tasklist_lock,
} from "linux/sched";
import { read_lock, read_unlock, spin_lock_irqsave, spin_unlock_irqrestore, type spinlock_t } from "linux/spinlock";
import type { callback_head, list_head } from "linux/types";
import type { work_struct } from "linux/workqueue";
import { first_process_thread, next_process_thread } from "../livepatch/objects";
import { complete, init_completion, wait_for_completion } from "../sched/completion";
import { schedule, wake_up_process } from "../sched/core";
import { schedule_timeout } from "../time/timer";
import { schedule_on_each_cpu } from "../workqueue";
import { callback_in_module, synchronize_rcu } from "./tree";

/** Jiffies between the looks at who still holds a grace period up: at first, and at most. */
const INIT_FRACT = HZ / 10;
const MAX_FRACT = HZ;

/** Jiffies that a grace period of RCU takes in Linux at least: its thread looks at the idle CPUs only some time after it began. Ours sees them
 *  at once, so the difference is waited for here, where a program can see it. */
const RCU_GP_JIFFIES = 4;

/** Callbacks that wait for a grace period that has not begun. */
let cbs_lock: embed<spinlock_t>;
let cbs: callback_head = null;
let cbs_tail: callback_head = null;
/** Taken by the grace periods' thread and not begun. */
let batch: callback_head = null;
let gp_thread: task_struct = null;

/** Tasks on their way out, no more in the list of all. */
let exit_lock: embed<spinlock_t>;
let exit_list: embed<list_head>;

/** A switch of the current task, or a tick that met it in user mode: by its own will it has left whatever it was in. */
export function rcu_tasks_qs(t: task_struct, preempted: bool): void {
  if (!preempted && t.rcu_tasks_holdout) WRITE_ONCE(t.rcu_tasks_holdout, false);
}
inline(rcu_tasks_qs);

/** A new task holds nothing up. */
export function rcu_copy_process(t: task_struct): void {
  t.rcu_tasks_holdout = false;
  INIT_LIST_HEAD(t.rcu_tasks_holdout_list);
  INIT_LIST_HEAD(t.rcu_tasks_exit_list);
}

/** Before a task leaves the list of all tasks: it may still be preempted in traced code. */
export function exit_tasks_rcu_start(): void {
  const flags = spin_lock_irqsave(exit_lock);
  list_add(get_current().rcu_tasks_exit_list, exit_list);
  spin_unlock_irqrestore(exit_lock, flags);
}

/** Interrupts are off: from here on it runs up to its last switch. */
export function exit_tasks_rcu_finish(): void {
  const flags = spin_lock_irqsave(exit_lock);
  list_del_init(get_current().rcu_tasks_exit_list);
  spin_unlock_irqrestore(exit_lock, flags);
}

/** Runnable, so that it may have been preempted anywhere. */
function add_holdout(t: task_struct, holdouts: list_head): void {
  if (t === get_current() || READ_ONCE(t.se.on_rq) === 0 || (t.flags & PF_IDLE) !== 0) return;
  if (!list_empty(t.rcu_tasks_holdout_list)) return;
  get_task_struct(t);
  t.rcu_tasks_nvcsw = READ_ONCE(t.nvcsw);
  WRITE_ONCE(t.rcu_tasks_holdout, true);
  list_add(t.rcu_tasks_holdout_list, holdouts);
}

function collect_holdouts(holdouts: list_head): void {
  read_lock(tasklist_lock);
  for (let t = first_process_thread(); t !== null; t = next_process_thread(t)) add_holdout(t, holdouts);
  read_unlock(tasklist_lock);
  const flags = spin_lock_irqsave(exit_lock);
  for (let p = exit_list.next; p !== exit_list; p = p.next) add_holdout(container_of<task_struct>(p, "rcu_tasks_exit_list"), holdouts);
  spin_unlock_irqrestore(exit_lock, flags);
}

function check_holdouts(holdouts: list_head): void {
  let p = holdouts.next;
  while (p !== holdouts) {
    const t = container_of<task_struct>(p, "rcu_tasks_holdout_list");
    p = p.next;
    if (READ_ONCE(t.rcu_tasks_holdout) && t.rcu_tasks_nvcsw === READ_ONCE(t.nvcsw) && READ_ONCE(t.se.on_rq) !== 0) continue;
    WRITE_ONCE(t.rcu_tasks_holdout, false);
    list_del_init(t.rcu_tasks_holdout_list);
    put_task_struct(t);
  }
}

function wait_rcu_gp(): void {
  __set_current_state(TASK_IDLE);
  schedule_timeout(RCU_GP_JIFFIES);
  synchronize_rcu();
}

function rcu_tasks_wait_gp(): void {
  let holdouts: embed<list_head>;
  INIT_LIST_HEAD(holdouts);
  // Readers who were about to be preempted while the list is made are so by now, and stores before the grace period are seen.
  wait_rcu_gp();
  collect_holdouts(holdouts);
  // Tasks that were leaving both lists just now have had their last switch.
  wait_rcu_gp();
  let fract: s64 = INIT_FRACT;
  while (!list_empty(holdouts)) {
    __set_current_state(TASK_IDLE);
    schedule_timeout(fract);
    if (fract < MAX_FRACT) fract++;
    check_holdouts(holdouts);
  }
  // What the tasks did before their switches is seen behind it.
  wait_rcu_gp();
}

function take_callbacks(): void {
  const flags = spin_lock_irqsave(cbs_lock);
  batch = cbs;
  cbs = null;
  cbs_tail = null;
  spin_unlock_irqrestore(cbs_lock, flags);
}

function rcu_tasks_kthread(_arg: ptr): int {
  for (;;) {
    set_current_state(TASK_IDLE);
    take_callbacks();
    if (batch === null) {
      schedule();
      continue;
    }
    __set_current_state(0);
    rcu_tasks_wait_gp();
    while (batch !== null) {
      const head = batch;
      const func = head.func;
      batch = head.next;
      func(head);
    }
  }
}

/** As rcu_in_module. */
export function rcu_tasks_in_module(mod: module): u64 {
  const func = callback_in_module(batch, mod);
  return func !== 0 ? func : callback_in_module(cbs, mod);
}

/** func runs after a grace period, in the grace periods' thread. */
export function call_rcu_tasks(head: callback_head, func: (head: callback_head) => void): void {
  head.func = func;
  head.next = null;
  const flags = spin_lock_irqsave(cbs_lock);
  if (cbs_tail === null) cbs = head;
  else cbs_tail.next = head;
  cbs_tail = head;
  spin_unlock_irqrestore(cbs_lock, flags);
  wake_up_process(gp_thread);
}

interface rcu_synchronize extends struct<"rcu_synchronize"> {
  head?: embed<callback_head>;
  completion?: embed<completion>;
}

function wakeme_after_rcu(head: callback_head): void {
  complete(container_of<rcu_synchronize>(head, "head").completion);
}

/** Returns after a grace period. The caller may sleep. */
export function synchronize_rcu_tasks(): void {
  let rs: embed<rcu_synchronize>;
  init_completion(rs.completion);
  call_rcu_tasks(rs.head, wakeme_after_rcu);
  wait_for_completion(rs.completion);
}

/** All callbacks that were given so far have run. */
export function rcu_barrier_tasks(): void {
  synchronize_rcu_tasks();
}

function rcu_tasks_be_rude(_work: work_struct): void {}

/** Every CPU has switched to a task of ours and back. */
export function synchronize_rcu_tasks_rude(): void {
  schedule_on_each_cpu(rcu_tasks_be_rude);
}

export function rcu_spawn_tasks_kthread(): void {
  INIT_LIST_HEAD(exit_list);
  gp_thread = kthread_run(rcu_tasks_kthread, null, "rcu_tasks_kthread");
}
init(rcu_spawn_tasks_kthread);
EXPORT_SYMBOL_GPL(call_rcu_tasks);
EXPORT_SYMBOL_GPL(synchronize_rcu_tasks);
EXPORT_SYMBOL_GPL(rcu_barrier_tasks);
EXPORT_SYMBOL_GPL(synchronize_rcu_tasks_rude);
