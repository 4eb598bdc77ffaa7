// Futexes: operations, the robust list's layout, and what process exit calls.

export const FUTEX_WAIT = 0;
export const FUTEX_WAKE = 1;
export const FUTEX_REQUEUE = 3;
export const FUTEX_CMP_REQUEUE = 4;
export const FUTEX_WAKE_OP = 5;
export const FUTEX_WAIT_BITSET = 9;
export const FUTEX_WAKE_BITSET = 10;
export const FUTEX_PRIVATE_FLAG = 128;
export const FUTEX_CLOCK_REALTIME = 256;
export const FUTEX_BITSET_MATCH_ANY = 0xffffffff;

export const FUTEX_WAITERS = 0x80000000;
export const FUTEX_OWNER_DIED = 0x40000000;
export const FUTEX_TID_MASK = 0x3fffffff;
export const ROBUST_LIST_LIMIT = 2048;

/** What set_robust_list(2) is given: a ring of entries, and the one that is being locked or unlocked. */
export interface robust_list_head extends struct<"robust_list_head"> {
  list?: u64;
  futex_offset?: s64;
  list_op_pending?: u64;
}

export { exit_robust_list } from "../../kernel/futex/robust";
export { futex_wake } from "../../kernel/futex/waitwake";
