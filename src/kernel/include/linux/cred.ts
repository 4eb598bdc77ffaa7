// Credentials. Everybody is root here, but the numbers are kept and inherited.

import type { atomic_t, rcu_head } from "linux/types";

export interface cred extends struct<"cred"> {
  usage?: embed<atomic_t>;
  uid?: u32;
  gid?: u32;
  suid?: u32;
  sgid?: u32;
  euid?: u32;
  egid?: u32;
  fsuid?: u32;
  fsgid?: u32;
  /** Supplementary groups. */
  ngroups?: u32;
  groups?: array<u32, 32>;
  /** Another task's credentials are read under RCU. */
  rcu?: embed<rcu_head>;
}

/** So many supplementary groups are kept. */
export const NGROUPS_KEPT = 32;
export const CAP_SYS_ADMIN = 21;
export const CAP_SYS_MODULE = 16;
export const CAP_SYS_BOOT = 22;
export const CAP_SYSLOG = 34;

export {
  capable,
  commit_creds,
  current_cred,
  current_egid,
  current_euid,
  current_fsgid,
  current_fsuid,
  current_gid,
  current_uid,
  get_cred,
  init_cred,
  prepare_creds,
  put_cred,
} from "../../kernel/cred";
