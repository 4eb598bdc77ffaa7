// The CPUs that a task may run on, and the way to them.

import { EINVAL } from "linux/errno";
import { list_del_init } from "linux/list";
import type { task_struct } from "linux/sched";
import { arch_spin_lock, arch_spin_unlock } from "linux/spinlock";
import { cpu_online_mask } from "../cpu";
import { stop_one_cpu } from "../stop_machine";
import { select_task_rq } from "./balance";
import { activate_task, check_preempt, set_task_cpu } from "./fair";
import { cpu_allowed, cpu_rq, task_rq_lock, task_rq_unlock, this_rq } from "./sched";

/** On the task's CPU, in its stopper: the task waits, so it can be moved. */
function migration_cpu_stop(arg: ptr): int {
  const t = arg as task_struct;
  const q = this_rq();
  const flags = read_rflags();
  cli();
  arch_spin_lock(t.pi_lock);
  arch_spin_lock(q.lock);
  if (t.thread_info.cpu === u32(q.cpu) && t.se.on_rq !== 0 && !cpu_allowed(t, q.cpu)) {
    list_del_init(t.se.run_list);
    t.se.on_rq = 0;
    q.nr_running--;
    const to = cpu_rq(select_task_rq(t, q.cpu));
    set_task_cpu(t, q, to);
    arch_spin_unlock(q.lock);
    arch_spin_lock(to.lock);
    activate_task(to, t, false);
    check_preempt(to, t);
    arch_spin_unlock(to.lock);
  } else {
    arch_spin_unlock(q.lock);
  }
  arch_spin_unlock(t.pi_lock);
  if ((flags & 0x200) !== 0) sti();
  return 0;
}

/** Returns when the task is on one of the mask's CPUs; a sleeper goes there when it wakes. May sleep. */
export function set_cpus_allowed_ptr(t: task_struct, mask: u64): int {
  let flags: u64 = 0;
  if ((mask & READ_ONCE(cpu_online_mask)) === 0) return -EINVAL;
  const q = task_rq_lock(t, addr(flags));
  t.cpus_mask = mask;
  const cpu = q.cpu;
  const move = t.se.on_rq !== 0 && !cpu_allowed(t, cpu);
  task_rq_unlock(q, t, addr(flags));
  if (move) stop_one_cpu(cpu, migration_cpu_stop, t);
  return 0;
}
