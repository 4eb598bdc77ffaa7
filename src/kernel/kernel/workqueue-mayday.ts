// The call for help of a pool that wants a worker more and does not get it: every tenth of a second, to the rescuers of the queues whose works wait there.

import { HZ, jiffies } from "linux/jiffies";
import { list_add_tail, list_empty } from "linux/list";
import { wake_up_process } from "linux/sched";
import { spin_lock, spin_lock_irqsave, spin_unlock, spin_unlock_irqrestore, type spinlock_t } from "linux/spinlock";
import { del_timer_sync, mod_timer, type timer_list } from "linux/timer";
import type { work_struct } from "linux/workqueue";
import { get_work_pwq, need_more_worker, type worker, type worker_pool } from "./workqueue_internal";

/** Jiffies: a worker is usually made in less. */
const MAYDAY_INITIAL_TIMEOUT = 3;
const MAYDAY_INTERVAL = HZ / 10;

/** For the lists of those that call for a rescuer. Inside of pools' locks. */
export let wq_mayday_lock: embed<spinlock_t>;

export function pool_mayday_timeout(t: timer_list): void {
  const pool = container_of<worker_pool>(t, "mayday_timer");
  const flags = spin_lock_irqsave(pool.lock);
  spin_lock(wq_mayday_lock);
  if (need_more_worker(pool) && pool.nr_idle === 0) {
    for (let p = pool.worklist.next; p !== pool.worklist; p = p.next) {
      const pwq = get_work_pwq(container_of<work_struct>(p, "entry"));
      const rescuer = pwq.wq.rescuer as worker;
      if (rescuer === null || !list_empty(pwq.mayday_node)) continue;
      list_add_tail(pwq.mayday_node, pwq.wq.maydays);
      wake_up_process(rescuer.task);
    }
  }
  spin_unlock(wq_mayday_lock);
  spin_unlock_irqrestore(pool.lock, flags);
  mod_timer(pool.mayday_timer, jiffies + MAYDAY_INTERVAL);
}

export function begin_mayday(pool: worker_pool): void {
  mod_timer(pool.mayday_timer, jiffies + MAYDAY_INITIAL_TIMEOUT);
}

export function end_mayday(pool: worker_pool): void {
  del_timer_sync(pool.mayday_timer);
}
