// Advisory file locks: who holds what, who waits for whom, and the two calls. One spinlock and one list for the whole machine: files with
// locks are few, and /proc/locks wants them all.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EAGAIN, EBADF, EDEADLK, EFAULT, EINVAL, ENOLCK, EOVERFLOW, ERESTARTSYS } from "linux/errno";
import { fget, fput } from "linux/file";
import { F_RDLCK, F_UNLCK, F_WRLCK, FL_FLOCK, FL_OFDLCK, FL_POSIX, type file_lock, type flock } from "linux/filelock";
import { FMODE_READ, FMODE_WRITE, type file, MAJOR, MINOR } from "linux/fs";
import { INIT_LIST_HEAD, list_add, list_add_tail, list_del, type list_head } from "linux/list";
import { schedule, signal_pending, TASK_INTERRUPTIBLE } from "linux/sched";
import { type seq_file, seq_printf, seq_puts } from "linux/seq_file";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";
import { copy_from_user, copy_to_user } from "linux/uaccess";
import type { wait_queue_entry, wait_queue_head } from "linux/wait";
import { __wake_up, finish_wait, init_wait, prepare_to_wait } from "../kernel/sched/wait";

const OFFSET_MAX = 0x7fffffffffffffff;
const MAX_DEADLK_ITERATIONS = 10;
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;

let file_lock_lock: embed<spinlock_t>;
/** Held locks, the newest first; waiters, the oldest first. */
let file_lock_list: embed<list_head>;
let blocked_list: embed<list_head>;
let lock_wait: embed<wait_queue_head>;

export function filelock_init(): void {
  INIT_LIST_HEAD(file_lock_list);
  INIT_LIST_HEAD(blocked_list);
}
init(filelock_init);

function as_lock(n: list_head): file_lock {
  return container_of<file_lock>(n, "fl_link");
}
inline(as_lock);

/** flock's locks and the others do not see one another. */
function same_kind(a: file_lock, b: file_lock): bool {
  return (a.fl_flags & FL_FLOCK) === (b.fl_flags & FL_FLOCK);
}

function same_owner(a: file_lock, b: file_lock): bool {
  return a.fl_owner === b.fl_owner && a.fl_flags === b.fl_flags;
}

function overlaps(a: file_lock, b: file_lock): bool {
  return a.fl_start <= b.fl_end && b.fl_start <= a.fl_end;
}

/** The oldest lock of another owner that stands in the way; null: none. */
function find_conflict(want: file_lock): file_lock {
  for (let n = file_lock_list.prev; n !== file_lock_list; n = n.prev) {
    const l = as_lock(n);
    if (l.fl_inode !== want.fl_inode || !same_kind(l, want) || same_owner(l, want) || !overlaps(l, want)) continue;
    if (l.fl_type === F_WRLCK || want.fl_type === F_WRLCK) return l;
  }
  return null;
}

/** Does the blocker's owner, directly or through others, wait for a lock of ours? Only record locks belong to processes. */
function would_deadlock(want: file_lock, blocker: file_lock): bool {
  if ((want.fl_flags & FL_POSIX) === 0) return false;
  let b = blocker;
  for (let i = 0; i < MAX_DEADLK_ITERATIONS; i++) {
    let next: file_lock = null;
    for (let n = blocked_list.next; n !== blocked_list && next === null; n = n.next)
      if (same_owner(as_lock(n), b)) next = as_lock(n).fl_blocker;
    if (next === null) return false;
    if (same_owner(next, want)) return true;
    b = next;
  }
  return false;
}

function insert(l: file_lock): void {
  list_add(l.fl_link, file_lock_list);
}

