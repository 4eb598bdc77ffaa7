// Credentials. Everybody is root here, but the numbers are kept and inherited.

import type { atomic_t } from "linux/types";

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
}

export const CAP_SYS_ADMIN = 21;
export const CAP_SYS_MODULE = 16;
export const CAP_SYS_BOOT = 22;
export const CAP_SYSLOG = 34;

export { init_cred, current_cred, prepare_creds, commit_creds, get_cred, put_cred, capable, current_uid, current_gid, current_euid, current_egid, current_fsuid, current_fsgid } from "../../kernel/cred";
