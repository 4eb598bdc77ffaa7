// Birth of tasks: fork, clone, kernel threads; and the reference counts of task_struct, its stack and its address space.

import { VMALLOC_END, VMALLOC_START } from "asm/page";
import { PAGE_KERNEL } from "asm/pgtable";
import type { pt_regs } from "asm/ptrace";
import { atomic_dec_and_test, atomic_inc, atomic_inc_not_zero, atomic_read, atomic_set } from "linux/atomic";
import type { completion } from "linux/completion";
import { get_current } from "linux/current";
import { ERR_PTR, IS_ERR, PTR_ERR } from "linux/err";
import { EAGAIN, EINVAL, ENOMEM } from "linux/errno";
import { dup_fd, exit_files } from "linux/fdtable";
import { fput } from "linux/file";
import { get_file } from "linux/fs";
import { copy_fs_struct, exit_fs } from "linux/fs_struct";
import { FUTEX_BITSET_MATCH_ANY } from "linux/futex";
import { INIT_LIST_HEAD, list_add_tail } from "linux/list";
import { klp_copy_process } from "linux/livepatch";
import type { mm_struct } from "linux/mm_types";
import { VM_LOCKED } from "linux/mm_types";
import { PIDTYPE_PGID, PIDTYPE_PID, PIDTYPE_SID, PIDTYPE_TGID } from "linux/pid";
import { refcount_dec_and_test, refcount_inc, refcount_set } from "linux/refcount";
import type { task_struct } from "linux/sched";
import {
  CLONE_CHILD_CLEARTID,
  CLONE_CHILD_SETTID,
  CLONE_FILES,
  CLONE_FS,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  CLONE_SIGHAND,
  CLONE_THREAD,
  CLONE_UNTRACED,
  CLONE_VFORK,
  CLONE_VM,
  clear_tsk_thread_flag,
  PF_EXITING,
  PF_FORKNOEXEC,
  PF_IDLE,
  PF_KTHREAD,
  PF_SIGNALED,
  PF_WQ_WORKER,
} from "linux/sched";
import type { sighand_struct, signal_struct } from "linux/signal";
import { RLIMIT_NPROC, RLIMIT_SIGPENDING, SIGCHLD } from "linux/signal";
import type { rwlock_t, spinlock_t } from "linux/spinlock";
import { spin_lock, spin_lock_irqsave, spin_unlock, spin_unlock_irqrestore, write_lock_irq, write_unlock_irq } from "linux/spinlock";
import { THREAD_SIZE, TIF_NEED_RESCHED, TIF_NOTIFY_SIGNAL, TIF_SIGPENDING } from "linux/thread_info";
import type { callback_head } from "linux/types";
import { copy_thread } from "../arch/x86/kernel/process";
import { sched_clock } from "../arch/x86/kernel/tsc";
import { put_user_u32 } from "../arch/x86/lib/usercopy";
import { pgd_ctor } from "../arch/x86/mm/init_64";
import { allow_write_access, deny_write_access } from "../fs/file_table";
import { init_task } from "../init/init_task";
import { memset } from "../lib/string";
import { snprintf } from "../lib/vsprintf";
import { copy_page_range } from "../mm/memory";
import { exit_mmap, vm_area_alloc, vma_link } from "../mm/mmap";
import { free_page, get_zeroed_page, totalram_pages } from "../mm/page_alloc";
import { kfree, kmalloc, kzalloc } from "../mm/slab";
import { __vmalloc_node_range, find_vm_area, vfree } from "../mm/vmalloc";
import { get_cred, put_cred } from "./cred";
import { exit_robust_list } from "./futex/robust";
import { futex_wake } from "./futex/waitwake";
import { free_kthread_struct } from "./kthread";
import { down_write, init_rwsem, up_write } from "./locking/rwsem";
import { alloc_pid, attach_pid, get_pid, put_pid } from "./pid";
import { call_rcu } from "./rcu/tree";
import { complete, init_completion, wait_for_completion_killable } from "./sched/completion";
import { sched_fork, wake_up_new_task } from "./sched/core";
import { hrtimer_init } from "./time/hrtimer";
import { it_real_fn } from "./time/itimer";
import { ftrace_graph_exit_task, ftrace_graph_init_task } from "./trace/fgraph";
import { trace_sched_process_fork, trace_sched_process_free } from "./trace/trace-events-sched";

/** The tree of tasks and the pid lists: interrupts off for writers. */
export let tasklist_lock: embed<rwlock_t>;
export let nr_threads: int = 0;
export let nr_processes: int = 0;
export let total_forks: u64 = 0;
/** As /proc/sys/kernel/threads-max. */
export let max_threads: int = 4096;

