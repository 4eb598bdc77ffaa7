// How much memory may be promised: vm.overcommit_memory and its kin, and the account of what was promised (Committed_AS).

import { atomic64_add, atomic64_read, type atomic64_t } from "linux/atomic";
import { CAP_SYS_ADMIN, capable } from "linux/cred";
import { ENOMEM } from "linux/errno";
import { totalram_pages } from "linux/gfp";
import type { mm_struct } from "linux/mm_types";
import { type ctl_table, proc_dointvec_minmax, proc_doulongvec_minmax, register_sysctl, SYSCTL_TWO, SYSCTL_ZERO } from "linux/sysctl";

export const OVERCOMMIT_GUESS = 0;
export const OVERCOMMIT_ALWAYS = 1;
export const OVERCOMMIT_NEVER = 2;

export let sysctl_overcommit_memory: int = OVERCOMMIT_GUESS;
/** Per cent of the memory, and kibibytes: whichever was written last counts, and the other reads 0. */
let sysctl_overcommit_ratio: int = 50;
let sysctl_overcommit_kbytes: u64 = 0;
/** Kept back from all but root, and for root from a program that grows, under OVERCOMMIT_NEVER. */
let sysctl_admin_reserve_kbytes: u64 = 0;
let sysctl_user_reserve_kbytes: u64 = 0;
/** Pages that private writable areas promise. */
let vm_committed_as: embed<atomic64_t>;

export function vm_commit_limit(): u64 {
  return sysctl_overcommit_kbytes !== 0 ? sysctl_overcommit_kbytes >> 2 : (totalram_pages() * u64(sysctl_overcommit_ratio)) / 100;
}

export function vm_memory_committed(): u64 {
  return u64(atomic64_read(vm_committed_as));
}

export function vm_acct_memory(pages: s64): void {
  atomic64_add(pages, vm_committed_as);
}

/** Promises so many pages more, or -ENOMEM. mm: who grows; null: the kernel. */
export function vm_enough_memory(mm: mm_struct, pages: u64): int {
  vm_acct_memory(s64(pages));
  if (sysctl_overcommit_memory === OVERCOMMIT_ALWAYS) return 0;
  if (sysctl_overcommit_memory === OVERCOMMIT_GUESS) {
    if (pages <= totalram_pages()) return 0;
  } else {
    let allowed: s64 = s64(vm_commit_limit());
    if (!capable(CAP_SYS_ADMIN)) allowed -= s64(sysctl_admin_reserve_kbytes >> 2);
    if (mm !== null) {
      const share: u64 = mm.total_vm / 32;
      const reserve: u64 = sysctl_user_reserve_kbytes >> 2;
      allowed -= s64(share < reserve ? share : reserve);
    }
    if (atomic64_read(vm_committed_as) < allowed) return 0;
  }
  vm_acct_memory(-s64(pages));
  return -ENOMEM;
}

function overcommit_ratio_handler(t: ctl_table, write: int, buf: u8[], lenp: u64[], ppos: s64[]): int {
  const ret = proc_dointvec_minmax(t, write, buf, lenp, ppos);
  if (ret === 0 && write !== 0) sysctl_overcommit_kbytes = 0;
  return ret;
}

function overcommit_kbytes_handler(t: ctl_table, write: int, buf: u8[], lenp: u64[], ppos: s64[]): int {
  const ret = proc_doulongvec_minmax(t, write, buf, lenp, ppos);
  if (ret === 0 && write !== 0) sysctl_overcommit_ratio = 0;
  return ret;
}

const overcommit_sysctls: ctl_table[] = [
  {
    procname: "overcommit_memory",
    data: addr(sysctl_overcommit_memory),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ZERO,
    extra2: SYSCTL_TWO,
  },
  {
    procname: "overcommit_ratio",
    data: addr(sysctl_overcommit_ratio),
    maxlen: 4,
    mode: 0o644,
    proc_handler: overcommit_ratio_handler,
    extra1: SYSCTL_ZERO,
  },
  { procname: "overcommit_kbytes", data: addr(sysctl_overcommit_kbytes), maxlen: 8, mode: 0o644, proc_handler: overcommit_kbytes_handler },
  {
    procname: "admin_reserve_kbytes",
    data: addr(sysctl_admin_reserve_kbytes),
    maxlen: 8,
    mode: 0o644,
    proc_handler: proc_doulongvec_minmax,
  },
  { procname: "user_reserve_kbytes", data: addr(sysctl_user_reserve_kbytes), maxlen: 8, mode: 0o644, proc_handler: proc_doulongvec_minmax },
  {},
];

/** A thirty-second of the free memory is kept back, but not more than 8 MiB for root and 128 MiB for users. */
export function overcommit_init(free_kbytes: u64): void {
  const share: u64 = free_kbytes / 32;
  sysctl_admin_reserve_kbytes = share < 8192 ? share : u64(8192);
  sysctl_user_reserve_kbytes = share < 131072 ? share : u64(131072);
  register_sysctl("vm", overcommit_sysctls);
}
