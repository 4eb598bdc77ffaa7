// Tasks: task_struct, its states and flags, and the scheduler's entry points.

import type { thread_struct } from "asm/processor";
import type { completion } from "linux/completion";
import type { cred } from "linux/cred";
import type { files_struct } from "linux/fdtable";
import type { fs_struct } from "linux/fs_struct";
import type { mm_struct } from "linux/mm_types";
import type { pid } from "linux/pid";
import type { refcount_t } from "linux/refcount";
import type { prev_cputime, sighand_struct, signal_struct, sigpending } from "linux/signal";
import type { spinlock_t } from "linux/spinlock";
import type { thread_info } from "linux/thread_info";
import type { atomic_t, hlist_node, list_head, pid_t, rcu_head } from "linux/types";
import type { vm_struct } from "linux/vmalloc";

export { get_current } from "linux/current";
export * from "linux/thread_info";

export const TASK_RUNNING = 0;
export const TASK_INTERRUPTIBLE = 1;
export const TASK_UNINTERRUPTIBLE = 2;
export const __TASK_STOPPED = 4;
export const __TASK_TRACED = 8;
export const EXIT_DEAD = 16;
export const EXIT_ZOMBIE = 32;
export const TASK_PARKED = 64;
export const TASK_DEAD = 128;
export const TASK_WAKEKILL = 256;
export const TASK_NOLOAD = 1024;
export const TASK_NEW = 2048;
export const TASK_KILLABLE = 0x102;
export const TASK_STOPPED = 0x104;
export const TASK_IDLE = 0x402;
export const TASK_NORMAL = 3;
export const TASK_ANY = 0xffff;

export const PF_IDLE = 0x2;
export const PF_EXITING = 0x4;
export const PF_WQ_WORKER = 0x20;
export const PF_FORKNOEXEC = 0x40;
export const PF_SUPERPRIV = 0x100;
export const PF_SIGNALED = 0x400;
export const PF_NOFREEZE = 0x8000;
export const PF_KTHREAD = 0x200000;
export const PF_RANDOMIZE = 0x400000;
export const PF_NO_SETAFFINITY = 0x4000000;

/** The signal in clone's flags. */
export const CSIGNAL = 0xff;
export const CLONE_VM = 0x100;
export const CLONE_FS = 0x200;
export const CLONE_FILES = 0x400;
export const CLONE_SIGHAND = 0x800;
export const CLONE_PIDFD = 0x1000;
export const CLONE_VFORK = 0x4000;
export const CLONE_PARENT = 0x8000;
export const CLONE_THREAD = 0x10000;
export const CLONE_SETTLS = 0x80000;
export const CLONE_PARENT_SETTID = 0x100000;
export const CLONE_CHILD_CLEARTID = 0x200000;
export const CLONE_DETACHED = 0x400000;
export const CLONE_UNTRACED = 0x800000;
export const CLONE_CHILD_SETTID = 0x1000000;
export const CLONE_NEWUSER = 0x10000000;
/** TIME (clone3 only, it lies in CSIGNAL), NS, CGROUP, UTS, IPC, USER, PID, NET. */
export const CLONE_NEWTIME = 0x80;
export const CLONE_NAMESPACES = 0x7e020080;
/** clone3 only. */
export const CLONE_CLEAR_SIGHAND = 0x100000000;
export const CLONE_INTO_CGROUP = 0x200000000;

export const TASK_COMM_LEN = 16;
export const DEFAULT_PRIO = 120;
export const MAX_SCHEDULE_TIMEOUT = 0x7fffffffffffffff;

export interface restart_block extends struct<"restart_block"> {
  fn?: (restart: restart_block) => s64;
  /** nanosleep: absolute expiry, clock, user address of the remaining time. */
  expires?: s64;
  clockid?: int;
  flags?: u32;
  rmtp?: u64;
  /** futex: the word, the value it had, the waiter's bits. */
  uaddr?: u64;
  val?: u32;
  bitset?: u32;
}

