// Sleeping locks with one owner. A zeroed mutex is a valid unlocked one, so `let m: embed<mutex>;` needs no init.

import type { task_struct } from "linux/sched";
import type { spinlock_t } from "linux/spinlock";
import type { list_head } from "linux/types";

export interface mutex extends struct<"mutex"> {
  owner?: task_struct;
  wait_lock?: embed<spinlock_t>;
  /** Waiters in order; next null means not yet used. */
  wait_list?: embed<list_head>;
}

export {
  mutex_init,
  mutex_is_locked,
  mutex_lock,
  mutex_lock_interruptible,
  mutex_lock_killable,
  mutex_trylock,
  mutex_unlock,
} from "../../kernel/locking/mutex";
