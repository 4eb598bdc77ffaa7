// Reader-writer sleeping locks. Zeroed is unlocked.

import type { list_head } from "linux/types";
import type { spinlock_t } from "linux/spinlock";

export interface rw_semaphore extends struct<"rw_semaphore"> {
  /** -1: a writer; n: n readers. Under wait_lock. */
  count?: s64;
  wait_lock?: embed<spinlock_t>;
  wait_list?: embed<list_head>;
}

export { init_rwsem, down_read, up_read, down_write, up_write, down_read_trylock, down_write_trylock, down_write_killable, down_read_killable, downgrade_write } from "../../kernel/locking/rwsem";
