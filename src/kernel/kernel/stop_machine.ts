// Stoppers: one thread per CPU (migration/N) that goes before everything else and runs short functions there. stop_machine has all of them
// spin with interrupts off while one calls the function.

import type { completion } from "linux/completion";
import { init_completion } from "linux/completion";
import { local_irq_restore, local_irq_save } from "linux/irqflags";
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_empty } from "linux/list";
import type { mutex } from "linux/mutex";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { per_cpu_address } from "linux/percpu";
import { preempt_disable, preempt_enable } from "linux/preempt";
import type { task_struct } from "linux/sched";
import { __set_current_state, set_current_state, TASK_INTERRUPTIBLE, TASK_RUNNING } from "linux/sched";
import { cpu_online, cpus_read_lock, cpus_read_unlock, nr_cpu_ids, num_online_cpus, smp_processor_id } from "linux/smp";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { list_head } from "linux/types";
import { kthread_create_on_cpu } from "./kthread";
import { _printk } from "./printk/printk";
import { complete, wait_for_completion } from "./sched/completion";
import { schedule, wake_up_process } from "./sched/core";
import { STOP_PRIO } from "./sched/sched";

export interface cpu_stop_work extends struct<"cpu_stop_work"> {
  list?: embed<list_head>;
  fn?: (arg: ptr) => int;
  arg?: ptr;
  ret?: int;
  /** Who asked, for reports. */
  caller?: u64;
  /** Nobody waits: told by nothing but its function. */
  nowait?: bool;
  done?: embed<completion>;
}

interface cpu_stopper extends struct<"cpu_stopper"> {
  lock?: embed<spinlock_t>;
  works?: embed<list_head>;
  thread?: task_struct;
  /** The last work's function and who asked for it. */
  fn?: (arg: ptr) => int;
  caller?: u64;
}

let stoppers: array<cpu_stopper, 8>;
/** Whoever queues work on more than one CPU: two could else wait for each other's. */
let stop_cpus_mutex: embed<mutex>;
let stoppers_ready: bool = false;

function cpu_stopper_thread(arg: ptr): int {
  const s = arg as cpu_stopper;
  for (;;) {
    set_current_state(TASK_INTERRUPTIBLE);
    const flags = spin_lock_irqsave(s.lock);
    let work: cpu_stop_work = null;
    if (!list_empty(s.works)) {
      work = container_of<cpu_stop_work>(s.works.next, "list");
      list_del_init(work.list);
    }
    spin_unlock_irqrestore(s.lock, flags);
    if (work === null) {
      schedule();
      continue;
    }
    __set_current_state(TASK_RUNNING);
    s.fn = work.fn;
    s.caller = work.caller;
    preempt_disable();
    // Without a waiter the work may be queued again, or gone, from its function on.
    const waited = !work.nowait;
    const ret = work.fn(work.arg);
    preempt_enable();
    s.fn = null;
    s.caller = 0;
    if (!waited) continue;
    work.ret = ret;
    complete(work.done);
  }
}

/** Before the other CPUs run: their stoppers sleep until they do. */
export function cpu_stop_init(): void {
  for (let cpu: u32 = 0; cpu < nr_cpu_ids; cpu++) {
    const s = stoppers[cpu];
    INIT_LIST_HEAD(s.works);
    s.thread = kthread_create_on_cpu(cpu_stopper_thread, s, cpu, "migration/%u");
    s.thread.prio = STOP_PRIO;
  }
  stoppers_ready = true;
}
init(cpu_stop_init);

/** False before the CPU has its stopper: nothing is queued then. */
function queue_stop_work(cpu: int, work: cpu_stop_work): bool {
  const s = stoppers[cpu];
  const flags = spin_lock_irqsave(s.lock);
  const enabled = s.thread !== null;
  if (enabled) {
    list_add_tail(work.list, s.works);
    wake_up_process(s.thread);
  }
  spin_unlock_irqrestore(s.lock, flags);
  return enabled;
}

/** Runs fn in the CPU's stopper and returns what it returned. Sleeps. */
export function stop_one_cpu(cpu: int, fn: (arg: ptr) => int, arg: ptr): int {
  const work: cpu_stop_work = { fn, arg };
  work.caller = return_address();
  init_completion(work.done);
  queue_stop_work(cpu, work);
  wait_for_completion(work.done);
  return work.ret;
}

