// Birth of tasks: fork, clone, kernel threads. Memory and counts of the structures: fork-task.ts; address spaces: fork-mm.ts.

import type { pt_regs } from "asm/ptrace";
import { atomic_inc, atomic_set } from "linux/atomic";
import { CAP_SYS_ADMIN, CAP_SYS_RESOURCE } from "linux/capability";
import type { completion } from "linux/completion";
import { capable } from "linux/cred";
import { get_current } from "linux/current";
import { ERR_PTR, IS_ERR, PTR_ERR } from "linux/err";
import { EAGAIN, EINVAL, ENOMEM, EPERM } from "linux/errno";
import { dup_fd, exit_files } from "linux/fdtable";
import { copy_fs_struct, exit_fs } from "linux/fs_struct";
import { INIT_LIST_HEAD, list_add_tail } from "linux/list";
import { klp_copy_process } from "linux/livepatch";
import { PIDTYPE_PGID, PIDTYPE_PID, PIDTYPE_SID, PIDTYPE_TGID } from "linux/pid";
import { refcount_inc, refcount_set } from "linux/refcount";
import {
  CLONE_CHILD_CLEARTID,
  CLONE_CHILD_SETTID,
  CLONE_CLEAR_SIGHAND,
  CLONE_FILES,
  CLONE_FS,
  CLONE_NAMESPACES,
  CLONE_NEWUSER,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  CLONE_PIDFD,
  CLONE_SIGHAND,
  CLONE_THREAD,
  CLONE_UNTRACED,
  CLONE_VFORK,
  CLONE_VM,
  CSIGNAL,
  PF_EXITING,
  PF_FORKNOEXEC,
  PF_IDLE,
  PF_KTHREAD,
  PF_SIGNALED,
  PF_WQ_WORKER,
  type task_struct,
} from "linux/sched";
import {
  flush_signal_handlers,
  RLIM_NLIMITS,
  RLIMIT_NPROC,
  RLIMIT_SIGPENDING,
  type rlimit,
  SIGCHLD,
  type sighand_struct,
  type signal_struct,
} from "linux/signal";
import { read_lock, read_unlock, type rwlock_t, spin_lock, spin_unlock, write_lock_irq, write_unlock_irq } from "linux/spinlock";
import { THREAD_SIZE } from "linux/thread_info";
import { copy_thread } from "../arch/x86/kernel/process";
import { sched_clock } from "../arch/x86/kernel/tsc";
import { put_user_u32 } from "../arch/x86/lib/usercopy";
import { init_task } from "../init/init_task";
import { memcpy } from "../lib/string";
import { snprintf } from "../lib/vsprintf";
import { totalram_pages } from "../mm/page_alloc";
import { kfree, kmalloc, kzalloc } from "../mm/slab";
import { get_cred, put_cred } from "./cred";
import { copy_mm, mmput } from "./fork-mm";
import { __cleanup_sighand, dup_task_struct, free_thread_stack, init_sighand_copy, put_signal_struct, put_task_struct } from "./fork-task";
import { alloc_pid, attach_pid, get_pid } from "./pid";
import { next_task } from "./sched/comm";
import { init_completion, wait_for_completion_killable } from "./sched/completion";
import { sched_fork, wake_up_new_task } from "./sched/core";
import { hrtimer_init } from "./time/hrtimer";
import { it_real_fn } from "./time/itimer";
import { ftrace_graph_exit_task } from "./trace/fgraph";
import { trace_sched_process_fork } from "./trace/trace-events-sched";

/** The tree of tasks and the pid lists: interrupts off for writers. */
export let tasklist_lock: embed<rwlock_t>;
export let nr_threads: int = 0;
export let nr_processes: int = 0;
export let total_forks: u64 = 0;

/** As /proc/sys/kernel/threads-max. */
export let max_threads: int = 4096;

function copy_sighand(flags: u64, t: task_struct): int {
  const old = get_current().sighand;
  if ((flags & CLONE_SIGHAND) !== 0) {
    refcount_inc(old.count);
    return 0;
  }
  const s = kmalloc(sizeof<sighand_struct>(), 0) as sighand_struct;
  if (s === null) return -ENOMEM;
  init_sighand_copy(s, old);
  t.sighand = s;
  if ((flags & CLONE_CLEAR_SIGHAND) !== 0) flush_signal_handlers(t, 0);
  return 0;
}