/** Sets, changes or clears the owner's lock on the range: what it held there is cut away or joined. spare: two locks, at most both are used. */
function apply_lock(want: file_lock, spare: file_lock, spare2: file_lock): void {
  let left = spare;
  let right = spare2;
  const fresh_type = want.fl_type;
  let n = file_lock_list.next;
  let cut_left: file_lock = null;
  while (n !== file_lock_list) {
    const l = as_lock(n);
    n = n.next;
    if (l.fl_inode !== want.fl_inode || !same_owner(l, want)) continue;
    const touches =
      l.fl_start <= (want.fl_end === OFFSET_MAX ? want.fl_end : want.fl_end + 1) &&
      want.fl_start <= (l.fl_end === OFFSET_MAX ? l.fl_end : l.fl_end + 1);
    if (l.fl_type === fresh_type && touches) {
      if (l.fl_start < want.fl_start) want.fl_start = l.fl_start;
      if (l.fl_end > want.fl_end) want.fl_end = l.fl_end;
      list_del(l.fl_link);
      kfree(l);
    } else if (l.fl_type !== fresh_type && overlaps(l, want)) {
      const keeps_left = l.fl_start < want.fl_start;
      const keeps_right = l.fl_end > want.fl_end;
      if (keeps_left && keeps_right) {
        // One lock becomes two.
        copy(left, l);
        left.fl_end = want.fl_start - 1;
        cut_left = left;
        left = null;
        l.fl_start = want.fl_end + 1;
      } else if (keeps_left) {
        l.fl_end = want.fl_start - 1;
      } else if (keeps_right) {
        l.fl_start = want.fl_end + 1;
      } else {
        list_del(l.fl_link);
        kfree(l);
      }
    }
  }
  if (cut_left !== null) insert(cut_left);
  if (fresh_type !== F_UNLCK) {
    copy(right, want);
    insert(right);
    right = null;
  }
  kfree(left);
  kfree(right);
}

/** flock changes its mind in two steps: the old lock goes first, so that a conversion may lose it. True: nothing is to be done. */
function drop_flock(want: file_lock): bool {
  for (let n = file_lock_list.next; n !== file_lock_list; n = n.next) {
    const l = as_lock(n);
    if (l.fl_inode !== want.fl_inode || !same_owner(l, want)) continue;
    if (l.fl_type === want.fl_type) return true;
    list_del(l.fl_link);
    kfree(l);
    return want.fl_type === F_UNLCK;
  }
  return want.fl_type === F_UNLCK;
}

/** Sleeps until some lock goes. Called with the lock held, returns without it. */
function wait_for(want: file_lock, blocker: file_lock): int {
  let w: embed<wait_queue_entry>;
  init_wait(w);
  want.fl_blocker = blocker;
  list_add_tail(want.fl_link, blocked_list);
  prepare_to_wait(lock_wait, w, TASK_INTERRUPTIBLE);
  spin_unlock(file_lock_lock);
  if (!signal_pending(get_current())) schedule();
  finish_wait(lock_wait, w);
  spin_lock(file_lock_lock);
  list_del(want.fl_link);
  spin_unlock(file_lock_lock);
  return signal_pending(get_current()) ? -ERESTARTSYS : 0;
}

function wake_waiters(): void {
  __wake_up(lock_wait, TASK_INTERRUPTIBLE, 0, null);
}

/** 0 or an error; -EAGAIN where it would have to wait and shall not. */
function lock_file(want: file_lock, wait: bool): int {
  const spare = kmalloc(sizeof<file_lock>(), GFP_KERNEL) as file_lock;
  const spare2 = kmalloc(sizeof<file_lock>(), GFP_KERNEL) as file_lock;
  if (spare === null || spare2 === null) {
    kfree(spare);
    kfree(spare2);
    return -ENOLCK;
  }
  let ret: int = 0;
  let done = false;
  spin_lock(file_lock_lock);
  if ((want.fl_flags & FL_FLOCK) !== 0 && drop_flock(want)) done = true;
  while (!done) {
    const blocker = want.fl_type === F_UNLCK ? null : find_conflict(want);
    if (blocker === null) break;
    if (!wait) ret = -EAGAIN;
    else if (would_deadlock(want, blocker)) ret = -EDEADLK;
    if (ret !== 0) break;
    ret = wait_for(want, blocker);
    spin_lock(file_lock_lock);
    if (ret !== 0) break;
  }
  if (ret === 0 && !done) {
    apply_lock(want, spare, spare2);
  } else {
    kfree(spare);
    kfree(spare2);
  }
  spin_unlock(file_lock_lock);
  wake_waiters();
  return ret;
}

