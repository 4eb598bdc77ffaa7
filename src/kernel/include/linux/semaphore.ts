// Counting semaphores.

import type { spinlock_t } from "linux/spinlock";
import type { list_head } from "linux/types";

export interface semaphore extends struct<"semaphore"> {
  lock?: embed<spinlock_t>;
  count?: u32;
  wait_list?: embed<list_head>;
}

export { down, down_interruptible, down_trylock, sema_init, up } from "../../kernel/locking/semaphore";