/** Stacks that ended are kept for the next fork: mapping sixteen KiB anew costs more than the fork's other work. */
const NR_CACHED_STACKS = 64;
let cached_stacks: array<u64, 64>;
let nr_cached_stacks: u32 = 0;
let stack_lock: embed<spinlock_t>;

function alloc_thread_stack(): u64 {
  const flags = spin_lock_irqsave(stack_lock);
  let stack: u64 = 0;
  if (nr_cached_stacks > 0) {
    nr_cached_stacks--;
    stack = cached_stacks[nr_cached_stacks];
  }
  spin_unlock_irqrestore(stack_lock, flags);
  if (stack !== 0) {
    memset(at<ptr>(stack), 0, THREAD_SIZE);
    return stack;
  }
  return __vmalloc_node_range(THREAD_SIZE, THREAD_SIZE, VMALLOC_START, VMALLOC_END, 0x100, PAGE_KERNEL, return_address());
}

function free_thread_stack(stack: u64): void {
  const flags = spin_lock_irqsave(stack_lock);
  if (nr_cached_stacks < NR_CACHED_STACKS) {
    cached_stacks[nr_cached_stacks] = stack;
    nr_cached_stacks++;
    spin_unlock_irqrestore(stack_lock, flags);
    return;
  }
  spin_unlock_irqrestore(stack_lock, flags);
  vfree(at<ptr>(stack));
}

export function put_task_stack(t: task_struct): void {
  if (!refcount_dec_and_test(t.stack_refcount)) return;
  const stack = t.stack;
  t.stack = 0;
  free_thread_stack(stack);
}

function free_signal_struct(sig: signal_struct): void {
  put_pid(sig.pgrp);
  put_pid(sig.session);
  kfree(sig);
}

export function put_signal_struct(sig: signal_struct): void {
  if (refcount_dec_and_test(sig.sigcnt)) free_signal_struct(sig);
}

export function put_task_struct(t: task_struct): void {
  if (!refcount_dec_and_test(t.usage)) return;
  put_cred(t.cred);
  put_cred(t.real_cred);
  if (t.signal !== null) put_signal_struct(t.signal);
  if ((t.flags & PF_KTHREAD) !== 0) free_kthread_struct(t);
  trace_sched_process_free(t);
  put_pid(t.thread_pid);
  ftrace_graph_exit_task(t);
  kfree(t);
}

function delayed_put_task_struct(head: callback_head): void {
  put_task_struct(container_of<task_struct>(head, "rcu"));
}

/** The task is off the lists, or off its CPU for good: readers that found it before may still look at it. */
export function put_task_struct_rcu_user(t: task_struct): void {
  if (refcount_dec_and_test(t.rcu_users)) call_rcu(t.rcu, delayed_put_task_struct);
}

// ---- address spaces ----

export function mm_alloc(): mm_struct {
  const mm = kzalloc(sizeof<mm_struct>(), 0) as mm_struct;
  if (mm === null) return null;
  const pgd = get_zeroed_page(0);
  if (pgd === 0) {
    kfree(mm);
    return null;
  }
  mm.pgd = at<u64[]>(pgd);
  pgd_ctor(mm.pgd);
  INIT_LIST_HEAD(mm.pgtables);
  atomic_set(mm.mm_users, 1);
  atomic_set(mm.mm_count, 1);
  init_rwsem(mm.mmap_lock);
  mm.task_size = 0x7ffffffff000;
  mm.mmap_base = 0x7fffff7ff000 - 0x100000;
  return mm;
}

/** The last reference of the structure itself: page tables' top and memory. */
export function mmdrop(mm: mm_struct): void {
  if (!atomic_dec_and_test(mm.mm_count)) return;
  free_page(u64(mm.pgd));
  kfree(mm);
}

/** The last user: areas and pages go. */
export function mmput(mm: mm_struct): void {
  if (!atomic_dec_and_test(mm.mm_users)) return;
  exit_mmap(mm);
  if (mm.exe_file !== null) {
    allow_write_access(mm.exe_file);
    fput(mm.exe_file);
  }
  mm.exe_file = null;
  mmdrop(mm);
}

/** The task's address space with a reference, or null for kernel threads and the dead. */
export function get_task_mm(t: task_struct): mm_struct {
  spin_lock(t.alloc_lock);
  let mm = t.mm;
  if (mm !== null && ((t.flags & PF_KTHREAD) !== 0 || !atomic_inc_not_zero(mm.mm_users))) mm = null;
  spin_unlock(t.alloc_lock);
  return mm;
}