function copy_signal(flags: u64, t: task_struct): int {
  if ((flags & CLONE_THREAD) !== 0) {
    refcount_inc(t.signal.sigcnt);
    return 0;
  }
  const old = get_current().signal;
  const s = kzalloc(sizeof<signal_struct>(), 0) as signal_struct;
  t.signal = s;
  if (s === null) return -ENOMEM;
  refcount_set(s.sigcnt, 1);
  atomic_set(s.live, 1);
  s.nr_threads = 1;
  s.quick_threads = 1;
  INIT_LIST_HEAD(s.thread_head);
  INIT_LIST_HEAD(s.shared_pending.list);
  s.tty = old.tty;
  s.oom_score_adj = old.oom_score_adj;
  memcpy(s.rlim, old.rlim, RLIM_NLIMITS * sizeof<rlimit>());
  hrtimer_init(s.real_timer, 1, 1);
  s.real_timer.function = it_real_fn;
  return 0;
}

/** What a new task is to be. */
export interface kernel_clone_args extends struct<"kernel_clone_args"> {
  flags?: u64;
  exit_signal?: int;
  /** The child's user stack pointer, 0: its parent's. */
  stack?: u64;
  tls?: u64;
  /** User addresses. */
  parent_tid?: u64;
  child_tid?: u64;
  /** For kernel threads: function and its argument. */
  fn?: u64;
  fn_arg?: u64;
  /** The number it shall have, 0: any. */
  set_tid?: int;
}

function copy_files(flags: u64, t: task_struct): int {
  const old = get_current().files;
  if (old === null) return 0;
  if ((flags & CLONE_FILES) !== 0) {
    fetch_add(addr(old.count), 1);
    return 0;
  }
  let error: int = 0;
  const f = dup_fd(old, 0x7fffffff, addr(error));
  if (f === null || IS_ERR(f)) {
    t.files = null;
    return error !== 0 ? error : -ENOMEM;
  }
  t.files = f;
  return 0;
}

function copy_fs(flags: u64, t: task_struct): int {
  const old = get_current().fs;
  if (old === null) return 0;
  if ((flags & CLONE_FS) !== 0) {
    fetch_add(addr(old.users), 1);
    return 0;
  }
  t.fs = copy_fs_struct(old);
  return t.fs === null ? -ENOMEM : 0;
}

/** Flags that contradict each other, or ask for what this kernel has not: namespaces and process descriptors. */
function check_clone_flags(flags: u64): int {
  if ((flags & CLONE_THREAD) !== 0 && (flags & CLONE_SIGHAND) === 0) return -EINVAL;
  if ((flags & CLONE_SIGHAND) !== 0 && (flags & CLONE_VM) === 0) return -EINVAL;
  // A sibling of init would have nobody to reap it.
  if ((flags & CLONE_PARENT) !== 0 && get_current().tgid === 1) return -EINVAL;
  if ((flags & CLONE_PIDFD) !== 0) return -EINVAL;
  if ((flags & CLONE_NAMESPACES) !== 0)
    return (flags & (CLONE_NAMESPACES ^ CLONE_NEWUSER)) !== 0 && !capable(CAP_SYS_ADMIN) ? -EPERM : -EINVAL;
  return 0;
}

/** Has the user as many tasks as RLIMIT_NPROC allows? Root and those who may go beyond limits have no such bound. */
function user_has_too_many(): bool {
  const current = get_current();
  const limit = READ_ONCE(current.signal.rlim[RLIMIT_NPROC].rlim_cur);
  const uid = current.real_cred.uid;
  if (uid === 0 || capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN)) return false;
  let count: u64 = 0;
  read_lock(tasklist_lock);
  for (let t = next_task(init_task); t !== init_task; t = next_task(t)) if (t.real_cred.uid === uid) count += u64(t.signal.nr_threads);
  read_unlock(tasklist_lock);
  return count >= limit;
}

