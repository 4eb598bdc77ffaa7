// prctl and personality: what a task says about itself.

import type { pt_regs } from "asm/ptrace";
import { capable } from "linux/cred";
import { get_current } from "linux/current";
import { EFAULT, EINVAL, EPERM } from "linux/errno";
import { copy_to_user, put_user_u32, put_user_u64, strncpy_from_user } from "../arch/x86/lib/usercopy";
import { memset } from "../lib/string";
import { set_task_comm } from "./sched/comm";

const PR_SET_PDEATHSIG = 1;
const PR_GET_PDEATHSIG = 2;
const PR_GET_DUMPABLE = 3;
const PR_SET_DUMPABLE = 4;
const PR_GET_KEEPCAPS = 7;
const PR_SET_KEEPCAPS = 8;
const PR_SET_NAME = 15;
const PR_GET_NAME = 16;
const PR_GET_SECCOMP = 21;
const PR_CAPBSET_READ = 23;
const PR_CAPBSET_DROP = 24;
const PR_GET_SECUREBITS = 27;
const PR_SET_TIMERSLACK = 29;
const PR_GET_TIMERSLACK = 30;
const PR_SET_CHILD_SUBREAPER = 36;
const PR_GET_CHILD_SUBREAPER = 37;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_GET_NO_NEW_PRIVS = 39;
const PR_GET_TID_ADDRESS = 40;
const CAP_LAST_CAP = 40;
const CAP_SETPCAP = 8;
const DEFAULT_SLACK = 50000;
const SUID_DUMP_USER = 1;

/** The arguments behind the option's own are to be 0. */
function rest_is_zero(regs: pt_regs, from: int): bool {
  return (from > 2 || regs.si === 0) && (from > 3 || regs.dx === 0) && regs.r10 === 0 && regs.r8 === 0;
}

function set_name(user: u64): s64 {
  let name: array<u8, 16>;
  const n = strncpy_from_user(name, at<ptr>(user), 15);
  if (n < 0) return -EFAULT;
  name[15] = 0;
  set_task_comm(get_current(), name);
  return 0;
}

function get_name(user: u64): s64 {
  let name: array<u8, 16>;
  memset(name, 0, 16);
  for (let i = 0; i < 15; i++) name[i] = get_current().comm[i];
  return copy_to_user(at<ptr>(user), name, 16) !== 0 ? -EFAULT : 0;
}

export function __x64_sys_prctl(regs: pt_regs): s64 {
  const t = get_current();
  switch (int(regs.di)) {
    case PR_SET_PDEATHSIG:
      if (regs.si > 64) return -EINVAL;
      t.pdeath_signal = int(regs.si);
      return 0;
    case PR_GET_PDEATHSIG:
      return s64(put_user_u32(u32(t.pdeath_signal), at<ptr>(regs.si)));
    case PR_GET_DUMPABLE:
      return t.mm.undumpable ? 0 : SUID_DUMP_USER;
    case PR_SET_DUMPABLE:
      if (regs.si > SUID_DUMP_USER) return -EINVAL;
      t.mm.undumpable = regs.si === 0;
      return 0;
    case PR_GET_KEEPCAPS:
    case PR_GET_SECUREBITS:
    case PR_GET_SECCOMP:
      return 0;
    case PR_SET_KEEPCAPS:
      return regs.si > 1 ? -EINVAL : 0;
    case PR_SET_NAME:
      return set_name(regs.si);
    case PR_GET_NAME:
      return get_name(regs.si);
    case PR_CAPBSET_READ:
      return regs.si > CAP_LAST_CAP ? -EINVAL : 1;
    case PR_CAPBSET_DROP:
      if (!capable(CAP_SETPCAP)) return -EPERM;
      return regs.si > CAP_LAST_CAP ? -EINVAL : 0;
    case PR_SET_TIMERSLACK:
      t.timer_slack_ns = s64(regs.si) <= 0 ? u64(DEFAULT_SLACK) : regs.si;
      return 0;
    case PR_GET_TIMERSLACK:
      return s64(t.timer_slack_ns);
    case PR_SET_CHILD_SUBREAPER:
      t.signal.is_child_subreaper = regs.si !== 0;
      return 0;
    case PR_GET_CHILD_SUBREAPER:
      return s64(put_user_u32(t.signal.is_child_subreaper ? u32(1) : u32(0), at<ptr>(regs.si)));
    case PR_SET_NO_NEW_PRIVS:
      if (regs.si !== 1 || !rest_is_zero(regs, 3)) return -EINVAL;
      t.no_new_privs = 1;
      return 0;
    case PR_GET_NO_NEW_PRIVS:
      return rest_is_zero(regs, 2) ? s64(u64(t.no_new_privs)) : -EINVAL;
    case PR_GET_TID_ADDRESS:
      return s64(put_user_u64(t.clear_child_tid, at<ptr>(regs.si)));
  }
  return -EINVAL;
}

/** Returns the old one; all ones only asks. */
export function __x64_sys_personality(regs: pt_regs): s64 {
  const t = get_current();
  const old = t.personality;
  if (u32(regs.di) !== 0xffffffff) t.personality = u32(regs.di);
  return s64(u64(old));
}
