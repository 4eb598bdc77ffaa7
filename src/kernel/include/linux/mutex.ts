// Sleeping locks with one owner. A zeroed mutex is a valid unlocked one, so `let m: embed<mutex>;` needs no init.

import type { list_head } from "linux/types";
import type { spinlock_t } from "linux/spinlock";
import type { task_struct } from "linux/sched";

export interface mutex extends struct<"mutex"> {
  owner?: task_struct;
  wait_lock?: embed<spinlock_t>;
  /** Waiters in order; next null means not yet used. */
  wait_list?: embed<list_head>;
}

export { mutex_init, mutex_lock, mutex_unlock, mutex_trylock, mutex_lock_interruptible, mutex_lock_killable, mutex_is_locked } from "../../kernel/locking/mutex";
