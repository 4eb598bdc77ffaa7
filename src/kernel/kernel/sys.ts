// System calls about the process and the system: identity, groups and sessions, names, used time, limits, priorities.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EACCES, EFAULT, EINVAL, EPERM, ESRCH } from "linux/errno";
import { NSEC_PER_SEC } from "linux/ktime";
import { PIDTYPE_PGID, PIDTYPE_SID } from "linux/pid";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { put_task_struct, task_nice, type task_struct } from "linux/sched";
import { RLIM_NLIMITS, RLIMIT_NOFILE } from "linux/signal";
import { smp_processor_id } from "linux/smp";
import { read_lock, read_unlock, write_lock_irq, write_unlock_irq } from "linux/spinlock";
import type { new_utsname } from "linux/utsname";
import { sched_clock } from "../arch/x86/kernel/tsc";
import { copy_from_user, copy_to_user, put_user_u32 } from "../arch/x86/lib/usercopy";
import { sysctl_nr_open } from "../fs/fdtable";
import { init_uts_ns } from "../init/version";
import { memset } from "../lib/string";
import { nr_free_pages, totalram_pages } from "../mm/page_alloc";
import { capable } from "./cred";
import { nr_processes, tasklist_lock } from "./fork";
import {
  change_pid,
  find_get_task,
  find_pid_ns,
  find_task_by_vpid,
  pid_task,
  task_pgrp,
  task_pgrp_nr,
  task_session,
  task_session_nr,
} from "./pid";
import { set_user_nice } from "./sched/core";
import { task_cputime_adjusted, thread_group_cputime_adjusted } from "./sched/cputime";

const USER_HZ_NS = 10000000;
const RUSAGE_SELF = 0;
const RUSAGE_CHILDREN = -1;
const RUSAGE_THREAD = 1;

export function __x64_sys_getpid(_regs: pt_regs): s64 {
  return s64(get_current().tgid);
}

export function __x64_sys_gettid(_regs: pt_regs): s64 {
  return s64(get_current().pid);
}

export function __x64_sys_getppid(_regs: pt_regs): s64 {
  rcu_read_lock();
  const nr = get_current().real_parent.tgid;
  rcu_read_unlock();
  return s64(nr);
}

export function __x64_sys_getpgrp(_regs: pt_regs): s64 {
  return s64(task_pgrp_nr(get_current()));
}

export function __x64_sys_getpgid(regs: pt_regs): s64 {
  const nr = int(regs.di);
  const t = find_get_task(nr);
  if (t === null) return -ESRCH;
  const ret = s64(task_pgrp_nr(t));
  put_task_struct(t);
  return ret;
}

export function __x64_sys_getsid(regs: pt_regs): s64 {
  const nr = int(regs.di);
  const t = find_get_task(nr);
  if (t === null) return -ESRCH;
  const ret = s64(task_session_nr(t));
  put_task_struct(t);
  return ret;
}

export function __x64_sys_setpgid(regs: pt_regs): s64 {
  const me = get_current().group_leader;
  const nr = int(regs.di) === 0 ? me.pid : int(regs.di);
  const pgid = int(regs.si) === 0 ? nr : int(regs.si);
  if (pgid < 0) return -EINVAL;
  write_lock_irq(tasklist_lock);
  let ret: s64 = 0;
  const t = find_task_by_vpid(nr);
  if (t === null) {
    ret = -ESRCH;
  } else if (t.group_leader !== t) {
    ret = -EINVAL;
  } else if (t.real_parent.group_leader === me) {
    if (task_session(t) !== task_session(me)) ret = -EPERM;
    else if ((t.flags & 0x40) === 0) ret = -EACCES;
  } else if (t !== me) {
    ret = -ESRCH;
  }
  if (ret === 0 && t.signal.leader !== 0) ret = -EPERM;
  if (ret === 0) {
    let group = t.thread_pid;
    if (pgid !== nr) {
      group = find_pid_ns(pgid);
      const g = pid_task(group, PIDTYPE_PGID);
      if (g === null || task_session(g) !== task_session(me)) ret = -EPERM;
    }
    if (ret === 0 && task_pgrp(t) !== group) change_pid(t, PIDTYPE_PGID, group);
  }
  write_unlock_irq(tasklist_lock);
  return ret;
}

