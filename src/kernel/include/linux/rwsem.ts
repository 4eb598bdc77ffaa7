// Reader-writer sleeping locks. Zeroed is unlocked.

import type { spinlock_t } from "linux/spinlock";
import type { list_head } from "linux/types";

export interface rw_semaphore extends struct<"rw_semaphore"> {
  /** -1: a writer; n: n readers. Under wait_lock. */
  count?: s64;
  wait_lock?: embed<spinlock_t>;
  wait_list?: embed<list_head>;
}

export {
  down_read,
  down_read_killable,
  down_read_trylock,
  down_write,
  down_write_killable,
  down_write_trylock,
  downgrade_write,
  init_rwsem,
  up_read,
  up_write,
} from "../../kernel/locking/rwsem";
