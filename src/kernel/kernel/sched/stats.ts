// What /proc and reports show of the scheduler: counts, and a task's state as a letter.

import type { task_struct } from "linux/sched";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { cpu_online, nr_cpu_ids } from "../cpu";
import { rcu_cpu_is_idle } from "../rcu/tree";
import { cpu_rq } from "./sched";

export function nr_running(): u32 {
  let n: u32 = 0;
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) n += cpu_rq(cpu).nr_running;
  return n;
}

export function nr_context_switches(): u64 {
  let n: u64 = 0;
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) n += cpu_rq(cpu).nr_switches;
  return n;
}

/** ns for which the CPU has had nothing to do. */
export function get_cpu_idle_time(cpu: int): u64 {
  const q = cpu_rq(cpu);
  const until_now = q.idle_time;
  return rcu_cpu_is_idle(cpu) ? until_now + sched_clock() - q.idle_since : until_now;
}

export function get_idle_time(): u64 {
  let n: u64 = 0;
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) if (cpu_online(cpu)) n += get_cpu_idle_time(cpu);
  return n;
}

/** Index in "RSDTtXZPI", as /proc/PID/stat shows it. */
export function task_state_index(t: task_struct): u32 {
  const state = READ_ONCE(t.__state) | u32(t.exit_state);
  if ((state & 0x402) === 0x402) return 8;
  if ((state & 2) !== 0) return 2;
  if ((state & 1) !== 0) return 1;
  if ((state & 4) !== 0) return 3;
  if ((state & 8) !== 0) return 4;
  if ((state & 16) !== 0) return 5;
  if ((state & 32) !== 0) return 6;
  if ((state & 64) !== 0) return 7;
  return 0;
}

const state_letters: cstr = "RSDTtXZPI";

export function task_state_to_char(t: task_struct): u8 {
  return state_letters[task_state_index(t)];
}