function dup_mm(old: mm_struct): mm_struct {
  const mm = mm_alloc();
  if (mm === null) return null;
  down_write(old.mmap_lock);
  mm.mmap_base = old.mmap_base;
  mm.total_vm = old.total_vm;
  mm.data_vm = old.data_vm;
  mm.exec_vm = old.exec_vm;
  mm.stack_vm = old.stack_vm;
  mm.hiwater_vm = old.total_vm;
  mm.start_code = old.start_code;
  mm.end_code = old.end_code;
  mm.start_data = old.start_data;
  mm.end_data = old.end_data;
  mm.start_brk = old.start_brk;
  mm.brk = old.brk;
  mm.start_stack = old.start_stack;
  mm.arg_start = old.arg_start;
  mm.arg_end = old.arg_end;
  mm.env_start = old.env_start;
  mm.env_end = old.env_end;
  for (let i: u64 = 0; i < 48; i++) mm.saved_auxv[i] = old.saved_auxv[i];
  mm.exe_file = old.exe_file;
  if (mm.exe_file !== null) {
    get_file(mm.exe_file);
    deny_write_access(mm.exe_file);
  }
  let v = old.mmap;
  let ret: int = 0;
  while (v !== null && ret === 0) {
    if ((v.vm_flags & 0x20000) === 0) {
      const n = vm_area_alloc(mm);
      if (n === null) {
        ret = -ENOMEM;
        break;
      }
      copy(n, v);
      n.vm_mm = mm;
      n.vm_flags = n.vm_flags & ~u64(VM_LOCKED);
      n.vm_next = null;
      n.vm_prev = null;
      if (n.vm_file !== null) get_file(n.vm_file);
      vma_link(mm, n);
      ret = copy_page_range(mm, old, v);
    }
    v = v.vm_next;
  }
  up_write(old.mmap_lock);
  if (ret !== 0) {
    mmput(mm);
    return null;
  }
  return mm;
}

function copy_mm(flags: u64, t: task_struct): int {
  const old = get_current().mm;
  t.mm = null;
  t.active_mm = null;
  if (old === null) return 0;
  if ((flags & CLONE_VM) !== 0) {
    atomic_inc(old.mm_users);
    t.mm = old;
  } else {
    t.mm = dup_mm(old);
    if (t.mm === null) return -ENOMEM;
  }
  t.active_mm = t.mm;
  return 0;
}

/** The task is about to leave its address space: what it promised to others there is done, and vfork's parent goes on. */
export function mm_release(t: task_struct): void {
  const mm = t.mm;
  if (mm !== null && t.robust_list !== 0) exit_robust_list(t);
  if (mm !== null && t.clear_child_tid !== 0 && atomic_read(mm.mm_users) > 1) {
    put_user_u32(0, at<ptr>(t.clear_child_tid));
    futex_wake(t.clear_child_tid, false, 1, FUTEX_BITSET_MATCH_ANY);
  }
  t.clear_child_tid = 0;
  spin_lock(t.alloc_lock);
  const done = t.vfork_done;
  if (done !== null) {
    t.vfork_done = null;
    complete(done);
  }
  spin_unlock(t.alloc_lock);
}

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
  return 0;
}

/** The same actions, with a lock, a count and waiters of its own. */
export function init_sighand_copy(s: sighand_struct, old: sighand_struct): void {
  copy(s, old);
  s.siglock.locked = 0;
  refcount_set(s.count, 1);
  s.signalfd_wqh.head.next = null;
}

function free_sighand(head: callback_head): void {
  kfree(container_of<sighand_struct>(head, "rcu"));
}

/** lock_task_sighand reaches for the lock of one that may just be on its way out. */
export function __cleanup_sighand(s: sighand_struct): void {
  if (refcount_dec_and_test(s.count)) call_rcu(s.rcu, free_sighand);
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
  for (let i: u64 = 0; i < 16; i++) {
    s.rlim[i].rlim_cur = old.rlim[i].rlim_cur;
    s.rlim[i].rlim_max = old.rlim[i].rlim_max;
  }
  hrtimer_init(s.real_timer, 1, 1);
  s.real_timer.function = it_real_fn;
  return 0;
}