/** Scheduling entity: where the task stands in its run queue and what it has used. Under the run queue's lock. */
export interface sched_entity extends struct<"sched_entity"> {
  run_list?: embed<list_head>;
  on_rq?: u32;
  /** ns run, scaled by nice: who has the least runs next. */
  vruntime?: u64;
  time_slice?: int;
  exec_start?: u64;
  sum_exec_runtime?: u64;
}

export interface task_struct extends struct<"task_struct"> {
  /** First: entry code finds the flags at offset 0. */
  thread_info?: embed<thread_info>;
  __state?: u32;
  /** 1 while a CPU runs on this task's stack. */
  on_cpu?: int;
  /** Lowest address of the kernel stack (THREAD_SIZE bytes), and its vmalloc area. */
  stack?: u64;
  stack_vm_area?: vm_struct;
  usage?: embed<refcount_t>;
  /** The tree of tasks and the scheduler: when both have let go, `usage` loses one after a grace period. */
  rcu_users?: embed<refcount_t>;
  stack_refcount?: embed<refcount_t>;
  flags?: u32;
  ptrace?: u32;
  prio?: int;
  static_prio?: int;
  normal_prio?: int;
  policy?: u32;
  rt_priority?: u32;
  personality?: u32;
  se?: embed<sched_entity>;
  cpus_mask?: u64;
  pi_lock?: embed<spinlock_t>;
  /** All processes (thread group leaders), from init_task. Under tasklist_lock, read also under RCU. */
  tasks?: embed<list_head>;
  mm?: mm_struct;
  active_mm?: mm_struct;
  exit_state?: int;
  exit_code?: int;
  exit_signal?: int;
  pdeath_signal?: int;
  /** Bit 0: in execve, 1: has used vfork. */
  in_execve?: u32;
  no_new_privs?: u32;
  pid?: pid_t;
  tgid?: pid_t;
  real_parent?: task_struct;
  parent?: task_struct;
  children?: embed<list_head>;
  sibling?: embed<list_head>;
  group_leader?: task_struct;
  thread_pid?: pid;
  /** By PIDTYPE_*. */
  pid_links?: array<hlist_node, 4>;
  thread_group?: embed<list_head>;
  /** Node in signal->thread_head. */
  thread_node?: embed<list_head>;
  vfork_done?: completion;
  set_child_tid?: u64;
  clear_child_tid?: u64;
  /** User address of the robust futexes' list head. */
  robust_list?: u64;
  /** ns, sampled by ticks. */
  utime?: u64;
  stime?: u64;
  prev_cputime?: embed<prev_cputime>;
  nvcsw?: u64;
  nivcsw?: u64;
  /** Monotonic ns at fork. */
  start_time?: u64;
  start_boottime?: u64;
  /** khungtaskd's: switches at its last look that saw a change, and when (jiffies). */
  last_switch_count?: u64;
  last_switch_time?: u64;
  /** RCU-tasks: holds a grace period up since it had so many voluntary switches; the lists are the grace period's and the exiting ones'. */
  rcu_tasks_nvcsw?: u64;
  rcu_tasks_holdout?: bool;
  rcu_tasks_holdout_list?: embed<list_head>;
  rcu_tasks_exit_list?: embed<list_head>;
  min_flt?: u64;
  maj_flt?: u64;
  /** Bytes read and written by calls, and those calls. */
  rchar?: u64;
  wchar?: u64;
  syscr?: u64;
  syscw?: u64;
  timer_slack_ns?: u64;
  real_cred?: cred;
  cred?: cred;
  comm?: array<u8, 16>;
  fs?: fs_struct;
  files?: files_struct;
  signal?: signal_struct;
  sighand?: sighand_struct;
  /** Bit n-1: signal n. */
  blocked?: u64;
  real_blocked?: u64;
  saved_sigmask?: u64;
  restore_sigmask?: bool;
  pending?: embed<sigpending>;
  sas_ss_sp?: u64;
  sas_ss_size?: u64;
  sas_ss_flags?: u32;
  jobctl?: u64;
  restart_block?: embed<restart_block>;
  alloc_lock?: embed<spinlock_t>;
  /** Kthreads: struct kthread. */
  worker_private?: ptr;
  /** Call site of the last sleep, for /proc/PID/wchan. */
  wchan?: u64;
  rcu?: embed<rcu_head>;
  /** Livepatch: KLP_UNDEFINED -1, KLP_UNPATCHED 0, KLP_PATCHED 1. */
  patch_state?: int;
  /** ftrace: recursion bits of this task (K-PATCH). */
  trace_recursion?: u64;
  trace?: u64;
  /** Function graph's return stack. */
  curr_ret_stack?: int;
  ret_stack?: ptr;
  kprobe_instances?: ptr;
  last_siginfo?: ptr;
  journal_info?: ptr;
  plug?: ptr;
  oom_flag?: u32;
  /** Architecture state, last. */
  thread?: embed<thread_struct>;
}

