// Signals: numbers, sets, actions and what a process shares among its threads.

import type { hrtimer } from "linux/hrtimer";
import type { pid } from "linux/pid";
import type { refcount_t } from "linux/refcount";
import type { task_struct } from "linux/sched";
import type { spinlock_t } from "linux/spinlock";
import type { tty_struct } from "linux/tty";
import type { atomic_t, list_head, rcu_head } from "linux/types";
import type { wait_queue_head } from "linux/wait";

export const SIGHUP = 1;
export const SIGINT = 2;
export const SIGQUIT = 3;
export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGBUS = 7;
export const SIGFPE = 8;
export const SIGKILL = 9;
export const SIGUSR1 = 10;
export const SIGSEGV = 11;
export const SIGUSR2 = 12;
export const SIGPIPE = 13;
export const SIGALRM = 14;
export const SIGTERM = 15;
export const SIGSTKFLT = 16;
export const SIGCHLD = 17;
export const SIGCONT = 18;
export const SIGSTOP = 19;
export const SIGTSTP = 20;
export const SIGTTIN = 21;
export const SIGTTOU = 22;
export const SIGURG = 23;
export const SIGXCPU = 24;
export const SIGXFSZ = 25;
export const SIGVTALRM = 26;
export const SIGPROF = 27;
export const SIGWINCH = 28;
export const SIGIO = 29;
export const SIGPWR = 30;
export const SIGSYS = 31;
export const _NSIG = 64;
export const SIGRTMIN = 32;

export const SIG_DFL = 0;
export const SIG_IGN = 1;

export const SA_NOCLDSTOP = 0x1;
export const SA_NOCLDWAIT = 0x2;
export const SA_SIGINFO = 0x4;
export const SA_RESTORER = 0x4000000;
export const SA_ONSTACK = 0x8000000;
export const SA_RESTART = 0x10000000;
export const SA_NODEFER = 0x40000000;
export const SA_RESETHAND = 0x80000000;

export const SIG_BLOCK = 0;
export const SIG_UNBLOCK = 1;
export const SIG_SETMASK = 2;

export const SI_USER = 0;
export const SI_KERNEL = 128;
export const SI_TKILL = -6;
export const SEGV_MAPERR = 1;
export const SEGV_ACCERR = 2;
export const CLD_EXITED = 1;
export const CLD_KILLED = 2;
export const CLD_DUMPED = 3;
export const CLD_STOPPED = 5;
export const CLD_CONTINUED = 6;

/** The user ABI's siginfo, 128 bytes; the union's members by their offsets. */
export interface kernel_siginfo extends struct<"kernel_siginfo"> {
  si_signo?: int;
  si_errno?: int;
  si_code?: int;
  _pad0?: int;
  si_pid?: int;
  si_uid?: u32;
  si_status?: int;
  _pad1?: int;
  si_utime?: s64;
  si_stime?: s64;
  _pad?: array<u8, 80>;
}

/** The user ABI's struct sigaction as x86-64's rt_sigaction takes it. */
export interface sigaction extends struct<"sigaction"> {
  sa_handler?: u64;
  sa_flags?: u64;
  sa_restorer?: u64;
  sa_mask?: u64;
}

/** Signals that wait: one bit each, and their information in order of arrival. */
export interface sigpending extends struct<"sigpending"> {
  list?: embed<list_head>;
  signal?: u64;
}

export interface sigqueue extends struct<"sigqueue"> {
  list?: embed<list_head>;
  info?: embed<kernel_siginfo>;
}

export interface sighand_struct extends struct<"sighand_struct"> {
  siglock?: embed<spinlock_t>;
  count?: embed<refcount_t>;
  signalfd_wqh?: embed<wait_queue_head>;
  action?: array<sigaction, 64>;
  rcu?: embed<rcu_head>;
}

export interface rlimit extends struct<"rlimit"> {
  rlim_cur?: u64;
  rlim_max?: u64;
}

