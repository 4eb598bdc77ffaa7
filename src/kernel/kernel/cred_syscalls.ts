// System calls that change or tell several ids at once: setre*id, setres*id, setfs*id, supplementary groups, capabilities.

import type { pt_regs } from "asm/ptrace";
import type { cred } from "linux/cred";
import { NGROUPS_KEPT } from "linux/cred";
import { EFAULT, EINVAL, ENOMEM, EPERM, ESRCH } from "linux/errno";
import { copy_from_user, copy_to_user, put_user_u32 } from "../arch/x86/lib/usercopy";
import { capable, commit_creds, current_cred, prepare_creds, put_cred } from "./cred";
import { find_task_by_vpid } from "./pid";

const CAP_SETGID = 6;
const CAP_SETUID = 7;
const NO_ID = 0xffffffff;
export const NGROUPS_MAX = 65536;
const LINUX_CAPABILITY_VERSION_1 = 0x19980330;
const LINUX_CAPABILITY_VERSION_2 = 0x20071026;
const LINUX_CAPABILITY_VERSION_3 = 0x20080522;
/** The first 32 and the other 9 of 41. */
const CAPS_LOW = 0xffffffff;
const CAPS_HIGH = 0x1ff;

/** May an unprivileged task take this id? Only one that it has, as one of the three. */
function allowed(id: u32, a: u32, b: u32, c: u32): bool {
  return id === NO_ID || id === a || id === b || id === c;
}

function set_ids(c: cred, user: bool, real: u32, effective: u32, saved: u32): void {
  if (user) {
    if (real !== NO_ID) c.uid = real;
    if (effective !== NO_ID) c.euid = effective;
    if (saved !== NO_ID) c.suid = saved;
    c.fsuid = c.euid;
  } else {
    if (real !== NO_ID) c.gid = real;
    if (effective !== NO_ID) c.egid = effective;
    if (saved !== NO_ID) c.sgid = saved;
    c.fsgid = c.egid;
  }
}

function setres(user: bool, real: u32, effective: u32, saved: u32): s64 {
  const c = prepare_creds();
  if (c === null) return -ENOMEM;
  const ids: array<u32, 3> = [user ? c.uid : c.gid, user ? c.euid : c.egid, user ? c.suid : c.sgid];
  const fits =
    allowed(real, ids[0], ids[1], ids[2]) && allowed(effective, ids[0], ids[1], ids[2]) && allowed(saved, ids[0], ids[1], ids[2]);
  if (!fits && !capable(user ? CAP_SETUID : CAP_SETGID)) {
    put_cred(c);
    return -EPERM;
  }
  set_ids(c, user, real, effective, saved);
  return s64(commit_creds(c));
}

/** The saved id follows the effective one where the real one is set, or the effective one to something but the real. */
function setre(user: bool, real: u32, effective: u32): s64 {
  const c = current_cred();
  const old_real = user ? c.uid : c.gid;
  const old_effective = user ? c.euid : c.egid;
  const old_saved = user ? c.suid : c.sgid;
  const privileged = capable(user ? CAP_SETUID : CAP_SETGID);
  if (!privileged && !allowed(real, old_real, old_effective, old_effective)) return -EPERM;
  if (!privileged && !allowed(effective, old_real, old_effective, old_saved)) return -EPERM;
  const follows = real !== NO_ID || (effective !== NO_ID && effective !== old_real);
  const saved: u32 = follows ? (effective !== NO_ID ? effective : old_effective) : NO_ID;
  const fresh = prepare_creds();
  if (fresh === null) return -ENOMEM;
  set_ids(fresh, user, real, effective, saved);
  return s64(commit_creds(fresh));
}

export function __x64_sys_setreuid(regs: pt_regs): s64 {
  return setre(true, u32(regs.di), u32(regs.si));
}

export function __x64_sys_setregid(regs: pt_regs): s64 {
  return setre(false, u32(regs.di), u32(regs.si));
}

export function __x64_sys_setresuid(regs: pt_regs): s64 {
  return setres(true, u32(regs.di), u32(regs.si), u32(regs.dx));
}

export function __x64_sys_setresgid(regs: pt_regs): s64 {
  return setres(false, u32(regs.di), u32(regs.si), u32(regs.dx));
}

