// Job control: controlling terminals, sessions, the foreground process group, and the signals that keep the background quiet.
import { CAP_SYS_ADMIN, capable } from "linux/cred";
import { get_current } from "linux/current";
import { EFAULT, EINVAL, EIO, ENOTTY, EPERM, ERESTARTSYS, ESRCH } from "linux/errno";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { find_vpid, get_pid, PIDTYPE_PGID, type pid, pid_nr, pid_task, put_pid, task_pgrp, task_session } from "linux/pid";
import { init_task, is_current_pgrp_orphaned, set_thread_flag, TIF_SIGPENDING, type task_struct, tasklist_lock } from "linux/sched";
import { kill_pgrp, SIG_IGN, SIGCONT, SIGHUP, SIGTTIN, SIGTTOU } from "linux/signal";
import { read_lock, read_unlock, spin_lock, spin_lock_irq, spin_unlock, spin_unlock_irq } from "linux/spinlock";
import { TIOCGPGRP, TIOCGSID, TIOCNOTTY, TIOCSCTTY, TIOCSPGRP } from "linux/termios";
import type { tty_struct } from "linux/tty";
import { copy_from_user, copy_to_user } from "linux/uaccess";

/** Held while a terminal becomes or ceases to be a session's: of two leaders that want it one gets it. A tty_struct is never freed. */
let tty_mutex: embed<mutex>;

export function get_current_tty(): tty_struct {
  return get_current().signal.tty;
}

function is_ignored(sig: int): bool {
  const t = get_current();
  if (((t.blocked >> (sig - 1)) & 1) !== 0) return true;
  return t.sighand.action[sig - 1].sa_handler === SIG_IGN;
}

/** A background process that touches its terminal is stopped (or refused where stopping makes no sense). */
export function __tty_check_change(tty: tty_struct, sig: int): int {
  const t = get_current();
  if (t.signal.tty !== tty) return 0;
  const pgrp = get_own_pgrp();
  let res: int = 0;
  if (READ_ONCE(tty.pgrp) !== null && READ_ONCE(tty.pgrp) !== pgrp) {
    if (is_ignored(sig)) {
      if (sig === SIGTTIN) res = -EIO;
    } else if (is_current_pgrp_orphaned()) {
      res = -EIO;
    } else {
      kill_pgrp(pgrp, sig, 1);
      set_thread_flag(TIF_SIGPENDING);
      res = -ERESTARTSYS;
    }
  }
  put_pid(pgrp);
  return res;
}

/** With a reference: the parent may move the task to another group at any time, and the old one may go. */
function get_own_pgrp(): pid {
  read_lock(tasklist_lock);
  const pgrp = get_pid(task_pgrp(get_current()));
  read_unlock(tasklist_lock);
  return pgrp;
}

export function tty_check_change(tty: tty_struct): int {
  return __tty_check_change(tty, SIGTTOU);
}

/** The foreground group with a reference, or null. */
export function tty_get_pgrp(tty: tty_struct): pid {
  spin_lock(tty.ctrl_lock);
  const pgrp = get_pid(tty.pgrp);
  spin_unlock(tty.ctrl_lock);
  return pgrp;
}

function set_task_tty(t: task_struct, tty: tty_struct): void {
  spin_lock_irq(t.sighand.siglock);
  t.signal.tty = tty;
  spin_unlock_irq(t.sighand.siglock);
}

export function proc_clear_tty(p: task_struct): void {
  set_task_tty(p, null);
}

/** The terminal becomes the session's, with the leader's group in front. tty_mutex held. */
function proc_set_tty(tty: tty_struct): void {
  const t = get_current();
  const pgrp = get_own_pgrp();
  spin_lock(tty.ctrl_lock);
  const old_session = tty.session;
  const old_pgrp = tty.pgrp;
  tty.pgrp = pgrp;
  tty.session = get_pid(task_session(t));
  spin_unlock(tty.ctrl_lock);
  put_pid(old_session);
  put_pid(old_pgrp);
  set_task_tty(t, tty);
}

/** No task of the session has the terminal any more. */
export function session_clear_tty(session: pid): void {
  read_lock(tasklist_lock);
  for (let p = init_task.tasks.next; p !== init_task.tasks; p = p.next) {
    const t = container_of<task_struct>(p, "tasks");
    if (t.signal !== null && task_session(t) === session) WRITE_ONCE(t.signal.tty, null);
  }
  read_unlock(tasklist_lock);
}

