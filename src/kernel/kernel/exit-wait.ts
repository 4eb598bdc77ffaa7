// Waiting for children: wait4, waitid.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { ECHILD, EFAULT, EINVAL, ERESTARTSYS, ESRCH } from "linux/errno";
import type { pid } from "linux/pid";
import {
  __set_current_state,
  EXIT_DEAD,
  EXIT_ZOMBIE,
  set_current_state,
  signal_pending,
  TASK_INTERRUPTIBLE,
  TASK_RUNNING,
  type task_struct,
} from "linux/sched";
import {
  CLD_CONTINUED,
  CLD_DUMPED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  SIGCHLD,
  SIGCONT,
  SIGNAL_GROUP_EXIT,
  SIGNAL_STOP_CONTINUED,
  SIGNAL_STOP_STOPPED,
} from "linux/signal";
import { write_lock_irq, write_unlock_irq } from "linux/spinlock";
import type { wait_queue_entry } from "linux/wait";
import { copy_to_user, put_user_u32 } from "../arch/x86/lib/usercopy";
import { release_task } from "./exit-release";
import { tasklist_lock } from "./fork";
import { find_get_pid, get_pid, put_pid, task_pgrp } from "./pid";
import { next_thread } from "./sched/comm";
import { schedule } from "./sched/core";
import { thread_group_cputime_adjusted } from "./sched/cputime";
import { add_wait_queue, init_waitqueue_entry, remove_wait_queue } from "./sched/wait";
import { fill_rusage } from "./sys";

export const WNOHANG = 1;
export const WUNTRACED = 2;
export const WEXITED = 4;
export const WCONTINUED = 8;
export const WNOWAIT = 0x1000000;
const KIB_PER_PAGE = 4;
const __WALL = 0x40000000;

interface wait_opts extends struct<"wait_opts"> {
  /** 0: any child; 1: this pid; 2: a member of pgrp. */
  kind?: int;
  pid?: pid;
  options?: int;
  /** Results; the rusage only if there is a place for it. */
  status?: int;
  code?: int;
  uid?: u32;
  rusage?: s64[];
  /** A child that fits exists. */
  found?: bool;
}

function eligible(wo: wait_opts, p: task_struct): bool {
  if (wo.kind === 1) return p.thread_pid === wo.pid;
  if (wo.kind === 2) return task_pgrp(p) === wo.pid;
  return true;
}

/** The process and its reaped children. Under tasklist_lock. */
function fill_rusage_both(rusage: s64[], p: task_struct): void {
  let utime: u64 = 0;
  let stime: u64 = 0;
  thread_group_cputime_adjusted(p, addr(utime), addr(stime));
  fill_rusage(rusage, utime + p.signal.cutime, stime + p.signal.cstime, p);
}

/** Under tasklist_lock; drops it where it returns something but 0: the child's pid. */
function wait_task_zombie(wo: wait_opts, p: task_struct): int {
  const nr = p.pid;
  const sig = p.signal;
  const parent = get_current().signal;
  wo.uid = p.cred.uid;
  wo.status = (sig.flags & SIGNAL_GROUP_EXIT) !== 0 ? sig.group_exit_code : p.exit_code;
  if ((wo.status & 0x7f) === 0) {
    wo.code = CLD_EXITED;
  } else {
    wo.code = (wo.status & 0x80) !== 0 ? CLD_DUMPED : CLD_KILLED;
  }
  let utime: u64 = 0;
  let stime: u64 = 0;
  thread_group_cputime_adjusted(p, addr(utime), addr(stime));
  utime += sig.cutime;
  stime += sig.cstime;
  if (wo.rusage !== null) {
    fill_rusage(wo.rusage, utime, stime, p);
    wo.rusage[4] = s64((sig.maxrss > sig.cmaxrss ? sig.maxrss : sig.cmaxrss) * KIB_PER_PAGE);
    wo.rusage[8] = s64(sig.min_flt + p.min_flt + sig.cmin_flt);
    wo.rusage[9] = s64(sig.maj_flt + p.maj_flt + sig.cmaj_flt);
  }
  if ((wo.options & WNOWAIT) !== 0) {
    write_unlock_irq(tasklist_lock);
    return nr;
  }
  p.exit_state = EXIT_DEAD;
  parent.cutime += utime;
  parent.cstime += stime;
  const maxrss = sig.maxrss > sig.cmaxrss ? sig.maxrss : sig.cmaxrss;
  if (parent.cmaxrss < maxrss) parent.cmaxrss = maxrss;
  parent.cmin_flt += sig.min_flt + p.min_flt + sig.cmin_flt;
  parent.cmaj_flt += sig.maj_flt + p.maj_flt + sig.cmaj_flt;
  write_unlock_irq(tasklist_lock);
  release_task(p);
  return nr;
}