export function task_is_running(t: task_struct): bool {
  return READ_ONCE(t.__state) === 0;
}
inline(task_is_running);

export function set_current_state(state: u32): void {
  const t = get_current_task();
  xchg(addr(t.__state), state);
}
inline(set_current_state);

export function __set_current_state(state: u32): void {
  WRITE_ONCE(get_current_task().__state, state);
}
inline(__set_current_state);

export function signal_pending(t: task_struct): bool {
  return (READ_ONCE(t.thread_info.flags) & u64(0x20004)) !== 0;
}
inline(signal_pending);

export function task_sigpending(t: task_struct): bool {
  return (READ_ONCE(t.thread_info.flags) & u64(4)) !== 0;
}
inline(task_sigpending);

export function fatal_signal_pending(t: task_struct): bool {
  return task_sigpending(t) && (t.pending.signal & u64(0x100)) !== 0;
}
inline(fatal_signal_pending);

/** Shall a sleep in `state` end because of a signal? */
export function signal_pending_state(state: u32, t: task_struct): bool {
  if ((state & 0x101) === 0 || !signal_pending(t)) return false;
  return (state & 1) !== 0 || fatal_signal_pending(t);
}
inline(signal_pending_state);

export function need_resched(): bool {
  return (READ_ONCE(get_current_task().thread_info.flags) & u64(8)) !== 0;
}
inline(need_resched);

export function thread_group_leader(t: task_struct): bool {
  return t.exit_signal >= 0;
}
inline(thread_group_leader);

export function get_task_struct(t: task_struct): task_struct {
  lock_inc(addr(t.usage.refs.counter));
  return t;
}
inline(get_task_struct);

export function task_cpu(t: task_struct): u32 {
  return t.thread_info.cpu;
}
inline(task_cpu);

export function task_nice(t: task_struct): int {
  return int(t.static_prio - DEFAULT_PRIO);
}
inline(task_nice);

import { get_current as get_current_task } from "linux/current";

export { init_task } from "../../init/init_task";
export { do_exit, do_group_exit, is_current_pgrp_orphaned, make_task_dead } from "../../kernel/exit";
export { kernel_wait4 } from "../../kernel/exit-wait";
export { kernel_clone, kernel_thread, nr_threads, tasklist_lock, total_forks } from "../../kernel/fork";
export { get_task_mm, mm_alloc, mmput } from "../../kernel/fork-mm";
export { put_task_struct } from "../../kernel/fork-task";
export { set_cpus_allowed_ptr } from "../../kernel/sched/affinity";
export { get_task_comm, next_task, next_thread, set_task_comm } from "../../kernel/sched/comm";
export {
  cond_resched,
  io_schedule,
  io_schedule_timeout,
  kick_process,
  preempt_schedule,
  resched_cpu,
  schedule,
  schedule_preempt_disabled,
  set_user_nice,
  task_curr,
  try_to_wake_up,
  wake_up_new_task,
  wake_up_process,
  wake_up_state,
  yield_ as yield,
} from "../../kernel/sched/core";
export { idle_cpu, idle_task, wake_up_if_idle } from "../../kernel/sched/idle";
export { task_rq_lock, task_rq_unlock } from "../../kernel/sched/sched";
export { nr_context_switches, nr_running, task_state_index, task_state_to_char } from "../../kernel/sched/stats";
export {
  schedule_timeout,
  schedule_timeout_interruptible,
  schedule_timeout_killable,
  schedule_timeout_uninterruptible,
} from "../../kernel/time/timer";