function remove_all(want_owner: u64, f: file, flags: u32): void {
  let any = false;
  spin_lock(file_lock_lock);
  let n = file_lock_list.next;
  while (n !== file_lock_list) {
    const l = as_lock(n);
    n = n.next;
    if (l.fl_inode !== f.f_inode || l.fl_owner !== want_owner || (l.fl_flags & flags) === 0) continue;
    list_del(l.fl_link);
    kfree(l);
    any = true;
  }
  spin_unlock(file_lock_lock);
  if (any) wake_waiters();
}

/** A process closes one of its descriptors: all its record locks on that file go. owner: its file table. */
export function locks_remove_posix(f: file, owner: ptr): void {
  if (file_lock_list.next !== file_lock_list) remove_all(u64(owner), f, FL_POSIX);
}

/** The open file's last reference is gone. */
export function locks_remove_file(f: file): void {
  if (file_lock_list.next !== file_lock_list) remove_all(u64(f), f, FL_FLOCK | FL_OFDLCK);
}

// ---- the calls ----

/** flock(fd, operation) */
export function __x64_sys_flock(regs: pt_regs): s64 {
  const cmd = u32(regs.si);
  const f = fget(u32(regs.di));
  if (f === null) return -EBADF;
  const op = cmd & ~u32(LOCK_NB);
  let ret: s64 = -EINVAL;
  if (op === LOCK_SH || op === LOCK_EX || op === LOCK_UN) {
    if (op !== LOCK_UN && (f.f_mode & (FMODE_READ | FMODE_WRITE)) === 0) {
      ret = -EBADF;
    } else {
      const want: file_lock = { fl_inode: f.f_inode, fl_owner: u64(f), fl_flags: FL_FLOCK, fl_pid: get_current().tgid, fl_end: OFFSET_MAX };
      want.fl_type = op === LOCK_SH ? F_RDLCK : op === LOCK_EX ? F_WRLCK : F_UNLCK;
      ret = s64(lock_file(want, (cmd & LOCK_NB) === 0));
    }
  }
  fput(f);
  return ret;
}

/** The range that the user means. */
function fill_range(want: file_lock, f: file, l: flock): int {
  let start: s64 = l.l_start;
  if (l.l_whence === 1) start += f.f_pos;
  else if (l.l_whence === 2) start += f.f_inode.i_size;
  else if (l.l_whence !== 0) return -EINVAL;
  if (l.l_whence !== 0 && l.l_start > 0 && start < 0) return -EOVERFLOW;
  if (start < 0) return -EINVAL;
  want.fl_start = start;
  want.fl_end = OFFSET_MAX;
  if (l.l_len > 0) {
    if (l.l_len - 1 > OFFSET_MAX - start) return -EOVERFLOW;
    want.fl_end = start + l.l_len - 1;
  } else if (l.l_len < 0) {
    if (start + l.l_len < 0) return -EINVAL;
    want.fl_start = start + l.l_len;
    want.fl_end = start - 1;
  }
  want.fl_type = u32(l.l_type);
  return want.fl_type > F_UNLCK ? -EINVAL : 0;
}

function set_owner(want: file_lock, f: file, l: flock, ofd: bool): int {
  want.fl_inode = f.f_inode;
  want.fl_pid = ofd ? int(-1) : get_current().tgid;
  want.fl_flags = ofd ? FL_OFDLCK : FL_POSIX;
  want.fl_owner = ofd ? u64(f) : u64(get_current().files);
  return ofd && l.l_pid !== 0 ? -EINVAL : 0;
}

