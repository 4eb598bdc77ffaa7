// RCU. Readers run with preemption off, so a CPU that has scheduled has left all read sides.

import { preempt_disable, preempt_disable_notrace, preempt_enable, preempt_enable_notrace } from "linux/preempt";

export type { callback_head, rcu_head } from "linux/types";

export function rcu_read_lock(): void {
  preempt_disable();
}
inline(rcu_read_lock);

export function rcu_read_unlock(): void {
  preempt_enable();
}
inline(rcu_read_unlock);

export function rcu_read_lock_sched_notrace(): void {
  preempt_disable_notrace();
}
inline(rcu_read_lock_sched_notrace);

export function rcu_read_unlock_sched_notrace(): void {
  preempt_enable_notrace();
}
inline(rcu_read_unlock_sched_notrace);

export { call_rcu_tasks, rcu_barrier_tasks, synchronize_rcu_tasks, synchronize_rcu_tasks_rude } from "../../kernel/rcu/tasks";
export {
  call_rcu,
  kfree_rcu,
  rcu_barrier,
  rcu_is_watching,
  synchronize_rcu,
} from "../../kernel/rcu/tree";