/** A new task, complete but for its first run; an ERR_PTR on failure. */
function copy_process(args: kernel_clone_args): task_struct {
  const current = get_current();
  const clone_flags = args.flags;
  const invalid = check_clone_flags(clone_flags);
  if (invalid !== 0) return ERR_PTR(s64(invalid)) as task_struct;
  if (user_has_too_many() || nr_threads >= max_threads) return ERR_PTR(-EAGAIN) as task_struct;
  const t = dup_task_struct(current);
  if (t === null) return ERR_PTR(-ENOMEM) as task_struct;
  t.flags = (t.flags & ~u32(PF_WQ_WORKER | PF_IDLE | PF_KTHREAD | PF_SIGNALED | PF_EXITING)) | PF_FORKNOEXEC;
  if (args.fn !== 0) t.flags = t.flags | PF_KTHREAD;
  INIT_LIST_HEAD(t.children);
  INIT_LIST_HEAD(t.sibling);
  INIT_LIST_HEAD(t.thread_group);
  INIT_LIST_HEAD(t.thread_node);
  INIT_LIST_HEAD(t.pending.list);
  t.pending.signal = 0;
  t.alloc_lock.locked = 0;
  t.pi_lock.locked = 0;
  t.vfork_done = null;
  t.worker_private = null;
  t.utime = 0;
  t.stime = 0;
  t.prev_cputime.utime = 0;
  t.prev_cputime.stime = 0;
  t.prev_cputime.lock.locked = 0;
  t.nvcsw = 0;
  t.nivcsw = 0;
  t.min_flt = 0;
  t.maj_flt = 0;
  t.rchar = 0;
  t.wchar = 0;
  t.syscr = 0;
  t.syscw = 0;
  t.start_time = sched_clock();
  t.start_boottime = t.start_time;
  t.restart_block.fn = null;
  t.robust_list = 0;
  t.restore_sigmask = false;
  t.exit_state = 0;
  t.exit_code = 0;
  t.pdeath_signal = 0;
  t.jobctl = 0;
  t.ptrace = 0;
  t.oom_flag = 0;
  t.trace_recursion = 0;
  t.trace = 0;
  t.kprobe_instances = null;
  if ((clone_flags & CLONE_VM) === 0) t.sas_ss_size = 0;
  get_cred(t.cred);
  get_cred(t.real_cred);
  for (let i: u64 = 0; i < 4; i++) {
    t.pid_links[i].next = null;
    t.pid_links[i].pprev = null;
  }
  sched_fork(t);
  // Until the task has its own, its pointers still name the parent's: each step that fails undoes those before.
  let ret = copy_files(clone_flags, t);
  if (ret === 0) {
    ret = copy_fs(clone_flags, t);
    if (ret === 0) {
      ret = copy_sighand(clone_flags, t);
      if (ret === 0) {
        ret = copy_signal(clone_flags, t);
        if (ret === 0) {
          ret = copy_mm(clone_flags, t);
          if (ret === 0) {
            const number = alloc_pid(args.fn !== u64(0), args.set_tid);
            if (!IS_ERR(number)) {
              t.thread_pid = number;
              finish_copy(t, args);
              return t;
            }
            ret = int(PTR_ERR(number));
            if (t.mm !== null) mmput(t.mm);
          }
          if ((clone_flags & CLONE_THREAD) === 0) kfree(t.signal);
          else put_signal_struct(t.signal);
        }
        __cleanup_sighand(t.sighand);
      }
      exit_fs(t);
    }
    exit_files(t);
  }
  put_cred(t.cred);
  put_cred(t.real_cred);
  free_thread_stack(t.stack);
  ftrace_graph_exit_task(t);
  kfree(t);
  return ERR_PTR(s64(ret)) as task_struct;
}

/** The task that a further CPU idles in: no process, on no list. null: no memory. */
export function fork_idle(cpu: int): task_struct {
  const t = dup_task_struct(init_task);
  if (t === null) return null;
  INIT_LIST_HEAD(t.tasks);
  INIT_LIST_HEAD(t.children);
  INIT_LIST_HEAD(t.sibling);
  INIT_LIST_HEAD(t.thread_group);
  INIT_LIST_HEAD(t.thread_node);
  INIT_LIST_HEAD(t.pending.list);
  INIT_LIST_HEAD(t.se.run_list);
  t.flags = PF_KTHREAD | PF_IDLE;
  t.active_mm = null;
  t.thread_info.cpu = u32(cpu);
  t.cpus_mask = u64(1) << cpu;
  t.on_cpu = 1;
  t.se.on_rq = 0;
  t.utime = 0;
  t.stime = 0;
  snprintf(t.comm, 16, "swapper/%d", cpu);
  return t;
}
init(fork_idle);

/** Nothing can fail any more: identity, family, lists. */
function finish_copy(t: task_struct, args: kernel_clone_args): void {
  const current = get_current();
  const clone_flags = args.flags;
  copy_thread(t, clone_flags, args.stack, args.fn, args.fn_arg, args.tls);
  t.pid = t.thread_pid.nr;
  t.set_child_tid = (clone_flags & CLONE_CHILD_SETTID) !== 0 ? args.child_tid : u64(0);
  t.clear_child_tid = (clone_flags & CLONE_CHILD_CLEARTID) !== 0 ? args.child_tid : u64(0);
  const thread = (clone_flags & CLONE_THREAD) !== 0;
  if (thread) {
    t.group_leader = current.group_leader;
    t.tgid = current.tgid;
    t.exit_signal = -1;
  } else {
    t.group_leader = t;
    t.tgid = t.pid;
    t.exit_signal = args.exit_signal;
  }
  write_lock_irq(tasklist_lock);
  if ((clone_flags & (CLONE_PARENT | CLONE_THREAD)) !== 0) {
    t.real_parent = current.real_parent;
    if (!thread) t.exit_signal = current.group_leader.exit_signal;
  } else {
    t.real_parent = current;
  }
  t.parent = t.real_parent;
  // The patch state goes with the parent's, under the lock that the transition walks tasks by.
  klp_copy_process(t);
  spin_lock(current.sighand.siglock);
  if (thread) {
    t.signal.nr_threads++;
    t.signal.quick_threads++;
    atomic_inc(t.signal.live);
    list_add_tail(t.thread_group, t.group_leader.thread_group);
    list_add_tail(t.thread_node, t.signal.thread_head);
  } else {
    t.signal.pgrp = get_pid(current.signal.pgrp);
    t.signal.session = get_pid(current.signal.session);
    t.signal.leader_pid = t.thread_pid;
    list_add_tail(t.sibling, t.real_parent.children);
    list_add_tail(t.tasks, init_task.tasks);
    list_add_tail(t.thread_node, t.signal.thread_head);
    attach_pid(t, PIDTYPE_TGID);
    attach_pid(t, PIDTYPE_PGID);
    attach_pid(t, PIDTYPE_SID);
    nr_processes++;
  }
  attach_pid(t, PIDTYPE_PID);
  // A second reference on the number's structure: the hash holds one, the task the other.
  get_pid(t.thread_pid);
  nr_threads++;
  total_forks++;
  spin_unlock(current.sighand.siglock);
  write_unlock_irq(tasklist_lock);
}

