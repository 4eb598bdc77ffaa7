// Process identifiers: numbers are given out upwards and wrap at pid_max; tasks are found by number through a hash.

import { CAP_CHECKPOINT_RESTORE, CAP_SYS_ADMIN } from "linux/capability";
import { capable } from "linux/cred";
import { get_current } from "linux/current";
import { ERR_PTR } from "linux/err";
import { EAGAIN, EEXIST, EINVAL, ENOMEM, EPERM } from "linux/errno";
import { hlist_add_head, hlist_del_init } from "linux/list";
import type { pid } from "linux/pid";
import { PIDTYPE_MAX, PIDTYPE_PGID, PIDTYPE_PID, PIDTYPE_SID } from "linux/pid";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { refcount_dec_and_test, refcount_inc, refcount_set } from "linux/refcount";
import type { task_struct } from "linux/sched";
import { get_task_struct } from "linux/sched";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { callback_head, hlist_head } from "linux/types";
import { kfree, kzalloc } from "../mm/slab";
import { call_rcu } from "./rcu/tree";

const PID_HASH = 256;
const RESERVED_PIDS = 300;
/** Numbers below are for kernel threads while there are any left: on a machine with more drivers than this one they are all taken before the
 *  first program starts, and its programs have three digits from the beginning. */
const FIRST_USER_PID = 100;

export let pid_max: int = 32768;
let pid_hash: array<hlist_head, 256>;
let pidmap_lock: embed<spinlock_t>;
let last_pid: int = FIRST_USER_PID - 1;
let last_kernel_pid: int = 0;
/** Pid 0: the idle tasks. */
export const init_struct_pid: pid = { count: { refs: { counter: 1 } }, nr: 0 };

/** Under pidmap_lock. */
function lookup_pid(nr: int): pid {
  let n = pid_hash[nr & (PID_HASH - 1)].first;
  while (n !== null) {
    const p = container_of<pid>(n, "hash");
    if (p.nr === nr) return p;
    n = n.next;
  }
  return null;
}

/** Valid under RCU or tasklist_lock. */
export function find_pid_ns(nr: int): pid {
  const flags = spin_lock_irqsave(pidmap_lock);
  const p = lookup_pid(nr);
  spin_unlock_irqrestore(pidmap_lock, flags);
  return p;
}

export function find_vpid(nr: int): pid {
  return find_pid_ns(nr);
}

/** The next free number after the last one, or a wanted one (clone3's set_tid). An ERR_PTR where there is none. */
export function alloc_pid(kernel: bool, wanted: int): pid {
  if (wanted !== 0) {
    if (wanted < 1 || wanted >= pid_max) return ERR_PTR(-EINVAL) as pid;
    if (!capable(CAP_CHECKPOINT_RESTORE) && !capable(CAP_SYS_ADMIN)) return ERR_PTR(-EPERM) as pid;
  }
  const p = kzalloc(sizeof<pid>(), 0) as pid;
  if (p === null) return ERR_PTR(-ENOMEM) as pid;
  refcount_set(p.count, 1);
  if (wanted !== 0) return take_number(p, wanted);
  const flags = spin_lock_irqsave(pidmap_lock);
  const low = kernel && last_kernel_pid < FIRST_USER_PID - 1;
  let nr = low ? last_kernel_pid : last_pid;
  for (let tries: int = 0; tries < pid_max; tries++) {
    nr++;
    if (nr >= pid_max) nr = RESERVED_PIDS;
    if (lookup_pid(nr) === null) {
      if (low) last_kernel_pid = nr;
      else last_pid = nr;
      p.nr = nr;
      hlist_add_head(p.hash, pid_hash[nr & (PID_HASH - 1)]);
      spin_unlock_irqrestore(pidmap_lock, flags);
      return p;
    }
  }
  spin_unlock_irqrestore(pidmap_lock, flags);
  kfree(p);
  return ERR_PTR(-EAGAIN) as pid;
}

function take_number(p: pid, nr: int): pid {
  const flags = spin_lock_irqsave(pidmap_lock);
  const taken = lookup_pid(nr) !== null;
  if (!taken) {
    p.nr = nr;
    hlist_add_head(p.hash, pid_hash[nr & (PID_HASH - 1)]);
  }
  spin_unlock_irqrestore(pidmap_lock, flags);
  if (!taken) return p;
  kfree(p);
  return ERR_PTR(-EEXIST) as pid;
}

export function get_pid(p: pid): pid {
  if (p !== null) refcount_inc(p.count);
  return p;
}

export function put_pid(p: pid): void {
  if (p !== null && refcount_dec_and_test(p.count)) kfree(p);
}

function delayed_put_pid(head: callback_head): void {
  put_pid(container_of<pid>(head, "rcu"));
}

/** The number may be given out again. Who found the structure by it goes on undisturbed until the end of its RCU read side. */
export function free_pid(p: pid): void {
  const flags = spin_lock_irqsave(pidmap_lock);
  hlist_del_init(p.hash);
  spin_unlock_irqrestore(pidmap_lock, flags);
  call_rcu(p.rcu, delayed_put_pid);
}

/** Last number given out, for /proc/loadavg. */
export function last_pid_nr(): int {
  return last_pid;
}