/** The session leader gives the terminal up (exit, TIOCNOTTY): the foreground group hears of it. */
export function disassociate_ctty(on_exit: int): void {
  const t = get_current();
  if (t.signal.leader === 0) return;
  const tty = t.signal.tty;
  if (tty === null) return;
  const pgrp = tty_get_pgrp(tty);
  if (pgrp !== null) {
    kill_pgrp(pgrp, SIGHUP, on_exit);
    if (on_exit === 0) kill_pgrp(pgrp, SIGCONT, on_exit);
    put_pid(pgrp);
  }
  mutex_lock(tty_mutex);
  spin_lock(tty.ctrl_lock);
  // A hangup, or a leader with the right to, may have been faster: then the terminal is not ours to give up.
  const ours = tty.session === task_session(t);
  const old_session = ours ? tty.session : null;
  const old_pgrp = ours ? tty.pgrp : null;
  if (ours) {
    tty.session = null;
    tty.pgrp = null;
  }
  spin_unlock(tty.ctrl_lock);
  session_clear_tty(task_session(t));
  mutex_unlock(tty_mutex);
  put_pid(old_session);
  put_pid(old_pgrp);
}

export function no_tty(): void {
  disassociate_ctty(0);
  proc_clear_tty(get_current());
}

/** open without O_NOCTTY: a session leader without a terminal takes a free one. */
export function tty_open_proc_set_tty(tty: tty_struct): void {
  const t = get_current();
  if (t.signal.leader === 0 || t.signal.tty !== null) return;
  mutex_lock(tty_mutex);
  if (READ_ONCE(tty.session) === null) proc_set_tty(tty);
  mutex_unlock(tty_mutex);
}

function tiocsctty(tty: tty_struct, arg: u64): int {
  const t = get_current();
  if (t.signal.leader !== 0 && task_session(t) === tty.session) return 0;
  if (t.signal.leader === 0 || t.signal.tty !== null) return -EPERM;
  let res: int = 0;
  mutex_lock(tty_mutex);
  if (tty.session !== null) {
    if (arg !== 1 || !capable(CAP_SYS_ADMIN)) res = -EPERM;
    else session_clear_tty(tty.session);
  }
  if (res === 0) proc_set_tty(tty);
  mutex_unlock(tty_mutex);
  return res;
}

function put_int(arg: u64, value: int): int {
  let v: int = value;
  return copy_to_user(at<ptr>(arg), addr(v), 4) !== 0 ? -EFAULT : 0;
}

function tiocgpgrp(tty: tty_struct, arg: u64): int {
  if (get_current().signal.tty !== tty) return -ENOTTY;
  spin_lock(tty.ctrl_lock);
  const nr: int = tty.pgrp === null ? 0 : pid_nr(tty.pgrp);
  spin_unlock(tty.ctrl_lock);
  return put_int(arg, nr);
}

function tiocspgrp(tty: tty_struct, arg: u64): int {
  const err = tty_check_change(tty);
  if (err === -EIO) return -ENOTTY;
  if (err !== 0) return err;
  const t = get_current();
  if (t.signal.tty !== tty || tty.session !== task_session(t)) return -ENOTTY;
  let nr: int = 0;
  if (copy_from_user(addr(nr), at<ptr>(arg), 4) !== 0) return -EFAULT;
  if (nr < 0) return -EINVAL;
  let res: int = 0;
  read_lock(tasklist_lock);
  const pgrp = find_vpid(nr);
  if (pgrp === null) {
    res = -ESRCH;
  } else {
    const member = pid_task(pgrp, PIDTYPE_PGID);
    if (member !== null && task_session(member) !== task_session(t)) res = -EPERM;
    else {
      spin_lock(tty.ctrl_lock);
      if (tty.session === task_session(t)) {
        put_pid(tty.pgrp);
        tty.pgrp = get_pid(pgrp);
      } else {
        res = -ENOTTY;
      }
      spin_unlock(tty.ctrl_lock);
    }
  }
  read_unlock(tasklist_lock);
  return res;
}

function tiocgsid(tty: tty_struct, arg: u64): int {
  if (get_current().signal.tty !== tty) return -ENOTTY;
  spin_lock(tty.ctrl_lock);
  const nr: int = tty.session === null ? -1 : pid_nr(tty.session);
  spin_unlock(tty.ctrl_lock);
  return nr < 0 ? -ENOTTY : put_int(arg, nr);
}

/** 1: not one of these. */
export function tty_jobctrl_ioctl(tty: tty_struct, cmd: u32, arg: u64): int {
  switch (cmd) {
    case TIOCNOTTY:
      if (get_current().signal.tty !== tty) return -ENOTTY;
      no_tty();
      return 0;
    case TIOCSCTTY:
      return tiocsctty(tty, arg);
    case TIOCGPGRP:
      return tiocgpgrp(tty, arg);
    case TIOCSPGRP:
      return tiocspgrp(tty, arg);
    case TIOCGSID:
      return tiocgsid(tty, arg);
  }
  return 1;
}