/** A copy of the current task's structure with a stack of its own. */
function dup_task_struct(orig: task_struct): task_struct {
  const t = kmalloc(sizeof<task_struct>(), 0) as task_struct;
  if (t === null) return null;
  const stack = alloc_thread_stack();
  if (stack === 0) {
    kfree(t);
    return null;
  }
  copy(t, orig);
  t.stack = stack;
  t.stack_vm_area = find_vm_area(stack);
  ftrace_graph_init_task(t);
  // One for whoever reaps it, one for the scheduler, dropped after its last switch.
  refcount_set(t.rcu_users, 2);
  refcount_set(t.usage, 1);
  refcount_set(t.stack_refcount, 1);
  clear_tsk_thread_flag(t, TIF_NEED_RESCHED);
  clear_tsk_thread_flag(t, TIF_SIGPENDING);
  clear_tsk_thread_flag(t, TIF_NOTIFY_SIGNAL);
  return t;
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

/** A new task, complete but for its first run; an ERR_PTR on failure. */
function copy_process(clone_flags: u64, exit_signal: int, sp: u64, fn_: u64, arg: u64, tls: u64, child_tid: u64): task_struct {
  const current = get_current();
  if ((clone_flags & CLONE_THREAD) !== 0 && (clone_flags & CLONE_SIGHAND) === 0) return ERR_PTR(-EINVAL) as task_struct;
  if ((clone_flags & CLONE_SIGHAND) !== 0 && (clone_flags & CLONE_VM) === 0) return ERR_PTR(-EINVAL) as task_struct;
  if (nr_threads >= max_threads) return ERR_PTR(-EAGAIN) as task_struct;
  const t = dup_task_struct(current);
  if (t === null) return ERR_PTR(-ENOMEM) as task_struct;
  t.flags = (t.flags & ~u32(PF_WQ_WORKER | PF_IDLE | PF_KTHREAD | PF_SIGNALED | PF_EXITING)) | PF_FORKNOEXEC;
  if (fn_ !== 0) t.flags = t.flags | PF_KTHREAD;
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
            t.thread_pid = alloc_pid(fn_ !== u64(0));
            if (t.thread_pid !== null) {
              finish_copy(t, clone_flags, exit_signal, sp, fn_, arg, tls, child_tid);
              return t;
            }
            ret = -EAGAIN;
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
function finish_copy(t: task_struct, clone_flags: u64, exit_signal: int, sp: u64, fn_: u64, arg: u64, tls: u64, child_tid: u64): void {
  const current = get_current();
  copy_thread(t, clone_flags, sp, fn_, arg, tls);
  t.pid = t.thread_pid.nr;
  t.set_child_tid = (clone_flags & CLONE_CHILD_SETTID) !== 0 ? child_tid : u64(0);
  t.clear_child_tid = (clone_flags & CLONE_CHILD_CLEARTID) !== 0 ? child_tid : u64(0);
  const thread = (clone_flags & CLONE_THREAD) !== 0;
  if (thread) {
    t.group_leader = current.group_leader;
    t.tgid = current.tgid;
    t.exit_signal = -1;
  } else {
    t.group_leader = t;
    t.tgid = t.pid;
    t.exit_signal = exit_signal;
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
export function kernel_clone(
  clone_flags: u64,
  exit_signal: int,
  sp: u64,
  fn_: u64,
  arg: u64,
  parent_tid: u64,
  child_tid: u64,
  tls: u64,
): int {
  let vfork: embed<completion>;
  const t = copy_process(clone_flags, exit_signal, sp, fn_, arg, tls, child_tid);
  if (IS_ERR(t)) return int(PTR_ERR(t));
  const nr = t.pid;
  trace_sched_process_fork(get_current(), t);
  if ((clone_flags & CLONE_PARENT_SETTID) !== 0) put_user_u32(u32(nr), at<ptr>(parent_tid));
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
  return kernel_clone((flags | CLONE_VM | CLONE_UNTRACED) & ~u64(0xff), int(flags & 0xff), 0, u64(threadfn), u64(arg), 0, 0, 0);
}

/** Pid 1's beginning: a kernel function that will exec. */
export function user_mode_thread(threadfn: (arg: ptr) => int, arg: ptr, flags: u64): int {
  return kernel_clone((flags | CLONE_VM | CLONE_UNTRACED) & ~u64(0xff), int(flags & 0xff), 0, u64(threadfn), u64(arg), 0, 0, 0);
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
  return s64(kernel_clone(0, SIGCHLD, 0, 0, 0, 0, 0, 0));
}

export function __x64_sys_vfork(_regs: pt_regs): s64 {
  return s64(kernel_clone(CLONE_VFORK | CLONE_VM, SIGCHLD, 0, 0, 0, 0, 0, 0));
}

/** clone(flags, stack, parent_tid, child_tid, tls) */
export function __x64_sys_clone(regs: pt_regs): s64 {
  return s64(kernel_clone(regs.di & ~u64(0xff), int(regs.di & 0xff), regs.si, 0, 0, regs.dx, regs.r10, regs.r8));
}

export function __x64_sys_set_tid_address(regs: pt_regs): s64 {
  get_current().clear_child_tid = regs.di;
  return s64(get_current().pid);
}
EXPORT_SYMBOL(get_task_mm);
EXPORT_SYMBOL(mmput);
EXPORT_SYMBOL(put_task_struct);