/** Under RCU or tasklist_lock. */
export function pid_task(p: pid, type: int): task_struct {
  if (p === null) return null;
  const first = READ_ONCE(p.tasks[type].first);
  return first === null ? null : at<task_struct>(u64(first) - offsetof<task_struct>("pid_links") - u64(type) * 16);
}

/** The task after t on p's list of `type`, or null. To walk: for (t = pid_task(p, type); t !== null; t = next_pid_task(t, type)). */
export function next_pid_task(t: task_struct, type: int): task_struct {
  const n = t.pid_links[type].next;
  return n === null ? null : at<task_struct>(u64(n) - offsetof<task_struct>("pid_links") - u64(type) * 16);
}

export function get_pid_task(p: pid, type: int): task_struct {
  rcu_read_lock();
  const t = pid_task(p, type);
  if (t !== null) get_task_struct(t);
  rcu_read_unlock();
  return t;
}

/** Under RCU or tasklist_lock. */
export function find_task_by_vpid(nr: int): task_struct {
  return pid_task(find_pid_ns(nr), PIDTYPE_PID);
}

export function find_get_task_by_vpid(nr: int): task_struct {
  rcu_read_lock();
  const t = find_task_by_vpid(nr);
  if (t !== null) get_task_struct(t);
  rcu_read_unlock();
  return t;
}

/** The task by its number, 0: the caller; with a reference. */
export function find_get_task(nr: int): task_struct {
  return nr === 0 ? get_task_struct(get_current()) : find_get_task_by_vpid(nr);
}

export function find_get_pid(nr: int): pid {
  rcu_read_lock();
  const p = get_pid(find_pid_ns(nr));
  rcu_read_unlock();
  return p;
}

export function task_pid(t: task_struct): pid {
  return t.thread_pid;
}

/** Of another task under RCU or tasklist_lock, as task_session. */
export function task_pgrp(t: task_struct): pid {
  return t.signal === null ? null : t.signal.pgrp;
}

export function task_session(t: task_struct): pid {
  return t.signal === null ? null : t.signal.session;
}

export function pid_nr(p: pid): int {
  return p === null ? 0 : p.nr;
}

export function pid_vnr(p: pid): int {
  return p === null ? 0 : p.nr;
}

export function task_pid_nr(t: task_struct): int {
  return t.pid;
}

export function task_tgid_nr(t: task_struct): int {
  return t.tgid;
}

export function task_pgrp_nr(t: task_struct): int {
  rcu_read_lock();
  const nr = pid_nr(task_pgrp(t));
  rcu_read_unlock();
  return nr;
}

export function task_session_nr(t: task_struct): int {
  rcu_read_lock();
  const nr = pid_nr(task_session(t));
  rcu_read_unlock();
  return nr;
}

export function is_global_init(t: task_struct): bool {
  return t.tgid === 1;
}

function pid_of(t: task_struct, type: int): pid {
  switch (type) {
    case PIDTYPE_PGID:
      return t.signal.pgrp;
    case PIDTYPE_SID:
      return t.signal.session;
    default:
      return t.thread_pid;
  }
}

/** Puts the task on its pid's list. Under tasklist_lock. */
export function attach_pid(t: task_struct, type: int): void {
  hlist_add_head(t.pid_links[type], pid_of(t, type).tasks[type]);
}

function pid_unused(p: pid): bool {
  for (let i: int = 0; i < PIDTYPE_MAX; i++) {
    if (p.tasks[i].first !== null) return false;
  }
  return true;
}

/** Takes it off; the last one to go frees the number. */
export function detach_pid(t: task_struct, type: int): void {
  const p = pid_of(t, type);
  hlist_del_init(t.pid_links[type]);
  if (p !== init_struct_pid && pid_unused(p)) free_pid(p);
}

/** A thread that execs takes the dead leader's number and its places on the lists; the leader gets the thread's. Under tasklist_lock. */
export function exchange_pids(t: task_struct, leader: task_struct): void {
  hlist_del_init(t.pid_links[PIDTYPE_PID]);
  hlist_del_init(leader.pid_links[PIDTYPE_PID]);
  const p = t.thread_pid;
  t.thread_pid = leader.thread_pid;
  leader.thread_pid = p;
  const nr = t.pid;
  t.pid = leader.pid;
  leader.pid = nr;
  attach_pid(t, PIDTYPE_PID);
  attach_pid(leader, PIDTYPE_PID);
  for (let type: int = 0; type < PIDTYPE_MAX; type++) {
    if (type === PIDTYPE_PID) continue;
    hlist_del_init(leader.pid_links[type]);
    attach_pid(t, type);
  }
}

/** New process group or session: the struct keeps a reference for signal_struct. */
export function change_pid(t: task_struct, type: int, p: pid): void {
  get_pid(p);
  const old = pid_of(t, type);
  hlist_del_init(t.pid_links[type]);
  if (type === PIDTYPE_PGID) t.signal.pgrp = p;
  else t.signal.session = p;
  attach_pid(t, type);
  if (old !== init_struct_pid && pid_unused(old)) free_pid(old);
  put_pid(old);
}
EXPORT_SYMBOL(find_get_pid);
EXPORT_SYMBOL(find_vpid);
EXPORT_SYMBOL(get_pid);
EXPORT_SYMBOL(put_pid);
EXPORT_SYMBOL(pid_task);
EXPORT_SYMBOL(get_pid_task);