export function ksys_setsid(): s64 {
  const me = get_current().group_leader;
  write_lock_irq(tasklist_lock);
  let ret: s64 = -EPERM;
  if (me.signal.leader === 0 && pid_task(me.thread_pid, PIDTYPE_PGID) === null) {
    me.signal.leader = 1;
    if (task_session(me) !== me.thread_pid) change_pid(me, PIDTYPE_SID, me.thread_pid);
    if (task_pgrp(me) !== me.thread_pid) change_pid(me, PIDTYPE_PGID, me.thread_pid);
    me.signal.tty = null;
    ret = s64(me.pid);
  }
  write_unlock_irq(tasklist_lock);
  return ret;
}

export function __x64_sys_setsid(_regs: pt_regs): s64 {
  return ksys_setsid();
}

export function __x64_sys_newuname(regs: pt_regs): s64 {
  return copy_to_user(at<ptr>(regs.di), init_uts_ns, sizeof<new_utsname>()) !== 0 ? -EFAULT : 0;
}

function set_name(field: u8[], from: u64, len: u64): s64 {
  let name: array<u8, 65>;
  if (!capable(21)) return -EPERM;
  if (len > 64) return -EINVAL;
  if (copy_from_user(name, at<ptr>(from), len) !== 0) return -EFAULT;
  for (let i: u64 = 0; i < 65; i++) field[i] = i < len ? name[i] : 0;
  return 0;
}

export function __x64_sys_sethostname(regs: pt_regs): s64 {
  return set_name(init_uts_ns.nodename, regs.di, regs.si);
}

export function __x64_sys_setdomainname(regs: pt_regs): s64 {
  return set_name(init_uts_ns.domainname, regs.di, regs.si);
}

/** struct sysinfo, 112 bytes. */
export function __x64_sys_sysinfo(regs: pt_regs): s64 {
  let info: array<u64, 14>;
  memset(info, 0, 112);
  info[0] = sched_clock() / NSEC_PER_SEC;
  info[4] = totalram_pages() << 12;
  info[5] = nr_free_pages() << 12;
  at<u16[]>(u64(info) + 80)[0] = u16(nr_processes);
  at<u32[]>(u64(info) + 104)[0] = 1;
  return copy_to_user(at<ptr>(regs.di), info, 112) !== 0 ? -EFAULT : 0;
}

/** User and system time of the caller's process so far, ns. */
function own_cputime(ut: u64[], st: u64[]): void {
  read_lock(tasklist_lock);
  thread_group_cputime_adjusted(get_current(), ut, st);
  read_unlock(tasklist_lock);
}

export function __x64_sys_times(regs: pt_regs): s64 {
  let out: array<s64, 4>;
  let ut: u64 = 0;
  let st: u64 = 0;
  const t = get_current();
  own_cputime(addr(ut), addr(st));
  out[0] = s64(ut / USER_HZ_NS);
  out[1] = s64(st / USER_HZ_NS);
  out[2] = s64(t.signal.cutime / USER_HZ_NS);
  out[3] = s64(t.signal.cstime / USER_HZ_NS);
  if (regs.di !== 0 && copy_to_user(at<ptr>(regs.di), out, 32) !== 0) return -EFAULT;
  return s64(sched_clock() / USER_HZ_NS);
}

/** struct rusage, 18 words. */
export function fill_rusage(r: s64[], utime: u64, stime: u64, t: task_struct): void {
  memset(r, 0, 144);
  r[0] = s64(utime / NSEC_PER_SEC);
  r[1] = s64((utime % NSEC_PER_SEC) / 1000);
  r[2] = s64(stime / NSEC_PER_SEC);
  r[3] = s64((stime % NSEC_PER_SEC) / 1000);
  r[4] = 0;
  r[8] = s64(t.min_flt);
  r[9] = s64(t.maj_flt);
  r[16] = s64(t.nvcsw);
  r[17] = s64(t.nivcsw);
}

