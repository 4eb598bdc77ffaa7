// poll, ppoll and select: waiting for one of several files.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EBADF, EFAULT, EINTR, EINVAL, ENOMEM, ERESTARTNOHAND } from "linux/errno";
import { fget, fput } from "linux/file";
import type { file } from "linux/fs";
import { NSEC_PER_JIFFY } from "linux/jiffies";
import {
  DEFAULT_POLLMASK,
  N_POLL_ENTRIES,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  type poll_table_entry,
  type poll_table_struct,
  type pollfd,
} from "linux/poll";
import {
  __set_current_state,
  MAX_SCHEDULE_TIMEOUT,
  schedule,
  set_current_state,
  signal_pending,
  TASK_INTERRUPTIBLE,
  TASK_NORMAL,
  TASK_RUNNING,
  type task_struct,
  wake_up_state,
} from "linux/sched";
import { set_current_blocked } from "linux/signal";
import { GFP_KERNEL, kfree, kvfree, kvmalloc, kvzalloc, kzalloc } from "linux/slab";
import type { timespec64 } from "linux/types";
import { copy_from_user, copy_to_user } from "linux/uaccess";
import { add_wait_queue, init_waitqueue_func_entry, remove_wait_queue, type wait_queue_entry, type wait_queue_head } from "linux/wait";
import { sched_clock } from "../arch/x86/kernel/tsc";
import { schedule_hrtimeout } from "../kernel/time/hrtimer";
import { nofile_limit } from "./fdtable";

/** Called by whoever wakes the queue, perhaps in an interrupt. */
function pollwake(w: wait_queue_entry, mode: u32, flags: int, key: ptr): int {
  const e = container_of<poll_table_entry>(w, "wait");
  e.table.triggered = true;
  return wake_up_state(e.table.polling_task, TASK_NORMAL) ? 1 : 0;
}

/** For poll methods: wake the polling task when this queue is woken. */
export function poll_wait(f: file, wq: wait_queue_head, p: poll_table_struct): void {
  if (p === null || !p.waiting) return;
  if (p.nr >= N_POLL_ENTRIES) {
    p.error = true;
    return;
  }
  const e = p.entries[p.nr];
  p.nr += 1;
  e.table = p;
  e.wait_address = wq;
  init_waitqueue_func_entry(e.wait, pollwake);
  add_wait_queue(wq, e.wait);
}
EXPORT_SYMBOL(poll_wait);

function poll_initwait(p: poll_table_struct): int {
  p.waiting = true;
  p.polling_task = get_current();
  p.entries = kzalloc(N_POLL_ENTRIES * sizeof<poll_table_entry>(), GFP_KERNEL) as poll_table_entry[];
  return p.entries === null ? -ENOMEM : 0;
}

function poll_freewait(p: poll_table_struct): void {
  for (let i = 0; i < p.nr; i++) remove_wait_queue(p.entries[i].wait_address, p.entries[i].wait);
  kfree(p.entries);
}

export function vfs_poll(f: file, p: poll_table_struct): u32 {
  return f.f_op.poll === null ? DEFAULT_POLLMASK : f.f_op.poll(f, p);
}

function poll_one(fd: int, events: u32, p: poll_table_struct): u32 {
  if (fd < 0) return 0;
  const f = fget(u32(fd));
  if (f === null) return POLLNVAL;
  const mask = vfs_poll(f, p) & (events | POLLERR | POLLHUP);
  fput(f);
  return mask;
}

/** Sleeps until a queue wakes us or the time has come. True: it has. */
function poll_schedule_timeout(p: poll_table_struct, deadline: s64): bool {
  // Not all queues are waited on: another look with each tick.
  const tick = s64(sched_clock()) + NSEC_PER_JIFFY;
  const until = p.error && tick < deadline ? tick : deadline;
  set_current_state(TASK_INTERRUPTIBLE);
  if (!READ_ONCE(p.triggered)) {
    if (until === MAX_SCHEDULE_TIMEOUT) schedule();
    else schedule_hrtimeout(until);
  }
  __set_current_state(TASK_RUNNING);
  WRITE_ONCE(p.triggered, false);
  return s64(sched_clock()) >= deadline;
}

