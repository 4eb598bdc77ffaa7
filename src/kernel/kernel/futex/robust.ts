// Robust futexes: the locks that a thread still holds when it ends are marked, and one waiter of each is woken.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EFAULT, EINVAL, EPERM, ESRCH } from "linux/errno";
import { FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS, ROBUST_LIST_LIMIT, type robust_list_head } from "linux/futex";
import type { task_struct } from "linux/sched";
import { put_task_struct } from "linux/sched";
import { copy_from_user, copy_to_user } from "../../arch/x86/lib/usercopy";
import { find_get_task_by_vpid } from "../pid";
import { fault_in_futex, futex_cmpxchg_value_locked } from "./core";
import { futex_wake } from "./waitwake";

const HEAD_SIZE = 24;

/** False: the list is broken. pending: the entry was about to be locked or unlocked. */
function handle_futex_death(uaddr: u64, t: task_struct, pending: bool): bool {
  let word: u32 = 0;
  if ((uaddr & 3) !== 0) return false;
  if (copy_from_user(addr(word), at<ptr>(uaddr), 4) !== 0) return false;
  for (;;) {
    const owner = word & FUTEX_TID_MASK;
    // Unlocked already, but the wake-up that belongs to it may not have happened.
    if (pending && word === 0) {
      futex_wake(uaddr, false, 1, 0xffffffff);
      return true;
    }
    if (owner !== u32(t.pid)) return true;
    let found: u32 = 0;
    if (!futex_cmpxchg_value_locked(addr(found), uaddr, word, (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED)) {
      if (fault_in_futex(uaddr, true) !== 0) return false;
      continue;
    }
    if (found === word) break;
    word = found;
  }
  if ((word & FUTEX_WAITERS) !== 0) futex_wake(uaddr, false, 1, 0xffffffff);
  return true;
}

/** At a thread's end or exec, while its memory is still there. Bit 0 of an entry marks a PI futex. */
export function exit_robust_list(t: task_struct): void {
  let head: embed<robust_list_head>;
  const at_head = t.robust_list;
  t.robust_list = 0;
  if (at_head === 0 || copy_from_user(head, at<ptr>(at_head), HEAD_SIZE) !== 0) return;
  const pending = head.list_op_pending & ~u64(1);
  let entry = head.list & ~u64(1);
  for (let n: int = 0; entry !== at_head && n < ROBUST_LIST_LIMIT; n++) {
    let next: u64 = 0;
    const readable = copy_from_user(addr(next), at<ptr>(entry), 8) === 0;
    if (entry !== pending && !handle_futex_death(entry + u64(head.futex_offset), t, false)) return;
    if (!readable) return;
    entry = next & ~u64(1);
  }
  if (pending !== 0) handle_futex_death(pending + u64(head.futex_offset), t, true);
}

export function __x64_sys_set_robust_list(regs: pt_regs): s64 {
  if (regs.si !== HEAD_SIZE) return -EINVAL;
  get_current().robust_list = regs.di;
  return 0;
}

/** get_robust_list(pid, head, len) */
export function __x64_sys_get_robust_list(regs: pt_regs): s64 {
  let head: u64 = 0;
  let size: u64 = HEAD_SIZE;
  if (int(regs.di) === 0) {
    head = get_current().robust_list;
  } else {
    const t = find_get_task_by_vpid(int(regs.di));
    if (t === null) return -ESRCH;
    const allowed = get_current().cred.euid === 0 || get_current().cred.uid === t.cred.uid;
    head = t.robust_list;
    put_task_struct(t);
    if (!allowed) return -EPERM;
  }
  if (copy_to_user(at<ptr>(regs.dx), addr(size), 8) !== 0) return -EFAULT;
  return copy_to_user(at<ptr>(regs.si), addr(head), 8) !== 0 ? -EFAULT : 0;
}