export function __x64_sys_getrusage(regs: pt_regs): s64 {
  let r: array<s64, 18>;
  let ut: u64 = 0;
  let st: u64 = 0;
  const t = get_current();
  switch (int(regs.di)) {
    case RUSAGE_SELF:
      own_cputime(addr(ut), addr(st));
      break;
    case RUSAGE_THREAD:
      task_cputime_adjusted(t, addr(ut), addr(st));
      break;
    case RUSAGE_CHILDREN:
      ut = t.signal.cutime;
      st = t.signal.cstime;
      break;
    default:
      return -EINVAL;
  }
  fill_rusage(r, ut, st, t);
  return copy_to_user(at<ptr>(regs.si), r, 144) !== 0 ? -EFAULT : 0;
}

/** prlimit64(pid, resource, new, old) */
export function __x64_sys_prlimit64(regs: pt_regs): s64 {
  let lim: array<u64, 2>;
  const nr = int(regs.di);
  const res = u32(regs.si);
  if (res >= RLIM_NLIMITS) return -EINVAL;
  if (regs.dx !== 0 && copy_from_user(lim, at<ptr>(regs.dx), 16) !== 0) return -EFAULT;
  const t = find_get_task(nr);
  if (t === null) return -ESRCH;
  const ret = do_prlimit(t, res, regs.dx !== 0 ? lim : null, lim);
  put_task_struct(t);
  if (ret === 0 && regs.r10 !== 0 && copy_to_user(at<ptr>(regs.r10), lim, 16) !== 0) return -EFAULT;
  return ret;
}

/** fresh may be null; old gets what was. */
function do_prlimit(t: task_struct, res: u32, fresh: u64[], old: u64[]): s64 {
  const r = t.signal.rlim[res];
  const old_cur = r.rlim_cur;
  const old_max = r.rlim_max;
  if (fresh !== null) {
    if (fresh[0] > fresh[1]) return -EINVAL;
    if (res === RLIMIT_NOFILE && fresh[1] > u64(sysctl_nr_open)) return -EPERM;
    if (fresh[1] > old_max && !capable(24)) return -EPERM;
    r.rlim_cur = fresh[0];
    r.rlim_max = fresh[1];
  }
  old[0] = old_cur;
  old[1] = old_max;
  return 0;
}

export function __x64_sys_getrlimit(regs: pt_regs): s64 {
  if (u32(regs.di) >= RLIM_NLIMITS) return -EINVAL;
  return copy_to_user(at<ptr>(regs.si), get_current().signal.rlim[u32(regs.di)], 16) !== 0 ? -EFAULT : 0;
}

export function __x64_sys_setrlimit(regs: pt_regs): s64 {
  let lim: array<u64, 2>;
  if (u32(regs.di) >= RLIM_NLIMITS) return -EINVAL;
  if (copy_from_user(lim, at<ptr>(regs.si), 16) !== 0) return -EFAULT;
  return do_prlimit(get_current(), u32(regs.di), lim, lim);
}

/** Only single processes: PRIO_PROCESS. The raw call's value is 20 - nice. */
export function __x64_sys_getpriority(regs: pt_regs): s64 {
  if (int(regs.di) !== 0) return -EINVAL;
  const t = find_get_task(int(regs.si));
  if (t === null) return -ESRCH;
  const ret = s64(20 - task_nice(t));
  put_task_struct(t);
  return ret;
}

export function __x64_sys_setpriority(regs: pt_regs): s64 {
  if (int(regs.di) !== 0) return -EINVAL;
  const t = find_get_task(int(regs.si));
  if (t === null) return -ESRCH;
  let nice = int(regs.dx);
  if (nice < -20) nice = -20;
  if (nice > 19) nice = 19;
  const allowed = nice >= task_nice(t) || capable(23);
  if (allowed) set_user_nice(t, nice);
  put_task_struct(t);
  return allowed ? 0 : -EACCES;
}

export function __x64_sys_getcpu(regs: pt_regs): s64 {
  if (regs.di !== 0 && put_user_u32(u32(smp_processor_id()), at<ptr>(regs.di)) !== 0) return -EFAULT;
  if (regs.si !== 0 && put_user_u32(0, at<ptr>(regs.si)) !== 0) return -EFAULT;
  return 0;
}