/** deadline in absolute ns, 0: no wait, MAX_SCHEDULE_TIMEOUT: for ever. Returns how many are ready, 0, or -EINTR. */
function do_poll(fds: pollfd[], nfds: u32, deadline: s64): int {
  const p: poll_table_struct = {};
  let err = poll_initwait(p);
  if (err !== 0) return err;
  if (deadline === 0) p.waiting = false;
  let count: int = 0;
  let over = deadline === 0;
  for (;;) {
    for (let i: u32 = 0; i < nfds; i++) {
      const mask = poll_one(fds[i].fd, u32(u16(fds[i].events)), p);
      fds[i].revents = s16(mask);
      if (mask !== 0) {
        count += 1;
        p.waiting = false;
      }
    }
    // Every queue is on the table now; the next rounds only look.
    p.waiting = false;
    if (count !== 0 || over) break;
    if (signal_pending(get_current())) {
      err = -EINTR;
      break;
    }
    over = poll_schedule_timeout(p, deadline);
  }
  poll_freewait(p);
  return count !== 0 ? count : err;
}

/** The absolute time so many ns from now, for do_poll. */
function deadline_in(ns: s64): s64 {
  return ns === 0 ? 0 : s64(sched_clock()) + ns;
}

function deadline_in_ms(ms: s64): s64 {
  return ms < 0 ? MAX_SCHEDULE_TIMEOUT : deadline_in(ms * 1000000);
}

function do_sys_poll(user: u64, nfds: u32, deadline: s64): s64 {
  if (u64(nfds) > nofile_limit()) return -EINVAL;
  const bytes: u64 = u64(nfds) * sizeof<pollfd>();
  const fds = kvmalloc(bytes + 8, GFP_KERNEL) as pollfd[];
  if (fds === null) return -ENOMEM;
  let ret: s64 = -EFAULT;
  if (copy_from_user(fds, at<ptr>(user), bytes) === 0) {
    ret = s64(do_poll(fds, nfds, deadline));
    if (copy_to_user(at<ptr>(user), fds, bytes) !== 0) ret = -EFAULT;
  }
  kvfree(fds);
  return ret;
}

export function __x64_sys_poll(regs: pt_regs): s64 {
  return do_sys_poll(regs.di, u32(regs.si), deadline_in_ms(s64(int(regs.dx))));
}

function timespec_to_deadline(user: u64, out: s64[]): int {
  out[0] = MAX_SCHEDULE_TIMEOUT;
  if (user === 0) return 0;
  let ts: embed<timespec64>;
  if (copy_from_user(ts, at<ptr>(user), 16) !== 0) return -EFAULT;
  if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec > 999999999) return -EINVAL;
  if (ts.tv_sec < 0x7fffffff) out[0] = deadline_in(ts.tv_sec * 1000000000 + ts.tv_nsec);
  return 0;
}

export function __x64_sys_ppoll(regs: pt_regs): s64 {
  let deadline: s64 = 0;
  const err = timespec_to_deadline(regs.dx, addr(deadline));
  if (err !== 0) return s64(err);
  const cur: task_struct = get_current();
  const old = cur.blocked;
  if (regs.r10 !== 0) {
    let mask: u64 = 0;
    if (regs.r8 !== 8) return -EINVAL;
    if (copy_from_user(addr(mask), at<ptr>(regs.r10), 8) !== 0) return -EFAULT;
    cur.saved_sigmask = old;
    set_current_blocked(mask);
  }
  let ret = do_sys_poll(regs.di, u32(regs.si), deadline);
  if (regs.r10 !== 0) {
    // A signal that only this mask lets through is delivered on the way out, and the old mask comes back after it.
    if (ret === -EINTR) {
      cur.restore_sigmask = true;
      ret = -ERESTARTNOHAND;
    } else {
      set_current_blocked(old);
    }
  }
  return ret;
}

// ---- select over poll ----

function fd_isset(map: u64[], n: u32): bool {
  return map !== null && ((map[n >> 6] >> (n & 63)) & 1) !== 0;
}

function fetch_set(user: u64, n: u32, to: u64[]): int {
  if (user === 0) return 0;
  return copy_from_user(to, at<ptr>(user), u64(((n + 63) >> 6) * 8)) !== 0 ? -EFAULT : 0;
}

