// Completions: wait until another task says done.

import type { wait_queue_head } from "linux/wait";

export interface completion extends struct<"completion"> {
  done?: u32;
  wait?: embed<wait_queue_head>;
}

export {
  init_completion, reinit_completion, complete, complete_all, wait_for_completion, wait_for_completion_interruptible, wait_for_completion_killable,
  wait_for_completion_timeout, try_wait_for_completion, completion_done,
} from "../../kernel/sched/completion";
