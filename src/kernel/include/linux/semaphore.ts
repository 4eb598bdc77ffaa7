// Counting semaphores.

import type { list_head } from "linux/types";
import type { spinlock_t } from "linux/spinlock";

export interface semaphore extends struct<"semaphore"> {
  lock?: embed<spinlock_t>;
  count?: u32;
  wait_list?: embed<list_head>;
}

export { sema_init, down, up, down_trylock, down_interruptible } from "../../kernel/locking/semaphore";