function core_select(n: int, inp: u64, outp: u64, exp: u64, deadline: s64): s64 {
  if (n < 0) return -EINVAL;
  // Numbers beyond the table are not looked at.
  const max_fds = READ_ONCE(get_current().files.max_fds);
  if (u32(n) > max_fds) n = int(max_fds);
  const words: int = (n + 63) >> 6;
  const sets = kvzalloc(u64(words) * 24 + 8, GFP_KERNEL) as u64[];
  if (sets === null) return -ENOMEM;
  const rd = sets;
  const wr = add(sets, words);
  const ex = add(sets, words * 2);
  let ret: s64 = s64(fetch_set(inp, u32(n), rd));
  if (ret === 0) ret = s64(fetch_set(outp, u32(n), wr));
  if (ret === 0) ret = s64(fetch_set(exp, u32(n), ex));
  let fds: pollfd[] = null;
  if (ret === 0) {
    fds = kvmalloc(u64(n + 1) * sizeof<pollfd>(), GFP_KERNEL) as pollfd[];
    if (fds === null) ret = -ENOMEM;
  }
  let used: u32 = 0;
  for (let fd = 0; ret === 0 && fd < n; fd++) {
    let events = 0;
    if (fd_isset(rd, u32(fd))) events |= POLLIN;
    if (fd_isset(wr, u32(fd))) events |= POLLOUT;
    if (fd_isset(ex, u32(fd))) events |= POLLPRI;
    if (events === 0) continue;
    const f = fget(u32(fd));
    if (f === null) {
      ret = -EBADF;
      break;
    }
    fput(f);
    fds[used].fd = int(fd);
    fds[used].events = s16(events);
    used += 1;
  }
  if (ret === 0) {
    const n_ready = do_poll(fds, used, deadline);
    if (n_ready < 0) {
      ret = n_ready === -EINTR ? -ERESTARTNOHAND : s64(n_ready);
    } else {
      for (let i = 0; i < words * 3; i++) sets[i] = 0;
      for (let i: u32 = 0; i < used; i++) {
        const r = u32(u16(fds[i].revents));
        const e = u32(u16(fds[i].events));
        const word = fds[i].fd >> 6;
        const bit: u64 = u64(1) << (fds[i].fd & 63);
        if ((e & POLLIN) !== 0 && (r & (POLLIN | POLLHUP | POLLERR)) !== 0) {
          rd[word] = rd[word] | bit;
          ret += 1;
        }
        if ((e & POLLOUT) !== 0 && (r & (POLLOUT | POLLERR)) !== 0) {
          wr[word] = wr[word] | bit;
          ret += 1;
        }
        if ((e & POLLPRI) !== 0 && (r & POLLPRI) !== 0) {
          ex[word] = ex[word] | bit;
          ret += 1;
        }
      }
      const bytes: u64 = u64(words) * 8;
      if (inp !== 0 && copy_to_user(at<ptr>(inp), rd, bytes) !== 0) ret = -EFAULT;
      if (outp !== 0 && copy_to_user(at<ptr>(outp), wr, bytes) !== 0) ret = -EFAULT;
      if (exp !== 0 && copy_to_user(at<ptr>(exp), ex, bytes) !== 0) ret = -EFAULT;
    }
  }
  kvfree(fds);
  kvfree(sets);
  return ret;
}

export function __x64_sys_select(regs: pt_regs): s64 {
  let deadline: s64 = MAX_SCHEDULE_TIMEOUT;
  if (regs.r8 !== 0) {
    let tv: array<s64, 2>;
    if (copy_from_user(tv, at<ptr>(regs.r8), 16) !== 0) return -EFAULT;
    if (tv[0] < 0 || tv[1] < 0) return -EINVAL;
    if (tv[0] < 0x7fffffff) deadline = deadline_in(tv[0] * 1000000000 + tv[1] * 1000);
  }
  return core_select(int(regs.di), regs.si, regs.dx, regs.r10, deadline);
}

export function __x64_sys_pselect6(regs: pt_regs): s64 {
  let deadline: s64 = 0;
  const err = timespec_to_deadline(regs.r8, addr(deadline));
  if (err !== 0) return s64(err);
  return core_select(int(regs.di), regs.si, regs.dx, regs.r10, deadline);
}