/** The same without waiting; the block is the caller's, and free again once fn runs. From any context. False: the CPU has no stopper yet. */
export function stop_one_cpu_nowait(cpu: int, fn: (arg: ptr) => int, arg: ptr, work: cpu_stop_work): bool {
  work.fn = fn;
  work.arg = arg;
  work.nowait = true;
  work.caller = return_address();
  return queue_stop_work(cpu, work);
}

/** For a report on a task: what a stopper is at. */
export function print_stop_info(log_lvl: cstr, t: task_struct): void {
  for (let cpu: u32 = 0; cpu < nr_cpu_ids; cpu++) {
    const s = stoppers[cpu];
    if (s.thread === t) _printk("%sStopper: %pS <- %pS\n", log_lvl, s.fn, at<ptr>(s.caller));
  }
}

const MULTI_STOP_PREPARE = 1; // every CPU has arrived
const MULTI_STOP_DISABLE_IRQ = 2;
const MULTI_STOP_RUN = 3;
const MULTI_STOP_EXIT = 4;

/** What the CPUs that take part agree on. */
interface multi_stop_data extends struct<"multi_stop_data"> {
  fn?: (arg: ptr) => int;
  data?: ptr;
  num_threads?: int;
  active_cpu?: int;
  state?: int;
  /** CPUs that have yet to acknowledge the present state. */
  thread_ack?: int;
  ret?: int;
}

/** Where this CPU's part stands on the stack that it interrupted: what the others ran is found from here. */
let stopped_frame: u64 = 0;
percpu(stopped_frame);

/** For the function that stop_machine runs: the innermost frame of another CPU. */
export function stop_machine_frame(cpu: int): u64 {
  return at<u64[]>(per_cpu_address(u64(addr(stopped_frame)), cpu))[0];
}

function set_state(msdata: multi_stop_data, state: int): void {
  msdata.thread_ack = msdata.num_threads;
  barrier();
  WRITE_ONCE(msdata.state, state);
}
notrace(set_state);

function ack_state(msdata: multi_stop_data): void {
  if (lock_dec_and_test(addr(msdata.thread_ack))) set_state(msdata, msdata.state + 1);
}
notrace(ack_state);

/** Each CPU's part: goes through the states together with the others; one of them calls the function. */
function multi_cpu_stop(data: ptr): int {
  const msdata = data as multi_stop_data;
  const is_active = smp_processor_id() === msdata.active_cpu;
  let curstate: int = 0;
  let flags: u64 = read_rflags();
  this_cpu_write(stopped_frame, frame_address());
  do {
    cpu_relax();
    const state = READ_ONCE(msdata.state);
    if (state !== curstate) {
      curstate = state;
      if (curstate === MULTI_STOP_DISABLE_IRQ) flags = local_irq_save();
      else if (curstate === MULTI_STOP_RUN && is_active) msdata.ret = msdata.fn(msdata.data);
      ack_state(msdata);
    }
  } while (curstate !== MULTI_STOP_EXIT);
  local_irq_restore(flags);
  return 0;
}
notrace(multi_cpu_stop);

export function stop_machine_cpuslocked(fn: (arg: ptr) => int, data: ptr, _cpus: ptr): int {
  if (!stoppers_ready || num_online_cpus() === 1) {
    const flags = local_irq_save();
    const ret = fn(data);
    local_irq_restore(flags);
    return ret;
  }
  let works: array<cpu_stop_work, 8>;
  mutex_lock(stop_cpus_mutex);
  const msdata: multi_stop_data = { fn, data, num_threads: int(num_online_cpus()) };
  // All are queued before one of them, or an interrupt, can keep this task from queuing the next.
  preempt_disable();
  msdata.active_cpu = smp_processor_id();
  set_state(msdata, MULTI_STOP_PREPARE);
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    if (!cpu_online(cpu)) continue;
    const work = works[cpu];
    work.fn = multi_cpu_stop;
    work.arg = msdata;
    work.nowait = false;
    work.caller = return_address();
    init_completion(work.done);
    queue_stop_work(cpu, work);
  }
  preempt_enable();
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    if (cpu_online(cpu)) wait_for_completion(works[cpu].done);
  }
  mutex_unlock(stop_cpus_mutex);
  return msdata.ret;
}
EXPORT_SYMBOL_GPL(stop_machine_cpuslocked);

/** cpus null: the function runs on this CPU, the others spin. */
export function stop_machine(fn: (arg: ptr) => int, data: ptr, cpus: ptr): int {
  cpus_read_lock();
  const ret = stop_machine_cpuslocked(fn, data, cpus);
  cpus_read_unlock();
  return ret;
}
EXPORT_SYMBOL_GPL(stop_machine);