/** The child's pid, or an error. */
export function kernel_clone(args: kernel_clone_args): int {
  const clone_flags = args.flags;
  let vfork: embed<completion>;
  const t = copy_process(args);
  if (IS_ERR(t)) return int(PTR_ERR(t));
  const nr = t.pid;
  trace_sched_process_fork(get_current(), t);
  if ((clone_flags & CLONE_PARENT_SETTID) !== 0) put_user_u32(u32(nr), at<ptr>(args.parent_tid));
  if ((clone_flags & CLONE_VFORK) !== 0) {
    init_completion(vfork);
    t.vfork_done = vfork;
    refcount_inc(t.usage);
  }
  wake_up_new_task(t);
  if ((clone_flags & CLONE_VFORK) !== 0) {
    // A kill ends the wait; the child must then not complete what is no more.
    if (wait_for_completion_killable(vfork) !== 0) {
      spin_lock(t.alloc_lock);
      t.vfork_done = null;
      spin_unlock(t.alloc_lock);
    }
    put_task_struct(t);
  }
  return nr;
}

export function kernel_thread(threadfn: (arg: ptr) => int, arg: ptr, flags: u64): int {
  const args: kernel_clone_args = {
    flags: (flags | CLONE_VM | CLONE_UNTRACED) & ~u64(CSIGNAL),
    exit_signal: int(flags & CSIGNAL),
    fn: u64(threadfn),
    fn_arg: u64(arg),
  };
  return kernel_clone(args);
}

/** Pid 1's beginning: a kernel function that will exec. */
export function user_mode_thread(threadfn: (arg: ptr) => int, arg: ptr, flags: u64): int {
  return kernel_thread(threadfn, arg, flags);
}

/** Counts of threads and processes: a release subtracts. Under tasklist_lock. */
export function task_count_add(threads: int, processes: int): void {
  nr_threads += threads;
  nr_processes += processes;
}

/** As Linux: task stacks may take an eighth of memory; half as many processes and queued signals for one user. */
export function fork_init(): void {
  max_threads = int((totalram_pages() << 12) / (8 * THREAD_SIZE));
  const half = u64(max_threads / 2);
  const rlim = init_task.signal.rlim;
  rlim[RLIMIT_NPROC].rlim_cur = half;
  rlim[RLIMIT_NPROC].rlim_max = half;
  rlim[RLIMIT_SIGPENDING].rlim_cur = half;
  rlim[RLIMIT_SIGPENDING].rlim_max = half;
}
init(fork_init);

export function __x64_sys_fork(_regs: pt_regs): s64 {
  const args: kernel_clone_args = { exit_signal: SIGCHLD };
  return s64(kernel_clone(args));
}

export function __x64_sys_vfork(_regs: pt_regs): s64 {
  const args: kernel_clone_args = { flags: CLONE_VFORK | CLONE_VM, exit_signal: SIGCHLD };
  return s64(kernel_clone(args));
}

/** clone(flags, stack, parent_tid, child_tid, tls); clone3: fork-clone3.ts. */
export function __x64_sys_clone(regs: pt_regs): s64 {
  const args: kernel_clone_args = {
    flags: regs.di & 0xffffff00,
    exit_signal: int(regs.di & CSIGNAL),
    stack: regs.si,
    parent_tid: regs.dx,
    child_tid: regs.r10,
    tls: regs.r8,
  };
  return s64(kernel_clone(args));
}

export function __x64_sys_set_tid_address(regs: pt_regs): s64 {
  get_current().clear_child_tid = regs.di;
  return s64(get_current().pid);
}