export function __x64_sys_getresgid(regs: pt_regs): s64 {
  const c = current_cred();
  if (put_user_u32(c.gid, at<ptr>(regs.di)) !== 0 || put_user_u32(c.egid, at<ptr>(regs.si)) !== 0) return -EFAULT;
  return put_user_u32(c.sgid, at<ptr>(regs.dx)) !== 0 ? -EFAULT : 0;
}

/** Both tell the old id, whether or not they changed it. */
export function __x64_sys_setfsuid(regs: pt_regs): s64 {
  const old = current_cred().fsuid;
  const id = u32(regs.di);
  const c = prepare_creds();
  if (c === null) return s64(u64(old));
  if (id !== NO_ID && (id === c.uid || id === c.euid || id === c.suid || id === c.fsuid || capable(CAP_SETUID))) c.fsuid = id;
  commit_creds(c);
  return s64(u64(old));
}

export function __x64_sys_setfsgid(regs: pt_regs): s64 {
  const old = current_cred().fsgid;
  const id = u32(regs.di);
  const c = prepare_creds();
  if (c === null) return s64(u64(old));
  if (id !== NO_ID && (id === c.gid || id === c.egid || id === c.sgid || id === c.fsgid || capable(CAP_SETGID))) c.fsgid = id;
  commit_creds(c);
  return s64(u64(old));
}

// ---- supplementary groups ----

export function __x64_sys_getgroups(regs: pt_regs): s64 {
  const c = current_cred();
  const size = int(regs.di);
  if (size < 0) return -EINVAL;
  if (size === 0) return s64(u64(c.ngroups));
  if (u32(size) < c.ngroups) return -EINVAL;
  return copy_to_user(at<ptr>(regs.si), c.groups, u64(c.ngroups) * 4) !== 0 ? -EFAULT : s64(u64(c.ngroups));
}

/** Kept in order: the check is not by search, but the listing is sorted on Linux. */
export function __x64_sys_setgroups(regs: pt_regs): s64 {
  const n = u32(regs.di);
  if (!capable(CAP_SETGID)) return -EPERM;
  if (n > NGROUPS_MAX) return -EINVAL;
  if (n > NGROUPS_KEPT) return -ENOMEM;
  const c = prepare_creds();
  if (c === null) return -ENOMEM;
  if (copy_from_user(c.groups, at<ptr>(regs.si), u64(n) * 4) !== 0) {
    put_cred(c);
    return -EFAULT;
  }
  for (let i: u32 = 1; i < n; i++) {
    const x = c.groups[i];
    let j = i;
    while (j > 0 && c.groups[j - 1] > x) {
      c.groups[j] = c.groups[j - 1];
      j--;
    }
    c.groups[j] = x;
  }
  c.ngroups = n;
  return s64(commit_creds(c));
}

// ---- capabilities: they follow from the effective user id ----

/** The header's version and pid; how many words the data has, or an error. An unknown version is answered with ours. */
function cap_header(user: u64, pid: u32[]): int {
  let header: array<u32, 2>;
  if (copy_from_user(header, at<ptr>(user), 8) !== 0) return -EFAULT;
  pid[0] = header[1];
  if (header[0] === LINUX_CAPABILITY_VERSION_1) return 1;
  if (header[0] === LINUX_CAPABILITY_VERSION_2 || header[0] === LINUX_CAPABILITY_VERSION_3) return 2;
  if (put_user_u32(LINUX_CAPABILITY_VERSION_3, at<ptr>(user)) !== 0) return -EFAULT;
  return -EINVAL;
}

export function __x64_sys_capget(regs: pt_regs): s64 {
  let pid: u32 = 0;
  let data: array<u32, 6>;
  const words = cap_header(regs.di, addr(pid));
  // Without data only the version was asked for.
  if (words < 0) return regs.si === 0 && words !== -EFAULT ? 0 : s64(words);
  if (int(pid) < 0) return -EINVAL;
  let c = current_cred();
  if (pid !== 0) {
    const t = find_task_by_vpid(int(pid));
    if (t === null) return -ESRCH;
    c = t.cred;
  }
  const low: u32 = c.euid === 0 ? CAPS_LOW : 0;
  const high: u32 = c.euid === 0 ? CAPS_HIGH : 0;
  for (let i = 0; i < 2; i++) {
    data[i] = low;
    data[3 + i] = high;
  }
  data[2] = 0;
  data[5] = 0;
  return regs.si !== 0 && copy_to_user(at<ptr>(regs.si), data, u64(words) * 12) !== 0 ? -EFAULT : 0;
}
