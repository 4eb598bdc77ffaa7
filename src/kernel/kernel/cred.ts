// Credentials: numbers that are kept and inherited. Every check is root's.

import type { pt_regs } from "asm/ptrace";
import { atomic_dec_and_test, atomic_inc, atomic_set } from "linux/atomic";
import type { cred } from "linux/cred";
import { get_current } from "linux/current";
import { EFAULT, EPERM } from "linux/errno";
import type { callback_head } from "linux/types";
import { put_user_u32 } from "../arch/x86/lib/usercopy";
import { kfree, kmalloc } from "../mm/slab";
import { call_rcu } from "./rcu/tree";

/** usage begins at 4: it is never freed. */
export const init_cred: cred = { usage: { counter: 4 } };

export function current_cred(): cred {
  return get_current().cred;
}

export function get_cred(c: cred): cred {
  atomic_inc(c.usage);
  return c;
}

function put_cred_rcu(head: callback_head): void {
  kfree(container_of<cred>(head, "rcu"));
}

export function put_cred(c: cred): void {
  if (atomic_dec_and_test(c.usage)) call_rcu(c.rcu, put_cred_rcu);
}

/** A copy of the current credentials to be changed and committed. */
export function prepare_creds(): cred {
  const c = kmalloc(sizeof<cred>(), 0) as cred;
  if (c === null) return null;
  copy(c, get_current().cred);
  atomic_set(c.usage, 1);
  return c;
}

export function commit_creds(c: cred): int {
  const t = get_current();
  const old = t.cred;
  atomic_inc(c.usage);
  t.real_cred = c;
  t.cred = c;
  put_cred(old);
  put_cred(old);
  return 0;
}

export function capable(_cap: int): bool {
  return get_current().cred.euid === 0;
}

export function current_uid(): u32 {
  return get_current().cred.uid;
}

export function current_gid(): u32 {
  return get_current().cred.gid;
}

export function current_euid(): u32 {
  return get_current().cred.euid;
}

export function current_egid(): u32 {
  return get_current().cred.egid;
}

export function current_fsuid(): u32 {
  return get_current().cred.fsuid;
}

export function current_fsgid(): u32 {
  return get_current().cred.fsgid;
}

export function __x64_sys_getuid(_regs: pt_regs): s64 {
  return s64(u64(current_uid()));
}

export function __x64_sys_geteuid(_regs: pt_regs): s64 {
  return s64(u64(current_euid()));
}

export function __x64_sys_getgid(_regs: pt_regs): s64 {
  return s64(u64(current_gid()));
}

export function __x64_sys_getegid(_regs: pt_regs): s64 {
  return s64(u64(current_egid()));
}

export function __x64_sys_setuid(regs: pt_regs): s64 {
  const c = prepare_creds();
  const uid = u32(regs.di);
  if (c.euid === 0) {
    c.uid = uid;
    c.suid = uid;
  } else if (uid !== c.uid && uid !== c.suid) {
    put_cred(c);
    return -EPERM;
  }
  c.euid = uid;
  c.fsuid = uid;
  return s64(commit_creds(c));
}

export function __x64_sys_setgid(regs: pt_regs): s64 {
  const c = prepare_creds();
  const gid = u32(regs.di);
  if (c.euid === 0) {
    c.gid = gid;
    c.sgid = gid;
  } else if (gid !== c.gid && gid !== c.sgid) {
    put_cred(c);
    return -EPERM;
  }
  c.egid = gid;
  c.fsgid = gid;
  return s64(commit_creds(c));
}

export function __x64_sys_getresuid(regs: pt_regs): s64 {
  const c = current_cred();
  if (
    put_user_u32(c.uid, at<ptr>(regs.di)) !== 0 ||
    put_user_u32(c.euid, at<ptr>(regs.si)) !== 0 ||
    put_user_u32(c.suid, at<ptr>(regs.dx)) !== 0
  )
    return -EFAULT;
  return 0;
}
EXPORT_SYMBOL(capable);
