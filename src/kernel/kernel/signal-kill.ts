// The system calls that send signals: kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EFAULT, EINVAL, EPERM, ESRCH } from "linux/errno";
import { PIDTYPE_PGID, PIDTYPE_TGID } from "linux/pid";
import type { task_struct } from "linux/sched";
import { _NSIG, type kernel_siginfo, SI_TKILL } from "linux/signal";
import { write_lock_irq, write_unlock_irq } from "linux/spinlock";
import { copy_from_user } from "../arch/x86/lib/usercopy";
import { init_task } from "../init/init_task";
import { tasklist_lock } from "./fork";
import { find_pid_ns, find_task_by_vpid, next_pid_task, pid_task, task_pgrp } from "./pid";
import { next_task } from "./sched/comm";
import { do_send_sig_info, send_sig } from "./signal";

function kill_allowed(t: task_struct): bool {
  const c = get_current().cred;
  return c.euid === 0 || c.euid === t.cred.suid || c.euid === t.cred.uid || c.uid === t.cred.suid || c.uid === t.cred.uid;
}

function kill_one(t: task_struct, sig: int): int {
  if (!kill_allowed(t)) return -EPERM;
  return sig === 0 ? 0 : send_sig(sig, t, 0);
}

export function __x64_sys_kill(regs: pt_regs): s64 {
  const nr = int(regs.di);
  const sig = int(regs.si);
  if (sig < 0 || sig > _NSIG) return -EINVAL;
  if (nr > 0) {
    write_lock_irq(tasklist_lock);
    const t = pid_task(find_pid_ns(nr), PIDTYPE_TGID);
    const found = t !== null ? t : find_task_by_vpid(nr);
    const ret = found === null ? -ESRCH : kill_one(found, sig);
    write_unlock_irq(tasklist_lock);
    return s64(ret);
  }
  let ret: int = -ESRCH;
  write_lock_irq(tasklist_lock);
  if (nr === -1) {
    let t = next_task(init_task);
    while (t !== init_task) {
      if (t.pid > 1 && t.tgid !== get_current().tgid) {
        const err = kill_one(t, sig);
        if (ret !== 0 && err !== -EPERM) ret = err;
      }
      t = next_task(t);
    }
  } else {
    const p = nr === 0 ? task_pgrp(get_current()) : find_pid_ns(-nr);
    let t = pid_task(p, PIDTYPE_PGID);
    while (t !== null) {
      const err = kill_one(t, sig);
      if (ret !== 0) ret = err;
      t = next_pid_task(t, PIDTYPE_PGID);
    }
  }
  write_unlock_irq(tasklist_lock);
  return s64(ret);
}

function do_tkill(tgid: int, nr: int, sig: int): s64 {
  const info: kernel_siginfo = { si_signo: sig, si_code: SI_TKILL, si_pid: get_current().tgid, si_uid: get_current().cred.uid };
  if (sig < 0 || sig > _NSIG) return -EINVAL;
  write_lock_irq(tasklist_lock);
  const t = find_task_by_vpid(nr);
  let ret: int = -ESRCH;
  if (t !== null && (tgid <= 0 || t.tgid === tgid)) {
    if (!kill_allowed(t)) ret = -EPERM;
    else ret = sig === 0 ? 0 : do_send_sig_info(sig, info, t, false);
  }
  write_unlock_irq(tasklist_lock);
  return s64(ret);
}

/** Another process is told nothing that looks like a kill or the kernel's own word. */
function do_queueinfo(tgid: int, nr: int, sig: int, user: u64, thread: bool): s64 {
  let info: embed<kernel_siginfo>;
  if (copy_from_user(info, at<ptr>(user), 128) !== 0) return -EFAULT;
  if ((info.si_code >= 0 || info.si_code === SI_TKILL) && nr !== (thread ? get_current().pid : get_current().tgid)) return -EPERM;
  info.si_signo = sig;
  if (sig < 0 || sig > _NSIG) return -EINVAL;
  write_lock_irq(tasklist_lock);
  const t = find_task_by_vpid(nr);
  let ret: int = -ESRCH;
  if (t !== null && (tgid <= 0 || t.tgid === tgid)) {
    if (!kill_allowed(t)) ret = -EPERM;
    else ret = sig === 0 ? 0 : do_send_sig_info(sig, info, t, !thread);
  }
  write_unlock_irq(tasklist_lock);
  return s64(ret);
}

/** rt_sigqueueinfo(pid, sig, info) */
export function __x64_sys_rt_sigqueueinfo(regs: pt_regs): s64 {
  return do_queueinfo(0, int(regs.di), int(regs.si), regs.dx, false);
}

/** rt_tgsigqueueinfo(tgid, tid, sig, info) */
export function __x64_sys_rt_tgsigqueueinfo(regs: pt_regs): s64 {
  if (int(regs.di) <= 0 || int(regs.si) <= 0) return -EINVAL;
  return do_queueinfo(int(regs.di), int(regs.si), int(regs.dx), regs.r10, true);
}

export function __x64_sys_tkill(regs: pt_regs): s64 {
  return int(regs.di) <= 0 ? -EINVAL : do_tkill(0, int(regs.di), int(regs.si));
}

export function __x64_sys_tgkill(regs: pt_regs): s64 {
  return int(regs.si) <= 0 || int(regs.di) <= 0 ? -EINVAL : do_tkill(int(regs.di), int(regs.si), int(regs.dx));
}