export const RLIMIT_CPU = 0;
export const RLIMIT_FSIZE = 1;
export const RLIMIT_DATA = 2;
export const RLIMIT_STACK = 3;
export const RLIMIT_CORE = 4;
export const RLIMIT_RSS = 5;
export const RLIMIT_NPROC = 6;
export const RLIMIT_NOFILE = 7;
export const RLIMIT_MEMLOCK = 8;
export const RLIMIT_AS = 9;
export const RLIMIT_SIGPENDING = 11;
export const RLIMIT_MSGQUEUE = 12;
export const RLIMIT_NICE = 13;
export const RLIMIT_RTPRIO = 14;
export const RLIM_NLIMITS = 16;
export const RLIM_INFINITY = 0xffffffffffffffff;

export const SIGNAL_STOP_STOPPED = 1;
export const SIGNAL_STOP_CONTINUED = 2;
export const SIGNAL_GROUP_EXIT = 4;
export const SIGNAL_CLD_STOPPED = 0x10;
export const SIGNAL_CLD_CONTINUED = 0x20;

/** ns of the process's own time left, and to begin again with. */
export interface cpu_itimer extends struct<"cpu_itimer"> {
  left?: s64;
  incr?: s64;
}

/** What the threads of one process share. */
/** What was last shown of user and system time, ns: it never decreases. */
export interface prev_cputime extends struct<"prev_cputime"> {
  utime?: u64;
  stime?: u64;
  lock?: embed<spinlock_t>;
}

export interface signal_struct extends struct<"signal_struct"> {
  sigcnt?: embed<refcount_t>;
  live?: embed<atomic_t>;
  nr_threads?: int;
  /** Threads that have not begun to exit. Under siglock. */
  quick_threads?: int;
  thread_head?: embed<list_head>;
  wait_chldexit?: embed<wait_queue_head>;
  shared_pending?: embed<sigpending>;
  group_exit_code?: int;
  group_stop_count?: int;
  flags?: u32;
  /** Session leader; its controlling terminal (under siglock). */
  leader?: int;
  tty?: tty_struct;
  /** Process group and session (struct pid), as PIDTYPE_PGID and PIDTYPE_SID. */
  pgrp?: pid;
  session?: pid;
  /** Of reaped children and dead threads, ns. */
  utime?: u64;
  stime?: u64;
  sum_sched_runtime?: u64;
  prev_cputime?: embed<prev_cputime>;
  cutime?: u64;
  cstime?: u64;
  nvcsw?: u64;
  nivcsw?: u64;
  min_flt?: u64;
  maj_flt?: u64;
  cmin_flt?: u64;
  cmaj_flt?: u64;
  /** Pages: of the process' ended programs, and the most of its reaped children. */
  maxrss?: u64;
  cmaxrss?: u64;
  rchar?: u64;
  wchar?: u64;
  syscr?: u64;
  syscw?: u64;
  real_timer?: embed<hrtimer>;
  it_real_incr?: s64;
  /** ITIMER_VIRTUAL, ITIMER_PROF. */
  it?: array<cpu_itimer, 2>;
  posix_timers?: embed<list_head>;
  posix_timer_id?: int;
  is_child_subreaper?: bool;
  leader_pid?: pid;
  /** The thread that execs while the others end; how many it still waits for, −1: for the leader's end. Under siglock. */
  group_exec_task?: task_struct;
  notify_count?: int;
  oom_score_adj?: s16;
  rlim?: array<rlimit, 16>;
}

export {
  do_send_sig_info,
  force_fatal_sig,
  force_sig,
  force_sig_fault,
  group_send_sig_info,
  kill_pgrp,
  kill_pid,
  lock_task_sighand,
  send_sig,
  send_sig_info,
  signal_wake_up,
  unhandled_signal,
} from "../../kernel/signal";
export { set_current_blocked, sigprocmask } from "../../kernel/signal-deliver";
export {
  dequeue_signal,
  flush_signal_handlers,
  flush_signals,
  ignore_signals,
  kernel_sigaction,
  recalc_sigpending,
} from "../../kernel/signal-pending";