function wait_task_stopped(wo: wait_opts, p: task_struct): int {
  const sig = p.signal;
  if ((wo.options & WUNTRACED) === 0 || (sig.flags & SIGNAL_STOP_STOPPED) === 0 || sig.group_exit_code === 0) return 0;
  const code = sig.group_exit_code;
  if ((wo.options & WNOWAIT) === 0) sig.group_exit_code = 0;
  wo.status = (code << 8) | 0x7f;
  wo.code = CLD_STOPPED;
  wo.uid = p.cred.uid;
  if (wo.rusage !== null) fill_rusage_both(wo.rusage, p);
  write_unlock_irq(tasklist_lock);
  return p.pid;
}

function wait_task_continued(wo: wait_opts, p: task_struct): int {
  if ((wo.options & WCONTINUED) === 0 || (p.signal.flags & SIGNAL_STOP_CONTINUED) === 0) return 0;
  if ((wo.options & WNOWAIT) === 0) p.signal.flags = p.signal.flags & ~u32(SIGNAL_STOP_CONTINUED);
  wo.status = 0xffff;
  wo.code = CLD_CONTINUED;
  wo.uid = p.cred.uid;
  if (wo.rusage !== null) fill_rusage_both(wo.rusage, p);
  write_unlock_irq(tasklist_lock);
  return p.pid;
}

/** Children of one thread. Returns a pid with the lock dropped, or 0 with it held. */
function do_wait_thread(wo: wait_opts, parent: task_struct): int {
  let n = parent.children.next;
  while (n !== parent.children) {
    const p = container_of<task_struct>(n, "sibling");
    n = n.next;
    if (p.exit_state === EXIT_DEAD || !eligible(wo, p)) continue;
    wo.found = true;
    let ret: int = 0;
    if (p.exit_state === EXIT_ZOMBIE) {
      if ((wo.options & WEXITED) !== 0 && p.signal.nr_threads <= 1) ret = wait_task_zombie(wo, p);
    } else {
      ret = wait_task_stopped(wo, p);
      if (ret === 0) ret = wait_task_continued(wo, p);
    }
    if (ret !== 0) return ret;
  }
  return 0;
}

function do_wait(wo: wait_opts): int {
  let w: embed<wait_queue_entry>;
  const t = get_current();
  let ret: int = 0;
  init_waitqueue_entry(w, t);
  add_wait_queue(t.signal.wait_chldexit, w);
  for (;;) {
    wo.found = false;
    set_current_state(TASK_INTERRUPTIBLE);
    write_lock_irq(tasklist_lock);
    let parent = t;
    do {
      ret = do_wait_thread(wo, parent);
      if (ret !== 0) break;
      parent = next_thread(parent);
    } while (parent !== t);
    if (ret !== 0) break;
    write_unlock_irq(tasklist_lock);
    if (!wo.found) {
      ret = -ECHILD;
      break;
    }
    if ((wo.options & WNOHANG) !== 0) break;
    if (signal_pending(t)) {
      ret = -ERESTARTSYS;
      break;
    }
    schedule();
  }
  __set_current_state(TASK_RUNNING);
  remove_wait_queue(t.signal.wait_chldexit, w);
  return ret;
}