/** F_SETLK and F_SETLKW, also those of the open file. */
export function fcntl_setlk(f: file, arg: u64, wait: bool, ofd: bool): s64 {
  let l: embed<flock>;
  const want: file_lock = {};
  if (copy_from_user(l, at<ptr>(arg), sizeof<flock>()) !== 0) return -EFAULT;
  let err = fill_range(want, f, l);
  if (err === 0 && want.fl_type === F_RDLCK && (f.f_mode & FMODE_READ) === 0) err = -EBADF;
  if (err === 0 && want.fl_type === F_WRLCK && (f.f_mode & FMODE_WRITE) === 0) err = -EBADF;
  if (err === 0) err = set_owner(want, f, l, ofd);
  return err !== 0 ? s64(err) : s64(lock_file(want, wait));
}

/** F_GETLK: the lock that stands in the way, or the type F_UNLCK. */
export function fcntl_getlk(f: file, arg: u64, ofd: bool): s64 {
  let l: embed<flock>;
  const want: file_lock = {};
  if (copy_from_user(l, at<ptr>(arg), sizeof<flock>()) !== 0) return -EFAULT;
  if (!ofd && u32(l.l_type) > F_WRLCK) return -EINVAL;
  let err = fill_range(want, f, l);
  if (err === 0) err = set_owner(want, f, l, ofd);
  if (err !== 0) return s64(err);
  spin_lock(file_lock_lock);
  const blocker = find_conflict(want);
  if (blocker === null) {
    l.l_type = F_UNLCK;
  } else {
    l.l_type = s16(blocker.fl_type);
    l.l_whence = 0;
    l.l_start = blocker.fl_start;
    l.l_len = blocker.fl_end === OFFSET_MAX ? s64(0) : blocker.fl_end - blocker.fl_start + 1;
    l.l_pid = blocker.fl_pid;
  }
  spin_unlock(file_lock_lock);
  return copy_to_user(at<ptr>(arg), l, sizeof<flock>()) !== 0 ? -EFAULT : 0;
}

// ---- /proc/locks ----

function show_lock(m: seq_file, l: file_lock, id: u64, prefix: cstr): void {
  const kind: cstr = (l.fl_flags & FL_FLOCK) !== 0 ? "FLOCK " : (l.fl_flags & FL_OFDLCK) !== 0 ? "OFDLCK" : "POSIX ";
  const type: cstr = l.fl_type === F_WRLCK ? "WRITE" : l.fl_type === F_RDLCK ? "READ" : "UNLCK";
  const dev = l.fl_inode.i_sb.s_dev;
  seq_printf(m, "%lu: %s%s ADVISORY  %-5s %d ", id, prefix, kind, type, l.fl_pid);
  seq_printf(m, "%02x:%02x:%lu ", MAJOR(dev), MINOR(dev), l.fl_inode.i_ino);
  if ((l.fl_flags & FL_FLOCK) !== 0) seq_puts(m, "0 EOF\n");
  else if (l.fl_end === OFFSET_MAX) seq_printf(m, "%ld EOF\n", l.fl_start);
  else seq_printf(m, "%ld %ld\n", l.fl_start, l.fl_end);
}

export function locks_show(m: seq_file, v: ptr): int {
  let id: u64 = 1;
  spin_lock(file_lock_lock);
  for (let n = file_lock_list.next; n !== file_lock_list; n = n.next) {
    const l = as_lock(n);
    show_lock(m, l, id, "");
    for (let b = blocked_list.next; b !== blocked_list; b = b.next) if (as_lock(b).fl_blocker === l) show_lock(m, as_lock(b), id, "-> ");
    id++;
  }
  spin_unlock(file_lock_lock);
  return 0;
}