export function kernel_wait4(upid: int, status: int[], options: int, rusage: s64[]): int {
  const wo: wait_opts = { kind: 0, rusage };
  if ((options & ~(WNOHANG | WUNTRACED | WCONTINUED | 0xe0000000)) !== 0) return -EINVAL;
  if (upid === -0x80000000) return -ESRCH;
  wo.options = options | WEXITED;
  if (upid < -1) {
    wo.kind = 2;
    wo.pid = find_get_pid(-upid);
  } else if (upid === 0) {
    wo.kind = 2;
    wo.pid = get_pid(task_pgrp(get_current()));
  } else if (upid > 0) {
    wo.kind = 1;
    wo.pid = find_get_pid(upid);
  }
  if (wo.kind !== 0 && wo.pid === null) return -ECHILD;
  const ret = do_wait(wo);
  put_pid(wo.pid);
  if (ret > 0 && status !== null) status[0] = wo.status;
  return ret;
}

function __do_sys_wait4(upid: int, stat_addr: u64, options: int, ru: u64): s64 {
  let status: int = 0;
  let rusage: array<s64, 18>;
  const ret = kernel_wait4(upid, addr(status), options, ru !== 0 ? rusage : null);
  if (ret > 0) {
    if (stat_addr !== 0 && put_user_u32(u32(status), at<ptr>(stat_addr)) !== 0) return -EFAULT;
    if (ru !== 0 && copy_to_user(at<ptr>(ru), rusage, 144) !== 0) return -EFAULT;
  }
  return s64(ret);
}

export function __x64_sys_wait4(regs: pt_regs): s64 {
  return __do_sys_wait4(int(regs.di), regs.si, int(regs.dx), regs.r10);
}
tail_call(__x64_sys_wait4);

/** waitid(which, pid, infop, options, rusage) */
export function __x64_sys_waitid(regs: pt_regs): s64 {
  let rusage: array<s64, 18>;
  const wo: wait_opts = { kind: 0, rusage: regs.r8 !== 0 ? rusage : null };
  let info: array<u32, 32>;
  const options = int(regs.r10);
  if ((options & (WEXITED | WUNTRACED | WCONTINUED)) === 0) return -EINVAL;
  if ((options & ~(WNOHANG | WNOWAIT | WEXITED | WUNTRACED | WCONTINUED | 0xe0000000)) !== 0) return -EINVAL;
  wo.options = options;
  switch (int(regs.di)) {
    case 0:
      break;
    case 1:
      if (int(regs.si) <= 0) return -EINVAL;
      wo.kind = 1;
      wo.pid = find_get_pid(int(regs.si));
      break;
    case 2:
      if (int(regs.si) < 0) return -EINVAL;
      wo.kind = 2;
      wo.pid = int(regs.si) === 0 ? get_pid(task_pgrp(get_current())) : find_get_pid(int(regs.si));
      break;
    default:
      return -EINVAL;
  }
  if (wo.kind !== 0 && wo.pid === null) return -ECHILD;
  const ret = do_wait(wo);
  put_pid(wo.pid);
  if (ret < 0) return s64(ret);
  for (let i: int = 0; i < 32; i++) info[i] = 0;
  if (ret > 0) {
    info[0] = SIGCHLD;
    info[2] = u32(wo.code);
    info[4] = u32(ret);
    info[5] = wo.uid;
    info[6] =
      wo.code === CLD_EXITED
        ? u32((wo.status >> 8) & 0xff)
        : wo.code === CLD_STOPPED
          ? u32((wo.status >> 8) & 0xff)
          : wo.code === CLD_CONTINUED
            ? u32(SIGCONT)
            : u32(wo.status & 0x7f);
  }
  if (regs.dx !== 0 && copy_to_user(at<ptr>(regs.dx), info, 128) !== 0) return -EFAULT;
  if (ret > 0 && regs.r8 !== 0 && copy_to_user(at<ptr>(regs.r8), rusage, 144) !== 0) return -EFAULT;
  return 0;
}
